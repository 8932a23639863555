"""What all that a phone has found of a day amounts to, under either kind of configuration."""

from concurrent.futures import Executor
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from dp3t.proximity.exposure.scoring.exposure_score import ExposureScoreRule
from dp3t_simulator.compiled import compiled, uncounted
from dp3t_simulator.parts import cut
from dp3t_simulator.state import Days
from dp3t_simulator.warnings.buckets import exposure_scores
from dp3t_simulator.warnings.encounters import (
    Meeting,
    Surroundings,
    end_of_pair,
    heard,
    meet,
    meeting,
)
from dp3t_simulator.warnings.ledger import Changed, Flags, Ledger
from dp3t_simulator.warnings.pair import Numbers
from dp3t_simulator.warnings.pair import contacts as make
from dp3t_simulator.warnings.replay import CASE, MIDDLE, NEAR, PUBLISHED, SECONDS
from dp3t_simulator.warnings.summaries import Ranking, Summaries, onset_code, rank, total

Scores = NDArray[np.float64]


class Totals(NamedTuple):
    """What changed days of people amount to.

    Attributes:
        seconds: of contact.
        before: the score without what came this morning.
        after: the score with it.
    """

    seconds: Numbers
    before: Scores
    after: Scores


class Scorer(Protocol):
    """A kind of configuration."""

    @property
    def columns(self) -> tuple[int, ...]:
        """Which columns of a row are remembered."""

    def totals(self, around: Surroundings, ledger: Ledger, changed: Changed) -> Totals:
        """Return what changed days amount to."""


class BucketScorer:
    """DP-3T's exposure score: seconds in two buckets, which are added up."""

    columns = (SECONDS, NEAR, MIDDLE)

    def __init__(self, rule: ExposureScoreRule) -> None:
        """Score by a rule."""
        self._rule = rule

    def totals(self, around: Surroundings, ledger: Ledger, changed: Changed) -> Totals:
        """Return what changed days amount to [WARNINGS-7]."""
        seconds, near, middle = (
            _sums(each, ledger.rows.fresh, changed.first, changed.end)
            for each in ledger.rows.numbers
        )
        return Totals(
            seconds=seconds[1],
            before=exposure_scores(self._rule, near[0], middle[0]),
            after=exposure_scores(self._rule, near[1], middle[1]),
        )


class SummaryScorer:
    """GAEN's second generation: what is summed has an order, so readings are made once more."""

    columns = (SECONDS, CASE, PUBLISHED)

    def __init__(self, summaries: Summaries, onset: Days, *, pool: Executor, tasks: int) -> None:
        """Score by summaries.

        Args:
            summaries: the numbers of the rule.
            onset: the onset that each person's keys tell; -1 none. Read anew at each call.
            pool: of threads.
            tasks: into how many the work is cut.
        """
        self._summaries, self._onset = summaries, onset
        self._pool, self._tasks = pool, tasks

    def totals(self, around: Surroundings, ledger: Ledger, changed: Changed) -> Totals:
        """Return what changed days amount to [WARNINGS-7]."""
        seconds, case, published = ledger.rows.numbers
        parts = _cut(changed, self._tasks)

        def rescored(part: Changed) -> Scores:
            room = meeting()
            return rescore(
                around,
                self._summaries,
                self._onset,
                part,
                ledger.rows.fresh,
                case,
                published,
                room,
                ranking(len(room.work.reading)),
            )

        both = np.concatenate([np.zeros((0, 2)), *self._pool.map(rescored, parts)])
        return Totals(
            seconds=_sums(seconds, ledger.rows.fresh, changed.first, changed.end)[1],
            before=both[:, 0],
            after=both[:, 1],
        )


def ranking(most: int) -> Ranking:
    """Return room for contacts of so many readings in all."""
    return Ranking(*np.zeros((6, most), dtype=np.int32))


def _cut(changed: Changed, parts: int) -> list[Changed]:
    """Return changed days in so many parts."""
    pieces = [cut(each, parts) for each in changed]
    return [Changed(*part) for part in zip(*pieces, strict=True)]


@compiled
def _sums(column: Numbers, fresh: Flags, first: Numbers, end: Numbers) -> Numbers:
    """Return the sums of stretches of a column: without what is fresh, and with it."""
    both = np.zeros((2, len(first)), dtype=np.int32)
    for each in range(len(first)):
        for place in range(first[each], end[each]):
            both[1, each] += column[place]
            if not fresh[place]:
                both[0, each] += column[place]
    return both


@compiled
def rescore(
    around: Surroundings,
    summaries: Summaries,
    onset: Days,
    changed: Changed,
    fresh: Flags,
    case: Numbers,
    published: Numbers,
    room: Meeting,
    contacts: Ranking,
) -> Scores:
    """Return the scores of changed days, without what is fresh and with it.

    Args:
        around: the world.
        summaries: the numbers of the rule.
        onset: the onset that each person's keys tell; -1 none.
        changed: days of people.
        fresh: of all rows, which came this morning.
        case: of all rows, whose keys were found.
        published: of all rows, which windows the keys stand for.
        room: for the contacts.
        contacts: for their readings.
    """
    skew = around.habits.skew
    scores = np.zeros((len(changed.day), 2))
    for each in range(len(changed.day)):
        day, person = changed.day[each], changed.person[each]
        count = meet(around, person, day, room)
        made, used = 0, 0
        for row in range(changed.first[each], changed.end[each]):
            first = _place_of(room.met.partner, room.order, case[row], count)
            end = end_of_pair(room.met.partner, room.order, first, count)
            sightings = heard(around.radio, room, first, end, case[row], person, day)
            of_pair = make(
                around.law, room.work, sightings, skew[case[row]], skew[person], published[row]
            )
            begin = 0
            for contact in range(of_pair):
                contacts.first[made] = used
                for reading in range(begin, room.work.end[contact]):
                    contacts.reading[used] = room.work.reading[reading]
                    used += 1
                begin = room.work.end[contact]
                contacts.end[made] = used
                contacts.onset[made] = onset_code(day, onset[case[row]])
                contacts.known[made] = not fresh[row]
                made += 1
        rank(contacts, made)
        scores[each, 0] = total(summaries, contacts, made, True)
        scores[each, 1] = total(summaries, contacts, made, False)
    return scores


@uncounted
def _place_of(partner: Numbers, order: Numbers, who: int, count: int) -> int:
    """Return the first place of a partner in the order of a person's contacts."""
    place = 0
    while place < count - 1 and partner[order[place]] != who:
        place += 1
    return place
