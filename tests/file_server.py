"""A server of files that tests can tell to misbehave, and two phones to use it."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from random import Random

from aiohttp import web
from aiohttp.test_utils import TestServer

from batches import batch_of_keys
from dp3t import (
    Instant,
    Metadata,
    Phone,
    TrustedKeys,
    VerificationKey,
    day_of,
    instant,
    release_after,
)
from dp3t.client import Client
from dp3t.primitives import sha256
from dp3t.publication import (
    Batch,
    DayList,
    Index,
    IndexEntry,
    ServerView,
    SigningKey,
    encode_answer,
)
from dp3t.publication.transparency import (
    Checkpoint,
    Edge,
    Entry,
    NoteKeyType,
    NoteSigner,
)

NOON = instant(1_625_486_400)
RAND = Random(7).randbytes
FOREVER = (Instant(0), Instant(2**32 - 1))
Tamper = Callable[[bytes], bytes]


@dataclass
class PublishedLog:
    """A transparency log in memory."""

    signer: NoteSigner = field(
        default_factory=lambda: NoteSigner(name="example.org/log", seed=bytes(range(32)))
    )
    edge: Edge = field(default_factory=Edge)
    files: dict[str, bytes] = field(default_factory=dict)

    @property
    def key(self) -> str:
        return self.signer.key(NoteKeyType.LOG).encode()

    def append(self, entry: Entry) -> int:
        """Log an entry; return its place."""
        grown = self.edge.append([entry.encode()])
        self.files.update(grown.files)
        self.edge = grown.edge
        return self.edge.size - 1

    def checkpoint(self) -> bytes:
        checkpoint = Checkpoint(origin=self.signer.name, size=self.edge.size, root=self.edge.root())
        return checkpoint.sign(self.signer)


@dataclass
class Publisher:
    """A server in one object: what it holds, what it was asked, how it misbehaves."""

    key: SigningKey = field(
        default_factory=lambda: SigningKey.generate(
            valid_from=FOREVER[0], valid_until=FOREVER[1], rand=RAND
        )
    )
    region: str = "VN-HN"
    batches: dict[str, bytes] = field(default_factory=dict)
    entries: list[IndexEntry] = field(default_factory=list)
    log: PublishedLog = field(default_factory=PublishedLog)
    number: int = 0
    sunset: Instant | None = None
    announced: list[VerificationKey] = field(default_factory=list)
    issued: Instant = NOON
    tamper: dict[str, Tamper] = field(default_factory=dict)
    status: dict[str, int] = field(default_factory=dict)
    answer: bytes = field(default_factory=encode_answer)
    answers: Iterator[bytes] = field(default_factory=lambda: iter(()))
    requests: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    uploads: list[bytes] = field(default_factory=list)
    url: str = ""

    def publish(self, batch: Batch, *, key: SigningKey | None = None) -> IndexEntry:
        data = batch.sign(key or self.key)
        leaf = self.log.append(Entry.of_batch(data, batch.name))
        entry = IndexEntry.of_file(data, design=batch.design, release=batch.release, leaf=leaf)
        self.batches[entry.name] = data
        self.entries.append(entry)
        self.issued = max(self.issued, batch.release)
        return entry

    def listed(self) -> tuple[Index, list[DayList]]:
        """Return the index, numbered by what it says, and the lists of its older days."""
        return Index.of(
            self.entries,
            keys=[self.key.public(), *self.announced],
            region=self.region,
            number=self.number or 1 + self.issued // 7200 * 1000 + self.log.edge.size,
            issued=self.issued,
            sunset=self.sunset,
            log_key=self.log.key,
            checkpoint=self.log.checkpoint(),
        )

    def index(self) -> bytes:
        index, _ = self.listed()
        return index.sign(self.key)

    def file(self, path: str) -> bytes | None:
        """Return what lies under a path; None for nothing."""
        kind, _, name = path.removeprefix("/v1/").partition("/")
        if kind == "batches":
            return self.batches.get(name)
        if kind == "log":
            return self.log.files.get(name)
        days = {str(day.day): day.encode() for day in self.listed()[1]}
        return days.get(name)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self.requests.append((request.path, dict(request.headers)))
        if request.path in self.status:
            return web.Response(status=self.status[request.path], headers={"Location": "/v1/index"})
        if request.method == "POST":
            self.uploads.append(await request.read())
            return web.Response(body=next(self.answers, self.answer))
        if request.path == "/v1/index":
            body = self.index()
            tag = f'"{sha256(body).hex()}"'
            if request.headers.get("If-None-Match") == tag:
                return web.Response(status=304)
            return self._respond(request.path, body, {"ETag": '"a mark"', "Set-Cookie": "id=7"})
        data = self.file(request.path)
        if data is None:
            return web.Response(status=404)
        return self._respond(request.path, data, {})

    def _respond(self, path: str, body: bytes, headers: dict[str, str]) -> web.Response:
        return web.Response(body=self.tamper.get(path, bytes)(body), headers=headers)


@asynccontextmanager
async def serving() -> AsyncIterator[Publisher]:
    """Serve what a publisher holds."""
    served = Publisher()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", served.handle)
    async with TestServer(app) as server:
        # By name: aiohttp's own cookie jar would keep nothing for an address.
        served.url = f"http://localhost:{server.port}/"
        yield served


def client_of(publisher: Publisher) -> Client:
    """Return a client that trusts the publisher's key."""
    return Client(publisher.url, view=view_of(publisher))


def view_of(publisher: Publisher) -> ServerView:
    """Return what a new app knows of a publisher."""
    return ServerView(trusted=TrustedKeys([publisher.key.public()]))


@dataclass
class Pair:
    """A patient and somebody who met them at noon."""

    patient: Phone
    contact: Phone

    @classmethod
    def met(cls) -> "Pair":
        """Return two phones that met, of which one has made its report."""
        phones = cls(*(Phone.create("lowcost", now=NOON, rand=RAND) for _ in range(2)))
        words = phones.patient.advertisement(NOON, metadata=Metadata(tx_power_dbm=-24))
        phones.contact.hear(words, now=NOON, rssi_dbm=-60)
        phones.patient.report(since=day_of(NOON), now=NOON, rand=RAND)
        return phones

    def batch(self) -> Batch:
        assert self.patient.pending is not None
        records = self.patient.pending.records
        release = release_after(NOON)
        return batch_of_keys(records, design="lowcost", region="VN-HN", release=release)
