"""Cases of the codec chapter: one encoding for each value, and one fault for each refusal."""

from collections.abc import Iterator, Mapping, Sequence

from dp3t.codec import MAX_DEPTH, Value, encode, pad

_INTEGERS = {
    "zero": 0,
    "positive-fixint-highest": 127,
    "uint8-lowest": 128,
    "uint8-highest": 255,
    "uint16-lowest": 256,
    "uint16-highest": 2**16 - 1,
    "uint32-lowest": 2**16,
    "uint32-highest": 2**32 - 1,
    "uint64-lowest": 2**32,
    "uint64-highest": 2**64 - 1,
    "negative-fixint-highest": -1,
    "negative-fixint-lowest": -32,
    "int8-highest": -33,
    "int8-lowest": -128,
    "int16-highest": -129,
    "int16-lowest": -(2**15),
    "int32-highest": -(2**15) - 1,
    "int32-lowest": -(2**31),
    "int64-highest": -(2**31) - 1,
    "int64-lowest": -(2**63),
}


def _nested(depth: int) -> Value:
    value: Value = 0
    for _ in range(depth):
        value = [value]
    return value


_VALUES: dict[str, Value] = {
    **{f"integer-{name}": number for name, number in _INTEGERS.items()},
    "false": False,
    "true": True,
    "bytes-empty": b"",
    "bytes-bin8": b"\x00\xff",
    "bytes-bin16-lowest": bytes(256),
    "text-empty": "",
    "text-fixstr-longest": "x" * 31,
    "text-str8-shortest": "x" * 32,
    "text-vietnamese": "khỏe mạnh",
    "list-empty": [],
    "list-mixed": [1, b"\x01", "1", True, [-1]],
    "list-fixarray-longest": [0] * 15,
    "list-array16-shortest": [0] * 16,
    "map-empty": {},
    "map-prefix-comes-first": {"aa": 1, "b": 2, "a": 0},
    "map-order-is-of-utf8-not-utf16": {"\U0001f600": 1, "\uff5e": 0},
    "map-fixmap-longest": {f"{n:02}": n for n in range(15)},
    "map-map16-shortest": {f"{n:02}": n for n in range(16)},
    "nested-as-deep-as-allowed": _nested(MAX_DEPTH),
}

_FAULTS = {
    "nothing-at-all": "",
    "nil": "c0",
    "float32": "ca3f800000",
    "float64": "cb3ff0000000000000",
    "never-used-type": "c1",
    "extension": "d40100",
    "timestamp": "d6ff00000000",
    "integer-127-as-uint8": "cc7f",
    "integer-255-as-uint16": "cd00ff",
    "integer-65535-as-uint32": "ce0000ffff",
    "integer-4294967295-as-uint64": "cf00000000ffffffff",
    "integer-positive-in-signed-form": "d005",
    "integer-200-in-signed-form": "d100c8",
    "integer-minus-1-as-int8": "d0ff",
    "integer-minus-128-as-int16": "d1ff80",
    "text-1-byte-as-str8": "d90178",
    "text-1-byte-as-str16": "da000178",
    "text-lone-continuation-byte": "a180",
    "text-overlong-utf8": "a2c080",
    "text-surrogate": "a3eda080",
    "bytes-1-byte-as-bin16": "c5000100",
    "list-1-item-as-array16": "dc000100",
    "map-1-entry-as-map16": "de0001a16100",
    "map-keys-descending": "82a16200a16100",
    "map-longer-key-before-its-prefix": "82a2616100a16100",
    "map-key-twice": "82a16100a16100",
    "map-key-integer": "810000",
    "map-key-bytes": "81c4016100",
    "truncated-integer": "cd01",
    "truncated-bytes": "c40200",
    "truncated-list": "9200",
    "list-that-claims-four-billion-items": "ddffffffff",
    "bytes-that-claim-four-gigabytes": "c6ffffffff",
    "byte-after-the-value": "0000",
    "nil-inside-a-list": "91c0",
}

_BAD_PADDING = {
    "no-mark": "00000000",
    "mark-followed-by-something": "61800100",
    "mark-of-another-value": "61810000",
    "too-short": "618000",
    "too-long": "6180000000",
}


def build() -> dict[str, object]:
    """Return the vector file."""
    return {
        "spec": [f"CODEC-{n}" for n in (1, 2, 3, 4, 5, 6)],
        "source": "ours; written from spec/codec.md and the MessagePack specification, "
        "re-derived by tests/oracle.py",
        "cases": [*_values(), *_faults(), *_padding()],
    }


def _values() -> Iterator[dict[str, object]]:
    for name, value in _VALUES.items():
        yield {
            "id": name,
            "operation": "encode",
            "spec": ["CODEC-1", "CODEC-2"],
            "value": _tagged(value),
            "encoded": encode(value).hex(),
            "result": "valid",
        }


def _faults() -> Iterator[dict[str, object]]:
    too_deep = "91" * (MAX_DEPTH + 1) + "00"
    within = {"operation": "decode", "limit_bytes": 64, "result": "malformed"}
    for name, encoded in _FAULTS.items():
        yield {"id": name, "spec": ["CODEC-2"], "encoded": encoded, **within}
    yield {"id": "nested-too-deep", "spec": ["CODEC-5"], "encoded": too_deep, **within}
    yield {
        "id": "longer-than-the-limit-though-canonical",
        "operation": "decode",
        "spec": ["CODEC-3"],
        "encoded": encode(bytes(63)).hex(),
        "limit_bytes": 64,
        "result": "limit",
    }


def _padding() -> Iterator[dict[str, object]]:
    for name, data in {"empty": b"", "ends-in-a-mark": b"a\x80", "leaves-no-zeros": b"abc"}.items():
        yield {
            "id": f"pad-{name}",
            "operation": "pad",
            "spec": ["CODEC-4"],
            "data": data.hex(),
            "padded": pad(data, to_bytes=4).hex(),
            "length": 4,
            "result": "valid",
        }
    for name, padded in _BAD_PADDING.items():
        yield {
            "id": f"unpad-{name}",
            "operation": "unpad",
            "spec": ["CODEC-6"],
            "padded": padded,
            "length": 4,
            "result": "malformed",
        }


def _tagged(value: Value) -> object:
    """Write bytes, which JSON lacks, as {"$bytes": hex}."""
    if isinstance(value, bytes):
        return {"$bytes": value.hex()}
    if isinstance(value, Mapping):
        return {key: _tagged(item) for key, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_tagged(item) for item in value]
    return value
