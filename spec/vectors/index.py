"""Cases of the index chapter: what it lists, and at which time a reader accepts it."""

from collections.abc import Iterator, Mapping

from dp3t.codec import Value, encode
from dp3t.params import RELEASE_SLOT_SECONDS
from dp3t.primitives import sha256
from dp3t.publication.index import Index, IndexEntry
from dp3t.publication.signing import SigningKey
from dp3t.timeline import Instant
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

_FILES = {"gaen": b"a file", "lowcost": b"another file"}
_ENTRIES = [
    IndexEntry.of_file(data, design=design, release=release)
    for release in (Instant(NOON - DAY), NOON)
    for design, data in _FILES.items()
]
_KEYS = [FIRST.public(), SECOND.public()]


def _index(*, issued: Instant = NOON, entries: int = 4) -> Index:
    return Index.of(_ENTRIES[:entries], keys=_KEYS, region="VN-HN", issued=issued)


def build() -> dict[str, object]:
    """Return the vector file."""
    return {
        "spec": ["INDEX-2", "INDEX-3"],
        "source": "ours; written from spec/publication/index.md, re-derived by tests/oracle.py",
        "cases": [*_valid(), *_times(), *_malformed(), *_unauthentic(), *_described()],
    }


def _valid() -> Iterator[Case]:
    empty = Index.of([], keys=[], region="0", issued=Instant(0))
    early = SigningKey(seed=FIRST.seed, valid_from=Instant(0), valid_until=Instant(1))
    indexes = {
        "two-releases": (_index(), NOON, FIRST, "two designs, each at two releases"),
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
            "issued": index.issued,
            "entries": [
                {
                    "name": entry.name,
                    "release": entry.release,
                    "design": entry.design,
                    "size_bytes": entry.size_bytes,
                    "digest": entry.digest.hex(),
                }
                for entry in index.entries
            ],
            "keys": [key_as_json(each) for each in index.keys],
        }


def _times() -> Iterator[Case]:
    """Yield an index of noon at several times of its reader, signed by FIRST or by ENDED."""
    end, slot = FIRST.valid_until, RELEASE_SLOT_SECONDS
    backdated = Instant(ENDED.valid_until - DAY)
    cases: list[tuple[str, SigningKey, Instant, int, str, str, str]] = [
        ("two-hours-early", FIRST, NOON, NOON - slot, "valid", "INDEX-6", "the edge"),
        ("too-early", FIRST, NOON, NOON - slot - 1, "policy", "INDEX-6", "from the future"),
        ("late", FIRST, NOON, end - 1, "valid", "INDEX-5", "old, but its key still lives"),
        ("key-just-ended", FIRST, NOON, end + slot - 1, "valid", "INDEX-5", "the edge"),
        ("key-ended", FIRST, NOON, end + slot, "unauthentic", "INDEX-5", "two hours past its end"),
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
        "entries": [entry.to_value() for entry in _ENTRIES],
        "issued": NOON,
        "keys": [key.to_value() for key in _KEYS],
        "region": "VN-HN",
        "version": 1,
        **changes,
    }


def _entry(**changes: Value) -> dict[str, Value]:
    first = _ENTRIES[0]
    return {
        "design": first.design,
        "digest": first.digest,
        "release": first.release,
        "size_bytes": first.size_bytes,
        **changes,
    }


def _malformed() -> Iterator[Case]:
    for name, value in {**_wrong_fields(), **_wrong_entries()}.items():
        yield _refused(name, encode(value))
    good = encode(_fields())
    encodings = {
        "map-unsorted": unsorted_map(_fields()),
        "map-entry-twice": doubled_map(_fields()),
        "integer-not-shortest": good[:-1] + b"\xcc\x01",
        "bytes-after-the-map": good + b"\0",
        "map-truncated": good[:-1],
        "no-map": encode([]),
        "nothing": b"",
    }
    for name, payload in encodings.items():
        yield _refused(name, payload, "CODEC-2", "INDEX-2")


def _wrong_fields() -> Mapping[str, Value]:
    entries = [entry.to_value() for entry in _ENTRIES]
    keys = [key.to_value() for key in _KEYS]
    without = {f"without-{name}": _fields() for name in _fields()}
    for name, fields in without.items():
        del fields[name.removeprefix("without-")]
    return without | {
        "unknown-field": _fields(comment="hello"),
        "version-0": _fields(version=0),
        "version-2": _fields(version=2),
        "region-lower-case": _fields(region="vn"),
        "issued-misaligned": _fields(issued=NOON + 60),
        "issued-before-a-release": _fields(issued=NOON - DAY),
        "entries-descending": _fields(entries=entries[::-1]),
        "entries-of-one-release-descending": _fields(entries=[entries[1], entries[0]]),
        "entry-twice": _fields(entries=[entries[0], *entries]),
        "entry-twice-with-another-digest": _fields(
            entries=[_entry(), _entry(digest=b"\xff" * 32)],
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
        "entry-unknown-field": _entry(url="http://example.org"),
        "entry-release-misaligned": _entry(release=NOON - 1),
        "entry-design-is-a-path": _entry(design="../gaen"),
        "entry-digest-of-31-bytes": _entry(digest=bytes(31)),
        "entry-of-no-bytes": _entry(size_bytes=0),
        "entry-too-large": _entry(size_bytes=2**28 + 1),
    }
    return {name: _fields(entries=[entry]) for name, entry in entries.items()}


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


def _described() -> Iterator[Case]:
    entry, file = _ENTRIES[0], _FILES["gaen"]
    files = {
        "the-file": (file, "valid"),
        "another-of-its-length": (file[:-1] + b"!", "malformed"),
        "shorter": (file[:-1], "malformed"),
        "longer": (file + b"\0", "malformed"),
        "empty": (b"", "malformed"),
    }
    for name, (data, result) in files.items():
        yield {
            "id": f"described-{name}",
            "comment": "the entry gives length and SHA-256 of the whole signed file",
            "spec": ["INDEX-4"],
            "flags": ["digest"],
            "operation": "describes",
            "size_bytes": entry.size_bytes,
            "digest": entry.digest.hex(),
            "design": entry.design,
            "release": entry.release,
            "file": data.hex(),
            "result": result,
        }
