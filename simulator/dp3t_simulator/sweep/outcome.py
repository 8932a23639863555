"""What a sweep came to: the runs of each combination, in numbers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from dp3t_simulator.sweep.estimates import Band, Difference, band, difference
from dp3t_simulator.sweep.runs import Run

if TYPE_CHECKING:
    import pyarrow

__all__ = ["Band", "Difference", "Point", "SweepResult", "with_averted"]

_NOT_NUMBERS = ("design", "fidelity", "reproduction_by_generation", "seed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """The runs of one combination of settings.

    Attributes:
        label: the combination in words, or what is compared by its name.
        settings: values by path, as text; empty where nothing is swept.
        runs: by seed, ascending.
    """

    label: str
    settings: Mapping[str, str]
    runs: Mapping[int, Run]

    def values(self, metric: str) -> dict[int, float]:
        """Return a field of the summary by seed, of the runs that have it."""
        found = {seed: run.summary[metric] for seed, run in self.runs.items()}
        return {seed: float(value) for seed, value in found.items() if value is not None}

    def band(self, metric: str) -> Band | None:
        """Return where a field of the summary lies; None if no run has it."""
        return band(list(self.values(metric).values()))

    def difference(self, metric: str, to: "Point") -> Difference | None:
        """Return how far this combination is from another one, seed by seed [SWEEP-5]."""
        mine, theirs = self.values(metric), to.values(metric)
        return difference([mine[seed] - theirs[seed] for seed in mine if seed in theirs])

    def daily_band(self, column: str) -> NDArray[np.float64]:
        """Return 5 %, median and 95 % of a column of the table of days, in three rows.

        Runs of different lengths are compared as long as the shortest lasts.
        """
        rows = [run.daily[column] for run in self.runs.values()]
        days = min(map(len, rows))
        found = np.quantile([row[:days] for row in rows], (0.05, 0.5, 0.95), axis=0)
        return np.asarray(found, dtype=np.float64)


def shared_settings(points: Sequence[Point]) -> dict[str, str]:
    """Return the settings that all points were given with one value, in the order of the first."""
    shared = set.intersection(*(set(each.settings.items()) for each in points))
    return {name: value for name, value in points[0].settings.items() if (name, value) in shared}


def label_of(point: Point, points: Sequence[Point]) -> str:
    """Return what a point is called, without the settings that all of them share."""
    shared = shared_settings(points)
    own = in_words({name: each for name, each in point.settings.items() if name not in shared})
    return own if own and point.label == in_words(point.settings) else point.label


def in_words(settings: Mapping[str, str]) -> str:
    """Return settings as a person writes them: "app.uptake=0.3, app.design=gaen"."""
    return ", ".join(f"{name}={value}" for name, value in settings.items())


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepResult:
    """What a sweep or a comparison came to.

    Attributes:
        name: of the scenario, or of what is compared.
        points: the combinations in order; the first one is what others differ from.
    """

    name: str
    points: tuple[Point, ...]

    def point(self, index: int) -> Point:
        """Return a combination by its place."""
        return self.points[index]

    def difference(self, metric: str, index: int) -> Difference | None:
        """Return how far a combination is from the first one, seed by seed."""
        return self.points[index].difference(metric, self.points[0])

    @property
    def versions(self) -> tuple[str, ...]:
        """Which code made the runs; see `runs.code_version`."""
        return tuple(sorted({run.version for each in self.points for run in each.runs.values()}))

    @property
    def metrics(self) -> tuple[str, ...]:
        """Fields of the summary that are numbers."""
        run = next(iter(self.points[0].runs.values()))
        return tuple(name for name in run.summary if name not in _NOT_NUMBERS)

    def document(self) -> dict[str, Any]:
        """Return bands and paired differences of everything, for JSON."""
        return {
            "name": self.name,
            "versions": list(self.versions),
            "points": [
                {
                    "label": point.label,
                    "settings": dict(point.settings),
                    "seeds": list(point.runs),
                    "metrics": {name: _plain(point.band(name)) for name in self.metrics},
                    "differences": {
                        name: _plain(self.difference(name, place)) for name in self.metrics
                    }
                    if place
                    else None,
                }
                for place, point in enumerate(self.points)
            ],
        }

    def to_arrow(self) -> "pyarrow.Table":
        """Return a row for each run: settings as text, seed, and the summary.

        Raises:
            ModuleNotFoundError: without pyarrow.
        """
        import pyarrow

        rows = [
            {"label": point.label, **point.settings, **run.summary, "version": run.version}
            for point in self.points
            for run in point.runs.values()
        ]
        names = dict.fromkeys(name for row in rows for name in row)
        return pyarrow.table({name: [row.get(name) for row in rows] for name in names})


def with_averted(run: Run, without: Run) -> Run:
    """Return a run that knows what the same luck without the app came to."""
    summary, plain = dict(run.summary), without.summary
    averted = plain["infected"] - summary["infected"]
    more = summary["quarantined_person_days"] - plain["quarantined_person_days"]
    summary["cases_averted"] = averted
    summary["deaths_averted"] = plain["deaths"] - summary["deaths"]
    summary["quarantine_days_per_case_averted"] = round(more / averted, 4) if averted > 0 else None
    return replace(run, summary=summary)


def _plain(found: Band | Difference | None) -> dict[str, Any] | None:
    return {name: getattr(found, name) for name in found.__slots__} if found else None
