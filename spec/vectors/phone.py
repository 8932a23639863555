"""Cases of the phone chapter: saved states, good ones of all versions and one fault for each."""

from collections.abc import Iterator, Mapping, Sequence
from typing import cast

from dp3t.codec import Value, encode
from dp3t.params import MINIMAL
from dp3t.phone import Phone
from dp3t.primitives import seal
from dp3t.proximity.designs import DESIGN_NAMES
from dp3t.publication.records import KeyTable
from spec.vectors.builders.phone_lives import (
    START,
    answer_lost,
    lived_in,
    promised,
    stream,
    visiting,
)
from spec.vectors.builders.phone_versions import (
    migrated,
    state_of,
    version_2,
    version_3,
    version_4,
    version_5,
    with_keys_unknown,
    with_receipts,
    with_visits,
)

_MAGIC = b"dp3t phone"
_KEY = bytes(range(32))
_NONCE = bytes(range(0x40, 0x58))
_NEW_IN_VERSION_2 = ("broadcast", "ingested", "matches", "pending")


def build() -> dict[str, object]:
    """Return the vector file."""
    return {
        "spec": [
            "PHONE-8",
            "PHONE-9",
            "PHONE-16",
            "PHONE-17",
            "PHONE-22",
            "PHONE-29",
            "PHONE-33",
            "PHONE-38",
        ],
        "source": "ours; the seal is derived again by tests/oracle_aead.py",
        "cases": [*_good(), *_damaged(), *_impossible()],
    }


def _sealed(value: Value, *, version: int = 6, key: bytes = _KEY) -> bytes:
    header = _MAGIC + version.to_bytes(2, "big")
    return header + seal(key, encode(value), header=header, rand=lambda _: _NONCE)


def _case(name: str, saved: bytes, result: str, *clauses: str) -> dict[str, object]:
    return {
        "id": name,
        "operation": "load",
        "spec": list(clauses),
        "key": _KEY.hex(),
        "saved": saved.hex(),
        "result": result,
    }


def _good() -> Iterator[dict[str, object]]:
    for design in DESIGN_NAMES:
        fresh = Phone.create(design, now=START, rand=stream("new"), parameters=MINIMAL)
        for name, phone in ((f"{design}-new", fresh), (f"{design}-lived-in", lived_in(design))):
            state = state_of(phone)
            good = _case(f"version-6-{name}", _sealed(state), "valid", "PHONE-8")
            yield {**good, "state": _tagged(state)}
        for name, phone in (
            ("promised", promised(design)),
            ("answer-lost", answer_lost(design)),
            ("visiting", visiting(design)),
        ):
            state = state_of(phone)
            good = _case(f"version-6-{design}-{name}", _sealed(state), "valid", "PHONE-8")
            yield {**good, "state": _tagged(state)}
        fifth = version_5(promised(design))
        yield {
            **_case(f"version-5-{design}", _sealed(fifth, version=5), "valid", "PHONE-38"),
            "sealed_state": _tagged(fifth),
            "state": _tagged(with_visits(fifth)),
        }
        fourth = version_4(lived_in(design))
        yield {
            **_case(f"version-4-{design}", _sealed(fourth, version=4), "valid", "PHONE-33"),
            "sealed_state": _tagged(fourth),
            "state": _tagged(with_receipts(fourth)),
        }
        third = version_3(lived_in(design))
        yield {
            **_case(f"version-3-{design}", _sealed(third, version=3), "valid", "PHONE-29"),
            "sealed_state": _tagged(third),
            "state": _tagged(with_receipts(with_keys_unknown(third))),
        }
    for design in ("lowcost", "gaen"):
        older = version_2(lived_in(design))
        yield {
            **_case(f"version-2-{design}", _sealed(older, version=2), "valid", "PHONE-22"),
            "sealed_state": _tagged(older),
            "state": _tagged(with_receipts(with_keys_unknown(migrated(older, design)))),
        }
        oldest = {name: item for name, item in older.items() if name not in _NEW_IN_VERSION_2}
        emptied = {**older, **{name: list[Value]() for name in _NEW_IN_VERSION_2}}
        yield {
            **_case(f"version-1-{design}", _sealed(oldest, version=1), "valid", "PHONE-9"),
            "sealed_state": _tagged(oldest),
            "state": _tagged(with_receipts(with_keys_unknown(migrated(emptied, design)))),
        }


def _damaged() -> Iterator[dict[str, object]]:
    state = state_of(lived_in("lowcost"))
    good = _sealed(state)

    def flipped(at: int) -> bytes:
        return good[:at] + bytes([good[at] ^ 1]) + good[at + 1 :]

    for name, saved, result in (
        ("nothing-at-all", b"", "malformed"),
        ("truncated-in-the-magic", good[:9], "malformed"),
        ("truncated-after-the-header", good[:12], "malformed"),
        ("truncated-in-the-nonce", good[:30], "malformed"),
        ("truncated-in-the-tag-of-nothing", good[:51], "malformed"),
        ("truncated-by-one-byte", good[:-1], "unauthentic"),
        ("truncated-by-half", good[: len(good) // 2], "unauthentic"),
        ("one-byte-more", good + b"\0", "unauthentic"),
        ("other-magic", flipped(0), "malformed"),
        ("version-0", _sealed(state, version=0), "malformed"),
        ("version-7-of-a-later-release", _sealed(state, version=7), "malformed"),
        ("version-1-written-over-version-6", good[:11] + b"\1" + good[12:], "unauthentic"),
        ("flipped-bit-in-the-nonce", flipped(12), "unauthentic"),
        ("flipped-bit-in-the-state", flipped(100), "unauthentic"),
        ("flipped-bit-in-the-tag", flipped(len(good) - 1), "unauthentic"),
        ("wrong-key", _sealed(state, key=bytes(32)), "unauthentic"),
    ):
        yield _case(name, saved, result, "PHONE-16")


def _impossible() -> Iterator[dict[str, object]]:
    """Sealed with the right key, and still no phone: what a mistake in an app could save."""
    state = state_of(lived_in("lowcost"))
    ring = cast(dict[str, Value], state["ring"])
    observations = cast(list[Value], state["observations"])
    parameters = cast(dict[str, Value], state["parameters"])
    pending = cast(list[dict[str, Value]], state["pending"])[0]
    report = cast(dict[str, Value], pending["report"])
    day = cast(int, ring["today"])
    missing = {name: item for name, item in state.items() if name != "clock"}
    for name, value in {
        "no-map": [],
        "field-missing": missing,
        "field-too-many": {**state, "zzz": 0},
        "unknown-design": {**state, "design": "nodesign"},
        "ring-of-another-design": {**state, "design": "gaen"},
        "order-repeats": {**state, "ring": {**ring, "order": [0] * 12}},
        "order-of-other-parameters": {**state, "parameters": {**parameters, "epoch_minutes": 60}},
        "parameters-out-of-range": {**state, "parameters": {**parameters, "retention_days": 64}},
        "keys-older-than-retention": {**state, "ring": {**ring, "first_day": day - 3}},
        "keys-of-another-day-than-the-clock": {**state, "clock": START - 86_400},
        "observation-twice": {**state, "observations": observations * 2},
        "report-of-another-design": {
            **state,
            "pending": [{**pending, "report": {**report, "design": "gaen"}}],
        },
        "identifier-of-15-bytes": {**state, "broadcast": [bytes(15)]},
        "reports-twice": {**state, "pending": [pending, pending]},
    }.items():
        result = "limit" if name == "reports-twice" else "malformed"
        yield _case(f"state-{name}", _sealed(cast(Value, value)), result, "PHONE-17")
    (match,) = cast(list[dict[str, Value]], state["matches"])
    (key,) = cast(list[dict[str, Value]], match["key"])
    faults: dict[str, dict[str, Value]] = {
        "match-of-two-keys": {"key": [key, key]},
        "match-of-a-key-of-another-design": {"key": [{**key, "attributes": [1, 144, 1, 0]}]},
        "match-of-a-key-too-short": {"key": [{**key, "key": bytes(16)}]},
        "match-released-off-the-grid": {"release": 7201},
    }
    for name, changed in faults.items():
        whole: Value = {**state, "matches": [{**match, **changed}]}
        result = "limit" if name == "match-of-two-keys" else "malformed"
        yield _case(f"state-{name}", _sealed(whole), result, "PHONE-17")
    yield from _impossible_receipts()
    yield from _impossible_visits()
    for version in (1, 2, 3, 4, 5):
        late = _sealed(state, version=version)
        name = f"version-{version}-with-fields-of-version-{version + 1}"
        yield _case(name, late, "malformed", "PHONE-17")


def _impossible_receipts() -> Iterator[dict[str, object]]:
    state = state_of(promised("gaen"))
    (kept,) = cast(list[dict[str, Value]], state["receipts"])
    check = cast(dict[str, Value], kept["check"])
    receipt = cast(dict[str, Value], check["receipt"])
    faults: dict[str, dict[str, Value]] = {
        "region-of-no-name": {"check": {**check, "region": "vn"}},
        "report-of-another-design": {"check": {**check, "design": "hybrid"}},
        "signature-too-short": {"check": {**check, "receipt": {**receipt, "signature": bytes(63)}}},
        "of-no-record": {"check": {**check, "records": KeyTable(()).encode()}},
        "seen-at-no-release": {"check": {**check, "sightings": [{"records": b"", "release": 1}]}},
        "due-off-the-grid": {"check": {**check, "receipt": {**receipt, "published_by": 1}}},
        "complete-ends-before-it-begins": {"complete_to": 0},
        "unknown-field": {"verdict": "kept"},
    }
    for name, changed in faults.items():
        whole: Value = {**state, "receipts": [{**kept, **changed}]}
        yield _case(f"state-receipt-{name}", _sealed(whole), "malformed", "PHONE-17")
    twice: Value = {**state, "receipts": [kept, kept]}
    yield _case("state-receipt-twice", _sealed(twice), "malformed", "PHONE-17")


def _impossible_visits() -> Iterator[dict[str, object]]:
    state = state_of(visiting("gaen"))
    visits = cast(dict[str, Value], state["visits"])
    (match,) = cast(list[dict[str, Value]], visits["matches"])
    (read,) = cast(list[dict[str, Value]], visits["ingested"])
    (waits,) = cast(list[dict[str, Value]], visits["waiting"])
    diary, nothing = cast(dict[str, Value], visits["diary"]), list[Value]()
    (lasting,) = cast(list[dict[str, Value]], diary["open"])
    faults: dict[str, dict[str, Value]] = {
        "match-twice": {"matches": [match, match]},
        "match-that-ends-before-it-begins": {"matches": [{**match, "end": match["start"]}]},
        "match-without-a-message": {"matches": [{**match, "message": ""}]},
        "trace-that-waits-for-nobody": {"diary": {**diary, "open": nothing}},
        "trace-too-short": {"waiting": [{**waits, "trace": bytes(475)}]},
        "trace-off-the-grid": {"waiting": [{**waits, "release": 7201}]},
        "batch-off-the-grid": {"ingested": [{**read, "release": 7201}]},
        "batch-of-no-region": {"ingested": [{**read, "region": "vn"}]},
        "check-in-without-a-code": {"diary": {**diary, "open": [{**lasting, "payload": b""}]}},
        "check-in-twice": {"diary": {**diary, "open": [lasting, lasting]}},
        "unknown-field": {"verdict": []},
    }
    for name, changed in faults.items():
        whole: Value = {**state, "visits": {**visits, **changed}}
        yield _case(f"state-visits-{name}", _sealed(whole), "malformed", "PHONE-17")


def _tagged(value: Value) -> object:
    """Write bytes, which JSON lacks, as {"$bytes": hex}."""
    if isinstance(value, bytes):
        return {"$bytes": value.hex()}
    if isinstance(value, Mapping):
        return {key: _tagged(item) for key, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_tagged(item) for item in value]
    return value
