"""Cases of the managed chapter: passphrases, records, rooms, and one fault for each refusal."""

from collections.abc import Iterator
from io import BytesIO
from typing import cast

from dp3t.codec import Value, decode, encode
from dp3t.presence.entry import LocationType
from dp3t.presence.managed import Organisation, Passphrase
from dp3t.presence.pairing import G2Point, Scalar
from dp3t.primitives import X25519PrivateKey, open_box, seeded_random
from spec.vectors.builders.entry_payloads import REFERENCE

Case = dict[str, object]

_AUTHORITY = X25519PrivateKey(
    bytes.fromhex("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb")
)
"""Bob's of RFC 7748, 6.1."""
_DRAWN = bytes(range(32))
_PASSPHRASE = Passphrase.generate(rand=BytesIO(_DRAWN).read)
_TEXT = _PASSPHRASE.text()
_ROOMS = {"lecture-hall": "Giảng đường A2", "library": "Thư viện tầng 3"}

_REFERENCE_TEXT = "correct horse battery staple, twice: correct horse battery staple"
_REFERENCE_SHARE = "9b896a19e9740cab526fea8f7d5bd3e94f1771cfafa3f8b9e53aaf4676c0e842"
_REFERENCE_KEY = bytes.fromhex(
    "dc4fe9e3e69dc7b43f9b05f6120075dc02e016550c05bd9eba85306f348d3ab338a61b9b6bcc1ba6f27f5e90"
    "c2f26c15d96f9e862902ae1dcc65532e49f22807a63ce6acb8aa96b3971ccf5cc2317dc74f3857b6823f9e05"
    "68a1cedc60015812"
)
_REFERENCE_BOX = bytes.fromhex(
    "a8c476ec593fa1a3cff631eb70f010a67934568910d70704024b4bc130ede50fef2170b2de66765c4a3caf19"
    "18d91b40c3dae43ee0555b3bba4abdd08c664beb2a3d4b1d5cd8321a0f7c44707a049480"
)
"""Of its genOrgInit, version 2.1, for Bob: mskO, mpk and ctxtha."""


def build() -> dict[str, object]:
    """Return the vector file."""
    return {
        "spec": ["MANAGED-8"],
        "source": "ours; the authority's key is RFC 7748's (6.1, Bob); derived again by "
        "tests/oracle_entry.py",
        "cases": [
            *_passphrases(),
            *_refused_passphrases(),
            _reference(),
            _founded(),
            *_rooms(),
            *_records(),
        ],
    }


def _passphrases() -> Iterator[Case]:
    yield {
        "id": "draw-passphrase",
        "operation": "draw",
        "random": _DRAWN.hex(),
        "text": _TEXT,
        "share": _PASSPHRASE.share().to_bytes().hex(),
        "result": "valid",
        "spec": ["MANAGED-1", "MANAGED-4"],
    }
    others = {
        "of-43-characters": "A" * 43,
        "of-1024-characters": "\N{LATIN SMALL LETTER D WITH STROKE}" * 1024,
        "in-hexadecimal": bytes(range(32)).hex(),
        "with-spaces-inside": " ".join("x" * 22),
    }
    for name, text in others.items():
        yield {
            "id": f"passphrase-{name}",
            "operation": "passphrase",
            "text": text,
            "share": Passphrase(text).share().to_bytes().hex(),
            "result": "valid",
            "spec": ["MANAGED-2", "MANAGED-4"],
        }


def _refused_passphrases() -> Iterator[Case]:
    last = {"P": "Q"}.get(_TEXT[-1], "P")
    given = {
        "of-42-characters": ("MANAGED-2", "A" * 42),
        "of-1025-characters": ("MANAGED-2", "A" * 1025),
        "empty": ("MANAGED-2", ""),
        "with-a-space-before": ("MANAGED-2", " " + _TEXT),
        "with-a-line-break-behind": ("MANAGED-2", _TEXT + "\n"),
        "with-its-prefix-in-capitals": ("MANAGED-3", "DP3T-" + _TEXT[5:]),
        "with-a-letter-changed": ("MANAGED-3", _TEXT.replace("AAEC", "AAED")),
        "with-its-last-letter-changed": ("MANAGED-3", _TEXT[:-1] + last),
        "without-its-last-letter": ("MANAGED-3", _TEXT[:-1]),
        "with-a-letter-more": ("MANAGED-3", _TEXT + "A"),
        "without-its-check": ("MANAGED-3", _TEXT[:-6]),
        "with-a-prefix-and-no-base64": ("MANAGED-3", "dp3t-" + "!" * 48),
    }
    for name, (clause, text) in given.items():
        yield {
            "id": f"passphrase-{name}",
            "operation": "passphrase",
            "text": text,
            "result": "malformed",
            "spec": [clause],
        }


def _reference() -> Case:
    return {
        "id": "organisation-of-crowdnotifier-v2.1",
        "operation": "organisation",
        "source": REFERENCE,
        "passphrase": _REFERENCE_TEXT,
        "share": _REFERENCE_SHARE,
        "authority_private": _AUTHORITY.to_bytes().hex(),
        "authority_share": open_box(_AUTHORITY, _REFERENCE_BOX).hex(),
        "public_key": _REFERENCE_KEY.hex(),
        "sealed_share": _REFERENCE_BOX.hex(),
        "result": "valid",
        "spec": ["MANAGED-4", "MANAGED-5"],
    }


def _random() -> bytes:
    """Return what is drawn for an organisation; the highest byte lets no draw be repeated."""
    drawn = seeded_random(bytes(32), label=b"organisation")
    return drawn(31) + b"\x21" + drawn(32)


def _organisation() -> Organisation:
    rand = BytesIO(_random()).read
    return Organisation.found(_PASSPHRASE, authority=_AUTHORITY.public(), rand=rand)


def _with_rooms() -> Organisation:
    organisation = _organisation()
    for number, description in enumerate(_ROOMS.values()):
        organisation, _ = organisation.with_room(
            description=description,
            address="Đại học Đà Nẵng",
            rand=BytesIO(bytes([number]) * 16).read,
            location_type=LocationType.PERMANENT_EDUCATIONAL_INSTITUTION,
            default_stay_seconds=5400,
        )
    return organisation


def _founded() -> Case:
    organisation = _organisation()
    return {
        "id": "found",
        "operation": "found",
        "passphrase": _TEXT,
        "authority": _AUTHORITY.public().to_bytes().hex(),
        "authority_private": _AUTHORITY.to_bytes().hex(),
        "random": _random().hex(),
        "authority_share": open_box(_AUTHORITY, organisation.sealed_share).hex(),
        "public_key": organisation.public_key.to_bytes().hex(),
        "sealed_share": organisation.sealed_share.hex(),
        "record": organisation.encode().hex(),
        "result": "valid",
        "spec": ["MANAGED-5", "MANAGED-8", "MANAGED-9"],
    }


def _rooms() -> Iterator[Case]:
    organisation = _with_rooms()
    for number, (name, description) in enumerate(_ROOMS.items()):
        payload = organisation.payloads[number]
        yield {
            "id": f"room-{name}",
            "operation": "room",
            "record": _organisation().encode().hex(),
            "description": description,
            "address": "Đại học Đà Nẵng",
            "location_type": LocationType.PERMANENT_EDUCATIONAL_INSTITUTION.value,
            "default_stay_seconds": 5400,
            "random": (bytes([number]) * 16).hex(),
            "payload": payload.hex(),
            "passphrase": _TEXT,
            "trace_code": organisation.trace_code(payload, passphrase=_PASSPHRASE).encode().hex(),
            "result": "valid",
            "spec": ["MANAGED-6", "MANAGED-7"],
        }


def _record(**values: Value) -> bytes:
    fields = cast(dict[str, Value], decode(_with_rooms().encode(), limit_bytes=4096))
    return encode({**fields, **values})


def _records() -> Iterator[Case]:
    organisation = _with_rooms()
    yield {
        "id": "read-two-rooms",
        "operation": "read",
        "record": organisation.encode().hex(),
        "payloads": [payload.hex() for payload in organisation.payloads],
        "public_key": organisation.public_key.to_bytes().hex(),
        "sealed_share": organisation.sealed_share.hex(),
        "result": "valid",
    }
    stranger = G2Point.of(Scalar.of_hash(b"x")).to_bytes()
    given = {
        "empty": b"",
        "cut": _record()[:-1],
        "a-byte-more": _record() + b"\0",
        "version-2": _record(version=2),
        "unknown-field": _record(x=1),
        "owners-public-key": _record(owner_key=stranger),
        "public-key-of-a-stranger": _record(public_key=stranger),
        "public-key-neutral": _record(public_key=bytes(96), payloads=[]),
        "public-key-of-95-bytes": _record(public_key=stranger[:-1], payloads=[]),
        "box-of-79-bytes": _record(sealed_share=organisation.sealed_share[:-1]),
        "room-is-text": _record(payloads=["x"]),
        "room-that-nobody-reads": _record(payloads=[organisation.payloads[0][:-1]]),
        "rooms-are-no-list": _record(payloads=organisation.payloads[0]),
    }
    for name, record in given.items():
        yield {
            "id": f"read-{name}",
            "operation": "read",
            "record": record.hex(),
            "result": "malformed",
        }
