"""The engine beside the renewal equation, as a figure."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib import rc_context
from matplotlib.figure import Figure

from dp3t_simulator.plots_style import COLOURS, FAINT, STYLE, heading
from dp3t_simulator.renewal import NextGeneration

_WAYS = (
    ("isolation", 1.0, 0.0),
    ("tracing", 0.0, 1.0),
    ("both", 1.0, 1.0),
)
"""Along which way both successes grow, and how far."""
_STEPS = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """How many one infects under measures, as counted, with a standard error."""

    isolation: float
    tracing: float
    delay_days: int
    number: float
    standard_error: float


def agents(points: Sequence[Point]) -> Figure:
    """Return a figure of counted numbers on the curves of the equation, a panel for each delay.

    Args:
        points: on the ways from (0, 0) to (1, 0), (0, 1) and (1, 1); others are left out.
    """
    delays = sorted({each.delay_days for each in points})
    with rc_context(STYLE):
        figure = Figure(figsize=(8.4, 4.8))
        for place, delay_days in enumerate(delays):
            width = 0.92 / len(delays)  # with room for the names of the curves
            axes = figure.add_axes((0.08 + place * width, 0.13, width - 0.13, 0.65))
            model = NextGeneration(delay_days=delay_days)
            for (name, isolation, tracing), colour in zip(_WAYS, COLOURS, strict=False):
                success = np.linspace(0, 1, _STEPS + 1)
                curve = [
                    model.reproduction_number(isolation=isolation * x, tracing=tracing * x)
                    for x in success
                ]
                axes.plot(100 * success, curve, color=colour, linewidth=1.5)
                end = (100.0, curve[-1])
                axes.annotate(
                    name, end, (7, 0), textcoords="offset points", va="center", color=colour
                )
                some = [each for each in points if _on(each, isolation, tracing, delay_days)]
                axes.errorbar(
                    [100 * max(each.isolation, each.tracing) for each in some],
                    [each.number for each in some],
                    yerr=[2 * each.standard_error for each in some],
                    fmt="o",
                    markersize=4.5,
                    capsize=3,
                    color=colour,
                    clip_on=False,
                    zorder=3,
                )
            axes.axhline(1, color=FAINT, linewidth=0.8)
            axes.set(xlim=(0, 100), ylim=(0, 2.1))
            axes.set_xlabel("success, %")
            axes.set_title("no delay" if not delay_days else f"delay {delay_days} d", fontsize=10)
            if not place:
                axes.set_ylabel("how many one infects")
        heading(
            figure,
            "Simulated people on the renewal equation",
            "lines: Ferretti et al. 2020; points: counted in the engine, ± 2 standard errors",
        )
    return figure


def _on(point: Point, isolation: float, tracing: float, delay_days: int) -> bool:
    """Return whether a point of this delay lies on a way; where nothing is done is on all."""
    success = max(point.isolation, point.tracing)
    along = (point.isolation, point.tracing) == (isolation * success, tracing * success)
    return along and point.delay_days == delay_days
