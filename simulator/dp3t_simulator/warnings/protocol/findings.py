"""What phones say to their owners, and what of it is new."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np

from dp3t import Match, Phone
from dp3t.proximity.exposure.configuration import Configuration
from dp3t_simulator.interfaces import PRESENCE, PROXIMITY, Exposures, Notices
from dp3t_simulator.warnings.protocol.moments import FIRST_DAY, READ_SECONDS, moment
from dp3t_simulator.warnings.protocol.transport import Found

_MINUTE = 60

Totals = dict[int, tuple[int, float, bool]]
"""By day of the simulation: seconds, score, and whether to warn."""

Row = tuple[int, int, int, int, float]
"""Person, kind, day of exposure, seconds and score."""


class Told(NamedTuple):
    """What some phones tell on a morning, in any order."""

    exposures: list[Row]
    notices: list[tuple[int, int, int]]


def tables(parts: Iterable[Told]) -> tuple[Exposures, Notices]:
    """Return what several groups of phones tell as one table each, in order."""
    exposures: list[Row] = []
    notices: list[tuple[int, int, int]] = []
    for one in parts:
        exposures += one.exposures
        notices += one.notices
    return _exposures(sorted(exposures)), _notices(sorted(notices))


class Findings:
    """What every phone has told so far.

    Args:
        configuration: how encounters are weighed.
        minutes: of a visit at an exposed place, from which a person is warned.
    """

    def __init__(self, configuration: Configuration, *, minutes: int) -> None:
        self._configuration = configuration
        self._warned_seconds = _MINUTE * minutes
        self._stayed: dict[tuple[int, int], int] = {}
        self._warned: set[tuple[int, int, int]] = set()
        self._rows: list[Row] = []
        self._notices: list[tuple[int, int, int]] = []

    def add(self, day: int, person: int, phone: Phone, found: Found) -> None:
        """Ask a phone anew that has found something on a day."""
        changed = {one.day - FIRST_DAY for one in found if isinstance(one, Match)}
        if changed:
            totals = _encounters(phone, self._configuration, day)
            self._note(person, PROXIMITY, totals, changed)
        if any(not isinstance(one, Match) for one in found):
            totals = self._visits(phone)
            grown = {
                at
                for at, (seconds, _, _) in totals.items()
                if seconds > self._stayed.get((person, at), 0)
            }
            self._stayed |= {(person, at): totals[at][0] for at in grown}
            self._note(person, PRESENCE, totals, grown)

    def taken(self) -> Told:
        """Return what was added since the last call."""
        told = Told(self._rows, self._notices)
        self._rows, self._notices = [], []
        return told

    def _note(self, person: int, kind: int, totals: Totals, changed: Iterable[int]) -> None:
        self._rows += ((person, kind, at, *totals[at][:2]) for at in changed)
        due = {(person, kind, at) for at, (_, _, warns) in totals.items() if warns}
        self._notices += due - self._warned
        self._warned |= due

    def _visits(self, phone: Phone) -> Totals:
        seconds: dict[int, int] = {}
        for one in phone.venue_exposures:
            at = one.day - FIRST_DAY
            seconds[at] = seconds.get(at, 0) + one.end - one.start
        return {
            at: (total, total / _MINUTE, total >= self._warned_seconds)
            for at, total in seconds.items()
        }


def _encounters(phone: Phone, configuration: Configuration, day: int) -> Totals:
    """Return what a phone says of encounters; a day beyond the look-back has no score."""
    now = moment(day, READ_SECONDS)
    scores = {one.day: one for one in phone.assess(configuration, now=now)}
    return {
        one.day - FIRST_DAY: (
            one.seconds,
            scores[one.day].score if one.day in scores else 0.0,
            one.day in scores and scores[one.day].notify,
        )
        for one in phone.exposures
    }


def _columns(rows: list[Row] | list[tuple[int, int, int]], width: int) -> Iterator[np.ndarray]:
    for place in range(width):
        yield np.array([row[place] for row in rows])


def _exposures(rows: list[Row]) -> Exposures:
    person, kind, day, seconds, score = _columns(rows, 5)
    return Exposures(
        person=person.astype(np.int32),
        exposed_day=day.astype(np.int16),
        seconds=seconds.astype(np.int32),
        score=score.astype(np.float64),
        kind=kind.astype(np.uint8),
    )


def _notices(rows: list[tuple[int, int, int]]) -> Notices:
    person, kind, day = _columns(rows, 3)
    return Notices(
        person=person.astype(np.int32),
        exposed_day=day.astype(np.int16),
        kind=kind.astype(np.uint8),
    )
