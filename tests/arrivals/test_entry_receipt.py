"""spec/arrivals/entry-receipt.md: what a traveller shows, and what an officer is told."""

from dataclasses import replace
from time import process_time

import pytest
import segno
from hypothesis import given, settings
from hypothesis import strategies as st

from dp3t.arrivals import binding as binding_module
from dp3t.arrivals.binding import BINDING_BYTES, Binding
from dp3t.arrivals.entry_receipt import (
    RECEIPT_BYTES,
    EntryReceipt,
    is_receipt,
    open_receipt,
)
from dp3t.arrivals.travel_document import UNKNOWN_DATE, TravelDocument, check_digit
from dp3t.arrivals.verdict import Verdict, verify
from dp3t.codec import from_base32, to_base32
from dp3t.errors import (
    Dp3tError,
    MalformedError,
    PolicyError,
    UnknownKeyError,
    UnsupportedVersionError,
    VerificationError,
)
from dp3t.primitives import random_from_os
from dp3t.publication.signing import SigningKey, TrustedKeys
from dp3t.timeline import Day, Instant
from travellers import DAY, IMPOSTOR, KEYS, NOON, PASSPORT, POINT, SERVER, receipt, text

SALT = bytes(range(16))


def verdict(shown: str, document: TravelDocument = PASSPORT, *, now: Instant = NOON) -> Verdict:
    return verify(shown, document, keys=KEYS, arrival_point=POINT, now=now).verdict


class TestTravelDocument:
    """What an officer reads."""

    @pytest.mark.spec("ENTRY-RECEIPT-2")
    def test_the_typed_number_and_the_scanned_one_are_the_same(self) -> None:
        typed = TravelDocument.of(number="l-8989 02c3", birth="1974-08-12", expiry="2012-04-15")
        zone = "P<UTO".ljust(44, "<") + "L898902C36UTO7408122F1204159ZE184226B<<<<<10"
        assert TravelDocument.from_zone(zone) == typed

    @pytest.mark.spec("ENTRY-RECEIPT-1", "ENTRY-RECEIPT-2")
    @given(number=st.text(max_size=30), birth=st.text(max_size=12), expiry=st.text(max_size=12))
    def test_whatever_is_typed_is_a_document_or_malformed(
        self, number: str, birth: str, expiry: str
    ) -> None:
        try:
            found = TravelDocument.of(number=number, birth=birth, expiry=expiry)
        except MalformedError:
            return
        again = TravelDocument.of(number=found.number, birth=found.birth, expiry=found.expiry)
        assert again == found

    @pytest.mark.spec("ENTRY-RECEIPT-1")
    def test_a_document_that_never_expires_is_told_from_one_that_does(self) -> None:
        for_ever = TravelDocument.of(number="C7", birth="740812", expiry="")
        assert for_ever.expiry == UNKNOWN_DATE
        assert not Binding.of(for_ever, rand=random_from_os).fits(
            replace(for_ever, expiry="310701")
        )

    @pytest.mark.spec("ENTRY-RECEIPT-3")
    @settings(max_examples=200)
    @given(zone=st.text(alphabet="AZ059< \n", min_size=28, max_size=92))
    def test_any_zone_is_a_document_or_malformed(self, zone: str) -> None:
        try:
            found = TravelDocument.from_zone(zone)
        except MalformedError:
            return
        assert "<" not in found.number

    @pytest.mark.spec("ENTRY-RECEIPT-3")
    @pytest.mark.parametrize("at", [44, 48, 52, 57, 58, 62, 65, 66, 70])
    def test_a_misread_character_of_each_field_is_noticed(self, at: int) -> None:
        zone = "P<UTO".ljust(44, "<") + "L898902C36UTO7408122F1204159ZE184226B<<<<<10"
        misread = zone[:at] + chr(ord(zone[at]) - 1) + zone[at + 1 :]
        with pytest.raises(MalformedError):
            TravelDocument.from_zone(misread)

    @pytest.mark.spec("ENTRY-RECEIPT-3")
    def test_check_digits_are_those_of_the_standards_examples(self) -> None:
        assert check_digit("520727") == "3"
        assert check_digit("AB2134<<<") == "5"


class TestBinding:
    """What ties a receipt to a document."""

    @pytest.mark.spec("ENTRY-RECEIPT-4")
    def test_two_bindings_of_a_document_have_nothing_in_common(self) -> None:
        one, other = (Binding.of(PASSPORT, rand=random_from_os) for _ in range(2))
        assert one.salt != other.salt
        assert one.value != other.value
        assert one.fits(PASSPORT)
        assert other.fits(PASSPORT)

    @pytest.mark.spec("ENTRY-RECEIPT-4", "ENTRY-RECEIPT-5")
    @pytest.mark.parametrize("name", ["number", "birth", "expiry"])
    def test_each_of_the_three_fields_counts(self, name: str) -> None:
        bound = Binding.of(PASSPORT, rand=lambda _: SALT)
        other = {"number": "B1234568", "birth": "840228", "expiry": "310702"}
        assert not bound.fits(replace(PASSPORT, **{name: other[name]}))

    @pytest.mark.spec("ENTRY-RECEIPT-4")
    def test_fields_do_not_run_into_each_other(self) -> None:
        one = Binding.of(replace(PASSPORT, number="B1"), rand=lambda _: SALT)
        assert not one.fits(replace(PASSPORT, number="B", birth="110101"))

    @pytest.mark.spec("ENTRY-RECEIPT-4")
    def test_a_guess_costs_what_the_chapter_says(self) -> None:
        assert binding_module.ITERATIONS == 131_072

    @pytest.mark.parametrize("length", [0, 16, 31, 33])
    def test_a_binding_of_another_length_is_malformed(self, length: int) -> None:
        with pytest.raises(MalformedError, match=str(BINDING_BYTES)):
            Binding.decode(bytes(length))


class TestReceipt:
    """What is signed, and how it is written."""

    @pytest.mark.spec("ENTRY-RECEIPT-6", "ENTRY-RECEIPT-7")
    @given(data=st.binary(min_size=55, max_size=59))
    def test_any_bytes_say_what_one_receipt_says_or_nothing(self, data: bytes) -> None:
        try:
            found = EntryReceipt.decode(data)
        except Dp3tError:
            return
        assert found.encode() == data

    @pytest.mark.spec("ENTRY-RECEIPT-7", "CODEC-8")
    def test_another_version_is_named(self) -> None:
        with pytest.raises(UnsupportedVersionError, match="version 2"):
            EntryReceipt.decode(b"\2" + receipt().encode()[1:])

    @pytest.mark.spec("GATE-2")
    @pytest.mark.parametrize(("closes", "days"), [(1, 1), (24, 1), (25, 2), (48, 2), (49, 3)])
    def test_it_expires_on_the_first_day_on_which_it_is_good_at_no_time(
        self, closes: int, days: int
    ) -> None:
        assert replace(receipt(), closes_hours=closes).expiry_day == DAY + days

    @pytest.mark.spec("ENTRY-RECEIPT-8")
    def test_the_text_makes_a_small_qr_code(self) -> None:
        code = segno.make_qr(text(), error="m")
        assert (len(text()), code.designator, code.mode) == (220, "8-M", "alphanumeric")
        assert len(code.matrix) == 49

    @pytest.mark.spec("ENTRY-RECEIPT-9")
    def test_a_key_that_ends_before_the_receipt_signs_nothing(self) -> None:
        closes = receipt().valid_until
        assert receipt().sign(replace(SERVER, valid_until=closes))
        with pytest.raises(PolicyError, match="lives"):
            receipt().sign(replace(SERVER, valid_until=Instant(closes - 1)))

    @pytest.mark.spec("ENTRY-RECEIPT-10")
    @given(shown=st.text(max_size=230) | st.text("AZ27", max_size=210).map("DP3T-ENTRY:1:".__add__))
    def test_any_text_is_refused_by_an_error_of_ours(self, shown: str) -> None:
        with pytest.raises(Dp3tError):
            open_receipt(shown, KEYS)

    @pytest.mark.spec("ENTRY-RECEIPT-10")
    def test_small_letters_and_white_space_around_are_the_same_receipt(self) -> None:
        assert open_receipt(f"\n {text().lower()} \t", KEYS)[0] == receipt()
        with pytest.raises(MalformedError):
            open_receipt(text().replace("DP3T", "DP3T "), KEYS)
        with pytest.raises(MalformedError):
            open_receipt(text().replace("I", "\u0131"), KEYS)  # whose capital is I

    def test_what_says_that_it_is_a_receipt_is_taken_for_one(self) -> None:
        assert is_receipt(" dp3t-entry:9:x")
        assert not is_receipt("DP3T-CARD:1:")

    @pytest.mark.spec("ENTRY-RECEIPT-8", "SIGNING-2")
    def test_what_was_signed_for_another_purpose_is_no_receipt(self) -> None:
        signed = SERVER.sign(receipt().encode(), context="dp3t receipt 1")
        with pytest.raises(VerificationError):
            open_receipt("DP3T-ENTRY:1:" + to_base32(signed), KEYS)

    @pytest.mark.spec("ENTRY-RECEIPT-13")
    def test_representations_and_faults_show_neither_document_nor_binding(self) -> None:
        shown = repr((receipt(), PASSPORT, receipt().binding))
        bound = receipt().binding
        for secret in ("B1234567", "840229", "310701", repr(bound.salt), bound.value.hex()):
            assert secret not in shown
        assert repr(receipt().receipt_id) not in shown
        for number, birth in (("B1234567!", "840229"), ("B1234567", "84022")):
            with pytest.raises(MalformedError) as fault:
                TravelDocument.of(number=number, birth=birth, expiry="")
            assert "B1234567" not in str(fault.value)
            assert "84022" not in str(fault.value)


class TestVerdict:
    """What the officer is told."""

    @pytest.mark.spec("ENTRY-RECEIPT-11")
    @settings(max_examples=40)
    @given(at=st.integers(0, RECEIPT_BYTES - 1), bit=st.integers(0, 7))
    def test_a_receipt_altered_in_any_bit_is_refused(self, at: int, bit: int) -> None:
        data = bytearray(from_base32(text()[13:], length=RECEIPT_BYTES, what="a receipt"))
        data[at] ^= 1 << bit
        found = verdict("DP3T-ENTRY:1:" + to_base32(bytes(data)))
        assert found is (Verdict.UNKNOWN_KEY if at < 8 else Verdict.ALTERED)

    @pytest.mark.spec("ENTRY-RECEIPT-11")
    def test_a_receipt_of_somebody_else_is_refused_by_that_name(self) -> None:
        assert verdict(text()) is Verdict.VALID
        assert verdict(text(), IMPOSTOR) is Verdict.OTHER_TRAVELLER

    @pytest.mark.spec("ENTRY-RECEIPT-11")
    def test_a_receipt_is_good_from_its_first_second_to_its_last(self) -> None:
        opens, closes = receipt().valid_from, receipt().valid_until
        moments = (opens - 1, opens, closes - 1, closes)
        assert [verdict(text(), now=Instant(moment)) for moment in moments] == [
            Verdict.NOT_YET,
            Verdict.VALID,
            Verdict.VALID,
            Verdict.EXPIRED,
        ]

    @pytest.mark.spec("ENTRY-RECEIPT-11")
    def test_a_stolen_key_that_has_ended_signs_nothing_good_whatever_day_it_writes(self) -> None:
        stolen = SigningKey(
            seed=SERVER.seed, valid_from=SERVER.valid_from, valid_until=Instant(NOON + 400 * 86_400)
        )
        ended = TrustedKeys([replace(SERVER, valid_until=NOON).public()])
        for day in (receipt().entry_day, Day(receipt().entry_day + 1)):
            shown = replace(receipt(), entry_day=day).sign(stolen)
            found = verify(shown, PASSPORT, keys=ended, arrival_point=POINT, now=NOON)
            assert found.verdict is Verdict.ROTATED_OUT
            assert found.receipt is None

    @pytest.mark.spec("ENTRY-RECEIPT-11")
    def test_a_key_left_out_of_the_list_is_unknown(self) -> None:
        with pytest.raises(UnknownKeyError):
            open_receipt(text(), TrustedKeys())

    @pytest.mark.spec("ENTRY-RECEIPT-11")
    def test_the_words_are_those_of_the_chapter_and_have_sentences(self) -> None:
        assert [each.value for each in Verdict] == [
            "valid",
            "malformed",
            "unknown-key",
            "altered",
            "rotated-out",
            "withdrawn",
            "other-point",
            "not-yet",
            "expired",
            "other-traveller",
            "used",
        ]
        for each in Verdict:
            assert each.en.endswith(".")
            assert each.vi.endswith(".")
            assert not each.vi.isascii()

    @pytest.mark.spec("ENTRY-RECEIPT-12")
    def test_a_verdict_takes_far_less_than_a_second(self) -> None:
        start = process_time()
        assert verdict(text()) is Verdict.VALID
        assert process_time() - start < 0.5  # some 0.02; a telephone is ten times slower
