"""A pre-trace: what a venue's owner gives when an official asks for a stretch of time.

It holds half of the key of each hour. With the other half, which only the health authority can
make, it becomes a trace; alone it reads nothing. It is sealed to the authority with one length, so
that the server that passes it on does not learn which venue was asked for how long [PRETRACE-6].
"""

import re
from dataclasses import dataclass, field

from dp3t.codec import Fields, Value, decode, encode, pad, unpad
from dp3t.errors import ExpiredError, LimitError, MalformedError, TooEarlyError
from dp3t.params import LAST_INSTANT
from dp3t.presence.encryption import IDENTITY_KEY_BYTES, partial_key
from dp3t.presence.entry import MAX_PAYLOAD_BYTES
from dp3t.presence.identity import (
    INTERVAL_SECONDS,
    VISIT_RETENTION_DAYS,
    identity_of,
    interval_starts,
)
from dp3t.presence.venue import SEALED_SHARE_BYTES, VenueCode
from dp3t.primitives import (
    SEALED_BOX_OVERHEAD_BYTES,
    Rand,
    X25519PrivateKey,
    X25519PublicKey,
    open_box,
    seal_box,
    sha256,
)
from dp3t.timeline import Instant, Stretch, day_of

PRE_TRACE_BYTES = 16_384
"""The length of every sealed pre-trace [PRETRACE-6]."""

MAX_INTERVALS = 240
"""How many hours one request can touch: ten days."""

MAX_REFERENCE_LENGTH = 16
_CONTENT_BYTES = PRE_TRACE_BYTES - SEALED_BOX_OVERHEAD_BYTES
_REFERENCE = re.compile(f"[0-9A-Z-]{{1,{MAX_REFERENCE_LENGTH}}}", re.ASCII)
_VERSION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceRequest:
    """What an official asks a venue for [PRETRACE-1].

    Attributes:
        reference: names the request: 1 to 16 of 0 to 9, A to Z and hyphen.
        stretch: from when to when visitors shall be warned, in seconds; at least one, and no more
            than 240 hours are touched.

    Raises:
        MalformedError: a reference of another form; a stretch that is empty or outside 1970 to
            2106.
        LimitError: more hours.
    """

    reference: str
    stretch: Stretch

    def __post_init__(self) -> None:
        if not _REFERENCE.fullmatch(self.reference):
            raise MalformedError("a reference is 1 to 16 of 0 to 9, A to Z and hyphen")
        if not 0 <= self.stretch.start < self.stretch.end <= LAST_INSTANT:
            raise MalformedError("a stretch to be traced begins before it ends, from 1970 to 2106")
        if len(self.starts()) > MAX_INTERVALS:
            raise LimitError(f"a stretch to be traced touches at most {MAX_INTERVALS} hours")

    def starts(self) -> range:
        """Return when the hours begin that the stretch touches; its end is not part of it."""
        return interval_starts(self.stretch.start, Instant(self.stretch.end - 1))

    def require_traceable(self, now: Instant) -> None:
        """Check that every hour is over and may still be on somebody's phone [PRETRACE-3].

        Raises:
            TooEarlyError: an hour is to come, or not over.
            ExpiredError: an hour is of a day that phones have erased.
        """
        starts = self.starts()
        if starts[-1] + INTERVAL_SECONDS > now:
            raise TooEarlyError("an hour that is to come or not over cannot be traced")
        if day_of(Instant(starts[0])) < day_of(now) - VISIT_RETENTION_DAYS:
            raise ExpiredError(f"phones keep visits {VISIT_RETENTION_DAYS} days, not so long")


@dataclass(frozen=True, slots=True, kw_only=True)
class PreTrace:
    """What the authority makes traces of; it may be a lie until `complete` has checked it.

    Its repr does not tell the venue.

    Attributes:
        payload: of the venue's entry code, at most 1024 bytes.
        sealed_share: the authority's share of the venue's key, sealed to the authority; 80 bytes.
        request: what the owner was asked for, as the owner understood it.
        keys: 48 bytes for each hour of the request, ascending: what the owner's share adds.
    """

    payload: bytes = field(repr=False)
    sealed_share: bytes = field(repr=False)
    request: TraceRequest
    keys: tuple[bytes, ...] = field(repr=False)

    def seal(self, authority: X25519PublicKey, *, rand: Rand) -> bytes:
        """Return 16,384 bytes that only the authority can read [PRETRACE-6].

        Args:
            authority: its key; the one to which the venue's share was sealed.
            rand: a source of randomness, 32 bytes.

        Raises:
            MalformedError: a pre-trace that nobody would read; `pre_trace` makes none.
            TypeError: the key is not an X25519PublicKey.
        """
        if not isinstance(authority, X25519PublicKey):
            raise TypeError("the authority's key is an X25519PublicKey of its 32 bytes")
        value = self.to_value()
        PreTrace.from_value(value)
        return seal_box(authority, pad(encode(value), to_bytes=_CONTENT_BYTES), rand=rand)

    @classmethod
    def open(cls, sealed: bytes, private: X25519PrivateKey) -> "PreTrace":
        """Return the pre-trace that `seal` was given; nothing in it is believed yet [PRETRACE-7].

        Raises:
            MalformedError: another length than 16,384 bytes, or a content that `seal` cannot have
                made.
            VerificationError: sealed to another key, or altered.
        """
        if len(sealed) != PRE_TRACE_BYTES:
            raise MalformedError(f"a pre-trace has {PRE_TRACE_BYTES} bytes, not {len(sealed)}")
        content = unpad(open_box(private, sealed), of_bytes=_CONTENT_BYTES)
        return cls.from_value(decode(content, limit_bytes=_CONTENT_BYTES))

    def to_value(self) -> Value:
        """Return the pre-trace for encoding [PRETRACE-5]."""
        return {
            "end": self.request.stretch.end,
            "keys": b"".join(self.keys),
            "payload": self.payload,
            "reference": self.request.reference,
            "sealed_share": self.sealed_share,
            "start": self.request.stretch.start,
            "version": _VERSION,
        }

    @classmethod
    def from_value(cls, value: Value) -> "PreTrace":
        """Return a pre-trace that `to_value` described; MalformedError otherwise."""
        fields = Fields(value, what="the pre-trace")
        fields.version(_VERSION)
        start = fields.integer("start", 0, LAST_INSTANT)
        end = fields.integer("end", 0, LAST_INSTANT)
        reference = fields.text("reference", longest=MAX_REFERENCE_LENGTH)
        request = TraceRequest(reference=reference, stretch=Stretch(Instant(start), Instant(end)))
        keys = fields.octets("keys", length=len(request.starts()) * IDENTITY_KEY_BYTES)
        payload = fields.octets("payload")
        sealed_share = fields.octets("sealed_share", length=SEALED_SHARE_BYTES)
        fields.done()
        if len(payload) > MAX_PAYLOAD_BYTES:
            raise LimitError(f"an entry code has at most {MAX_PAYLOAD_BYTES} bytes")
        return cls(
            payload=payload,
            sealed_share=sealed_share,
            request=request,
            keys=tuple(
                keys[at : at + IDENTITY_KEY_BYTES] for at in range(0, len(keys), IDENTITY_KEY_BYTES)
            ),
        )


def pre_trace(code: VenueCode, *, stretch: Stretch, reference: str, now: Instant) -> PreTrace:
    """Make what an official has asked for: the owner's step [PRETRACE-2] [PRETRACE-4].

    Args:
        code: the venue's private code.
        stretch: from when to when, as the official said.
        reference: of the request, as the official gave it.
        now: the present moment.

    Raises:
        MalformedError: a reference of another form, or an empty stretch; LimitError, more than 240
            hours.
        TooEarlyError: an hour that is to come or not over.
        ExpiredError: an hour of a day that phones have erased.
    """
    request = TraceRequest(reference=reference, stretch=stretch)
    request.require_traceable(now)
    return PreTrace(
        payload=code.payload,
        sealed_share=code.sealed_share,
        request=request,
        keys=tuple(
            partial_key(
                code.share, identity=identity_of(code.payload, start=Instant(start))
            ).to_bytes()
            for start in request.starts()
        ),
    )


def name_of(sealed: bytes) -> str:
    """Return the name of a sealed pre-trace, by which a repeat is recognised [PRETRACE-8]."""
    return sha256(sealed).hex()
