"""Cases of the venue chapter: setting up, private codes, and one fault for each refusal."""

from collections.abc import Iterator
from io import BytesIO

from dp3t.presence import presence_pb2 as pb
from dp3t.presence.entry import LocationType
from dp3t.presence.messages import encoded
from dp3t.presence.pairing import ORDER
from dp3t.presence.venue import MAX_TRACE_CODE_BYTES, VenueCode, set_up
from dp3t.primitives import X25519PrivateKey, open_box, seeded_random
from dp3t.timeline import Instant
from spec.vectors.builders.entry_payloads import REFERENCE, REFERENCE_PAYLOAD

Case = dict[str, object]

_AUTHORITY = X25519PrivateKey(
    bytes.fromhex("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb")
)
"""Bob's of RFC 7748, 6.1."""
_SEED = bytes(range(32))
_PLACES: dict[str, tuple[str, str, int, int]] = {
    "market": ("Chợ Đồng Xuân", "Hoàn Kiếm, Hà Nội", 0, 0),
    "event": ("Book fair", "Hall 2", 1_625_486_400, 1_625_522_400),
}

_REFERENCE_CODE = (
    bytes.fromhex("080312cf01")
    + REFERENCE_PAYLOAD
    + bytes.fromhex(
        "1a20e2dddcf7134f33a6841033d8a4a1f3c4fd7572127458ed0793a6e6e1c04df254225008fb19ce1f0a"
        "8f48520291bb730a94e2bfd61d2d36187a3fd6d72b3d04310e4f8e5a06f0902f84b7e099dc1c4cc6ac38"
        "c15a8a55af4a727a2c58f3e0b6d55667fc34efdddd42dfcc5807ae50ac913ed6"
    )
)
"""Of its setupLocation, for Bob."""


def build() -> dict[str, object]:
    """Return the vector file."""
    return {
        "spec": ["VENUE-7"],
        "source": "ours; the authority's key is RFC 7748's (6.1, Bob); derived again by "
        "tests/oracle_entry.py",
        "cases": [*_set_up(), *_read(), *_refused()],
    }


def _venue(name: str) -> tuple[bytes, VenueCode]:
    """Return what is drawn for a venue, 112 bytes, and its code."""
    description, address, start, end = _PLACES[name]
    drawn = seeded_random(_SEED, label=name.encode())
    # The highest byte of each share is small, so that no draw is repeated.
    random = b"".join((drawn(31), b"\x33", drawn(31), b"\x44", drawn(32), drawn(16)))
    code = set_up(
        description=description,
        address=address,
        authority=_AUTHORITY.public(),
        rand=BytesIO(random).read,
        start=Instant(start) if start else None,
        end=Instant(end) if end else None,
        location_type=LocationType.PERMANENT_RETAIL,
        default_stay_seconds=3600,
    )
    return random, code


def _set_up() -> Iterator[Case]:
    for name, (description, address, start, end) in _PLACES.items():
        random, code = _venue(name)
        yield {
            "id": f"set-up-{name}",
            "operation": "set-up",
            "description": description,
            "address": address,
            "start": start,
            "end": end,
            "location_type": LocationType.PERMANENT_RETAIL.value,
            "default_stay_seconds": 3600,
            "authority": _AUTHORITY.public().to_bytes().hex(),
            "authority_private": _AUTHORITY.to_bytes().hex(),
            "random": random.hex(),
            **_values(code),
            "authority_share": open_box(_AUTHORITY, code.sealed_share).hex(),
            "code": code.encode().hex(),
            "text": code.text(),
            "result": "valid",
            "spec": ["VENUE-1", "VENUE-2", "VENUE-3", "VENUE-6", "ENTRY-21"],
        }


def _values(code: VenueCode) -> Case:
    return {
        "payload": code.payload.hex(),
        "share": code.share.to_bytes().hex(),
        "sealed_share": code.sealed_share.hex(),
    }


def _message(**values: int | bytes) -> bytes:
    _, code = _venue("market")
    message = pb.QRCodeTrace.FromString(code.encode())
    for name, value in values.items():
        setattr(message, name, value)
    return encoded(message)


def _filled(length: int) -> bytes:
    rest = length - len(_message()) - 3
    return _message() + b"\x7a" + bytes([rest & 0x7F | 0x80, rest >> 7]) + bytes(rest)


def _read() -> Iterator[Case]:
    given = {
        "version-3": _message(version=3),
        "version-4": _message(version=4),
        "unknown-fields": _message() + bytes.fromhex("2a0100"),
        "2048-bytes": _filled(MAX_TRACE_CODE_BYTES),
        "largest-share": _message(master_secret_key_location=(ORDER - 1).to_bytes(32, "little")),
        "smallest-share": _message(master_secret_key_location=(1).to_bytes(32, "little")),
    }
    for name, code in given.items():
        yield {
            "id": f"read-{name}",
            "operation": "read",
            "code": code.hex(),
            **_values(VenueCode.decode(code)),
            "result": "valid",
        }
    reference = VenueCode.decode(_REFERENCE_CODE)
    yield {
        "id": "read-of-crowdnotifier-v3",
        "operation": "read",
        "source": REFERENCE,
        "code": _REFERENCE_CODE.hex(),
        **_values(reference),
        "authority_private": _AUTHORITY.to_bytes().hex(),
        "authority_share": open_box(_AUTHORITY, reference.sealed_share).hex(),
        "result": "valid",
        "spec": ["VENUE-2", "VENUE-3", "VENUE-7"],
    }


def _refused() -> Iterator[Case]:
    _, venue = _venue("market")
    share, sealed, payload = venue.share.to_bytes(), venue.sealed_share, venue.payload
    given = {
        "empty": b"",
        "version-0": _message(version=0),
        "version-2": _message(version=2),
        "version-5": _message(version=5),
        "cut": _message()[:-1],
        "not-a-protocol-buffer": b"\x0f" + _message(),
        "no-payload": _message(qr_code_payload=b""),
        "payload-cut": _message(qr_code_payload=payload[:-1]),
        "payload-of-version-2": _message(qr_code_payload=b"\x08\x02" + payload[2:]),
        "entry-code": payload,
        "no-share": _message(master_secret_key_location=b""),
        "share-of-31-bytes": _message(master_secret_key_location=share[:-1]),
        "share-of-33-bytes": _message(master_secret_key_location=share + b"\0"),
        "share-zero": _message(master_secret_key_location=bytes(32)),
        "share-is-the-order": _message(master_secret_key_location=ORDER.to_bytes(32, "little")),
        "share-all-ones": _message(master_secret_key_location=b"\xff" * 32),
        "no-box": _message(cipher_text_health_authority=b""),
        "box-of-79-bytes": _message(cipher_text_health_authority=sealed[:-1]),
        "box-of-81-bytes": _message(cipher_text_health_authority=sealed + b"\0"),
    }
    for name, code in given.items():
        yield _refusal(name, code, "malformed")
    yield _refusal("2049-bytes", _filled(MAX_TRACE_CODE_BYTES + 1), "limit")


def _refusal(name: str, code: bytes, result: str) -> Case:
    return {"id": f"read-{name}", "operation": "read", "code": code.hex(), "result": result}
