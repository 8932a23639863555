"""Targets of the fuzz loop of venues' owners: pre-traces, uploads, cards and slips."""

from dp3t.codec import encode, pad
from dp3t.presence.card import Card
from dp3t.presence.owner_dummies import OwnerDummies, dummy_upload
from dp3t.presence.pretrace import PreTrace, pre_trace
from dp3t.presence.slip import SlipMessage, write_slips
from dp3t.presence.slip_book import SlipBook
from dp3t.presence.upload import TraceUpload, check_trace_answer, encode_trace_answer
from dp3t.primitives import seal_box
from dp3t.timeline import Instant
from fuzz_target import Target, again, of_text, of_value
from gatherings import AUTHORITY, MARKET, NOW, REFERENCE, TEN, stretch
from visits import RAND


def of_owners() -> dict[str, Target]:
    """Return the decoders of what owners send and keep; content is fuzzed within its seal."""
    public = AUTHORITY.public()
    half = pre_trace(MARKET, stretch=stretch(0, 7200), reference=REFERENCE, now=NOW)
    card = Card.of("0905 123 456", authority=public, rand=RAND)
    slips = write_slips(MARKET.entry, card, arrival=TEN, departure=Instant(TEN + 7000), rand=RAND)
    said = SlipMessage(stay=stretch(0, 600), card=card).encode()
    dummies = OwnerDummies.first(now=NOW, rand=RAND)
    return {
        "pre-trace": Target(of_value(PreTrace.from_value), (encode(half.to_value()),)),
        "sealed pre-trace": Target(
            lambda data: PreTrace.open(data, AUTHORITY), (half.seal(public, rand=RAND),)
        ),
        "upload of an owner": Target(
            again(TraceUpload.decode, TraceUpload.encode),
            (dummy_upload(public, rand=RAND).encode(),),
        ),
        "answer to an owner": Target(check_trace_answer, (encode_trace_answer(),)),
        "dummies of an owner": Target(
            of_value(OwnerDummies.from_value), (encode(dummies.to_value()),)
        ),
        "content of a card": Target(_opened_card, (encode({"contact": "0905", "version": 1}),)),
        "text of a card": Target(of_text(Card.from_text), (card.text().encode(),)),
        "message of a slip": Target(again(SlipMessage.decode, SlipMessage.encode), (said,)),
        "book of slips": Target(
            again(SlipBook.decode, SlipBook.encode), (SlipBook().added(slips, now=NOW).encode(),)
        ),
    }


def _opened_card(content: bytes) -> str:
    padded = pad(content[:143], to_bytes=144)
    return Card(seal_box(AUTHORITY.public(), padded, rand=RAND)).open(AUTHORITY)
