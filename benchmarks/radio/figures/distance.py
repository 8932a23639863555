"""Attenuation against distance: every sighting of which the truth is known, by scenario."""

from collections.abc import Mapping, Sequence
from statistics import quantiles

from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from benchmarks.radio.figures.style import (
    COLOURS,
    FAINT,
    INK,
    LIMIT,
    decimals,
    heading,
    name_limit,
    name_metres,
)
from benchmarks.radio.precision import Point
from dp3t.cli.language import number, text

_SHADES = LinearSegmentedColormap.from_list("shades", ("#cfe1f2", "#5a9fd0", "#0b3f7a"))
_BIN_M = 0.5
_ON_WHITE = {"facecolor": "white", "edgecolor": "none", "pad": 0.8, "alpha": 0.8}
_LEAST_IN_BIN = 20
_MOST_METRES = 8.0


def distance_figure(
    scenarios: Mapping[str, Sequence[Point]],
    *,
    experiment: str,
    radio: str,
    thresholds_db: Sequence[int],
    limit_m: float,
) -> Figure:
    """Return a panel for each scenario, all on the same axes."""
    columns = min(3, len(scenarios))
    rows = -(-len(scenarios) // columns)
    figure = Figure(figsize=(max(4.1 * columns + 1.5, 8.0), 3.7 * rows + 1.6))
    panels = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
    figure.subplots_adjust(
        left=0.85 / figure.get_figwidth(),
        right=1 - 1.5 / figure.get_figwidth(),
        top=1 - 1.22 / figure.get_figheight(),
        bottom=0.62 / figure.get_figheight(),
        wspace=0.07,
        hspace=0.22,
    )
    distances = [point.distance_m for found in scenarios.values() for point in found]
    reach = min(_MOST_METRES, max(distances))
    heading(
        figure,
        text(en="Attenuation against distance", vi="Suy hao theo khoảng cách"),
        text(
            en=f"{experiment}, {radio}\nThick line: median; between the thin ones: half of all",
            vi=f"{experiment}, {radio}\nĐường đậm: trung vị; giữa hai đường mảnh: một nửa số lần",
        )
        + _beyond(sum(distance > reach for distance in distances)),
    )
    attenuations = [point.attenuation_db for found in scenarios.values() for point in found]
    span = 10 * (min(attenuations) // 10), 10 * (max(attenuations) // 10 + 1)
    densest: PolyCollection | None = None
    for axes, (name, found) in zip(panels.flat, scenarios.items(), strict=False):
        drawn = _panel(axes, name, found, thresholds_db, limit_m, (reach, *span))
        densest = drawn if densest is None else densest
    for last in {min(row + columns, len(scenarios)) for row in range(0, len(scenarios), columns)}:
        _name_thresholds(panels.flat[last - 1], thresholds_db)
    for axes in list(panels.flat)[len(scenarios) :]:
        axes.set_visible(False)
    for axes in list(panels.flat)[max(0, len(scenarios) - columns) : len(scenarios)]:
        axes.tick_params(labelbottom=True)
        axes.set_xlabel(text(en="Distance by camera (m)", vi="Khoảng cách theo camera (m)"))
    for axes in panels[:, 0]:
        axes.set_ylabel(text(en="Attenuation (dB)", vi="Suy hao (dB)"))
    if densest is not None:
        _scale(figure, densest)
    return figure


def _beyond(count: int) -> str:
    if not count:
        return ""
    metres = number(_MOST_METRES, decimals=0)
    return text(
        en=f". Not drawn: {number(count)} beyond {metres} m",
        vi=f". Không vẽ: {number(count)} lần ở xa hơn {metres} m",
    )


def _panel(
    axes: Axes,
    name: str,
    found: Sequence[Point],
    thresholds_db: Sequence[int],
    limit_m: float,
    frame: tuple[float, int, int],
) -> PolyCollection:
    reach, bottom, top = frame
    shown = [point for point in found if point.distance_m <= reach]
    drawn = axes.hexbin(
        [point.distance_m for point in shown],
        [point.attenuation_db for point in shown],
        gridsize=(32, 24),
        extent=(0, reach, bottom, top),
        mincnt=1,
        bins="log",
        vmin=1,
        vmax=300,
        cmap=_SHADES,
        linewidths=0.2,
    )
    _middle(axes, shown, reach)
    axes.axvline(limit_m, color=LIMIT, linewidth=1.2)
    for threshold in thresholds_db:
        axes.axhline(threshold, color=LIMIT, linewidth=1, linestyle=(0, (4, 3)))
    axes.annotate(
        name_metres(limit_m),
        (limit_m, bottom),
        xytext=(4, 4),
        textcoords="offset points",
        color=LIMIT,
        fontsize=8.5,
        bbox=_ON_WHITE,
    )
    count = text(en="{count} sightings", vi="{count} lần nghe").format(count=number(len(found)))
    axes.set_title(name, loc="left", fontsize=10.5, fontweight="bold")
    axes.set_title(count, loc="right", fontsize=9, color=FAINT)
    axes.set_xlim(0, reach)
    axes.set_ylim(bottom, top)
    decimals(axes, x=0, y=0)
    return drawn


def _name_thresholds(axes: Axes, thresholds_db: Sequence[int]) -> None:
    """Write the thresholds to the right of a panel, where no sighting is."""
    for threshold in thresholds_db:
        name_limit(axes, f"{threshold} dB", threshold)


def _middle(axes: Axes, found: Sequence[Point], reach: float) -> None:
    """Draw median and quartiles over the distances where there are enough sightings."""
    bins: dict[int, list[int]] = {}
    for point in found:
        bins.setdefault(int(point.distance_m / _BIN_M), []).append(point.attenuation_db)
    at, low, median, high = [], [], [], []
    for place, attenuations in sorted(bins.items()):
        if len(attenuations) >= _LEAST_IN_BIN:
            quarter, half, three_quarters = quantiles(attenuations, n=4)
            at.append(min((place + 0.5) * _BIN_M, reach))
            low.append(quarter)
            median.append(half)
            high.append(three_quarters)
    for values, width in ((low, 1.0), (high, 1.0), (median, 2.4)):
        axes.plot(at, values, color="white", linewidth=width + 2)
        axes.plot(at, values, color=COLOURS[1], linewidth=width)


def _scale(figure: Figure, drawn: PolyCollection) -> None:
    width = figure.get_figwidth()
    place = figure.add_axes((1 - 0.82 / width, 0.25, 0.13 / width, 0.5))
    bar = figure.colorbar(drawn, cax=place, ticks=[1, 10, 100])
    bar.ax.set_yticklabels(["1", "10", "100"])
    bar.ax.minorticks_off()
    bar.set_label(text(en="sightings per cell", vi="số lần nghe mỗi ô"), fontsize=8.5, color=INK)
    for spine in bar.ax.spines.values():
        spine.set_visible(False)
