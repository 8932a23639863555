"""spec/proximity/matching.md: keys that stand more than once in a table or in a key file."""

from dataclasses import replace

import pytest

from dp3t.params import STANDARD
from dp3t.proximity.designs import design_named
from dp3t.proximity.gaen import identifiers
from dp3t.proximity.interface import Match
from dp3t.proximity.kernels import engine
from dp3t.proximity.key_batches import match_table, match_tables
from dp3t.proximity.lowcost import LowCostKey, identifiers_of_day, next_day_key
from dp3t.proximity.observations import NO_PERIOD, Kept, ObservationStore
from dp3t.proximity.revisions import settled, unrevoked
from dp3t.publication.records import KeyRecord, KeyTable
from dp3t.timeline import Day, Instant, Slot

DAY = 18_377
START = 144 * DAY
RELEASE = Instant(600 * START + 86_400)
GAEN, LOWCOST = design_named("gaen"), design_named("lowcost")
CONFIRMED, CLINICAL, SELF_REPORT, RECURSIVE, REVOKED, UNKNOWN = 1, 2, 3, 4, 5, 0


def key(kind: int, *, onset: int = 0, period: int = 144, fill: int = 7) -> KeyRecord:
    return KeyRecord((START, period, kind, onset), bytes([fill]) * 16)


def heard(*records: KeyRecord) -> ObservationStore:
    store = ObservationStore()
    for record in records:
        identifier = identifiers(record.key, [START])
        store.add(Kept(identifier, NO_PERIOD, b""), at=Instant(600 * START), rssi_dbm=-50)
    return store


def stands(*parts: list[KeyRecord]) -> KeyRecord | None:
    """Return the key of the one match of some parts of a key file."""
    found = match_tables(
        heard(key(CONFIRMED)),
        [KeyTable.of(part) for part in parts],
        GAEN,
        release=RELEASE,
        parameters=STANDARD,
    )
    (match,) = found
    return match.key


@pytest.mark.spec("MATCHING-7")
@pytest.mark.parametrize("worthwhile_keys", [1, 10**9], ids=["kernel", "portable"])
def test_a_key_in_two_groups_of_a_table_is_one_match(
    monkeypatch: pytest.MonkeyPatch, worthwhile_keys: int
) -> None:
    monkeypatch.setattr(engine, "WORTHWHILE_KEYS", worthwhile_keys)
    other = key(CLINICAL, fill=8)
    table = KeyTable.of([key(SELF_REPORT), other, key(CONFIRMED, onset=3), key(UNKNOWN)])
    store = heard(key(CONFIRMED), other)
    found = match_table(store, table, GAEN, release=RELEASE, parameters=STANDARD)
    assert [match.key for match in found] == [key(CONFIRMED, onset=3), other]


@pytest.mark.spec("MATCHING-8")
@pytest.mark.parametrize(
    ("sure", "less_sure"),
    [
        (REVOKED, CONFIRMED),
        (CONFIRMED, CLINICAL),
        (CLINICAL, SELF_REPORT),
        (SELF_REPORT, RECURSIVE),
        (RECURSIVE, UNKNOWN),
    ],
)
def test_in_one_table_the_surer_report_type_stands(sure: int, less_sure: int) -> None:
    assert stands([key(sure), key(less_sure, onset=3)]) == key(sure)


@pytest.mark.spec("MATCHING-8")
def test_of_one_report_type_the_greatest_attributes_stand() -> None:
    assert stands([key(CONFIRMED, onset=2), key(CONFIRMED, onset=-2)]) == key(CONFIRMED, onset=2)
    longer = key(CONFIRMED, period=144)
    assert stands([longer, key(CONFIRMED, onset=9, period=100)]) == longer


@pytest.mark.spec("MATCHING-7", "MATCHING-8")
def test_a_revised_key_stands_which_comes_in_a_later_part_of_its_file() -> None:
    """Even where its report type is less sure, or only the onset is another."""
    first = [key(CONFIRMED, onset=5)]
    assert stands(first, [key(CONFIRMED, onset=-5)]) == key(CONFIRMED, onset=-5)
    assert stands(first, [], [key(SELF_REPORT)]) == key(SELF_REPORT)
    assert stands([key(REVOKED)], first) == key(REVOKED)


@pytest.mark.spec("MATCHING-7")
def test_a_chain_published_from_two_days_counts_each_sighting_once() -> None:
    secret, store = bytes(32), ObservationStore()
    tomorrow = next_day_key(secret)
    identity = identifiers_of_day(tomorrow, parameters=STANDARD)[:16]
    at = Instant(86_400 * (DAY + 1) + 3600)
    store.add(Kept(identity, DAY + 1, b""), at=at, rssi_dbm=-50)
    chains = [LowCostKey(Day(DAY), secret), LowCostKey(Day(DAY + 1), tomorrow)]
    table = KeyTable.of(chain.record() for chain in chains)
    release = Instant(86_400 * (DAY + 2))
    (match,) = match_table(store, table, LOWCOST, release=release, parameters=STANDARD)
    assert match.key == chains[1].record()


def match(kind: int | None, *, release: int = RELEASE, fill: int = 7, slot: int = 0) -> Match:
    record = key(CONFIRMED, fill=fill)
    (found,) = match_table(
        heard(record), KeyTable.of([record]), GAEN, release=RELEASE, parameters=STANDARD
    )
    return replace(
        found,
        observation=replace(found.observation, slot=Slot(found.observation.slot + slot)),
        key=None if kind is None else key(kind, fill=fill),
        release=Instant(release),
    )


@pytest.mark.spec("MATCHING-8")
def test_a_later_release_stands_against_a_surer_report_and_a_revocation_against_both() -> None:
    later, surer = match(UNKNOWN, release=RELEASE + 7200), match(CONFIRMED)
    revoked, unknown = match(REVOKED, release=0), match(None, release=0)
    for order in ([unknown, surer, later], [later, surer, unknown]):
        assert list(settled([order], design=GAEN)) == [later]
        assert list(settled([[*order, revoked]], design=GAEN)) == [revoked]
        assert list(settled([[revoked], order], design=GAEN)) == [revoked]
    assert list(settled([[later], [surer]], design=GAEN)) == [later]


@pytest.mark.spec("MATCHING-9")
def test_a_key_revoked_in_one_match_counts_in_none() -> None:
    revoked, same = match(REVOKED), match(CONFIRMED, slot=1)
    other, unknown = match(CONFIRMED, fill=8), match(None)
    assert unrevoked([same, other, unknown, revoked], design=GAEN) == [other, unknown]


def test_a_match_shows_which_key_it_is_of_in_few_words() -> None:
    assert "KeyRecord(attributes=(2646288, 144, 1, 0))" in repr(match(CONFIRMED))
