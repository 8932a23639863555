"""spec/proximity/disclosure.md, encounters: coarse in all four numbers, silent on all else."""

from dataclasses import fields
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dp3t.proximity.advertisement import Metadata
from dp3t.proximity.encounters import (
    AttenuationClass,
    Encounter,
    class_of,
    encounter_of,
    encounters_of,
)
from dp3t.proximity.exposure import contact_seconds
from dp3t.timeline import Day
from vectors import Case, vector_cases

DAY = Day(18_813)
POWER = Metadata(tx_power_dbm=-20)
sightings = st.lists(st.tuples(st.integers(0, 7199), st.integers(-128, 127)), max_size=40)
metadata = st.none() | st.integers(-128, 127).map(lambda power: Metadata(tx_power_dbm=power))


def expected(case: Case) -> tuple[int, int, int] | None:
    """Return minutes, class and score, worked out from the chapter's words alone."""
    seconds = [0, 0, 0, 0]
    ordered = sorted(map(tuple, case["sightings"]))
    for (before, _), (after, strength) in pairwise(ordered):
        if after - before > 600:
            continue
        power = case["tx_power_dbm"]
        loss = None if power is None else power - strength
        place = 3 if loss is None else 0 if loss < 50 else 1 if loss < 55 else 2
        seconds[place] += after - before

    def rounded(amount: float) -> int:
        return int(amount / 300 + 0.5) * 5

    minutes = min(120, rounded(sum(seconds)))
    if not minutes:
        return None
    nearest = next(place for place in range(4) if 2 * sum(seconds[: place + 1]) >= sum(seconds))
    return minutes, nearest, min(minutes, rounded(seconds[0] + seconds[1] / 2))


@pytest.mark.parametrize("case", vector_cases("disclosure", operation="encounter"))
def test_an_encounter_is_that_of_the_vectors_and_of_the_chapter(case: Case) -> None:
    power = case["tx_power_dbm"]
    known = None if power is None else Metadata(tx_power_dbm=power)
    found = encounter_of(DAY, [(at, rssi) for at, rssi in case["sightings"]], metadata=known)
    shown = found and [found.minutes, int(found.attenuation_class), found.score]
    assert shown == case["encounter"]
    again = expected(case)
    assert (again and list(again)) == case["encounter"]


@pytest.mark.spec("DISCLOSURE-2", "DISCLOSURE-3", "DISCLOSURE-15")
@given(heard=sightings, known=metadata)
def test_every_encounter_follows_the_chapter(
    heard: list[tuple[int, int]], known: Metadata | None
) -> None:
    found = encounter_of(DAY, heard, metadata=known)
    case = {"sightings": heard, "tx_power_dbm": known.tx_power_dbm if known else None}
    again = expected(case)
    assert (None if found is None else (found.minutes, found.attenuation_class, found.score)) == (
        again
    )
    seconds = contact_seconds(at for at, _ in heard)
    assert (found is None) == (seconds < 150)
    if found is not None:
        assert abs(60 * found.minutes - seconds) <= 150


@pytest.mark.spec("DISCLOSURE-1")
@given(heard=sightings, known=metadata, shift=st.integers(0, 10_000))
def test_the_time_of_day_and_the_order_leave_no_trace(
    heard: list[tuple[int, int]], known: Metadata | None, shift: int
) -> None:
    """Negative: the same contact at another hour makes the same encounter."""
    later = [(at + shift, rssi) for at, rssi in reversed(heard)]
    assert encounter_of(DAY, heard, metadata=known) == encounter_of(DAY, later, metadata=known)


@pytest.mark.spec("DISCLOSURE-1")
def test_an_encounter_has_four_fields_and_no_other() -> None:
    """Negative: there is no place for an identifier, an hour or a place."""
    assert [each.name for each in fields(Encounter)] == [
        "day",
        "minutes",
        "attenuation_class",
        "score",
    ]
    assert not hasattr(encounter_of(DAY, [(0, -50), (300, -50)], metadata=POWER), "__dict__")


@pytest.mark.spec("DISCLOSURE-3")
@pytest.mark.parametrize(
    ("attenuation_db", "nearness"),
    [(-20, 0), (0, 0), (49, 0), (50, 1), (54, 1), (55, 2), (255, 2)],
)
def test_an_interval_holds_its_lower_limit(attenuation_db: int, nearness: int) -> None:
    assert class_of(attenuation_db) is AttenuationClass(nearness)


@pytest.mark.spec("DISCLOSURE-2")
def test_what_lasts_longer_than_an_identifier_lives_is_cut() -> None:
    heard = [(at, -50) for at in range(0, 14_400, 300)]
    assert encounter_of(DAY, heard, metadata=POWER) == Encounter(
        DAY, 120, AttenuationClass.NEAR, 120
    )


def test_observations_give_their_encounters_and_passing_ones_none() -> None:
    near, passing = [(0, -50), (300, -50)], [(0, -50)]
    found = encounters_of([(DAY, near, POWER), (DAY, passing, POWER), (Day(DAY + 1), near, None)])
    assert found == [
        Encounter(DAY, 5, AttenuationClass.NEAR, 5),
        Encounter(Day(DAY + 1), 5, AttenuationClass.UNKNOWN, 0),
    ]


@pytest.mark.parametrize(
    ("minutes", "nearness", "score"),
    [
        (0, AttenuationClass.NEAR, 0),
        (7, AttenuationClass.NEAR, 5),
        (125, AttenuationClass.NEAR, 5),
        (15, AttenuationClass.NEAR, 20),
        (15, AttenuationClass.NEAR, 3),
        (15, AttenuationClass.NEAR, -5),
        (15, AttenuationClass.UNKNOWN, 5),
    ],
)
def test_an_encounter_finer_than_that_cannot_be_made(
    minutes: int, nearness: AttenuationClass, score: int
) -> None:
    with pytest.raises(ValueError, match=r"multiple of 5|no score"):
        Encounter(DAY, minutes, nearness, score)
