"""Targets of the fuzz loop at public places: what a phone keeps of visits, and published traces."""

from dp3t.codec import encode
from dp3t.presence.diary import Diary
from dp3t.presence.matching import PresenceMatch
from dp3t.presence.trace import PRESENCE, Message, Trace, publish, traces_of
from dp3t.presence.visit import VisitMessage
from dp3t.publication.batch import Batch, BatchName
from dp3t.timeline import Instant, Stretch
from fuzz_target import Target, again, of_value
from visits import HOUR, NOON, RAND, TEXT, venue

_NAME = BatchName(design=PRESENCE, region="VN", release=Instant(NOON + 2 * HOUR))


def of_visits() -> dict[str, Target]:
    """Return the decoders of visits and traces."""
    market = venue(0)
    until = Instant(NOON + 60)
    trace = market.traced(NOON, (NOON, until))
    said = VisitMessage(
        arrival=NOON, departure=until, notification_key=market.notification_key
    ).encode()
    match = PresenceMatch(start=NOON, end=until, message=TEXT, release=_NAME.release)
    return {
        "message of a visit": Target(again(VisitMessage.decode, VisitMessage.encode), (said,)),
        "diary": Target(of_value(Diary.restore), (_diary(),)),
        "match of a visit": Target(of_value(PresenceMatch.from_value), (encode(match.to_value()),)),
        "trace": Target(again(Trace.decode, Trace.encode), (trace.encode(),)),
        "key of a trace": Target(
            lambda data: Trace.decode(data).require_valid(), (trace.encode(),)
        ),
        "message to visitors": Target(
            Message.decode, (Message(TEXT, Stretch(NOON, until)).encode(),)
        ),
        "table of traces": Target(
            lambda data: traces_of(Batch(_NAME, data)), (publish([trace], name=_NAME).content,)
        ),
    }


def _diary() -> bytes:
    market, school, diary = venue(0).entry, venue(1).entry, Diary()
    diary.check_in(market, now=NOON, rand=RAND)
    diary.check_out(market.payload, now=Instant(NOON + HOUR), rand=RAND)
    diary.check_in(school, now=Instant(NOON + HOUR), rand=RAND)
    return encode(diary.to_value())
