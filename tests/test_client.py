"""The client against a loopback server that can be told to misbehave."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from random import Random

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from dp3t import (
    ExpiredError,
    Instant,
    LimitError,
    MalformedError,
    Metadata,
    Phone,
    PolicyError,
    ReplayError,
    TransportError,
    TrustedKeys,
    UnknownKeyError,
    UploadCode,
    VerificationError,
    VerificationKey,
    day_of,
    instant,
    release_after,
)
from dp3t.client import Client
from dp3t.primitives import sha256
from dp3t.publication import (
    Batch,
    Index,
    IndexEntry,
    SigningKey,
    Upload,
    encode_answer,
)

NOON = instant(1_625_486_400)
RAND = Random(7).randbytes
FOREVER = (Instant(0), Instant(2**32 - 1))
Tamper = Callable[[bytes], bytes]


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
    announced: list[VerificationKey] = field(default_factory=list)
    issued: Instant = NOON
    tamper: dict[str, Tamper] = field(default_factory=dict)
    status: dict[str, int] = field(default_factory=dict)
    answer: bytes = field(default_factory=encode_answer)
    requests: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    uploads: list[bytes] = field(default_factory=list)
    url: str = ""

    def publish(self, batch: Batch, *, key: SigningKey | None = None) -> IndexEntry:
        data = batch.sign(key or self.key)
        entry = IndexEntry.of_file(data, design=batch.design, release=batch.release)
        self.batches[entry.name] = data
        self.entries.append(entry)
        self.issued = max(self.issued, batch.release)
        return entry

    def index(self) -> bytes:
        keys = [self.key.public(), *self.announced]
        index = Index.of(self.entries, keys=keys, region=self.region, issued=self.issued)
        return index.sign(self.key)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self.requests.append((request.path, dict(request.headers)))
        if request.path in self.status:
            return web.Response(status=self.status[request.path], headers={"Location": "/v1/index"})
        if request.method == "POST":
            self.uploads.append(await request.read())
            return web.Response(body=self.answer)
        if request.path == "/v1/index":
            body = self.index()
            tag = f'"{sha256(body).hex()}"'
            if request.headers.get("If-None-Match") == tag:
                return web.Response(status=304)
            return self._respond(request.path, body, {"ETag": '"a mark"', "Set-Cookie": "id=7"})
        name = request.path.removeprefix("/v1/batches/")
        if name not in self.batches:
            return web.Response(status=404)
        return self._respond(request.path, self.batches[name], {})

    def _respond(self, path: str, body: bytes, headers: dict[str, str]) -> web.Response:
        return web.Response(body=self.tamper.get(path, bytes)(body), headers=headers)


@pytest.fixture
async def publisher() -> AsyncIterator[Publisher]:
    served = Publisher()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", served.handle)
    async with TestServer(app) as server:
        served.url = str(server.make_url("/"))
        yield served


@dataclass
class Pair:
    """A patient and somebody who met them at noon."""

    patient: Phone
    contact: Phone

    def batch(self) -> Batch:
        assert self.patient.pending is not None
        records = self.patient.pending.records
        release = release_after(NOON)
        return Batch.of_records(records, design="lowcost", region="VN-HN", release=release)


@pytest.fixture
def pair() -> Pair:
    phones = Pair(*(Phone.create("lowcost", now=NOON, rand=RAND) for _ in range(2)))
    words = phones.patient.advertisement(NOON, metadata=Metadata(tx_power_dbm=-24))
    phones.contact.hear(words, now=NOON, rssi_dbm=-60)
    phones.patient.report(since=day_of(NOON), now=NOON, rand=RAND)
    return phones


def client_of(publisher: Publisher) -> Client:
    return Client(publisher.url, trusted=TrustedKeys([publisher.key.public()]))


LATER = Instant(release_after(NOON) + 60)


async def test_a_published_key_reaches_the_contact(publisher: Publisher, pair: Pair) -> None:
    publisher.publish(pair.batch())
    async with client_of(publisher) as client:
        update = await client.update(pair.contact, now=LATER)
        assert [exposure.day for exposure in pair.contact.exposures] == [day_of(NOON)]
        assert (update.batches, len(update.matches)) == (1, 1)
        assert update.bytes_downloaded > len(publisher.batches["lowcost-1625493600"])
        again = await client.update(pair.contact, now=LATER)
    assert (again.batches, again.bytes_downloaded, again.matches) == (0, 0, ())


@pytest.mark.spec("CLIENT-1")
@pytest.mark.parametrize("path", ["/v1/index", "/v1/batches/lowcost-1625493600"])
@pytest.mark.parametrize("place", [0, 20, 71, 72, -1])
async def test_an_altered_file_is_refused(
    publisher: Publisher, pair: Pair, path: str, place: int
) -> None:
    def flip(data: bytes) -> bytes:
        changed = bytearray(data)
        changed[place] ^= 1
        return bytes(changed)

    publisher.publish(pair.batch())
    publisher.tamper[path] = flip
    async with client_of(publisher) as client:
        with pytest.raises((VerificationError, MalformedError)):
            await client.update(pair.contact, now=LATER)
    assert not pair.contact.exposures


@pytest.mark.spec("CLIENT-1")
async def test_a_batch_that_the_index_describes_but_a_stranger_signed_is_refused(
    publisher: Publisher, pair: Pair
) -> None:
    stranger = SigningKey.generate(valid_from=FOREVER[0], valid_until=FOREVER[1], rand=RAND)
    publisher.publish(pair.batch(), key=stranger)
    async with client_of(publisher) as client:
        with pytest.raises(UnknownKeyError):
            await client.update(pair.contact, now=LATER)


@pytest.mark.spec("CLIENT-2")
@pytest.mark.parametrize(
    "changed",
    [
        {"design": "gaen"},
        {"release": Instant(release_after(NOON) + 7200)},
        {"region": "VN-SG"},
    ],
)
async def test_a_genuine_batch_under_a_wrong_name_is_refused(
    publisher: Publisher, pair: Pair, changed: dict[str, str | Instant]
) -> None:
    """Invalid: the index describes a signed batch of another design, time or region."""
    asked = pair.batch()
    shape: dict[str, object] = {
        "design": asked.design,
        "region": asked.region,
        "release": asked.release,
        **changed,
    }
    wrong = Batch.of_records([], **shape)  # type: ignore[arg-type]  # built from a table
    data = wrong.sign(publisher.key)
    entry = IndexEntry.of_file(data, design="lowcost", release=asked.release)
    publisher.entries, publisher.batches = [entry], {entry.name: data}
    publisher.issued = asked.release
    async with client_of(publisher) as client:
        with pytest.raises(MalformedError, match="another design, time or region"):
            await client.update(pair.contact, now=LATER)


@pytest.mark.spec("CLIENT-2")
async def test_another_genuine_batch_in_place_of_the_described_one_is_refused(
    publisher: Publisher, pair: Pair
) -> None:
    entry = publisher.publish(pair.batch())
    other = Batch.of_records([], design="lowcost", region="VN-HN", release=entry.release)
    publisher.batches[entry.name] = other.sign(publisher.key)
    async with client_of(publisher) as client:
        with pytest.raises(MalformedError, match="not the file the index describes"):
            await client.update(pair.contact, now=LATER)


@pytest.mark.spec("CLIENT-3")
@pytest.mark.parametrize("fault", ["older", "another region"])
async def test_an_index_that_goes_back_is_refused(
    publisher: Publisher, pair: Pair, fault: str
) -> None:
    publisher.issued = Instant(NOON + 7200)
    async with client_of(publisher) as client:
        await client.update(pair.contact, now=LATER)
        if fault == "older":
            publisher.issued = NOON
        else:
            publisher.region = "VN-SG"
        with pytest.raises(VerificationError):
            await client.update(pair.contact, now=LATER)


@pytest.mark.spec("CLIENT-4")
@pytest.mark.parametrize(
    ("refusal", "error"),
    [
        ("unknown-code", PolicyError),
        ("expired-code", ExpiredError),
        ("used-code", ReplayError),
        ("refused-keys", PolicyError),
    ],
)
async def test_a_refused_report_stays_pending(
    publisher: Publisher, pair: Pair, refusal: str, error: type[PolicyError]
) -> None:
    publisher.answer = encode_answer(refusal)
    pending = pair.patient.pending
    async with client_of(publisher) as client:
        with pytest.raises(error, match=refusal):
            await client.upload(pair.patient, UploadCode.generate(rand=RAND))
        assert pair.patient.pending == pending
        publisher.answer = encode_answer()
        code = UploadCode.generate(rand=RAND)
        await client.upload(pair.patient, code)
    assert pair.patient.pending is None
    sent = Upload.decode(publisher.uploads[-1])
    assert (sent.code, sent.report) == (code, pending)


@pytest.mark.spec("CLIENT-4")
@pytest.mark.parametrize("answer", [b"", b"{}".ljust(256), b"[]".ljust(256), bytes(256), b"{"])
async def test_an_answer_nobody_understands_leaves_the_report_pending(
    publisher: Publisher, pair: Pair, answer: bytes
) -> None:
    publisher.answer = answer
    async with client_of(publisher) as client:
        with pytest.raises(TransportError):
            await client.upload(pair.patient, UploadCode.generate(rand=RAND))
    assert pair.patient.pending is not None


@pytest.mark.spec("CLIENT-5")
async def test_a_failure_keeps_what_came_before_it(publisher: Publisher, pair: Pair) -> None:
    publisher.publish(pair.batch())
    missing = publisher.publish(
        Batch.of_records([], design="lowcost", region="VN-HN", release=Instant(NOON + 14_400))
    )
    data = publisher.batches.pop(missing.name)
    async with client_of(publisher) as client:
        with pytest.raises(TransportError, match="404"):
            await client.update(pair.contact, now=LATER)
        assert pair.contact.exposures
        publisher.batches[missing.name] = data
        assert (await client.update(pair.contact, now=LATER)).batches == 1


@pytest.mark.spec("CLIENT-5")
async def test_a_refused_batch_does_not_keep_the_others_out(
    publisher: Publisher, pair: Pair
) -> None:
    """Valid: the batch after an altered one is ingested; then the alteration is reported."""
    earlier = Batch.of_records([], design="lowcost", region="VN-HN", release=NOON)
    damaged = publisher.publish(earlier)
    publisher.publish(pair.batch())
    path = f"/v1/batches/{damaged.name}"
    publisher.tamper[path] = lambda data: data[:-1] + b"?"
    async with client_of(publisher) as client:
        for _ in range(2):
            with pytest.raises(MalformedError, match="not the file the index describes"):
                await client.update(pair.contact, now=LATER)
            assert pair.contact.exposures
        del publisher.tamper[path]
        assert (await client.update(pair.contact, now=LATER)).batches == 1


@pytest.mark.spec("CLIENT-6")
@pytest.mark.parametrize("path", ["/v1/index", "/v1/batches/lowcost-1625493600"])
async def test_an_endless_answer_is_cut_off(publisher: Publisher, pair: Pair, path: str) -> None:
    publisher.publish(pair.batch())
    publisher.tamper[path] = lambda data: data + bytes(2**22)
    async with client_of(publisher) as client:
        with pytest.raises(LimitError):
            await client.update(pair.contact, now=LATER)


@pytest.mark.spec("CLIENT-7", "INDEX-3")
async def test_a_client_follows_a_rotation(publisher: Publisher, pair: Pair) -> None:
    """Valid: a key announced in an index that the first key signs may sign the next batch."""
    successor = SigningKey.generate(valid_from=NOON, valid_until=FOREVER[1], rand=RAND)
    publisher.announced = [successor.public()]
    async with client_of(publisher) as client:
        await client.update(pair.contact, now=NOON)
        publisher.publish(pair.batch(), key=successor)
        publisher.key = successor
        await client.update(pair.contact, now=LATER)
    assert pair.contact.exposures


@pytest.mark.spec("CLIENT-8")
async def test_two_phones_send_the_same_headers(publisher: Publisher, pair: Pair) -> None:
    """Invalid: a tag or a cookie of the server's choosing comes back."""
    for phone in (pair.contact, pair.patient):
        async with client_of(publisher) as client:
            await client.update(phone, now=NOON)
            await client.update(phone, now=NOON)
    half = len(publisher.requests) // 2
    assert publisher.requests[:half] == publisher.requests[half:]
    path, headers = publisher.requests[half - 1]
    assert (path, headers["User-Agent"], "Cookie" in headers) == ("/v1/index", "dp3t", False)
    assert headers["If-None-Match"] == f'"{sha256(publisher.index()).hex()}"'


@pytest.mark.spec("CLIENT-9")
@pytest.mark.parametrize("status", [301, 302, 307, 308, 404, 500, 503])
async def test_a_redirect_or_an_error_is_not_followed(
    publisher: Publisher, pair: Pair, status: int
) -> None:
    publisher.status["/v1/index"] = status
    async with client_of(publisher) as client:
        with pytest.raises(TransportError, match=str(status)):
            await client.update(pair.contact, now=LATER)
    assert [path for path, _ in publisher.requests] == ["/v1/index"]


async def test_a_server_that_is_not_there_is_a_transport_error(pair: Pair) -> None:
    trusted = TrustedKeys([VerificationKey.pinned(bytes(32))])
    async with Client("http://127.0.0.1:9", trusted=trusted) as client:
        with pytest.raises(TransportError):
            await client.update(pair.contact, now=LATER)
    with pytest.raises(TypeError, match="async with"):
        await client.update(pair.contact, now=LATER)


async def test_batches_of_other_designs_and_forgotten_days_are_not_fetched(
    publisher: Publisher, pair: Pair
) -> None:
    publisher.publish(Batch.of_records([], design="gaen", region="VN-HN", release=NOON))
    old = Instant((day_of(NOON) - 20) * 86_400)
    publisher.publish(Batch.of_records([], design="lowcost", region="VN-HN", release=old))
    async with client_of(publisher) as client:
        assert (await client.update(pair.contact, now=NOON)).batches == 0


async def test_nothing_is_uploaded_without_a_report(publisher: Publisher) -> None:
    phone = Phone.create("gaen", now=NOON, rand=RAND)
    async with client_of(publisher) as client:
        with pytest.raises(ValueError, match="no pending report"):
            await client.upload(phone, UploadCode.generate(rand=RAND))
    assert not publisher.uploads
