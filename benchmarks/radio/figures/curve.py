"""Precision against recall as the threshold moves, one curve for each scenario."""

from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from benchmarks.radio.figures.style import COLOURS, FAINT, decimals, heading
from benchmarks.radio.precision import Point, judge
from dp3t.cli.language import number, text

_LEAST_CALLED = 20
_MARKERS = "osD^vP"
_LINE = 0.085
"""The height of a curve's name, in units of precision."""

_LOWEST = 0.06


def curve_figure(
    scenarios: Mapping[str, Sequence[Point]],
    *,
    experiment: str,
    radio: str,
    thresholds_db: Sequence[int],
    limit_m: float,
) -> Figure:
    """Return the curves of all scenarios, with the thresholds asked for marked."""
    figure = Figure(figsize=(8.4, 6.2))
    axes = figure.add_axes((0.085, 0.095, 0.7, 0.765))
    heading(
        figure,
        text(en="Precision and recall", vi="Độ chính xác và độ phủ"),
        text(
            en=f"of “attenuation at most the threshold, so within {_metres(limit_m)} m”. "
            f"{experiment}, {radio}",
            vi=f"của “suy hao không quá ngưỡng thì trong vòng {_metres(limit_m)} m”. "
            f"{experiment}, {radio}",
        ),
    )
    labels = [
        _curve(axes, name, found, COLOURS[place % len(COLOURS)], thresholds_db, limit_m)
        for place, (name, found) in enumerate(scenarios.items())
    ]
    _label_ends(axes, labels)
    for threshold, marker in zip(thresholds_db, _MARKERS, strict=False):
        axes.plot([], [], marker, color=FAINT, markersize=7, label=f"{threshold} dB")
    axes.legend(
        title=text(en="threshold", vi="ngưỡng"), loc="lower left", frameon=False, fontsize=9
    )
    axes.set_xlim(0, 1.0)
    axes.set_ylim(0, 1.02)
    axes.set_xlabel(
        text(
            en="Recall: share of near sightings called near",
            vi="Độ phủ: tỷ lệ lần thật sự ở gần được coi là gần",
        )
    )
    axes.set_ylabel(
        text(
            en="Precision: share of those called near that were",
            vi="Độ chính xác: tỷ lệ đúng trong số lần được coi là gần",
        )
    )
    decimals(axes, x=1, y=1)
    return figure


def _metres(limit_m: float) -> str:
    return number(limit_m, decimals=0 if limit_m == int(limit_m) else 1)


def _curve(
    axes: Axes,
    name: str,
    found: Sequence[Point],
    colour: str,
    thresholds_db: Sequence[int],
    limit_m: float,
) -> tuple[float, str, str]:
    """Draw a curve and return at which precision it ends, its label and its colour."""
    lowest, highest = (extreme(point.attenuation_db for point in found) for extreme in (min, max))
    outcomes = [
        judge(found, threshold_db=threshold, distance_m=limit_m)
        for threshold in range(lowest, highest + 1)
    ]
    drawn = [each for each in outcomes if each.tp + each.fp >= _LEAST_CALLED]
    recalls = [each.recall or 0.0 for each in drawn]
    precisions = [each.precision or 0.0 for each in drawn]
    axes.plot(recalls, precisions, color=colour, linewidth=2)
    for threshold, marker in zip(thresholds_db, _MARKERS, strict=False):
        here = judge(found, threshold_db=threshold, distance_m=limit_m)
        if here.precision is not None and here.recall is not None:
            axes.plot(
                here.recall,
                here.precision,
                marker,
                color=colour,
                markersize=8,
                markeredgecolor="white",
                markeredgewidth=1.2,
                zorder=5,
            )
    near = text(en="{share} near", vi="{share} ở gần").format(
        share=f"{number(100 * outcomes[-1].relevant / outcomes[-1].n)} %"
    )
    return (precisions[-1] if precisions else 0.0), f"{name}\n{near}", colour


def _label_ends(axes: Axes, labels: Sequence[tuple[float, str, str]]) -> None:
    """Write each curve's name beside its end, apart from its neighbours and above the axis."""
    ends = [end for end, _, _ in sorted(labels, reverse=True)]
    for at, (_, label, colour) in zip(_apart(ends), sorted(labels, reverse=True), strict=True):
        axes.annotate(
            label,
            (1.0, at),
            xytext=(8, 0),
            textcoords="offset points",
            va="center",
            color=colour,
            fontsize=9,
            annotation_clip=False,
        )


def _apart(ends: Sequence[float]) -> list[float]:
    """Return heights near descending ones, each at least _LINE below the one before."""
    places: list[float] = []
    for end in ends:
        places.append(min(end, places[-1] - _LINE) if places else end)
    for above, place in enumerate(reversed(range(len(places)))):
        places[place] = max(places[place], _LOWEST + above * _LINE)
    return places
