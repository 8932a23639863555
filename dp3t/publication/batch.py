"""The native batch: what one design publishes in one release slot, in a signed envelope.

The envelope says for which design, region and time; its content is the design's own, a table of
keys or a filter, and opaque here.
"""

import re
from dataclasses import dataclass, field

from dp3t.codec import Fields, encode
from dp3t.errors import LimitError, MalformedError
from dp3t.params import LAST_INSTANT, MAX_NAME_LENGTH
from dp3t.publication.signing import HEADER_BYTES, SigningKey, TrustedKeys
from dp3t.publication.sources import Buffer, Source, Steady, cut_out
from dp3t.timeline import Instant, checked_release

MAX_BATCH_BYTES = 2**28
"""The longest signed file [BATCH-7]."""

_MAX_ITEMS = 16
_CONTEXT = "dp3t batch 1"
_VERSION = 1
_DESIGN = re.compile(r"[a-z]{1,16}", re.ASCII)
_REGION = re.compile(r"[A-Z0-9-]{1,16}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchName:
    """Which batch it is: no region publishes two for one design and release time.

    Attributes:
        design: name of the design, 1 to 16 letters a to z.
        region: name of the region, 1 to 16 of A to Z, 0 to 9 and hyphen.
        release: a multiple of 7200 s; only observations before it count.

    Raises:
        MalformedError: a name that no batch may have [BATCH-5].
    """

    design: str
    region: str
    release: Instant

    def __post_init__(self) -> None:
        require_design(self.design)
        require_region(self.region)
        checked_release(self.release)

    def encode(self) -> bytes:
        """Return the name as bytes, different for every batch [BATCH-8]."""
        return encode({"design": self.design, "region": self.region, "release": self.release})


@dataclass(frozen=True, slots=True)
class Batch:
    """What a server publishes under one name.

    Attributes:
        name: of which design, for which region, from when on.
        content: what the design publishes; the chapter of the design says how to read it.
    """

    name: BatchName
    content: bytes = field(repr=False)

    @property
    def design(self) -> str:
        """The name of its design."""
        return self.name.design

    @property
    def region(self) -> str:
        """The name of its region."""
        return self.name.region

    @property
    def release(self) -> Instant:
        """The release time."""
        return self.name.release

    def encode(self) -> bytes:
        """Return the canonical payload, before signing [BATCH-1]."""
        return encode(
            {
                "content": self.content,
                "design": self.design,
                "region": self.region,
                "release": self.release,
                "version": _VERSION,
            }
        )

    @classmethod
    def decode(cls, payload: bytes) -> "Batch":
        """Return the batch whose canonical payload this is [BATCH-1].

        Raises:
            MalformedError: any other bytes; LimitError where they are too many [BATCH-7].
        """
        if len(payload) > MAX_BATCH_BYTES:
            raise LimitError(f"{len(payload)} bytes where at most {MAX_BATCH_BYTES} are allowed")
        return _opened(Buffer(payload)).whole()

    def sign(self, key: SigningKey) -> bytes:
        """Return the signed file.

        Raises:
            UnknownKeyError: the key may not speak for the release time.
            LimitError: more bytes than a batch may have.
        """
        key.public().require_valid_at(self.release)
        payload = self.encode()
        if HEADER_BYTES + len(payload) > MAX_BATCH_BYTES:
            raise LimitError("too much for one batch")
        return key.sign(payload, context=_CONTEXT)

    @classmethod
    def open(cls, data: bytes, *, trusted: TrustedKeys) -> "Batch":
        """Verify and return a signed batch; nothing is parsed before the signature [BATCH-3].

        Raises:
            MalformedError: the bytes are not a signed batch.
            VerificationError: not signed by a trusted key that was valid at the release time.
        """
        return open_batch(Buffer(data), trusted=trusted).whole()


@dataclass(frozen=True, slots=True)
class OpenedBatch:
    """A verified batch whose content is read when it is asked for, a part at a time.

    Attributes:
        name: of which design, for which region, from when on.
        content: what the design publishes.
    """

    name: BatchName
    content: Source = field(repr=False)

    def whole(self) -> Batch:
        """Return the batch in memory."""
        return Batch(self.name, self.content.read(0, self.content.size_bytes))


def open_batch(source: Source, *, trusted: TrustedKeys) -> OpenedBatch:
    """Verify a signed batch without holding it in memory [BATCH-3] [BATCH-10].

    Args:
        source: the file; one that changes while it is read is refused, then or later.
        trusted: whom to believe.

    Raises:
        MalformedError: the bytes are not a signed batch; LimitError where they are too many.
        VerificationError: not signed by a trusted key that was valid at the release time.
    """
    steady = source if isinstance(source, Buffer) else Steady(source)
    payload, key = trusted.open_source(steady, context=_CONTEXT, limit_bytes=MAX_BATCH_BYTES)
    opened = _opened(payload)
    key.require_valid_at(opened.name.release)
    return opened


def _opened(payload: Source) -> OpenedBatch:
    """Return the batch whose canonical payload this is [BATCH-1]."""
    value, content = cut_out(payload, "content", limit_items=_MAX_ITEMS)
    fields = Fields(value, what="the batch")
    fields.version(_VERSION)
    name = BatchName(
        design=fields.text("design", longest=MAX_NAME_LENGTH),
        region=fields.text("region", longest=MAX_NAME_LENGTH),
        release=Instant(fields.integer("release", 0, LAST_INSTANT)),
    )
    fields.octets("content")
    fields.done()
    return OpenedBatch(name, content)


def require_design(name: str) -> None:
    """Raise MalformedError unless the name of a design keeps to its alphabet [BATCH-5]."""
    if not _DESIGN.fullmatch(name):
        raise MalformedError("a design is named by 1 to 16 letters a to z")


def require_region(name: str) -> None:
    """Raise MalformedError unless the name of a region keeps to its alphabet [BATCH-5]."""
    if not _REGION.fullmatch(name):
        raise MalformedError("a region is named by 1 to 16 of A to Z, 0 to 9 and hyphen")
