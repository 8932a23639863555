"""Bytes of one phone on one day against accepted reports, one line for each design."""

from itertools import groupby
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from benchmarks.distribution.document import NAMES
from benchmarks.radio.figures.style import (
    COLOURS,
    LIMIT,
    decimals,
    heading,
    name_limit,
    save,
    settings,
)
from dp3t.cli.language import number, text

_KEYS = ("batches", "padding")
_LABEL_GAP = 1.35
"""By which factor the names at the ends of two lines are apart at least."""


def draw(results: dict[str, Any], path: Path) -> Path:
    """Write the figure as PNG and return where.

    Raises:
        OSError: the file cannot be written.
    """
    with settings():
        return save(distribution_figure(results), path)


def distribution_figure(results: dict[str, Any]) -> Figure:
    """Return the figure of the results."""
    figure = Figure(figsize=(8.4, 5.2))
    axes = figure.add_axes((0.1, 0.115, 0.68, 0.735))
    heading(
        figure,
        text(
            en="What a phone sends and fetches in a day", vi="Lượng dữ liệu mỗi điện thoại một ngày"
        ),
        text(
            en="by accepted reports of its region, with padding, index, log and network",
            vi="theo số báo cáo được nhận trong vùng, gồm khóa độn, mục lục, nhật ký và mạng",
        ),
    )
    ends = []
    for place, (design, rows) in enumerate(groupby(results["rows"], lambda row: row["design"])):
        points = [(row["reports_per_day"], _kilobytes(row)) for row in rows]
        axes.plot(*zip(*points, strict=True), "o-", color=COLOURS[place], linewidth=2, markersize=5)
        ends.append((points[-1][1], design, COLOURS[place]))
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_ylim(100, None)
    axes.set_xticks(sorted({row["reports_per_day"] for row in results["rows"]}))
    axes.minorticks_off()
    decimals(axes, x=0, y=0)
    axes.set_xlabel(text(en="accepted reports a day", vi="số báo cáo được nhận mỗi ngày"))
    axes.set_ylabel(text(en="kB a phone a day", vi="kB mỗi điện thoại mỗi ngày"))
    _name_ends(axes, ends, at=max(row["reports_per_day"] for row in results["rows"]))
    least = min(_kilobytes(row, keys=False) for row in results["rows"])
    axes.axhline(least, color=LIMIT, linewidth=1, linestyle=(0, (4, 3)))
    name_limit(axes, text(en="without any key", vi="chưa có khóa nào"), least)
    return figure


def _kilobytes(row: dict[str, Any], *, keys: bool = True) -> float:
    phone = row["phone"]
    all_bytes: float = phone["down_bytes"] + phone["up_bytes"]
    without = 0 if keys else sum(phone["parts"][part] for part in _KEYS)
    return (all_bytes - without) / 1000


def _name_ends(axes: Axes, ends: list[tuple[float, str, str]], *, at: int) -> None:
    """Write each design's name and last value at the end of its line, none over another."""
    floor = 0.0
    for value, design, colour in sorted(ends):
        height = floor = max(value, floor * _LABEL_GAP)
        axes.annotate(
            f"{NAMES[design]}  {number(value, decimals=0)} kB",
            (at, height),
            xytext=(9, 0),
            textcoords="offset points",
            va="center",
            color=colour,
            fontsize=9.5,
            fontweight="bold",
            annotation_clip=False,
        )
