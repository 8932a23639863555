"""Cases of the cuckoo chapter: where items fall, filters with what they hold, and faults."""

from collections.abc import Callable, Iterator

from dp3t.codec import Value, decode, encode
from dp3t.primitives import hmac_sha256, sha256
from dp3t.proximity.cuckoo.budget import LOOKUPS, fingerprint_bytes_for
from dp3t.proximity.cuckoo.filter import KEY_LABEL, CuckooFilter
from dp3t.proximity.cuckoo.layout import Layout
from dp3t.proximity.cuckoo.table import filled_slots, packed
from dp3t.publication.batch import BatchName
from dp3t.timeline import Instant

_BATCH, _NEXT_BATCH = (
    BatchName(design="unlinkable", region="VN", release=Instant(release)).encode()
    for release in (1_625_486_400, 1_625_493_600)
)
_SALT = bytes(range(16))
_FIRST_ABSENT = 1_000_000
_LAYOUTS = {
    "one-bucket": (7, 0, 1),
    "textbook-one-segment": (7, 8, 1),
    "segments-of-one-bucket": (7, 0, 5),
    "segments-even": (7, 2, 66),
    "segments-odd": (7, 12, 65),
    "largest-of-7-bytes": (7, 15, 73),
    "fingerprint-1-byte": (1, 4, 100),
    "fingerprint-8-bytes": (8, 3, 9),
}
_FILTERS = {
    "empty": (0, 7, "no item, no segment, no byte of table"),
    "one-item": (1, 7, "one bucket of four slots"),
    "four-items": (4, 7, "one bucket would be loaded beyond 95 %"),
    "full-load": (19, 7, "19 of 20 slots"),
    "two-buckets-in-a-segment": (600, 7, "more than 127 buckets"),
    "fingerprint-8-bytes": (30, 8, ""),
    "fingerprint-1-byte": (200, 1, "short enough to show false positives"),
}
_BUDGETS = {
    "budget-white-paper-worst-case": (LOOKUPS, 1),
    "budget-one-hash-for-each-observation": (LOOKUPS // 3, 1),
    "budget-one-filter-for-each-observation": (LOOKUPS // 504, 1),
    "budget-ten-times-the-load": (10 * LOOKUPS, 1),
    "budget-one-lookup-may-err-always": (1, 1),
}
_COUNTS = (0, 1, 3, 4, 19, 20, 482, 483, 1_000, 10_000, 1_000_000, 4_406_880, 9_089_843)


def build() -> dict[str, object]:
    """Return the vector file."""
    return {
        "spec": [f"CUCKOO-{n}" for n in (3, 4, 5, 6, 9, 10, 11)],
        "source": "ours; item n is the SHA-256 of n as 4 bytes, big-endian; batch_id is the name "
        "of a batch of the unlinkable design as BATCH-8 writes it",
        "cases": [
            *_derivations(),
            *_filters(),
            _other_batch(),
            *_across(),
            *_layouts(),
            *_budgets(),
            *_faults(),
        ],
    }


def _item(number: int) -> bytes:
    return sha256(number.to_bytes(4, "big"))


def _items(first: int, count: int) -> list[bytes]:
    return [_item(number) for number in range(first, first + count)]


def _key(salt: bytes) -> bytes:
    return hmac_sha256(salt, KEY_LABEL + _BATCH)


def _derivations() -> Iterator[dict[str, object]]:
    for name, parts in _LAYOUTS.items():
        yield _derivation(name, "", Layout(*parts), range(3))
    one = Layout(1, 4, 100)
    zero = next(n for n in range(10_000) if hmac_sha256(_key(_SALT), _item(n))[0] == 0)
    yield _derivation("fingerprint-zero", "0 becomes 1", one, [zero])
    still = next(n for n in range(10_000) if _fall(one, n)[1] == _fall(one, n)[2])
    yield _derivation("both-buckets-are-one", "the item has one bucket", one, [still])


def _fall(layout: Layout, number: int) -> tuple[int, int, int]:
    ((_, fingerprint, first),) = layout.entries([_item(number)], key=_key(_SALT))
    return fingerprint, first, layout.other(first, fingerprint)


def _derivation(
    name: str, comment: str, layout: Layout, numbers: range | list[int]
) -> dict[str, object]:
    width = layout.fingerprint_bytes
    falls = [(number, *_fall(layout, number)) for number in numbers]
    return {
        "id": f"derive-{name}",
        "comment": comment,
        "operation": "derive",
        "spec": [f"CUCKOO-{n}" for n in (3, 4, 5, 6)],
        "batch_id": _BATCH.hex(),
        "salt": _SALT.hex(),
        "key": _key(_SALT).hex(),
        "fingerprint_bytes": width,
        "buckets_log2": layout.buckets_log2,
        "segments": layout.segments,
        "items": [
            {
                "number": number,
                "item": _item(number).hex(),
                "fingerprint": fingerprint.to_bytes(width, "big").hex(),
                "first": first,
                "other": other,
            }
            for number, fingerprint, first, other in falls
        ],
        "result": "valid",
    }


def _built(count: int, width: int) -> CuckooFilter:
    salts = iter(range(1_000))
    return CuckooFilter.build(
        _items(0, count),
        batch_id=_BATCH,
        rand=lambda length: sha256(b"salt %d" % next(salts))[:length],
        fingerprint_bytes=width,
    )


def _laid_out(layout: Layout, count: int) -> CuckooFilter:
    """Return a filter of a layout that no builder of ours chooses and every reader reads."""
    entries = layout.entries(_items(0, count), key=_key(_SALT))
    slots = filled_slots((entry[1:] for entry in entries), layout)
    if slots is None:
        raise ValueError("no filter of this layout holds these items")
    table = packed(slots, layout.fingerprint_bytes)
    return CuckooFilter(batch_id=_BATCH, salt=_SALT, layout=layout, count=count, table=table)


def _filters() -> Iterator[dict[str, object]]:
    for name, (count, width, comment) in _FILTERS.items():
        yield _lookup(name, comment, _built(count, width), count)
    yield _lookup("textbook", "one segment of 2^3 buckets", _laid_out(Layout(7, 3, 1), 28), 28)
    yield _lookup("three-segments", "an odd number", _laid_out(Layout(7, 2, 3), 40), 40)


def _lookup(name: str, comment: str, built: CuckooFilter, count: int) -> dict[str, object]:
    absent = range(_FIRST_ABSENT, _FIRST_ABSENT + 200)
    return {
        "id": f"filter-{name}",
        "comment": comment,
        "operation": "lookup",
        "spec": [f"CUCKOO-{n}" for n in (7, 9, 10, 17, 18, 19)],
        "batch_id": _BATCH.hex(),
        "encoded": built.encode().hex(),
        "items": {"first": 0, "count": count},
        "found": {"first": 0, "count": count},
        "looked_up_besides": {"first": absent.start, "count": len(absent)},
        "false_positives": [number for number in absent if _item(number) in built],
        "result": "valid",
    }


def _other_batch() -> dict[str, object]:
    return {
        **_lookup("full-load", "", _built(19, 7), 19),
        "id": "filter-under-another-batch-id",
        "comment": "the batch of the next release: nothing is found",
        "spec": ["CUCKOO-3"],
        "batch_id": _NEXT_BATCH.hex(),
        "found": {"first": 0, "count": 0},
    }


def _across() -> Iterator[dict[str, object]]:
    """Look up an item in filters made by hand, in whose one bucket it stands across two slots."""
    layout = Layout(2, 0, 1)
    number = next(n for n in range(_FIRST_ABSENT, 2 * _FIRST_ABSENT) if _steep(layout, n))
    high, low = divmod(_fall(layout, number)[0], 256)
    ends, begins, whole = bytes((0, high)), bytes((low, 0)), bytes((high, low))
    for name, slots, comment in (
        ("across-two-slots", (ends, begins), "stands across two slots only: not held"),
        ("across-two-slots-and-in-one", (ends, begins, whole), "across two slots, then in one"),
    ):
        table = b"".join(slots).rjust(layout.table_bytes, b"\0")
        made = CuckooFilter(
            batch_id=_BATCH, salt=_SALT, layout=layout, count=len(slots), table=table
        )
        yield {
            **_lookup(name, f"item {number} {comment}", made, len(slots)),
            "spec": ["CUCKOO-9"],
            "found": {"first": 0, "count": 0},
            "looked_up_besides": {"first": number, "count": 1},
            "false_positives": [number] if whole in slots else [],
        }


def _steep(layout: Layout, number: int) -> bool:
    """Whether slots that hold a fingerprint's halves, and it, come in ascending order."""
    high, low = divmod(_fall(layout, number)[0], 256)
    return high > low > 0


def _layouts() -> Iterator[dict[str, object]]:
    for count in _COUNTS:
        layout = Layout.for_items(count, fingerprint_bytes=7)
        yield {
            "id": f"layout-{count}-items",
            "operation": "layout",
            "spec": ["CUCKOO-15", "CUCKOO-18"],
            "count": count,
            "fingerprint_bytes": 7,
            "buckets_log2": layout.buckets_log2,
            "segments": layout.segments,
            "result": "valid",
        }


def _budgets() -> Iterator[dict[str, object]]:
    for name, (lookups, false_positives) in _BUDGETS.items():
        yield {
            "id": name,
            "operation": "budget",
            "spec": ["CUCKOO-13"],
            "lookups": lookups,
            "false_positives": false_positives,
            "fingerprint_bytes": fingerprint_bytes_for(
                lookups=lookups, false_positives=false_positives
            ),
            "result": "valid",
        }


def _faults() -> Iterator[dict[str, object]]:
    good, empty = _built(19, 7).encode(), _built(0, 7).encode()
    table = _built(19, 7).table
    mixed = next(at for at in range(0, 140, 28) if table[at : at + 7] == bytes(7))
    swapped = table[:mixed] + table[mixed + 7 : mixed + 14] + bytes(7) + table[mixed + 14 :]
    full = next(at for at in range(0, 140, 28) if table[at : at + 7] != bytes(7))
    descending = table[:full] + table[full + 7 : full + 14] + table[full : full + 7]
    descending += table[full + 14 :]
    emptied = table[:full] + bytes(7) + table[full + 7 :]
    changes: dict[str, tuple[bytes, dict[str, Value | None]]] = {
        "version-2": (good, {"version": 2}),
        "version-missing": (good, {"version": None}),
        "field-unknown": (good, {"zebra": 0}),
        "table-missing": (good, {"table": None}),
        "table-as-text": (good, {"table": "0" * 140}),
        "count-as-boolean": (empty, {"count": False}),
        "count-negative": (good, {"count": -1}),
        "count-one-less-than-slots": (good, {"count": 18}),
        "count-one-more-than-slots": (good, {"table": emptied}),
        "fingerprints-of-0-bytes": (empty, {"fingerprint_bytes": 0}),
        "fingerprints-of-9-bytes": (empty, {"fingerprint_bytes": 9}),
        "fingerprints-of-another-length": (good, {"fingerprint_bytes": 8}),
        "salt-of-15-bytes": (good, {"salt": bytes(15)}),
        "salt-of-17-bytes": (good, {"salt": bytes(17)}),
        "table-one-byte-short": (good, {"table": table[:-1]}),
        "table-one-byte-long": (good, {"table": table + b"\0"}),
        "table-one-bucket-short": (good, {"segments": 6}),
        "buckets-of-2^17": (empty, {"buckets_log2": 17}),
        "empty-with-a-segment": (empty, {"segments": 1, "table": bytes(28)}),
        "empty-with-buckets": (empty, {"buckets_log2": 1}),
        "items-without-segments": (good, {"segments": 0, "table": b""}),
        "slots-descending": (good, {"table": descending}),
        "slots-empty-after-full": (good, {"table": swapped}),
        "load-above-95-percent": (
            empty,
            {"segments": 1, "count": 4, "table": bytes(6) + b"\1" + (bytes(6) + b"\2") * 3},
        ),
    }
    for name, (base, fields) in changes.items():
        yield _fault(name, _with(base, fields))
    spoil: dict[str, Callable[[bytes], bytes]] = {
        "not-a-map": lambda data: b"\xc4\x01\x00",
        "nothing": lambda data: b"",
        "cut-by-one-byte": lambda data: data[:-1],
        "one-byte-more": lambda data: data + b"\0",
        "integer-not-in-its-shortest-form": lambda data: data.replace(
            b"\xa5count\x13", b"\xa5count\xcc\x13"
        ),
    }
    for name, change in spoil.items():
        yield _fault(name, change(good))
    yield _fault("segments-65537", _with(empty, {"segments": 2**16 + 1}))
    large = {"buckets_log2": 15, "segments": 74, "fingerprint_bytes": 7}
    yield {**_fault("table-beyond-the-limit", _with(empty, large)), "result": "limit"}


def _with(encoded: bytes, changes: "dict[str, Value | None] | dict[str, int]") -> bytes:
    fields = decode(encoded, limit_bytes=2**16)
    if not isinstance(fields, dict):
        raise TypeError("a filter is a map")
    for name, value in changes.items():
        fields.pop(name, None)
        if value is not None:
            fields[name] = value
    return encode(fields)


def _fault(name: str, encoded: bytes) -> dict[str, object]:
    limits = name == "table-beyond-the-limit"
    return {
        "id": name,
        "operation": "decode",
        "spec": ["CUCKOO-12" if limits else "CUCKOO-11"],
        "batch_id": _BATCH.hex(),
        "encoded": encoded.hex(),
        "result": "malformed",
    }
