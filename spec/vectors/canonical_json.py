"""Cases of the canonical-json chapter: values, and bytes that are none."""

from dp3t.canonical_json import MOST_INTEGER, JsonValue, encode_json

Case = dict[str, object]

_VALUES: dict[str, JsonValue] = {
    "object": {"b": 1, "a": [True, False, {}], "B": "", "_": []},
    "vietnamese": "Đặng Thị Mỹ Lệ",
    "escapes": 'quote " slash / back \\ line\n tab\t bell\x07 delete\x7f separator\u2028',
    "beyond-16-bits": "𠮷",
    "largest": MOST_INTEGER,
    "smallest": -MOST_INTEGER,
}
_WRONG = {
    "space": "[1, 2]",
    "newline-at-the-end": "1\n",
    "keys-out-of-order": '{"b":1,"a":2}',
    "key-twice": '{"a":1,"a":1}',
    "key-not-ascii": '{"ệ":1}',
    "escaped-letter": '"\\u0061"',
    "escaped-slash": '"\\/"',
    "accent-apart": '"e\u0302"',
    "lone-surrogate": '"\\ud800"',
    "null": "null",
    "fraction": "1.5",
    "whole-fraction": "1.0",
    "exponent": "1e3",
    "minus-zero": "-0",
    "leading-zero": "01",
    "beyond-53-bits": "9007199254740992",
    "nothing": "",
    "seventeen-deep": "[" * 17 + "]" * 17,
}


def build() -> dict[str, object]:
    """Return the vector file."""
    cases: list[Case] = [
        {
            "id": name,
            "flags": [],
            "operation": "encode",
            "spec": ["CANONICAL-JSON-1"],
            "value": value,
            "encoded": encode_json(value).hex(),
            "result": "valid",
        }
        for name, value in _VALUES.items()
    ]
    cases += [
        {
            "id": name,
            "flags": ["json"],
            "operation": "decode",
            "encoded": text.encode().hex(),
            "result": "malformed",
        }
        for name, text in _WRONG.items()
    ]
    return {
        "spec": ["CANONICAL-JSON-2"],
        "source": "ours; what JSON.stringify of ECMAScript gives, by the standard library's writer",
        "cases": cases,
    }
