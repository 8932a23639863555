"""spec/proximity/exposure.md."""

from dataclasses import fields
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dp3t.proximity.advertisement import Metadata
from dp3t.proximity.exposure import Exposure, contact_seconds, summarize
from dp3t.proximity.interface import Match
from dp3t.proximity.observations import NO_PERIOD, Kept, Observation, Sighting
from dp3t.timeline import Day, Slot

DAY = Day(18_377)
FIRST_SLOT = DAY * 12


def matched(
    *sightings: tuple[int, int], slot: int = FIRST_SLOT, name: int = 0, power: int | None = None
) -> Match:
    return Match(
        observation=Observation(
            kept=Kept(name.to_bytes(16, "big"), NO_PERIOD, bytes(4)),
            slot=Slot(slot),
            coarse=False,
            sightings=tuple(Sighting(*sighting) for sighting in sorted(sightings)),
        ),
        metadata=None if power is None else Metadata(tx_power_dbm=power),
    )


@pytest.mark.spec("EXPOSURE-1")
def test_the_matches_of_a_day_make_one_exposure() -> None:
    found = summarize(
        [
            matched((0, -60), (240, -50), slot=FIRST_SLOT + 11, name=1, power=-20),
            matched((0, -70), slot=FIRST_SLOT, name=2),
            matched((5, -65), slot=FIRST_SLOT + 1, name=2),
            matched((0, -80), (600, -81), slot=FIRST_SLOT + 12, name=3),
        ]
    )
    assert found == (
        Exposure(
            day=DAY,
            identifiers=2,
            sightings=4,
            seconds=240,
            strongest_rssi_dbm=-50,
            least_attenuation_db=30,
        ),
        Exposure(
            day=Day(DAY + 1),
            identifiers=1,
            sightings=2,
            seconds=600,
            strongest_rssi_dbm=-80,
            least_attenuation_db=None,
        ),
    )


@pytest.mark.spec("EXPOSURE-1")
def test_no_match_makes_no_exposure() -> None:
    assert summarize([]) == ()


@pytest.mark.spec("EXPOSURE-1")
def test_attenuation_is_never_negative_and_ignores_who_did_not_tell() -> None:
    told = matched((0, -30), name=1, power=-40)
    silent = matched((0, -20), name=2)
    (found,) = summarize([told, silent])
    assert found.least_attenuation_db == 0
    assert found.strongest_rssi_dbm == -20


@pytest.mark.spec("EXPOSURE-2")
@pytest.mark.parametrize(
    ("times", "seconds"),
    [
        ([], 0),
        ([5], 0),
        ([0, 600], 600),
        ([0, 601], 0),
        ([0, 240, 480], 480),
        ([480, 0, 240], 480),
        ([0, 300, 1000, 1100], 400),
        ([7, 7, 7], 0),
    ],
)
def test_only_gaps_of_ten_minutes_or_less_count(times: list[int], seconds: int) -> None:
    assert contact_seconds(times) == seconds


@pytest.mark.spec("EXPOSURE-2")
def test_gaps_across_slots_do_not_count_and_two_at_once_count_twice() -> None:
    across = [matched((7100, -60)), matched((0, -60), slot=FIRST_SLOT + 1)]
    assert summarize(across)[0].seconds == 0
    both = [matched((0, -60), (300, -60), name=name) for name in (1, 2)]
    assert summarize(both)[0].seconds == 600


@pytest.mark.spec("EXPOSURE-2")
@given(times=st.lists(st.integers(0, 7199), max_size=30), shift=st.integers(-(10**6), 10**6))
def test_contact_time_does_not_depend_on_origin_or_order(times: list[int], shift: int) -> None:
    moved = [at + shift for at in times]
    Random(1).shuffle(moved)
    assert contact_seconds(moved) == contact_seconds(times)
    assert 0 <= contact_seconds(times) <= (max(times) - min(times) if times else 0)


@pytest.mark.spec("EXPOSURE-2")
@given(
    offsets=st.lists(st.lists(st.integers(0, 7199), min_size=1, max_size=9), min_size=1, max_size=5)
)
def test_an_exposure_is_the_same_before_and_after_coarsening(offsets: list[list[int]]) -> None:
    fine = [
        matched(*((at, -60) for at in times), name=name, power=-20)
        for name, times in enumerate(offsets)
    ]
    coarse = [Match(observation=one.observation.coarsened(), metadata=one.metadata) for one in fine]
    assert summarize(fine) == summarize(coarse)


@pytest.mark.spec("EXPOSURE-3")
def test_an_exposure_has_no_field_for_an_hour_or_an_identifier() -> None:
    assert {field.name: field.type for field in fields(Exposure)} == {
        "day": Day,
        "identifiers": int,
        "sightings": int,
        "seconds": int,
        "strongest_rssi_dbm": int,
        "least_attenuation_db": int | None,
    }
    hours = {
        summarize([matched((at, -60), slot=FIRST_SLOT + slot)])
        for at in (0, 99)
        for slot in range(12)
    }
    assert len(hours) == 1
