"""Entry codes that change, by the day or for one event, from one private code.

Who scanned the code of one day cannot tell from it what the venue is called on another, so a trace
of that other day tells him nothing.
"""

from dataclasses import dataclass, field

from dp3t.codec import Fields, decode, encode
from dp3t.errors import MalformedError
from dp3t.presence.entry_link import ROTATING_SCHEME, private_code_of, private_text_of
from dp3t.presence.venue import MAX_TRACE_CODE_BYTES, WRITTEN_SEED_BYTES, VenueCode
from dp3t.primitives import Rand, equal, hmac_sha256
from dp3t.timeline import Day, Instant, Stretch, day_of, day_start, require_instant

SECRET_BYTES = 32

_DAY_LABEL = b"dp3t rotation day 1"
_EVENT_LABEL = b"dp3t rotation event 1"
_MOMENT_BYTES = 4
_MAX_CODE_BYTES = MAX_TRACE_CODE_BYTES + 128
_VERSION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class RotatingCode:
    """The private code of a venue whose entry code changes. Its repr hides what it holds.

    Attributes:
        venue: names the place and holds the keys; its own entry code is not shown anywhere.
        secret: 32 bytes, from which the seed of each day and event follows.

    Raises:
        MalformedError: a secret of another length.
    """

    venue: VenueCode
    secret: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.secret) != SECRET_BYTES:
            raise MalformedError(f"a rotation secret has {SECRET_BYTES} bytes")

    @classmethod
    def generate(cls, venue: VenueCode, *, rand: Rand) -> "RotatingCode":
        """Draw a rotation secret for a venue: 32 bytes of `rand` [ROTATION-1]."""
        return cls(venue=venue, secret=rand(SECRET_BYTES))

    def day_code(self, day: Day) -> VenueCode:
        """Return the trace code of a UTC day; its `entry` is what stands at the door [ROTATION-2].

        Raises:
            ValueError: a day that begins before 1970 or ends after 2106.
        """
        start, end = day_start(day), day_start(Day(day + 1))
        require_instant(start)
        require_instant(end)
        return self._code(_DAY_LABEL + _octets(day), start=start, end=end)

    def event_code(self, name: str, *, stretch: Stretch) -> VenueCode:
        """Return the trace code of an event, which gives the entry code its name [ROTATION-3].

        Args:
            name: 1 to 100 characters, as in any entry code.
            stretch: from when to when the code is valid.

        Raises:
            MalformedError: a name that no reader takes, or an end before the start.
            ValueError: a moment outside 1970 to 2106.
        """
        start, end = stretch
        require_instant(start)
        require_instant(end)
        label = _EVENT_LABEL + _octets(start) + _octets(end) + name.encode("utf-8", "surrogatepass")
        return self._code(label, start=start, end=end, description=name)

    def day_codes(self, stretch: Stretch) -> tuple[VenueCode, ...]:
        """Return the day codes under which somebody may have been there in a stretch [ROTATION-5].

        A visit lasts a day at most and stays under the code with which it began, so these are the
        codes of the days that the stretch touches and of the day before.

        Raises:
            ValueError: an empty stretch, or a moment outside 1970 to 2106.
        """
        if stretch.end <= stretch.start:
            raise ValueError("a stretch ends after it starts")
        require_instant(stretch.start)
        first = max(0, day_of(stretch.start) - 1)
        last = day_of(Instant(stretch.end - 1))
        return tuple(self.day_code(Day(day)) for day in range(first, last + 1))

    def _code(
        self, label: bytes, *, start: Instant, end: Instant, description: str | None = None
    ) -> VenueCode:
        seed = hmac_sha256(self.secret, label)[:WRITTEN_SEED_BYTES]
        entry = self.venue.entry.renewed(seed=seed, start=start, end=end, description=description)
        return VenueCode(entry=entry, share=self.venue.share, sealed_share=self.venue.sealed_share)

    def encode(self) -> bytes:
        """Return the private code as bytes, a secret [ROTATION-6]."""
        return encode({"secret": self.secret, "venue": self.venue.encode(), "version": _VERSION})

    @classmethod
    def decode(cls, data: bytes) -> "RotatingCode":
        """Return what `encode` was given.

        Raises:
            UnsupportedVersionError: a code of another version.
            MalformedError: anything else.
        """
        fields = Fields(decode(data, limit_bytes=_MAX_CODE_BYTES), what="the rotating code")
        fields.version(_VERSION)
        secret = fields.octets("secret", length=SECRET_BYTES)
        venue = fields.value("venue")
        fields.done()
        if not isinstance(venue, bytes):
            raise MalformedError("the rotating code: venue is not bytes")
        return cls(venue=VenueCode.decode(venue), secret=secret)

    def text(self) -> str:
        """Return the text of the private QR code, a secret [ENTRY-21]."""
        return private_text_of(self.encode(), scheme=ROTATING_SCHEME)

    @classmethod
    def from_text(cls, text: str) -> "RotatingCode":
        """Return the code that a scanned or typed text holds.

        Raises:
            MalformedError: anything else, an entry code among others, which is named [ENTRY-22].
        """
        return cls.decode(private_code_of(text, scheme=ROTATING_SCHEME))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, RotatingCode) and equal(self.encode(), other.encode())

    def __hash__(self) -> int:
        return hash(self.venue)


def _octets(number: int) -> bytes:
    return number.to_bytes(_MOMENT_BYTES, "big")
