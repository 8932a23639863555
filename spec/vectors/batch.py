"""Cases of the batch chapter: one envelope, one table of keys, and one fault for each refusal."""

from collections.abc import Iterator

from dp3t.codec import Value, decode, encode
from dp3t.publication.batch import Batch, BatchName
from dp3t.publication.records import KeyRecord, KeyTable
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
    trusted,
    unsorted_map,
)

_TODAY = NOON // DAY
_START = _TODAY * 144
_LOWEST, _HIGHEST = -(2**31), 2**32 - 1
_EARLY = SigningKey(seed=FIRST.seed, valid_from=Instant(0), valid_until=Instant(1))


def key(number: int, length: int = 16) -> bytes:
    """Return a key that is easy to see; keys ascend with their numbers."""
    return bytes([number]) * length


def _name(*, design: str = "gaen", region: str = "VN-HN", release: Instant = NOON) -> BatchName:
    return BatchName(design=design, region=region, release=release)


_GAEN = [
    KeyRecord((_START - 288, 144, 1, -2), key(0x11)),
    KeyRecord((_START - 288, 144, 1, -2), key(0x22)),
    KeyRecord((_START - 144, 144, 1, -1), key(0x01)),
    KeyRecord((_START, 57, 1, 0), key(0x33)),
]

_TABLES: dict[str, tuple[list[KeyRecord], str]] = {
    "empty": ([], "a slot without keys"),
    "gaen": (_GAEN, "three groups, one of two keys"),
    "lowcost": ([KeyRecord((_TODAY - 3,), key(0xAB, 32))], "one key of 32 bytes"),
    "lowcost-ten-days": (
        [KeyRecord((_TODAY - n,), key(16 * n + m, 32)) for n in range(10) for m in range(2)],
        "two runs: of differences and of counts",
    ),
    "hybrid-one-report": (
        [KeyRecord((_TODAY * 6 - n,), key(0x80 - n)) for n in range(91)],
        "one seed for each of 91 windows: attributes and counts are one run each",
    ),
    "run-of-two": (
        [KeyRecord((n,), key(n + 1)) for n in (0, 7, 14)],
        "two equal differences are written out; three equal counts are a run",
    ),
    "attributes-extreme": (
        [KeyRecord((_LOWEST, _HIGHEST), key(1)), KeyRecord((_HIGHEST, _LOWEST), key(2))],
        "the widest difference there is, 6442450943 both ways",
    ),
    "attributes-eight": ([KeyRecord(tuple(range(8)), key(9, 64))], "the largest record"),
    "attributes-compare-as-integers": (
        [KeyRecord((n,), key(1)) for n in (-1, 0, 200, 70000)],
        "-1 comes before 0, 200 before 70000",
    ),
    "same-key-in-two-groups": (
        [KeyRecord((n,), key(5)) for n in (1, 2)],
        "well-formed; that a key is published once is law for servers",
    ),
}

_GOOD_TABLE = KeyTable.of(_GAEN)

_BATCHES: dict[str, tuple[Batch, str]] = {
    "content-empty-table": (Batch(_name(), KeyTable.of([]).encode()), "a slot without keys"),
    "content-gaen-table": (Batch(_name(), _GOOD_TABLE.encode()), "the content is a table of keys"),
    "content-no-bytes": (Batch(_name(design="unlinkable"), b""), "the design decides, not we"),
    "content-of-no-known-design": (
        Batch(_name(design="x" * 16, region="A-9"), b"\xc1" * 300),
        "bytes that are no MessagePack, of a design nobody knows",
    ),
    "release-first": (Batch(_name(release=Instant(0)), b"\0"), "the first release there is"),
}


def build() -> dict[str, object]:
    """Return the vector file."""
    return {
        "spec": ["BATCH-1"],
        "source": "ours; written from spec/publication/batch.md, re-derived by tests/oracle.py",
        "cases": [*_batches(), *_names(), *_faults(), *_unauthentic(), *_tables(), *_bad_tables()],
    }


def _named(name: BatchName) -> Case:
    return {"design": name.design, "region": name.region, "release": name.release}


def _batches() -> Iterator[Case]:
    for name, (batch, comment) in _BATCHES.items():
        signer = FIRST if batch.release else _EARLY
        yield _named(batch.name) | {
            "id": name,
            "comment": comment,
            "spec": ["BATCH-1", "BATCH-9"],
            "flags": [],
            "operation": "open",
            "seed": signer.seed.hex(),
            "trusted": trusted(signer),
            "file": batch.sign(signer).hex(),
            "result": "valid",
            "payload": batch.encode().hex(),
            "content": batch.content.hex(),
        }


def _names() -> Iterator[Case]:
    last = Instant(2**32 - 1 - (2**32 - 1) % 7200)
    for case, name, comment in (
        ("name", _name(), "the three fields of the batch, as a map"),
        ("name-other-design", _name(design="lowcost"), "another batch of the same release"),
        ("name-first", _name(design="a", region="0", release=Instant(0)), "the shortest"),
        ("name-last", _name(design="z" * 16, region="-" * 16, release=last), "the longest"),
    ):
        yield _named(name) | {
            "id": case,
            "comment": comment,
            "spec": ["BATCH-8"],
            "flags": [],
            "operation": "name",
            "encoded": name.encode().hex(),
            "result": "valid",
        }


def _tables() -> Iterator[Case]:
    for name, (records, comment) in _TABLES.items():
        table = KeyTable.of(records)
        yield {
            "id": f"table-{name}",
            "comment": comment,
            "spec": ["BATCH-2", "BATCH-4", "BATCH-6"],
            "flags": [],
            "operation": "table",
            "encoded": table.encode().hex(),
            "result": "valid",
            "groups": [
                {"attributes": list(group.attributes), "keys": [each.hex() for each in group]}
                for group in table.groups
            ],
        }


def _map(data: bytes) -> dict[str, Value]:
    value = decode(data, limit_bytes=1000)
    if not isinstance(value, dict):
        raise TypeError("a batch and a table are maps")
    return value


def _payload(**changes: Value) -> dict[str, Value]:
    """Return a good payload, but for what is changed."""
    return _map(Batch(_name(), _GOOD_TABLE.encode()).encode()) | changes


def _fields(**changes: Value) -> dict[str, Value]:
    """Return a good table of three groups and four keys, but for what is changed."""
    return _map(_GOOD_TABLE.encode()) | changes


def _bad_encodings(good: dict[str, Value]) -> dict[str, bytes]:
    """Return what is nearly the canonical encoding of a map, and what is not at all."""
    data = encode(good)
    return {
        "map-unsorted": unsorted_map(good),
        "map-entry-twice": doubled_map(good),
        "bytes-after-the-map": data + b"\0",
        "map-truncated": data[:-1],
        "no-map": encode([1]),
        "nothing": b"",
        "nil": b"\xc0",
    }


def _faults() -> Iterator[Case]:
    for name, value in _wrong_payloads().items():
        yield _refused(name, encode(value))
    for name in ("a", "A/", "", "VN_HN", "A" * 17, "VÐ"):
        yield _refused(f"region-{name or 'empty'}", encode(_payload(region=name)), "BATCH-5")
    for name in ("A", "low-cost", "", "a" * 17, "gaen2"):
        yield _refused(f"design-{name or 'empty'}", encode(_payload(design=name)), "BATCH-5")
    for name, release in {"misaligned": NOON + 1, "before-1970": -7200, "too-late": 2**32}.items():
        yield _refused(f"release-{name}", encode(_payload(release=release)), "TIMELINE-5")
    good = encode(_payload())
    shortest = {"integer-not-shortest": good[:-1] + b"\xcc\x01"}
    for name, payload in (_bad_encodings(_payload()) | shortest).items():
        yield _refused(name, payload, "CODEC-2", "BATCH-1")


def _wrong_payloads() -> dict[str, dict[str, Value]]:
    without = {f"without-{name}": _payload() for name in _payload()}
    for name, fields in without.items():
        del fields[name.removeprefix("without-")]
    return without | {
        "unknown-field": _payload(comment="hello"),
        "version-0": _payload(version=0),
        "version-2": _payload(version=2),
        "version-as-text": _payload(version="1"),
        "content-as-text": _payload(content="1" * 64),
        "content-as-map": _payload(content=_fields()),
    }


def _bad_tables() -> Iterator[Case]:
    values = {**_wrong_fields(), **_wrong_columns(), **_wrong_keys()}
    encodings = {name: encode(value) for name, value in values.items()}
    for name, data in encodings.items():
        yield _refused_table(name, data)
    for name, data in _bad_encodings(_fields()).items():
        yield _refused_table(name, data, "CODEC-2", "BATCH-2")
    for name, value in _long_columns().items():
        yield _refused_table(name, encode(value), "BATCH-7") | {"result": "limit"}


def _refused_table(name: str, data: bytes, *clauses: str) -> Case:
    return {
        "id": f"table-{name}",
        "comment": "alone, without an envelope",
        "spec": list(clauses) or ["BATCH-2", "BATCH-4", "BATCH-6"],
        "flags": ["table"],
        "operation": "table",
        "encoded": data.hex(),
        "result": "malformed",
    }


def _wrong_fields() -> dict[str, dict[str, Value]]:
    without = {f"without-{name}": _fields() for name in _fields()}
    for name, fields in without.items():
        del fields[name.removeprefix("without-")]
    empty: dict[str, Value] = {"attributes": [], "counts": [], "key_bytes": 0, "keys": b""}
    return without | {
        "unknown-field": _fields(version=1),
        "keys-as-text": _fields(keys="1" * 64),
        "empty-with-a-length-of-keys": empty | {"key_bytes": 16},
        "empty-with-columns": empty | {"attributes": [[], []]},
        "empty-with-keys": empty | {"keys": key(1)},
    }


def _columns(*columns: Value) -> Value:
    return list(columns)


def _wrong_columns() -> dict[str, dict[str, Value]]:
    first: list[Value] = [_START - 288, 144, 144]
    period: list[Value] = [144, 0, -87]
    kind: list[Value] = [1, 0, 0]
    onset: list[Value] = [-2, 1, 1]
    three: Value = [2, 1, 1]
    return {
        "columns-missing": _fields(attributes=[]),
        "columns-nine": _fields(attributes=_columns(*[first] * 9)),
        "column-one-row-short": _fields(attributes=_columns(first, period, kind, onset[:2])),
        "column-one-row-long": _fields(attributes=_columns(first, period, kind, [*onset, 5])),
        "column-is-a-number": _fields(attributes=_columns(first, period, kind, 5)),
        "column-holds-text": _fields(attributes=_columns(first, period, kind, [-2, 1, "1"])),
        "column-holds-true": _fields(attributes=_columns(first, period, kind, [-2, 1, True])),
        "run-of-two-as-list": _fields(attributes=_columns(first, period, [1, [0, 2]], onset)),
        "run-of-one-as-list": _fields(attributes=_columns([[_START - 288, 1], 144, 144])),
        "run-of-three-written-out": _fields(attributes=_columns([5, 5, 5]), counts=three),
        "run-split": _fields(
            attributes=_columns([[5, 3], 5]), counts=[[1, 4]], keys=b"".join(map(key, range(4)))
        ),
        "run-of-none": _fields(attributes=_columns(first, period, kind, [*onset, [1, 0]])),
        "run-of-minus-one": _fields(attributes=_columns(first, period, kind, [*onset, 1, [1, -1]])),
        "run-without-length": _fields(attributes=_columns(first, period, kind, [*onset[:2], [1]])),
        "run-with-three-numbers": _fields(attributes=_columns(first, period, kind, [[0, 3, 0]])),
        "attribute-above-range": _fields(attributes=_columns([_HIGHEST - 1, 1, 1])),
        "attribute-below-range": _fields(attributes=_columns([_LOWEST - 1, 1, 1])),
        "groups-descending": _fields(attributes=_columns([9, -1, -2])),
        "groups-twice": _fields(attributes=_columns([9, 0, 1])),
        "groups-descending-in-the-second": _fields(attributes=_columns([9, 0, 1], [9, -1, 0])),
    }


def _long_columns() -> dict[str, dict[str, Value]]:
    """Return tables of few bytes whose runs claim more rows than there are keys."""
    most: Value = [[1, 2**16]]
    one = _fields(attributes=_columns([1]), counts=[1], keys=key(1))
    return {
        "run-of-four-billion": one | {"attributes": _columns([[0, 2**32]])},
        "run-of-65537": one | {"attributes": _columns([[1, 2**16 + 1]])},
        "bomb-of-eight-columns": one | {"attributes": _columns(*[most] * 8), "counts": most},
        "bomb-of-one-column": one | {"attributes": _columns(most)},
        "bomb-of-counts": one | {"counts": most},
        "run-of-one-row-more-than-keys": _fields(counts=[[1, 5]]),
    }


def _wrong_keys() -> dict[str, dict[str, Value]]:
    keys = [record.key for record in _GAEN]
    one = {"attributes": _columns([9]), "counts": [2]}
    return {
        "keys-descending": _fields(keys=b"".join([keys[1], keys[0], *keys[2:]])),
        "key-twice-in-a-group": _fields(keys=b"".join([keys[0], keys[0], *keys[2:]])),
        "keys-one-byte-short": _fields(keys=b"".join(keys)[:-1]),
        "keys-one-byte-long": _fields(keys=b"".join(keys) + b"\0"),
        "keys-one-key-long": _fields(keys=b"".join([*keys, key(0xFF)])),
        "count-0": _fields(counts=[2, 2, 0]),
        "count-negative": _fields(counts=[2, 3, -1]),
        "count-negative-reaches-back-from-the-end": _fields(
            attributes=_columns([9, 1]), counts=[-1, 4], keys=b"".join(map(key, range(3)))
        ),
        "counts-too-few": _fields(counts=[2, 2]),
        "counts-too-many": _fields(counts=[[1, 4]]),
        "counts-sum-too-small": _fields(counts=[[1, 3]]),
        "counts-sum-too-large": _fields(counts=[3, 1, 1]),
        "keys-of-15-bytes": _fields(**one, key_bytes=15, keys=key(1, 15) + key(2, 15)),
        "keys-of-65-bytes": _fields(**one, key_bytes=65, keys=key(1, 65) + key(2, 65)),
        "keys-of-no-bytes": _fields(**one, key_bytes=0, keys=b""),
        "key-bytes-of-another-divisor": _fields(key_bytes=32),
    }


def _refused(name: str, payload: bytes, *clauses: str) -> Case:
    case: Case = {
        "id": name,
        "comment": "well signed, so that only this fault is left",
        "flags": ["payload"],
        "operation": "open",
        "trusted": trusted(FIRST),
        "file": FIRST.sign(payload, context=BATCH_CONTEXT).hex(),
        "result": "malformed",
    }
    return case | ({"spec": list(clauses)} if clauses else {})


def _unauthentic() -> Iterator[Case]:
    batch = Batch(_name(), _GOOD_TABLE.encode())
    base: Case = {"operation": "open", "trusted": trusted(FIRST)}
    base["spec"] = ["BATCH-3", "SIGNING-3"]
    for case in alterations(batch.sign(FIRST)):
        yield base | case
    payload = batch.encode()
    signed = {
        "untrusted-key": (UNTRUSTED.sign(payload, context=BATCH_CONTEXT), "a stranger's key"),
        "index-presented-as-batch": (
            FIRST.sign(payload, context=INDEX_CONTEXT),
            "signed for another kind of file",
        ),
        "signed-without-context": (FIRST.sign(payload, context=""), "the context was forgotten"),
        "unsigned-garbage": (UNTRUSTED.sign(b"\xc1", context=BATCH_CONTEXT), "never parsed"),
    }
    for name, (file, comment) in signed.items():
        yield base | {
            "id": name,
            "comment": comment,
            "flags": ["signature"],
            "file": file.hex(),
            "result": "unauthentic",
        }
    for name, signer in {"key-ended-before-the-release": ENDED, "key-begins-later": SECOND}.items():
        early = Instant(SECOND.valid_from - 7200 - SECOND.valid_from % 7200)
        release = NOON if signer is ENDED else early
        payload = Batch(_name(release=release), _GOOD_TABLE.encode()).encode()
        yield base | {
            "id": name,
            "spec": ["SIGNING-4"],
            "comment": "a trusted key, but not for this moment",
            "flags": ["lifetime"],
            "trusted": trusted(FIRST, signer),
            "file": signer.sign(payload, context=BATCH_CONTEXT).hex(),
            "result": "unauthentic",
        }
