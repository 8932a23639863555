"""spec/presence/pretrace.md: the request, the owner's step and the seal."""

import inspect
from collections.abc import Callable
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import oracle_seal
from dp3t.codec import encode, pad
from dp3t.errors import (
    ExpiredError,
    LimitError,
    MalformedError,
    TooEarlyError,
    UnsupportedVersionError,
    VerificationError,
)
from dp3t.presence.encryption import partial_key
from dp3t.presence.identity import identity_of
from dp3t.presence.pretrace import (
    MAX_INTERVALS,
    PRE_TRACE_BYTES,
    PreTrace,
    TraceRequest,
    name_of,
    pre_trace,
)
from dp3t.primitives import X25519PrivateKey, random_from_os, seal_box
from dp3t.timeline import Instant
from gatherings import AUTHORITY, HOUR, MARKET, NOW, TEN, asked, stretch

CONTENT_BYTES = PRE_TRACE_BYTES - 48


def made(**changes: Any) -> PreTrace:
    options: dict[str, Any] = {"stretch": stretch(0, 3600), "reference": "7K2-4411", "now": NOW}
    return pre_trace(MARKET, **{**options, **changes})


def sealed_value(value: Any) -> bytes:
    return seal_box(
        AUTHORITY.public(), pad(encode(value), to_bytes=CONTENT_BYTES), rand=random_from_os
    )


def value_of(one: PreTrace) -> dict[str, Any]:
    value = one.to_value()
    assert isinstance(value, dict)
    return value


class TestRequest:
    """What an official can ask for."""

    @pytest.mark.spec("PRETRACE-1")
    @pytest.mark.parametrize("reference", ["", "a", "7K2 4411", "A" * 17, "7K2\n", "Đ"])
    def test_a_reference_of_another_form_is_malformed(self, reference: str) -> None:
        with pytest.raises(MalformedError, match="reference"):
            asked(reference=reference)

    @pytest.mark.spec("PRETRACE-1")
    @pytest.mark.parametrize(("start", "end"), [(5, 5), (6, 5), (-TEN - 1, 0), (0, 2**32)])
    def test_a_stretch_that_is_empty_or_at_no_time_is_malformed(self, start: int, end: int) -> None:
        with pytest.raises(MalformedError, match="stretch"):
            asked(start, end)

    @pytest.mark.spec("PRETRACE-1")
    def test_240_hours_can_be_asked_for_and_241_cannot(self) -> None:
        assert len(asked(1, MAX_INTERVALS * HOUR).starts()) == MAX_INTERVALS
        with pytest.raises(LimitError, match="240"):
            asked(0, MAX_INTERVALS * HOUR + 1)

    @pytest.mark.spec("PRETRACE-2")
    @pytest.mark.parametrize(
        ("start", "end", "hours"),
        [
            (0, 1, [0]),
            (0, 3600, [0]),
            (0, 3601, [0, 1]),
            (3599, 3600, [0]),
            (3599, 7201, [0, 1, 2]),
        ],
    )
    def test_an_hour_is_touched_from_its_first_second_to_its_last(
        self, start: int, end: int, hours: list[int]
    ) -> None:
        assert list(asked(start, end).starts()) == [TEN + HOUR * hour for hour in hours]


class TestOwner:
    """The owner's step takes nothing for granted."""

    @pytest.mark.spec("PRETRACE-2")
    def test_each_hour_has_its_part_of_the_owners_share(self) -> None:
        one = made(stretch=stretch(1800, 9000))
        expected = [
            partial_key(MARKET.share, identity=identity_of(MARKET.payload, start=Instant(start)))
            for start in (TEN, TEN + HOUR, TEN + 2 * HOUR)
        ]
        assert one.keys == tuple(key.to_bytes() for key in expected)
        assert (one.payload, one.sealed_share) == (MARKET.payload, MARKET.sealed_share)
        assert one.request == TraceRequest(reference="7K2-4411", stretch=stretch(1800, 9000))

    @pytest.mark.spec("PRETRACE-3")
    def test_an_hour_is_traced_once_it_is_over_and_not_before(self) -> None:
        over = Instant(TEN + 2 * HOUR)
        made(stretch=stretch(0, 3601), now=over)
        with pytest.raises(TooEarlyError, match="not over"):
            made(stretch=stretch(0, 3601), now=Instant(over - 1))
        with pytest.raises(TooEarlyError):
            made(stretch=stretch(0, 3601), now=Instant(TEN - 1))

    @pytest.mark.spec("PRETRACE-3")
    def test_an_hour_is_traced_for_ten_days_and_not_longer(self) -> None:
        midnight = TEN - TEN % 86_400 + 11 * 86_400
        made(now=Instant(midnight - 1))
        with pytest.raises(ExpiredError, match="10 days"):
            made(now=Instant(midnight))

    @pytest.mark.spec("PRETRACE-4")
    def test_stretch_and_reference_have_no_default(self) -> None:
        parameters = inspect.signature(pre_trace).parameters
        for name in ("stretch", "reference", "now"):
            assert parameters[name].default is inspect.Parameter.empty
            assert parameters[name].kind is inspect.Parameter.KEYWORD_ONLY

    @pytest.mark.spec("PRETRACE-2")
    def test_neither_repr_nor_value_holds_the_owners_share(self) -> None:
        one = made()
        share = MARKET.share.to_bytes()
        assert share not in encode(one.to_value())
        assert repr(one) == f"PreTrace(request={one.request!r})"


class TestSeal:
    """Whoever carries it sees 16,384 bytes."""

    @pytest.mark.spec("PRETRACE-6")
    @settings(max_examples=10)
    @given(
        hours=st.integers(1, MAX_INTERVALS),
        reference=st.from_regex("[0-9A-Z-]{1,16}", fullmatch=True),
    )
    def test_every_pre_trace_has_one_length_and_opens(self, hours: int, reference: str) -> None:
        """Ninety hours of one venue look like one hour of another."""
        one = PreTrace(
            payload=bytes(1024),
            sealed_share=bytes(80),
            request=TraceRequest(reference=reference, stretch=stretch(0, hours * HOUR)),
            keys=tuple(random_from_os(48) for _ in range(hours)),
        )
        sealed = {one.seal(AUTHORITY.public(), rand=random_from_os) for _ in range(2)}
        assert {len(each) for each in sealed} == {PRE_TRACE_BYTES}
        assert len({each[:32] for each in sealed}) == 2
        assert {PreTrace.open(each, AUTHORITY) for each in sealed} == {one}
        assert len(encode(one.to_value())) <= 12_740

    @pytest.mark.spec("PRETRACE-6")
    def test_the_second_witness_opens_it(self) -> None:
        one = made()
        sealed = one.seal(AUTHORITY.public(), rand=random_from_os)
        padded = oracle_seal.seal_open(AUTHORITY.to_bytes(), sealed)
        assert padded == pad(encode(one.to_value()), to_bytes=CONTENT_BYTES)

    @pytest.mark.spec("PRETRACE-6")
    def test_what_nobody_could_read_is_not_sealed(self) -> None:
        one = made()
        worse = PreTrace(
            payload=one.payload, sealed_share=one.sealed_share, request=one.request, keys=()
        )
        with pytest.raises(MalformedError, match="keys"):
            worse.seal(AUTHORITY.public(), rand=random_from_os)

    @pytest.mark.spec("PRETRACE-6")
    def test_a_key_that_was_not_checked_is_a_programming_mistake(self) -> None:
        raw: Any = AUTHORITY.public().to_bytes()
        with pytest.raises(TypeError):
            made().seal(raw, rand=random_from_os)

    @pytest.mark.spec("PRETRACE-7")
    def test_the_wrong_key_opens_nothing(self) -> None:
        sealed = made().seal(AUTHORITY.public(), rand=random_from_os)
        with pytest.raises(VerificationError):
            PreTrace.open(sealed, X25519PrivateKey(bytes(32)))

    @pytest.mark.spec("PRETRACE-7")
    @given(place=st.integers(0, 8 * PRE_TRACE_BYTES - 1))
    def test_any_flipped_bit_is_noticed(self, place: int) -> None:
        sealed = bytearray(SEALED)
        sealed[place // 8] ^= 1 << place % 8
        with pytest.raises(VerificationError):
            PreTrace.open(bytes(sealed), AUTHORITY)

    @pytest.mark.spec("PRETRACE-7")
    @pytest.mark.parametrize("length", [0, 48, PRE_TRACE_BYTES - 1, PRE_TRACE_BYTES + 1])
    def test_another_length_is_malformed_before_it_is_opened(self, length: int) -> None:
        with pytest.raises(MalformedError, match="16384"):
            PreTrace.open(SEALED[:length].ljust(length, b"\0"), AUTHORITY)

    @pytest.mark.spec("PRETRACE-8")
    def test_a_repeat_has_the_same_name_and_a_second_sealing_another(self) -> None:
        one = made()
        first, second = (one.seal(AUTHORITY.public(), rand=random_from_os) for _ in range(2))
        assert name_of(first) == name_of(bytes(first)) != name_of(second)


SEALED = made().seal(AUTHORITY.public(), rand=random_from_os)


def without(name: str) -> Callable[[dict[str, Any]], object]:
    return lambda value: value.pop(name)


def set_to(**fields: Any) -> Callable[[dict[str, Any]], object]:
    return lambda value: value.update(fields)


class TestMap:
    """Anybody can seal anything to a public key."""

    @pytest.mark.spec("PRETRACE-5")
    @pytest.mark.parametrize(
        "fault",
        [
            *(without(name) for name in value_of(made())),
            set_to(more=1),
            set_to(start=TEN + 3600),
            set_to(end=TEN + 3601),
            set_to(end=TEN),
            set_to(end=2**32),
            set_to(start=-1),
            set_to(start=True),
            set_to(reference="a"),
            set_to(reference=b"A"),
            set_to(sealed_share=bytes(79)),
            set_to(keys=bytes(47)),
            set_to(keys=bytes(96)),
            set_to(keys=[bytes(48)]),
            set_to(payload="x"),
        ],
    )
    def test_a_map_with_one_fault_is_malformed(
        self, fault: Callable[[dict[str, Any]], object]
    ) -> None:
        value = value_of(made())
        fault(value)
        with pytest.raises(MalformedError):
            PreTrace.open(sealed_value(value), AUTHORITY)

    @pytest.mark.spec("PRETRACE-5")
    def test_a_longer_payload_or_more_hours_are_over_the_limit(self) -> None:
        value = value_of(made())
        for fault in ({"payload": bytes(1025)}, {"end": TEN + 240 * HOUR + 1}):
            with pytest.raises(LimitError):
                PreTrace.open(sealed_value({**value, **fault}), AUTHORITY)

    @pytest.mark.spec("PRETRACE-5", "CODEC-8")
    def test_another_version_is_named(self) -> None:
        with pytest.raises(UnsupportedVersionError, match="2"):
            PreTrace.open(sealed_value({**value_of(made()), "version": 2}), AUTHORITY)

    @pytest.mark.spec("PRETRACE-7")
    @given(
        content=st.integers().map(lambda seed: Random(seed).randbytes(CONTENT_BYTES))
        | st.binary(max_size=300).map(lambda some: pad(some, to_bytes=CONTENT_BYTES))
    )
    @settings(max_examples=30)
    def test_any_content_ends_in_one_of_our_errors(self, content: bytes) -> None:
        with pytest.raises(MalformedError):
            PreTrace.open(seal_box(AUTHORITY.public(), content, rand=random_from_os), AUTHORITY)

    @pytest.mark.spec("PRETRACE-5")
    @given(data=st.data())
    def test_a_damaged_map_ends_in_a_value_or_one_of_our_errors(self, data: st.DataObject) -> None:
        content = bytearray(encode(made().to_value()))
        for _ in range(data.draw(st.integers(1, 3))):
            content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
        padded = pad(bytes(content), to_bytes=CONTENT_BYTES)
        sealed = seal_box(AUTHORITY.public(), padded, rand=random_from_os)
        try:
            found = PreTrace.open(sealed, AUTHORITY)
        except (MalformedError, VerificationError):
            return
        assert encode(found.to_value()) == content
