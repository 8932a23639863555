"""Fidelity `fast`: what phones would find, computed when keys are published; no phone exists.

The chapter is `spec/simulator/warnings.md`.
"""

from concurrent.futures import ThreadPoolExecutor

import numpy as np

from dp3t.proximity.exposure.configuration import GaenV2Rule
from dp3t.proximity.exposure.scoring.exposure_score import ExposureScoreRule
from dp3t_simulator import radio
from dp3t_simulator.interfaces import PROXIMITY, Morning, Uploads, VenueTraces, World
from dp3t_simulator.meetings.table import History
from dp3t_simulator.parts import cut
from dp3t_simulator.warnings import habits
from dp3t_simulator.warnings.agenda import Agenda
from dp3t_simulator.warnings.buckets import buckets_of
from dp3t_simulator.warnings.encounters import Meeting, Surroundings, meeting
from dp3t_simulator.warnings.law import configuration_of, law_of, parameters_of
from dp3t_simulator.warnings.ledger import Ledger
from dp3t_simulator.warnings.notices import Warnings, told
from dp3t_simulator.warnings.pair import Numbers
from dp3t_simulator.warnings.replay import (
    COLUMNS,
    DAY,
    PERSON,
    READ,
    Reports,
    replay,
    reports_of,
)
from dp3t_simulator.warnings.scorers import BucketScorer, Scorer, SummaryScorer
from dp3t_simulator.warnings.sizes import sizes_of, traces_bytes
from dp3t_simulator.warnings.summaries import summaries_of
from dp3t_simulator.warnings.venues import Venues

_TASKS_PER_THREAD = 4
_REPORTS_PER_TASK = 16
"""Fewer are replayed before another thread has begun."""

_CONFIRMED_TEST = 1


class FastNotification:
    """Warnings by phones of which only the arithmetic exists.

    Args:
        world: after apps were given out; its meetings and its state are read every morning.

    Raises:
        ScenarioError: a configuration that is not computed here [WARNINGS-8].
    """

    def __init__(self, world: World) -> None:
        scenario = world.scenario
        self._world = world
        self._last_day = scenario.days - 1
        self._law = law_of(scenario)
        self._configuration = configuration_of(scenario)
        self._radio = radio.model(scenario.radio, world.seed)
        self._habits = habits.of(scenario, world.seed)
        self._sizes = sizes_of(scenario.app.design, parameters_of(scenario))
        self._onset = np.full(world.state.people, -1, dtype=np.int16)
        self._tasks = _TASKS_PER_THREAD * world.threads if world.threads > 1 else 1
        self._rooms = list[Meeting]()
        self._pool = ThreadPoolExecutor(world.threads)
        self._scorer = self._make_scorer()
        self._agenda = Agenda(COLUMNS)
        self._ledger = Ledger(people=world.state.people, columns=len(self._scorer.columns))
        self._venues = Venues(
            people=world.state.people,
            minutes=scenario.presence.minutes,
            last_day=self._last_day,
            retention_days=self._law.retention_days,
        )

    def morning(self, day: int, uploads: Uploads, traces: VenueTraces) -> Morning:
        """Publish what was uploaded, let the phones that are online read it [WARNINGS-9]."""
        around = self._around()
        checked = self._world.scenario.presence.enabled
        there = [self._pool.submit(self._venues.morning, around, traces, day)] if checked else []
        parts = [self._near(around, uploads, day), *(each.result() for each in there)]
        exposures, notices = told(parts)
        keys, size_bytes = self._sizes.of(uploads, day=day)
        size_bytes += traces_bytes(traces, day=day) if checked else 0
        return Morning(exposures, notices, keys, size_bytes)

    def evening(self, day: int) -> None:
        """Do nothing: what phones hear is computed when somebody's keys are published."""

    def close(self) -> None:
        """End the threads."""
        self._pool.shutdown()

    def _around(self) -> Surroundings:
        state = self._world.state
        return Surroundings(
            meetings=self._world.meetings,
            history=History(state.home, state.absent),
            radio=self._radio,
            habits=self._habits,
            app=state.app,
            law=self._law,
        )

    def _near(self, around: Surroundings, uploads: Uploads, day: int) -> Warnings:
        """Return what phones find of other phones."""
        if self._law.tells_onset:
            self._onset[uploads.person] = uploads.onset
        rows = self._replayed(around, uploads, day)
        self._agenda.add(rows, rows[:, READ])
        due = self._agenda.due(day)
        columns = [due[:, column] for column in self._scorer.columns]
        since = day - self._law.retention_days
        changed = self._ledger.add(due[:, DAY], due[:, PERSON], columns, since=since)
        totals = self._scorer.totals(around, self._ledger, changed)
        recent = day - changed.day <= self._configuration.look_back_days
        from_here = self._configuration.notify_at
        return Warnings(
            person=changed.person,
            day=changed.day,
            seconds=totals.seconds,
            score=np.where(recent, totals.after, 0.0),
            warned=recent & (totals.after >= from_here) & (totals.before < from_here),
            kind=PROXIMITY,
        )

    def _replayed(self, around: Surroundings, uploads: Uploads, day: int) -> Numbers:
        """Return a row for each pair and day of contact, from several threads."""
        reports = reports_of(uploads, day=day, retention_days=self._law.retention_days)
        tasks = min(self._tasks, 1 + len(reports.person) // _REPORTS_PER_TASK)
        pieces = (cut(each, tasks) for each in reports)
        parts = [Reports(*part) for part in zip(*pieces, strict=True) if len(part[0])]

        def rows(part: Reports) -> Numbers:
            room = self._rooms.pop() if self._rooms else meeting()
            found = replay(around, self._buckets, part, day, self._last_day, room)
            self._rooms.append(room)
            return found

        none = np.zeros((0, COLUMNS), dtype=np.int32)
        run = self._pool.map if len(parts) > 1 else map
        return np.concatenate([none, *run(rows, parts)])

    def _make_scorer(self) -> Scorer:
        match self._configuration.rule:
            case ExposureScoreRule() as rule:
                self._buckets = buckets_of(rule)
                return BucketScorer(rule)
            case GaenV2Rule() as rule:
                self._buckets = buckets_of(ExposureScoreRule())
                summaries = summaries_of(rule, report_type=_CONFIRMED_TEST)
                return SummaryScorer(summaries, self._onset, pool=self._pool, tasks=self._tasks)
        raise TypeError("a configuration of another rule")
