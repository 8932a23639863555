"""spec/simulator/warnings.md: windows of hybrid and visits to venues, counted by hand."""

from collections import defaultdict

import numpy as np
import pytest

from bare_world import BareWorld
from dp3t_simulator import radio
from dp3t_simulator.interfaces import PRESENCE, VenueTraces, World, no_uploads
from dp3t_simulator.meetings.kernels import visit_of
from dp3t_simulator.meetings.table import History
from dp3t_simulator.scenario.settings import PresenceSettings
from dp3t_simulator.warnings import habits
from dp3t_simulator.warnings.encounters import Surroundings, meeting, published_windows
from dp3t_simulator.warnings.fast import FastNotification
from dp3t_simulator.warnings.law import law_of
from small_world import DAYS, small_world

CLOSE_DB = 79
ALL_WINDOWS = -1


def around(world: World, *, loss: float | None = None) -> Surroundings:
    settings = world.scenario.radio
    model = radio.model(settings, world.seed)
    if loss is not None:
        model = model._replace(heard=np.full(128, round((1 - loss) * 2**32), dtype=np.uint64))
    return Surroundings(
        meetings=world.meetings,
        history=History(world.state.home, world.state.absent),
        radio=model,
        habits=habits.of(world.scenario, world.seed),
        app=world.state.app,
        law=law_of(world.scenario),
    )


def windows_by_hand(world: World, day: int) -> dict[int, set[int]]:
    """Return the windows of a day in which each person heard somebody near."""
    bare, found = BareWorld(world), defaultdict[int, set[int]](set)
    for second, rssi, _, receiver in bare.sightings(day):
        at = second + int(bare.habits.skew[receiver])
        if radio.TX_POWER_DBM - rssi <= CLOSE_DB:
            found[receiver] |= {(at + off) // 14_400 for off in (-60, 0, 60)}
    return found


def bits(windows: set[int]) -> int:
    return sum(1 << window for window in windows)


@pytest.mark.spec("WARNINGS-5")
def test_the_windows_with_somebody_near_are_published() -> None:
    world = small_world("hybrid", people=40, clock_skew_seconds=3600.0)
    days = {day: windows_by_hand(world, day) for day in range(1, 4)}
    spoken = 0
    for person in np.flatnonzero(world.state.app).tolist():
        expected = [bits(days[day][person]) for day in (1, 2, 3)]
        if any(expected):
            found = published_windows(around(world), meeting(), person, 1, 4)
            assert found.tolist() == expected
            spoken += len(set(expected)) > 1
    assert spoken > 10


@pytest.mark.spec("WARNINGS-5")
def test_who_heard_somebody_only_before_is_not_deaf_and_publishes_nothing() -> None:
    world = small_world("hybrid", people=40)
    world.state.absent[:] = 1 << 3  # on day 3 nobody meets anybody
    near = windows_by_hand(world, 2)
    assert published_windows(around(world), meeting(), min(near), 3, 4).tolist() == [0]


@pytest.mark.spec("WARNINGS-5")
def test_who_hears_nobody_publishes_every_window() -> None:
    world = small_world("hybrid", people=40)
    silent = around(world, loss=1.0)
    assert published_windows(silent, meeting(), 0, 2, 4).tolist() == [ALL_WINDOWS] * 2


@pytest.mark.parametrize("design", ["lowcost", "unlinkable", "gaen"])
def test_other_designs_publish_every_window(design: str) -> None:
    world = small_world(design)
    assert published_windows(around(world), meeting(), 0, 2, 4).tolist() == [ALL_WINDOWS] * 2


Stretch = tuple[int, int, int, int]
"""Venue, day, start, end."""


def traces(*rows: Stretch) -> VenueTraces:
    venue, day, start, end = np.array(rows, dtype=np.int64).reshape(-1, 4).T
    return VenueTraces(
        venue.astype(np.int32),
        day.astype(np.int16),
        start.astype(np.int32),
        end.astype(np.int32),
        np.zeros(len(rows), dtype=np.int32),
    )


@pytest.mark.spec("WARNINGS-10")
def test_visits_are_exposed_for_the_union_of_the_traces_that_the_phone_has_read() -> None:
    world = small_world(
        people=120,
        online_daily=0.4,
        clock_skew_seconds=2000.0,
        retention_days=3,
        presence=PresenceSettings(enabled=True, check_in=0.6, minutes=45),
    )
    fast, own = FastNotification(world), habits.of(world.scenario, world.seed)
    luck, published = np.random.default_rng(2), dict[int, list[Stretch]]()
    known, warned, rows = dict[tuple[int, int], int](), set[tuple[int, int]](), 0
    for day in range(DAYS):
        published[day] = some_traces(world, luck, day)
        morning = fast.morning(day, no_uploads(), traces(*published[day]))
        expected, notices = [], []
        for person in np.flatnonzero(world.state.app).tolist():
            if not habits.online(own, person, day):
                continue
            for met in range(max(0, day - 10), day):
                seconds = seconds_by_hand(world, own, published, person, met, day)
                if seconds > known.get((person, met), 0):
                    known[person, met] = seconds
                    expected.append((person, met, seconds, seconds / 60, PRESENCE))
                    if seconds >= 45 * 60 and (person, met) not in warned:
                        warned.add((person, met))
                        notices.append((person, met, PRESENCE))
        assert list(zip(*(each.tolist() for each in morning.exposures), strict=True)) == expected
        assert list(zip(*(each.tolist() for each in morning.notices), strict=True)) == notices
        rows += len(expected)
    fast.close()
    assert rows > 40
    assert warned


def some_traces(world: World, luck: np.random.Generator, day: int) -> list[Stretch]:
    """Return stretches around visits of the last days."""
    history, found = History(world.state.home, world.state.absent), []
    for _ in range(24 if day else 0):
        met = int(luck.integers(max(0, day - 12), day))
        person = int(luck.integers(0, world.state.people))
        venue, arrival, departure = visit_of(world.meetings, history, person, met)
        if venue >= 0:
            later = int(luck.integers(0, 1800))
            found.append((int(venue), met, int(arrival) + later, int(departure) + later))
    return found


def seconds_by_hand(
    world: World,
    own: habits.Habits,
    published: dict[int, list[Stretch]],
    person: int,
    met: int,
    today: int,
) -> int:
    """Count the seconds of a visit that lie in a trace that was read up to a day, one by one."""
    history = History(world.state.home, world.state.absent)
    venue, arrival, departure = visit_of(world.meetings, history, person, met)
    if venue < 0 or not habits.checks_in(own, person, met):
        return 0
    skew, inside = int(own.skew[person]), set[int]()
    for released, stretches in published.items():
        read = habits.reads_on(own, person, released, today)
        if not 0 <= read <= met + 10:
            continue
        for at, day, start, end in stretches:
            if (at, day) == (venue, met):
                inside |= set(range(max(start, arrival + skew), min(end, departure + skew)))
    return len(inside)
