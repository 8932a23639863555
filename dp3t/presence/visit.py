"""A visit: in the clear while it lasts, and afterwards a ciphertext for each hour and nothing else.

Each ciphertext holds the visit's part in its hour, under the identity of the venue in that hour.
Nobody reads it, the phone included, until the hour is traced.
"""

from dataclasses import dataclass, field

from dp3t.errors import (
    ClockError,
    ExpiredError,
    MalformedError,
    PolicyError,
    TooEarlyError,
    UnsupportedVersionError,
)
from dp3t.params import LAST_DAY, LAST_INSTANT
from dp3t.presence.encryption import OVERHEAD_BYTES, encrypt
from dp3t.presence.entry import MAX_STAY_SECONDS, EntryCode
from dp3t.presence.identity import (
    INTERVAL_SECONDS,
    identity_of,
    interval_at,
    interval_starts,
    secrets_of,
)
from dp3t.primitives import Rand
from dp3t.timeline import Day, Instant, Stretch, day_of, require_instant

DEFAULT_STAY_SECONDS = 14_400
"""After which time a visit ends by itself where neither code nor person says another."""

_VERSION = b"\1"
_MOMENT_BYTES = 4
_KEY_BYTES = 32
MESSAGE_BYTES = len(_VERSION) + 2 * _MOMENT_BYTES + _KEY_BYTES
RECORD_BYTES = OVERHEAD_BYTES + MESSAGE_BYTES
"""The length of every record's ciphertext: 209 bytes [VISIT-4]."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitMessage:
    """What a record says to whoever can decrypt it: the visit's part in one hour [VISIT-2].

    Its repr hides it [VISIT-17].

    Attributes:
        arrival: of the visit, or the start of the hour where that is later.
        departure: of the visit, or the end of the hour where that is earlier; not before `arrival`.
        notification_key: 32 bytes, which open the authority's message to the visitors.

    Raises:
        MalformedError: moments that are not of one hour, or a key of another length [VISIT-5].
    """

    arrival: Instant = field(repr=False)
    departure: Instant = field(repr=False)
    notification_key: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if not 0 <= self.arrival <= self.departure <= LAST_INSTANT:
            raise MalformedError("the visit ends before it begins")
        if self.departure > self.hour + INTERVAL_SECONDS:
            raise MalformedError("the visit's part goes on after its hour")
        if len(self.notification_key) != _KEY_BYTES:
            raise MalformedError(f"a notification key has {_KEY_BYTES} bytes")

    @property
    def hour(self) -> Instant:
        """The start of the hour that the part belongs to."""
        return Instant(self.arrival - self.arrival % INTERVAL_SECONDS)

    def encode(self) -> bytes:
        """Return the 41 bytes [VISIT-2]."""
        arrival, departure = (
            moment.to_bytes(_MOMENT_BYTES, "big") for moment in (self.arrival, self.departure)
        )
        return _VERSION + arrival + departure + self.notification_key

    @classmethod
    def decode(cls, data: bytes) -> "VisitMessage":
        """Return the message in 41 bytes [VISIT-5].

        Raises:
            MalformedError: another length, or moments that are not of one hour.
            UnsupportedVersionError: another version.
        """
        if len(data) != MESSAGE_BYTES:
            raise MalformedError(f"the message of a record has {MESSAGE_BYTES} bytes")
        version, arrival, departure, key = data[:1], data[1:5], data[5:9], data[9:]
        if version != _VERSION:
            raise UnsupportedVersionError(f"the message of a record has version {version[0]}")
        return cls(
            arrival=Instant(int.from_bytes(arrival, "big")),
            departure=Instant(int.from_bytes(departure, "big")),
            notification_key=key,
        )


@dataclass(frozen=True, slots=True, order=True)
class VisitRecord:
    """All that a phone keeps of an hour of a visit [VISIT-4].

    Attributes:
        day: the UTC day in which the hour begins.
        ciphertext: 209 bytes; records of one hour, venue or visit have nothing in common.

    Raises:
        MalformedError: a day or a length that no record has.
    """

    day: Day
    ciphertext: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if not 0 <= self.day <= LAST_DAY:
            raise MalformedError("the day of a record is out of range")
        if len(self.ciphertext) != RECORD_BYTES:
            raise MalformedError(f"the ciphertext of a record has {RECORD_BYTES} bytes")


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckIn:
    """A visit that lasts, in the clear. Its repr tells neither place nor time [VISIT-17].

    Attributes:
        entry: the code that was scanned.
        arrival: when it began.
        leaves_by: when it ends by itself, at most a day after `arrival`.

    Raises:
        MalformedError: a visit that ends before it begins, or lasts longer than a day.
    """

    entry: EntryCode = field(repr=False)
    arrival: Instant = field(repr=False)
    leaves_by: Instant = field(repr=False)

    def __post_init__(self) -> None:
        latest = min(self.arrival + MAX_STAY_SECONDS, LAST_INSTANT)
        if not 0 <= self.arrival <= self.leaves_by <= latest:
            raise MalformedError("a visit lasts at most 24 hours")

    def check_out(self, *, departure: Instant, now: Instant, rand: Rand) -> tuple[VisitRecord, ...]:
        """Return the records of the visit, one for each hour that it touches [VISIT-1].

        Args:
            departure: when the person left, from `arrival` to `now` and to `leaves_by`.
            now: the present.
            rand: source of randomness; each record takes a draw of 32 bytes and one of 24.

        Raises:
            ClockError: the present lies before the arrival.
            PolicyError: the departure lies before the arrival.
            TooEarlyError: the departure lies in the future.
            ExpiredError: the visit has ended by itself before the departure.
        """
        self._require_departure(departure, now=now)
        return tuple(
            self._record(Instant(start), departure=departure, rand=rand)
            for start in interval_starts(self.arrival, departure)
        )

    def _require_departure(self, departure: Instant, *, now: Instant) -> None:
        """Check what `check_out` was given [VISIT-8]."""
        require_instant(now)
        require_instant(departure)
        if now < self.arrival:
            raise ClockError("the clock went back behind the arrival")
        if departure < self.arrival:
            raise PolicyError("a departure cannot lie before the arrival")
        if departure > now:
            raise TooEarlyError("a departure cannot lie in the future")
        if departure > self.leaves_by:
            raise ExpiredError("the visit had ended by itself before that departure")

    def _record(self, start: Instant, *, departure: Instant, rand: Rand) -> VisitRecord:
        payload = self.entry.payload
        arrival, left = Stretch(self.arrival, departure).within(interval_at(start))
        part = VisitMessage(
            arrival=arrival,
            departure=left,
            notification_key=secrets_of(payload).notification_key,
        )
        sealed = encrypt(
            self.entry.public_key,
            identity=identity_of(payload, start=start),
            message=part.encode(),
            rand=rand,
        )
        return VisitRecord(day_of(start), sealed.encode())


def check_in(entry: EntryCode, *, now: Instant, stay_seconds: int | None = None) -> CheckIn:
    """Begin a visit [VISIT-6].

    Args:
        entry: the code that was scanned.
        now: the present, which is the arrival.
        stay_seconds: after how long the visit ends by itself, 1 to 86,400; None for what the code
            says or else four hours [VISIT-7].

    Raises:
        TooEarlyError: the code is not valid yet.
        ExpiredError: the code is no longer valid.
        PolicyError: a visit of no length or of more than a day.
    """
    require_instant(now)
    if entry.start is not None and now < entry.start:
        raise TooEarlyError("the entry code is not valid yet")
    if entry.end is not None and now >= entry.end:
        raise ExpiredError("the entry code is no longer valid")
    if stay_seconds is None:
        stay_seconds = entry.default_stay_seconds or DEFAULT_STAY_SECONDS
    if not 1 <= stay_seconds <= MAX_STAY_SECONDS:
        raise PolicyError("a visit lasts at least a second and at most 24 hours")
    leaves_by = Instant(min(now + stay_seconds, LAST_INSTANT))
    return CheckIn(entry=entry, arrival=now, leaves_by=leaves_by)
