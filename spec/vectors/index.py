"""Cases of the index chapter: what it lists, and at which time a reader accepts it."""

from collections.abc import Iterator, Mapping

from dp3t.codec import Value, encode
from dp3t.params import RELEASE_SLOT_SECONDS
from dp3t.primitives import sha256
from dp3t.publication.index import INDEX_LIFETIME_SECONDS, Index
from dp3t.publication.signing import SigningKey
from dp3t.timeline import Instant, day_of
from spec.vectors.builders.index_lists import (
    ENTRIES,
    KEYS,
    OLD,
    days,
    described,
    entry_as_json,
    entry_fields,
    indexed,
)
from spec.vectors.signing import (
    BATCH_CONTEXT,
    DAY,
    ENDED,
    FIRST,
    INDEX_CONTEXT,
    NOON,
    SECOND,
    UNTRUSTED,
    Case,
    alterations,
    doubled_map,
    key_as_json,
    trusted,
    unsorted_map,
)


def _index(*, issued: Instant = NOON, entries: int = 4) -> Index:
    return indexed(issued=issued, entries=ENTRIES[:entries])[0]


def build() -> dict[str, object]:
    """Return the vector file."""
    return {
        "spec": ["INDEX-2", "INDEX-3"],
        "source": "ours; written from spec/publication/index.md, re-derived by tests/oracle.py",
        "cases": [
            *_valid(),
            *_times(),
            *_malformed(),
            *_unauthentic(),
            *described(),
            *days(),
        ],
    }


def _valid() -> Iterator[Case]:
    empty, _ = Index.of(
        [], keys=[], region="0", number=1, issued=Instant(0), log_key="k", checkpoint=b"c"
    )
    early = SigningKey(seed=FIRST.seed, valid_from=Instant(0), valid_until=Instant(1))
    with_days, _ = indexed(entries=[*OLD, *ENTRIES])
    ended, _ = indexed(sunset=Instant(NOON - 1))
    indexes = {
        "two-releases": (_index(), NOON, FIRST, "two designs, each at two releases"),
        "older-days": (with_days, NOON, FIRST, "older batches stand in the lists of their days"),
        "sunset": (ended, NOON, FIRST, "the service has ended; this index never expires"),
        "nothing-yet": (empty, Instant(0), early, "neither batches nor keys; the first instant"),
    }
    for name, (index, now, key, comment) in indexes.items():
        yield {
            "id": name,
            "comment": comment,
            "spec": ["INDEX-1", "INDEX-2", "INDEX-3"],
            "flags": [],
            "operation": "open",
            "seed": key.seed.hex(),
            "trusted": trusted(key),
            "now": now,
            "file": index.sign(key).hex(),
            "result": "valid",
            "payload": index.encode().hex(),
            "region": index.region,
            "number": index.number,
            "issued": index.issued,
            "expires": index.expires,
            "sunset": index.sunset or 0,
            "entries": [entry_as_json(entry) for entry in index.entries],
            "days": [
                {"day": day.day, "size_bytes": day.size_bytes, "digest": day.digest.hex()}
                for day in index.days
            ],
            "keys": [key_as_json(each) for each in index.keys],
            "log_key": index.log_key,
            "checkpoint": index.checkpoint.hex(),
        }


def _times() -> Iterator[Case]:
    """Yield an index of noon at several times of its reader, signed by FIRST or by ENDED."""
    end, slot = FIRST.valid_until, RELEASE_SLOT_SECONDS
    last = Instant((end - 1) // slot * slot)
    backdated = Instant(ENDED.valid_until - DAY)
    cases: list[tuple[str, SigningKey, Instant, int, str, str, str]] = [
        ("two-hours-early", FIRST, NOON, NOON - slot, "valid", "INDEX-6", "the edge"),
        ("too-early", FIRST, NOON, NOON - slot - 1, "policy", "INDEX-6", "from the future"),
        ("late", FIRST, NOON, NOON + 4 * slot - 1, "valid", "INDEX-10", "the edge"),
        ("expired", FIRST, NOON, NOON + 4 * slot, "policy", "INDEX-10", "frozen"),
        ("key-just-ended", FIRST, last, end + slot - 1, "valid", "INDEX-5", "the edge"),
        ("key-ended", FIRST, last, end + slot, "unauthentic", "INDEX-5", "two hours past its end"),
        (
            "backdated-by-an-ended-key",
            ENDED,
            backdated,
            NOON,
            "unauthentic",
            "INDEX-5",
            "a stolen old key announces another; the index is dated into the old key's lifetime",
        ),
        (
            "issued-after-its-key",
            ENDED,
            NOON,
            NOON,
            "unauthentic",
            "SIGNING-4",
            "an ended key signs for the present",
        ),
        (
            "issued-before-its-key",
            SECOND,
            Instant(SECOND.valid_from - SECOND.valid_from % slot - slot),
            NOON,
            "unauthentic",
            "SIGNING-4",
            "a living key signs for a time when it was not yet valid",
        ),
    ]
    for name, key, issued, now, result, clause, comment in cases:
        index = _index(issued=issued, entries=0)
        yield {
            "id": f"reader-{name}",
            "comment": comment,
            "spec": [clause],
            "flags": ["time"],
            "operation": "time",
            "trusted": trusted(FIRST, SECOND, ENDED),
            "now": now,
            "file": key.sign(index.encode(), context=INDEX_CONTEXT).hex(),
            "result": result,
        }


def _fields(**changes: Value) -> dict[str, Value]:
    return {
        "checkpoint": b"opaque to this chapter",
        "days": [_day()],
        "entries": [entry.to_value() for entry in ENTRIES],
        "expires": NOON + INDEX_LIFETIME_SECONDS,
        "issued": NOON,
        "keys": [key.to_value() for key in KEYS],
        "log_key": "example.org/log+00000000+AA==",
        "number": 7,
        "region": "VN-HN",
        "sunset": 0,
        "version": 2,
        **changes,
    }


def _day(**changes: Value) -> dict[str, Value]:
    return {"day": day_of(NOON) - 2, "digest": bytes(32), "size_bytes": 100, **changes}


def _malformed() -> Iterator[Case]:
    for name, value in {**_wrong_fields(), **_wrong_entries()}.items():
        yield _refused(name, encode(value))
    good = encode(_fields())
    encodings = {
        "map-unsorted": unsorted_map(_fields()),
        "map-entry-twice": doubled_map(_fields()),
        "integer-not-shortest": good[:-1] + b"\xcc\x02",
        "bytes-after-the-map": good + b"\0",
        "map-truncated": good[:-1],
        "no-map": encode([]),
        "nothing": b"",
    }
    for name, payload in encodings.items():
        yield _refused(name, payload, "CODEC-2", "INDEX-2")


def _wrong_fields() -> Mapping[str, Value]:
    entries = [entry.to_value() for entry in ENTRIES]
    keys = [key.to_value() for key in KEYS]
    without = {f"without-{name}": _fields() for name in _fields()}
    for name, fields in without.items():
        del fields[name.removeprefix("without-")]
    return without | {
        "unknown-field": _fields(comment="hello"),
        "version-1": _fields(version=1),
        "version-3": _fields(version=3),
        "number-0": _fields(number=0),
        "number-too-large": _fields(number=2**48),
        "expires-at-once": _fields(expires=NOON),
        "expires-after-more-than-a-day": _fields(expires=NOON + DAY + 1),
        "never-expires-without-a-sunset": _fields(expires=2**32 - 1),
        "sunset-that-expires": _fields(sunset=NOON),
        "sunset-to-come": _fields(sunset=NOON + 1, expires=2**32 - 1),
        "no-checkpoint": _fields(checkpoint=b""),
        "checkpoint-too-long": _fields(checkpoint=bytes(2**13 + 1)),
        "no-log-key": _fields(log_key=""),
        "log-key-too-long": _fields(log_key="k" * 257),
        "region-lower-case": _fields(region="vn"),
        "issued-misaligned": _fields(issued=NOON + 60),
        "issued-before-a-release": _fields(issued=NOON - DAY),
        "entries-descending": _fields(entries=entries[::-1]),
        "entries-of-one-release-descending": _fields(entries=[entries[1], entries[0]]),
        "entry-twice": _fields(entries=[entries[0], *entries]),
        "entry-of-an-old-day": _fields(entries=[OLD[0].to_value()]),
        "entry-twice-with-another-digest": _fields(
            entries=[entry_fields(), entry_fields(digest=b"\xff" * 32)],
        ),
        "keys-descending": _fields(keys=keys[::-1]),
        "key-twice": _fields(keys=[keys[0], *keys]),
        "keys-65": _fields(
            keys=[
                {"public": sha256(bytes([n])), "valid_from": n, "valid_until": 100}
                for n in range(65)
            ]
        ),
        "key-of-31-bytes": _fields(
            keys=[{"public": bytes(31), "valid_from": 0, "valid_until": 1}],
        ),
        "key-of-no-lifetime": _fields(
            keys=[{"public": bytes(32), "valid_from": 1, "valid_until": 1}],
        ),
        "entry-is-a-list": _fields(entries=[[1]]),
    }


def _wrong_entries() -> Mapping[str, Value]:
    entries = {
        "entry-unknown-field": entry_fields(url="http://example.org"),
        "entry-release-misaligned": entry_fields(release=NOON - 1),
        "entry-design-is-a-path": entry_fields(design="../gaen"),
        "entry-digest-of-31-bytes": entry_fields(digest=bytes(31)),
        "entry-of-no-bytes": entry_fields(size_bytes=0),
        "entry-too-large": entry_fields(size_bytes=2**28 + 1),
        "entry-without-a-leaf": {k: v for k, v in entry_fields().items() if k != "leaf"},
        "entry-of-leaf-2-to-the-48": entry_fields(leaf=2**48),
    }
    days = {
        "day-twice": [_day(), _day()],
        "days-descending": [_day(), _day(day=day_of(NOON) - 3)],
        "day-that-is-not-over": [_day(day=day_of(NOON) - 1)],
        "day-after-2106": [_day(day=49711)],
        "day-digest-of-31-bytes": [_day(digest=bytes(31))],
        "day-of-no-bytes": [_day(size_bytes=0)],
        "day-too-large": [_day(size_bytes=2**17 + 1)],
        "day-unknown-field": [_day(url="http://example.org")],
        "days-65": [_day(day=number) for number in range(65)],
    }
    return {name: _fields(entries=[entry]) for name, entry in entries.items()} | {
        name: _fields(days=[*listed]) for name, listed in days.items()
    }


def _refused(name: str, payload: bytes, *clauses: str) -> Case:
    case: Case = {
        "id": name,
        "comment": "well signed, so that only this fault is left",
        "flags": ["payload"],
        "operation": "open",
        "trusted": trusted(FIRST),
        "now": NOON,
        "file": FIRST.sign(payload, context=INDEX_CONTEXT).hex(),
        "result": "malformed",
    }
    return case | ({"spec": list(clauses)} if clauses else {})


def _unauthentic() -> Iterator[Case]:
    base: Case = {
        "operation": "open",
        "now": NOON,
        "trusted": trusted(FIRST),
        "spec": ["SIGNING-3"],
    }
    index = _index()
    for case in alterations(index.sign(FIRST)):
        yield base | case
    signed = {
        "untrusted-key": UNTRUSTED.sign(index.encode(), context=INDEX_CONTEXT),
        "batch-presented-as-index": FIRST.sign(index.encode(), context=BATCH_CONTEXT),
        "signed-by-the-key-it-announces": SECOND.sign(index.encode(), context=INDEX_CONTEXT),
    }
    for name, file in signed.items():
        yield base | {
            "id": name,
            "comment": "a good signature that says nothing to this reader",
            "flags": ["signature"],
            "file": file.hex(),
            "result": "unauthentic",
        }
