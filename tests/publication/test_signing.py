"""spec/publication/signing.md."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

import oracle
from batches import batch_of_keys
from dp3t.codec import decode, encode
from dp3t.errors import (
    Dp3tError,
    LimitError,
    MalformedError,
    UnknownKeyError,
    VerificationError,
)
from dp3t.publication.batch import Batch
from dp3t.publication.index import Index
from dp3t.publication.signing import (
    HEADER_BYTES,
    MAX_TRUSTED_KEYS,
    SigningKey,
    TrustedKeys,
    VerificationKey,
)
from dp3t.timeline import Instant
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

CONTEXT = "dp3t batch 1"
FILE = SIGNER.sign(b"the payload", context=CONTEXT)


def opened(data: bytes, *, trusted: TrustedKeys = TRUSTED, context: str = CONTEXT) -> bytes:
    return trusted.open(data, context=context, limit_bytes=10_000)[0]


@pytest.mark.parametrize("case", vector_cases("signing", operation="open", result="valid"))
def test_a_signed_file_opens_and_both_witnesses_sign_it(case: Case) -> None:
    file, payload = bytes.fromhex(case["file"]), bytes.fromhex(case["payload"])
    trusted = keys_of(case["trusted"])
    found, key = trusted.open(file, context=case["context"], limit_bytes=len(file))
    assert (found, key.key_id.hex()) == (payload, case["key_id"])
    assert key in list(trusted)
    assert oracle.signed_file(bytes.fromhex(case["seed"]), case["context"], payload) == file


@pytest.mark.parametrize(
    "case",
    [
        *vector_cases("signing", operation="open", result="unauthentic"),
        *vector_cases("signing", operation="open", result="malformed"),
    ],
)
def test_a_signed_file_with_one_fault_is_refused(case: Case) -> None:
    with pytest.raises(REFUSALS[case["result"]]):
        opened(
            bytes.fromhex(case["file"]),
            trusted=keys_of(case["trusted"]),
            context=case["context"],
        )


@pytest.mark.spec("SIGNING-3")
def test_a_file_longer_than_its_chapter_allows_is_refused_for_its_length() -> None:
    with pytest.raises(LimitError):
        TRUSTED.open(b"\0" * 101, context=CONTEXT, limit_bytes=100)


@pytest.mark.spec("SIGNING-3")
@pytest.mark.parametrize("garbage", [b"", b"\xc1", b"\x90" * 1000])
def test_a_payload_that_cannot_be_parsed_is_not_looked_at_before_its_signature(
    garbage: bytes,
) -> None:
    forged = signer(9).sign(garbage, context=CONTEXT)
    renamed = SIGNER.public().key_id + forged[8:]
    for file in (forged, renamed):
        with pytest.raises(VerificationError):
            Batch.open(file, trusted=TRUSTED)


@pytest.mark.spec("SIGNING-2")
def test_a_context_never_runs_into_what_follows_it() -> None:
    """Invalid: a shorter context whose missing letters begin the rest of what is signed."""
    with pytest.raises(VerificationError):
        opened(SIGNER.sign(b"1the payload", context="dp3t batch "), context=CONTEXT)


@given(data=st.binary(max_size=200))
def test_any_bytes_are_refused_with_an_error_of_ours(data: bytes) -> None:
    with pytest.raises(Dp3tError):
        opened(data)


@pytest.mark.spec("SIGNING-2", "SIGNING-3")
@given(data=altered(FILE))
def test_an_altered_file_is_refused(data: bytes) -> None:
    with pytest.raises((VerificationError, MalformedError)):
        opened(data)


@given(payload=st.binary(max_size=200), context=st.text("abc 1", max_size=20))
def test_what_is_signed_opens_to_the_same_bytes(payload: bytes, context: str) -> None:
    assert opened(SIGNER.sign(payload, context=context), context=context) == payload


class TestLifetimes:
    """A key speaks for the moments of its lifetime and for no other."""

    @pytest.mark.parametrize("case", vector_cases("signing", operation="lifetime"))
    def test_a_key_is_valid_from_its_first_moment_to_before_its_end(self, case: Case) -> None:
        key, moment = key_of(case["key"]), case["moment"]
        if case["result"] == "valid":
            key.require_valid_at(moment)
        else:
            with pytest.raises(UnknownKeyError):
                key.require_valid_at(moment)

    @pytest.mark.spec("SIGNING-10")
    def test_nothing_is_signed_for_a_moment_outside_the_lifetime(self) -> None:
        key = signer(1, begins=NOON, ends=NOON + DAY)
        for moment in (Instant(NOON - 7200), Instant(NOON + DAY)):
            batch = batch_of_keys([], design="gaen", region="VN", release=moment)
            index, _ = Index.of(
                [],
                keys=[],
                region="VN",
                number=1,
                issued=moment,
                log_key="log",
                checkpoint=b"checkpoint",
            )
            with pytest.raises(UnknownKeyError):
                batch.sign(key)
            with pytest.raises(UnknownKeyError):
                index.sign(key)

    @pytest.mark.parametrize("case", vector_cases("signing", operation="key", result="valid"))
    def test_a_key_is_written_as_the_table_says(self, case: Case) -> None:
        encoded = bytes.fromhex(case["encoded"])
        key = VerificationKey.from_value(decode(encoded, limit_bytes=100))
        assert encode(key.to_value()) == encoded

    @pytest.mark.parametrize("case", vector_cases("signing", operation="key", result="malformed"))
    def test_a_key_that_is_not_written_so_is_refused(self, case: Case) -> None:
        value = decode(bytes.fromhex(case["encoded"]), limit_bytes=100)
        with pytest.raises(MalformedError):
            VerificationKey.from_value(value)

    @pytest.mark.parametrize(("begins", "ends"), [(5, 5), (6, 5), (-1, 5), (0, 2**32)])
    def test_a_signing_key_has_a_lifetime_too(self, begins: int, ends: int) -> None:
        with pytest.raises(MalformedError, match="valid from a moment until a later one"):
            signer(1, begins=begins, ends=ends)

    @pytest.mark.parametrize("length", [0, 31, 33, 64])
    def test_a_seed_of_another_length_is_refused(self, length: int) -> None:
        with pytest.raises(MalformedError, match="32 bytes"):
            SigningKey(seed=bytes(length), valid_from=Instant(0), valid_until=Instant(1))

    def test_a_key_is_drawn_from_the_randomness_it_is_given(self) -> None:
        drawn = SigningKey.generate(
            valid_from=Instant(0), valid_until=Instant(1), rand=lambda length: b"\7" * length
        )
        assert drawn.seed == b"\7" * 32

    def test_a_pinned_key_speaks_for_every_moment_there_is(self) -> None:
        key = VerificationKey.pinned(bytes(32))
        key.require_valid_at(Instant(0))
        key.require_valid_at(Instant(2**32 - 2))


def test_a_seed_does_not_show() -> None:
    secret = SigningKey(seed=bytes(range(32)), valid_from=Instant(0), valid_until=Instant(1))
    for text in (repr(secret), str(secret), f"{secret}", repr([secret])):
        assert "seed" not in text
        assert repr(secret.seed)[2:10] not in text


class TestTrust:
    """What a reader comes to trust, and what it must not."""

    @pytest.mark.parametrize("case", vector_cases("signing", operation="announce"))
    def test_an_announcement_adds_keys_and_changes_none(self, case: Case) -> None:
        announced = [key_of(value) for value in case["announced"]]
        after = keys_of(case["trusted"]).with_keys(announced)
        assert list(after) == [key_of(value) for value in case["trusted_after"]]

    @pytest.mark.spec("SIGNING-5")
    @given(lives=st.lists(st.tuples(st.integers(0, 1000), st.integers(1, 1000)), max_size=8))
    def test_no_announcement_changes_the_life_of_a_known_key(
        self, lives: list[tuple[int, int]]
    ) -> None:
        known = signer(1, begins=100, ends=200).public()
        trusted = TrustedKeys([known])
        for begins, length in lives:
            claimed = VerificationKey(
                public=known.public,
                valid_from=Instant(begins),
                valid_until=Instant(begins + length),
            )
            trusted = trusted.with_keys([claimed])
        assert list(trusted) == [known]

    @pytest.mark.spec("SIGNING-5")
    def test_an_ended_key_is_not_revived_by_announcing_it(self) -> None:
        ended = signer(1, ends=NOON)
        trusted = TrustedKeys([ended.public(), signer(2).public()])
        trusted = trusted.with_keys([signer(1).public()])
        batch = batch_of_keys([], design="gaen", region="VN", release=NOON)
        revived = signer(1).sign(batch.encode(), context=CONTEXT)
        with pytest.raises(UnknownKeyError, match="not valid"):
            Batch.open(revived, trusted=trusted)

    @pytest.mark.spec("SIGNING-6")
    def test_a_reader_trusts_64_keys_and_no_more(self) -> None:
        keys = [signer(n).public() for n in range(MAX_TRUSTED_KEYS + 1)]
        full = TrustedKeys(keys[:-1])
        assert len(full) == MAX_TRUSTED_KEYS
        with pytest.raises(LimitError, match="64"):
            full.with_keys(keys[-1:])
        assert list(full) == sorted(keys[:-1], key=lambda key: key.public)
        assert full.with_keys(keys[:-1]) == full

    @pytest.mark.spec("SIGNING-7")
    def test_a_key_whose_life_ended_can_be_forgotten(self) -> None:
        ended, living = signer(1, ends=NOON).public(), signer(2, ends=NOON + 1).public()
        assert list(TrustedKeys([ended, living]).without_ended(before=NOON)) == [living]

    def test_keys_come_in_the_order_of_their_beginning(self) -> None:
        late, early = signer(1, begins=9).public(), signer(2, begins=8).public()
        assert list(TrustedKeys([late, early])) == [early, late]
        assert TrustedKeys([late, early]) == TrustedKeys([early, late])
        assert TrustedKeys([late]) != TrustedKeys([early])


def test_a_head_has_72_bytes() -> None:
    assert len(SIGNER.sign(b"", context=CONTEXT)) == HEADER_BYTES == 72


@pytest.mark.spec("SIGNING-11")
def test_trusted_keys_survive_being_kept() -> None:
    first = VerificationKey(public=bytes(32), valid_from=Instant(0), valid_until=Instant(10))
    second = VerificationKey(public=b"1" * 32, valid_from=Instant(5), valid_until=Instant(9))
    trusted = TrustedKeys([second, first])
    assert TrustedKeys.decode(trusted.encode()) == trusted
    assert TrustedKeys.decode(TrustedKeys().encode()) == TrustedKeys()


@pytest.mark.spec("SIGNING-11")
@pytest.mark.parametrize("kept", ["map", "twice", "out of order", "trailing", "cut", "empty"])
def test_other_bytes_are_no_kept_keys(kept: str) -> None:
    keys = [
        VerificationKey(public=bytes([n]) * 32, valid_from=Instant(n), valid_until=Instant(99))
        for n in range(2)
    ]
    values = [key.to_value() for key in keys]
    good = encode(values)
    bad = {
        "map": encode({}),
        "twice": encode([values[0], values[0]]),
        "out of order": encode(values[::-1]),
        "trailing": good + b"\0",
        "cut": good[:-1],
        "empty": b"",
    }
    with pytest.raises(MalformedError):
        TrustedKeys.decode(bad[kept])
