from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dp3t.errors import MalformedError
from dp3t.params import MINIMAL
from dp3t.proximity.capture.events import AdvertReceived, AdvertSet, Event, PacketSkipped
from dp3t.proximity.capture.replay import Replay, broadcasts, replay, shifted

SECOND = 1_000_000
HOUR = 3600 * SECOND
NOON = 1_596_110_400 * SECOND
ONE, TWO, THREE = (bytes([n]) * 20 for n in (1, 2, 3))


def heard(service_data: bytes, at_us: int, *, rssi_dbm: int = -70) -> AdvertReceived:
    return AdvertReceived(
        at_us=at_us, service_data=service_data, rssi_dbm=rssi_dbm, address=bytes(6)
    )


def told(service_data: bytes, at_us: int) -> AdvertSet:
    return AdvertSet(at_us=at_us, service_data=service_data)


def times(found: Replay) -> list[int]:
    return [seen.at_us for seen in found.sightings]


def contact(*seconds: float) -> float:
    """Return the minutes in contact of sightings so many seconds after noon."""
    receiver = [heard(ONE, NOON + round(second * SECOND)) for second in seconds]
    found = replay(receiver=receiver, sender=[told(ONE, NOON)])
    assert len(found.sightings) == len(seconds)
    return found.minutes_in_contact


# Validity


@pytest.mark.spec("CAPTURE-16")
def test_an_identifier_is_valid_until_the_next_one_and_the_last_until_the_log_ends() -> None:
    end = PacketSkipped(at_us=NOON + 99, offset=0, fault="")
    log: list[Event] = [told(ONE, NOON), heard(THREE, NOON + 1), told(TWO, NOON + 10), end]
    assert [(b.identifier, b.from_us, b.until_us) for b in broadcasts(log)] == [
        (ONE[:16], NOON, NOON + 10),
        (TWO[:16], NOON + 10, NOON + 99),
    ]


@pytest.mark.spec("CAPTURE-16")
def test_an_identifier_set_twice_is_valid_twice() -> None:
    sender = [told(ONE, NOON), told(TWO, NOON + HOUR), told(ONE, NOON + 9 * HOUR)]
    receiver = [heard(ONE, NOON + hours * HOUR) for hours in range(13)]
    found = replay(receiver=receiver, sender=sender)
    assert times(found) == [NOON + hours * HOUR for hours in (0, 1, 2, 3, 7, 8, 9, 10, 11)]


@pytest.mark.spec("CAPTURE-16")
def test_a_clock_that_steps_back_leaves_the_identifier_its_moment() -> None:
    first, second = broadcasts([told(ONE, NOON), told(TWO, NOON - 5)])
    assert (first.from_us, first.until_us) == (NOON, NOON)
    assert (second.from_us, second.until_us) == (NOON - 5, NOON)


def test_a_log_that_sets_nothing_publishes_nothing() -> None:
    assert broadcasts([heard(ONE, NOON)]) == []
    found = replay(receiver=[heard(ONE, NOON)], sender=[heard(ONE, NOON)])
    assert (found.identifiers_published, found.identifiers_seen, found.sightings) == (0, 0, ())


# Sightings


@pytest.mark.spec("CAPTURE-17")
@pytest.mark.parametrize(
    ("at_us", "counts"),
    [
        (NOON - 2 * HOUR - 1, False),
        (NOON - 2 * HOUR, True),
        (NOON, True),
        (NOON + 600 * SECOND, True),
        (NOON + 600 * SECOND + 2 * HOUR + SECOND - 1, True),
        (NOON + 600 * SECOND + 2 * HOUR + SECOND, False),
    ],
)
def test_an_advert_counts_two_hours_around_its_validity(at_us: int, counts: bool) -> None:
    sender = [told(ONE, NOON), told(TWO, NOON + 600 * SECOND)]
    found = replay(receiver=[heard(ONE, at_us)], sender=sender)
    assert times(found) == ([at_us] if counts else [])


@pytest.mark.spec("CAPTURE-17")
def test_the_drift_is_that_of_the_parameters() -> None:
    receiver = [heard(ONE, NOON - 600 * SECOND), heard(ONE, NOON - 601 * SECOND)]
    found = replay(receiver=receiver, sender=[told(ONE, NOON)], parameters=MINIMAL)
    assert times(found) == [NOON - 600 * SECOND]


@pytest.mark.spec("CAPTURE-17")
def test_only_published_identifiers_count_whatever_their_metadata() -> None:
    other_metadata = ONE[:16] + b"\xff" * 4
    receiver: list[Event] = [
        heard(THREE, NOON),
        heard(other_metadata, NOON + 2, rssi_dbm=-30),
        heard(ONE, NOON + 1, rssi_dbm=127),
        heard(ONE, NOON + 1, rssi_dbm=127),
        told(TWO, NOON),
        PacketSkipped(at_us=NOON, offset=0, fault=""),
    ]
    found = replay(
        receiver=receiver, sender=[told(ONE, NOON), told(TWO, NOON + 3), told(ONE, NOON)]
    )
    assert found.identifiers_published == 2
    assert found.identifiers_seen == 1
    assert [(seen.at_us, seen.rssi_dbm) for seen in found.sightings] == [
        (NOON + 1, 127),
        (NOON + 1, 127),
        (NOON + 2, -30),
    ]


@pytest.mark.spec("CAPTURE-17")
def test_a_log_at_the_end_of_time_is_matched() -> None:
    last = (2**32 - 1) * SECOND
    found = replay(receiver=[heard(ONE, last), heard(ONE, 0)], sender=[told(ONE, last)])
    assert times(found) == [last]
    assert times(replay(receiver=[heard(ONE, 0)], sender=[told(ONE, 0)])) == [0]


@pytest.mark.spec("CAPTURE-16", "CAPTURE-17")
def test_no_sighting_is_lost_when_the_senders_clock_steps_back() -> None:
    sender = [
        told(ONE, NOON + 20 * HOUR),
        told(TWO, NOON + 20 * HOUR),
        told(ONE, NOON),
        told(TWO, NOON + 5 * HOUR),
        told(ONE, NOON + HOUR),
        told(TWO, NOON + 2 * HOUR),
    ]
    receiver = [heard(ONE, NOON + hours * HOUR) for hours in (-1, 6, 12, 20)]
    found = replay(receiver=receiver, sender=sender)
    assert times(found) == [NOON + hours * HOUR for hours in (-1, 6, 20)]


# Clocks


@pytest.mark.spec("CAPTURE-18")
@pytest.mark.parametrize("offset", [0, 7200, -3600])
def test_the_offset_is_subtracted_from_every_event(offset: int) -> None:
    log: list[Event] = [
        heard(ONE, NOON),
        told(TWO, NOON + 7),
        PacketSkipped(at_us=NOON, offset=0, fault=""),
    ]
    moved = list(shifted(log, utc_offset_seconds=offset))
    assert [event.at_us for event in moved] == [event.at_us - offset * SECOND for event in log]
    assert [type(event) for event in moved] == [type(event) for event in log]


@pytest.mark.spec("CAPTURE-18")
@pytest.mark.parametrize("offset", [NOON // SECOND + 1, -(2**32), 10**30])
def test_an_offset_out_of_this_world_is_refused(offset: int) -> None:
    with pytest.raises(MalformedError, match="outside 1970 to 2106"):
        list(shifted([told(ONE, NOON)], utc_offset_seconds=offset))


# Minutes in contact


@pytest.mark.spec("CAPTURE-19")
@pytest.mark.parametrize(
    ("seconds", "minutes"),
    [
        ((), 0),
        ((5,), 0),
        ((0, 60), 1),
        ((0, 600), 10),
        ((0, 600.000001), 0),
        ((0, 300, 600, 900), 15),
        ((0, 60, 1000, 1090), 2.5),
        ((1090, 0, 1000, 60), 2.5),
        ((0, 1), 0.02),
        ((0, 100.2), 1.67),
    ],
)
def test_episodes_end_at_a_gap_of_more_than_600_seconds(
    seconds: tuple[float, ...], minutes: float
) -> None:
    assert contact(*seconds) == minutes


@pytest.mark.spec("CAPTURE-19")
@given(st.lists(st.integers(0, 7000), max_size=30))
def test_the_minutes_are_the_sum_of_the_short_gaps(seconds: list[int]) -> None:
    short = sum(b - a for a, b in pairwise(sorted(seconds)) if b - a <= 600)
    assert contact(*seconds) == round(short / 60, 2)
