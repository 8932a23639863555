"""Payloads of entry codes that other programs might write, good ones and such with one fault."""

from collections.abc import Callable
from typing import NamedTuple

from dp3t.presence import presence_pb2 as pb
from dp3t.presence.entry import EntryCode, LocationType
from dp3t.presence.messages import encoded
from dp3t.presence.pairing import G2Point, Scalar
from dp3t.timeline import Instant

KEY = G2Point.of(Scalar.of_hash(b"a public key for vectors"))
NOON = Instant(18_813 * 86_400 + 43_200)
_SURGEON = "\N{FACE WITH MEDICAL MASK}"
_NOT_ON_THE_CURVE = b"\x01" + bytes(95)
_OF_ANOTHER_ORDER = b"\x02" + bytes(95)

REFERENCE = "libcrowdnotifier 1.4.0-prerelease5 of npm, run for this file"
REFERENCE_PAYLOAD = bytes.fromhex(
    "0803123c080312134368e1bba320c490e1bb936e67205875c3a26e1a17486fc3a06e204b69e1babf6d2c2048"
    "c3a0204ee1bb996920c0e88b870628c08b9187061a8601080312605cae12ab4a53aaa254bf54adb9dd221b88"
    "2201252c16546f13519d3b11d6041a0ed1012c513ba8265de2e9a2a60cef12faec84ff95c4d5b82973854924"
    "611163ebd65081f178a89f8479f8cabff2982662c947329c998f3d8a2f08d1f3c228831a204b67c11b2a7017"
    "d8ba7c7f858f7b4990b4d87265f589229de089aed9f3c9eafc220408031001"
)
"""Of its setupLocation, version 3."""
_SWISSCOVID_PAYLOAD = bytes.fromhex(
    "08041215080412034261721a0020c0e88b870628c0c8fb9e261a860108041260dc4fe9e3e69dc7b43f9b05f6"
    "120075dc02e016550c05bd9eba85306f348d3ab338a61b9b6bcc1ba6f27f5e90c2f26c15d96f9e862902ae1d"
    "cc65532e49f22807a63ce6acb8aa96b3971ccf5cc2317dc74f3857b6823f9e0568a1cedc600158121a20c4e8"
    "55d95491382c981d09ee9fd2118f63f7aa5d8bac16b4f40c6ab6f1a993f0221b080410002080e8dd0d2880dc"
    "cc14320bc0ee6d80dddb0180bab703"
)
"""Of its createLocationData, version 4, which SwissCovid used."""

WRITTEN: dict[str, EntryCode] = {
    "permanent-place-for-every-app": EntryCode.create(
        description="Chợ Đồng Xuân",
        address="Phố Đồng Xuân, Hoàn Kiếm, Hà Nội",
        public_key=KEY,
        seed=bytes(range(16)),
        location_type=LocationType.PERMANENT_RETAIL,
        default_stay_seconds=3600,
    ),
    "event-with-times-and-a-seed-of-32-bytes": EntryCode.create(
        description="Book fair",
        address="Hall 2",
        public_key=KEY,
        seed=bytes(range(32)),
        start=NOON,
        end=Instant(NOON + 36_000),
        location_type=LocationType.TEMPORARY_CULTURAL_EVENT,
    ),
    "longest-texts-and-stay": EntryCode.create(
        description="ắ" * 100,
        address=_SURGEON * 100,
        public_key=KEY,
        seed=bytes(16),
        default_stay_seconds=86_400,
    ),
    "start-is-end-and-shortest-stay": EntryCode.create(
        description="x",
        address="y",
        public_key=KEY,
        seed=bytes(16),
        start=Instant(1),
        end=Instant(1),
        location_type=LocationType.UNSPECIFIED,
        default_stay_seconds=60,
    ),
    "latest-times": EntryCode.create(
        description="x",
        address="y",
        public_key=KEY,
        seed=bytes(16),
        start=Instant(2**32 - 1),
        end=Instant(2**32 - 1),
    ),
}


class Given(NamedTuple):
    """A payload, the clause that it is about, and what a reader makes of it."""

    payload: bytes
    clause: str
    result: str = "valid"
    source: str = ""


def _changed(change: Callable[[pb.QRCodePayload], object]) -> bytes:
    message = pb.QRCodePayload(
        version=1,
        location_data=pb.TraceLocation(version=1, description=b"Market", address=b"Street 1"),
        crowd_notifier_data=pb.CrowdNotifierData(
            version=1, public_key=KEY.to_bytes(), cryptographic_seed=bytes(range(16))
        ),
        vendor_data=bytes.fromhex("08011003183c"),
    )
    change(message)
    return encoded(message)


def _location(**values: int | bytes) -> bytes:
    def change(message: pb.QRCodePayload) -> None:
        for name, value in values.items():
            setattr(message.location_data, name, value)

    return _changed(change)


def _keys(**values: bytes) -> bytes:
    def change(message: pb.QRCodePayload) -> None:
        for name, value in values.items():
            setattr(message.crowd_notifier_data, name, value)

    return _changed(change)


def _top(**values: int | bytes) -> bytes:
    def change(message: pb.QRCodePayload) -> None:
        for name, value in values.items():
            setattr(message, name, value)

    return _changed(change)


_GOOD = _top()
_PARTS = {
    name: encoded(part)
    for name, part in (
        ("version", pb.QRCodePayload(version=1)),
        ("place", pb.QRCodePayload(location_data=pb.TraceLocation(description=b"Market"))),
        ("address", pb.QRCodePayload(location_data=pb.TraceLocation(address=b"Street 1"))),
        (
            "keys",
            pb.QRCodePayload(
                crowd_notifier_data=pb.CrowdNotifierData(
                    public_key=KEY.to_bytes(), cryptographic_seed=bytes(16)
                )
            ),
        ),
    )
}


def _filled(length: int) -> bytes:
    """Return a payload of this length with an unknown field 15 at its end."""
    rest = length - len(_GOOD) - 3
    return _GOOD + b"\x7a" + bytes([rest & 0x7F | 0x80, rest >> 7]) + bytes(rest)


READ: dict[str, Given] = {
    "1024-bytes": Given(_filled(1024), "ENTRY-1"),
    "version-3": Given(_top(version=3), "ENTRY-3"),
    "version-4": Given(_top(version=4), "ENTRY-3"),
    "unknown-fields": Given(_GOOD + bytes.fromhex("f80101fd0101020304"), "ENTRY-4"),
    "the-last-of-two-versions-counts": Given(b"\x08\x09" + _GOOD, "ENTRY-4"),
    "any-order-and-a-location-in-two-parts": Given(
        b"".join(_PARTS[name] for name in ("keys", "address", "version", "place")), "ENTRY-4"
    ),
    "vendor-data-spelt-empty": Given(_top(vendor_data=b"") + b"\x22\x00", "ENTRY-4"),
    "seed-of-32-bytes": Given(_keys(cryptographic_seed=bytes(32)), "ENTRY-7"),
    "no-address": Given(_location(address=b""), "ENTRY-8"),
    "description-of-100-characters-in-400-bytes": Given(
        _location(description=(_SURGEON * 100).encode()), "ENTRY-8"
    ),
    "joiners": Given(_location(description="\u0646\u200c\u0645\u200d".encode()), "ENTRY-9"),
    "times-in-5-and-6": Given(_location(timestamp_5=NOON, timestamp_6=NOON + 1), "ENTRY-11"),
    "times-in-4-and-5": Given(_location(timestamp_4=NOON, timestamp_5=NOON + 1), "ENTRY-11"),
    "start-in-4-alone": Given(_location(timestamp_4=NOON), "ENTRY-11"),
    "start-in-5-alone": Given(_location(timestamp_5=NOON), "ENTRY-11"),
    "end-in-6-alone": Given(_location(timestamp_6=NOON), "ENTRY-11"),
    "a-zero-in-4-and-the-end-in-5": Given(_location(timestamp_4=0, timestamp_5=NOON), "ENTRY-11"),
    "a-zero-in-6": Given(_location(timestamp_5=NOON, timestamp_6=0), "ENTRY-12"),
    "end-of-2-to-the-32": Given(_location(timestamp_5=NOON, timestamp_6=2**32), "ENTRY-12"),
    "last-start-and-last-end": Given(
        _location(timestamp_5=2**32 - 1, timestamp_6=2**32 - 1), "ENTRY-12"
    ),
    "stay-of-1440-minutes": Given(_top(vendor_data=bytes.fromhex("080118a00b")), "ENTRY-15"),
    "stay-of-1441-minutes": Given(_top(vendor_data=bytes.fromhex("080118a10b")), "ENTRY-15"),
    "stay-of-0-minutes": Given(_top(vendor_data=bytes.fromhex("08011800")), "ENTRY-15"),
    "vendor-data-with-a-room-in-3": Given(_top(vendor_data=b"\x08\x01\x1a\x01A"), "ENTRY-15"),
    "vendor-data-that-do-not-parse": Given(_top(vendor_data=b"\x07"), "ENTRY-15"),
    "of-crowdnotifier-v3": Given(REFERENCE_PAYLOAD, "ENTRY-11", source=REFERENCE),
    "of-swisscovid-v4": Given(_SWISSCOVID_PAYLOAD, "ENTRY-12", source=REFERENCE),
}
"""What a reader takes."""


def _malformed(payload: bytes, clause: str) -> Given:
    return Given(payload, clause, "malformed")


FAULTS: dict[str, Given] = {
    "1025-bytes": Given(_filled(1025), "ENTRY-1", "limit"),
    "version-0": _malformed(_top(version=0), "ENTRY-3"),
    "version-2": _malformed(_top(version=2), "ENTRY-3"),
    "version-5": _malformed(_top(version=5), "ENTRY-3"),
    "empty": _malformed(b"", "ENTRY-3"),
    "cut": _malformed(_GOOD[:-1], "ENTRY-5"),
    "not-a-protocol-buffer": _malformed(b"\x0f" + _GOOD, "ENTRY-5"),
    "location-is-no-message": _malformed(_GOOD + b"\x12\x01\x0f", "ENTRY-5"),
    "no-location": _malformed(_PARTS["version"] + _PARTS["keys"], "ENTRY-5"),
    "no-crowd-notifier-data": _malformed(
        _PARTS["version"] + _PARTS["place"] + _PARTS["address"], "ENTRY-5"
    ),
    "no-public-key": _malformed(_keys(public_key=b""), "ENTRY-6"),
    "public-key-of-95-bytes": _malformed(_keys(public_key=KEY.to_bytes()[:-1]), "ENTRY-6"),
    "public-key-of-97-bytes": _malformed(_keys(public_key=KEY.to_bytes() + b"\0"), "ENTRY-6"),
    "public-key-of-p-256": _malformed(
        _keys(public_key=bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d030107034200")),
        "ENTRY-6",
    ),
    "public-key-not-on-the-curve": _malformed(_keys(public_key=_NOT_ON_THE_CURVE), "ENTRY-6"),
    "public-key-outside-the-group": _malformed(_keys(public_key=_OF_ANOTHER_ORDER), "ENTRY-6"),
    "public-key-neutral": _malformed(_keys(public_key=bytes(96)), "ENTRY-6"),
    **{
        f"seed-of-{length}-bytes": _malformed(_keys(cryptographic_seed=bytes(length)), "ENTRY-7")
        for length in (0, 15, 17, 31, 33)
    },
    "description-empty": _malformed(_location(description=b""), "ENTRY-8"),
    "description-blank": _malformed(_location(description=b" \xc2\xa0 "), "ENTRY-8"),
    "description-of-joiners": _malformed(_location(description="\u200d\ufe0f".encode()), "ENTRY-8"),
    "description-of-101-characters": _malformed(_location(description=b"x" * 101), "ENTRY-8"),
    "description-not-utf-8": _malformed(_location(description=b"x\xff"), "ENTRY-8"),
    "description-with-half-a-pair": _malformed(_location(description=b"\xed\xa0\x80"), "ENTRY-8"),
    "address-of-101-characters": _malformed(_location(address=b"x" * 101), "ENTRY-8"),
    "address-not-utf-8": _malformed(_location(address=b"\xc3"), "ENTRY-8"),
    **{
        f"description-with-u+{ord(character):04x}": _malformed(
            _location(description=f"a{character}b".encode()), "ENTRY-9"
        )
        for character in "\0\n\x1f\x7f\x9f\xad\u061c\u200b\u200e\u202e\u2028\u2066\u2060\u3164"
        "\ufeff\ufff9\U000e0041"
    },
    "address-with-a-turn": _malformed(_location(address="a\u202eb".encode()), "ENTRY-9"),
    "times-in-4-5-and-6": _malformed(
        _location(timestamp_4=1, timestamp_5=2, timestamp_6=3), "ENTRY-11"
    ),
    "times-in-4-and-6": _malformed(_location(timestamp_4=1, timestamp_6=3), "ENTRY-11"),
    "ends-a-second-before-it-starts": _malformed(
        _location(timestamp_5=NOON, timestamp_6=NOON - 1), "ENTRY-12"
    ),
    "ends-before-it-starts-in-4-and-5": _malformed(
        _location(timestamp_4=NOON, timestamp_5=NOON - 1), "ENTRY-12"
    ),
    "start-of-2-to-the-32": _malformed(_location(timestamp_5=2**32), "ENTRY-12"),
}
"""What a reader refuses; each has one fault."""
