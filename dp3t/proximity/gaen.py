"""Google and Apple's Exposure Notification: a random key a day, identifiers every ten minutes.

Metadata are encrypted under a key that only publication reveals. The names are GAEN's: a temporary
exposure key (TEK), rolling proximity identifiers (RPI), associated encrypted metadata (AEM).
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from itertools import pairwise

from dp3t.codec import Fields, Value, encode
from dp3t.errors import ClockError, ExpiredError, MalformedError, TooEarlyError
from dp3t.params import (
    EPHID_BYTES,
    INTERVAL_SECONDS,
    INTERVALS_PER_DAY,
    LAST_INSTANT,
    Parameters,
)
from dp3t.primitives import Rand, aes128_ecb, aes_ctr, hkdf_sha256
from dp3t.proximity.advertisement import EphID, Metadata, ServiceData, identifier_of, metadata_of
from dp3t.proximity.interface import EVERYTHING, Expansion, Selection, TracingKey
from dp3t.proximity.key_batches import PublishesKeys
from dp3t.proximity.matching import remembered
from dp3t.proximity.observations import NO_PERIOD, Kept
from dp3t.proximity.report_type import ReportType
from dp3t.publication.records import KeyRecord
from dp3t.publication.report import upload_bytes
from dp3t.timeline import Day, Instant, Interval, Stretch, day_of, interval_of, interval_start

TEK_BYTES = 16
RPIK_INFO = b"EN-RPIK"
AEMK_INFO = b"EN-AEMK"
RPI_LABEL = b"EN-RPI" + bytes(6)
ONSET_UNKNOWN = 127
"""Attribute of a record whose key says nothing about days since onset."""

MAX_ONSET_DAYS = 14
CONFIRMED_TEST = int(ReportType.CONFIRMED_TEST)
REPORT_TYPES = range(len(ReportType))
_LAST_INTERVAL = LAST_INSTANT // INTERVAL_SECONDS


def rpi_key(tek: bytes) -> bytes:
    """Return the RPI key of a TEK, 16 bytes [GAEN-2]."""
    return hkdf_sha256(tek, RPIK_INFO, 16)


def aem_key(tek: bytes) -> bytes:
    """Return the AEM key of a TEK, 16 bytes [GAEN-2]."""
    return hkdf_sha256(tek, AEMK_INFO, 16)


def identifiers(tek: bytes, intervals: Iterable[int]) -> bytes:
    """Return the identifiers of a TEK in the given intervals, 16 bytes each [GAEN-3]."""
    blocks = b"".join(RPI_LABEL + interval.to_bytes(4, "little") for interval in intervals)
    return aes128_ecb(rpi_key(tek), blocks)


def crypt_metadata(tek: bytes, identifier: EphID, metadata: bytes) -> bytes:
    """Encrypt or decrypt the 4 bytes of metadata beside an identifier [GAEN-4]."""
    return aes_ctr(aem_key(tek), identifier, metadata)


@dataclass(frozen=True, slots=True, kw_only=True)
class TemporaryExposureKey:
    """A TEK and the intervals it speaks for.

    Attributes:
        key: 16 bytes; hidden in the repr until it is public.
        rolling_start: its first interval.
        rolling_period: how many intervals, 1 to 144.
        report_type: a `ReportType`, 0 to 5.
        days_since_onset: -14 to 14, or None where nothing is known.

    Raises:
        MalformedError: a value outside its range.
    """

    key: bytes = field(repr=False)
    rolling_start: Interval
    rolling_period: int = INTERVALS_PER_DAY
    report_type: int = CONFIRMED_TEST
    days_since_onset: int | None = None

    def __post_init__(self) -> None:
        if len(self.key) != TEK_BYTES:
            raise MalformedError(f"a temporary exposure key has 16 bytes, not {len(self.key)}")
        if not 1 <= self.rolling_period <= INTERVALS_PER_DAY:
            raise MalformedError("a rolling period lies between 1 and 144")
        if not 0 <= self.rolling_start <= _LAST_INTERVAL - self.rolling_period:
            raise MalformedError("a rolling start is out of range")
        if self.report_type not in REPORT_TYPES:
            raise MalformedError("a report type lies between 0 and 5")
        onset = self.days_since_onset
        if onset is not None and not -MAX_ONSET_DAYS <= onset <= MAX_ONSET_DAYS:
            raise MalformedError("days since onset lie between -14 and 14")

    @property
    def end(self) -> Interval:
        """The first interval after those the key speaks for."""
        return Interval(self.rolling_start + self.rolling_period)

    @property
    def stretch(self) -> Stretch:
        """The time that the key speaks for."""
        return Stretch(interval_start(self.rolling_start), interval_start(self.end))

    def record(self) -> KeyRecord:
        """Return the key with start, period, report type and days since onset [GAEN-9]."""
        onset = ONSET_UNKNOWN if self.days_since_onset is None else self.days_since_onset
        attributes = (self.rolling_start, self.rolling_period, self.report_type, onset)
        return KeyRecord(attributes, self.key)

    def committed(self) -> bytes:
        """Return what a commitment covers: start and key; a report cuts the period short."""
        return encode([self.rolling_start, self.key])

    def day(self, parameters: Parameters) -> Day:
        """Return the day of its first interval."""
        return day_of(interval_start(self.rolling_start))

    def require_publishable(self, *, now: Instant, parameters: Parameters) -> None:
        """Raise PolicyError for a key that begins later or ended too long ago [GAEN-10]."""
        if self.rolling_start > interval_of(Instant(now + parameters.clock_skew_seconds)):
            raise TooEarlyError("the key begins in the future")
        last_day = day_of(Instant(interval_start(self.end) - 1))
        if day_of(now) - last_day > parameters.upload_days:
            raise ExpiredError("the key ended too long ago")

    def releasable_from(self, parameters: Parameters) -> Instant:
        """Return the end of its last interval [GAEN-11]."""
        return interval_start(self.end)

    def expand(self, *, before: Instant, parameters: Parameters) -> list[Expansion]:
        """Return its identifiers, each valid two hours around its interval [GAEN-6] [GAEN-7]."""
        drift_seconds = parameters.clock_drift_intervals * INTERVAL_SECONDS
        heard = self.stretch.widened(drift_seconds)
        if not remembered(heard, before=before, parameters=parameters):
            return []
        return [
            Expansion(
                identifiers=identifiers(self.key, range(self.rolling_start, self.end)),
                start=heard.start,
                step_seconds=INTERVAL_SECONDS,
                length_seconds=INTERVAL_SECONDS + 2 * drift_seconds,
            )
        ]

    def open_metadata(self, kept: Kept) -> Metadata | None:
        """Decrypt the metadata; None where they are not of version 1.0 or 1.1 [GAEN-5]."""
        if not kept.metadata:
            return None
        clear = crypt_metadata(self.key, EphID(kept.identity), kept.metadata)
        try:
            return Metadata.decode(clear)
        except MalformedError:
            return None


@dataclass(frozen=True, slots=True)
class GaenRing:
    """A phone's keys, oldest first; the last one is in use."""

    keys: tuple[TemporaryExposureKey, ...] = field(repr=False)
    _words: list[tuple[bytes, bytes]] = field(
        default_factory=list, init=False, repr=False, compare=False
    )

    def rotated(self, *, now: Instant, parameters: Parameters, rand: Rand) -> "GaenRing":
        """Return the ring at `now`: a new key at midnight, old ones erased [GAEN-1] [GAEN-12]."""
        interval = interval_of(now)
        current = self.keys[-1]
        if interval < current.rolling_start:
            raise ClockError("the clock went back behind the key in use")
        if interval < current.end:
            return self
        oldest = day_of(now) - parameters.retention_days
        kept = (key for key in self.keys if day_of(interval_start(key.rolling_start)) >= oldest)
        return GaenRing((*kept, _key_of_day(interval, rand=rand)))

    def identifier(self, *, now: Instant, parameters: Parameters) -> EphID:
        """Return the identifier of the interval [GAEN-3]."""
        return self._word(now)[0]

    def service_data(
        self, metadata: Metadata, *, now: Instant, parameters: Parameters
    ) -> ServiceData:
        """Return identifier and encrypted metadata [GAEN-4]."""
        identifier, mask = self._word(now)
        clear = metadata.encode()
        encrypted = bytes(one ^ other for one, other in zip(clear, mask, strict=False))
        return ServiceData(identifier + encrypted)

    def released(
        self,
        *,
        since: Day,
        onset: Day | None,
        now: Instant,
        parameters: Parameters,
        rand: Rand,
        selection: Selection = EVERYTHING,
    ) -> tuple[list[TracingKey], "GaenRing"]:
        """Return the keys since a day, the current one cut at `now`, and a fresh ring [GAEN-8].

        A key whose time the person redacts is replaced by a random one [GAEN-16].
        """
        current = self._current(now)
        if since > day_of(now):
            raise TooEarlyError("a report cannot begin in the future")
        interval = interval_of(now)
        cut = replace(current, rolling_period=interval - current.rolling_start + 1)
        rest = TemporaryExposureKey(
            key=rand(TEK_BYTES),
            rolling_start=interval,
            rolling_period=current.end - interval,
        )
        released: list[TracingKey] = [
            replace(
                key,
                key=rand(TEK_BYTES) if selection.redacts(key.stretch) else key.key,
                days_since_onset=_days_since(onset, key),
            )
            for key in (*self.keys[:-1], cut)
            if day_of(interval_start(key.rolling_start)) >= since
        ]
        return released, GaenRing((rest,))

    def to_value(self) -> Value:
        """Return the ring for sealing."""
        return {
            "keys": [
                {
                    "key": key.key,
                    "rolling_period": key.rolling_period,
                    "rolling_start": key.rolling_start,
                }
                for key in self.keys
            ]
        }

    def _word(self, now: Instant) -> tuple[EphID, bytes]:
        """Return the identifier of `now` and what its metadata are added to, modulo 2.

        Both are derived for the whole key when the first is asked for: two keys and two calls of
        AES a day, not an interval. The first block of CTR is AES of the identifier.
        """
        current = self._current(now)
        if not self._words:
            every = identifiers(current.key, range(current.rolling_start, current.end))
            self._words.append((every, aes128_ecb(aem_key(current.key), every)))
        at = EPHID_BYTES * (interval_of(now) - current.rolling_start)
        every, masks = self._words[0]
        return EphID(every[at : at + EPHID_BYTES]), masks[at : at + EPHID_BYTES]

    def _current(self, now: Instant) -> TemporaryExposureKey:
        current = self.keys[-1]
        if not current.rolling_start <= interval_of(now) < current.end:
            raise ClockError("the ring was not rotated to this interval")
        return current


class Gaen(PublishesKeys):
    """The design."""

    name = "gaen"
    service_uuid = 0xFD6F
    coarsens = False
    asks_who_was_close = False
    chains = False

    def keeps_days_apart(self, parameters: Parameters) -> bool:
        """Return whether no key tells of more than one UTC day."""
        return True

    def epoch_seconds(self, parameters: Parameters) -> int:
        """Return for how long an identifier is broadcast."""
        return INTERVAL_SECONDS

    def upload_bytes(self, parameters: Parameters) -> int:
        """Return the length of every upload [REPORT-2]."""
        return upload_bytes(keys=parameters.retention_days + 1, key_bytes=TEK_BYTES)

    def kept(
        self, service_data: ServiceData, *, at: Instant, parameters: Parameters
    ) -> tuple[Kept, ...]:
        """Keep an identifier as it is: the exact moment decides [GAEN-6]."""
        return (Kept(identifier_of(service_data), NO_PERIOD, metadata_of(service_data)),)

    def generate(self, *, now: Instant, parameters: Parameters, rand: Rand) -> GaenRing:
        """Draw the secrets of a new phone [GAEN-1]."""
        return GaenRing((_key_of_day(interval_of(now), rand=rand),))

    def ring(self, value: Value, *, parameters: Parameters) -> GaenRing:
        """Return a ring that `to_value` described; MalformedError otherwise."""
        fields = Fields(value, what="the GAEN ring")
        most = parameters.retention_days + 1
        keys = tuple(_ring_key(item) for item in fields.items("keys", most=most))
        fields.done()
        if not keys or any(one.end > other.rolling_start for one, other in pairwise(keys)):
            raise MalformedError("the keys of a GAEN ring are missing, out of order or overlap")
        return GaenRing(keys)

    def tracing_key(self, record: KeyRecord) -> TemporaryExposureKey:
        """Return the published key in a record [GAEN-9]."""
        if len(record.attributes) != 4:
            raise MalformedError("a GAEN record has four attributes")
        start, period, report_type, onset = record.attributes
        return TemporaryExposureKey(
            key=record.key,
            rolling_start=Interval(start),
            rolling_period=period,
            report_type=report_type,
            days_since_onset=None if onset == ONSET_UNKNOWN else onset,
        )


def _key_of_day(interval: Interval, *, rand: Rand) -> TemporaryExposureKey:
    start = Interval(interval // INTERVALS_PER_DAY * INTERVALS_PER_DAY)
    return TemporaryExposureKey(key=rand(TEK_BYTES), rolling_start=start)


def _days_since(onset: Day | None, key: TemporaryExposureKey) -> int | None:
    if onset is None:
        return None
    days = day_of(interval_start(key.rolling_start)) - onset
    return days if -MAX_ONSET_DAYS <= days <= MAX_ONSET_DAYS else None


def _ring_key(value: Value) -> TemporaryExposureKey:
    fields = Fields(value, what="a GAEN key")
    key = TemporaryExposureKey(
        key=fields.octets("key", length=TEK_BYTES),
        rolling_start=Interval(fields.integer("rolling_start", 0, _LAST_INTERVAL)),
        rolling_period=fields.integer("rolling_period", 1, INTERVALS_PER_DAY),
    )
    fields.done()
    if key.end % INTERVALS_PER_DAY:
        raise MalformedError("a GAEN key of a phone ends at midnight")
    return key
