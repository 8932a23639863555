"""spec/arrivals/gate.md: a receipt is used once, at one gate."""

from dataclasses import replace
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dp3t.arrivals import used_list
from dp3t.arrivals.gate import Gate
from dp3t.arrivals.mark import MARK_BYTES, GateSecret, Mark, expiry_day_in, tag_in
from dp3t.arrivals.used_list import UsedList, split_marks
from dp3t.arrivals.verdict import Verdict
from dp3t.arrivals.withdrawn import MAX_WITHDRAWN, WithdrawnReceipts
from dp3t.errors import (
    Dp3tError,
    LimitError,
    MalformedError,
    TooEarlyError,
    UnknownKeyError,
    VerificationError,
)
from dp3t.publication.signing import TrustedKeys
from dp3t.timeline import Day, Instant, day_of, day_start
from travellers import (
    DAY,
    GATES,
    IMPOSTOR,
    KEYS,
    NOON,
    PASSPORT,
    SERVER,
    Officer,
    receipt,
    text,
)

LATER = Instant(NOON + 30 * 60)
SECRET = bytes(range(32))


def mark(
    name: str = "one", *, gate: str = "A", now: Instant = NOON, draw: int = 1, days: int = 0
) -> bytes:
    shown = replace(receipt(name), entry_day=Day(DAY + days))
    return Mark.of(
        shown, gate=gate, secret=GATES, now=now, rand=lambda length: bytes([draw]) * length
    ).seal(GATES)


MARKS = [
    mark(name, gate=gate, draw=draw)
    for name in ("one", "two", "three")
    for gate in "AB"
    for draw in (1, 2)
]
lists = st.lists(st.sampled_from(MARKS), max_size=8)


def listed(marks: list[bytes]) -> UsedList:
    return UsedList.empty().merged(marks, GATES)[0]


def encoded(marks: list[bytes]) -> bytes:
    return listed(marks).encode()


class TestUse:
    """One receipt, one passing."""

    @pytest.mark.spec("GATE-3", "ENTRY-RECEIPT-11")
    def test_a_receipt_is_good_once_at_a_gate_and_then_tells_when(self) -> None:
        officer = Officer("VDAD-T2-07")
        first, again = officer.admit(text()), officer.admit(text(), now=LATER)
        assert first.checked.verdict is Verdict.VALID
        assert first.uses == ()
        assert again.checked.verdict is Verdict.USED
        assert [(use.moment, use.gate) for use in again.uses] == [(NOON, "VDAD-T2-07")]
        assert officer.verdict(text("another")) is Verdict.VALID

    @pytest.mark.spec("GATE-3", "GATE-5")
    def test_a_second_gate_refuses_once_it_has_heard_of_the_first(self) -> None:
        here, there = Officer("VDAD-T2-07"), Officer("VDAD-T2-08")
        assert here.verdict(text()) is Verdict.VALID
        assert there.hear(here.marks()) == 0
        refused = there.admit(text(), now=LATER)
        assert refused.checked.verdict is Verdict.USED
        assert [(use.moment, use.gate) for use in refused.uses] == [(NOON, "VDAD-T2-07")]

    @pytest.mark.spec("GATE-3", "GATE-7")
    def test_gates_that_have_not_met_find_the_conflict_afterwards(self) -> None:
        here, there = Officer("A"), Officer("B")
        assert there.verdict(text(), now=LATER) is Verdict.VALID
        assert here.verdict(text()) is Verdict.VALID
        assert here.verdict(text("two")) is Verdict.VALID
        there.hear(here.marks(), now=LATER)
        here.hear(there.marks(), now=LATER)
        for officer in (here, there):
            conflicts = officer.gate.used.conflicts(GATES)
            assert [[(use.moment, use.gate) for use in uses] for uses in conflicts] == [
                [(NOON, "A"), (LATER, "B")]
            ]

    @pytest.mark.spec("GATE-2", "GATE-7")
    def test_two_uses_in_one_minute_under_one_name_are_two(self) -> None:
        one, other = Officer("A"), Officer("A")
        one.admit(text())
        other.admit(text())
        one.hear(other.marks())
        assert len(one.gate.used.conflicts(GATES)[0]) == 2

    @pytest.mark.spec("GATE-2")
    def test_a_mark_says_the_minute_and_not_the_second(self) -> None:
        officer = Officer("A")
        officer.admit(text(), now=Instant(NOON + 59))
        assert officer.admit(text()).uses[0].moment == NOON

    @pytest.mark.spec("GATE-14")
    def test_whoever_is_refused_leaves_no_mark(self) -> None:
        officer = Officer("A")
        assert officer.verdict("") is Verdict.MALFORMED
        assert officer.verdict(text(), IMPOSTOR) is Verdict.OTHER_TRAVELLER
        assert officer.verdict(text(), now=receipt().valid_until) is Verdict.EXPIRED
        assert officer.admit(text(), keys=TrustedKeys()).checked.verdict is Verdict.UNKNOWN_KEY
        assert len(officer.gate.used) == 0
        officer.admit(text())
        assert officer.verdict(text()) is Verdict.USED
        assert len(officer.gate.used) == 1

    @pytest.mark.spec("GATE-14")
    def test_a_look_notes_nothing(self) -> None:
        gate = Officer("A").gate
        found = gate.check(text(), PASSPORT, keys=KEYS, secret=GATES, now=NOON)
        assert found.checked.verdict is Verdict.VALID
        assert len(gate.used) == 0

    @pytest.mark.spec("GATE-16")
    def test_with_another_secret_a_gate_does_nothing_rather_than_let_pass_again(self) -> None:
        officer, other = Officer("A"), GateSecret(bytes(32))
        officer.admit(text())
        gate = officer.gate
        for ask in (
            lambda: gate.check(text(), PASSPORT, keys=KEYS, secret=other, now=NOON),
            lambda: gate.merged([mark("two")], secret=other, now=NOON),
            lambda: gate.used.uses(GATES.tag(receipt().receipt_id), other),
            lambda: gate.used.conflicts(other),
        ):
            with pytest.raises(VerificationError, match="another secret of gates"):
                ask()
        assert officer.verdict(text()) is Verdict.USED

    @pytest.mark.spec("GATE-12")
    def test_a_full_list_lets_nobody_pass_and_forgets_nothing(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        officer = Officer("A")
        monkeypatch.setattr(used_list, "MAX_MARKS", 1)
        officer.admit(text())
        before = officer.gate
        with pytest.raises(LimitError):
            officer.admit(text("two"))
        assert officer.gate == before
        assert officer.verdict(text()) is Verdict.USED

    @pytest.mark.spec("GATE-12")
    def test_a_list_holds_as_many_as_the_chapter_says(self) -> None:
        assert used_list.MAX_MARKS == 131_072


class TestMark:
    """What travels between gates."""

    @pytest.mark.spec("GATE-1", "GATE-2")
    def test_without_the_secret_a_mark_tells_neither_receipt_nor_moment_nor_gate(self) -> None:
        sealed = mark(gate="VDAD-T2-07")
        for known in (receipt().receipt_id, NOON.to_bytes(4, "big"), b"VDAD"):
            assert known not in sealed
        others = GateSecret(bytes(32))
        assert others.tag(receipt().receipt_id) != tag_in(sealed)
        with pytest.raises(VerificationError):
            Mark.open(sealed, others)

    @pytest.mark.spec("GATE-2")
    def test_marks_of_different_uses_share_only_day_and_tag(self) -> None:
        one, other = mark(draw=1), mark(draw=2)
        assert one[:18] == other[:18]
        assert sum(a == b for a, b in zip(one[18:], other[18:], strict=True)) < 8

    @pytest.mark.spec("GATE-6")
    def test_a_mark_altered_anywhere_enters_no_list(self) -> None:
        good = mark()
        for at in range(MARK_BYTES):
            altered = good[:at] + bytes([good[at] ^ 1]) + good[at + 1 :]
            with pytest.raises(VerificationError):
                Mark.open(altered, GATES)

    @pytest.mark.spec("GATE-6")
    def test_forged_marks_are_counted_and_keep_no_others_out(self) -> None:
        officer = Officer("A")
        forged = mark()[:-1] + b"\0"
        assert officer.hear([forged, b"\xff" * MARK_BYTES, mark("two")]) == 2
        assert len(officer.gate.used) == 1
        assert officer.verdict(text()) is Verdict.VALID
        assert officer.verdict(text("two")) is Verdict.USED

    @pytest.mark.spec("GATE-1")
    @pytest.mark.parametrize("length", [0, 31, 33])
    def test_a_secret_of_another_length_is_malformed(self, length: int) -> None:
        with pytest.raises(MalformedError, match="32"):
            GateSecret(bytes(length))

    @pytest.mark.spec("GATE-1")
    def test_a_secret_and_a_mark_show_nothing_of_themselves(self) -> None:
        shown = repr((GATES, Mark.open(mark(), GATES)))
        assert SECRET.hex() not in shown
        assert repr(SECRET) not in shown
        assert repr(tag_in(mark())) not in shown

    @pytest.mark.spec("GATE-6")
    @given(data=st.binary(max_size=2 * MARK_BYTES))
    def test_any_bytes_are_no_mark(self, data: bytes) -> None:
        with pytest.raises(Dp3tError):
            Mark.open(data, GATES)


class TestExchange:
    """Gates that meet in any order know the same."""

    @pytest.mark.spec("GATE-5")
    @settings(max_examples=60)
    @given(one=lists, two=lists, three=lists)
    def test_merging_is_commutative_associative_and_idempotent(
        self, one: list[bytes], two: list[bytes], three: list[bytes]
    ) -> None:
        a, b, c = listed(one), listed(two), listed(three)

        def merged(left: UsedList, right: UsedList) -> UsedList:
            return left.merged(split_marks(right.encode()), GATES)[0]

        assert merged(a, b).encode() == merged(b, a).encode() == encoded(one + two)
        assert merged(merged(a, b), c).encode() == merged(a, merged(b, c)).encode()
        assert merged(a, a).encode() == a.encode()
        assert {*split_marks(encoded(one + two))} == {*one, *two}

    @pytest.mark.spec("GATE-5")
    def test_gates_that_gossip_at_random_end_with_one_list(self) -> None:
        rand, officers = Random(8), [Officer(f"G{number}") for number in range(4)]
        names = [str(number) for number in range(20)]
        for name in names:
            rand.choice(officers).admit(text(name))
        for _ in range(60):
            one, other = rand.sample(officers, 2)
            one.hear(other.marks())
        assert len({officer.gate.used.encode() for officer in officers}) == 1
        assert all(len(officer.gate.used) == len(names) for officer in officers)

    @pytest.mark.spec("GATE-8")
    def test_a_mark_leaves_on_its_day_and_does_not_come_back(self) -> None:
        officer, first = Officer("A"), mark()
        officer.hear([first])
        last = Instant(day_start(expiry_day_in(first)) - 1)
        assert expiry_day_in(first) == day_of(Instant(receipt().valid_until - 1)) + 1
        assert len(officer.gate.kept(last).used) == 1
        assert len(officer.gate.kept(Instant(last + 1)).used) == 0
        assert officer.hear([first], now=Instant(last + 1)) == 0
        assert officer.marks() == []

    @pytest.mark.spec("GATE-8")
    def test_what_is_old_is_erased_before_anybody_passes(self) -> None:
        officer = Officer("A")
        officer.hear([mark("old", days=-5)], now=Instant(NOON - 5 * 86_400))
        assert len(officer.gate.used) == 1
        officer.admit(text(), IMPOSTOR)
        assert officer.marks() == []

    @pytest.mark.spec("GATE-2")
    def test_a_file_of_marks_out_of_order_or_cut_is_malformed(self) -> None:
        one, other = sorted([mark(draw=1), mark(draw=2)])
        assert UsedList.decode(one + other).encode() == one + other
        for data in (other + one, one + one, one[:-1], one + other[:1]):
            with pytest.raises(MalformedError):
                UsedList.decode(data)

    @pytest.mark.spec("GATE-12")
    def test_more_marks_than_a_list_holds_are_not_split(self) -> None:
        with pytest.raises(LimitError):
            split_marks(bytes((used_list.MAX_MARKS + 1) * MARK_BYTES))


class TestWithdrawn:
    """Receipts of declarations that were taken back or corrected."""

    def listing(self, *names: str, issued: Instant = NOON, day: int = DAY + 2) -> bytes:
        days = {receipt(name).receipt_id: Day(day) for name in names}
        return WithdrawnReceipts(issued, days).sign(SERVER)

    @pytest.mark.spec("GATE-9", "GATE-11", "ENTRY-RECEIPT-11")
    def test_a_withdrawn_receipt_is_refused_by_that_name(self) -> None:
        officer = Officer("A")
        found = WithdrawnReceipts.open(self.listing("one"), KEYS, now=NOON)
        officer.gate = officer.gate.informed(found, now=NOON)
        assert officer.verdict(text()) is Verdict.WITHDRAWN
        assert officer.verdict(text("two")) is Verdict.VALID

    @pytest.mark.spec("GATE-11", "GATE-15")
    def test_what_an_older_list_had_stays_until_its_day_whatever_a_newer_one_says(self) -> None:
        gate = Officer("A").gate
        for data in (self.listing("one"), self.listing("two", issued=LATER)):
            gate = gate.informed(WithdrawnReceipts.open(data, KEYS, now=LATER), now=LATER)
        assert {*gate.withdrawn.expiry_days} == {
            receipt(name).receipt_id for name in ("one", "two")
        }
        assert gate.withdrawn.issued == LATER
        older = WithdrawnReceipts.open(self.listing("one", day=DAY + 1), KEYS, now=NOON)
        gate = gate.informed(older, now=LATER)
        assert gate.withdrawn.issued == LATER
        gate = gate.informed(WithdrawnReceipts(NOON, {bytes(16): DAY}), now=LATER)
        assert bytes(16) not in gate.withdrawn
        last = Instant(day_start(Day(DAY + 2)) - 1)
        assert len(gate.kept(last).withdrawn.expiry_days) == 2
        assert len(gate.kept(Instant(last + 1)).withdrawn.expiry_days) == 0

    @pytest.mark.spec("GATE-10")
    def test_a_list_by_a_key_that_has_ended_is_refused(self) -> None:
        ended = TrustedKeys([replace(SERVER, valid_until=LATER).public()])
        data = self.listing("one")
        assert receipt().receipt_id in WithdrawnReceipts.open(data, ended, now=NOON)
        with pytest.raises(UnknownKeyError):
            WithdrawnReceipts.open(data, ended, now=LATER)

    @pytest.mark.spec("GATE-10")
    def test_a_list_from_the_future_is_refused(self) -> None:
        ahead = self.listing("one", issued=Instant(NOON + 7_201))
        with pytest.raises(TooEarlyError):
            WithdrawnReceipts.open(ahead, KEYS, now=NOON)

    @pytest.mark.spec("GATE-10")
    def test_a_list_of_too_many_is_refused_before_it_is_read(self) -> None:
        data = b"\1" + bytes(4) + bytes(18 * (MAX_WITHDRAWN + 1))
        with pytest.raises(LimitError):
            WithdrawnReceipts.decode(data)
        with pytest.raises(LimitError):
            WithdrawnReceipts.open(bytes(72) + data, KEYS, now=NOON)

    @pytest.mark.spec("GATE-9")
    @given(data=st.binary(max_size=60).map(b"\1".__add__))
    def test_any_bytes_are_the_one_form_of_a_list_or_none(self, data: bytes) -> None:
        try:
            found = WithdrawnReceipts.decode(data)
        except Dp3tError:
            return
        assert found.encode() == data


class TestFile:
    """What a gate keeps."""

    @pytest.mark.spec("GATE-13")
    def test_a_gate_comes_back_as_it_was(self) -> None:
        officer = Officer("VDAD-T2-07")
        officer.admit(text())
        data = officer.gate.encode()
        again = Gate.decode(data)
        assert again == officer.gate
        assert (
            again.check(text(), PASSPORT, keys=KEYS, secret=GATES, now=NOON).checked.verdict
            is Verdict.USED
        )

    @pytest.mark.spec("GATE-13", "GATE-1")
    def test_a_file_holds_no_secret_and_tells_no_receipt(self) -> None:
        officer = Officer("A")
        officer.admit(text())
        data = officer.gate.encode()
        assert SECRET not in data
        assert receipt().receipt_id not in data

    @pytest.mark.spec("GATE-13")
    @given(data=st.binary(max_size=40))
    def test_any_bytes_are_no_gate(self, data: bytes) -> None:
        with pytest.raises(Dp3tError):
            Gate.decode(data)

    @pytest.mark.spec("GATE-2", "GATE-13")
    @pytest.mark.parametrize("name", ["", "a", "A B", "A" * 17, "Ạ"])
    def test_a_name_that_no_gate_has_is_malformed(self, name: str) -> None:
        with pytest.raises(MalformedError, match="name of a gate"):
            Gate(name=name, arrival_point="VDAD")
