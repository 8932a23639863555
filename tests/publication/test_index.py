"""spec/publication/index.md."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

import oracle
from batches import batch_of_keys
from dp3t.errors import (
    Dp3tError,
    ExpiredError,
    LimitError,
    MalformedError,
    TooEarlyError,
    UnknownKeyError,
    UnsupportedVersionError,
    VerificationError,
)
from dp3t.publication import index as module
from dp3t.publication.batch import Batch
from dp3t.publication.index import MAX_ENTRIES, MAX_INDEX_BYTES, Index
from dp3t.publication.listing import IndexEntry, days_of
from dp3t.publication.signing import HEADER_BYTES, SigningKey, TrustedKeys, VerificationKey
from dp3t.timeline import Instant
from index_cases import SLOT, entries, entry_of, index_of, written
from publication_cases import (
    DAY,
    NOON,
    REFUSALS,
    SIGNER,
    TRUSTED,
    altered,
    key_of,
    keys_of,
    signer,
)
from vectors import Case, vector_cases

keys = st.lists(
    st.builds(
        signer, st.integers(0, 255), begins=st.integers(0, 9), ends=st.integers(10, 2**32 - 1)
    ).map(SigningKey.public),
    unique_by=lambda key: key.public,
    max_size=4,
)


@pytest.mark.parametrize("case", vector_cases("index", operation="open", result="valid"))
def test_an_index_opens_to_its_fields_and_both_witnesses_write_it(case: Case) -> None:
    file, payload = bytes.fromhex(case["file"]), bytes.fromhex(case["payload"])
    index = Index.open(file, trusted=keys_of(case["trusted"]), now=case["now"])
    for name in ("region", "number", "issued", "expires", "log_key"):
        assert getattr(index, name) == case[name], name
    assert ((index.sunset or 0), index.checkpoint.hex()) == (case["sunset"], case["checkpoint"])
    assert [entry.name for entry in index.entries] == [entry["name"] for entry in case["entries"]]
    assert list(index.keys) == [key_of(key) for key in case["keys"]]
    assert index.encode() == payload
    message = {
        **{name: case[name] for name in ("region", "number", "issued", "expires", "sunset")},
        "version": 2,
        "log_key": case["log_key"],
        "checkpoint": bytes.fromhex(case["checkpoint"]),
        "entries": [written(entry) for entry in case["entries"]],
        "days": [written(day) for day in case["days"]],
        "keys": [{**key, "public": bytes.fromhex(key["public"])} for key in case["keys"]],
    }
    assert payload == oracle.msgpack_encode(message)
    assert file == oracle.signed_file(bytes.fromhex(case["seed"]), "dp3t index 1", payload)


@pytest.mark.parametrize(
    "case",
    [
        *vector_cases("index", operation="open", result="malformed"),
        *vector_cases("index", operation="open", result="unauthentic"),
    ],
)
def test_an_index_with_one_fault_is_refused(case: Case) -> None:
    file, trusted = bytes.fromhex(case["file"]), keys_of(case["trusted"])
    with pytest.raises(REFUSALS[case["result"]]):
        Index.open(file, trusted=trusted, now=case["now"])


@pytest.mark.parametrize("case", vector_cases("index", operation="time"))
def test_an_index_is_accepted_at_the_right_times_of_its_reader(case: Case) -> None:
    file, trusted = bytes.fromhex(case["file"]), keys_of(case["trusted"])
    if case["result"] == "valid":
        Index.open(file, trusted=trusted, now=case["now"])
    else:
        with pytest.raises(REFUSALS[case["result"]]):
            Index.open(file, trusted=trusted, now=case["now"])


@pytest.mark.spec("CODEC-8")
@pytest.mark.parametrize("case", vector_cases("index", id="version-3"))
def test_an_index_of_a_later_version_is_refused_by_that_name(case: Case) -> None:
    with pytest.raises(UnsupportedVersionError, match="the index has version 3"):
        Index.open(bytes.fromhex(case["file"]), trusted=keys_of(case["trusted"]), now=NOON)


class TestLifetime:
    """An index ends soon, but for the last one."""

    @pytest.mark.spec("INDEX-10", "INDEX-11")
    def test_an_index_is_good_for_three_slots_and_a_late_clock(self) -> None:
        file = index_of().sign(SIGNER)
        Index.open(file, trusted=TRUSTED, now=Instant(NOON + 4 * SLOT - 1))
        with pytest.raises(ExpiredError, match="silent"):
            Index.open(file, trusted=TRUSTED, now=Instant(NOON + 4 * SLOT))

    @pytest.mark.spec("INDEX-16")
    def test_the_last_index_never_expires(self) -> None:
        last, _ = Index.of(
            [],
            keys=[],
            region="VN",
            number=9,
            issued=NOON,
            sunset=Instant(NOON - 5),
            log_key="log",
            checkpoint=b"checkpoint",
        )
        later = Instant(NOON + 20 * DAY)
        assert Index.open(last.sign(SIGNER), trusted=TRUSTED, now=later).sunset == NOON - 5


class TestPayload:
    """From entries to bytes and back, whatever the bytes."""

    @pytest.mark.spec("INDEX-1", "INDEX-2")
    @given(listed=entries, announced=keys)
    def test_what_is_signed_opens_to_the_same_index(
        self, listed: list[IndexEntry], announced: list[VerificationKey]
    ) -> None:
        index = index_of(*listed, keys=announced)
        assert Index.open(index.sign(SIGNER), trusted=TRUSTED, now=NOON) == index
        assert index_of(*reversed(listed), keys=announced[::-1]) == index

    @given(data=st.binary(max_size=300))
    def test_any_bytes_are_refused_with_an_error_of_ours(self, data: bytes) -> None:
        with pytest.raises(Dp3tError):
            Index.open(data, trusted=TRUSTED, now=NOON)
        with pytest.raises(Dp3tError):
            Index.decode(data)

    @pytest.mark.spec("INDEX-2")
    @given(data=st.data(), listed=entries, announced=keys)
    def test_an_altered_payload_is_refused_or_is_the_one_encoding_of_another_index(
        self, data: st.DataObject, listed: list[IndexEntry], announced: list[VerificationKey]
    ) -> None:
        payload = data.draw(altered(index_of(*listed, keys=announced).encode()))
        try:
            index = Index.decode(payload)
        except Dp3tError:
            return
        assert index.encode() == payload

    @given(data=altered(index_of(entry_of(NOON)).sign(SIGNER)))
    def test_an_altered_file_is_refused(self, data: bytes) -> None:
        with pytest.raises((VerificationError, MalformedError)):
            Index.open(data, trusted=TRUSTED, now=NOON)

    @pytest.mark.spec("INDEX-2")
    def test_an_index_over_the_limit_is_refused_for_its_length(self) -> None:
        for read in (Index.decode, lambda data: Index.open(data, trusted=TRUSTED, now=NOON)):
            with pytest.raises(LimitError, match="1048576"):
                read(bytes(MAX_INDEX_BYTES + 1))

    @pytest.mark.spec("INDEX-2")
    def test_an_index_of_the_most_entries_fits_and_of_one_more_does_not(self) -> None:
        names = ["x" * 14 + first + last for first in "abcdefghij" for last in "abcdefghij"]
        most = [entry_of(NOON - SLOT * n, design=name) for name in names for n in range(16)]
        index = index_of(*most[:MAX_ENTRIES], keys=[signer(n).public() for n in range(64)])
        assert len(index.entries) == MAX_ENTRIES
        assert Index.open(index.sign(SIGNER), trusted=TRUSTED, now=NOON) == index
        with pytest.raises(LimitError, match="1024 entries"):
            index_of(*most[: MAX_ENTRIES + 1])

    @pytest.mark.spec("INDEX-2")
    def test_an_index_of_too_many_items_is_refused(self) -> None:
        with pytest.raises(LimitError, match="items"):
            Index.decode(b"\xdd\x00\x0f\x00\x00" + b"\x90" * 0xF0000)

    @pytest.mark.spec("INDEX-2")
    def test_a_writer_refuses_what_a_reader_does(self) -> None:
        one, other = entry_of(NOON), entry_of(NOON, data=b"other")
        with pytest.raises(MalformedError, match="ascending"):
            index_of(one, other)
        with pytest.raises(MalformedError, match="after it was issued"):
            index_of(one, issued=NOON - SLOT)
        with pytest.raises(MalformedError, match="multiple of 7200"):
            index_of(issued=NOON + 1)
        with pytest.raises(MalformedError, match="region"):
            replace(index_of(), region="vn")
        late, early = signer(1, begins=2).public(), signer(2, begins=1).public()
        with pytest.raises(MalformedError, match="ascending"):
            replace(index_of(), keys=(late, early))

    @pytest.mark.spec("INDEX-2")
    def test_a_writer_refuses_more_bytes_than_a_reader_takes(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        length = HEADER_BYTES + len(index_of(entry_of(NOON)).encode())
        monkeypatch.setattr(module, "MAX_INDEX_BYTES", length - 1)
        with pytest.raises(LimitError, match="too many entries"):
            index_of(entry_of(NOON)).sign(SIGNER)

    @pytest.mark.parametrize(
        "fault",
        [
            {"design": "../x"},
            {"release": NOON + 1},
            {"size_bytes": 0},
            {"digest": b"short"},
            {"leaf": -1},
        ],
        ids=lambda fault: next(iter(fault)),
    )
    def test_an_entry_that_no_index_may_hold_cannot_be_built(self, fault: Case) -> None:
        fields: Case = {
            "release": NOON,
            "design": "gaen",
            "size_bytes": 9,
            "digest": bytes(32),
            "leaf": 1,
        }
        with pytest.raises(MalformedError):
            IndexEntry(**(fields | fault))


class TestRotation:
    """A reader that was given one key follows the rest, and no thief of an old one."""

    first = signer(1, begins=NOON - 60 * DAY, ends=NOON + 10 * DAY)
    second = signer(2, begins=NOON + DAY, ends=NOON + 90 * DAY)
    third = signer(3, begins=NOON + 80 * DAY, ends=NOON + 170 * DAY)
    thief = signer(66)

    def follow(
        self,
        trusted: TrustedKeys,
        signed_by: SigningKey,
        announcing: SigningKey,
        *,
        issued: int,
        now: int | None = None,
    ) -> TrustedKeys:
        """Accept an index, or raise."""
        keys = [signed_by.public(), announcing.public()]
        index = index_of(keys=keys, issued=issued)
        file = signed_by.sign(index.encode(), context="dp3t index 1")
        reader_now = Instant(issued if now is None else now)
        return trusted.with_keys(Index.open(file, trusted=trusted, now=reader_now).keys)

    @pytest.mark.spec("INDEX-3")
    def test_a_reader_of_the_first_key_follows_to_the_third(self) -> None:
        trusted = TrustedKeys([self.first.public()])
        trusted = self.follow(trusted, self.first, self.second, issued=NOON)
        trusted = self.follow(trusted, self.second, self.third, issued=NOON + 70 * DAY)
        assert list(trusted) == [key.public() for key in (self.first, self.second, self.third)]
        release = Instant(NOON + 150 * DAY)
        batch = batch_of_keys([], design="gaen", region="VN", release=release)
        assert Batch.open(batch.sign(self.third), trusted=trusted) == batch

    @pytest.mark.spec("INDEX-3")
    def test_a_reader_that_missed_the_announcement_is_left_behind(self) -> None:
        trusted = TrustedKeys([self.first.public()])
        with pytest.raises(UnknownKeyError, match="untrusted"):
            self.follow(trusted, self.second, self.third, issued=NOON + 70 * DAY)

    @pytest.mark.spec("INDEX-5")
    def test_an_ended_key_announces_nothing_however_its_index_is_dated(self) -> None:
        trusted = TrustedKeys([self.first.public(), self.second.public()])
        now = NOON + 20 * DAY
        for issued in (NOON - 50 * DAY, NOON, NOON + 10 * DAY - SLOT, now):
            with pytest.raises(UnknownKeyError, match="not valid"):
                self.follow(trusted, self.first, self.thief, issued=issued, now=now)

    @pytest.mark.spec("INDEX-5")
    def test_a_reader_stays_two_hours_with_a_key_that_has_just_ended(self) -> None:
        """Valid: the last index of an old key stands until the next is due."""
        trusted = TrustedKeys([self.first.public()])
        end = NOON + 10 * DAY
        self.follow(trusted, self.first, self.second, issued=end - SLOT, now=end + SLOT - 1)
        with pytest.raises(UnknownKeyError):
            self.follow(trusted, self.first, self.second, issued=end - SLOT, now=end + SLOT)

    @pytest.mark.spec("INDEX-4")
    def test_an_ended_key_can_sign_old_batches_but_no_index_names_them(self) -> None:
        trusted = TrustedKeys([self.first.public(), self.second.public()])
        batch = batch_of_keys([], design="gaen", region="VN", release=NOON)
        honest = batch.sign(self.first)
        forged = batch_of_keys([], design="gaen", region="VX", release=NOON).sign(self.first)
        entry = entry_of(NOON, data=honest)
        index = index_of(entry, issued=NOON + 20 * DAY)
        now = Instant(NOON + 20 * DAY)
        (day,) = Index.open(index.sign(self.second), trusted=trusted, now=now).days
        (listed,) = days_of((entry,), region="VN")
        (entry,) = day.open(listed.encode(), region="VN").entries
        entry.require_describes(honest)
        assert Batch.open(honest, trusted=trusted) == batch
        with pytest.raises(MalformedError, match="not the file the index describes"):
            entry.require_describes(forged)

    @pytest.mark.spec("INDEX-6")
    def test_an_index_of_the_future_is_refused_though_its_key_is_valid_then(self) -> None:
        trusted = TrustedKeys([self.first.public()])
        self.follow(trusted, self.first, self.second, issued=NOON + SLOT, now=NOON)
        with pytest.raises(TooEarlyError):
            self.follow(trusted, self.first, self.second, issued=NOON + SLOT, now=NOON - 1)

    @pytest.mark.spec("SIGNING-4")
    def test_a_key_announces_nothing_before_it_begins(self) -> None:
        trusted = TrustedKeys([self.first.public(), self.second.public()])
        for now in (NOON, NOON + 20 * DAY):
            with pytest.raises(UnknownKeyError, match="not valid"):
                self.follow(trusted, self.second, self.thief, issued=NOON, now=now)

    @pytest.mark.spec("INDEX-3", "SIGNING-5")
    def test_a_stolen_living_key_can_add_keys_but_cannot_end_the_honest_ones(self) -> None:
        """Valid, alas: the chapter says so, and that only a new app takes it back."""
        trusted = TrustedKeys([self.first.public(), self.second.public()])
        killed = VerificationKey(
            public=self.second.public().public, valid_from=Instant(0), valid_until=Instant(1)
        )
        index = index_of(keys=[self.thief.public(), killed])
        opened = Index.open(index.sign(self.first), trusted=trusted, now=NOON)
        trusted = trusted.with_keys(opened.keys)
        assert self.thief.public() in list(trusted)
        later = NOON + 20 * DAY
        assert self.follow(trusted, self.second, self.third, issued=later)
