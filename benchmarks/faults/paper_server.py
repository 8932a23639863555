"""A server on paper: the files that one serves, in memory, for whoever wants to forge them."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from dp3t import Instant, TrustedKeys
from dp3t.publication import (
    Batch,
    BatchName,
    Index,
    IndexEntry,
    KeyRecord,
    ServerView,
    SigningKey,
)
from dp3t.publication.records import KeyTable
from dp3t.publication.transparency import (
    BATCH_KIND,
    CHECKPOINT_PATH,
    Checkpoint,
    Edge,
    Entry,
    NoteKeyType,
    NoteSigner,
)

REGION = "VN"
_LIFETIME = (Instant(0), Instant(2**31))
_KEY, STRANGER = (
    SigningKey(seed=bytes([number]) * 32, valid_from=_LIFETIME[0], valid_until=_LIFETIME[1])
    for number in (1, 2)
)
_LOG = NoteSigner(name="faults/log", seed=bytes([3]) * 32)


@dataclass(slots=True)
class PaperServer:
    """A server.

    Attributes:
        files: what it serves, by path.
        entries: the batches that it lists.
        logged: the entries of its log.
        number: of its index.
        issued: of its index.
    """

    files: dict[str, bytes] = field(default_factory=dict)
    entries: list[IndexEntry] = field(default_factory=list)
    logged: list[Entry] = field(default_factory=list)
    number: int = 0
    issued: Instant = _LIFETIME[0]

    async def fetch(self, path: str) -> bytes:
        """Return a file, or raise LookupError."""
        return self.files[path]

    @property
    def view(self) -> ServerView:
        """What a new app knows of it."""
        return ServerView(trusted=TrustedKeys([_KEY.public()]))

    def publish(
        self, release: Instant, records: Sequence[KeyRecord], *, key: SigningKey = _KEY
    ) -> None:
        """Publish a batch of the low-cost design as a server does."""
        data = self.batch(release, records, key=key)
        self.log(data, release)
        leaf = len(self.logged) - 1
        self.list(IndexEntry.of_file(data, design="lowcost", release=release, leaf=leaf), data)
        self.announce(release)

    def batch(
        self, release: Instant, records: Sequence[KeyRecord], *, key: SigningKey = _KEY
    ) -> bytes:
        """Return a signed batch."""
        name = BatchName(design="lowcost", region=REGION, release=release)
        return Batch(name, KeyTable.of(records).encode()).sign(key)

    def log(self, data: bytes, release: Instant) -> None:
        """Append a batch to the log."""
        self.logged.append(
            Entry.of_file(data, kind=BATCH_KIND, region=REGION, name="lowcost", moment=release)
        )

    def list(self, entry: IndexEntry, data: bytes) -> None:
        """List a batch and serve it."""
        self.entries.append(entry)
        self.files[f"/v1/batches/{entry.name}"] = data

    def announce(self, issued: Instant) -> None:
        """Sign log and index as they are now."""
        self.number, self.issued = self.number + 1, issued
        grown = Edge().append(entry.encode() for entry in self.logged)
        self.files |= {f"/v1/log/{path}": data for path, data in grown.files.items()}
        checkpoint = Checkpoint(origin=_LOG.name, size=grown.edge.size, root=grown.edge.root())
        self.files[f"/v1/log/{CHECKPOINT_PATH}"] = checkpoint.sign(_LOG)
        self.sign_index()

    def sign_index(self, key: SigningKey = _KEY) -> None:
        """Sign the index anew, with the checkpoint that is served."""
        index, days = Index.of(
            self.entries,
            keys=[_KEY.public()],
            region=REGION,
            number=self.number,
            issued=self.issued,
            log_key=_LOG.key(NoteKeyType.LOG).encode(),
            checkpoint=self.files[f"/v1/log/{CHECKPOINT_PATH}"],
        )
        self.files |= {f"/v1/days/{day.entry().name}": day.encode() for day in days}
        self.files["/v1/index"] = index.sign(key)
