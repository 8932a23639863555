"""Figures of what an app does in the field, beside what was published."""

from collections.abc import Mapping

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from dp3t_simulator.plots_style import COLOURS, FAINT, INK, STYLE, heading
from dp3t_simulator.uptake import UPTAKES, UptakeEffect

Range = tuple[float, float]

_NAMES = {
    "reported": "as reported",
    "tested": "… 9 in 10 ill tested",
    "planned": "… and all upload,\n9 in 10 stay at home",
}


def uptake(found: Mapping[str, UptakeEffect], published: Mapping[float, Range]) -> Figure:
    """Return a figure of the infections averted by uptake, a curve for each assumption.

    Args:
        found: by the name of the assumption.
        published: ranges of the share averted, by uptake.
    """
    with rc_context(STYLE):
        figure = Figure(figsize=(7.2, 5.2))
        axes = figure.add_axes((0.1, 0.12, 0.62, 0.72))
        x = 100 * np.array(UPTAKES)
        for (name, each), colour in zip(found.items(), COLOURS, strict=False):
            shares = 100 * each.reductions
            axes.fill_between(
                x, shares.min(axis=0), shares.max(axis=0), color=colour, alpha=0.18, linewidth=0
            )
            middle = shares.mean(axis=0)
            axes.plot(x, middle, "o-", color=colour, linewidth=2, markersize=4)
            label = f"{_NAMES[name]}, {middle[-1]:.0f} %"
            end = (x[-1], middle[-1])
            axes.annotate(
                label, end, (12, 0), textcoords="offset points", va="center", color=colour
            )
        for at, (low, high) in published.items():
            axes.plot([100 * at] * 2, [100 * low, 100 * high], color=INK, linewidth=1.5, marker="_")
        axes.set(xlim=(0, 78), ylim=(-2, 90))
        axes.set_xlabel("people with the app, %")
        axes.set_ylabel("infections averted in 120 days, %")
        note = "lines: means; bands: lowest to highest seed; black: Abueg et al. 2021"
        axes.text(1.5, 87, note, color=FAINT, va="center", fontsize=9)
        reproductions = [each.reproduction for each in found.values()]
        heading(
            figure,
            "Infections that an app averts, by uptake",
            f"R without the app {min(reproductions):.2f} to {max(reproductions):.2f}; "
            "a town in the United Kingdom, gaen-v2",
        )
    return figure


def cascades(
    found: Mapping[str, Mapping[str, float | None]],
    published: Mapping[str, Mapping[str, float]],
    measures: Mapping[str, str],
) -> Figure:
    """Return a figure of steps of cascades, a panel for each measure.

    Args:
        found: ratios by the scenario's name.
        published: likewise, those that are known.
        measures: titles of panels by the ratio's name.
    """
    with rc_context(STYLE):
        figure = Figure(figsize=(7.6, 4.2))
        figure.subplots_adjust(left=0.17, right=0.97, top=0.74, bottom=0.09, wspace=0.3)
        rows = np.arange(len(found))[::-1]
        for place, (measure, title) in enumerate(measures.items()):
            axes = figure.add_subplot(1, len(measures), place + 1)
            for row, (name, ratios) in zip(rows, found.items(), strict=True):
                _bar(axes, row, ratios[measure], published[name].get(measure))
            axes.set_title(title, fontsize=9, color=INK, pad=10)
            axes.set_yticks(rows, [*found] if place == 0 else [""] * len(rows))
            axes.tick_params(axis="y", length=0)
            axes.grid(visible=False, axis="y")
            axes.set(xlim=(0, None), ylim=(-0.5, len(rows) - 0.3))
        heading(
            figure,
            "Cascades of notifications",
            "bars: simulated; diamonds: published, where it is known",
        )
    return figure


def _bar(axes: Axes, row: float, ours: float | None, theirs: float | None) -> None:
    """Draw one simulated value, its number above it, beside the published one."""
    if ours is not None:
        axes.barh(row, ours, height=0.36, color=COLOURS[0])
        axes.annotate(f"{ours:.2g}", (0, row + 0.2), (2, 1), textcoords="offset points", fontsize=9)
    if theirs is not None:
        axes.plot(theirs, row, "D", color=COLOURS[1], markersize=7, clip_on=False)
