"""How long at which attenuation: the line through the readings of one stretch of contact."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from dp3t.proximity.exposure.scoring.readings import Reading, rounded


class Period(NamedTuple):
    """The time from one reading to the next."""

    start_seconds: int
    end_seconds: int
    first_db: int
    last_db: int

    @property
    def seconds(self) -> int:
        """How long it lasts."""
        return self.end_seconds - self.start_seconds


def stretches(readings: Sequence[Reading], *, max_gap_seconds: int) -> Iterator[list[Reading]]:
    """Yield the readings in runs in which no gap is longer than `max_gap_seconds` [SCORING-3].

    Args:
        readings: in order of time.
        max_gap_seconds: the longest gap inside a run.
    """
    run: list[Reading] = []
    for reading in readings:
        if run and reading.at_seconds - run[-1].at_seconds > max_gap_seconds:
            yield run
            run = []
        run.append(reading)
    if run:
        yield run


def periods(run: Sequence[Reading], *, scan_interval_seconds: int) -> list[Period]:
    """Return the periods of a run, half a scan interval longer at either end [SCORING-4].

    Of readings at the same moment the first counts.

    Args:
        run: at least one reading, in order of time.
        scan_interval_seconds: how often the phone scans; halved without its remainder.
    """
    margin = scan_interval_seconds // 2
    first, last = run[0], run[-1]
    points = [
        (first.at_seconds - margin, first.attenuation_db),
        *((reading.at_seconds, reading.attenuation_db) for reading in run),
        (last.at_seconds + margin, last.attenuation_db),
    ]
    kept = points[:1]
    for point in points[1:]:
        if point[0] != kept[-1][0]:
            kept.append(point)
    return [Period(start, end, before, after) for (start, before), (end, after) in pairwise(kept)]


def mean_attenuation_db(line: Sequence[Period]) -> int:
    """Return the attenuation of a line, each period with its first reading's [SCORING-5]."""
    seconds = sum(period.seconds for period in line)
    if not seconds:
        return 0
    return rounded(sum(period.first_db * period.seconds for period in line) / seconds)


def seconds_by_attenuation(
    line: Sequence[Period], thresholds_db: Sequence[int], *, interpolate: bool
) -> tuple[int, ...]:
    """Return the time below the first threshold, between each two, and from the last on.

    A period at a threshold is above it [SCORING-6].

    Args:
        line: the periods.
        thresholds_db: ascending.
        interpolate: whether the attenuation changes evenly inside a period [SCORING-7]; otherwise
            it is the period's first reading's.
    """
    below = [
        sum(_seconds_below(period, threshold, interpolate=interpolate) for period in line)
        for threshold in thresholds_db
    ]
    edges = [0, *below, sum(period.seconds for period in line)]
    return tuple(after - before for before, after in pairwise(edges))


def _seconds_below(period: Period, threshold_db: int, *, interpolate: bool) -> int:
    begins_below = period.first_db < threshold_db
    crossing = period.start_seconds
    rise = period.last_db - period.first_db
    if interpolate and rise:
        crossing = rounded(
            period.start_seconds + (threshold_db - period.first_db) / rise * period.seconds
        )
    if not period.start_seconds < crossing < period.end_seconds:
        return period.seconds if begins_below else 0
    if begins_below:
        return crossing - period.start_seconds
    return period.end_seconds - crossing
