"""Cases of the signing chapter; its keys and helpers serve the batch and the index too."""

from collections.abc import Iterator
from hashlib import sha512

from dp3t.codec import Value, encode
from dp3t.publication.signing import SigningKey, TrustedKeys, VerificationKey
from dp3t.timeline import Instant

NOON = Instant(1_625_486_400)
"""2021-07-05T12:00:00Z, a release time."""

DAY = 86_400

FIRST = SigningKey(
    seed=bytes(range(32)), valid_from=Instant(NOON - 60 * DAY), valid_until=Instant(NOON + 30 * DAY)
)
SECOND = SigningKey(
    seed=bytes(range(32, 64)),
    valid_from=Instant(NOON - 10 * DAY),
    valid_until=Instant(NOON + 80 * DAY),
)
ENDED = SigningKey(
    seed=bytes(range(64, 96)),
    valid_from=Instant(NOON - 90 * DAY),
    valid_until=Instant(NOON - 20 * DAY),
)
UNTRUSTED = SigningKey(
    seed=bytes(range(96, 128)), valid_from=FIRST.valid_from, valid_until=FIRST.valid_until
)
BATCH_CONTEXT = "dp3t batch 1"
INDEX_CONTEXT = "dp3t index 1"

_GROUP_ORDER = 2**252 + 27742317777372353535851937790883648493
_NEUTRAL = bytes([1]) + bytes(31)
"""The encoding of the neutral point: a public key under which S = 0 fits any message."""
_BASE_POINT_MOVED = bytes.fromhex(
    "9599999999999999999999999999999999999999999999999999999999999999"
)
"""The encoding of the base point plus (0, -1), the point of order 2."""
_ODD_R = {
    "r-of-small-order": (0, _NEUTRAL, "R is neutral; its holder can do this for any message"),
    "r-moved-by-small-order": (1, _BASE_POINT_MOVED, "fits only the equation with the cofactor"),
}
"""By name: what R is a multiple of the base point by, R, and what is wrong with it."""

Case = dict[str, object]


def trusted(*keys: SigningKey) -> list[dict[str, object]]:
    """Return the keys as a reader holds them, for JSON."""
    return [key_as_json(key.public()) for key in keys]


def key_as_json(key: VerificationKey) -> dict[str, object]:
    """Return a verification key for JSON."""
    return {
        "public": key.public.hex(),
        "valid_from": key.valid_from,
        "valid_until": key.valid_until,
    }


def flipped(data: bytes, place: int) -> bytes:
    """Return the bytes with the lowest bit of one of them changed."""
    altered = bytearray(data)
    altered[place] ^= 1
    return bytes(altered)


def unsorted_map(value: dict[str, Value]) -> bytes:
    """Return a map that is canonical but for its entries, which descend."""
    entries = (encode(key) + encode(value[key]) for key in sorted(value, reverse=True))
    return bytes([0x80 | len(value)]) + b"".join(entries)


def doubled_map(value: dict[str, Value]) -> bytes:
    """Return a map that is canonical but for its first entry, which comes twice."""
    first = min(value)
    rest = encode(value)[1:]
    return bytes([0x81 + len(value)]) + encode(first) + encode(value[first]) + rest


def alterations(data: bytes) -> Iterator[Case]:
    """Yield faults of any signed file, for a reader that trusts its key."""
    places = {"key-id": 0, "signature": 8, "signature-end": 71, "payload": 72, "payload-end": -1}
    for name, place in places.items():
        yield {
            "id": f"bit-flipped-in-{name}",
            "comment": f"one bit of the {name.replace('-', ' ')} is another",
            "flags": ["signature"],
            "file": flipped(data, place).hex(),
            "result": "unauthentic",
        }
    for name, file in {"truncated": data[:-1], "byte-after-the-end": data + b"\0"}.items():
        yield {
            "id": name,
            "comment": "the signature is over the exact bytes",
            "flags": ["signature"],
            "file": file.hex(),
            "result": "unauthentic",
        }
    for name, length in {"empty-file": 0, "head-truncated": 71}.items():
        yield {
            "id": name,
            "comment": "shorter than key id and signature",
            "flags": ["length"],
            "file": data[:length].hex(),
            "result": "malformed",
        }


def build() -> dict[str, object]:
    """Return the vector file."""
    return {
        "spec": ["SIGNING-1", "SIGNING-2", "SIGNING-3"],
        "source": "ours; Ed25519 of RFC 8032 by libsodium, re-derived by tests/oracle.py",
        "cases": [*_files(), *_faults(), *_lifetimes(), *_keys(), *_trust()],
    }


def _files() -> Iterator[Case]:
    payloads = {"one-byte": b"\x80", "empty": b"", "256-bytes": bytes(range(256))}
    for name, payload in payloads.items():
        for context in (BATCH_CONTEXT, INDEX_CONTEXT):
            yield {
                "id": f"payload-{name}-{context.split()[1]}",
                "comment": "key id, signature, payload; the context is signed and not sent",
                "flags": [],
                "operation": "open",
                "seed": SECOND.seed.hex(),
                "context": context,
                "trusted": trusted(FIRST, SECOND),
                "file": SECOND.sign(payload, context=context).hex(),
                "result": "valid",
                "payload": payload.hex(),
                "key_id": SECOND.public().key_id.hex(),
            }


def _faults() -> Iterator[Case]:
    data = FIRST.sign(b"the payload", context=BATCH_CONTEXT)
    base: Case = {"operation": "open", "context": BATCH_CONTEXT, "trusted": trusted(FIRST)}
    for case in alterations(data):
        yield base | case
    index = FIRST.sign(b"the payload", context=INDEX_CONTEXT)
    yield base | {
        "id": "index-presented-as-batch",
        "comment": "the same payload and key, signed for another kind of file",
        "flags": ["signature"],
        "file": index.hex(),
        "result": "unauthentic",
    }
    yield base | {
        "id": "untrusted-key",
        "comment": "a good signature by a key the reader does not trust",
        "flags": ["key"],
        "file": UNTRUSTED.sign(b"the payload", context=BATCH_CONTEXT).hex(),
        "result": "unauthentic",
    }
    yield base | {
        "id": "no-trusted-keys",
        "comment": "a reader without keys trusts nobody",
        "flags": ["key"],
        "trusted": [],
        "file": data.hex(),
        "result": "unauthentic",
    }
    s = int.from_bytes(data[40:72], "little") + _GROUP_ORDER
    yield base | {
        "id": "s-not-reduced",
        "comment": "S plus the order of the group satisfies the equation and is refused",
        "spec": ["SIGNING-9"],
        "flags": ["signature"],
        "file": (data[:40] + s.to_bytes(32, "little") + data[72:]).hex(),
        "result": "unauthentic",
    }
    for name, (nonce, r, comment) in _ODD_R.items():
        yield base | {
            "id": name,
            "comment": comment,
            "spec": ["SIGNING-9"],
            "flags": ["signature"],
            "file": _signed_with(data, nonce, r).hex(),
            "result": "unauthentic",
        }
    neutral = VerificationKey(
        public=_NEUTRAL, valid_from=FIRST.valid_from, valid_until=FIRST.valid_until
    )
    yield base | {
        "id": "public-key-of-small-order",
        "comment": "R neutral and S zero satisfy the equation for every message",
        "spec": ["SIGNING-9"],
        "flags": ["signature", "key"],
        "trusted": [key_as_json(neutral)],
        "file": (neutral.key_id + _NEUTRAL + bytes(32) + b"the payload").hex(),
        "result": "unauthentic",
    }


def _signed_with(data: bytes, nonce: int, r: bytes) -> bytes:
    """Return a file of the first key with another R, and the S that goes with it."""
    message = bytes([len(BATCH_CONTEXT)]) + BATCH_CONTEXT.encode() + data[:8] + data[72:]
    clamped = int.from_bytes(sha512(FIRST.seed).digest()[:32], "little") % 2**254 & ~7 | 2**254
    hashed = sha512(r + FIRST.public().public + message).digest()
    s = (nonce + int.from_bytes(hashed, "little") * clamped) % _GROUP_ORDER
    return data[:8] + r + s.to_bytes(32, "little") + data[72:]


def _lifetimes() -> Iterator[Case]:
    moments = {
        "first-moment": (FIRST.valid_from, "valid"),
        "moment-before-the-first": (FIRST.valid_from - 1, "unauthentic"),
        "last-moment": (FIRST.valid_until - 1, "valid"),
        "moment-after-the-last": (FIRST.valid_until, "unauthentic"),
    }
    for name, (moment, result) in moments.items():
        yield {
            "id": f"lifetime-{name}",
            "comment": "valid_from belongs to the lifetime, valid_until does not",
            "spec": ["SIGNING-4"],
            "flags": ["lifetime"],
            "operation": "lifetime",
            "key": key_as_json(FIRST.public()),
            "moment": moment,
            "result": result,
        }


def _keys() -> Iterator[Case]:
    public = FIRST.public().public
    good: dict[str, Value] = {"public": public, "valid_from": 0, "valid_until": 2**32 - 1}
    values: dict[str, tuple[dict[str, Value], str]] = {
        "longest-lifetime": (good, "valid"),
        "public-31-bytes": (good | {"public": public[:31]}, "malformed"),
        "public-33-bytes": (good | {"public": public + b"\0"}, "malformed"),
        "public-as-text": (good | {"public": public.hex()[:32]}, "malformed"),
        "lifetime-of-no-length": (good | {"valid_from": 2**32 - 1}, "malformed"),
        "lifetime-reversed": (good | {"valid_from": 7, "valid_until": 6}, "malformed"),
        "lifetime-before-1970": (good | {"valid_from": -1}, "malformed"),
        "lifetime-beyond-32-bits": (good | {"valid_until": 2**32}, "malformed"),
        "key-with-an-unknown-field": (good | {"key_id": b""}, "malformed"),
        "key-without-end": ({"public": public, "valid_from": 0}, "malformed"),
    }
    for name, (value, result) in values.items():
        yield {
            "id": name,
            "comment": "a verification key as an index writes it",
            "spec": ["CODEC-7"],
            "flags": ["key"],
            "operation": "key",
            "encoded": encode(value).hex(),
            "result": result,
        }


def _trust() -> Iterator[Case]:
    longer = VerificationKey(
        public=FIRST.public().public, valid_from=Instant(0), valid_until=Instant(2**32 - 1)
    )
    shorter = VerificationKey(
        public=FIRST.public().public,
        valid_from=FIRST.valid_from,
        valid_until=Instant(FIRST.valid_from + 1),
    )
    announced = {"new-key": SECOND.public(), "longer-life": longer, "shorter-life": shorter}
    for name, key in announced.items():
        after = TrustedKeys([FIRST.public()]).with_keys([key])
        yield {
            "id": f"announced-{name}",
            "comment": "a key that is known keeps the lifetime it is known with",
            "spec": ["SIGNING-5"],
            "flags": ["rotation"],
            "operation": "announce",
            "trusted": trusted(FIRST),
            "announced": [key_as_json(key)],
            "result": "valid",
            "trusted_after": [key_as_json(each) for each in after],
        }
