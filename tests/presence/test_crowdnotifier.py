"""CrowdNotifier's library and ours read each other: spec/vectors/crowdnotifier.json.

The library's answers are a record of one run; `spec/vectors/README.md` says how to repeat it.
"""

import json
from random import Random
from typing import Any

import pytest

import oracle_presence
from dp3t.errors import Dp3tError, MalformedError, VerificationError
from dp3t.presence.completion import complete
from dp3t.presence.encryption import Ciphertext, IdentityKey
from dp3t.presence.entry import EntryCode
from dp3t.presence.identity import identity_of, interval_starts, secrets_of
from dp3t.presence.pairing import G1Point, G2Point
from dp3t.presence.pretrace import PreTrace, TraceRequest, pre_trace
from dp3t.presence.venue import VenueCode
from dp3t.primitives import X25519PrivateKey, open_secretbox
from dp3t.timeline import Instant, Stretch
from oracle_entry import fields
from vectors import Case, load, vector_cases

HOUR = 3600


def by_id(name: str) -> Case:
    (case,) = (case for case in load("crowdnotifier")["cases"] if case["id"] == name)
    return dict(case)


def field(data: bytes, *path: int) -> Any:
    """Return the field of a protocol buffer that a path of numbers leads to."""
    value: Any = data
    for number in path:
        value = dict(fields(value))[number]
    return value


def key_of(identity: str, key: str) -> IdentityKey:
    point = G1Point.from_bytes(bytes.fromhex(key))
    return IdentityKey(identity=bytes.fromhex(identity), key=point)


@pytest.mark.parametrize("case", vector_cases("crowdnotifier", operation="derive"))
def test_their_derivations_are_ours(case: Case) -> None:
    payload, start = bytes.fromhex(case["payload"]), Instant(case["start"])
    secrets = secrets_of(payload)
    assert case["answer"] == {
        "nonce_preid": secrets.nonce_preid.hex(),
        "nonce_timekey": secrets.nonce_timekey.hex(),
        "notification_key": secrets.notification_key.hex(),
        "identity": identity_of(payload, start=start).hex(),
    }
    assert oracle_presence.identity(payload, start).hex() == case["answer"]["identity"]


@pytest.mark.parametrize("case", vector_cases("crowdnotifier", operation="visit"))
def test_ours_decrypts_every_record_that_they_encrypt(case: Case) -> None:
    payload = bytes.fromhex(case["payload"])
    starts = interval_starts(Instant(case["arrival"]), Instant(case["departure"]))
    found = []
    for start, key, sealed in zip(starts, case["keys"], case["ciphertexts"], strict=True):
        identity = identity_of(payload, start=Instant(start)).hex()
        found.append(key_of(identity, key).decrypt(Ciphertext.decode(bytes.fromhex(sealed))))
    assert [message.hex() for message in found] == case["messages"]
    for message in found:
        said = json.loads(message)
        assert (said["arrivalTime"], said["departureTime"]) == (case["arrival"], case["departure"])
        assert bytes(said["notificationKey"]["data"]) == secrets_of(payload).notification_key


@pytest.mark.parametrize("case", vector_cases("crowdnotifier", operation="visit"))
def test_the_second_witness_decrypts_the_first_hour_of_each_visit(case: Case) -> None:
    identity, key, sealed, message = (
        bytes.fromhex(case[name][0]) for name in ("identities", "keys", "ciphertexts", "messages")
    )
    assert oracle_presence.decrypt(identity, key, sealed) == message


@pytest.mark.parametrize("case", vector_cases("crowdnotifier", operation="visit"))
def test_the_key_of_one_hour_opens_no_other_record_of_a_visit(case: Case) -> None:
    for place, key in enumerate(case["keys"]):
        for other, sealed in enumerate(case["ciphertexts"]):
            if place != other:
                with pytest.raises(VerificationError):
                    key_of(case["identities"][place], key).decrypt(
                        Ciphertext.decode(bytes.fromhex(sealed))
                    )


@pytest.mark.parametrize("case", vector_cases("crowdnotifier", operation="trace"))
def test_what_their_owner_adds_to_a_key_is_what_ours_adds(case: Case) -> None:
    """`PreTraceWithProof` 1: `PreTrace`, with 1 the identity and 2 the owner's part."""
    code = VenueCode.decode(bytes.fromhex(case["trace_code"]))
    made = pre_trace(code, stretch=stretch(case), reference="R-1", now=later(case))
    theirs = [bytes.fromhex(one) for one in case["pre_traces"]]
    assert list(made.keys) == [field(one, 1, 2) for one in theirs]
    assert [part.hex() for part in made.keys] == case["parts"]
    assert [field(one, 1, 1).hex() for one in theirs] == case["identities"]
    assert all(field(one, 1, 3) == code.sealed_share for one in theirs)
    assert all(field(one, 3) == code.payload for one in theirs)
    share = code.share.to_bytes()
    for identity, part in zip(case["identities"], case["parts"], strict=True):
        assert oracle_presence.partial_key(share, bytes.fromhex(identity)).hex() == part


@pytest.mark.parametrize("case", vector_cases("crowdnotifier", operation="trace"))
def test_our_authority_completes_their_pre_trace_to_their_trace(case: Case) -> None:
    """`Trace`: 1 the identity, 2 its key."""
    authority = X25519PrivateKey(bytes.fromhex(case["authority_private"]))
    theirs = [bytes.fromhex(one) for one in case["pre_traces"]]
    request = TraceRequest(reference="R-1", stretch=stretch(case))
    pre = PreTrace(
        payload=field(theirs[0], 3),
        sealed_share=field(theirs[0], 1, 3),
        request=request,
        keys=tuple(field(one, 1, 2) for one in theirs),
    )
    traces = complete(
        pre, authority, request=request, text="x", now=later(case), rand=Random(1).randbytes
    )
    published = [bytes.fromhex(one) for one in case["traces"]]
    assert [(trace.identity, trace.key) for trace in traces] == [
        (field(one, 1), field(one, 2)) for one in published
    ]
    assert [trace.key.hex() for trace in traces] == case["keys"]


@pytest.mark.parametrize("case", vector_cases("crowdnotifier", operation="trace"))
def test_their_message_opens_under_our_notification_key(case: Case) -> None:
    """`Trace`: 5 the nonce, 6 the sealed `AssociatedData`, in which 2 is the text."""
    key = bytes.fromhex(case["notification_key"])
    code = VenueCode.decode(bytes.fromhex(case["trace_code"]))
    assert secrets_of(code.payload).notification_key == key
    for one in (bytes.fromhex(trace) for trace in case["traces"]):
        opened = open_secretbox(key, field(one, 5), field(one, 6))
        assert (field(opened, 2), field(opened, 3)) == (b"Please take a test.", b"\x08\x01")


def stretch(case: Case) -> Stretch:
    """Return the stretch whose hours the library traces: its end is part of it."""
    return Stretch(Instant(case["start"]), Instant(case["end"] + 1))


def later(case: Case) -> Instant:
    return Instant(case["end"] + 2 * HOUR)


@pytest.mark.parametrize("case", vector_cases("crowdnotifier", operation="open", result="valid"))
def test_they_decrypt_what_ours_encrypts(case: Case) -> None:
    key = key_of(case["identity"], case["key"])
    assert key.decrypt(Ciphertext.decode(bytes.fromhex(case["ciphertext"]))).hex() == case["answer"]


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("c1-negated", VerificationError),
        ("c2-flipped", VerificationError),
        ("nonce-flipped", VerificationError),
        ("c3-flipped", VerificationError),
        ("an-r-of-ones-own", VerificationError),
        ("c1-of-order-13", MalformedError),
        ("c1-outside-the-group", MalformedError),
        ("c1-neutral", MalformedError),
    ],
)
@pytest.mark.spec("ENCRYPTION-3", "ENCRYPTION-7")
def test_what_they_refuse_of_ours_we_refuse(name: str, error: type[Dp3tError]) -> None:
    case = by_id(f"open-{name}")
    assert case["answer"] is None or case["answer"].startswith("error")
    with pytest.raises(error):
        key_of(case["identity"], case["key"]).decrypt(
            Ciphertext.decode(bytes.fromhex(case["ciphertext"]))
        )


@pytest.mark.parametrize("case", vector_cases("crowdnotifier", operation="match"))
def test_their_phone_matches_a_record_that_ours_encrypted(case: Case) -> None:
    """With the trace that their authority made for our venue."""
    assert case["answer"]["message"] == "Please take a test."
    assert (case["answer"]["arrival"], case["answer"]["departure"]) == (
        case["arrival"],
        case["departure"],
    )
    trace = by_id("trace-of-ours")
    key = key_of(trace["identities"][0], trace["keys"][0])
    said = json.loads(key.decrypt(Ciphertext.decode(bytes.fromhex(case["ciphertext"]))))
    assert said["arrivalTime"] == case["arrival"]


class TestSuppression:
    """The hole: the library believes the public key that comes with a pre-trace."""

    @pytest.mark.spec("ENCRYPTION-5", "PRETRACE-14")
    def test_a_substituted_public_key_passes_there_and_not_here(self) -> None:
        case = by_id("verify-suppression")
        assert case["answer"] is not None
        with pytest.raises(VerificationError, match="public key"):
            self.completed(case)

    def test_the_key_that_they_would_publish_opens_nobodys_record(self) -> None:
        case, honest = by_id("verify-suppression"), by_id("verify-honest")
        victim = Ciphertext.decode(bytes.fromhex(case["record"]))
        with pytest.raises(VerificationError):
            key_of(case["identity"], case["answer"]).decrypt(victim)
        assert key_of(case["identity"], honest["answer"]).decrypt(victim)

    def test_the_made_up_key_is_right_under_the_made_up_public_key(self) -> None:
        case = by_id("verify-suppression")
        made_up = G2Point.from_bytes(bytes.fromhex(case["public_key"]))
        key_of(case["identity"], case["answer"]).require_under(made_up)
        assert made_up != EntryCode.parse(bytes.fromhex(case["payload"])).public_key

    @pytest.mark.parametrize("case", vector_cases("crowdnotifier", operation="verify"))
    def test_a_pre_trace_is_completed_or_refused_by_the_payload_alone(self, case: Case) -> None:
        """Another public key beside it changes nothing, in either direction."""
        if case["result"] == "valid":
            assert self.completed(case).hex() == by_id("verify-honest")["answer"]
        else:
            with pytest.raises(VerificationError):
                self.completed(case)

    @staticmethod
    def completed(case: Case) -> bytes:
        request = TraceRequest(
            reference="R-1", stretch=Stretch(case["start"], Instant(case["start"] + HOUR))
        )
        pre = PreTrace(
            payload=bytes.fromhex(case["payload"]),
            sealed_share=bytes.fromhex(case["sealed_share"]),
            request=request,
            keys=(bytes.fromhex(case["part"]),),
        )
        (trace,) = complete(
            pre,
            X25519PrivateKey(bytes.fromhex(case["authority_private"])),
            request=request,
            text="x",
            now=Instant(case["start"] + 2 * HOUR),
            rand=Random(1).randbytes,
        )
        return trace.key


@pytest.mark.parametrize("case", vector_cases("crowdnotifier", operation="point"))
def test_a_point_that_they_take_is_refused_here(case: Case) -> None:
    kind = G1Point if case["group"] == 1 else G2Point
    with pytest.raises(MalformedError):
        kind.from_bytes(bytes.fromhex(case["point"]))


@pytest.mark.spec("PAIRING-3")
def test_they_take_points_of_other_orders() -> None:
    """So whoever reads such points with that library must check them in another way."""
    cases = [case for case in load("crowdnotifier")["cases"] if case["operation"] == "point"]
    taken = {case["id"] for case in cases if not case["answer"].startswith("error")}
    assert {"point-g1-of-order-3", "point-g2-of-order-13", "point-g2-neutral"} <= taken
    assert "point-g2-not-on-the-curve" not in taken


@pytest.mark.parametrize("case", vector_cases("crowdnotifier", operation="read"))
def test_they_read_no_code_of_ours_that_is_valid_now(case: Case) -> None:
    """The library needs both times and has the start in field 4: it takes our start for an end.

    We number them as CrowdNotifier's specification and Corona-Warn-App do. Identities and keys that
    the library derives from such a payload are ours all the same, as `derive-our-payload` and
    `trace-of-ours` show.
    """
    entry = EntryCode.parse(bytes.fromhex(case["payload"]))
    expected = {None: "error", 1_577_836_800: "error", 4_070_908_800: "Chợ"}
    assert case["answer"].startswith(expected[entry.start])
