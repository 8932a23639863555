"""The identity of a venue in one hour, and what else follows from its entry code.

All of it follows from the bytes of the payload as they were scanned, so that a reader that parses
them in another way still derives the same.
"""

from dataclasses import dataclass, field

from dp3t.params import LAST_INSTANT
from dp3t.primitives import hkdf_sha256, sha256
from dp3t.timeline import Instant, Stretch

INTERVAL_SECONDS = 3600
"""How long an identity lasts; intervals begin at multiples of it [IDENTITY-4]."""

VISIT_RETENTION_DAYS = 10
"""For how many days after its day a phone keeps a visit, and a trace of it is published."""

_INFO = b"CrowdNotifier_v3"
_PART_BYTES = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class EntrySecrets:
    """What follows from an entry code, 32 bytes each. Who scans the code knows them, nobody else.

    Attributes:
        nonce_preid: goes into the venue's pre-identity.
        nonce_timekey: goes into the key of each interval.
        notification_key: under which the authority seals its message to the visitors.
    """

    nonce_preid: bytes = field(repr=False)
    nonce_timekey: bytes = field(repr=False)
    notification_key: bytes = field(repr=False)


def secrets_of(payload: bytes) -> EntrySecrets:
    """Return what follows from the payload of an entry code [IDENTITY-1]."""
    derived = hkdf_sha256(payload, _INFO, 3 * _PART_BYTES)
    parts = (derived[at : at + _PART_BYTES] for at in range(0, len(derived), _PART_BYTES))
    nonce_preid, nonce_timekey, notification_key = parts
    return EntrySecrets(
        nonce_preid=nonce_preid, nonce_timekey=nonce_timekey, notification_key=notification_key
    )


def preid_of(payload: bytes) -> bytes:
    """Return the 32 bytes that stand for a venue at all times [IDENTITY-2]."""
    return _preid(payload, secrets_of(payload))


def timekey_of(payload: bytes, *, start: Instant, length_seconds: int = INTERVAL_SECONDS) -> bytes:
    """Return the 32 bytes that stand for a venue's interval [IDENTITY-3]."""
    return _timekey(_interval(start, length_seconds), secrets_of(payload))


def identity_of(payload: bytes, *, start: Instant, length_seconds: int = INTERVAL_SECONDS) -> bytes:
    """Return the identity of a venue in an interval, 32 bytes [IDENTITY-3].

    The derivation takes any start; only multiples of `INTERVAL_SECONDS` are used [IDENTITY-4].

    Args:
        payload: the bytes of the entry code as they were scanned.
        start: when the interval begins, 0 to `LAST_INSTANT`.
        length_seconds: how long it is, 1 to 86,400.

    Raises:
        ValueError: a start or a length outside its range.
    """
    secrets, interval = secrets_of(payload), _interval(start, length_seconds)
    return sha256(b"CN-ID" + _preid(payload, secrets) + interval + _timekey(interval, secrets))


def interval_at(start: Instant) -> Stretch:
    """Return the interval that begins at a multiple of `INTERVAL_SECONDS` [IDENTITY-4]."""
    return Stretch(start, Instant(start + INTERVAL_SECONDS))


def interval_starts(first: Instant, last: Instant) -> range:
    """Return the starts of the intervals that [first, last] touches, both ends included.

    Raises:
        ValueError: the last moment is earlier than the first.
    """
    if last < first:
        raise ValueError("a stretch does not end before it begins")
    begin = first - first % INTERVAL_SECONDS
    return range(begin, last + 1, INTERVAL_SECONDS)


def _preid(payload: bytes, secrets: EntrySecrets) -> bytes:
    return sha256(b"CN-PREID" + payload + secrets.nonce_preid)


def _timekey(interval: bytes, secrets: EntrySecrets) -> bytes:
    return sha256(b"CN-TIMEKEY" + interval + secrets.nonce_timekey)


def _interval(start: Instant, length_seconds: int) -> bytes:
    if not 0 <= start <= LAST_INSTANT:
        raise ValueError("an interval begins between 1970 and the last instant")
    if not 1 <= length_seconds <= 86_400:
        raise ValueError("an interval has 1 to 86,400 seconds")
    return length_seconds.to_bytes(4, "big") + start.to_bytes(8, "big")
