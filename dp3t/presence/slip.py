"""Slips: visits of people without a phone, encrypted at the door for a day that mostly never comes.

A slip is to a card what a record is to a phone: a ciphertext under the identity of the venue in one
hour. The venue keeps it and cannot read it; once the hour is traced, the authority can.
"""

from dataclasses import dataclass, field

from dp3t.errors import MalformedError, UnsupportedVersionError
from dp3t.params import LAST_DAY
from dp3t.presence.card import CARD_BYTES, Card
from dp3t.presence.encryption import OVERHEAD_BYTES, encrypt
from dp3t.presence.entry import EntryCode
from dp3t.presence.identity import INTERVAL_SECONDS, identity_of, interval_at, interval_starts
from dp3t.presence.visit import check_in
from dp3t.primitives import Rand
from dp3t.timeline import Day, Instant, Stretch, day_of

_VERSION = b"\1"
_MOMENT_BYTES = 4
MESSAGE_BYTES = len(_VERSION) + 2 * _MOMENT_BYTES + CARD_BYTES
CIPHERTEXT_BYTES = OVERHEAD_BYTES + MESSAGE_BYTES
"""The length of every slip's ciphertext: 369 bytes [SLIP-6]."""


@dataclass(frozen=True, slots=True, order=True)
class Slip:
    """All that a venue keeps of an hour of a visit without a phone [SLIP-7].

    Attributes:
        day: the UTC day in which the hour begins.
        ciphertext: 369 bytes; slips of one hour, card or visit have nothing in common.

    Raises:
        MalformedError: a day or a length that no slip has.
    """

    day: Day
    ciphertext: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if not 0 <= self.day <= LAST_DAY:
            raise MalformedError("the day of a slip is out of range")
        if len(self.ciphertext) != CIPHERTEXT_BYTES:
            raise MalformedError(f"the ciphertext of a slip has {CIPHERTEXT_BYTES} bytes")


@dataclass(frozen=True, slots=True, kw_only=True)
class SlipMessage:
    """What a slip says to whoever can decrypt it [SLIP-6].

    Attributes:
        stay: the part of the visit that lies in the hour; at least a second.
        card: of the person, still sealed.

    Raises:
        MalformedError: a stay that is empty, or not of one hour.
    """

    stay: Stretch
    card: Card

    def __post_init__(self) -> None:
        if not 0 <= self.stay.start < self.stay.end <= self.hour + INTERVAL_SECONDS:
            raise MalformedError("the stay on a slip is empty, or not of one hour")

    @property
    def hour(self) -> Instant:
        """The start of the hour that the stay belongs to."""
        return Instant(self.stay.start - self.stay.start % INTERVAL_SECONDS)

    def encode(self) -> bytes:
        """Return the 201 bytes [SLIP-6]."""
        arrival, departure = (moment.to_bytes(_MOMENT_BYTES, "big") for moment in self.stay)
        return _VERSION + arrival + departure + self.card.sealed

    @classmethod
    def decode(cls, data: bytes) -> "SlipMessage":
        """Return the message in 201 bytes.

        Raises:
            MalformedError: another length, or a stay that no slip has.
            UnsupportedVersionError: another version.
        """
        if len(data) != MESSAGE_BYTES:
            raise MalformedError(f"the message of a slip has {MESSAGE_BYTES} bytes")
        version, arrival, departure, card = data[:1], data[1:5], data[5:9], data[9:]
        if version != _VERSION:
            raise UnsupportedVersionError(f"the message of a slip has version {version[0]}")
        start, end = (Instant(int.from_bytes(moment, "big")) for moment in (arrival, departure))
        return cls(stay=Stretch(start, end), card=Card(card))


def write_slips(
    entry: EntryCode, card: Card, *, arrival: Instant, departure: Instant | None = None, rand: Rand
) -> tuple[Slip, ...]:
    """Return the slips of a visit, one for each hour that it touches [SLIP-5].

    Args:
        entry: the venue's entry code.
        card: of the visitor.
        arrival: when they came.
        departure: when they left, at most a day later; None where it is not known, for as long as
            the entry code says, or four hours.
        rand: a draw of 32 bytes and one of 24 for each slip.

    Raises:
        TooEarlyError: the code was not valid yet at the arrival.
        ExpiredError: it was no longer.
        PolicyError: a visit of no length or of more than a day.
    """
    stay_seconds = None if departure is None else departure - arrival
    visit = check_in(entry, now=arrival, stay_seconds=stay_seconds)
    stay = Stretch(visit.arrival, visit.leaves_by)
    starts = interval_starts(stay.start, Instant(stay.end - 1))
    return tuple(_slip(entry, card, stay, Instant(start), rand) for start in starts)


def _slip(entry: EntryCode, card: Card, stay: Stretch, start: Instant, rand: Rand) -> Slip:
    """Return the slip of the part of a stay that lies in the hour that begins at `start`."""
    part = SlipMessage(stay=stay.within(interval_at(start)), card=card)
    sealed = encrypt(
        entry.public_key,
        identity=identity_of(entry.payload, start=start),
        message=part.encode(),
        rand=rand,
    )
    return Slip(day_of(start), sealed.encode())
