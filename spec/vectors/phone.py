"""Cases of the phone chapter: saved states, good ones of all versions and one fault for each."""

from collections.abc import Iterator, Mapping, Sequence
from typing import cast

from dp3t.codec import Value, encode
from dp3t.params import MINIMAL
from dp3t.phone import Phone
from dp3t.primitives import Rand, seal, sha256
from dp3t.proximity.advertisement import Metadata
from dp3t.proximity.designs import DESIGN_NAMES
from dp3t.publication.batch import BatchName
from dp3t.publication.records import KeyRecord, KeyTable
from dp3t.timeline import Day, Instant, day_of, release_after

_MAGIC = b"dp3t phone"
_KEY = bytes(range(32))
_NONCE = bytes(range(0x40, 0x58))
_START = Instant(18_377 * 86_400 + 36_000)
_NEW_IN_VERSION_3 = ("commitment", "dummies")
_NEW_IN_VERSION_2 = ("broadcast", "ingested", "matches", "pending")


def build() -> dict[str, object]:
    """Return the vector file."""
    return {
        "spec": ["PHONE-8", "PHONE-9", "PHONE-16", "PHONE-17", "PHONE-22", "PHONE-29"],
        "source": "ours; the seal is derived again by tests/oracle_aead.py",
        "cases": [*_good(), *_damaged(), *_impossible()],
    }


def _stream(label: str) -> Rand:
    """Return bytes that are the same in every run: a vector's dice."""
    drawn = 0

    def rand(length: int) -> bytes:
        nonlocal drawn
        drawn += 1
        blocks = (sha256(f"{label} {drawn} {n}".encode()) for n in range(length // 32 + 1))
        return b"".join(blocks)[:length]

    return rand


def _lived_in(design: str) -> Phone:
    """Return a phone that met one that reported, matched it, and then reported itself."""
    rand = _stream(design)
    ours, theirs = (
        Phone.create(design, now=_START, rand=rand, parameters=MINIMAL) for _ in range(2)
    )
    for seconds in (0, 240, 480):
        now = Instant(_START + seconds)
        for phone in (ours, theirs):
            phone.tick(now, rand=rand)
        words = theirs.advertisement(now, metadata=Metadata(tx_power_dbm=-24))
        ours.hear(words, now=now, rssi_dbm=-60 - seconds // 240)
    report = theirs.report(since=Day(0), now=Instant(_START + 600), rand=rand)
    release = release_after(release_after(Instant(_START + 600)))
    batch = ours.design.publish(
        report.records,
        name=BatchName(design=design, region="VN", release=release),
        parameters=MINIMAL,
        rand=rand,
    )
    ours.tick(release, rand=rand)
    ours.ingest(batch)
    ours.report(since=day_of(_START), now=release, rand=rand)
    return ours


def _sealed(value: Value, *, version: int = 4, key: bytes = _KEY) -> bytes:
    header = _MAGIC + version.to_bytes(2, "big")
    return header + seal(key, encode(value), header=header, rand=lambda _: _NONCE)


def _state(phone: Phone) -> dict[str, Value]:
    return cast(dict[str, Value], phone.to_value())


def _version_3(phone: Phone) -> dict[str, Value]:
    """Return the state as version 3 had it: matches without their keys."""
    state = _state(phone)
    matches = cast(list[Mapping[str, Value]], state["matches"])
    known = ("metadata", "observation")
    return {**state, "matches": [{name: one[name] for name in known} for one in matches]}


def _with_keys_unknown(older: Mapping[str, Value]) -> dict[str, Value]:
    """Return what version 4 makes of version 3, written out from the chapter."""
    matches = cast(list[Mapping[str, Value]], older["matches"])
    unknown: dict[str, Value] = {"key": list[Value](), "release": 0}
    return {
        **older,
        "ingested": list[Value]() if matches else older["ingested"],
        "matches": [{**one, **unknown} for one in matches],
    }


def _version_2(phone: Phone) -> dict[str, Value]:
    """Return the state as version 2 had it: one sighting's bytes together, no periods."""
    state = _version_3(phone)

    def observation(value: Mapping[str, Value]) -> dict[str, Value]:
        whole = cast(bytes, value["identity"]) + cast(bytes, value["metadata"])
        rest = {name: value[name] for name in ("coarse", "offsets", "rssi", "slot")}
        return {**rest, "service_data": whole}

    parameters = cast(Mapping[str, Value], state["parameters"])
    matches = cast(list[Mapping[str, Mapping[str, Value]]], state["matches"])
    records = phone.pending.records if phone.pending else ()
    older = [{"attributes": list(one.attributes), "key": one.key} for one in records]
    return {
        **{name: item for name, item in state.items() if name not in _NEW_IN_VERSION_3},
        "matches": [{**one, "observation": observation(one["observation"])} for one in matches],
        "observations": [
            observation(one) for one in cast(list[Mapping[str, Value]], state["observations"])
        ],
        "parameters": {
            name: parameters[name]
            for name in ("clock_drift_intervals", "epoch_minutes", "retention_days")
        },
        "pending": [
            {"made": one["made"], "report": {"design": phone.design.name, "records": older}}
            for one in cast(list[Mapping[str, Value]], state["pending"])
        ],
    }


def _migrated(older: Mapping[str, Value], design: str) -> dict[str, Value]:
    """Return what version 3 makes of version 2, written out from the chapter."""

    def observation(value: Mapping[str, Value]) -> dict[str, Value]:
        whole, slot = cast(bytes, value["service_data"]), cast(int, value["slot"])
        rest = {name: value[name] for name in ("coarse", "offsets", "rssi", "slot")}
        period = slot // 12 if design == "lowcost" else -1
        return {**rest, "identity": whole[:16], "metadata": whole[16:], "period": period}

    matches = cast(list[Mapping[str, Mapping[str, Value]]], older["matches"])
    observations = cast(list[Mapping[str, Value]], older["observations"])
    pending = cast(list[Mapping[str, Mapping[str, Value]]], older["pending"])
    return {
        **older,
        "matches": [{**one, "observation": observation(one["observation"])} for one in matches],
        "observations": [observation(one) for one in observations],
        "parameters": {
            **cast(Mapping[str, Value], older["parameters"]),
            "clock_skew_seconds": 0,
            "share_threshold": 0,
            "shares": 0,
            "window_minutes": 1440,
        },
        "commitment": list[Value](),
        "dummies": {"next_due": older["clock"]},
        "pending": [
            {
                **one,
                "openings": list[Value](),
                "report": {"design": design, "records": _table(one["report"])},
            }
            for one in pending
        ],
    }


def _table(report: Mapping[str, Value]) -> Value:
    records = cast(list[Mapping[str, Value]], report["records"])
    return KeyTable.of(
        KeyRecord(tuple(cast(list[int], one["attributes"])), cast(bytes, one["key"]))
        for one in records
    ).to_value()


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
        fresh = Phone.create(design, now=_START, rand=_stream("new"), parameters=MINIMAL)
        for name, phone in ((f"{design}-new", fresh), (f"{design}-lived-in", _lived_in(design))):
            state = _state(phone)
            good = _case(f"version-4-{name}", _sealed(state), "valid", "PHONE-8")
            yield {**good, "state": _tagged(state)}
        third = _version_3(_lived_in(design))
        yield {
            **_case(f"version-3-{design}", _sealed(third, version=3), "valid", "PHONE-29"),
            "sealed_state": _tagged(third),
            "state": _tagged(_with_keys_unknown(third)),
        }
    for design in ("lowcost", "gaen"):
        older = _version_2(_lived_in(design))
        yield {
            **_case(f"version-2-{design}", _sealed(older, version=2), "valid", "PHONE-22"),
            "sealed_state": _tagged(older),
            "state": _tagged(_with_keys_unknown(_migrated(older, design))),
        }
        oldest = {name: item for name, item in older.items() if name not in _NEW_IN_VERSION_2}
        emptied = {**older, **{name: list[Value]() for name in _NEW_IN_VERSION_2}}
        yield {
            **_case(f"version-1-{design}", _sealed(oldest, version=1), "valid", "PHONE-9"),
            "sealed_state": _tagged(oldest),
            "state": _tagged(_with_keys_unknown(_migrated(emptied, design))),
        }


def _damaged() -> Iterator[dict[str, object]]:
    state = _state(_lived_in("lowcost"))
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
        ("version-5-of-a-later-release", _sealed(state, version=5), "malformed"),
        ("version-1-written-over-version-4", good[:11] + b"\1" + good[12:], "unauthentic"),
        ("flipped-bit-in-the-nonce", flipped(12), "unauthentic"),
        ("flipped-bit-in-the-state", flipped(100), "unauthentic"),
        ("flipped-bit-in-the-tag", flipped(len(good) - 1), "unauthentic"),
        ("wrong-key", _sealed(state, key=bytes(32)), "unauthentic"),
    ):
        yield _case(name, saved, result, "PHONE-16")


def _impossible() -> Iterator[dict[str, object]]:
    """Sealed with the right key, and still no phone: what a mistake in an app could save."""
    state = _state(_lived_in("lowcost"))
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
        "keys-of-another-day-than-the-clock": {**state, "clock": _START - 86_400},
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
    for version in (1, 2, 3):
        late = _sealed(state, version=version)
        name = f"version-{version}-with-fields-of-version-{version + 1}"
        yield _case(name, late, "malformed", "PHONE-17")


def _tagged(value: Value) -> object:
    """Write bytes, which JSON lacks, as {"$bytes": hex}."""
    if isinstance(value, bytes):
        return {"$bytes": value.hex()}
    if isinstance(value, Mapping):
        return {key: _tagged(item) for key, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_tagged(item) for item in value]
    return value
