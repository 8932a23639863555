"""Cases of the commitment chapter: hashes, QR codes, openings, statements, bindings."""

from collections.abc import Iterator
from dataclasses import replace

from dp3t.codec import Value, encode, unpad
from dp3t.params import STANDARD
from dp3t.proximity.commitment import opened_hashes
from dp3t.publication.authorization import authorization_of
from dp3t.publication.commitment import (
    MAX_DAYS,
    Commitment,
    Openings,
    commitment_digest,
    day_hash,
)
from dp3t.publication.records import KeyRecord
from dp3t.publication.report import UPLOAD_SIZES, Report, Upload
from dp3t.publication.statement import Statement
from dp3t.timeline import Day, Instant
from spec.vectors.signing import (
    DAY,
    ENDED,
    FIRST,
    NOON,
    SECOND,
    UNTRUSTED,
    Case,
    alterations,
    doubled_map,
    trusted,
    unsorted_map,
)

TODAY = Day(NOON // DAY)
_CONTEXT = "dp3t statement 1"
_KEYS: dict[str, tuple[str, list[list[int | bytes]]]] = {
    "lowcost": ("lowcost", [[TODAY - 3, b"\xab" * 32]]),
    "gaen": ("gaen", [[(TODAY - 3) * 144, b"\x1d" * 16]]),
    "gaen-two-keys": (
        "gaen",
        [[(TODAY - 3) * 144 + 60, b"\x02" * 16], [(TODAY - 3) * 144, b"\x01" * 16]],
    ),
    "hybrid": ("hybrid", [[(TODAY - 3) * 6 + n, bytes([9 - n]) * 16] for n in range(6)]),
    "unlinkable": ("unlinkable", [[(TODAY - 3) * 96 + n, bytes([n]) * 32] for n in range(96)]),
    "no-keys": ("lowcost", []),
}


def _random(day: int) -> bytes:
    return bytes([day % 251]) * 31 + bytes([1])


def _hash(day: int) -> bytes:
    keys = [encode([day, bytes([day % 256]) * 32])]
    return day_hash(design="lowcost", day=Day(day), random=_random(day), keys=keys)


COMMITMENT = Commitment(
    design="lowcost",
    first_day=Day(TODAY - 14),
    hashes=tuple(_hash(day) for day in range(TODAY - 14, TODAY + 1)),
)
STATEMENT = Statement(
    design="lowcost",
    region="VN",
    first_day=Day(TODAY - 4),
    hashes=COMMITMENT.since(Day(TODAY - 4)),
    issued=NOON,
    expires=Instant(NOON + DAY),
)
OPENINGS = Openings(
    days=(Day(TODAY - 4), Day(TODAY - 1)), randoms=(_random(TODAY - 4), _random(TODAY - 1))
)


def build() -> dict[str, object]:
    """Return the vector file."""
    return {
        "spec": ["COMMITMENT-1"],
        "source": "ours; written from the chapter, re-derived by tests/oracle_commitment.py",
        "cases": [
            *_hashes(),
            *_shown(),
            *_unreadable(),
            *_stated(),
            *_unstated(),
            *_opened(),
            *_uploads(),
        ],
    }


def _hashes() -> Iterator[Case]:
    for name, (design, keys) in _KEYS.items():
        committed = [encode(key) for key in keys]
        yield {
            "id": f"hash-{name}",
            "comment": "keys in the order in which a phone may hold them",
            "spec": ["COMMITMENT-1", "COMMITMENT-2"],
            "flags": [],
            "operation": "hash",
            "design": design,
            "day": TODAY - 3,
            "random": _random(TODAY - 3).hex(),
            "keys": [[number, key.hex()] for number, key in keys if isinstance(key, bytes)],
            "result": "valid",
            "hash": day_hash(
                design=design, day=Day(TODAY - 3), random=_random(TODAY - 3), keys=committed
            ).hex(),
        }


def _shown() -> Iterator[Case]:
    many = tuple(_hash(day) for day in range(TODAY - MAX_DAYS + 1, TODAY + 1))
    for name, commitment in {
        "15-days": COMMITMENT,
        "64-days": replace(COMMITMENT, first_day=Day(TODAY - MAX_DAYS + 1), hashes=many),
        "one-day": replace(COMMITMENT, first_day=TODAY, hashes=COMMITMENT.hashes[-1:]),
        "longest-name": replace(COMMITMENT, design="x" * 16),
    }.items():
        yield {
            "id": f"qr-{name}",
            "comment": "what the QR code holds",
            "spec": ["COMMITMENT-4"],
            "flags": [],
            "operation": "qr",
            "encoded": commitment.encode().hex(),
            "result": "valid",
            "design": commitment.design,
            "first_day": commitment.first_day,
            "hashes": [each.hex() for each in commitment.hashes],
        }


def _unreadable() -> Iterator[Case]:
    good = COMMITMENT.encode()
    head, hashes = good[:20], good[20:]
    for name, data in {
        "empty": b"",
        "head-truncated": head[:-1],
        "hash-truncated": good[:-1],
        "byte-after-the-end": good + b"\0",
        "count-one-too-low": head[:-1] + b"\x0e" + hashes,
        "no-days": head[:-1] + b"\0",
        "65-days": head[:-1] + b"\x41" + b"".join(bytes([n]) * 32 for n in range(65)),
        "hash-twice": good[:-32] + good[-64:-32],
        "version-0": b"\0" + good[1:],
        "version-2": b"\2" + good[1:],
        "design-empty": good[:1] + bytes(16) + good[17:],
        "design-upper-case": good[:1] + b"Lowcost".ljust(16, b"\0") + good[17:],
        "design-with-zero-inside": good[:1] + b"low\0cost".ljust(16, b"\0") + good[17:],
        "design-after-zero": good[:1] + b"\0lowcost".ljust(16, b"\0") + good[17:],
        "design-padded-with-spaces": good[:1] + b"lowcost".ljust(16) + good[17:],
        "design-not-ascii": good[:1] + "lỏcost".encode().ljust(16, b"\0") + good[17:],
        "day-after-2106": good[:17] + b"\xff\xff" + good[19:],
    }.items():
        yield {
            "id": f"qr-{name}",
            "comment": "one fault",
            "spec": ["COMMITMENT-5"],
            "flags": ["qr"],
            "operation": "qr",
            "encoded": data.hex(),
            "result": "malformed",
        }


def _statement(
    name: str, file: bytes, result: str, *, comment: str, now: int = NOON, region: str = "VN"
) -> Case:
    return {
        "id": f"statement-{name}",
        "comment": comment,
        "spec": ["COMMITMENT-9" if result == "malformed" else "COMMITMENT-10"],
        "flags": [] if result == "valid" else ["statement"],
        "operation": "statement",
        "file": file.hex(),
        "now": now,
        "region": region,
        "trusted": trusted(FIRST, SECOND, ENDED),
        "result": result,
    }


def _stated() -> Iterator[Case]:
    statements = {
        "five-days": STATEMENT,
        "one-day": replace(STATEMENT, first_day=TODAY, hashes=STATEMENT.hashes[-1:]),
        "longest": replace(STATEMENT, expires=Instant(NOON + 14 * DAY)),
    }
    for name, statement in statements.items():
        yield {
            **_statement(name, statement.sign(FIRST), "valid", comment="good now"),
            "seed": FIRST.seed.hex(),
            "design": statement.design,
            "first_day": statement.first_day,
            "hashes": [each.hex() for each in statement.hashes],
            "issued": statement.issued,
            "expires": statement.expires,
        }
    good = STATEMENT.sign(FIRST)
    last = STATEMENT.expires - 1
    yield _statement("last-second", good, "valid", comment="expires after it", now=last)
    yield _statement("ahead", good, "valid", comment="a clock two hours late", now=NOON - 7200)
    yield _statement("expired", good, "policy", comment="at expires", now=last + 1)
    yield _statement("too-early", good, "policy", comment="a second more", now=NOON - 7201)
    for region in ("TH", "VN-HN", "V"):
        case = _statement(
            "", good, "policy", comment="taken to the server of region", region=region
        )
        yield case | {"id": f"statement-taken-to-{region}", "spec": ["COMMITMENT-17"]}


def _unstated() -> Iterator[Case]:
    for case in alterations(STATEMENT.sign(FIRST)):
        file = bytes.fromhex(str(case["file"]))
        yield _statement(
            str(case["id"]), file, str(case["result"]), comment=str(case["comment"])
        ) | {"spec": ["COMMITMENT-10"]}
    signed = {
        "untrusted-key": (UNTRUSTED.sign(STATEMENT.encode(), context=_CONTEXT), NOON),
        "other-context": (FIRST.sign(STATEMENT.encode(), context="dp3t batch 1"), NOON),
        "ended-key": (ENDED.sign(STATEMENT.encode(), context=_CONTEXT), NOON),
        "ended-key-dated-back": (_dated_back(), NOON),
    }
    for name, (file, now) in signed.items():
        comment = "a signature that does not count"
        yield _statement(name, file, "unauthentic", comment=comment, now=now)
    for name, payload in _wrong_payloads():
        file = FIRST.sign(payload, context=_CONTEXT)
        yield _statement(name, file, "malformed", comment="signed well, and no statement")


def _dated_back() -> bytes:
    issued = Instant(ENDED.valid_until - 7200)
    day = Day(issued // DAY)
    statement = replace(
        STATEMENT, first_day=Day(day - 4), issued=issued, expires=Instant(issued + 14 * DAY)
    )
    return statement.sign(ENDED)


def _payload(**changes: Value) -> dict[str, Value]:
    return {
        "design": "lowcost",
        "expires": NOON + DAY,
        "first_day": TODAY - 4,
        "hashes": b"".join(STATEMENT.hashes),
        "issued": NOON,
        "purpose": "postest",
        "region": "VN",
        "version": 1,
        **changes,
    }


def _wrong_payloads() -> Iterator[tuple[str, bytes]]:
    changes: dict[str, dict[str, Value]] = {
        "unknown-field": {"patient": "x"},
        "version-2": {"version": 2},
        "purpose-test": {"purpose": "test"},
        "design-upper-case": {"design": "LOWCOST"},
        "region-lower-case": {"region": "vn"},
        "region-empty": {"region": ""},
        "region-of-17": {"region": "V" * 17},
        "hashes-none": {"hashes": b""},
        "hash-truncated": {"hashes": b"".join(STATEMENT.hashes)[:-1]},
        "hash-twice": {"hashes": STATEMENT.hashes[0] * 2},
        "hashes-65": {
            "first_day": TODAY - 64,
            "hashes": b"".join(bytes([n]) * 32 for n in range(65)),
        },
        "day-after-issue": {"first_day": TODAY - 3},
        "day-negative": {"first_day": -1},
        "issued-between-slots": {"issued": NOON + 1},
        "expires-between-slots": {"expires": NOON + 1},
        "expires-when-issued": {"expires": NOON},
        "expires-after-15-days": {"expires": NOON + 15 * DAY},
    }
    for name, change in changes.items():
        yield name, encode(_payload(**change))
    for name in _payload():
        yield f"without-{name}", encode({k: v for k, v in _payload().items() if k != name})
    yield "map-unsorted", unsorted_map(_payload())
    yield "map-entry-twice", doubled_map(_payload())
    yield "empty", b""


def _opened() -> Iterator[Case]:
    body = b"\x83" + bytes(4095)
    yield {
        "id": "openings",
        "comment": "zeros fill body up to body_bytes",
        "spec": ["COMMITMENT-8", "COMMITMENT-12", "COMMITMENT-13"],
        "flags": [],
        "operation": "openings",
        "encoded": encode(OPENINGS.to_value()).hex(),
        "result": "valid",
        "days": list(OPENINGS.days),
        "randoms": [random.hex() for random in OPENINGS.randoms],
        "body": body.rstrip(b"\0").hex(),
        "body_bytes": len(body),
        "bindings": [each.hex() for each in OPENINGS.bindings(body).values()],
        "key": bytes(range(32)).hex(),
        "hash": STATEMENT.hashes[0].hex(),
        "digest": commitment_digest(STATEMENT.hashes[0], key=bytes(range(32))).hex(),
    }
    good: dict[str, Value] = {"days": [1, 2], "form": "bound", "randoms": bytes(64)}
    authorization_of(good)
    for name, change in {
        "form-unknown": {"form": "free"},
        "form-missing": None,
        "form-simple": {"form": "simple"},
        "form-code-with-openings": {"form": "code"},
        "unknown-field": {"code": "0123456789012345678968"},
        "days-none": {"days": [], "randoms": b""},
        "days-65": {"days": list(range(65)), "randoms": bytes(32 * 65)},
        "days-descending": {"days": [2, 1]},
        "day-twice": {"days": [1, 1]},
        "day-negative": {"days": [-1, 2]},
        "day-true": {"days": [True, 2]},
        "randoms-too-few": {"randoms": bytes(32)},
        "randoms-too-many": {"randoms": bytes(96)},
        "random-truncated": {"randoms": bytes(63)},
        "randoms-as-text": {"randoms": "0" * 64},
    }.items():
        value = good | change if change else {k: v for k, v in good.items() if k != "form"}
        yield {
            "id": f"openings-{name}",
            "comment": "one fault",
            "spec": ["AUTHORIZATION-7" if "form" in name else "COMMITMENT-8"],
            "flags": ["openings"],
            "operation": "openings",
            "encoded": encode(value).hex(),
            "result": "malformed",
        }


def _uploads() -> Iterator[Case]:
    """Yield whole uploads against the hashes that are authorised, two days of four keys."""
    first, second = TODAY - 4, TODAY - 3
    records = tuple(
        KeyRecord((day * 144 + half * 72, 72, 1, 127), bytes([day % 256, half]) * 8)
        for day in (first, second)
        for half in (0, 1)
    )
    openings = Openings(days=(Day(first), Day(second)), randoms=(_random(first), _random(second)))
    report = Report(design="gaen", records=records)
    authorized = opened_hashes(report, openings, parameters=STANDARD)
    other = replace(records[0], key=bytes(16))
    cases = {
        "fits": (openings, records, "valid"),
        "shorter-period": (
            openings,
            (replace(records[0], attributes=(first * 144, 9, 1, 0)), *records[1:]),
            "valid",
        ),
        "one-day-withheld": (
            Openings(days=openings.days[1:], randoms=openings.randoms[1:]),
            records[2:],
            "valid",
        ),
        "key-swapped": (openings, (other, *records[1:]), "policy"),
        "key-added": (openings, (*records, other), "policy"),
        "key-left-out": (openings, records[1:], "policy"),
        "random-of-another-day": (
            replace(openings, randoms=openings.randoms[::-1]),
            records,
            "policy",
        ),
        "day-not-opened": (
            Openings(days=openings.days[1:], randoms=openings.randoms[1:]),
            records,
            "policy",
        ),
        "day-moved": (replace(openings, days=(Day(first - 1), Day(second))), records, "policy"),
    }
    for name, (opened, published, result) in cases.items():
        report = Report(design="gaen", records=tuple(sorted(published)))
        body = Upload(opened, report).encode(to_bytes=UPLOAD_SIZES[0])
        yield {
            "id": f"upload-{name}",
            "comment": "policy: a day of the upload has a hash that is not authorised, or none",
            "spec": ["COMMITMENT-11"],
            "flags": [] if result == "valid" else ["upload"],
            "operation": "upload",
            "message": unpad(body, of_bytes=len(body)).hex(),
            "body_bytes": len(body),
            "authorized": [value.hex() for value in authorized.values()],
            "result": result,
        }
