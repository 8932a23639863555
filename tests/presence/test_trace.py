"""spec/presence/trace.md: the published trace, its message, the batch and the padding."""

from collections.abc import Callable
from dataclasses import replace
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

import oracle_pairing
import oracle_seal
import oracle_seed
import oracle_trace
from dp3t.codec import encode
from dp3t.errors import Dp3tError, LimitError, MalformedError
from dp3t.presence.encryption import IdentityKey
from dp3t.presence.pairing import G1Point
from dp3t.presence.trace import (
    MAX_TEXT_BYTES,
    MAX_TRACES,
    PRESENCE,
    TRACE_BYTES,
    Message,
    Trace,
    padded,
    publish,
    traces_of,
)
from dp3t.publication.batch import Batch, BatchName
from dp3t.publication.seed import slot_random
from dp3t.timeline import Day, Instant, Stretch, day_of, day_start
from publication_cases import REFUSALS, altered
from vectors import Case, vector_cases
from visits import DAY, HOUR, NOON, TEXT, venue

MARKET = venue(0)
NAME = BatchName(design=PRESENCE, region="VN", release=Instant(NOON + 2 * HOUR))


def trace(number: int = 0) -> Trace:
    identity = number.to_bytes(32, "big")
    return Trace(
        identity=identity, key=bytes(48), day=Day(18_589), nonce=bytes(24), sealed=bytes(368)
    )


def content_of(case: Case) -> Batch:
    return Batch(replace(NAME, design=case["design"]), bytes.fromhex(case["content"]))


GOOD: tuple[tuple[Callable[[bytes], object], bytes], ...] = (
    (Trace.decode, trace(1).encode()),
    (Message.decode, Message(TEXT, Stretch(NOON, Instant(NOON + 1))).encode()),
    (
        lambda data: traces_of(Batch(NAME, data)),
        publish([trace(1), trace(2)], name=NAME).content,
    ),
)


class TestMessage:
    """What the authority tells visitors, in one length."""

    @pytest.mark.parametrize("case", vector_cases("trace", operation="message", result="valid"))
    def test_a_message_has_the_352_bytes_that_both_witnesses_write(self, case: Case) -> None:
        message = Message(case["text"], Stretch(case["start"], case["end"]))
        assert message.encode().hex() == case["encoded"]
        assert Message.decode(message.encode()) == message
        derived = oracle_trace.message(case["text"], case["start"], case["end"])
        assert derived.hex() == case["encoded"]
        assert len(derived) == 352

    @pytest.mark.parametrize("case", vector_cases("trace", operation="read"))
    def test_a_message_of_another_program_is_read(self, case: Case) -> None:
        read = Message.decode(bytes.fromhex(case["encoded"]))
        assert (read.text, *read.stretch) == (case["text"], case["start"], case["end"])

    @pytest.mark.parametrize("case", vector_cases("trace", operation="message", result="malformed"))
    def test_anything_else_is_refused(self, case: Case) -> None:
        with pytest.raises(MalformedError):
            Message.decode(bytes.fromhex(case["encoded"]))

    @pytest.mark.spec("TRACE-4")
    @given(text=st.text(min_size=1), start=st.integers(0, 2**32 - 2), length=st.integers(1, 10**9))
    def test_every_message_has_one_length_and_is_read_back(
        self, text: str, start: int, length: int
    ) -> None:
        stretch = Stretch(Instant(start), Instant(min(start + length, 2**32 - 1)))
        try:
            message = Message(text, stretch)
        except MalformedError:
            assert len(text.encode()) > MAX_TEXT_BYTES or not text.replace("\n", "").isprintable()
            return
        assert len(message.encode()) == 352
        assert Message.decode(message.encode()) == message

    @pytest.mark.spec("TRACE-4")
    def test_every_length_of_text_is_filled_up(self) -> None:
        for length in range(1, MAX_TEXT_BYTES + 1):
            message = Message("x" * length, Stretch(NOON, Instant(NOON + 1)))
            assert len(message.encode()) == 352
            assert Message.decode(message.encode()) == message


class TestTrace:
    """One trace as bytes."""

    @pytest.mark.parametrize("case", vector_cases("trace", operation="trace", result="valid"))
    def test_a_trace_has_the_bytes_that_both_witnesses_write(self, case: Case) -> None:
        identity, nonce, notification_key = (
            bytes.fromhex(case[name]) for name in ("identity", "nonce", "notification_key")
        )
        message = Message(case["text"], Stretch(case["start"], case["end"]))
        point = G1Point.from_bytes(bytes.fromhex(case["key"]))
        made = Trace.of(
            IdentityKey(identity=identity, key=point),
            day=Day(case["day"]),
            message=message,
            notification_key=notification_key,
            rand=lambda length: nonce[:length],
        )
        assert made.encode().hex() == case["encoded"]
        assert Trace.decode(made.encode()) == made
        assert made.open(notification_key) == message
        sealed = oracle_seal.secretbox(notification_key, nonce, message.encode())
        key = oracle_trace.key_of(bytes.fromhex(case["secret"]), identity)
        derived = oracle_trace.trace(identity, key, case["day"], nonce, sealed)
        assert derived.hex() == case["encoded"]
        assert len(derived) == 476 == TRACE_BYTES

    @pytest.mark.parametrize("case", vector_cases("trace", operation="trace", result="malformed"))
    def test_any_other_length_or_day_is_refused(self, case: Case) -> None:
        with pytest.raises(MalformedError):
            Trace.decode(bytes.fromhex(case["encoded"]))

    @pytest.mark.parametrize("case", vector_cases("trace", operation="open"))
    def test_a_message_that_does_not_open_is_refused(self, case: Case) -> None:
        made = Trace.decode(bytes.fromhex(case["encoded"]))
        with pytest.raises(REFUSALS[case["result"]]):
            made.open(bytes.fromhex(case["notification_key"]))

    @pytest.mark.parametrize("case", vector_cases("trace", operation="key"))
    def test_a_key_is_taken_exactly_if_it_is_a_point_of_the_group(self, case: Case) -> None:
        made = Trace.decode(bytes.fromhex(case["encoded"]))
        if case["result"] == "valid":
            made.require_valid()
            assert oracle_pairing.decode_g1(made.key)
            return
        with pytest.raises(MalformedError):
            made.require_valid()
        with pytest.raises(oracle_pairing.OracleError):
            oracle_pairing.decode_g1(made.key)

    @pytest.mark.spec("TRACE-2")
    @pytest.mark.parametrize("part", ["identity", "key", "nonce", "sealed"])
    def test_a_part_of_another_length_is_refused(self, part: str) -> None:
        for wrong in (getattr(trace(), part)[1:], getattr(trace(), part) + b"\0"):
            with pytest.raises(MalformedError):
                replace(trace(), **{part: wrong})

    @pytest.mark.spec("TRACE-2")
    @pytest.mark.parametrize("day", [-1, 49_711])
    def test_an_impossible_day_is_refused(self, day: int) -> None:
        with pytest.raises(MalformedError):
            replace(trace(), day=Day(day))

    @pytest.mark.spec("TRACE-5")
    def test_two_traces_of_one_message_have_nothing_in_common_but_the_day(self) -> None:
        one, other = (MARKET.traced(NOON + hour * HOUR, (NOON, NOON + 2 * HOUR)) for hour in (0, 1))
        assert one.day == other.day
        parts = ("identity", "key", "nonce", "sealed")
        assert not any(getattr(one, part) == getattr(other, part) for part in parts)
        assert one.open(MARKET.notification_key) == other.open(MARKET.notification_key)

    def test_the_repr_hides_key_and_message(self) -> None:
        hidden = replace(trace(), key=b"A" * 48, nonce=b"A" * 24, sealed=b"A" * 368)
        assert "AAAA" not in repr(hidden)

    @pytest.mark.spec("TRACE-2", "TRACE-4", "TRACE-6")
    @given(data=st.data(), which=st.integers(0, 2))
    def test_any_bytes_are_read_or_refused_with_an_error_of_ours(
        self, data: st.DataObject, which: int
    ) -> None:
        decode, good = GOOD[which]
        hostile = data.draw(altered(good) | st.binary(min_size=len(good), max_size=len(good)))
        try:
            decode(hostile)
        except Dp3tError:
            return


class TestTable:
    """The content of a batch."""

    @pytest.mark.parametrize("case", vector_cases("trace", operation="table", result="valid"))
    def test_a_table_has_each_trace_once_ascending(self, case: Case) -> None:
        traces = [Trace.decode(bytes.fromhex(each)) for each in case["traces"]]
        batch = publish(traces, name=NAME)
        assert batch.content.hex() == case["content"]
        assert batch.design == case["design"] == "presence"
        assert traces_of(batch) == tuple(sorted(set(traces)))
        assert oracle_trace.table(map(bytes.fromhex, case["traces"])).hex() == case["content"]

    @pytest.mark.parametrize("case", vector_cases("trace", operation="table", result="malformed"))
    def test_any_other_content_is_refused(self, case: Case) -> None:
        with pytest.raises(MalformedError):
            traces_of(content_of(case))

    @pytest.mark.spec("TRACE-1")
    def test_a_batch_of_traces_is_named_so(self) -> None:
        with pytest.raises(ValueError, match="presence"):
            publish([], name=replace(NAME, design="lowcost"))

    @pytest.mark.spec("TRACE-6")
    def test_two_traces_of_one_identity_are_not_published_together(self) -> None:
        with pytest.raises(ValueError, match="one identity"):
            publish([trace(), replace(trace(), day=Day(1))], name=NAME)

    @pytest.mark.spec("TRACE-6")
    def test_a_batch_holds_65536_traces_and_no_more(self) -> None:
        traces = [trace(number) for number in range(MAX_TRACES + 1)]
        with pytest.raises(LimitError):
            publish(traces, name=NAME)
        full = publish(traces[1:], name=NAME)
        assert len(traces_of(full)) == 65_536
        table = b"".join(each.encode() for each in traces)
        with pytest.raises(LimitError):
            traces_of(Batch(NAME, encode({"traces": table, "version": 1})))


class TestPadding:
    """Traces that are nobody's."""

    @pytest.mark.parametrize("case", vector_cases("trace", operation="pad"))
    def test_a_batch_is_padded_as_both_witnesses_draw_it(self, case: Case) -> None:
        given_traces = [bytes.fromhex(each) for each in case["traces"]]
        seed, release = bytes.fromhex(case["seed"]), Instant(case["release"])
        name = BatchName(design=PRESENCE, region=case["region"], release=release)
        ours = padded(
            [Trace.decode(each) for each in given_traces],
            minimum=case["minimum"],
            release=release,
            rand=slot_random(seed, purpose="padding", name=name),
        )
        assert [each.encode().hex() for each in ours] == case["padded"]
        label = oracle_seed.label_of("padding", PRESENCE, case["region"], release)
        draw = oracle_seed.stream(seed, label)
        derived = oracle_trace.padded(given_traces, case["minimum"], release, draw)
        assert [each.hex() for each in derived] == case["padded"]

    @pytest.mark.spec("TRACE-7")
    def test_padding_is_valid_and_of_the_days_that_visits_are_kept(self) -> None:
        release = Instant(NOON + 2 * HOUR)
        every = padded([], minimum=200, release=release, rand=Random(1).randbytes)
        assert 200 <= len(every) <= 205
        for one in every:
            one.require_valid()
        today = day_of(release)
        assert {one.day for one in every} == set(range(today - 10, today + 1))
        assert len({one.identity for one in every}) == len(every)
        publish(every, name=NAME)

    @pytest.mark.spec("TRACE-7")
    @pytest.mark.parametrize("hour", range(0, 24, 2))
    def test_nothing_is_made_up_that_no_server_had_taken_by_the_release(self, hour: int) -> None:
        release = Instant(day_start(day_of(NOON)) + hour * HOUR)
        last = day_of(Instant(release - 1))
        taken, over = set(range(last - 10, last + 1)), max(1, (hour or 24) - 1)
        venues = [
            padded([], minimum=1, release=release, rand=Random(seed).randbytes)
            for seed in range(60)
        ]
        assert {trace.day for venue in venues for trace in venue} <= taken
        assert max(len(venue) for venue in venues if venue[0].day == last) <= over

    @pytest.mark.spec("TRACE-7")
    def test_a_batch_with_enough_is_left_alone_and_draws_nothing(self) -> None:
        def rand(length: int) -> bytes:
            raise AssertionError(length)

        real = (MARKET.traced(NOON, (NOON, NOON + DAY)),)
        assert padded(real, minimum=1, release=NAME.release, rand=rand) == real
