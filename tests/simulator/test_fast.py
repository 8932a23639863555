"""spec/simulator/warnings.md: mornings of small worlds, against the library's functions."""

from collections.abc import Iterator

import numpy as np
import pytest
from numpy.typing import NDArray

from bare_world import BareWorld
from dp3t_simulator.interfaces import Morning, Uploads, World, no_traces, no_uploads
from dp3t_simulator.warnings import of
from dp3t_simulator.warnings.fast import FastNotification
from small_world import DAYS, small_world


def reports(world: World, *, whole_chain: bool) -> Iterator[Uploads]:
    """Yield the uploads of each day: one person on most, from days long or not long before."""
    luck = np.random.default_rng(world.seed + 1)
    left = luck.permutation(np.flatnonzero(world.state.app)).tolist()
    for day in range(DAYS):
        if day < 2 or not left or luck.random() < 0.2:
            yield no_uploads()
            continue
        since = int(luck.integers(max(0, day - 12), day + 1))
        holds_back = since < day and not whole_chain and luck.random() < 0.5
        redacted = int(luck.integers(since, day)) if holds_back else -1
        columns = (left.pop(), since, int(luck.integers(-1, day)), redacted)
        person, *days = (np.array([each]) for each in columns)
        yield Uploads(person.astype(np.int32), *(each.astype(np.int16) for each in days))


def told(morning: Morning) -> tuple[list[tuple[int, int, int, float]], list[tuple[int, int]]]:
    """Return exposures and notices as the bare world has them."""
    rows = zip(*(column.tolist() for column in morning.exposures[:4]), strict=True)
    warned = zip(*(column.tolist() for column in morning.notices[:2]), strict=True)
    return list(rows), list(warned)


@pytest.mark.spec("WARNINGS-1")
@pytest.mark.spec("WARNINGS-3")
@pytest.mark.spec("WARNINGS-5")
@pytest.mark.spec("WARNINGS-9")
@pytest.mark.parametrize(
    ("design", "configuration", "seed", "retention_days"),
    [
        ("lowcost", "dp3t", 1, 14),
        ("lowcost", "gaen-v2", 2, 5),
        ("unlinkable", "gaen-v2", 3, 14),
        ("unlinkable", "swisscovid", 4, 14),
        ("hybrid", "dp3t", 5, 14),
        ("hybrid", "gaen-v2", 6, 3),
        ("gaen", "swisscovid", 7, 14),
        ("gaen", "gaen-v2", 8, 14),
    ],
)
def test_every_morning_gives_what_the_library_gives(
    design: str, configuration: str, seed: int, retention_days: int
) -> None:
    world = small_world(
        design,
        configuration,
        people=14,
        seed=seed,
        online_daily=0.5,
        clock_skew_seconds=3600.0,
        retention_days=retention_days,
    )
    fast, bare = FastNotification(world), BareWorld(world)
    found = 0
    for day, uploads in enumerate(reports(world, whole_chain=design == "lowcost")):
        morning = fast.morning(day, uploads, no_traces())
        assert told(morning) == bare.morning(day, uploads), day
        found += len(morning.exposures.person)
        bare.evening(day)
    fast.close()
    assert found > 10


@pytest.mark.spec("WARNINGS-11")
@pytest.mark.parametrize("configuration", ["dp3t", "gaen-v2"])
def test_the_number_of_threads_changes_nothing(configuration: str) -> None:
    mornings = []
    for threads in (1, 3):
        world = small_world("hybrid", configuration, people=60, threads=threads)
        fast = of(world)
        luck = np.random.default_rng(3)
        uploads = everybody_since(luck.permutation(np.flatnonzero(world.state.app))[:12], 1)
        mornings.append(fast.morning(8, uploads, no_traces()))
        fast.close()
    one, three = mornings
    assert len(one.exposures.person) > 40
    assert told(one) == told(three)
    assert (one.batch_keys, one.batch_bytes) == (three.batch_keys, three.batch_bytes)


def everybody_since(people: NDArray[np.int64], since: int) -> Uploads:
    """Return uploads of some people who tell no onset and hold nothing back."""
    person = np.sort(people).astype(np.int32)
    since_day = np.full(len(person), since, dtype=np.int16)
    none = np.full(len(person), -1, dtype=np.int16)
    return Uploads(person, since_day, none, none)


def test_a_morning_without_reports_gives_nothing() -> None:
    fast = FastNotification(small_world())
    morning = fast.morning(3, no_uploads(), no_traces())
    fast.evening(3)
    fast.close()
    assert told(morning) == ([], [])
    assert (morning.batch_keys, morning.batch_bytes) == (0, 0)


def test_of_the_fidelities_the_scenario_chooses() -> None:
    fast = of(small_world())
    assert isinstance(fast, FastNotification)
    fast.close()
