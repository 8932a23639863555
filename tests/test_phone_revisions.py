"""spec/phone.md: keys that are published again, revised or revoked."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dp3t.codec import Value
from dp3t.errors import MalformedError
from dp3t.phone import Phone
from dp3t.primitives import X25519PrivateKey
from dp3t.proximity.disclosure import Disclosure, Row, Standing
from dp3t.proximity.exposure.presets import preset
from dp3t.proximity.interface import Match
from dp3t.proximity.observations import ObservationStore
from dp3t.publication.batch import Batch
from dp3t.publication.records import KeyRecord
from dp3t.timeline import Instant
from phones import (
    DAY,
    LATER,
    MORNING,
    RELEASE,
    STATE_KEY,
    batch_of,
    batch_with,
    every_design,
    hear,
    items,
    new,
    rand,
    report,
    say,
    sealed,
    state,
)

CONFIRMED, CLINICAL, SELF_REPORT, RECURSIVE, REVOKED, UNKNOWN = 1, 2, 3, 4, 5, 0
WEEK = Instant(RELEASE + 7 * 86_400)


def met() -> tuple[Phone, KeyRecord]:
    """Return a phone that heard another for half an hour, and that one's key of the day."""
    listener, patient = new("gaen"), new("gaen")
    for now in range(MORNING, MORNING + 1800, 300):
        words = say(patient, now)
        listener.tick(Instant(now), rand=rand)
        hear(listener, words, now)
    (record,) = report(patient, MORNING + 1800).records
    listener.tick(WEEK, rand=rand)
    return listener, record


LISTENER, RECORD = met()
SAVED = LISTENER.save(key=STATE_KEY, rand=rand)
"""A phone that heard three identifiers of the key of this record."""


def batch(record: KeyRecord, kind: int, *, onset: int = 0, release: int = RELEASE) -> Batch:
    start, period, _, _ = record.attributes
    told = replace(record, attributes=(start, period, kind, onset))
    return batch_with([told], name="gaen", release=release)


def told(phone: Phone) -> list[tuple[int, int, int]]:
    """Return report type, onset and release of each match in a phone's state."""
    found = [Match.from_value(item) for item in items(phone, "matches")]
    known = [(one.key.attributes, one.release) for one in found if one.key is not None]
    return [(kind, onset, release) for (_, _, kind, onset), release in known]


def scored(phone: Phone) -> list[float]:
    return [each.score for each in phone.assess(preset("cwa"), now=WEEK)]


@every_design
@pytest.mark.spec("MATCHING-7", "PHONE-6")
def test_a_key_that_is_published_again_adds_nothing_and_is_nothing_new(name: str) -> None:
    phone, other = new(name), new(name)
    hear(phone, say(other))
    made = report(other, LATER)
    phone.tick(WEEK, rand=rand)
    first, again = (batch_of(made, release=at) for at in (RELEASE, RELEASE + 7200))
    (found,) = phone.ingest(first)
    exposures = phone.exposures
    assert isinstance(found, Match)
    assert found.release == RELEASE
    assert found.key in ([None] if name == "unlinkable" else made.records)
    assert phone.ingest(again) == ()
    assert len(items(phone, "matches")) == 1
    assert phone.exposures == exposures


@pytest.mark.spec("MATCHING-8", "PHONE-28")
def test_a_later_release_says_what_the_key_says_and_an_older_one_no_more() -> None:
    phone, record = Phone.load(SAVED, key=STATE_KEY), RECORD
    assert len(phone.ingest(batch(record, SELF_REPORT, onset=9))) == 3
    (before,) = scored(phone)
    later = batch(record, CONFIRMED, onset=2, release=RELEASE + 86_400)
    assert phone.ingest(later) == ()
    assert told(phone) == [(CONFIRMED, 2, later.release)] * 3
    (after,) = scored(phone)
    assert after > before
    between = batch(record, CLINICAL, release=RELEASE + 7200)
    assert phone.ingest(between) == phone.ingest(batch(record, SELF_REPORT, onset=9)) == ()
    assert told(phone) == [(CONFIRMED, 2, later.release)] * 3
    assert scored(phone) == [after]


@pytest.mark.spec("PHONE-28")
def test_a_revision_changes_nothing_of_what_was_heard() -> None:
    """A batch that came ahead of its release found less than there was in the end."""
    phone, other = new("gaen"), new("gaen")
    words = say(other)
    (record,) = report(other, MORNING).records
    hear(phone, words)
    assert len(phone.ingest(batch(record, CONFIRMED))) == 1
    before = phone.exposures
    hear(phone, words, MORNING + 200)
    assert phone.ingest(batch(record, CLINICAL, release=RELEASE + 7200)) == ()
    assert phone.exposures == before
    assert told(phone) == [(CLINICAL, 0, RELEASE + 7200)]


@pytest.mark.spec("MATCHING-9", "PHONE-28")
@pytest.mark.parametrize("revoked_at", [RELEASE, RELEASE + 86_400])
@pytest.mark.parametrize("confirmed_at", [RELEASE, RELEASE + 7200])
def test_a_revoked_key_neither_warns_nor_scores_nor_is_disclosed(
    revoked_at: int, confirmed_at: int
) -> None:
    """Whichever release says so, and whichever batch comes in first."""
    confirmed = batch(RECORD, CONFIRMED, release=confirmed_at)
    revoked = batch(RECORD, REVOKED, release=revoked_at)
    for order, counts in (((confirmed, revoked), [3, 0]), ((revoked, confirmed), [0, 0])):
        phone = Phone.load(SAVED, key=STATE_KEY)
        assert [len(phone.ingest(one)) for one in order] == counts
        assert phone.exposures == ()
        assert phone.assess(preset("cwa"), now=WEEK) == ()
        assert disclosed(phone) == ()
        assert len(items(phone, "matches")) == 3
    phone = Phone.load(SAVED, key=STATE_KEY)
    phone.ingest(confirmed)
    assert phone.exposures
    assert disclosed(phone)


def disclosed(phone: Phone) -> tuple[Row, ...]:
    private = X25519PrivateKey.generate(rand=rand)
    sealed_rows = phone.disclose(
        days=[DAY],
        standing=Standing.SUSPECTED,
        reference="AB12CD34",
        authority=private.public(),
        now=WEEK,
        rand=rand,
    )
    return Disclosure.open(sealed_rows, private, now=WEEK).rows


def batches(record: KeyRecord) -> list[Batch]:
    return [
        batch(record, kind, onset=onset, release=RELEASE + 7200 * late)
        for kind in range(6)
        for onset in (0, 3)
        for late in range(3)
    ]


SUREST_FIRST = (CONFIRMED, CLINICAL, SELF_REPORT, RECURSIVE, UNKNOWN)


def expected(said: list[tuple[int, int, int]]) -> tuple[int, int, int]:
    """Return what stands, step by step as the clause lists it."""
    standing = [one for one in said if one[0] == REVOKED] or said
    standing = [one for one in standing if one[2] == max(each[2] for each in standing)]
    for kind in SUREST_FIRST:
        standing = [one for one in standing if one[0] == kind] or standing
    return max(standing)


@given(chosen=st.lists(st.sampled_from(range(36)), min_size=1, max_size=5), data=st.data())
@settings(max_examples=60, deadline=None)
@pytest.mark.spec("MATCHING-7", "MATCHING-8", "PHONE-6", "PHONE-28")
def test_the_order_of_batches_does_not_matter(chosen: list[int], data: st.DataObject) -> None:
    every = batches(RECORD)
    one, other = (Phone.load(SAVED, key=STATE_KEY) for _ in range(2))
    for number in chosen:
        one.ingest(every[number])
    for number in data.draw(st.permutations(chosen)):
        other.ingest(every[number])
    assert one == other
    said = [(n // 6, (0, 3)[n // 3 % 2], RELEASE + 7200 * (n % 3)) for n in chosen]
    assert told(one) == [expected(said)] * 3
    assert bool(one.exposures) is (expected(said)[0] != REVOKED)
    assert Phone.load(one.save(key=STATE_KEY, rand=rand), key=STATE_KEY) == one


def as_version_3(phone: Phone) -> dict[str, Value]:
    known = ("metadata", "observation")
    found: list[Value] = []
    for one in items(phone, "matches"):
        assert isinstance(one, dict)
        found.append({name: one[name] for name in known})
    known_fields = {
        field: item for field, item in state(phone).items() if field not in ("receipts", "visits")
    }
    return {**known_fields, "matches": found}


@every_design
@pytest.mark.spec("PHONE-29")
def test_a_phone_of_version_3_learns_its_keys_from_batches_that_it_reads_again(name: str) -> None:
    phone, other = new(name), new(name)
    hear(phone, say(other))
    published = batch_of(report(other, LATER), release=RELEASE)
    phone.tick(WEEK, rand=rand)
    phone.ingest(published)
    with pytest.raises(MalformedError):
        Phone.load(sealed(as_version_3(phone)), key=STATE_KEY)
    migrated = Phone.load(sealed(as_version_3(phone), version=3), key=STATE_KEY)
    assert not migrated.has_ingested(release=RELEASE, region="VN")
    assert migrated.exposures == phone.exposures
    (match,) = (Match.from_value(item) for item in items(migrated, "matches"))
    assert (match.key, match.release) == (None, 0)
    assert migrated.ingest(published) == ()
    assert migrated == phone


@pytest.mark.spec("PHONE-29")
def test_a_phone_of_version_3_without_matches_reads_no_batch_again() -> None:
    phone = new("gaen")
    phone.tick(WEEK, rand=rand)
    phone.ingest(batch_with([RECORD], name="gaen", release=RELEASE))
    assert Phone.load(sealed(as_version_3(phone), version=3), key=STATE_KEY) == phone


@every_design
@pytest.mark.spec("PHONE-21")
def test_only_a_design_that_asks_who_was_close_walks_through_what_was_heard(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    walked: list[int] = []
    phone = new(name)
    hear(phone, say(new(name)))
    walk: Callable[[ObservationStore], Iterator[object]] = ObservationStore.__iter__

    def noted(store: ObservationStore) -> Iterator[object]:
        walked.append(1)
        return walk(store)

    monkeypatch.setattr(ObservationStore, "__iter__", noted)
    phone.commit(now=LATER, rand=rand)
    report(phone, LATER)
    assert bool(walked) is (name == "hybrid")
