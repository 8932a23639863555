"""Cases of the entry-receipt chapter: documents, bindings, receipts, and what officers are told."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from dp3t.arrivals.binding import Binding
from dp3t.arrivals.entry_receipt import RECEIPT_BYTES, EntryReceipt
from dp3t.arrivals.travel_document import TravelDocument
from dp3t.arrivals.verdict import Verdict, verify
from dp3t.codec import from_base32, to_base32
from dp3t.publication.signing import SigningKey, TrustedKeys, VerificationKey
from dp3t.timeline import Day, Instant, day_start

Case = dict[str, object]

DAY = Day(20_780)
NOW = Instant(day_start(DAY) + 3_600)
POINT = "VDAD"
_YEAR = 365 * 86_400
KEY = SigningKey(
    seed=bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"),
    valid_from=Instant(NOW - _YEAR),
    valid_until=Instant(NOW + _YEAR),
)
OTHER_KEY = SigningKey(
    seed=bytes.fromhex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb"),
    valid_from=KEY.valid_from,
    valid_until=KEY.valid_until,
)
DOCUMENT = TravelDocument(number="L898902C3", birth="740812", expiry="120415")
_UNKNOWN = TravelDocument.of(number="C7", birth="<<<<<<", expiry="")
OTHER_DOCUMENT = replace(DOCUMENT, number="L898902C4")
PASSPORT = (
    "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL898902C36UTO7408122F1204159ZE184226B<<<<<10"
)
_CARD = (
    "I<UTOD231458907<<<<<<<<<<<<<<<\n7408122F1204159UTO<<<<<<<<<<<6\nERIKSSON<<ANNA<MARIA<<<<<<<<<<"
)
_LONG_CARD = (
    "I<UTOD23145890<7349<<<<<<<<<<<\n3407127M9507122UTO<<<<<<<<<<<2\nSTEVENSON<<PETER<<<<<<<<<<<<<<"
)
_SMALL = "I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<\nD231458907UTO7408122F1204159<<<<<<<6"
_LONG_SMALL = "I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<\nD23145890<UTO7408122F120415973456792"
RECEIPT = EntryReceipt(
    receipt_id=bytes(range(16)),
    binding=Binding.of(DOCUMENT, rand=lambda length: bytes(range(0x40, 0x40 + length))),
    entry_day=DAY,
    arrival_point=POINT,
    opens_hours=19,
    closes_hours=41,
)
_GOOD = RECEIPT.sign(KEY)


def build() -> dict[str, object]:
    """Return the vector file."""
    return {
        "spec": ["ENTRY-RECEIPT-6"],
        "source": "ours; keys of RFC 8032, 7.1; zones are the specimens of Doc 9303, parts 4 to 6, "
        "and of part 11, appendix D, and one of ours; re-derived by tests/oracle_entry_receipt.py",
        "cases": [*_typed(), *_zones(), *_bound(), *_signed(), *_payloads(), *_verified()],
    }


def _fields(document: TravelDocument) -> Case:
    return {"number": document.number, "birth": document.birth, "expiry": document.expiry}


def _typed() -> Iterator[Case]:
    birth, expiry = "1974-08-12", "2012-04-15"
    given = {
        "as-printed": ("L898902C3", birth, expiry),
        "small-letters-and-separators": ("l 8989-02.c/3<", "740812", "120415"),
        "longest": ("A" * 22, birth, expiry),
        "without-expiry": ("C7", birth, ""),
        "birth-of-unknown-day": ("C7", "7408<<", expiry),
    }
    for name, (number, born, ends) in given.items():
        document = TravelDocument.of(number=number, birth=born, expiry=ends)
        yield {
            "id": f"document-{name}",
            "comment": "what is typed becomes what the zone has",
            "spec": ["ENTRY-RECEIPT-1", "ENTRY-RECEIPT-2"],
            "operation": "document",
            "typed": {"number": number, "birth": born, "expiry": ends},
            **_fields(document),
            "result": "valid",
        }
    for name, (number, born, ends) in {
        "without-number": ("", birth, expiry),
        "number-of-separators": ("- <", birth, expiry),
        "number-of-23": ("A" * 23, birth, expiry),
        "number-with-a-letter-of-another-alphabet": ("\u0130B1", birth, expiry),
        "number-with-a-letter-whose-capital-is-one-of-ours": ("C7\u0131", birth, expiry),
        "number-with-digits-of-another-alphabet": ("C\u0661", birth, expiry),
        "birth-empty": ("C7", "", expiry),
        "birth-in-month-13": ("C7", "741301", expiry),
        "birth-on-day-32": ("C7", "740832", expiry),
        "birth-on-day-0": ("C7", "740800", expiry),
        "birth-with-half-a-day": ("C7", "74081<", expiry),
        "expiry-the-other-way-round": ("C7", birth, "15-04-2012"),
    }.items():
        yield {
            "id": f"document-{name}",
            "comment": "one fault",
            "spec": ["ENTRY-RECEIPT-1", "ENTRY-RECEIPT-2"],
            "flags": ["document"],
            "operation": "document",
            "typed": {"number": number, "birth": born, "expiry": ends},
            "result": "malformed",
        }


def _zones() -> Iterator[Case]:
    for name, zone in {
        "passport": PASSPORT,
        "passport-in-one-line": PASSPORT.replace("\n", ""),
        "identity-card": _CARD,
        "identity-card-with-a-long-number": _LONG_CARD,
        "card-of-two-lines": _SMALL,
        "card-of-two-lines-with-the-longest-number": _LONG_SMALL,
    }.items():
        yield {
            "id": f"zone-{name}",
            "comment": "a specimen, or one with a longer number",
            "spec": ["ENTRY-RECEIPT-3"],
            "operation": "zone",
            "zone": zone,
            **_fields(TravelDocument.from_zone(zone)),
            "result": "valid",
        }
    for name, zone in {
        "empty": "",
        "one-character-short": PASSPORT[:-1],
        "one-line": PASSPORT.partition("\n")[2],
        "small-letters": PASSPORT.lower(),
        "digit-of-the-number": PASSPORT.replace("L898902C36", "L898902C37"),
        "number-misread": PASSPORT.replace("L898902C3", "L8989O2C3"),
        "digit-of-the-birth": PASSPORT.replace("7408122", "7408123"),
        "digit-of-the-expiry": PASSPORT.replace("1204159", "1204158"),
        "digit-missing": PASSPORT.replace("1204159", "120415<"),
        "digit-of-a-long-number": _LONG_CARD.replace("7349", "7348"),
        "number-of-fillers": PASSPORT.replace("L898902C36", "<<<<<<<<<0"),
    }.items():
        yield {
            "id": f"zone-{name}",
            "comment": "one fault",
            "spec": ["ENTRY-RECEIPT-3"],
            "flags": ["zone"],
            "operation": "zone",
            "zone": zone,
            "result": "malformed",
        }


def _bound() -> Iterator[Case]:
    for name, document in {"passport": DOCUMENT, "unknown": _UNKNOWN}.items():
        yield {
            "id": f"binding-{name}",
            "comment": "131,072 rounds",
            "spec": ["ENTRY-RECEIPT-4"],
            "operation": "bind",
            **_fields(document),
            "salt": RECEIPT.binding.salt.hex(),
            "binding": Binding.of(document, rand=lambda _: RECEIPT.binding.salt).encode().hex(),
            "result": "valid",
        }


def _saying(receipt: EntryReceipt) -> Case:
    return {
        "receipt_id": receipt.receipt_id.hex(),
        "binding": receipt.binding.encode().hex(),
        "entry_day": receipt.entry_day,
        "arrival_point": receipt.arrival_point,
        "opens_hours": receipt.opens_hours,
        "closes_hours": receipt.closes_hours,
    }


def _signed() -> Iterator[Case]:
    earliest = replace(RECEIPT, entry_day=Day(11), arrival_point="0ZA9", opens_hours=255)
    latest = replace(RECEIPT, entry_day=Day(49_699), opens_hours=0, closes_hours=255)
    for name, receipt in {"one": RECEIPT, "earliest": earliest, "latest": latest}.items():
        key = replace(KEY, valid_from=Instant(0), valid_until=Instant(2**32 - 1))
        yield {
            "id": f"receipt-{name}",
            "comment": "57 bytes, signed, in base32",
            "spec": ["ENTRY-RECEIPT-6", "ENTRY-RECEIPT-8"],
            "operation": "receipt",
            **_saying(receipt),
            "seed": KEY.seed.hex(),
            "payload": receipt.encode().hex(),
            "text": receipt.sign(key),
            "valid_from": receipt.valid_from,
            "valid_until": receipt.valid_until,
            "result": "valid",
        }


def _payloads() -> Iterator[Case]:
    good = RECEIPT.encode()
    for name, payload in {
        "empty": b"",
        "one-byte-short": good[:-1],
        "one-byte-long": good + b"\0",
        "version-2": b"\2" + good[1:],
        "day-10": good[:49] + (10).to_bytes(2, "big") + good[51:],
        "day-49700": good[:49] + (49_700).to_bytes(2, "big") + good[51:],
        "point-in-small-letters": good[:51] + b"vdad" + good[55:],
        "point-of-three": good[:51] + b"DAD\0" + good[55:],
        "point-of-no-text": good[:51] + b"\xff" * 4 + good[55:],
        "closing-at-once": good[:-1] + b"\0",
    }.items():
        yield {
            "id": f"payload-{name}",
            "comment": "one fault",
            "spec": ["ENTRY-RECEIPT-7"],
            "flags": ["payload"],
            "operation": "payload",
            "payload": payload.hex(),
            "result": "malformed",
        }


_RESULTS = {
    Verdict.VALID: "valid",
    Verdict.MALFORMED: "malformed",
    Verdict.UNKNOWN_KEY: "unauthentic",
    Verdict.ALTERED: "unauthentic",
    Verdict.ROTATED_OUT: "unauthentic",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """What an officer asks; by default about a good receipt."""

    text: str = _GOOD
    document: TravelDocument = DOCUMENT
    keys: tuple[VerificationKey, ...] = (KEY.public(), OTHER_KEY.public())
    point: str = POINT
    now: Instant = NOW
    withdrawn: tuple[bytes, ...] = ()


def _verified() -> Iterator[Case]:
    opens, closes = RECEIPT.valid_from, RECEIPT.valid_until
    until_now = replace(KEY, valid_until=NOW).public()
    from_now = replace(KEY, valid_from=NOW).public()
    later = replace(KEY, valid_from=Instant(NOW + 1)).public()
    for name, asked in {
        "good": _Asked(),
        "small-letters-and-spaces": _Asked(text=f" {_GOOD.lower()}\r\n"),
        "in-its-first-second": _Asked(now=opens),
        "in-its-last-second": _Asked(now=Instant(closes - 1)),
        "key-in-its-first-second": _Asked(keys=(from_now,)),
        "empty": _Asked(text=""),
        "one-letter-short": _Asked(text=_GOOD[:-1]),
        "padded": _Asked(text=_GOOD + "="),
        "digit-of-no-alphabet": _Asked(text=_GOOD[:-1] + "1"),
        "bits-of-no-byte": _Asked(text=_GOOD[:-1] + _stray(_GOOD[-1])),
        "of-version-2": _Asked(text=_GOOD.replace(":1:", ":2:")),
        "card": _Asked(text=_GOOD.replace("ENTRY", "CARD")),
        "of-no-known-key": _Asked(keys=(OTHER_KEY.public(),)),
        "with-no-keys": _Asked(keys=()),
        "signed-by-another-in-its-name": _Asked(text=_altered({range(8): KEY.public().key_id})),
        "point-altered": _Asked(text=_altered({range(123, 127): b"VHAN"}, RECEIPT.sign(KEY))),
        "day-altered": _Asked(text=_altered({range(122, 123): b"\0"}, _GOOD)),
        "binding-altered": _Asked(text=_altered({range(105, 106): b"\0"}, _GOOD)),
        "signature-altered": _Asked(text=_altered({range(40, 41): b"\0"}, _GOOD)),
        "key-that-ended": _Asked(keys=(until_now,)),
        "key-to-come": _Asked(keys=(later,)),
        "withdrawn": _Asked(withdrawn=(RECEIPT.receipt_id,)),
        "other-withdrawn": _Asked(withdrawn=(bytes(16),)),
        "at-another-point": _Asked(point="VHAN"),
        "a-second-too-early": _Asked(now=Instant(opens - 1)),
        "a-second-too-late": _Asked(now=closes),
        "of-somebody-else": _Asked(document=OTHER_DOCUMENT),
        "withdrawn-at-another-point-too-late": _Asked(
            withdrawn=(RECEIPT.receipt_id,), point="VHAN", now=closes
        ),
        "of-somebody-else-at-another-point": _Asked(point="VHAN", document=OTHER_DOCUMENT),
    }.items():
        yield _verify_case(name, asked)


def _stray(letter: str) -> str:
    """Return the next letter of base32: the last of 207 has three bits that carry nothing."""
    return chr(ord(letter) + 1)


def _altered(places: Mapping[range, bytes], text: str | None = None) -> str:
    """Return a receipt with other bytes at some places; by the other key where none is given."""
    head, letters = _GOOD[:13], (text or RECEIPT.sign(OTHER_KEY))[13:]
    data = bytearray(from_base32(letters, length=RECEIPT_BYTES, what="a receipt"))
    for place, other in places.items():
        data[place.start : place.stop] = other
    return head + to_base32(bytes(data))


def _verify_case(name: str, asked: _Asked) -> Case:
    verdict = verify(
        asked.text,
        asked.document,
        keys=TrustedKeys(asked.keys),
        arrival_point=asked.point,
        now=asked.now,
        withdrawn=asked.withdrawn,
    ).verdict
    return {
        "id": f"verify-{name}",
        "comment": "the first verdict of the table that holds",
        "spec": ["ENTRY-RECEIPT-10", "ENTRY-RECEIPT-11"],
        "flags": [] if verdict is Verdict.VALID else ["verdict"],
        "operation": "verify",
        "text": asked.text,
        **_fields(asked.document),
        "trusted": trusted(asked.keys),
        "arrival_point": asked.point,
        "now": asked.now,
        "withdrawn": [each.hex() for each in asked.withdrawn],
        "verdict": verdict.value,
        "result": _RESULTS.get(verdict, "policy"),
    }


def trusted(keys: Iterable[VerificationKey]) -> list[Case]:
    """Return keys that a reader trusts, as a case has them."""
    return [
        {"public": key.public.hex(), "valid_from": key.valid_from, "valid_until": key.valid_until}
        for key in keys
    ]
