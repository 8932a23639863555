"""What a reader remembers of one server: the keys it trusts, the last index and the log.

It is a frozen value that each look replaces, and that an app keeps with the phone. Without it a
restarted app would take any old index for the newest [INDEX-12].
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from dp3t.codec import Fields, Value, decode, encode
from dp3t.errors import MalformedError, VerificationError
from dp3t.params import LAST_INSTANT, MAX_NAME_LENGTH
from dp3t.primitives import equal, sha256
from dp3t.publication.batch import require_region
from dp3t.publication.index import MAX_DAYS, MAX_LOG_KEY_LENGTH, MAX_NUMBER, Index
from dp3t.publication.listing import DayEntry, IndexEntry
from dp3t.publication.signing import TrustedKeys
from dp3t.publication.transparency import LogPolicy, LogView, NoteKey, SignedCheckpoint
from dp3t.timeline import Day, Instant, checked_release, day_start

MAX_VIEW_BYTES = 2**17
_DIGEST_BYTES = 32
_VERSION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Witnesses:
    """Who else has to have seen a checkpoint of the log.

    Attributes:
        keys: keys of witnesses, as signed notes write them.
        required: how many of them must have cosigned it lately, 0 to all.
    """

    keys: tuple[NoteKey, ...] = ()
    required: int = 0


NO_WITNESSES = Witnesses()
"""The log's own signature is enough."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerView:
    """What a reader knows of one region of one server.

    Attributes:
        trusted: the keys that may sign; at least one of them comes with the app.
        log_key: the log's verification key as signed notes write it, from the app or from the first
            index; empty before.
        region: the region of the last index; empty before the first.
        number: its number; 0 before the first.
        issued: its release time.
        digest: SHA-256 of the signed file; empty before the first.
        log: the last checkpoint that was accepted.
        days_read: digests of the lists of days of which every batch was read, ascending.
    """

    trusted: TrustedKeys
    log_key: str = ""
    region: str = ""
    number: int = 0
    issued: Instant = field(default_factory=lambda: Instant(0))
    digest: bytes = b""
    log: LogView = field(default_factory=LogView)
    days_read: tuple[bytes, ...] = ()

    def accept(self, data: bytes, *, now: Instant) -> tuple[Index, "ServerView"]:
        """Return the index in a signed file, and the view that remembers it; the log is not asked.

        Raises:
            Dp3tError: what `Index.open` raises.
            VerificationError: a rollback, another index under a number seen before, another region
                or another log [INDEX-12] [INDEX-13].
        """
        index = Index.open(data, trusted=self.trusted, now=now)
        digest = sha256(data)
        if self.number:
            self._require_newer(index, digest)
        if self.log_key and index.log_key != self.log_key:
            raise VerificationError("the index names another log than before")
        return index, replace(
            self,
            trusted=self.trusted.without_ended(before=_oldest(index)).with_keys(index.keys),
            log_key=index.log_key,
            region=index.region,
            number=index.number,
            issued=index.issued,
            digest=digest,
            days_read=tuple(
                sorted({day.digest for day in index.days}.intersection(self.days_read))
            ),
        )

    def _require_newer(self, index: Index, digest: bytes) -> None:
        if index.region != self.region:
            raise VerificationError("the index is of another region than before")
        if index.number < self.number or index.issued < self.issued:
            raise VerificationError("the index is older than one seen before")
        if index.number == self.number and not equal(digest, self.digest):
            raise VerificationError("two indexes have one number")

    def policy(self, witnesses: Witnesses = NO_WITNESSES) -> LogPolicy:
        """Return whom to believe about the log.

        Raises:
            MalformedError: the log's key is not one of a log.
        """
        key = NoteKey.decode(self.log_key)
        return LogPolicy(
            origin=key.name, keys=(key,), witnesses=witnesses.keys, required=witnesses.required
        )

    def log_size(self, index: Index) -> int:
        """Return how many entries an index says that the log has; nothing is verified."""
        return SignedCheckpoint.parse(index.checkpoint).checkpoint.size

    def with_checkpoint(
        self,
        index: Index,
        proof: Sequence[bytes],
        *,
        now: Instant,
        witnesses: Witnesses = NO_WITNESSES,
    ) -> "ServerView":
        """Return the view that has accepted the checkpoint of an index [INDEX-14].

        Args:
            index: one that `accept` returned.
            proof: the prefix proof from the size of `log`; empty the first time.
            now: the reader's own time.
            witnesses: who else has to have seen it.

        Raises:
            Dp3tError: what `LogView.advance` raises.
        """
        policy = self.policy(witnesses)
        log = self.log.advance(index.checkpoint, proof, policy=policy, now=now)
        return replace(self, log=log)

    def require_logged(self, entry: IndexEntry, proof: Sequence[bytes]) -> None:
        """Check that the log holds a batch where the index says [INDEX-15].

        Raises:
            VerificationError: it does not.
            MalformedError: a proof of the wrong length.
        """
        logged = entry.logged(self.region)
        self.log.require_included(logged, index=entry.leaf, proof=proof)

    def has_read(self, day: DayEntry) -> bool:
        """Return whether every batch of a day's list was read."""
        return day.digest in self.days_read

    def with_day(self, day: DayEntry) -> "ServerView":
        """Return the view that remembers that every batch of a day was read."""
        return replace(self, days_read=tuple(sorted({*self.days_read, day.digest})))

    def encode(self) -> bytes:
        """Return the view for an app to keep [INDEX-17]."""
        value: Value = {
            "days_read": list(self.days_read),
            "digest": self.digest,
            "issued": self.issued,
            "log": self.log.to_value(),
            "log_key": self.log_key,
            "number": self.number,
            "region": self.region,
            "trusted": self.trusted.encode(),
            "version": _VERSION,
        }
        return encode(value)

    @classmethod
    def decode(cls, data: bytes) -> "ServerView":
        """Return the view that `encode` was given [INDEX-17]; MalformedError for other bytes."""
        fields = Fields(decode(data, limit_bytes=MAX_VIEW_BYTES), what="the view of a server")
        fields.version(_VERSION)
        days = fields.items("days_read", most=MAX_DAYS)
        view = cls(
            trusted=TrustedKeys.decode(fields.octets("trusted")),
            log_key=fields.text("log_key", longest=MAX_LOG_KEY_LENGTH),
            region=fields.text("region", longest=MAX_NAME_LENGTH),
            number=fields.integer("number", 0, MAX_NUMBER),
            issued=checked_release(fields.integer("issued", 0, LAST_INSTANT)),
            digest=fields.octets("digest"),
            log=LogView.from_value(fields.value("log")),
            days_read=tuple(_digest(day) for day in days),
        )
        fields.done()
        if view.number:
            require_region(view.region)
        if len(view.digest) != (_DIGEST_BYTES if view.number else 0):
            raise MalformedError("the view of a server has the digest of its last index")
        if list(view.days_read) != sorted(set(view.days_read)):
            raise MalformedError("the days of a view stand twice or out of order")
        return view


def _oldest(index: Index) -> Instant:
    """Return a moment that no batch that an index knows of was released before."""
    if index.days:
        return day_start(Day(index.days[0].day))
    return index.entries[0].release if index.entries else index.issued


def _digest(value: Value) -> bytes:
    if not isinstance(value, bytes) or len(value) != _DIGEST_BYTES:
        raise MalformedError("a day of a view is a digest of 32 bytes")
    return value
