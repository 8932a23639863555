"""spec/proximity/sharing.md: what a receiver makes of shares, in any order and under attack."""

from collections.abc import Iterable
from contextlib import suppress
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import oracle_sharing
from dp3t.errors import LimitError, MalformedError
from dp3t.proximity.advertisement import EphID
from dp3t.proximity.sharing import assembler as assembler_module
from dp3t.proximity.sharing.assembler import (
    MAX_FAILED_CORRECTIONS,
    MAX_GROUPS,
    MAX_SIGHTINGS,
    MAX_SIGHTINGS_PER_GROUP,
    Assembler,
    Heard,
)
from dp3t.proximity.sharing.correction import decode
from dp3t.proximity.sharing.share import Sharing
from dp3t.proximity.sharing.spreader import Spreader
from dp3t.timeline import Instant
from vectors import Case, vector_cases

SHARING = Sharing(threshold=3, shares=8)
NOON = Instant(1_600_000_000)
IDENTIFIER = EphID(b"an identifier 16")


def group(seed: int, *, sharing: Sharing = SHARING, identifier: EphID = IDENTIFIER) -> list[bytes]:
    spreader = Spreader(identifier, sharing=sharing, rand=Random(seed).randbytes)
    return [spreader.next() for _ in range(sharing.shares)]


def wrong(share: bytes, seed: int = 0) -> bytes:
    return share[:4] + Random(seed).randbytes(16)


def heard_in(
    order: Iterable[bytes], *, sharing: Sharing = SHARING, rssi: dict[bytes, int] | None = None
) -> list[Heard]:
    receiver = Assembler(sharing)
    found: list[Heard] = []
    for number, data in enumerate(order):
        strength = rssi[data] if rssi else -40 - number
        found += receiver.hear(data, at=NOON, rssi_dbm=strength)
    return found


@pytest.mark.parametrize("case", vector_cases("sharing", operation="assemble"))
def test_shares_become_the_sightings_that_the_vector_says(case: Case) -> None:
    receiver = Assembler(Sharing(threshold=case["threshold"], shares=case["shares"]))
    for event, expected in zip(case["events"], case["heard"], strict=True):
        data = bytes.fromhex(event["service_data"])
        found = receiver.hear(data, at=Instant(event["at"]), rssi_dbm=event["rssi_dbm"])
        assert [
            {"identifier": each.identifier.hex(), "at": each.at, "rssi_dbm": each.rssi_dbm}
            for each in found
        ] == expected


@pytest.mark.parametrize("case", vector_cases("sharing", operation="assemble"))
def test_the_second_witness_assembles_alike(case: Case) -> None:
    events = [
        (event["at"], bytes.fromhex(event["service_data"]), event["rssi_dbm"])
        for event in case["events"]
    ]
    found = oracle_sharing.assemble(events, threshold=case["threshold"])
    assert [
        [{"identifier": i.hex(), "at": at, "rssi_dbm": rssi} for i, at, rssi in each]
        for each in found
    ] == case["heard"]


@pytest.mark.spec("SHARING-17")
@given(seed=st.integers(0, 2**32), phones=st.integers(1, 5), repeats=st.integers(0, 4))
def test_any_order_of_several_phones_gives_the_same_sightings(
    seed: int, phones: int, repeats: int
) -> None:
    random = Random(seed)
    identifiers = [EphID(random.randbytes(16)) for _ in range(phones)]
    heard, expected = [], set()
    for number, identifier in enumerate(identifiers):
        shares = group(seed + number, identifier=identifier)
        chosen = random.sample(shares, random.randint(0, 8))
        heard += chosen + chosen[:repeats]
        if len(chosen) >= 3:
            expected.add(identifier)
    rssi = {data: -30 - place for place, data in enumerate(heard)}
    first = heard_in(heard, rssi=rssi)
    random.shuffle(heard)
    assert sorted(heard_in(heard, rssi=rssi)) == sorted(first)
    assert {each.identifier for each in first} == expected


@settings(deadline=None)
@pytest.mark.spec("SHARING-8", "SHARING-17", "SHARING-11")
@given(seed=st.integers(0, 2**32), right=st.integers(3, 8), bad=st.integers(0, 5))
def test_the_right_identifier_has_all_its_sightings_in_any_order(
    seed: int, right: int, bad: int
) -> None:
    """Whatever else wrong shares make of themselves, up to half of the spare ones being wrong."""
    random = Random(seed)
    sharing = Sharing(threshold=3, shares=20)
    shares = random.sample(group(seed, sharing=sharing), 20)
    good, others = shares[:right], shares[right:]
    forged = [wrong(share, seed) for share in others[: min(bad, (right - 3))]]
    disputed = [wrong(others[-1], seed), wrong(others[-1], seed + 1)] if bad % 2 else []
    heard = good + forged + disputed
    random.shuffle(heard)
    rssi = {data: -30 - place for place, data in enumerate(heard)}
    found = heard_in(heard, sharing=sharing, rssi=rssi)
    mine = sorted(each.rssi_dbm for each in found if each.identifier == IDENTIFIER)
    assert mine == sorted(rssi[data] for data in good)


@settings(deadline=None, max_examples=40)
@pytest.mark.spec("SHARING-8", "SHARING-9", "SHARING-11")
@given(seed=st.integers(0, 2**32))
def test_under_attack_the_second_witness_hears_the_same(seed: int) -> None:
    """Right, wrong, repeated, disputed and foreign shares under one tag, step by step."""
    random = Random(seed)
    sharing = Sharing(threshold=2, shares=6)
    one, two = group(seed, sharing=sharing), group(seed + 1, sharing=sharing)
    two = [data[:1] + one[0][1:4] + data[4:] for data in two]
    pool = one + two + [wrong(share, seed) for share in one]
    events = [(NOON, random.choice(pool), -number) for number in range(9)]
    receiver = Assembler(sharing)
    found = [
        [(each.identifier, each.at, each.rssi_dbm) for each in receiver.hear(d, at=t, rssi_dbm=r)]
        for t, d, r in ((Instant(at), data, rssi) for at, data, rssi in events)
    ]
    expected = oracle_sharing.assemble(events, threshold=2)
    assert found == expected


@pytest.mark.spec("SHARING-10")
def test_below_the_threshold_nothing_is_heard_and_from_it_on_everything() -> None:
    receiver, shares = Assembler(SHARING), group(1)
    steps = [
        len(receiver.hear(share, at=Instant(NOON + place), rssi_dbm=-50))
        for place, share in enumerate(shares)
    ]
    assert steps == [0, 0, 3, 1, 1, 1, 1, 1]


@pytest.mark.spec("SHARING-10")
def test_a_share_heard_again_is_a_sighting_and_no_further_share() -> None:
    shares = group(2)
    assert heard_in([shares[0]] * 5 + [shares[1]] * 5) == []
    found = heard_in([shares[0], shares[0], shares[1], shares[1], shares[2], shares[0]])
    assert [each.rssi_dbm for each in found] == [-40, -41, -42, -43, -44, -45]


@pytest.mark.spec("SHARING-5", "SHARING-10")
def test_groups_of_one_identifier_are_recovered_each_on_its_own() -> None:
    spreader = Spreader(IDENTIFIER, sharing=SHARING, rand=Random(3).randbytes)
    receiver, found = Assembler(SHARING), []
    for number in range(24):
        found += receiver.hear(spreader.next(), at=Instant(NOON + number), rssi_dbm=-50)
    assert [each.at for each in found] == [NOON + number for number in range(24)]
    assert {each.identifier for each in found} == {IDENTIFIER}
    assert len(receiver) == 3


@pytest.mark.spec("SHARING-11")
def test_a_wrong_share_after_recovery_is_no_sighting() -> None:
    shares = group(4)
    found = heard_in([*shares[:3], wrong(shares[3]), wrong(shares[4]), shares[5]])
    assert [each.rssi_dbm for each in found] == [-40, -41, -42, -45]


@pytest.mark.spec("SHARING-12")
@pytest.mark.parametrize(("seconds", "kept"), [(899, True), (900, False), (5000, False)])
def test_a_group_is_dropped_900_seconds_after_its_first_share(seconds: int, kept: bool) -> None:
    receiver, shares = Assembler(SHARING), group(5)
    for share in shares[:2]:
        receiver.hear(share, at=NOON, rssi_dbm=-50)
    later = Instant(NOON + seconds)
    receiver.expire(now=later)
    assert len(receiver) == kept
    assert bool(receiver.hear(shares[2], at=later, rssi_dbm=-50)) == kept


@pytest.mark.spec("SHARING-12")
def test_a_share_that_comes_late_counts_as_the_first() -> None:
    receiver, shares = Assembler(SHARING), group(6)
    receiver.hear(shares[0], at=NOON, rssi_dbm=-50)
    receiver.hear(shares[1], at=Instant(NOON - 30), rssi_dbm=-50)
    receiver.expire(now=Instant(NOON + 869))
    assert len(receiver) == 1
    receiver.expire(now=Instant(NOON + 870))
    assert len(receiver) == 0


@pytest.mark.spec("SHARING-12")
def test_a_flood_of_tags_drops_the_groups_heard_least_recently() -> None:
    receiver, random = Assembler(SHARING), Random(7)
    idle, busy = group(8), group(9)
    receiver.hear(idle[0], at=NOON, rssi_dbm=-50)
    for number in range(3 * MAX_GROUPS):
        if number % (MAX_GROUPS // 2) == 0:
            receiver.hear(busy[0], at=NOON, rssi_dbm=-50)
        receiver.hear(b"\1" + random.randbytes(19), at=NOON, rssi_dbm=-50)
        assert len(receiver) <= MAX_GROUPS
    receiver.hear(busy[1], at=NOON, rssi_dbm=-50)
    assert {each.identifier for each in receiver.hear(busy[2], at=NOON, rssi_dbm=-50)} == {
        IDENTIFIER
    }
    receiver.hear(idle[1], at=NOON, rssi_dbm=-50)
    assert receiver.hear(idle[2], at=NOON, rssi_dbm=-50) == []
    assert receiver.hear(idle[3], at=NOON, rssi_dbm=-50) != []


@pytest.mark.spec("SHARING-12")
def test_a_flood_leaves_no_trace() -> None:
    receiver, random = Assembler(SHARING), Random(10)
    for _ in range(2 * MAX_GROUPS):
        receiver.hear(b"\1" + random.randbytes(19), at=NOON, rssi_dbm=-50)
    found = [receiver.hear(share, at=NOON, rssi_dbm=-50) for share in group(11)]
    assert sum(map(len, found)) == 8


@pytest.mark.spec("SHARING-12")
def test_the_sightings_of_all_groups_together_are_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(assembler_module, "MAX_SIGHTINGS", 100)
    receiver, random = Assembler(SHARING), Random(12)
    for _ in range(30):
        data = b"\1" + random.randbytes(19)
        for _ in range(10):
            receiver.hear(data, at=NOON, rssi_dbm=-50)
    assert len(receiver) == 10
    assert MAX_SIGHTINGS == 32_768


@pytest.mark.spec("SHARING-12")
def test_a_full_group_refuses_what_it_cannot_recognise_and_gives_what_it_can() -> None:
    receiver, shares = Assembler(SHARING), group(13)
    for share in shares[:3]:
        receiver.hear(share, at=NOON, rssi_dbm=-50)
    for _ in range(MAX_SIGHTINGS_PER_GROUP - 3):
        receiver.hear(wrong(shares[3]), at=NOON, rssi_dbm=-50)
    with pytest.raises(LimitError):
        receiver.hear(wrong(shares[4]), at=NOON, rssi_dbm=-50)
    assert receiver.hear(shares[4], at=NOON, rssi_dbm=-51) == [Heard(IDENTIFIER, NOON, -51)]
    other = group(14, identifier=EphID(bytes(16)))
    assert sum(len(receiver.hear(share, at=NOON, rssi_dbm=-50)) for share in other) == 8


@pytest.mark.spec("SHARING-16")
def test_a_receiver_stops_correcting_a_jammed_group(monkeypatch: pytest.MonkeyPatch) -> None:
    tried = []

    def counted(points: dict[int, int], *, threshold: int) -> object:
        tried.append(len(points))
        return decode(points, threshold=threshold)

    monkeypatch.setattr(assembler_module, "decode", counted)
    sharing = Sharing(threshold=2, shares=255)
    tag = group(15, sharing=sharing)[0][1:4]
    receiver, random = Assembler(sharing), Random(16)
    for place in range(1, 256):
        receiver.hear(bytes([place]) + tag + random.randbytes(16), at=NOON, rssi_dbm=-50)
    assert len(tried) == 1 + MAX_FAILED_CORRECTIONS
    assert tried == list(range(2, 2 + 2 * len(tried), 2))


@given(data=st.lists(st.binary(min_size=18, max_size=21), max_size=30))
def test_whatever_is_heard_is_taken_or_malformed(data: list[bytes]) -> None:
    receiver = Assembler(Sharing(threshold=2, shares=200))
    for each in data:
        with suppress(MalformedError):
            receiver.hear(each, at=NOON, rssi_dbm=-50)


def test_an_impossible_moment_is_a_programming_mistake() -> None:
    with pytest.raises(ValueError, match="1970"):
        Assembler(SHARING).hear(group(17)[0], at=Instant(-1), rssi_dbm=-50)
