"""spec/canonical-json.md."""

import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dp3t.canonical_json import MOST_INTEGER, decode_json, encode_json, read_json
from dp3t.errors import Dp3tError, LimitError, MalformedError

SECRET = "sốt cao"


@pytest.mark.spec("CANONICAL-JSON-1")
@pytest.mark.parametrize(
    ("value", "encoded"),
    [
        ({"b": 1, "a": [True, False, ""]}, '{"a":[true,false,""],"b":1}'),
        ("Đặng Thị Mỹ Lệ", '"Đặng Thị Mỹ Lệ"'),
        ('quote " slash / back \\', '"quote \\" slash / back \\\\"'),
        ("line\n tab\t bell\x07 \x7f \u2028", '"line\\n tab\\t bell\\u0007 \x7f \u2028"'),
        (-MOST_INTEGER, "-9007199254740991"),
        ([], "[]"),
        ({"B": 1, "a": 2, "_": 3}, '{"B":1,"_":3,"a":2}'),
    ],
)
def test_a_value_has_one_encoding(value: Any, encoded: str) -> None:
    assert encode_json(value) == encoded.encode()
    assert decode_json(encoded.encode(), limit_bytes=len(encoded.encode())) == value


@pytest.mark.spec("CANONICAL-JSON-1")
@pytest.mark.parametrize(
    ("value", "error"),
    [
        (1.0, TypeError),
        (None, TypeError),
        (b"x", TypeError),
        ({1: 2}, TypeError),
        ({"tuổi": 2}, TypeError),
        (MOST_INTEGER + 1, ValueError),
        ("e\u0302", ValueError),
        ("\ud800", ValueError),
    ],
)
def test_other_values_have_none(value: Any, error: type[Exception]) -> None:
    with pytest.raises(error):
        encode_json(value)


@pytest.mark.spec("CANONICAL-JSON-1")
def test_sixteen_levels_are_enough_and_seventeen_too_many() -> None:
    nested: Any = 1
    for _ in range(16):
        nested = [nested]
    assert decode_json(encode_json(nested), limit_bytes=64) == nested
    with pytest.raises(TypeError, match="deep"):
        encode_json([nested])
    with pytest.raises(MalformedError):
        decode_json(b"[" * 17 + b"1" + b"]" * 17, limit_bytes=64)


@pytest.mark.spec("CANONICAL-JSON-2", "CANONICAL-JSON-3")
@pytest.mark.parametrize(
    "text",
    [
        "", " 1", "1 ", "01", "-0", "1.0", "1e3", "null", "NaN", "[1, 2]", '{"b":1,"a":2}',
        '{"a":1,"a":1}', '"\\/"', '"\\u0061"', '"e\u0302"', '"\\ud800"', "9007199254740992",
        '{"tuổi":1}', "\ufeff1", "[" * 100_000, "9" * 5000, f'{{"a": "{SECRET}"}}', f'"{SECRET}',
    ],
)  # fmt: skip
def test_other_bytes_are_refused_without_a_word_of_what_they_say(text: str) -> None:
    with pytest.raises(MalformedError) as refusal:
        decode_json(text.encode(), limit_bytes=2**20)
    error = refusal.value
    assert str(error) == "not a canonical JSON value"
    assert error.__context__ is None
    assert error.__cause__ is None


@pytest.mark.spec("CANONICAL-JSON-2")
def test_what_is_no_utf_8_or_too_long_is_refused() -> None:
    with pytest.raises(MalformedError):
        decode_json(b'"\xff"', limit_bytes=9)
    with pytest.raises(LimitError, match="3 bytes where at most 2"):
        decode_json(b"123", limit_bytes=2)


@pytest.mark.spec("CANONICAL-JSON-4")
def test_what_a_person_has_written_is_read_in_any_layout() -> None:
    written = b' {\n "b" : 1,\t"a": ["\\u0061"] }\n'
    assert read_json(written, limit_bytes=99) == {"a": ["a"], "b": 1}
    with pytest.raises(LimitError):
        read_json(written, limit_bytes=9)
    for text in ("", "{", '{"a": 1, "a": 1}', "[1.5]", "null", '"e\u0302"', "[" * 99_999):
        with pytest.raises(MalformedError) as refusal:
            read_json(text.encode(), limit_bytes=2**20)
        assert refusal.value.__context__ is None


@given(
    st.binary(max_size=60) | st.text('[]{}",:0123456789-.eatrufls\\ ệ', max_size=40).map(str.encode)
)
def test_any_bytes_are_a_value_with_that_encoding_or_refused(data: bytes) -> None:
    with contextlib.suppress(Dp3tError):
        value: Any = decode_json(data, limit_bytes=64)
        assert encode_json(value) == data
