"""Results as figures: functions that take values and return a figure, which the caller saves."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib import rc_context
from matplotlib.figure import Figure

from dp3t_simulator.network_outbreak import Outbreaks
from dp3t_simulator.plots_style import COLOURS, FAINT, INK, STYLE, heading

Curve = Sequence[tuple[float, float]]


def thresholds(curves: Mapping[float, Curve]) -> Figure:
    """Return a figure of how much tracing control needs beside isolation, a curve for each delay.

    Args:
        curves: by delay in days, points of success in isolating and of the threshold of tracing,
            both 0 to 1, in order of the first.
    """
    with rc_context(STYLE):
        figure = Figure(figsize=(7.2, 5.2))
        axes = figure.add_axes((0.1, 0.12, 0.74, 0.72))
        for (delay_days, points), colour in zip(curves.items(), COLOURS, strict=False):
            x, y = zip(*((100 * i, 100 * t) for i, t in points), strict=True)
            axes.plot(x, y, color=colour, linewidth=2)
            name = "no delay" if delay_days == 0 else f"{delay_days:g} d"
            axes.annotate(
                name, (x[-1], y[-1]), (6, 0), textcoords="offset points", va="center", color=colour
            )
        axes.set(xlim=(0, 100), ylim=(0, 100))
        axes.set_xlabel("success in isolating cases with symptoms, %")
        axes.set_ylabel("success in quarantining traceable contacts, %")
        axes.text(2, 3, "above its curve an epidemic shrinks", color=FAINT)
        heading(
            figure,
            "How much tracing it takes to stop an epidemic",
            "Ferretti et al. 2020, R₀ = 1.94; delay: from symptoms until contacts stay at home",
        )
    return figure


def outbreaks(found: Mapping[str, Outbreaks], published: Mapping[str, float]) -> Figure:
    """Return a figure of who has fallen ill by each day under policies, with bands of the runs.

    Args:
        found: what the runs came to, by the policy's name, the weakest policy first.
        published: the share of the last day, 0 to 1, of those policies of which it is known.
    """
    with rc_context(STYLE):
        figure = Figure(figsize=(7.2, 5.2))
        axes = figure.add_axes((0.1, 0.12, 0.6, 0.72))
        for (name, each), colour in zip(found.items(), COLOURS, strict=False):
            low, middle, high = 100 * np.quantile(each.ill, (0.05, 0.5, 0.95), axis=1)
            days = np.arange(1, len(middle) + 1)
            axes.fill_between(days, low, high, color=colour, alpha=0.18, linewidth=0)
            axes.plot(days, middle, color=colour, linewidth=2)
            label = f"{name.replace('-', ' ')}, {middle[-1]:.1f} %"
            end = (len(days), float(middle[-1]))
            axes.annotate(
                label, end, (10, 0), textcoords="offset points", va="center", color=colour
            )
            if name in published:
                axes.plot(
                    len(days),
                    100 * published[name],
                    "o",
                    color=INK,
                    fillstyle="none",
                    clip_on=False,
                )
        axes.set(xlim=(0, len(days)), ylim=(0, 100))
        axes.set_xlabel("day")
        axes.set_ylabel("fallen ill so far, % of all")
        axes.text(
            1.5,
            96,
            "lines: medians; bands: 5 to 95 % of the runs; circles: published",
            color=FAINT,
            va="center",
            fontsize=9,
        )
        heading(
            figure,
            "Isolation and tracing on the Haslemere network",
            "468 people, 1,257 pairs (Firth et al. 2020); one infected at first, then 0.1 % a day",
        )
    return figure
