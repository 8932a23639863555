"""spec/publication/transparency.md: what a witness cosigns, and what it refuses."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

import oracle_transparency
from dp3t.codec import Value, decode, encode
from dp3t.errors import (
    ClockError,
    Dp3tError,
    MalformedError,
    PolicyError,
    SplitViewError,
    UnknownKeyError,
    VerificationError,
)
from dp3t.publication.transparency import (
    CosignRequest,
    LogPolicy,
    LogView,
    NoteKeyType,
    NoteSigner,
    SignedCheckpoint,
    Witness,
    require_split,
)
from dp3t.publication.transparency.witness import Cosigned
from dp3t.timeline import Instant
from publication_cases import NOON, altered
from transparency_logs import (
    LARGEST,
    LOG,
    ORIGIN,
    POLICY,
    REFUSALS,
    WITNESS,
    policy_of,
    signed,
    tree,
    unhex,
)
from vectors import Case, vector_cases

WITNESSED = LogPolicy(
    origin=ORIGIN,
    keys=POLICY.keys,
    witnesses=(WITNESS.key(NoteKeyType.WITNESS),),
    required=1,
)


def asked(old: int, new: int, *, history: int = 0) -> CosignRequest:
    proof = tree(new, history).consistency_proof(old)
    return CosignRequest(old_size=old, proof=proof, note=signed(new, history).note)


def cosigned(witness: Witness, request: CosignRequest, *, now: int = NOON) -> tuple[Witness, str]:
    return witness.cosign(request, logs=[POLICY], signer=WITNESS, now=Instant(now))


@pytest.mark.parametrize("case", vector_cases("transparency", operation="request"))
def test_a_request_is_read_or_refused_as_the_case_says(case: Case) -> None:
    body = case["body"].encode()
    if case["result"] != "valid":
        with pytest.raises(REFUSALS[case["result"]]):
            CosignRequest.decode(body)
        return
    request = CosignRequest.decode(body)
    proof, note = unhex(case["proof"]), case["note"].encode()
    assert request == CosignRequest(old_size=case["old"], proof=proof, note=note)
    assert body == request.encode() == oracle_transparency.request(case["old"], proof, note)


@pytest.mark.parametrize("case", vector_cases("transparency", operation="cosign"))
def test_a_witness_cosigns_or_refuses_as_the_case_says(case: Case) -> None:
    log, last = policy_of(case), case["last"].encode()
    signer = NoteSigner(name=case["name"], seed=bytes.fromhex(case["seed"]))
    seen = {log.origin: Cosigned(SignedCheckpoint.parse(last), case["last_at"])} if last else {}
    witness, request = Witness(seen), CosignRequest.decode(case["body"].encode())
    if case["result"] != "valid":
        with pytest.raises(REFUSALS[case["result"]]):
            witness.cosign(request, logs=[log], signer=signer, now=case["now"])
        if "size" in case:
            assert witness.size_of(log.origin) == case["size"]
        return
    after, line = witness.cosign(request, logs=[log], signer=signer, now=case["now"])
    assert line == case["line"]
    opened = log.open(request.note)
    assert after.seen[log.origin] == Cosigned(opened, case["now"])
    text = opened.checkpoint.text()
    again = oracle_transparency.signature_line(signer.name, signer.seed, text, at=case["now"])
    assert again == line


class TestCosign:
    """One history."""

    @pytest.mark.spec("TRANSPARENCY-28", "TRANSPARENCY-29")
    @given(steps=st.lists(st.integers(0, LARGEST), min_size=1, max_size=5).map(sorted))
    def test_what_a_witness_cosigned_a_reader_accepts(self, steps: list[int]) -> None:
        witness, view = Witness(), LogView()
        for size in steps:
            request = asked(witness.size_of(ORIGIN), size)
            witness, line = cosigned(witness, request)
            assert witness.size_of(ORIGIN) == size
            note = signed(size).with_cosignatures([line]).note
            view = view.advance(note, request.proof, policy=WITNESSED, now=NOON)

    @pytest.mark.spec("TRANSPARENCY-29")
    def test_a_conflict_changes_nothing_and_the_state_says_the_size(self) -> None:
        witness, _ = cosigned(Witness(), asked(0, 5))
        for old in (0, 4, 6):
            with pytest.raises(PolicyError, match=f"has 5 entries, not {old}"):
                cosigned(witness, asked(old, 9))
        assert (witness.size_of(ORIGIN), witness.size_of("another")) == (5, 0)
        cosigned(witness, asked(5, 9))

    @pytest.mark.spec("TRANSPARENCY-29")
    @pytest.mark.parametrize(("old", "new"), [(5, 5), (5, 9), (300, 301)])
    def test_another_history_is_refused_with_the_evidence(self, old: int, new: int) -> None:
        witness, _ = cosigned(Witness(), asked(0, old))
        with pytest.raises(SplitViewError) as caught:
            cosigned(witness, asked(old, new, history=1))
        evidence = caught.value
        require_split(evidence.first, evidence.second, evidence.proof, policy=POLICY)

    @pytest.mark.spec("TRANSPARENCY-29")
    def test_a_proof_that_fails_is_refused(self) -> None:
        witness, _ = cosigned(Witness(), asked(0, 4))
        with pytest.raises(VerificationError):
            cosigned(witness, asked(4, 9, history=1))
        with pytest.raises(MalformedError):
            cosigned(witness, replace(asked(4, 9), proof=()))

    @pytest.mark.spec("TRANSPARENCY-29")
    def test_a_log_that_the_witness_does_not_follow_is_refused(self) -> None:
        with pytest.raises(UnknownKeyError, match="does not follow"):
            Witness().cosign(asked(0, 5), logs=[], signer=WITNESS, now=NOON)
        other = NoteSigner(name=ORIGIN, seed=bytes([7]) * 32)
        forged = replace(asked(0, 5), note=signed(5).checkpoint.sign(other))
        with pytest.raises(UnknownKeyError, match="no key"):
            cosigned(Witness(), forged)

    @pytest.mark.spec("TRANSPARENCY-28")
    def test_a_witness_whose_clock_went_back_is_silent(self) -> None:
        witness, _ = cosigned(Witness(), asked(0, 5), now=NOON)
        with pytest.raises(ClockError):
            cosigned(witness, asked(5, 9), now=NOON - 1)
        cosigned(witness, asked(5, 9), now=NOON)

    @pytest.mark.spec("TRANSPARENCY-28")
    def test_the_time_is_that_of_the_witness(self) -> None:
        _, line = cosigned(Witness(), asked(0, 5), now=NOON + 7)
        note = signed(5).with_cosignatures([line])
        for age in (0, WITNESSED.max_age_seconds):
            WITNESSED.require_witnessed(note, now=Instant(NOON + 7 + age))
        with pytest.raises(PolicyError):
            WITNESSED.require_witnessed(note, now=Instant(NOON + 8 + WITNESSED.max_age_seconds))


class TestRequest:
    """What a log sends."""

    @pytest.mark.spec("TRANSPARENCY-30")
    @given(data=st.binary(max_size=100) | altered(asked(3, 7).encode()))
    def test_any_bytes_are_refused_or_the_one_form_of_a_request(self, data: bytes) -> None:
        try:
            request = CosignRequest.decode(data)
        except Dp3tError:
            return
        assert request.encode() == data

    @given(data=altered(asked(3, 7).encode()))
    def test_an_altered_request_is_never_cosigned_as_something_else(self, data: bytes) -> None:
        witness, _ = cosigned(Witness(), asked(0, 3))
        try:
            _, line = cosigned(witness, CosignRequest.decode(data))
        except Dp3tError:
            return
        assert line == cosigned(witness, asked(3, 7))[1]


class TestSaved:
    """Between runs."""

    @pytest.mark.spec("TRANSPARENCY-31")
    def test_a_state_is_restored_and_goes_on(self) -> None:
        witness, _ = cosigned(Witness(), asked(0, 5))
        restored = Witness.from_value(decode(encode(witness.to_value()), limit_bytes=1000))
        assert restored == witness
        cosigned(restored, asked(5, 9))
        with pytest.raises(PolicyError):
            cosigned(restored, asked(0, 9))
        assert Witness.from_value(Witness().to_value()) == Witness()

    @pytest.mark.spec("TRANSPARENCY-31")
    def test_anything_else_is_refused(self) -> None:
        good: dict[str, Value] = {"at": NOON, "note": signed(5).note}
        other = NoteSigner(name="a.example/log", seed=LOG.seed)
        first = replace(signed(5).checkpoint, origin=other.name).sign(other)
        Witness.from_value({"seen": [{"at": 0, "note": first}, good], "version": 1})
        wrong: list[Value] = [
            1,
            {"seen": [good]},
            {"seen": [good], "version": 2},
            {"seen": good, "version": 1},
            {"seen": [good, good], "version": 1},
            {"seen": [good, {"at": 0, "note": first}], "version": 1},
            {"seen": [good | {"at": -1}], "version": 1},
            {"seen": [good | {"more": 1}], "version": 1},
            {"seen": [good | {"note": b""}], "version": 1},
            {"seen": [good], "version": 1, "more": 1},
        ]
        for value in wrong:
            with pytest.raises(MalformedError):
                Witness.from_value(value)
