"""Two figures in one: error against reports, and delay against false alarms."""

from itertools import groupby
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from benchmarks.radio.figures.style import COLOURS, decimals, heading, save, settings
from dp3t.cli.language import number, text


def draw(results: dict[str, Any], path: Path) -> Path:
    """Write the figure as PNG and return where.

    Raises:
        OSError: the file cannot be written.
    """
    with settings():
        return save(symptoms_figure(results), path)


def symptoms_figure(results: dict[str, Any]) -> Figure:
    """Return the figure of the results."""
    figure = Figure(figsize=(10.4, 5.0))
    heading(
        figure,
        text(
            en="What randomised reports show, and how soon",
            vi="Báo cáo ngẫu nhiên hóa cho biết gì, và sớm đến đâu",
        ),
        text(
            en="left: 5 in 100 are ill; right: an outbreak that doubles every 5 days",
            vi="trái: 5 trên 100 người có triệu chứng; phải: ổ dịch cứ 5 ngày tăng gấp đôi",
        ),
    )
    _errors(figure.add_axes((0.07, 0.17, 0.4, 0.64)), results["errors"])
    _delays(figure.add_axes((0.57, 0.17, 0.4, 0.64)), results["detections"])
    return figure


def _errors(axes: Axes, rows: list[dict[str, Any]]) -> None:
    for place, (turned, group) in enumerate(groupby(rows, lambda row: row["turned_per_mille"])):
        points = [(row["reports"], row["mean_points"]) for row in group]
        label = text(
            en=f"{number(turned)} of 1,000 turned round", vi=f"đảo ngược {number(turned)}/1.000"
        )
        _line(axes, points, place, label)
    first = rows[0]["turned_per_mille"]
    bare = [
        (row["reports"], row["bare_points"]) for row in rows if row["turned_per_mille"] == first
    ]
    _line(axes, bare, 7, text(en="answers as they are", vi="không ngẫu nhiên hóa"))
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xticks(sorted({row["reports"] for row in rows}))
    axes.set_yticks((0.5, 1, 2, 5, 10, 20))
    axes.minorticks_off()
    axes.tick_params(axis="x", labelrotation=45)
    decimals(axes, x=0, y=1)
    axes.set_xlabel(text(en="reports of a commune and day", vi="số báo cáo của một xã trong ngày"))
    axes.set_ylabel(text(en="mean error, points of a hundred", vi="sai số trung bình, điểm %"))
    axes.legend(fontsize=8, frameon=False)


def _delays(axes: Axes, rows: list[dict[str, Any]]) -> None:
    for place, (reports, group) in enumerate(groupby(rows, lambda row: row["reports"])):
        points = [
            (row["false_per_1000_days"], row["days"]) for row in group if row["days"] is not None
        ]
        label = text(
            en=f"{number(reports)} reports a day", vi=f"{number(reports)} báo cáo mỗi ngày"
        )
        _line(axes, points, place, label)
    axes.set_ylim(0, None)
    axes.set_xlabel(text(en="false alarms in 1,000 days", vi="số báo động sai trong 1.000 ngày"))
    axes.set_ylabel(text(en="days until half are seen", vi="số ngày đến khi thấy một nửa số ổ"))
    axes.legend(fontsize=8, frameon=False)


def _line(axes: Axes, points: list[tuple[float, float]], place: int, label: str) -> None:
    horizontal, vertical = zip(*points, strict=True)
    axes.plot(
        horizontal, vertical, "o-", color=COLOURS[place], linewidth=2, markersize=4, label=label
    )
