"""spec/presence/slip.md: the venue's book, and whom the authority finds in it."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from itertools import permutations
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dp3t.errors import LimitError, MalformedError, UnsupportedVersionError
from dp3t.presence import slip_book
from dp3t.presence.card import Card
from dp3t.presence.completion import complete
from dp3t.presence.encryption import encrypt
from dp3t.presence.identity import identity_of
from dp3t.presence.pretrace import TraceRequest, pre_trace
from dp3t.presence.slip import CIPHERTEXT_BYTES, Slip, SlipMessage, write_slips
from dp3t.presence.slip_book import SlipBook
from dp3t.presence.slip_contacts import Contact, OpenedSlips, open_slips
from dp3t.presence.trace import Trace
from dp3t.presence.venue import VenueCode
from dp3t.primitives import X25519PrivateKey, random_from_os
from dp3t.timeline import Day, Instant, Stretch, day_of
from gatherings import AUTHORITY, HOUR, MARKET, NOW, SCHOOL, TEN, TEXT, asked, stretch

TODAY = day_of(NOW)
HEADER = b"dp3t slips 1\n"
REQUEST = asked(1800, 9000)


def slip(day: int, filler: int = 0) -> Slip:
    return Slip(Day(day), bytes([filler]) * CIPHERTEXT_BYTES)


def visit(
    contact: str,
    arrival: int,
    departure: int,
    *,
    code: VenueCode = MARKET,
    authority: X25519PrivateKey = AUTHORITY,
) -> tuple[Slip, ...]:
    card = Card.of(contact, authority=authority.public(), rand=random_from_os)
    return write_slips(
        code.entry,
        card,
        arrival=Instant(TEN + arrival),
        departure=Instant(TEN + departure),
        rand=random_from_os,
    )


def traced(request: TraceRequest = REQUEST, *, code: VenueCode = MARKET) -> tuple[Trace, ...]:
    half = pre_trace(code, stretch=request.stretch, reference=request.reference, now=NOW)
    return complete(half, AUTHORITY, request=request, text=TEXT, now=NOW, rand=random_from_os)


TRACES = traced()


def opened(slips: Iterable[Slip], traces: Iterable[Trace] = TRACES) -> OpenedSlips:
    return open_slips(slips, traces, AUTHORITY, stretch=REQUEST.stretch)


class TestBook:
    """Bytes that a venue keeps and cannot read."""

    @pytest.mark.spec("SLIP-9")
    def test_the_file_is_a_header_and_the_slips_in_ascending_order(self) -> None:
        book = SlipBook().added([slip(TODAY, 2), slip(TODAY, 1), slip(TODAY - 1, 3)], now=NOW)
        rows = [(TODAY - 1, 3), (TODAY, 1), (TODAY, 2)]
        body = b"".join(day.to_bytes(4, "big") + bytes([one]) * 369 for day, one in rows)
        assert book.encode() == HEADER + body
        assert SlipBook.decode(book.encode()) == book
        assert SlipBook.decode(HEADER) == SlipBook()

    @pytest.mark.spec("SLIP-9")
    def test_the_order_in_which_people_came_leaves_no_trace(self) -> None:
        visits = [visit("A", 0, 4000), visit("B", 300, 900), visit("C", 600, 8000)]
        books = set()
        for order in permutations(visits):
            book = SlipBook()
            for slips in order:
                book = book.added(slips, now=NOW)
            books.add(book.encode())
        assert len(books) == 1

    @pytest.mark.spec("SLIP-9")
    def test_a_slip_that_is_added_twice_is_kept_once(self) -> None:
        book = SlipBook().added([slip(TODAY)], now=NOW)
        assert book.added([slip(TODAY)], now=NOW) == book

    @pytest.mark.spec("SLIP-11")
    def test_a_slip_is_kept_ten_days_and_not_longer(self) -> None:
        old = [slip(TODAY - 10), slip(TODAY - 11), slip(TODAY)]
        book = SlipBook().added(old, now=NOW)
        assert [each.day for each in book.slips] == [TODAY - 10, TODAY]
        later = book.added([], now=Instant(NOW + 86_400))
        assert [each.day for each in later.slips] == [TODAY]

    @pytest.mark.spec("SLIP-12")
    def test_a_full_book_refuses_and_keeps_what_is_there(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(slip_book, "MAX_SLIPS", 2)
        book = SlipBook().added([slip(TODAY, 1), slip(TODAY - 10, 2)], now=NOW)
        with pytest.raises(LimitError, match="room"):
            book.added([slip(TODAY, 3)], now=NOW)
        assert len(book.slips) == 2
        assert len(book.added([slip(TODAY, 3)], now=Instant(NOW + 86_400)).slips) == 2

    @pytest.mark.spec("SLIP-10")
    def test_a_file_of_more_slips_than_a_book_has_is_refused(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        data = SlipBook().added([slip(TODAY, 1), slip(TODAY, 2)], now=NOW).encode()
        monkeypatch.setattr(slip_book, "MAX_SLIPS", 2)
        assert len(SlipBook.decode(data).slips) == 2
        monkeypatch.setattr(slip_book, "MAX_SLIPS", 1)
        with pytest.raises(LimitError):
            SlipBook.decode(data)

    @pytest.mark.spec("SLIP-10")
    @pytest.mark.parametrize(
        "change",
        [
            lambda data: b"",
            lambda data: data[1:],
            lambda data: data[:-1],
            lambda data: data + b"\0",
            lambda data: HEADER[:-1] + data[len(HEADER) :],
            lambda data: HEADER + data[-373:] + data[len(HEADER) : -373],
            lambda data: data + data[-373:],
            lambda data: HEADER + b"\xff" * 373,
        ],
    )
    def test_a_file_with_one_fault_is_malformed(self, change: Callable[[bytes], bytes]) -> None:
        good = SlipBook().added([slip(TODAY, 1), slip(TODAY, 2)], now=NOW).encode()
        with pytest.raises(MalformedError):
            SlipBook.decode(change(good))

    @pytest.mark.spec("SLIP-10")
    def test_another_version_is_named(self) -> None:
        with pytest.raises(UnsupportedVersionError):
            SlipBook.decode(b"dp3t slips 2\n")

    @pytest.mark.spec("SLIP-10")
    @settings(max_examples=50)
    @given(seed=st.integers(), count=st.integers(0, 3), extra=st.sampled_from([0, 0, 1]))
    def test_any_bytes_end_in_a_value_or_as_malformed(
        self, seed: int, count: int, extra: int
    ) -> None:
        data = HEADER + Random(seed).randbytes(373 * count + extra)
        try:
            book = SlipBook.decode(data)
        except MalformedError:
            return
        assert book.encode() == data

    @pytest.mark.spec("SLIP-17")
    def test_a_venue_hands_out_the_slips_of_the_days_in_question(self) -> None:
        slips = [slip(TODAY - age) for age in range(5)]
        book = SlipBook().added(slips, now=NOW).of_days(Day(TODAY - 3), Day(TODAY - 2))
        assert [each.day for each in book.slips] == [TODAY - 3, TODAY - 2]

    @pytest.mark.spec("SLIP-7")
    def test_a_book_shows_nothing_of_its_slips(self) -> None:
        assert repr(SlipBook((slip(TODAY),))) == "SlipBook()"


class TestOpening:
    """The authority calls those who were there, and nobody else."""

    @pytest.mark.spec("SLIP-13")
    @pytest.mark.parametrize(
        ("arrival", "departure", "stay"),
        [
            (0, 1800, None),
            (0, 1801, (1800, 1801)),
            (1900, 2000, (1900, 2000)),
            (3000, 8000, (3000, 8000)),
            (0, 20_000, (1800, 9000)),
            (8999, 9100, (8999, 9000)),
            (9000, 9100, None),
            (20_000, 21_000, None),
        ],
    )
    def test_a_contact_counts_if_their_stay_overlaps_the_stretch(
        self, arrival: int, departure: int, stay: tuple[int, int] | None
    ) -> None:
        found = opened(visit("0905", arrival, departure))
        stays = () if stay is None else (Contact(contact="0905", stays=(stretch(*stay),)),)
        assert found == OpenedSlips(contacts=stays, unreadable=0)

    @pytest.mark.spec("SLIP-14")
    def test_each_contact_comes_out_once_with_every_stay(self) -> None:
        slips = [
            *visit("0905", 1900, 2000),
            *visit("0905", 3000, 3700),
            *visit("0904", 0, 5000),
            *visit("0905", 7000, 8000),
        ]
        found = opened([*slips, *slips])
        assert found.contacts == (
            Contact(contact="0904", stays=(stretch(1800, 5000),)),
            Contact(
                contact="0905",
                stays=(stretch(1900, 2000), stretch(3000, 3700), stretch(7000, 8000)),
            ),
        )

    @pytest.mark.spec("SLIP-14")
    @settings(max_examples=5)
    @given(data=st.data())
    def test_the_order_of_slips_and_traces_changes_nothing(self, data: st.DataObject) -> None:
        slips = [*visit("0905", 1900, 8000), *visit("0904", 0, 5000)]
        one = opened(slips)
        other = opened(data.draw(st.permutations(slips)), data.draw(st.permutations(TRACES)))
        assert one == other

    @pytest.mark.spec("SLIP-13")
    def test_slips_of_other_hours_and_venues_stay_closed(self) -> None:
        slips = [*visit("0905", -HOUR, 0), *visit("0904", 2000, 4000, code=SCHOOL)]
        assert opened(slips) == OpenedSlips(contacts=(), unreadable=0)

    @pytest.mark.spec("SLIP-13")
    def test_slips_of_days_without_a_trace_are_not_tried(self) -> None:
        """Nothing is said of them, whatever they are."""
        assert opened([slip(TODAY), slip(TODAY - 2)]).unreadable == 0
        assert opened(visit("0905", 1900, 2000), traces=()) == OpenedSlips(
            contacts=(), unreadable=0
        )

    @pytest.mark.spec("SLIP-13", "SLIP-15")
    def test_a_slip_under_another_day_than_its_hours_is_not_believed(self) -> None:
        (good,) = visit("0905", 1900, 2000)
        elsewhere = Slip(Day(good.day + 1), good.ciphertext)
        traces = [*TRACES, replace(TRACES[0], day=Day(good.day + 1))]
        found = opened([elsewhere], traces)
        assert (found.contacts, found.unreadable) == ((), 1)

    @pytest.mark.spec("SLIP-15")
    def test_bad_slips_are_counted_and_hide_nobody(self) -> None:
        stranger = X25519PrivateKey(bytes(31) + b"\1")
        bad = [
            slip(day_of(TEN), 7),
            *visit("0903", 1900, 2000, authority=stranger),
            forged(b"\2".ljust(201)),
            forged(SlipMessage(stay=stretch(1900, 2000), card=Card(bytes(192))).encode()),
        ]
        found = opened([*bad, *visit("0905", 1900, 2000), *bad])
        assert [each.contact for each in found.contacts] == ["0905"]
        assert found.unreadable == len(bad)

    @pytest.mark.spec("SLIP-13")
    def test_a_trace_whose_key_is_no_point_is_malformed(self) -> None:
        with pytest.raises(MalformedError):
            opened([], [replace(TRACES[0], key=bytes(48))])

    def test_who_was_found_is_not_in_the_repr(self) -> None:
        assert "0905" not in repr(opened(visit("0905", 1900, 2000)))

    @pytest.mark.spec("SLIP-14")
    def test_stays_that_overlap_are_one_and_others_are_not(self) -> None:
        slips = [*visit("0905", 1900, 3000), *visit("0905", 2000, 2500), *visit("0905", 3001, 3002)]
        (found,) = opened(slips).contacts
        expected: tuple[Stretch, ...] = (stretch(1900, 3000), stretch(3001, 3002))
        assert found.stays == expected


def forged(message: bytes) -> Slip:
    """Return a slip of the market at ten o'clock that says anything."""
    identity = identity_of(MARKET.payload, start=TEN)
    key = MARKET.entry.public_key
    sealed = encrypt(key, identity=identity, message=message, rand=random_from_os)
    return Slip(day_of(TEN), sealed.encode())
