"""spec/vectors/pretrace.json: every value derived again, every fault refused by its result."""

from typing import TYPE_CHECKING

import pytest

import oracle_presence
import oracle_pretrace
import oracle_seal
from dp3t.codec import decode, encode, pad
from dp3t.errors import Dp3tError, LimitError, MalformedError, PolicyError, VerificationError
from dp3t.presence.completion import complete
from dp3t.presence.entry import EntryCode
from dp3t.presence.pairing import Scalar
from dp3t.presence.pretrace import PreTrace, TraceRequest, pre_trace
from dp3t.presence.trace import Trace
from dp3t.presence.venue import VenueCode
from dp3t.primitives import Rand, X25519PrivateKey, X25519PublicKey, random_from_os, seal_box
from dp3t.timeline import Instant, Stretch
from gatherings import AUTHORITY
from vectors import Case, load, vector_cases

RESULTS: dict[str, type[Dp3tError]] = {
    "malformed": MalformedError,
    "limit": LimitError,
    "unauthentic": VerificationError,
    "policy": PolicyError,
}


if TYPE_CHECKING:
    from _pytest.mark import ParameterSet


def cases(operation: str, *results: str) -> "list[ParameterSet]":
    return [
        case
        for result in results
        for case in vector_cases("pretrace", operation=operation, result=result)
    ]


def named(name: str) -> Case:
    """Return the case of a name."""
    (case,) = (case for case in load("pretrace")["cases"] if case["id"] == name)
    return dict(case)


def make(case: Case) -> PreTrace:
    code = VenueCode(
        entry=EntryCode.parse(bytes.fromhex(case["payload"])),
        share=Scalar.from_bytes(bytes.fromhex(case["share"])),
        sealed_share=bytes.fromhex(case["sealed_share"]),
    )
    stretch = Stretch(case["start"], case["end"])
    return pre_trace(code, stretch=stretch, reference=case["reference"], now=case["now"])


def drawn(case: Case) -> Rand:
    """Return a source that gives the case's draws, each once."""
    draws = iter(case["draws"])

    def rand(length: int) -> bytes:
        draw = bytes.fromhex(next(draws))
        assert len(draw) == length
        return draw

    return rand


def completed(case: Case) -> list[str]:
    content = bytes.fromhex(case["content"])
    traces = complete(
        PreTrace.from_value(decode(content, limit_bytes=16_336)),
        X25519PrivateKey(bytes.fromhex(case["private_key"])),
        request=TraceRequest(
            reference=case["reference"], stretch=Stretch(case["start"], case["end"])
        ),
        text=case["text"],
        now=Instant(case["now"]),
        rand=drawn(case),
        published=[Trace.decode(bytes.fromhex(each)) for each in case["published"]],
    )
    return [trace.encode().hex() for trace in traces]


@pytest.mark.parametrize("case", cases("make", "valid"))
def test_an_owners_half_is_that_of_the_second_witness(case: Case) -> None:
    half = make(case)
    payload, share = bytes.fromhex(case["payload"]), bytes.fromhex(case["share"])
    expected = oracle_pretrace.keys(share, payload, case["start"], case["end"])
    assert [key.hex() for key in half.keys] == case["keys"] == [key.hex() for key in expected]
    written = oracle_pretrace.content(
        {
            "payload": payload,
            "sealed_share": bytes.fromhex(case["sealed_share"]),
            "reference": case["reference"],
            "start": case["start"],
            "end": case["end"],
            "keys": b"".join(expected),
        }
    )
    assert encode(half.to_value()).hex() == case["content"] == written.hex()


@pytest.mark.parametrize("case", cases("make", "malformed", "limit", "policy"))
def test_a_request_with_one_fault_is_refused(case: Case) -> None:
    with pytest.raises(RESULTS[case["result"]]):
        make(case)


@pytest.mark.parametrize("case", cases("seal", "valid"))
def test_the_seal_is_that_of_the_second_witness(case: Case) -> None:
    content, sealed = bytes.fromhex(case["content"]), bytes.fromhex(case["sealed"])
    public, ephemeral = bytes.fromhex(case["public_key"]), bytes.fromhex(case["ephemeral_key"])
    padded = (content + b"\x80").ljust(16_336, b"\0")
    assert oracle_seal.seal(public, padded, ephemeral) == sealed
    half = PreTrace.open(sealed, X25519PrivateKey(bytes.fromhex(case["private_key"])))
    assert encode(half.to_value()) == content
    assert half.seal(X25519PublicKey(public), rand=lambda _: ephemeral) == sealed


@pytest.mark.parametrize("case", cases("open", "malformed", "unauthentic"))
def test_a_seal_with_one_fault_is_refused(case: Case) -> None:
    private = X25519PrivateKey(bytes.fromhex(case["private_key"]))
    with pytest.raises(RESULTS[case["result"]]):
        PreTrace.open(bytes.fromhex(case["sealed"]), private)


@pytest.mark.parametrize("case", cases("read", "malformed", "limit"))
def test_a_map_with_one_fault_is_refused(case: Case) -> None:
    padded = pad(bytes.fromhex(case["content"]), to_bytes=16_336)
    sealed = seal_box(AUTHORITY.public(), padded, rand=random_from_os)
    with pytest.raises(RESULTS[case["result"]]):
        PreTrace.open(sealed, AUTHORITY)


@pytest.mark.parametrize("case", cases("complete", "valid"))
def test_the_traces_are_those_of_the_second_witness(case: Case) -> None:
    """What is published for another stretch of the same hour does not count."""
    whole = case["id"] != "complete-second-gathering"
    known = [each[:64] for each in case["published"] if whole]
    expected = oracle_pretrace.traces(
        case, start=case["start"], end=case["end"], draws=case["draws"], known=known
    )
    assert completed(case) == case["traces"] == expected


@pytest.mark.spec("PRETRACE-14")
def test_the_key_in_the_entry_code_belongs_to_both_shares() -> None:
    """The second witness needs no pairing: it adds the shares' public halves."""
    case, done = named("make-one-hour"), named("complete-three-hours")
    half = oracle_pretrace.read(bytes.fromhex(case["content"]))
    sealed = half["sealed_share"]
    assert isinstance(sealed, bytes)
    theirs = oracle_seal.seal_open(bytes.fromhex(done["private_key"]), sealed)
    halves = (oracle_presence.public(each) for each in (bytes.fromhex(case["share"]), theirs))
    in_code = oracle_pretrace.public_key(bytes.fromhex(case["payload"]))
    assert oracle_presence.sum_g2(*halves) == in_code


@pytest.mark.parametrize("case", cases("complete", "malformed", "unauthentic", "policy"))
def test_a_completion_with_one_fault_is_refused(case: Case) -> None:
    with pytest.raises(RESULTS[case["result"]]):
        completed(case)


@pytest.mark.spec("PRETRACE-18")
def test_the_second_witness_too_finds_that_a_substituted_key_does_not_belong() -> None:
    case = named("complete-public-key-substituted")
    half = oracle_pretrace.read(bytes.fromhex(case["content"]))
    private, payload = bytes.fromhex(case["private_key"]), half["payload"]
    assert isinstance(payload, bytes)
    ((_, identity, key),) = oracle_pretrace.completed_keys(private, half)
    assert not oracle_pretrace.belongs(identity, key, oracle_pretrace.public_key(payload))
