"""Cases of the gate chapter: marks, used-lists that meet, and lists of withdrawn receipts."""

from collections.abc import Iterator
from dataclasses import replace

from dp3t.arrivals.entry_receipt import EntryReceipt
from dp3t.arrivals.gate import Gate
from dp3t.arrivals.mark import GateSecret, Mark
from dp3t.arrivals.withdrawn import WithdrawnReceipts
from dp3t.publication.signing import SigningKey, TrustedKeys
from dp3t.timeline import Day, Instant
from spec.vectors.entry_receipt import DAY, KEY, NOW, OTHER_KEY, POINT, RECEIPT, trusted

Case = dict[str, object]

SECRET = bytes(range(0x20, 0x40))
_GATES = GateSecret(SECRET)
_OTHER_GATES = GateSecret(bytes(32))
_LATER = Instant(NOW + 30 * 60)
_NEXT = replace(RECEIPT, receipt_id=bytes(range(16, 32)))


def build() -> dict[str, object]:
    """Return the vector file."""
    return {
        "spec": ["GATE-2"],
        "source": "ours; keys of RFC 8032, 7.1; re-derived by tests/oracle_gate.py",
        "cases": [
            *_marks(),
            *_wrong_marks(),
            *_merged(),
            *_withdrawn(),
            *_wrong_withdrawn(),
            *_files(),
        ],
    }


def _mark(
    receipt: EntryReceipt = RECEIPT, gate: str = "VDAD-T2-07", now: Instant = NOW, draw: int = 1
) -> Mark:
    return Mark.of(
        receipt, gate=gate, secret=_GATES, now=now, rand=lambda length: bytes([draw]) * length
    )


def _marks() -> Iterator[Case]:
    for name, mark in {
        "one": _mark(),
        "of-a-minute-later": _mark(now=Instant(NOW + 60)),
        "of-a-gate-of-one-letter": _mark(gate="A", draw=0xFF),
        "of-a-gate-of-sixteen": _mark(gate="A-1234567890-ABC"),
    }.items():
        yield {
            "id": f"mark-{name}",
            "comment": "62 bytes; what the server sees",
            "spec": ["GATE-1", "GATE-2"],
            "operation": "mark",
            "secret": SECRET.hex(),
            "receipt_id": RECEIPT.receipt_id.hex(),
            "expiry_day": mark.expiry_day,
            "moment": mark.moment,
            "gate": mark.gate,
            "draw": mark.draw.hex(),
            "mark": mark.seal(_GATES).hex(),
            "result": "valid",
        }


def _sealed(content: bytes) -> bytes:
    """Return a mark of any content that gates take for their own."""
    head = _mark().seal(_GATES)[:18]
    check = _GATES.check(head, content)
    return head + check + _GATES.hide(check, content)


def _wrong_marks() -> Iterator[Case]:
    good = _mark().seal(_GATES)
    moment, name = NOW.to_bytes(4, "big"), b"VDAD-T2-07".ljust(16, b"\0")
    for fault, mark, result in (
        ("empty", b"", "malformed"),
        ("one-byte-short", good[:-1], "malformed"),
        ("one-byte-long", good + b"\0", "malformed"),
        ("day-altered", b"\xff" + good[1:], "unauthentic"),
        ("tag-altered", good[:2] + bytes(16) + good[18:], "unauthentic"),
        ("check-altered", good[:33] + bytes([good[33] ^ 1]) + good[34:], "unauthentic"),
        ("content-altered", good[:-1] + bytes([good[-1] ^ 1]), "unauthentic"),
        ("of-other-gates", _mark().seal(_OTHER_GATES), "unauthentic"),
        ("second-within-a-minute", _sealed((NOW + 1).to_bytes(4, "big") + bytes(8) + name), ""),
        ("gate-without-name", _sealed(moment + bytes(24)), ""),
        ("gate-in-small-letters", _sealed(moment + bytes(8) + b"a".ljust(16, b"\0")), ""),
        ("gate-with-a-zero-byte", _sealed(moment + bytes(8) + b"A\0B".ljust(16, b"\0")), ""),
    ):
        yield {
            "id": f"mark-{fault}",
            "comment": "one fault",
            "spec": ["GATE-6"],
            "flags": ["mark"],
            "operation": "open",
            "secret": SECRET.hex(),
            "mark": mark.hex(),
            "result": result or "malformed",
        }


def _merged() -> Iterator[Case]:
    here, there = _mark(), _mark(gate="VHAN-T1-01", now=_LATER, draw=2)
    same_minute = _mark(gate="VDAD-T2-06", draw=3)
    other = _mark(_NEXT, draw=4)
    old = _mark(replace(RECEIPT, entry_day=Day(DAY - 5)), draw=5)
    good = here.seal(_GATES)
    lists = {
        "nothing": ([], []),
        "the-same": ([good], [good]),
        "of-two-receipts": ([good], [other.seal(_GATES)]),
        "one-receipt-at-two-gates": ([there.seal(_GATES)], [good]),
        "in-one-minute": ([good], [same_minute.seal(_GATES), there.seal(_GATES)]),
        "with-a-forged-one": ([good], [bytes([255]) * 62, other.seal(_GATES)]),
        "with-one-of-other-gates": ([good], [there.seal(_OTHER_GATES)]),
        "with-an-old-one": ([old.seal(_GATES)], [good]),
        "with-an-old-one-of-others": ([good], [old.seal(_GATES)]),
    }
    for name, (own, others) in lists.items():
        gate, _ = Gate(name="A", arrival_point=POINT).merged(own, secret=_GATES, now=Instant(0))
        merged, refused = gate.merged(others, secret=_GATES, now=NOW)
        yield {
            "id": f"merge-{name}",
            "comment": "what both had, without what is old, and without what does not open",
            "spec": ["GATE-3", "GATE-5", "GATE-6", "GATE-7", "GATE-8"],
            "operation": "merge",
            "secret": SECRET.hex(),
            "now": NOW,
            "own": [mark.hex() for mark in own],
            "others": [mark.hex() for mark in others],
            "used": merged.used.encode().hex(),
            "refused": refused,
            "receipt_id": RECEIPT.receipt_id.hex(),
            "uses": _uses(merged.used.uses(_GATES.tag(RECEIPT.receipt_id), _GATES)),
            "conflicts": [_uses(each) for each in merged.used.conflicts(_GATES)],
            "result": "valid",
        }


def _uses(marks: tuple[Mark, ...]) -> list[Case]:
    return [{"moment": mark.moment, "gate": mark.gate} for mark in marks]


def _withdrawn() -> Iterator[Case]:
    rows = {bytes([each]) * 16: Day(DAY + each) for each in (3, 1, 2)}
    for name, found in {
        "empty": WithdrawnReceipts(NOW, {}),
        "three": WithdrawnReceipts(NOW, rows),
    }.items():
        yield {
            "id": f"withdrawn-{name}",
            "comment": "in ascending order, whatever order they came in",
            "spec": ["GATE-9"],
            "operation": "withdrawn",
            "issued": NOW,
            "rows": [
                {"receipt_id": each.hex(), "expiry_day": day}
                for each, day in found.expiry_days.items()
            ],
            "seed": KEY.seed.hex(),
            "list": found.sign(KEY).hex(),
            "result": "valid",
        }


def _wrong_withdrawn() -> Iterator[Case]:
    def signed(payload: bytes, *, by: SigningKey = KEY, what: str = "withdrawn receipts") -> bytes:
        return by.sign(payload, context=f"dp3t {what} 1")

    head = b"\1" + NOW.to_bytes(4, "big")
    one, two = b"\1" * 16 + b"\x51\x30", b"\2" * 16 + b"\x51\x30"
    far = b"\1" + (NOW + 7_201).to_bytes(4, "big")
    near = b"\1" + (NOW + 7_200).to_bytes(4, "big")
    before = b"\1" + (KEY.valid_from - 1).to_bytes(4, "big")
    for name, data, result in (
        ("two-hours-ahead", signed(near + one), "valid"),
        ("no-bytes", b"", "malformed"),
        ("without-moment", signed(head[:-1]), "malformed"),
        ("cut", signed(head + one[:-1]), "malformed"),
        ("version-2", signed(b"\2" + head[1:] + one), "malformed"),
        ("twice", signed(head + one + one), "malformed"),
        ("descending", signed(head + two + one), "malformed"),
        ("of-a-receipt", signed(head + one, what="entry receipt"), "unauthentic"),
        ("altered", signed(head + one)[:-1] + b"\0", "unauthentic"),
        ("by-an-unknown-key", signed(head + one, by=OTHER_KEY), "unauthentic"),
        ("before-its-key", signed(before + one), "unauthentic"),
        ("more-than-two-hours-ahead", signed(far + one), "policy"),
    ):
        yield {
            "id": f"withdrawn-{name}",
            "comment": "one fault" if result != "valid" else "clocks differ",
            "spec": ["GATE-10"],
            "flags": ["withdrawn"] if result != "valid" else [],
            "operation": "open-withdrawn",
            "list": data.hex(),
            "trusted": trusted([KEY.public()]),
            "now": NOW,
            "result": result,
        }


def _files() -> Iterator[Case]:
    fresh = Gate(name="VDAD-T2-07", arrival_point=POINT)
    marks = [_mark().seal(_GATES), _mark(_NEXT).seal(_GATES)]
    used, _ = fresh.merged(marks, secret=_GATES, now=NOW)
    listed = WithdrawnReceipts.open(
        WithdrawnReceipts(NOW, {b"\1" * 16: DAY}).sign(KEY), TrustedKeys([KEY.public()]), now=NOW
    )
    for name, gate in {"fresh": fresh, "in-use": replace(used, withdrawn=listed)}.items():
        yield {
            "id": f"file-{name}",
            "comment": "a map of five fields",
            "spec": ["GATE-13"],
            "operation": "file",
            "name": gate.name,
            "arrival_point": gate.arrival_point,
            "used": gate.used.encode().hex(),
            "withdrawn": gate.withdrawn.encode().hex(),
            "file": gate.encode().hex(),
            "result": "valid",
        }
