"""A published trace: it lets those who were at a venue in one hour know, and nobody else.

Every trace has the same length. A batch of the name `presence` holds them back to back.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from dp3t.codec import Fields, decode, encode
from dp3t.errors import LimitError, MalformedError
from dp3t.params import LAST_DAY, LAST_INSTANT
from dp3t.presence import presence_pb2 as pb
from dp3t.presence.encryption import IDENTITY_BYTES, IDENTITY_KEY_BYTES, IdentityKey
from dp3t.presence.identity import INTERVAL_SECONDS, VISIT_RETENTION_DAYS
from dp3t.presence.messages import encoded, parsed
from dp3t.presence.pairing import G1Point, Scalar
from dp3t.primitives import Rand, open_secretbox, random_below, seal_secretbox
from dp3t.publication.batch import Batch, BatchName
from dp3t.timeline import Day, Instant, Stretch, day_of, day_start

PRESENCE = "presence"
"""What stands in the place of a design in the name of a batch of traces [TRACE-1]."""

MAX_TRACES = 2**16
"""How many traces one batch holds."""

MESSAGE_BYTES = 352
"""The length of a message with its times, filled up [TRACE-4]."""

MAX_TEXT_BYTES = 280
_DAY_BYTES = 4
_NONCE_BYTES = 24
_SEALED_BYTES = MESSAGE_BYTES + 16
TRACE_BYTES = IDENTITY_BYTES + IDENTITY_KEY_BYTES + _DAY_BYTES + _NONCE_BYTES + _SEALED_BYTES
"""The length of every trace: 476 bytes [TRACE-2]."""

_MESSAGE_VERSION = 1
_TABLE_VERSION = 1
_FILLER_TAG = bytes([5 << 3 | 2])
_MOST_HOURS_MADE_UP = 6
_LIMIT_BYTES = MAX_TRACES * TRACE_BYTES + 64


@dataclass(frozen=True, slots=True)
class Message:
    """What the authority tells those who were at the venue.

    Attributes:
        text: what to do, 1 to 280 bytes of printable UTF-8 and line feeds.
        stretch: when the venue was exposed; whoever was there only at other times is not meant.

    Raises:
        MalformedError: a text that nobody may publish, or an empty stretch [TRACE-4].
    """

    text: str
    stretch: Stretch

    def __post_init__(self) -> None:
        require_text(self.text)
        if not 0 <= self.stretch.start < self.stretch.end <= LAST_INSTANT:
            raise MalformedError("the message's stretch of time is empty or impossible")

    def encode(self) -> bytes:
        """Return the message as 352 bytes of protocol buffers [TRACE-4]."""
        written = encoded(
            pb.AssociatedData(
                version=_MESSAGE_VERSION,
                message=self.text.encode(),
                start_timestamp=self.stretch.start,
                end_timestamp=self.stretch.end,
            )
        )
        return written + _filler(MESSAGE_BYTES - len(written))

    @classmethod
    def decode(cls, data: bytes) -> "Message":
        """Return the message in some bytes; MalformedError where there is none."""
        if len(data) != MESSAGE_BYTES:
            raise MalformedError(f"a message has {MESSAGE_BYTES} bytes, not {len(data)}")
        message = parsed(pb.AssociatedData, data, what="the message")
        if message.version != _MESSAGE_VERSION:
            raise MalformedError(f"the message has version {message.version}")
        try:
            text = message.message.decode()
        except UnicodeDecodeError:
            raise MalformedError("the message's text is not UTF-8") from None
        start, end = Instant(message.start_timestamp), Instant(message.end_timestamp)
        if not start < end:
            raise MalformedError("the message's stretch of time is empty")
        return cls(text, Stretch(start, end))


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Trace:
    """The key of a venue's identity in one hour, and a message that only its visitors open.

    Attributes:
        identity: 32 bytes.
        key: 48 bytes, a point of G1; checked by `require_valid` and before it is used.
        day: the UTC day in which the hour begins.
        nonce: 24 bytes.
        sealed: 368 bytes, a `Message` under the venue's notification key.

    Raises:
        MalformedError: a part of another length, or an impossible day [TRACE-2].
    """

    identity: bytes
    key: bytes = field(repr=False)
    day: Day
    nonce: bytes = field(repr=False)
    sealed: bytes = field(repr=False)

    def __post_init__(self) -> None:
        lengths = (len(self.identity), len(self.key), len(self.nonce), len(self.sealed))
        if lengths != (IDENTITY_BYTES, IDENTITY_KEY_BYTES, _NONCE_BYTES, _SEALED_BYTES):
            raise MalformedError("a part of the trace has another length")
        if not 0 <= self.day <= LAST_DAY:
            raise MalformedError("the trace is of an impossible day")

    @classmethod
    def of(
        cls, key: IdentityKey, *, day: Day, message: Message, notification_key: bytes, rand: Rand
    ) -> "Trace":
        """Seal a message and put it beside the key [TRACE-5].

        Args:
            key: of the venue's identity in the hour.
            day: the UTC day in which the hour begins.
            message: for those who were there.
            notification_key: the venue's, 32 bytes.
            rand: one draw of 24 bytes.
        """
        nonce = rand(_NONCE_BYTES)
        return cls(
            identity=key.identity,
            key=key.key.to_bytes(),
            day=day,
            nonce=nonce,
            sealed=seal_secretbox(notification_key, nonce, message.encode()),
        )

    def identity_key(self) -> IdentityKey:
        """Return the key that decrypts the records of the hour.

        Raises:
            MalformedError: it is no point of G1 [TRACE-3].
        """
        return IdentityKey(identity=self.identity, key=G1Point.from_bytes(self.key))

    def require_valid(self) -> None:
        """Raise MalformedError unless the key is a point that a key can be [TRACE-3]."""
        self.identity_key()

    def open(self, notification_key: bytes) -> Message:
        """Return the authority's message [TRACE-5].

        Raises:
            VerificationError: the trace is of another venue, or altered.
            MalformedError: the message is none that an authority may send.
        """
        return Message.decode(open_secretbox(notification_key, self.nonce, self.sealed))

    def encode(self) -> bytes:
        """Return the 476 bytes of the trace [TRACE-2]."""
        day = self.day.to_bytes(_DAY_BYTES, "big")
        return self.identity + self.key + day + self.nonce + self.sealed

    @classmethod
    def decode(cls, data: bytes) -> "Trace":
        """Return the trace in some bytes; MalformedError where there is none."""
        if len(data) != TRACE_BYTES:
            raise MalformedError(f"a trace has {TRACE_BYTES} bytes, not {len(data)}")
        widths = (IDENTITY_BYTES, IDENTITY_KEY_BYTES, _DAY_BYTES, _NONCE_BYTES, _SEALED_BYTES)
        parts, at = list[bytes](), 0
        for width in widths:
            parts.append(data[at : at + width])
            at += width
        identity, key, day, nonce, sealed = parts
        return cls(
            identity=identity,
            key=key,
            day=Day(int.from_bytes(day, "big")),
            nonce=nonce,
            sealed=sealed,
        )


def publish(traces: Iterable[Trace], *, name: BatchName) -> Batch:
    """Return the batch that publishes some traces, each once, in ascending order [TRACE-6].

    Raises:
        LimitError: more than one batch holds.
        ValueError: the batch is named for something else, or two traces have one identity.
    """
    if name.design != PRESENCE:
        raise ValueError(f"a batch of traces is named {PRESENCE}")
    ascending = sorted(set(traces))
    if len(ascending) > MAX_TRACES:
        raise LimitError(f"a batch has at most {MAX_TRACES} traces")
    if len({trace.identity for trace in ascending}) < len(ascending):
        raise ValueError("two traces have one identity")
    table = b"".join(trace.encode() for trace in ascending)
    return Batch(name, encode({"traces": table, "version": _TABLE_VERSION}))


def traces_of(batch: Batch) -> tuple[Trace, ...]:
    """Return the traces of a batch [TRACE-6]; their points are not checked yet.

    Raises:
        MalformedError: a batch of something else, or any content that `publish` cannot have made.
    """
    if batch.design != PRESENCE:
        raise MalformedError("the batch holds no traces")
    fields = Fields(decode(batch.content, limit_bytes=_LIMIT_BYTES), what="the table of traces")
    fields.version(_TABLE_VERSION)
    table = fields.octets("traces")
    fields.done()
    if len(table) % TRACE_BYTES:
        raise MalformedError("the table ends within a trace")
    starts = range(0, len(table), TRACE_BYTES)
    traces = tuple(Trace.decode(table[at : at + TRACE_BYTES]) for at in starts)
    if any(traces[at - 1].identity >= traces[at].identity for at in range(1, len(traces))):
        raise MalformedError("the traces are not in ascending order")
    return traces


def padded(
    traces: Collection[Trace], *, minimum: int, release: Instant, rand: Rand
) -> tuple[Trace, ...]:
    """Return traces, and made-up ones as far as they are fewer than a minimum [TRACE-7].

    A made-up trace is like a real one to everybody who was not there: the key is a point of G1, the
    message random. They come as a venue's do, some hours of one day together, hours that were over
    when the last real one was taken; padding ends with the venue that reaches the minimum.

    Args:
        traces: those that are real.
        minimum: how many there are to be.
        release: the batch's release time.
        rand: the stream of the slot's seed for padding [SEED-3].
    """
    every = list(traces)
    last_taken = Instant(release - 1)  # what comes with the release itself waits for the next one
    today = day_of(last_taken)
    over_today = max(1, (last_taken - day_start(today)) // INTERVAL_SECONDS)
    while len(every) < minimum:
        day = Day(max(0, today - random_below(VISIT_RETENTION_DAYS + 1, rand=rand)))
        hours = 1 + random_below(_MOST_HOURS_MADE_UP, rand=rand)
        if day == today:
            hours = min(hours, over_today)
        every += (_made_up(day, rand) for _ in range(hours))
    return tuple(sorted(every))


def require_text(text: str) -> None:
    """Raise MalformedError unless an authority may send a text to visitors [TRACE-4]."""
    if not 1 <= len(text.encode(errors="replace")) <= MAX_TEXT_BYTES:
        raise MalformedError(f"a message has 1 to {MAX_TEXT_BYTES} bytes of text")
    if not all(letter.isprintable() or letter == "\n" for letter in text):
        raise MalformedError("a message has a character that nobody sees")


def _made_up(day: Day, rand: Rand) -> Trace:
    identity = rand(IDENTITY_BYTES)
    key = G1Point.hashed(identity).times(Scalar.generate(rand=rand))
    return Trace(
        identity=identity,
        key=key.to_bytes(),
        day=day,
        nonce=rand(_NONCE_BYTES),
        sealed=rand(_SEALED_BYTES),
    )


def _filler(length: int) -> bytes:
    """Return a field of zero bytes, or two, so many bytes long in all, two at least."""
    if length == 2**7 + 2:  # the length of the zeros takes one byte up to 127 and two beyond
        return _FILLER_TAG + b"\0" + _filler(length - 2)
    zeros = length - 2 if length < 2**7 + 2 else length - 3
    head = bytes([zeros]) if zeros < 2**7 else bytes([zeros & 0x7F | 0x80, zeros >> 7])
    return _FILLER_TAG + head + bytes(zeros)
