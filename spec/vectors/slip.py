"""Cases of the slip chapter: cards, slips, books, and whom the authority finds."""

from collections.abc import Iterator, Mapping

from dp3t.codec import Value, encode, pad
from dp3t.presence.card import Card
from dp3t.presence.encryption import encrypt
from dp3t.presence.identity import identity_of
from dp3t.presence.slip import Slip, SlipMessage, write_slips
from dp3t.presence.slip_book import SlipBook
from dp3t.presence.slip_contacts import open_slips
from dp3t.presence.trace import Trace
from dp3t.primitives import X25519PrivateKey, seal_box, seeded_random
from dp3t.timeline import Day, Instant, Stretch, day_of
from spec.vectors.pretrace import AUTHORITY, EPHEMERAL, MARKET, NOW, OTHER, TEN, half_of, traces_of

Case = dict[str, object]

_CONTACT = "Nguyễn Văn A, 0905 123 456"
_CARD = Card.of(_CONTACT, authority=AUTHORITY.public(), rand=lambda _: EPHEMERAL)
_STRETCH = Stretch(Instant(TEN + 1_800), Instant(TEN + 9_000))


def build() -> dict[str, object]:
    """Return the vector file."""
    return {
        "spec": ["SLIP-2"],
        "source": "ours; written from the chapter, re-derived by tests/oracle_slip.py",
        "cases": [
            *_cards(),
            *_wrong_contacts(),
            *_wrong_cards(),
            *_wrong_texts(),
            *_written(),
            *_not_written(),
            *_wrong_messages(),
            *_books(),
            *_wrong_books(),
            *_opened(),
        ],
    }


def _card(contact: str, authority: X25519PrivateKey = AUTHORITY) -> Card:
    rand = seeded_random(bytes(32), label=contact.encode())
    return Card.of(contact, authority=authority.public(), rand=rand)


def _cards() -> Iterator[Case]:
    contacts = {"vietnamese": _CONTACT, "one-letter": "x", "longest": "ệ" * 40}
    for name, contact in contacts.items():
        card = Card.of(contact, authority=AUTHORITY.public(), rand=lambda _: EPHEMERAL)
        yield {
            "id": f"card-{name}",
            "comment": "the map is padded to 144 bytes",
            "spec": ["SLIP-1", "SLIP-2", "SLIP-3"],
            "flags": [],
            "operation": "card",
            "contact": contact,
            "public_key": AUTHORITY.public().to_bytes().hex(),
            "private_key": AUTHORITY.to_bytes().hex(),
            "ephemeral_key": EPHEMERAL.hex(),
            "card": card.sealed.hex(),
            "text": card.text(),
            "result": "valid",
        }


def _wrong_contacts() -> Iterator[Case]:
    for name, contact in {
        "empty": "",
        "of-121-bytes": "0" * 121,
        "of-123-bytes-in-41-letters": "ệ" * 41,
        "of-two-lines": "A\n0905",
        "with-an-escape": "\x1b[31m",
        "with-a-space-before": " 0905",
    }.items():
        yield {
            "id": f"contact-{name}",
            "comment": "one fault",
            "spec": ["SLIP-1"],
            "flags": ["contact"],
            "operation": "contact",
            "contact": contact,
            "result": "malformed",
        }


def _wrong_cards() -> Iterator[Case]:
    contents: dict[str, Value] = {
        "version-2": {"contact": "x", "version": 2},
        "without-contact": {"version": 1},
        "without-version": {"contact": "x"},
        "unknown-field": {"contact": "x", "more": 1, "version": 1},
        "contact-as-bytes": {"contact": b"x", "version": 1},
        "contact-empty": {"contact": "", "version": 1},
        "contact-with-an-escape": {"contact": "\x1b", "version": 1},
        "list": ["x"],
    }
    cards = {name: _sealed(pad(encode(value), to_bytes=144)) for name, value in contents.items()}
    cards["not-padded"] = _sealed(bytes(144))
    cards["one-byte-short"] = _CARD.sealed[:-1]
    altered = _CARD.sealed[:-1] + bytes([_CARD.sealed[-1] ^ 1])
    for name, sealed, result in (
        *((name, sealed, "malformed") for name, sealed in cards.items()),
        ("altered", altered, "unauthentic"),
        ("of-another-authority", _card("x", OTHER).sealed, "unauthentic"),
    ):
        yield {
            "id": f"card-{name}",
            "comment": "one fault",
            "spec": ["SLIP-2"],
            "flags": ["card"],
            "operation": "open-card",
            "private_key": AUTHORITY.to_bytes().hex(),
            "card": sealed.hex(),
            "result": result,
        }


def _sealed(content: bytes) -> bytes:
    return seal_box(AUTHORITY.public(), content, rand=lambda _: EPHEMERAL)


def _wrong_texts() -> Iterator[Case]:
    good = _CARD.text()
    for name, text, result in (
        ("small-letters", f" {good.lower()}\n", "valid"),
        ("empty", "", "malformed"),
        ("one-letter-short", good[:-1], "malformed"),
        ("padded", good + "====", "malformed"),
        ("bits-of-no-byte", Card(bytes(192)).text()[:-1] + "B", "malformed"),
        ("digit-of-no-alphabet", good[:-1] + "1", "malformed"),
        ("without-scheme", good.partition(":1:")[2], "malformed"),
        ("version-2", good.replace(":1:", ":2:"), "malformed"),
        ("entry-code", MARKET.entry.link(), "malformed"),
    ):
        yield {
            "id": f"text-{name}",
            "comment": "small letters and spaces around are the same card"
            if result == "valid"
            else "one fault",
            "spec": ["SLIP-4"],
            "flags": [] if result == "valid" else ["text"],
            "operation": "text",
            "text": text,
            **({"card": _CARD.sealed.hex()} if result == "valid" else {}),
            "result": result,
        }


def _visit(arrival: int, departure: int) -> Case:
    return {
        "payload": MARKET.payload.hex(),
        "public_key": MARKET.entry.public_key.to_bytes().hex(),
        "card": _CARD.sealed.hex(),
        "arrival": TEN + arrival,
        "departure": TEN + departure,
    }


def _written() -> Iterator[Case]:
    for name, arrival, departure in (
        ("one-second", 3_599, 3_600),
        ("two-hours", 600, 3_601),
        ("over-midnight", 50_000, 50_800),
    ):
        draws: list[bytes] = []

        def rand(length: int, draws: list[bytes] = draws) -> bytes:
            draws.append(bytes([len(draws)]) * length)
            return draws[-1]

        slips = write_slips(
            MARKET.entry,
            _CARD,
            arrival=Instant(TEN + arrival),
            departure=Instant(TEN + departure),
            rand=rand,
        )
        yield {
            "id": f"write-{name}",
            "comment": "a slip for each hour, of the part that lies in it",
            "spec": ["SLIP-5", "SLIP-6"],
            "flags": [],
            "operation": "write",
            **_visit(arrival, departure),
            "draws": [draw.hex() for draw in draws],
            "slips": _rows(slips),
            "result": "valid",
        }


def _rows(slips: tuple[Slip, ...]) -> list[Case]:
    return [{"day": slip.day, "ciphertext": slip.ciphertext.hex()} for slip in slips]


def _not_written() -> Iterator[Case]:
    for name, departure in (("no-length", 0), ("backwards", -1), ("more-than-a-day", 86_401)):
        yield {
            "id": f"write-{name}",
            "comment": "one fault",
            "spec": ["SLIP-16"],
            "flags": ["visit"],
            "operation": "write",
            **_visit(0, departure),
            "result": "policy",
        }


def _wrong_messages() -> Iterator[Case]:
    good = SlipMessage(stay=Stretch(TEN, Instant(TEN + 600)), card=_CARD).encode()
    for name, message, result in (
        ("good", good, "valid"),
        ("version-2", b"\2" + good[1:], "malformed"),
        ("one-byte-short", good[:-1], "malformed"),
        ("one-byte-long", good + b"\0", "malformed"),
        ("stay-empty", good[:5] + good[1:5] + good[9:], "malformed"),
        ("stay-backwards", good[:5] + _moment(-1) + good[9:], "malformed"),
        ("stay-beyond-the-hour", good[:5] + _moment(3_601) + good[9:], "malformed"),
    ):
        yield {
            "id": f"message-{name}",
            "comment": "what a slip says once it is decrypted",
            "spec": ["SLIP-6"],
            "flags": [] if result == "valid" else ["message"],
            "operation": "message",
            "message": message.hex(),
            "result": result,
        }


def _moment(after_ten: int) -> bytes:
    return (TEN + after_ten).to_bytes(4, "big")


def _slips(contact: str, arrival: int, departure: int, *, card: Card | None = None) -> list[Slip]:
    return list(
        write_slips(
            MARKET.entry,
            card or _card(contact),
            arrival=Instant(TEN + arrival),
            departure=Instant(TEN + departure),
            rand=seeded_random(bytes(32), label=f"{contact} {arrival}".encode()),
        )
    )


def _books() -> Iterator[Case]:
    today = day_of(NOW)
    some = [*_slips("one", 0, 4_000), *_slips("two", 86_400, 87_000)]
    old = [Slip(Day(today - age), bytes(369)) for age in (10, 11)]
    for name, slips in {
        "empty": [],
        "three": some,
        "three-in-another-order": some[::-1],
        "one-twice": [some[0], some[0]],
        "ten-and-eleven-days-ago": old,
    }.items():
        yield {
            "id": f"book-{name}",
            "comment": "in any order; what is too old is left out",
            "spec": ["SLIP-9", "SLIP-11"],
            "flags": [],
            "operation": "book",
            "now": NOW,
            "slips": _rows(tuple(slips)),
            "book": SlipBook().added(slips, now=NOW).encode().hex(),
            "result": "valid",
        }


def _wrong_books() -> Iterator[Case]:
    good = SlipBook().added(_slips("one", 0, 4_000), now=NOW).encode()
    head, one, other = good[:13], good[13:386], good[386:]
    for name, data in {
        "no-bytes": b"",
        "version-2": b"dp3t slips 2\n" + one,
        "without-line-feed": head[:-1] + one,
        "cut": good[:-1],
        "descending": head + other + one,
        "slip-twice": head + one + one,
        "day-after-2106": head + b"\xff" * 4 + one[4:],
    }.items():
        yield {
            "id": f"book-{name}",
            "comment": "one fault",
            "spec": ["SLIP-10"],
            "flags": ["book"],
            "operation": "read-book",
            "book": data.hex(),
            "result": "malformed",
        }


def _opened() -> Iterator[Case]:
    traces = traces_of(half_of(_STRETCH.start - TEN, _STRETCH.end - TEN))
    for name, (comment, slips) in _books_to_open().items():
        tried = (*traces, _moved_trace(traces[0])) if name == "other-day" else traces
        found = open_slips(slips, tried, AUTHORITY, stretch=_STRETCH)
        yield {
            "id": f"open-{name}",
            "comment": comment,
            "spec": ["SLIP-13", "SLIP-14", "SLIP-15"],
            "flags": [],
            "operation": "open",
            "private_key": AUTHORITY.to_bytes().hex(),
            "traces": [trace.encode().hex() for trace in tried],
            "start": _STRETCH.start,
            "end": _STRETCH.end,
            "slips": _rows(tuple(slips)),
            "contacts": [
                {"contact": each.contact, "stays": [list(stay) for stay in each.stays]}
                for each in found.contacts
            ],
            "unreadable": found.unreadable,
            "result": "valid",
        }


def _books_to_open() -> Mapping[str, tuple[str, list[Slip]]]:
    one, later = _slips("one", 1_900, 2_000), _slips("one", 3_000, 3_100)
    stranger = _card("not for this authority", OTHER)
    bad = "counted, not read"
    return {
        "touches-the-start": ("to touch is not to overlap", _slips("one", 0, 1_800)),
        "one-second": ("within the stretch by a second", _slips("one", 0, 1_801)),
        "whole": ("parts that touch are one stay", _slips("one", 0, 20_000)),
        "after": ("the hour is traced, the stay lies behind", _slips("one", 9_000, 9_600)),
        "twice": ("one contact, two stays", [*one, *later]),
        "two-people": ("in the order of the contacts", [*_slips("two", 1_900, 2_000), *one]),
        "other-hour": ("its key is not public", _slips("one", -3_600, 0)),
        "card-of-another-authority": (bad, _slips("x", 1_900, 2_000, card=stranger)),
        "no-message": (bad, [_forged(b"\2".ljust(201))]),
        "no-point": (bad, [Slip(day_of(TEN), b"\xff" * 369)]),
        "other-day": (bad, [_moved(one[0])]),
    }


def _forged(message: bytes) -> Slip:
    """Return a slip of ten o'clock that says anything."""
    sealed = encrypt(
        MARKET.entry.public_key,
        identity=identity_of(MARKET.payload, start=TEN),
        message=message,
        rand=seeded_random(bytes(32), label=b"forged"),
    )
    return Slip(day_of(TEN), sealed.encode())


def _moved(slip: Slip) -> Slip:
    return Slip(Day(slip.day + 1), slip.ciphertext)


def _moved_trace(trace: Trace) -> Trace:
    day = (trace.day + 1).to_bytes(4, "big")
    return Trace.decode(trace.encode()[:80] + day + trace.encode()[84:])
