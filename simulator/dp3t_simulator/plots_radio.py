"""The radio model as a figure beside the captures it was fitted to."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from dp3t_simulator.plots_style import COLOURS, FAINT, STYLE, heading
from dp3t_simulator.radio.comparison import CLASSES_M, LIMITS_DB, Compared

CAPTURED, SIMULATED = COLOURS[0], COLOURS[1]
QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
SHOWN_CLASSES = {0: ("right", -8, 70), 4: ("left", 8, 25)}
"""Of the classes drawn as curves: on which side the label stands, how far off, and how high."""


def radio(found: Sequence[Compared]) -> Figure:
    """Return a figure of attenuations by distance, captured and simulated, scenario by scenario.

    Args:
        found: at most three scenarios.
    """
    with rc_context(STYLE):
        figure = Figure(figsize=(9.6, 7.0))
        for column, each in enumerate(found):
            left = 0.07 + 0.32 * column
            spread = figure.add_axes((left, 0.5, 0.26, 0.335))
            _spread(spread, each)
            shares = figure.add_axes((left, 0.085, 0.26, 0.3))
            _shares(shares, each)
            if column == 0:
                spread.set_ylabel("attenuation, dB")
                shares.set_ylabel("share of sightings below, %")
                _key(spread)
        heading(
            figure,
            "What phones hear of each other: captured and simulated",
            "DP-3T's experiment of 30 July 2020, means of scans; boxes hold half, lines 90 %",
        )
    return figure


def _spread(axes: Axes, found: Compared) -> None:
    for index, curves in enumerate(found.curves):
        even = np.ones(len(curves.captured))
        _box(axes, index - 0.17, quantiles(curves.captured, even), CAPTURED)
        _box(axes, index + 0.17, quantiles(curves.simulated, curves.weight), SIMULATED)
    for limit in LIMITS_DB:
        axes.axhline(limit, color=FAINT, linewidth=0.8, linestyle=(0, (4, 3)))
    fitted = "fitted" if found.fitted else "held out"
    axes.set_title(f"{found.name} ({fitted})", loc="left", fontsize=10)
    names = [f"{a:g} - {b:g}" for a, b in pairwise(CLASSES_M)]
    axes.set_xticks(range(len(names)), names, fontsize=8.5)
    axes.set(ylim=(25, 76), xlim=(-0.6, len(names) - 0.4))
    axes.grid(visible=False, axis="x")
    axes.set_xlabel("distance, m")


def _box(axes: Axes, x: float, values: NDArray[np.float64], colour: str) -> None:
    axes.vlines(x, values[0], values[4], color=colour, linewidth=1.2)
    axes.vlines(x, values[1], values[3], color=colour, linewidth=7)
    axes.plot(x, values[2], marker="o", markersize=3.5, color="white")


def _shares(axes: Axes, found: Compared) -> None:
    grid = np.arange(25, 77)
    for index, (side, offset, height) in SHOWN_CLASSES.items():
        curves, each = found.curves[index], found.classes[index]
        captured = [100 * np.mean(curves.captured <= limit) for limit in grid]
        weight = 100 * curves.weight / curves.weight.sum()
        simulated = [weight[curves.simulated <= limit].sum() for limit in grid]
        axes.step(grid, captured, where="post", color=CAPTURED, linewidth=1.4)
        axes.step(grid, simulated, where="post", color=SIMULATED, linewidth=1.4)
        edge = (min if side == "right" else max)(
            grid[np.searchsorted(curve, height)] for curve in (captured, simulated)
        )
        axes.annotate(
            f"{each.from_m:g} - {each.to_m:g} m",
            (float(edge), height),
            (offset, 0),
            textcoords="offset points",
            ha=side,
            va="center",
            color=FAINT,
        )
    axes.set(xlim=(28, 76), ylim=(0, 100))
    axes.set_xlabel("attenuation, dB")


def _key(axes: Axes) -> None:
    for row, (name, colour) in enumerate((("captured", CAPTURED), ("simulated", SIMULATED))):
        axes.text(0.97, 0.12 - 0.08 * row, name, color=colour, ha="right", transform=axes.transAxes)


def quantiles(values: NDArray[np.float64], weight: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return `QUANTILES` of values that have weights."""
    order = np.argsort(values, kind="stable")
    below = np.cumsum(weight[order]) / weight.sum()
    places = np.minimum(np.searchsorted(below, QUANTILES), len(values) - 1)
    found: NDArray[np.float64] = values[order][places]
    return found
