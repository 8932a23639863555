"""Cases of the disclosure chapter: encounters, maps, seals, and one fault for each refusal."""

from collections.abc import Iterator, Mapping

from dp3t.codec import Value, encode, pad
from dp3t.primitives import SEALED_BOX_OVERHEAD_BYTES, X25519PrivateKey, seal_box
from dp3t.proximity.advertisement import Metadata
from dp3t.proximity.disclosure import DISCLOSURE_BYTES, Disclosure, Row, Standing
from dp3t.proximity.encounters import AttenuationClass, Encounter, encounter_of
from dp3t.timeline import Day, Instant

Case = dict[str, object]

_ALICE = bytes.fromhex("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a")
_BOB = bytes.fromhex("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb")
_AUTHORITY = X25519PrivateKey(_BOB)
_TODAY = Day(18_813)
_NOON = Instant(_TODAY * 86_400 + 43_200)
_CONTENT_BYTES = DISCLOSURE_BYTES - SEALED_BOX_OVERHEAD_BYTES
_POWER = -20

_SIGHTINGS: dict[str, tuple[str, list[tuple[int, int]], bool]] = {
    "near-ten-minutes": ("30 dB all the time", [(0, -50), (300, -50), (600, -50)], True),
    "one-sighting": ("no gap, no encounter", [(0, -50)], True),
    "149-seconds": ("rounds to 0, no encounter", [(0, -50), (149, -50)], True),
    "150-seconds": ("halves are rounded up", [(0, -50), (150, -50)], True),
    "449-seconds": ("the last that rounds to 5", [(0, -50), (449, -50)], True),
    "450-seconds": ("the first that rounds to 10", [(0, -50), (450, -50)], True),
    "gap-600": ("the longest gap that counts", [(0, -50), (600, -50)], True),
    "gap-601": ("does not count, no encounter", [(0, -50), (601, -50)], True),
    "49-db": ("the last that is near", [(0, -50), (300, -69)], True),
    "50-db": ("the first that is medium", [(0, -50), (300, -70)], True),
    "54-db": ("the last that is medium", [(0, -50), (300, -74)], True),
    "55-db": ("the first that is far", [(0, -50), (300, -75)], True),
    "stronger-than-sent": ("a negative attenuation is near", [(0, -10), (300, -10)], True),
    "sighting-ends-its-gap": ("the first is not asked how near", [(0, -100), (300, -50)], True),
    "half-near-half-far": ("half of the time is enough", [(0, -50), (300, -50), (600, -90)], True),
    "less-than-half-near": ("299 s near, 300 s far", [(0, -50), (299, -50), (599, -90)], True),
    "near-and-far-make-medium": (
        "half the time lies within the middle class",
        [(0, -50), (300, -50), (600, -72), (900, -90)],
        True,
    ),
    "order-does-not-count": ("as near-ten-minutes", [(600, -50), (0, -50), (300, -50)], True),
    "no-metadata": ("unknown, without a score", [(0, -50), (300, -50), (600, -50)], False),
    "two-hours": ("the longest", [(at, -50) for at in range(0, 7200, 599)] + [(7199, -50)], True),
}  # fmt: skip


def build() -> dict[str, object]:
    """Return the vector file."""
    return {
        "spec": ["DISCLOSURE-7"],
        "source": "ours; the keys are RFC 7748's (6.1); seals re-derived by tests/oracle_seal.py",
        "cases": [*_encounters(), *_sealed(), *_unopened(), *_unread()],
    }


def _encounters() -> Iterator[Case]:
    for name, (comment, sightings, known) in _SIGHTINGS.items():
        metadata = Metadata(tx_power_dbm=_POWER) if known else None
        found = encounter_of(_TODAY, sightings, metadata=metadata)
        yield {
            "id": f"encounter-{name}",
            "comment": comment,
            "spec": ["DISCLOSURE-2", "DISCLOSURE-3", "DISCLOSURE-15"],
            "flags": [],
            "operation": "encounter",
            "sightings": [list(sighting) for sighting in sightings],
            "tx_power_dbm": _POWER if known else None,
            "result": "valid",
            "encounter": None
            if found is None
            else [found.minutes, int(found.attenuation_class), found.score],
        }


def _examples() -> dict[str, tuple[str, Disclosure]]:
    every = [
        Encounter(Day(_TODAY - age), minutes, nearness, minutes)
        for age in range(64)
        for minutes in (110, 115, 120)
        for nearness in (AttenuationClass.NEAR, AttenuationClass.MEDIUM, AttenuationClass.FAR)
    ]
    some = [
        Row(Encounter(Day(_TODAY - 3), 15, AttenuationClass.NEAR, 15), 4),
        Row(Encounter(Day(_TODAY - 3), 5, AttenuationClass.FAR, 0), 31),
        Row(Encounter(_TODAY, 10, AttenuationClass.UNKNOWN, 0), 1),
    ]
    return {
        "empty": (
            "one day without an encounter",
            Disclosure(
                standing=Standing.SUSPECTED,
                reference="0",
                issued=_TODAY,
                expires=Day(_TODAY + 2),
                days=(_TODAY,),
                rows=(),
                omitted=0,
            ),
        ),
        "case": (
            "three days, one of them without an encounter",
            Disclosure(
                standing=Standing.CASE,
                reference="7K2-4411",
                issued=_TODAY,
                expires=Day(_TODAY + 8),
                days=(Day(_TODAY - 3), Day(_TODAY - 2), _TODAY),
                rows=tuple(sorted(some)),
                omitted=0,
            ),
        ),
        "largest": (
            "the longest content there is",
            Disclosure(
                standing=Standing.SUSPECTED,
                reference="Z" * 16,
                issued=_TODAY,
                expires=Day(_TODAY + 31),
                days=tuple(Day(_TODAY - age) for age in reversed(range(64))),
                rows=tuple(sorted(Row(each, 2**17) for each in every[:384])),
                omitted=2**32 - 1,
            ),
        ),
    }


def _sealed() -> Iterator[Case]:
    for name, (comment, disclosure) in _examples().items():
        yield {
            "id": f"sealed-{name}",
            "comment": comment,
            "spec": ["DISCLOSURE-7", "DISCLOSURE-9", "DISCLOSURE-11"],
            "flags": [],
            "operation": "open",
            "private_key": _BOB.hex(),
            "public_key": _AUTHORITY.public().to_bytes().hex(),
            "ephemeral_key": _ALICE.hex(),
            "content": encode(disclosure.to_value()).hex(),
            "sealed": disclosure.seal(_AUTHORITY.public(), rand=lambda _: _ALICE).hex(),
            "now": _NOON,
            "result": "valid",
            "disclosure": disclosure.to_value(),
        }


def _unopened() -> Iterator[Case]:
    disclosure = _examples()["case"][1]
    content = encode(disclosure.to_value())
    sealed = disclosure.seal(_AUTHORITY.public(), rand=lambda _: _ALICE)
    start, end = disclosure.issued * 86_400, disclosure.expires * 86_400
    flip = bytes([sealed[2000] ^ 1])
    faults: dict[str, tuple[str, bytes, int, str, str]] = {
        "last-second": ("valid until the day expires begins", sealed, end - 1, "valid", "12"),
        "expired": ("the first second of the day expires", sealed, end, "policy", "12"),
        "slow-clock": ("two hours before issued", sealed, start - 7200, "valid", "12"),
        "too-early": ("two hours and a second before", sealed, start - 7201, "policy", "12"),
        "cut": ("4095 bytes", sealed[:-1], _NOON, "malformed", "11"),
        "lengthened": ("4097 bytes", sealed + b"\0", _NOON, "malformed", "11"),
        "flipped-ephemeral-bit": (
            "the highest bit, which X25519 itself ignores",
            sealed[:31] + bytes([sealed[31] ^ 0x80]) + sealed[32:],
            _NOON,
            "unauthentic",
            "11",
        ),
        "flipped-bit": (
            "in the middle",
            sealed[:2000] + flip + sealed[2001:],
            _NOON,
            "unauthentic",
            "11",
        ),
        "small-order-ephemeral": (
            "the fresh public key is zero",
            bytes(32) + sealed[32:],
            _NOON,
            "unauthentic",
            "11",
        ),
        "other-key": (
            "sealed to Alice",
            disclosure.seal(X25519PrivateKey(_ALICE).public(), rand=lambda _: _BOB),
            _NOON,
            "unauthentic",
            "11",
        ),
        "not-padded": ("zeros without 0x80", _box(content), _NOON, "malformed", "11"),
    }
    for name, (comment, data, now, result, clause) in faults.items():
        yield {
            "id": f"opened-{name}",
            "comment": comment,
            "spec": [f"DISCLOSURE-{clause}"],
            "flags": [],
            "operation": "open",
            "private_key": _BOB.hex(),
            "sealed": data.hex(),
            "now": now,
            "result": result,
        }


def _box(content: bytes) -> bytes:
    padded = content.ljust(_CONTENT_BYTES, b"\0")
    return seal_box(_AUTHORITY.public(), padded, rand=lambda _: _ALICE)


def _unread() -> Iterator[Case]:
    for name, (comment, change) in _faults().items():
        good = _examples()["case"][1].to_value()
        if not isinstance(good, Mapping):
            raise TypeError("a disclosure is a map")
        changed = {key: item for key, item in {**good, **change}.items() if item != "absent"}
        content = encode(changed)
        pad(content, to_bytes=_CONTENT_BYTES)
        yield {
            "id": f"map-{name}",
            "comment": comment,
            "flags": [],
            "operation": "read",
            "content": content.hex(),
            "now": _NOON,
            "result": "malformed",
        }


def _faults() -> dict[str, tuple[str, dict[str, Value]]]:
    row = [3, 15, 0, 15, 4]
    return {
        "version-2": ("a version to come", {"version": 2}),
        "unknown-field": ("nobody asked for it", {"phone": "0912345678"}),
        "no-reference": ("a field is missing", {"reference": "absent"}),
        "reference-empty": ("at least one character", {"reference": ""}),
        "reference-17": ("at most 16", {"reference": "A" * 17}),
        "reference-lower-case": ("one spelling", {"reference": "7k2"}),
        "reference-newline": ("not in the alphabet", {"reference": "7K2\n"}),
        "reference-full-width": ("a digit to Unicode, not to us", {"reference": "\uff17"}),
        "standing-other": ("neither case nor suspected", {"standing": "contact"}),
        "no-days": ("at least one", {"days": []}),
        "days-twice": ("each once", {"days": [0, 2, 2, 3]}),
        "days-descending": ("ascending", {"days": [3, 2, 0]}),
        "day-64": ("more days ago than anything is kept", {"days": [0, 2, 3, 64]}),
        "day-to-come": ("before issued or on it", {"days": [-1, 0, 2, 3]}),
        "expires-next-day": ("at least 2 days after issued", {"expires": _TODAY + 1}),
        "expires-after-32-days": ("at most 31", {"expires": _TODAY + 32}),
        "omitted-negative": ("a count", {"omitted": -1}),
        "omitted-33-bits": ("at most 32 bits", {"omitted": 2**32}),
        "row-of-four": ("five numbers", {"rows": [row[:4]]}),
        "row-of-six": ("five numbers", {"rows": [[*row, 0]]}),
        "row-of-another-day": ("a day that is not chosen", {"rows": [[1, *row[1:]]]}),
        "row-twice": ("one row with a count", {"rows": [row, row]}),
        "rows-alike": ("one row with a count", {"rows": [row, [*row[:4], 5]]}),
        "rows-descending": ("ascending", {"rows": [row, [0, 10, 3, 0, 1]]}),
        "minutes-7": ("a multiple of 5", {"rows": [[3, 7, 0, 5, 1]]}),
        "minutes-0": ("at least 5", {"rows": [[3, 0, 0, 0, 1]]}),
        "minutes-125": ("at most 120", {"rows": [[3, 125, 0, 5, 1]]}),
        "class-4": ("0 to 3", {"rows": [[3, 15, 4, 0, 1]]}),
        "class-true": ("an integer, not a boolean", {"rows": [[3, 15, True, 0, 1]]}),
        "score-above-minutes": ("at most the minutes", {"rows": [[3, 15, 0, 20, 1]]}),
        "score-3": ("a multiple of 5", {"rows": [[3, 15, 0, 3, 1]]}),
        "score-of-unknown": ("no attenuation, no score", {"rows": [[3, 15, 3, 5, 1]]}),
        "count-0": ("at least 1", {"rows": [[3, 15, 0, 15, 0]]}),
        "count-131073": ("at most 131,072", {"rows": [[3, 15, 0, 15, 2**17 + 1]]}),
        "rows-385": (
            "at most 384",
            {
                "days": list(range(64)),
                "rows": [
                    [age, minutes, 0, 0, 1]
                    for age in range(64)
                    for minutes in ((5, 10, 15, 20, 25, 30) if age else range(5, 40, 5))
                ],
            },
        ),
    }
