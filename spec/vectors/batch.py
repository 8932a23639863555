"""Cases of the batch chapter: one layout, and one fault for each refusal."""

from collections.abc import Iterator, Sequence

from dp3t.codec import Value, decode, encode
from dp3t.publication.batch import Batch, KeyRecord
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


def key(number: int, length: int = 16) -> bytes:
    """Return a key that is easy to see; keys ascend with their numbers."""
    return bytes([number]) * length


def _batch(records: Sequence[KeyRecord], design: str = "gaen", region: str = "VN-HN") -> Batch:
    return Batch.of_records(records, design=design, region=region, release=NOON)


_GAEN = [
    KeyRecord((_START - 288, 144, 1, -2), key(0x11)),
    KeyRecord((_START - 288, 144, 1, -2), key(0x22)),
    KeyRecord((_START - 144, 144, 1, -1), key(0x01)),
    KeyRecord((_START, 57, 1, 0), key(0x33)),
]

_VALID: dict[str, tuple[Batch, str]] = {
    "empty": (_batch([]), "a slot without keys"),
    "gaen": (_batch(_GAEN), "three groups, one of two keys"),
    "lowcost": (
        _batch([KeyRecord((_TODAY - 3,), key(0xAB, 32))], design="lowcost", region="VN"),
        "one key of 32 bytes",
    ),
    "lowcost-ten-days": (
        _batch(
            [KeyRecord((_TODAY - n,), key(16 * n + m, 32)) for n in range(10) for m in range(2)],
            design="lowcost",
        ),
        "two runs: of differences and of counts",
    ),
    "run-of-two": (
        _batch([KeyRecord((n,), key(n + 1)) for n in (0, 7, 14)]),
        "two equal differences are written out; three equal counts are a run",
    ),
    "attributes-extreme": (
        _batch([KeyRecord((_LOWEST, _HIGHEST), key(1)), KeyRecord((_HIGHEST, _LOWEST), key(2))]),
        "the widest difference there is, 6442450943 both ways",
    ),
    "attributes-eight": (_batch([KeyRecord(tuple(range(8)), key(9, 64))]), "the largest record"),
    "attributes-compare-as-integers": (
        _batch([KeyRecord((n,), key(1)) for n in (-1, 0, 200, 70000)]),
        "-1 comes before 0, 200 before 70000",
    ),
    "same-key-in-two-groups": (
        _batch([KeyRecord((n,), key(5)) for n in (1, 2)]),
        "well-formed; that a key is published once is law for servers",
    ),
}


def build() -> dict[str, object]:
    """Return the vector file."""
    return {
        "spec": ["BATCH-1", "BATCH-2", "BATCH-4", "BATCH-6"],
        "source": "ours; written from spec/publication/batch.md, re-derived by tests/oracle.py",
        "cases": [*_valid(), *_malformed(), *_unauthentic()],
    }


def _valid() -> Iterator[Case]:
    for name, (batch, comment) in _VALID.items():
        yield {
            "id": name,
            "comment": comment,
            "flags": [],
            "seed": FIRST.seed.hex(),
            "trusted": trusted(FIRST),
            "file": batch.sign(FIRST).hex(),
            "result": "valid",
            "payload": batch.encode().hex(),
            "design": batch.design,
            "region": batch.region,
            "release": batch.release,
            "groups": [
                {"attributes": list(group.attributes), "keys": [each.hex() for each in group]}
                for group in batch.groups
            ],
        }


def _fields(**changes: Value) -> dict[str, Value]:
    """Return a good map of three groups and four keys, but for what is changed."""
    good = decode(_batch(_GAEN).encode(), limit_bytes=1000)
    if not isinstance(good, dict):
        raise TypeError("a batch is a map")
    return good | changes


def _columns(*columns: Value) -> Value:
    return list(columns)


def _malformed() -> Iterator[Case]:
    for name, value in {**_wrong_fields(), **_wrong_columns(), **_wrong_keys()}.items():
        yield _refused(name, encode(value))
    for name in ("a", "A/", "", "VN_HN", "A" * 17, "VÐ"):
        yield _refused(f"region-{name or 'empty'}", encode(_fields(region=name)), "BATCH-5")
    for name in ("A", "low-cost", "", "a" * 17, "gaen2"):
        yield _refused(f"design-{name or 'empty'}", encode(_fields(design=name)), "BATCH-5")
    for name, release in {"misaligned": NOON + 1, "before-1970": -7200, "too-late": 2**32}.items():
        yield _refused(f"release-{name}", encode(_fields(release=release)), "TIMELINE-5")
    good = encode(_fields())
    encodings = {
        "map-unsorted": unsorted_map(_fields()),
        "map-entry-twice": doubled_map(_fields()),
        "integer-not-shortest": good[:-1] + b"\xcc\x01",
        "bytes-after-the-map": good + b"\0",
        "map-truncated": good[:-1],
        "no-map": encode([1]),
        "nothing": b"",
        "nil": b"\xc0",
    }
    for name, payload in encodings.items():
        yield _refused(name, payload, "CODEC-2", "BATCH-2")


def _wrong_fields() -> dict[str, dict[str, Value]]:
    without = {f"without-{name}": _fields() for name in _fields()}
    for name, fields in without.items():
        del fields[name.removeprefix("without-")]
    empty: dict[str, Value] = {"attributes": [], "counts": [], "key_bytes": 0, "keys": b""}
    return without | {
        "unknown-field": _fields(comment="hello"),
        "version-0": _fields(version=0),
        "version-2": _fields(version=2),
        "version-as-text": _fields(version="1"),
        "keys-as-text": _fields(keys="1" * 64),
        "empty-with-a-length-of-keys": _fields(**(empty | {"key_bytes": 16})),
        "empty-with-columns": _fields(**(empty | {"attributes": [[], []]})),
        "empty-with-keys": _fields(**(empty | {"keys": key(1)})),
    }


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
        "run-of-four-billion": _fields(attributes=_columns(first, period, kind, [[0, 2**32]])),
        "attribute-above-range": _fields(attributes=_columns([_HIGHEST - 1, 1, 1])),
        "attribute-below-range": _fields(attributes=_columns([_LOWEST - 1, 1, 1])),
        "groups-descending": _fields(attributes=_columns([9, -1, -2])),
        "groups-twice": _fields(attributes=_columns([9, 0, 1])),
        "groups-descending-in-the-second": _fields(attributes=_columns([9, 0, 1], [9, -1, 0])),
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
        "trusted": trusted(FIRST),
        "file": FIRST.sign(payload, context=BATCH_CONTEXT).hex(),
        "result": "malformed",
    }
    return case | ({"spec": list(clauses)} if clauses else {})


def _unauthentic() -> Iterator[Case]:
    batch = _batch(_GAEN)
    base: Case = {"trusted": trusted(FIRST), "spec": ["BATCH-3", "SIGNING-3"]}
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
        payload = Batch.of_records(_GAEN, design="gaen", region="VN", release=release).encode()
        yield base | {
            "id": name,
            "spec": ["SIGNING-4"],
            "comment": "a trusted key, but not for this moment",
            "flags": ["lifetime"],
            "trusted": trusted(FIRST, signer),
            "file": signer.sign(payload, context=BATCH_CONTEXT).hex(),
            "result": "unauthentic",
        }
