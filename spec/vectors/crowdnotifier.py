"""Cases of CrowdNotifier's library: what it has made for us to read, and what it says of ours.

The library draws its own randomness, so its answers stand in a record; `spec/vectors/README.md`
says how to ask it again. What ours says is computed anew each time.
"""

import json
from collections.abc import Callable, Iterator
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

from dp3t.errors import Dp3tError, MalformedError
from dp3t.presence.encryption import Ciphertext, IdentityKey, partial_key
from dp3t.presence.entry import EntryCode
from dp3t.presence.identity import identity_of, interval_starts, secrets_of
from dp3t.presence.pairing import G1Point, G2Point, Scalar
from dp3t.presence.venue import VenueCode
from dp3t.primitives import open_box
from dp3t.timeline import Instant
from spec.vectors.builders import crowdnotifier_requests as requests

Case = dict[str, object]

_RECORD = Path(__file__).parent / "builders" / "crowdnotifier_record.json"
_VENUES = ("in-lausanne", "in-da-nang")
_VISITS = ("within-an-hour", "over-the-end-of-an-hour", "over-midnight")


def build() -> dict[str, object]:
    """Return the vector file.

    Raises:
        LookupError: the record answers other requests than are made now.
    """
    record = json.loads(_RECORD.read_text(encoding="utf-8"))
    if record["asked"] != sha256(requests.render().encode()).hexdigest():
        raise LookupError("the requests have changed: ask CrowdNotifier's library again")
    versions = ", ".join(f"{name} {version}" for name, version in record["versions"].items())
    return {
        "spec": ["IDENTITY-3", "ENCRYPTION-3"],
        "source": f"libcrowdnotifier {record['commit']}, run with {versions}: everything in "
        "cases of visit and trace, and `answer` in all; else ours",
        "cases": [
            *_derived(record),
            *_visits(record),
            *_traces(record),
            *_opened(record),
            _matched(record),
            *_verified(record),
            *_points(record),
            *_read(record),
        ],
    }


def _outcome(check: Callable[[], object]) -> str:
    try:
        check()
    except MalformedError:
        return "malformed"
    except Dp3tError:
        return "unauthentic"
    return "valid"


def _derived(record: Any) -> Iterator[Case]:
    for name, answer in zip(("our-payload", "their-payload"), record["derived"], strict=True):
        yield {
            "id": f"derive-{name}",
            "operation": "derive",
            "spec": ["IDENTITY-1", "IDENTITY-2", "IDENTITY-3"],
            "payload": answer["payload"],
            "start": answer["start"],
            "answer": {k: v for k, v in answer.items() if k not in ("payload", "start")},
            "result": "valid",
        }


def _secret_of(code: VenueCode, identity: bytes) -> IdentityKey:
    shares = code.share, requests.authority_share(code)
    one, other = (partial_key(share, identity=identity) for share in shares)
    return IdentityKey(identity=identity, key=one.plus(other))


def _visits(record: Any) -> Iterator[Case]:
    for venue, made in zip(_VENUES, record["venues"], strict=True):
        code = VenueCode.decode(bytes.fromhex(made["trace_code"]))
        for name, visit in zip(_VISITS, made["visits"], strict=True):
            starts = interval_starts(Instant(visit["arrival"]), Instant(visit["departure"]))
            keys = [
                _secret_of(code, identity_of(code.payload, start=Instant(start)))
                for start in starts
            ]
            sealed = [Ciphertext.decode(bytes.fromhex(one)) for one in visit["ciphertexts"]]
            messages = [key.decrypt(one) for key, one in zip(keys, sealed, strict=True)]
            yield {
                "id": f"visit-{venue}-{name}",
                "comment": "each message is the JSON that CrowdNotifier's library writes",
                "operation": "visit",
                "spec": ["IDENTITY-4", "ENCRYPTION-2", "ENCRYPTION-3"],
                "payload": made["payload"],
                **visit,
                "identities": [key.identity.hex() for key in keys],
                "keys": [key.key.to_bytes().hex() for key in keys],
                "messages": [message.hex() for message in messages],
                "result": "valid",
            }


def _traces(record: Any) -> Iterator[Case]:
    ours = {"trace_code": requests.our_venue().encode().hex(), **record["our_venue"]}
    made = dict(zip(_VENUES, record["venues"], strict=True)) | {"of-ours": ours}
    for name, trace in made.items():
        code = VenueCode.decode(bytes.fromhex(trace["trace_code"]))
        starts = interval_starts(Instant(trace["start"]), Instant(trace["end"]))
        identities = [identity_of(code.payload, start=Instant(start)) for start in starts]
        parts = [partial_key(code.share, identity=identity) for identity in identities]
        keys = [_secret_of(code, identity) for identity in identities]
        for key in keys:
            key.require_under(code.entry.public_key)
        yield {
            "id": f"trace-{name}",
            "comment": "protocol buffers PreTraceWithProof and Trace of CrowdNotifier's library",
            "operation": "trace",
            "spec": ["IDENTITY-4", "ENCRYPTION-4", "ENCRYPTION-5"],
            "authority_private": requests.AUTHORITY.to_bytes().hex(),
            **{k: trace[k] for k in ("trace_code", "start", "end", "pre_traces", "traces")},
            "notification_key": secrets_of(code.payload).notification_key.hex(),
            "identities": [identity.hex() for identity in identities],
            "parts": [part.to_bytes().hex() for part in parts],
            "keys": [key.key.to_bytes().hex() for key in keys],
            "result": "valid",
        }


def _decrypt(asked: requests.Case) -> bytes:
    identity, key, sealed = (
        bytes.fromhex(str(asked[name])) for name in ("identity", "key", "ciphertext")
    )
    secret = IdentityKey(identity=identity, key=G1Point.from_bytes(key))
    return secret.decrypt(Ciphertext.decode(sealed))


def _opened(record: Any) -> Iterator[Case]:
    for asked in requests.ciphertexts():
        yield {
            **asked,
            "id": f"open-{asked['id']}",
            "operation": "open",
            "spec": ["ENCRYPTION-2", "ENCRYPTION-3", "ENCRYPTION-7"],
            "answer": record["opened"][asked["id"]],
            "result": _outcome(partial(_decrypt, asked)),
        }


def _matched(record: Any) -> Case:
    (asked,) = (one for one in requests.ciphertexts() if one["id"] == "their-record")
    return {
        "id": "match-their-record-made-by-ours",
        "comment": "against the first trace of the case trace-of-ours",
        "operation": "match",
        "spec": ["ENCRYPTION-2", "IDENTITY-1"],
        "ciphertext": asked["ciphertext"],
        "arrival": requests.ARRIVAL,
        "departure": requests.DEPARTURE,
        "answer": record["match"],
        "result": "valid",
    }


def _complete(asked: requests.Case) -> None:
    """Do what an authority does with a pre-trace: believe the payload and nothing else."""
    payload, part, sealed_share = (
        bytes.fromhex(str(asked[name])) for name in ("payload", "part", "sealed_share")
    )
    identity = identity_of(payload, start=Instant(int(asked["start"])))
    share = Scalar.from_bytes(open_box(requests.AUTHORITY, sealed_share))
    whole = G1Point.from_bytes(part).plus(partial_key(share, identity=identity))
    IdentityKey(identity=identity, key=whole).require_under(EntryCode.parse(payload).public_key)


def _verified(record: Any) -> Iterator[Case]:
    (victim,) = (one for one in requests.ciphertexts() if one["id"] == "our-record")
    for asked in requests.pre_traces():
        yield {
            **asked,
            "id": f"verify-{asked['id']}",
            "operation": "verify",
            "spec": ["ENCRYPTION-5"],
            "authority_private": requests.AUTHORITY.to_bytes().hex(),
            "record": victim["ciphertext"],
            "answer": record["verified"][asked["id"]],
            "result": _outcome(partial(_complete, asked)),
        }


def _points(record: Any) -> Iterator[Case]:
    kinds = {1: G1Point.from_bytes, 2: G2Point.from_bytes}
    for asked in requests.points():
        data = bytes.fromhex(str(asked["point"]))
        yield {
            **asked,
            "id": f"point-{asked['id']}",
            "operation": "point",
            "spec": ["PAIRING-3"],
            "answer": record["taken"][asked["id"]],
            "result": _outcome(partial(kinds[int(asked["group"])], data)),
        }


def _read(record: Any) -> Iterator[Case]:
    for asked in requests.payloads():
        yield {
            **asked,
            "id": f"read-{asked['id']}",
            "operation": "read",
            "spec": ["ENTRY-10"],
            "answer": record["read"][asked["id"]],
            "result": "valid",
        }
