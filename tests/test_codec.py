"""spec/codec.md."""

import contextlib
import sys
import tracemalloc
from collections.abc import Callable
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

import oracle
from dp3t import codec
from dp3t.codec import Fields, Value
from dp3t.errors import Dp3tError, LimitError, MalformedError, UnsupportedVersionError
from vectors import Case, vector_cases

scalars = (
    st.integers(-(2**63), 2**64 - 1)
    | st.booleans()
    | st.binary(max_size=300)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=300)
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=20) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=25,
)


def untagged(value: object) -> Value:
    """Read the vectors' {"$bytes": hex} as bytes."""
    if isinstance(value, dict):
        if "$bytes" in value:
            return bytes.fromhex(value["$bytes"])
        return {key: untagged(item) for key, item in value.items()}
    if isinstance(value, list):
        return [untagged(item) for item in value]
    return cast(Value, value)


@pytest.mark.parametrize("case", vector_cases("codec", operation="encode"))
def test_a_value_has_the_encoding_of_the_vector_both_ways(case: Case) -> None:
    value, encoded = untagged(case["value"]), bytes.fromhex(case["encoded"])
    assert codec.encode(value) == encoded
    assert oracle.msgpack_encode(value) == encoded
    assert codec.decode(encoded, limit_bytes=len(encoded)) == value


@pytest.mark.parametrize("case", vector_cases("codec", operation="decode", result="malformed"))
def test_bytes_that_are_not_canonical_are_refused(case: Case) -> None:
    with pytest.raises(MalformedError) as refusal:
        codec.decode(bytes.fromhex(case["encoded"]), limit_bytes=case["limit_bytes"])
    assert type(refusal.value) is MalformedError


@pytest.mark.parametrize("case", vector_cases("codec", operation="decode", result="limit"))
def test_more_than_the_limit_is_refused(case: Case) -> None:
    encoded = bytes.fromhex(case["encoded"])
    with pytest.raises(LimitError):
        codec.decode(encoded, limit_bytes=case["limit_bytes"])
    assert codec.decode(encoded, limit_bytes=len(encoded)) is not None


@pytest.mark.spec("CODEC-3")
def test_the_limit_is_checked_before_parsing() -> None:
    garbage = b"\xc1" * 65
    with pytest.raises(LimitError):
        codec.decode(garbage, limit_bytes=64)


def items_of(value: Value) -> int:
    if isinstance(value, dict):
        return 1 + len(value) + sum(items_of(item) for item in value.values())
    if isinstance(value, list):
        return 1 + sum(items_of(item) for item in value)
    return 1


@pytest.mark.spec("CODEC-9")
@given(value=values)
def test_a_value_of_one_item_more_than_the_limit_is_refused(value: Value) -> None:
    encoded, items = codec.encode(value), items_of(value)
    assert codec.decode(encoded, limit_bytes=len(encoded), limit_items=items) == value
    with pytest.raises(LimitError):
        codec.decode(encoded, limit_bytes=len(encoded), limit_items=items - 1)


@pytest.mark.spec("CODEC-9")
@pytest.mark.parametrize("items", [b"\x90", b"\x80", b"\xc0", b"\xff"], ids=bytes.hex)
def test_items_are_counted_before_any_is_built(items: bytes) -> None:
    megabytes = b"\xdd\x00\x40\x00\x00" + items * 2**22
    tracemalloc.start()
    try:
        with pytest.raises(LimitError):
            codec.decode(megabytes, limit_bytes=2**23, limit_items=2**10)
        peak_bytes = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak_bytes < 2**16


@pytest.mark.spec("CODEC-2", "CODEC-9")
@given(data=st.binary(max_size=60))
def test_any_bytes_are_counted_without_another_error(data: bytes) -> None:
    with contextlib.suppress(Dp3tError):
        codec.decode(data, limit_bytes=60, limit_items=5)


@pytest.mark.parametrize("case", vector_cases("codec", operation="pad"))
def test_padding_is_that_of_the_vector_both_ways(case: Case) -> None:
    data, padded = bytes.fromhex(case["data"]), bytes.fromhex(case["padded"])
    assert codec.pad(data, to_bytes=case["length"]) == padded
    assert codec.unpad(padded, of_bytes=case["length"]) == data


@pytest.mark.parametrize("case", vector_cases("codec", operation="unpad"))
def test_damaged_padding_is_refused(case: Case) -> None:
    with pytest.raises(MalformedError):
        codec.unpad(bytes.fromhex(case["padded"]), of_bytes=case["length"])


@pytest.mark.spec("CODEC-1", "CODEC-2")
@given(value=values)
def test_both_witnesses_encode_alike_and_decoding_inverts(value: Value) -> None:
    encoded = codec.encode(value)
    assert encoded == oracle.msgpack_encode(value)
    decoded = codec.decode(encoded, limit_bytes=len(encoded))
    assert decoded == value
    assert type(decoded) is type(value)


@pytest.mark.spec("CODEC-1")
@pytest.mark.parametrize("length", [2**16 - 1, 2**16])
@pytest.mark.parametrize(
    "make", [bytes, lambda n: "x" * n, lambda n: [0] * n], ids=["bytes", "text", "list"]
)
def test_long_values_are_encoded_as_the_oracle_does(
    make: Callable[[int], Value], length: int
) -> None:
    assert codec.encode(make(length)) == oracle.msgpack_encode(make(length))


@pytest.mark.spec("CODEC-2")
@given(data=st.binary(max_size=60))
def test_any_bytes_are_refused_or_are_the_one_encoding(data: bytes) -> None:
    try:
        value = codec.decode(data, limit_bytes=60)
    except Dp3tError:
        return
    assert codec.encode(value) == data


@pytest.mark.spec("CODEC-2")
@given(value=values, position=st.integers(0), flip=st.integers(1, 255))
def test_an_altered_encoding_never_decodes_to_the_same_value(
    value: Value, position: int, flip: int
) -> None:
    altered = bytearray(codec.encode(value))
    altered[position % len(altered)] ^= flip
    try:
        decoded = codec.decode(bytes(altered), limit_bytes=len(altered))
    except Dp3tError:
        return
    assert codec.encode(decoded) != codec.encode(value)


@pytest.mark.spec("CODEC-5")
@pytest.mark.parametrize("opening", [b"\x91", b"\x81\xa0"], ids=["lists", "maps"])
def test_deep_nesting_is_refused_without_deep_recursion(opening: bytes) -> None:
    for depth in (codec.MAX_DEPTH + 1, 400, 100_000):
        with pytest.raises(MalformedError):
            codec.decode(opening * depth + b"\0", limit_bytes=sys.maxsize)


@pytest.mark.spec("CODEC-2")
def test_a_header_that_claims_gigabytes_takes_no_memory() -> None:
    tracemalloc.start()
    try:
        for header in (b"\xdd", b"\xdf", b"\xc6", b"\xdb"):
            with pytest.raises(MalformedError):
                codec.decode(header + b"\xff\xff\xff\xff" + bytes(50), limit_bytes=64)
        peak_bytes = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak_bytes < 2**20


@pytest.mark.parametrize(
    "value",
    [None, 1.5, {1: 2}, object(), {"a": {None: 1}}, [None], bytearray(b"a"), memoryview(b"a")],
    ids=["none", "float", "integer-key", "object", "inner-key", "inner-none", "array", "view"],
)
def test_what_has_no_canonical_form_is_a_mistake_of_the_program(value: object) -> None:
    with pytest.raises(TypeError):
        codec.encode(cast(Value, value))


@pytest.mark.parametrize("value", [2**64, -(2**63) - 1, ["\ud800"], {"\ud800": 1}], ids=ascii)
def test_what_lies_outside_the_table_is_a_mistake_of_the_program(value: Value) -> None:
    with pytest.raises(ValueError, match=r"canonical|surrogates"):
        codec.encode(value)


class TestMessages:
    """Fields are taken one by one; what is missing, extra or of another kind is refused."""

    def message(self, **changes: Value) -> Fields:
        value: dict[str, Value] = {"version": 1, "count": 5, "key": b"four", "name": "x"}
        return Fields({**value, **changes}, what="the message")

    @pytest.mark.spec("CODEC-7", "CODEC-8")
    def test_a_message_that_has_every_field_is_accepted(self) -> None:
        fields = self.message(flag=True, items=[1, 2], inner={"a": 0})
        assert fields.version(1) == 1
        assert fields.integer("count", 0, 5) == 5
        assert fields.octets("key", length=4) == b"four"
        assert fields.text("name", longest=1) == "x"
        assert fields.boolean("flag") is True
        assert fields.items("items", most=2) == [1, 2]
        inner = fields.nested("inner")
        assert inner.integer("a", 0, 0) == 0
        inner.done()
        fields.done()

    @pytest.mark.spec("CODEC-7")
    @pytest.mark.parametrize(
        "take",
        [
            pytest.param(lambda f: f.integer("absent", 0, 9), id="absent"),
            pytest.param(lambda f: f.integer("key", 0, 9), id="bytes-for-integer"),
            pytest.param(lambda f: f.integer("flag", 0, 9), id="boolean-for-integer"),
            pytest.param(lambda f: f.boolean("count"), id="integer-for-boolean"),
            pytest.param(lambda f: f.octets("name"), id="text-for-bytes"),
            pytest.param(lambda f: f.text("key", longest=9), id="bytes-for-text"),
            pytest.param(lambda f: f.items("key", most=9), id="bytes-for-list"),
            pytest.param(lambda f: f.nested("key"), id="bytes-for-map"),
            pytest.param(lambda f: f.integer("count", 0, 4), id="above-range"),
            pytest.param(lambda f: f.integer("count", 6, 9), id="below-range"),
            pytest.param(lambda f: f.octets("key", length=5), id="bytes-too-short"),
            pytest.param(lambda f: f.text("name", longest=0), id="text-too-long"),
            pytest.param(lambda f: f.items("items", most=1), id="list-too-long"),
            pytest.param(lambda f: f.done(), id="nobody-asked"),
            pytest.param(lambda f: Fields([], what="the message"), id="not-a-map"),
        ],
    )
    def test_a_message_of_another_shape_is_refused_by_its_name(
        self, take: Callable[[Fields], object]
    ) -> None:
        with pytest.raises(MalformedError, match="the message"):
            take(self.message(flag=True, items=[1, 2]))

    @pytest.mark.spec("CODEC-7")
    def test_a_field_cannot_be_taken_twice(self) -> None:
        fields = self.message()
        fields.integer("count", 0, 9)
        with pytest.raises(MalformedError, match="lacks count"):
            fields.integer("count", 0, 9)

    @pytest.mark.spec("CODEC-8")
    def test_another_version_is_refused_by_name(self) -> None:
        with pytest.raises(UnsupportedVersionError, match="the message has version 1"):
            self.message().version(2, 3)

    @pytest.mark.spec("CODEC-7")
    @pytest.mark.parametrize("value", [7, ["1"], [True], [10], [-1]], ids=str)
    def test_a_list_of_integers_holds_only_integers_in_range(self, value: Value) -> None:
        with pytest.raises(MalformedError, match="the list"):
            codec.integers(value, lowest=0, highest=9, what="the list")

    def test_a_list_of_integers_is_returned(self) -> None:
        assert codec.integers([0, 9], lowest=0, highest=9, what="the list") == [0, 9]


@pytest.mark.spec("CODEC-4")
@given(data=st.binary(max_size=40), spare=st.integers(1, 40))
def test_padding_hides_the_length_and_is_inverted(data: bytes, spare: int) -> None:
    padded = codec.pad(data, to_bytes=len(data) + spare)
    assert len(padded) == len(data) + spare
    assert codec.unpad(padded, of_bytes=len(padded)) == data


@pytest.mark.spec("CODEC-4")
def test_data_that_leave_no_room_for_the_mark_are_a_mistake_of_the_program() -> None:
    with pytest.raises(ValueError, match="do not fit"):
        codec.pad(b"four", to_bytes=4)


@given(data=st.binary(max_size=40))
def test_hexadecimal_is_read_back_in_either_case(data: bytes) -> None:
    assert codec.from_hex(data.hex()) == data
    assert codec.from_hex(data.hex().upper(), length=len(data)) == data


@pytest.mark.parametrize("text", ["0", "0g", "00 00", " 00", "00\n", "0x00", "\u0660\u0660", "é"])
def test_what_is_not_hexadecimal_is_refused(text: str) -> None:
    with pytest.raises(MalformedError, match="the key"):
        codec.from_hex(text, what="the key")


def test_hexadecimal_of_another_length_is_refused() -> None:
    with pytest.raises(MalformedError, match="3 bytes, not 4"):
        codec.from_hex("000000", length=4)
