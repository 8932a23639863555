"""spec/presence/slip.md: cards and slips, for people without a phone."""

from collections.abc import Callable
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import oracle_seal
from dp3t.codec import encode, pad
from dp3t.errors import (
    ExpiredError,
    MalformedError,
    PolicyError,
    TooEarlyError,
    UnsupportedVersionError,
    VerificationError,
)
from dp3t.presence.card import CARD_BYTES, Card
from dp3t.presence.encryption import Ciphertext, IdentityKey, partial_key
from dp3t.presence.entry import EntryCode
from dp3t.presence.identity import identity_of
from dp3t.presence.pairing import Scalar
from dp3t.presence.slip import CIPHERTEXT_BYTES, Slip, SlipMessage, write_slips
from dp3t.presence.venue import set_up
from dp3t.primitives import X25519PrivateKey, open_box, random_from_os, seal_box
from dp3t.timeline import Day, Instant, day_of
from gatherings import AUTHORITY, HOUR, MARKET, TEN, stretch

CONTACT = "Nguyễn Văn A, 0905 123 456"
CARD = Card.of(CONTACT, authority=AUTHORITY.public(), rand=random_from_os)


def sealed_content(content: bytes) -> Card:
    padded = pad(content, to_bytes=144)
    return Card(seal_box(AUTHORITY.public(), padded, rand=random_from_os))


def written(
    arrival: int, departure: int | None, entry: EntryCode = MARKET.entry
) -> tuple[Slip, ...]:
    return write_slips(
        entry,
        CARD,
        arrival=Instant(TEN + arrival),
        departure=None if departure is None else Instant(TEN + departure),
        rand=random_from_os,
    )


def read(slip: Slip, start: int) -> SlipMessage:
    """Return what a slip of the market says, with both shares of its key."""
    theirs = Scalar.from_bytes(open_box(AUTHORITY, MARKET.sealed_share))
    identity = identity_of(MARKET.payload, start=Instant(start))
    whole = partial_key(MARKET.share.plus(theirs), identity=identity)
    data = IdentityKey(identity=identity, key=whole).decrypt(Ciphertext.decode(slip.ciphertext))
    return SlipMessage.decode(data)


class TestCard:
    """What a person without a phone carries."""

    @pytest.mark.spec("SLIP-1", "SLIP-2")
    @given(contact=st.text(min_size=1, max_size=120))
    def test_a_card_opens_to_what_was_sealed_or_is_not_made(self, contact: str) -> None:
        try:
            card = Card.of(contact, authority=AUTHORITY.public(), rand=random_from_os)
        except MalformedError:
            unseen = not contact.isprintable() or contact.strip() != contact
            assert unseen or len(contact.encode(errors="replace")) > 120
            return
        assert len(card.sealed) == CARD_BYTES
        assert card.open(AUTHORITY) == contact

    @pytest.mark.spec("SLIP-1")
    @pytest.mark.parametrize(
        "contact", ["", "0" * 121, "ễ" * 41, "A\n0905", " 0905", "0905 ", "\x1b[31m", "\ud800"]
    )
    def test_contact_details_of_another_form_are_malformed(self, contact: str) -> None:
        with pytest.raises(MalformedError, match="contact details"):
            Card.of(contact, authority=AUTHORITY.public(), rand=random_from_os)

    @pytest.mark.spec("SLIP-1")
    @pytest.mark.parametrize("contact", ["0", "0" * 120, "ễ" * 40])
    def test_the_shortest_and_longest_contact_details_are_sealed(self, contact: str) -> None:
        card = Card.of(contact, authority=AUTHORITY.public(), rand=random_from_os)
        assert card.open(AUTHORITY) == contact

    @pytest.mark.spec("SLIP-2")
    def test_the_second_witness_opens_a_card(self) -> None:
        content = encode({"contact": CONTACT, "version": 1})
        expected = pad(content, to_bytes=144)
        assert oracle_seal.seal_open(AUTHORITY.to_bytes(), CARD.sealed) == expected

    @pytest.mark.spec("SLIP-2", "SLIP-18")
    def test_two_cards_of_one_person_have_nothing_in_common(self) -> None:
        one, other = (
            Card.of(CONTACT, authority=AUTHORITY.public(), rand=random_from_os) for _ in range(2)
        )
        alike = sum(a == b for a, b in zip(one.sealed, other.sealed, strict=True))
        assert alike < 12  # chance gives 0.75 of 192

    @pytest.mark.spec("SLIP-2")
    def test_another_authority_opens_nothing_and_altered_bytes_neither(self) -> None:
        with pytest.raises(VerificationError):
            CARD.open(X25519PrivateKey(bytes(32)))
        for at in range(0, CARD_BYTES, 7):
            damaged = bytearray(CARD.sealed)
            damaged[at] ^= 1
            with pytest.raises(VerificationError):
                Card(bytes(damaged)).open(AUTHORITY)

    @pytest.mark.spec("SLIP-2")
    @pytest.mark.parametrize(
        "content",
        [
            b"",
            encode({"contact": CONTACT}),
            encode({"version": 1}),
            encode({"contact": CONTACT, "more": 1, "version": 1}),
            encode({"contact": b"0905", "version": 1}),
            encode({"contact": "", "version": 1}),
            encode({"contact": "a\x1b", "version": 1}),
            encode([CONTACT]),
        ],
    )
    def test_a_content_that_no_card_has_is_malformed(self, content: bytes) -> None:
        with pytest.raises(MalformedError):
            sealed_content(content).open(AUTHORITY)

    @pytest.mark.spec("SLIP-2", "CODEC-8")
    def test_a_later_version_is_named(self) -> None:
        with pytest.raises(UnsupportedVersionError, match="2"):
            sealed_content(encode({"contact": CONTACT, "version": 2})).open(AUTHORITY)

    @pytest.mark.parametrize("length", [0, 191, 193])
    def test_a_card_of_another_length_is_malformed(self, length: int) -> None:
        with pytest.raises(MalformedError, match="192"):
            Card(bytes(length))

    def test_nothing_of_a_card_is_in_its_repr(self) -> None:
        assert CARD.sealed.hex()[:16] not in repr(CARD)
        assert repr(CARD) == "Card()"


class TestText:
    """What is printed on the card."""

    @pytest.mark.spec("SLIP-3")
    @given(sealed=st.binary(min_size=CARD_BYTES, max_size=CARD_BYTES))
    def test_every_card_has_a_text_that_is_read_back(self, sealed: bytes) -> None:
        text = Card(sealed).text()
        assert len(text) == len("DP3T-CARD:1:") + 308
        assert set(text) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 $%*+-./:")  # QR alphanumeric
        assert Card.from_text(text) == Card(sealed)

    @pytest.mark.spec("SLIP-4")
    def test_small_letters_and_spaces_around_are_accepted(self) -> None:
        assert Card.from_text(f"\n  {CARD.text().lower()} ") == CARD

    @pytest.mark.spec("SLIP-4")
    @pytest.mark.parametrize(
        "change",
        [
            lambda text: "",
            lambda text: text[:-1],
            lambda text: text + "A",
            lambda text: text + "====",
            lambda text: text[:-1] + "B",  # bits that belong to no byte
            lambda text: text[:-1] + "1",
            lambda text: text[:20] + " " + text[21:],
            lambda text: text.replace("DP3T-CARD:", "DP3T-SLIP:"),
            lambda text: text.replace("DP3T-CARD:", ""),
            lambda text: text[:12] + "\u0131" + text[13:],  # its capital is an I
            lambda text: MARKET.entry.link(),
            lambda text: MARKET.text(),
        ],
    )
    def test_a_text_with_one_fault_is_malformed(self, change: Callable[[str], str]) -> None:
        text = Card(bytes(CARD_BYTES)).text()
        with pytest.raises(MalformedError):
            Card.from_text(change(text))

    @pytest.mark.spec("SLIP-4")
    def test_a_text_of_a_later_version_is_named(self) -> None:
        with pytest.raises(UnsupportedVersionError):
            Card.from_text(CARD.text().replace(":1:", ":2:"))

    @pytest.mark.spec("SLIP-4")
    @given(text=st.text(max_size=400) | st.text().map(lambda some: "DP3T-CARD:1:" + some))
    def test_any_text_ends_as_malformed(self, text: str) -> None:
        with pytest.raises(MalformedError):
            Card.from_text(text)


class TestSlips:
    """What is written at the door."""

    @pytest.mark.spec("SLIP-5", "SLIP-6")
    @pytest.mark.parametrize(
        ("arrival", "departure", "parts"),
        [
            (0, 1, [(0, 1)]),
            (600, 3600, [(600, 3600)]),
            (600, 3601, [(600, 3600), (3600, 3601)]),
            (3599, 7300, [(3599, 3600), (3600, 7200), (7200, 7300)]),
        ],
    )
    def test_each_hour_has_a_slip_of_the_part_that_lies_in_it(
        self, arrival: int, departure: int, parts: list[tuple[int, int]]
    ) -> None:
        slips = written(arrival, departure)
        assert len(slips) == len(parts)
        for slip, (start, end) in zip(slips, parts, strict=True):
            hour = TEN + start - start % HOUR
            assert read(slip, hour) == SlipMessage(stay=stretch(start, end), card=CARD)

    @pytest.mark.spec("SLIP-7")
    def test_a_slip_is_a_day_and_369_bytes_whatever_it_says(self) -> None:
        slips = [*written(0, 1), *written(0, 10 * HOUR), *written(15 * HOUR, 16 * HOUR)]
        assert {len(slip.ciphertext) for slip in slips} == {CIPHERTEXT_BYTES} == {369}
        assert [slip.day for slip in slips] == [day_of(TEN)] * 11 + [Day(day_of(TEN) + 1)]
        assert Slip.__slots__ == ("day", "ciphertext")

    @pytest.mark.spec("SLIP-7")
    def test_the_slips_of_one_card_have_nothing_in_common(self) -> None:
        one, other = written(0, 600)[0], written(0, 600)[0]
        alike = sum(a == b for a, b in zip(one.ciphertext, other.ciphertext, strict=True))
        assert alike < 15  # chance gives 1.4 of 369
        for slip in (one, other):
            assert CARD.sealed[:16] not in slip.ciphertext
            assert slip.ciphertext.hex()[:16] not in repr(slip)

    @pytest.mark.spec("SLIP-16")
    def test_a_departure_that_is_not_known_is_the_codes_or_four_hours_later(self) -> None:
        school = set_up(
            description="Trường",
            address="Đà Nẵng",
            authority=AUTHORITY.public(),
            rand=random_from_os,
            default_stay_seconds=7200,
        )
        assert len(written(0, None, school.entry)) == 2
        assert len(written(0, None)) == 4
        assert len(written(1, None)) == 5

    @pytest.mark.spec("SLIP-16")
    def test_a_visit_of_no_length_or_more_than_a_day_is_refused(self) -> None:
        assert len(written(0, 24 * HOUR)) == 24
        for departure in (0, -1, 24 * HOUR + 1):
            with pytest.raises(PolicyError):
                written(0, departure)

    @pytest.mark.spec("SLIP-16")
    def test_an_arrival_outside_the_codes_validity_is_refused(self) -> None:
        event = set_up(
            description="Đám cưới",
            address="Đà Nẵng",
            authority=AUTHORITY.public(),
            rand=random_from_os,
            start=TEN,
            end=Instant(TEN + HOUR),
        )
        assert len(written(0, 2 * HOUR, event.entry)) == 2
        with pytest.raises(TooEarlyError):
            written(-1, 600, event.entry)
        with pytest.raises(ExpiredError):
            written(HOUR, 2 * HOUR, event.entry)


class TestMessage:
    """Whoever has an entry code can encrypt anything."""

    GOOD = SlipMessage(stay=stretch(600, 3600), card=CARD)

    @pytest.mark.spec("SLIP-6")
    def test_the_message_is_the_bytes_of_the_chapter(self) -> None:
        times = b"".join((TEN + at).to_bytes(4, "big") for at in (600, 3600))
        assert self.GOOD.encode() == b"\1" + times + CARD.sealed
        assert SlipMessage.decode(self.GOOD.encode()) == self.GOOD

    @pytest.mark.spec("SLIP-6")
    @pytest.mark.parametrize(("start", "end"), [(5, 5), (6, 5), (600, 3601), (-1, 1)])
    def test_a_stay_that_is_empty_or_not_of_one_hour_is_malformed(
        self, start: int, end: int
    ) -> None:
        data = bytearray(self.GOOD.encode())
        data[1:9] = b"".join((TEN + at).to_bytes(4, "big") for at in (start, end))
        with pytest.raises(MalformedError, match="stay"):
            SlipMessage.decode(bytes(data))

    @pytest.mark.spec("SLIP-6")
    def test_another_length_is_malformed_and_another_version_named(self) -> None:
        data = self.GOOD.encode()
        for wrong in (b"", data[:-1], data + b"\0"):
            with pytest.raises(MalformedError, match="201"):
                SlipMessage.decode(wrong)
        with pytest.raises(UnsupportedVersionError, match="2"):
            SlipMessage.decode(b"\2" + data[1:])

    @pytest.mark.spec("SLIP-6")
    @settings(max_examples=50)
    @given(seed=st.integers(), length=st.just(201) | st.integers(0, 220))
    def test_any_bytes_end_in_a_value_or_as_malformed(self, seed: int, length: int) -> None:
        data = b"\1"[:length] + Random(seed).randbytes(max(0, length - 1))
        try:
            found = SlipMessage.decode(data)
        except MalformedError:
            return
        assert found.encode() == data


@pytest.mark.parametrize(("day", "length"), [(-1, 369), (2**32, 369), (1, 368), (1, 370)])
def test_a_slip_of_another_form_is_malformed(day: int, length: int) -> None:
    with pytest.raises(MalformedError):
        Slip(Day(day), bytes(length))
