"""Figures of sweeps and comparisons: functions that return a figure, which the caller saves."""

from textwrap import wrap

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from dp3t.cli.language import number, text
from dp3t_simulator.plots_style import COLOURS, FAINT, INK, STYLE
from dp3t_simulator.sweep.estimates import Band, Difference
from dp3t_simulator.sweep.outcome import SweepResult, label_of

MAX_CURVES = len(COLOURS)
"""More combinations are not drawn over time; below each has its row."""

_WIDTH_INCHES = 8.4
_ROW_INCHES = 0.34
_CURVES_INCHES = 3.0
_LABEL_CHARACTERS = 30
_SUBTITLE_CHARACTERS = 115


def sweep_figure(result: SweepResult) -> Figure:
    """Return the course of each combination, where its runs end, and how far from the first.

    Lines and dots on bands are medians, bands 5 to 95 % of the runs; dots on lines are means of
    paired differences, lines their 95 % confidence intervals.
    """
    rows = len(result.points)
    rows_inches = _ROW_INCHES * rows + 0.3
    height = 1.0 + _CURVES_INCHES + 0.9 + rows_inches + 0.6
    with rc_context(STYLE):
        figure = Figure(figsize=(_WIDTH_INCHES, height))
        above = figure.add_axes(
            (0.1, 1 - (1.0 + _CURVES_INCHES) / height, 0.87, _CURVES_INCHES / height)
        )
        _curves(above, result)
        bottom, tall = 0.6 / height, rows_inches / height
        ends = figure.add_axes((0.3, bottom, 0.32, tall))
        apart = figure.add_axes((0.66, bottom, 0.31, tall))
        _ends(ends, result)
        _apart(apart, result)
        _title(figure, result, height)
    return figure


def _curves(axes: Axes, result: SweepResult) -> None:
    for point, colour in zip(result.points[:MAX_CURVES], COLOURS, strict=False):
        label = _short(label_of(point, result.points))
        low, middle, high = point.daily_band("infections")
        day = np.arange(len(middle))
        axes.fill_between(day, low, high, color=colour, alpha=0.18, linewidth=0)
        axes.plot(day, middle, color=colour, linewidth=1.8, label=label)
    axes.margins(x=0)
    axes.set_ylim(0, None)
    axes.set_xlabel(text(en="day", vi="ngày"))
    axes.set_ylabel(text(en="infected a day", vi="số ca nhiễm mỗi ngày"))
    axes.yaxis.set_major_formatter(_whole())
    axes.legend(frameon=False, fontsize=8.5, loc="upper right")


def _ends(axes: Axes, result: SweepResult) -> None:
    """Draw which share is infected in the end, a row for each combination."""
    for row, point in enumerate(result.points):
        found = point.band("attack_rate")
        if found:
            _row(axes, row, found, 100.0)
    _rows(axes, len(result.points))
    labels = [_short(label_of(each, result.points)) for each in result.points]
    axes.set_yticks(range(len(labels)), labels, fontsize=8.5)
    axes.set_xlim(0, None)
    axes.set_xlabel(text(en="infected in all, %", vi="tổng số nhiễm, %"))


def _apart(axes: Axes, result: SweepResult) -> None:
    """Draw how far each combination is from the first one, seed by seed."""
    axes.axvline(0, color=FAINT, linewidth=1)
    for row in range(1, len(result.points)):
        found = result.difference("attack_rate", row)
        if found:
            _row(axes, row, found, 100.0)
    _rows(axes, len(result.points))
    axes.set_yticks(range(len(result.points)), [""] * len(result.points))
    axes.set_xlabel(
        text(en="difference from the first, points", vi="chênh so với dòng đầu, điểm %")
    )


def _row(axes: Axes, row: int, found: Band | Difference, scale: float) -> None:
    colour = COLOURS[row] if row < MAX_CURVES else INK
    middle = found.median if isinstance(found, Band) else found.mean
    if found.low is not None and found.high is not None:
        wide = 5 if isinstance(found, Band) else 1.6
        ends = (scale * found.low, scale * found.high)
        axes.plot(
            ends,
            (row, row),
            color=colour,
            linewidth=wide,
            alpha=0.35 if isinstance(found, Band) else 1,
            solid_capstyle="butt",
        )
    axes.plot(scale * middle, row, "o", color=colour, markersize=5)


def _rows(axes: Axes, rows: int) -> None:
    axes.set_ylim(rows - 0.5, -0.5)
    axes.grid(visible=False, axis="y")
    axes.tick_params(axis="y", length=0)


def _title(figure: Figure, result: SweepResult, height: float) -> None:
    runs = [len(point.runs) for point in result.points]
    count = f"{min(runs)}" if min(runs) == max(runs) else f"{min(runs)} – {max(runs)}"  # noqa: RUF001
    lines = text(
        en=f"{count} runs each, paired by seed; bands 5 to 95 % of runs, "
        "lines of differences 95 % confidence",
        vi=f"mỗi trường hợp {count} lần chạy, ghép theo số gieo; dải: 5-95 % số lần chạy; "
        "đoạn chênh lệch: khoảng tin cậy 95 %",
    )
    left = len(result.points) - MAX_CURVES
    if left > 0:
        lines += text(
            en=f"; curves of the first {MAX_CURVES}", vi=f"; đường của {MAX_CURVES} trường hợp đầu"
        )
    title = result.name.replace("$", r"\$")  # a name is no formula
    figure.text(0.02, 1 - 0.15 / height, title, fontsize=13, fontweight="bold", va="top")
    subtitle = "\n".join(wrap(lines, _SUBTITLE_CHARACTERS))
    figure.text(0.02, 1 - 0.45 / height, subtitle, fontsize=9, color=FAINT, va="top")


def _short(label: str) -> str:
    return "\n".join(wrap(label, _LABEL_CHARACTERS)[:2]).replace("$", r"\$")  # no formula


def _whole() -> FuncFormatter:
    return FuncFormatter(lambda value, _: number(value))
