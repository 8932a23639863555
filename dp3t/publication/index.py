"""The index: which batches exist, which keys sign them, and what the log says of it all.

It is signed like a batch. A new signing key is announced in an index that an older, trusted key
signs, so that a reader that holds one key follows every rotation [INDEX-3]. Whoever can sign an
index a reader accepts can therefore introduce keys, and a key must lose that power when it ends:
unlike a batch, an index is measured against the reader's own clock [INDEX-5].
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from dp3t.codec import Fields, decode, encode
from dp3t.errors import ExpiredError, LimitError, MalformedError, TooEarlyError
from dp3t.params import (
    CLOCK_TOLERANCE_SECONDS,
    DAY_SECONDS,
    LAST_INSTANT,
    MAX_NAME_LENGTH,
    RELEASE_SLOT_SECONDS,
)
from dp3t.publication.batch import require_region
from dp3t.publication.listing import DayEntry, DayList, IndexEntry, days_of, require_ascending
from dp3t.publication.signing import (
    HEADER_BYTES,
    MAX_TRUSTED_KEYS,
    SigningKey,
    TrustedKeys,
    VerificationKey,
)
from dp3t.timeline import Day, Instant, checked_release, day_of

MAX_INDEX_BYTES = 2**20
"""The longest signed file [INDEX-2]."""

MAX_ENTRIES = 2**10
MAX_DAYS = 64
MAX_NUMBER = 2**48 - 1
MAX_CHECKPOINT_BYTES = 2**13
MAX_LOG_KEY_LENGTH = 256
INDEX_LIFETIME_SECONDS = 3 * RELEASE_SLOT_SECONDS
"""For how long an index is good: until the next is due, and two slots for a server in trouble."""

_MAX_ITEMS = 2**15
_CONTEXT = "dp3t index 1"
_VERSION = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Index:
    """The list of a region's batches.

    Attributes:
        region: name of the region.
        number: greater than that of every index of the region signed before, 1 to 2^48 - 1.
        issued: the release time of the newest slot that the index covers.
        expires: the first moment at which it is too old to go by; after `issued`, and at most a day
            later, or `LAST_INSTANT` in an index that says the service has ended.
        sunset: from when on no report is taken; None while the service goes on.
        entries: the batches released on the day of `issued` or the day before, ascending by
            release time and design, each name once, none later than `issued`.
        days: where older batches are listed, ascending by day, each day once.
        keys: every key that signs now, will, or signed a batch listed; ascending by the beginning
            of their lifetime and by public key.
        log_key: the verification key of the transparency log, as signed notes write it.
        checkpoint: a signed checkpoint of the log whose tree holds every batch listed.

    Raises:
        MalformedError: an index that nobody may publish [INDEX-2].
    """

    region: str
    number: int
    issued: Instant
    expires: Instant
    sunset: Instant | None = None
    entries: tuple[IndexEntry, ...] = ()
    days: tuple[DayEntry, ...] = ()
    keys: tuple[VerificationKey, ...]
    log_key: str
    checkpoint: bytes

    def __post_init__(self) -> None:
        require_region(self.region)
        checked_release(self.issued)
        if not 1 <= self.number <= MAX_NUMBER:
            raise MalformedError("the number of an index is out of range")
        _require_lifetime(self.issued, self.expires, self.sunset)
        if len(self.entries) > MAX_ENTRIES or len(self.keys) > MAX_TRUSTED_KEYS:
            raise LimitError(f"an index has at most {MAX_ENTRIES} entries, {MAX_TRUSTED_KEYS} keys")
        if len(self.days) > MAX_DAYS:
            raise LimitError(f"an index has at most {MAX_DAYS} days")
        if tuple(TrustedKeys(self.keys)) != self.keys:
            raise MalformedError("the index keys are not in ascending order")
        if not 0 < len(self.checkpoint) <= MAX_CHECKPOINT_BYTES:
            raise MalformedError(f"a checkpoint has 1 to {MAX_CHECKPOINT_BYTES} bytes")
        if not 0 < len(self.log_key) <= MAX_LOG_KEY_LENGTH:
            raise MalformedError(f"the key of a log has 1 to {MAX_LOG_KEY_LENGTH} characters")
        self._require_order()

    def _require_order(self) -> None:
        require_ascending(self.entries)
        if self.entries and self.entries[-1].release > self.issued:
            raise MalformedError("the index lists a batch released after it was issued")
        if self.entries and day_of(self.entries[0].release) < _first_recent(self.issued):
            raise MalformedError("the index itself lists a batch of a day that has a list")
        days = [entry.day for entry in self.days]
        if any(not before < after for before, after in pairwise(days)):
            raise MalformedError("the index days are not in ascending order")
        if days and days[-1] >= _first_recent(self.issued):
            raise MalformedError("the index has a list for a day that is not over")

    @classmethod
    def of(
        cls,
        entries: Iterable[IndexEntry],
        *,
        keys: Iterable[VerificationKey],
        region: str,
        number: int,
        issued: Instant,
        log_key: str,
        checkpoint: bytes,
        sunset: Instant | None = None,
    ) -> tuple["Index", list[DayList]]:
        """Return the index of some batches, and the lists of their older days [INDEX-8]."""
        recent, older = list[IndexEntry](), list[IndexEntry]()
        for entry in sorted(entries):
            is_recent = day_of(entry.release) >= _first_recent(issued)
            (recent if is_recent else older).append(entry)
        days = days_of(tuple(older), region=region)
        lives = LAST_INSTANT - issued if sunset is not None else INDEX_LIFETIME_SECONDS
        index = cls(
            region=region,
            number=number,
            issued=issued,
            expires=Instant(issued + lives),
            sunset=sunset,
            entries=tuple(recent),
            days=tuple(listed.entry() for listed in days),
            keys=tuple(TrustedKeys(keys)),
            log_key=log_key,
            checkpoint=checkpoint,
        )
        return index, days

    def encode(self) -> bytes:
        """Return the canonical payload, before signing [INDEX-2]."""
        return encode(
            {
                "checkpoint": self.checkpoint,
                "days": [day.to_value() for day in self.days],
                "entries": [entry.to_value() for entry in self.entries],
                "expires": self.expires,
                "issued": self.issued,
                "keys": [key.to_value() for key in self.keys],
                "log_key": self.log_key,
                "number": self.number,
                "region": self.region,
                "sunset": self.sunset or 0,
                "version": _VERSION,
            }
        )

    @classmethod
    def decode(cls, payload: bytes) -> "Index":
        """Return the index whose canonical payload this is [INDEX-2].

        Raises:
            MalformedError: any other bytes; LimitError where they are too many.
        """
        value = decode(payload, limit_bytes=MAX_INDEX_BYTES, limit_items=_MAX_ITEMS)
        fields = Fields(value, what="the index")
        fields.version(_VERSION)
        entries = fields.items("entries", most=MAX_ENTRIES)
        days = fields.items("days", most=MAX_DAYS)
        keys = fields.items("keys", most=MAX_TRUSTED_KEYS)
        sunset = fields.integer("sunset", 0, LAST_INSTANT)
        index = cls(
            region=fields.text("region", longest=MAX_NAME_LENGTH),
            number=fields.integer("number", 1, MAX_NUMBER),
            issued=Instant(fields.integer("issued", 0, LAST_INSTANT)),
            expires=Instant(fields.integer("expires", 0, LAST_INSTANT)),
            sunset=Instant(sunset) if sunset else None,
            entries=tuple(IndexEntry.from_value(item) for item in entries),
            days=tuple(DayEntry.from_value(item) for item in days),
            keys=tuple(VerificationKey.from_value(item) for item in keys),
            log_key=fields.text("log_key", longest=MAX_LOG_KEY_LENGTH),
            checkpoint=fields.octets("checkpoint"),
        )
        fields.done()
        return index

    def sign(self, key: SigningKey) -> bytes:
        """Return the signed file.

        Raises:
            UnknownKeyError: the key may not speak for `issued`.
            LimitError: more bytes than an index may have.
        """
        key.public().require_valid_at(self.issued)
        payload = self.encode()
        if HEADER_BYTES + len(payload) > MAX_INDEX_BYTES:
            raise LimitError("too many entries for one index")
        return key.sign(payload, context=_CONTEXT)

    @classmethod
    def open(cls, data: bytes, *, trusted: TrustedKeys, now: Instant) -> "Index":
        """Verify and return a signed index [INDEX-2] [INDEX-5] [INDEX-6] [INDEX-10].

        Args:
            data: the signed file.
            trusted: the keys of this region that the reader trusts.
            now: the reader's own time.

        Raises:
            MalformedError: the bytes are not a signed index.
            VerificationError: not signed by a trusted key that was valid when the index was issued
                and is still valid for the reader.
            TooEarlyError: issued more than two hours after `now`.
            ExpiredError: it has expired; newer ones are kept from the reader, or there are none.
        """
        payload, key = trusted.open(data, context=_CONTEXT, limit_bytes=MAX_INDEX_BYTES)
        index = cls.decode(payload)
        key.require_valid_at(index.issued)
        key.require_valid_at(Instant(max(index.issued, now - CLOCK_TOLERANCE_SECONDS)))
        if index.issued > now + CLOCK_TOLERANCE_SECONDS:
            raise TooEarlyError("the index was issued in the future")
        index.require_fresh(now)
        return index

    def require_fresh(self, now: Instant) -> None:
        """Raise ExpiredError for an index that is too old to go by [INDEX-10]."""
        if now >= self.expires + CLOCK_TOLERANCE_SECONDS and self.sunset is None:
            raise ExpiredError("the index has expired: the server or somebody before it is silent")


def _first_recent(issued: Instant) -> Day:
    """Return the first day whose batches the index lists itself [INDEX-8]."""
    return Day(day_of(issued) - 1)


def _require_lifetime(issued: Instant, expires: Instant, sunset: Instant | None) -> None:
    if sunset is not None:
        if not 0 < sunset <= issued or expires != LAST_INSTANT:
            raise MalformedError("the last index names a past sunset and never expires")
    elif not issued < expires <= issued + DAY_SECONDS:
        raise MalformedError("an index expires after it was issued, within a day")
