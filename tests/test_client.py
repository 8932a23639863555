"""The client against a loopback server that can be told to misbehave."""

from collections.abc import AsyncIterator

import pytest
from aiohttp import TCPConnector

from batches import batch_of_keys
from dp3t import (
    ExpiredError,
    Instant,
    LimitError,
    MalformedError,
    Phone,
    PolicyError,
    ReplayError,
    TransportError,
    TrustedKeys,
    UnauthorizedError,
    UnknownKeyError,
    UploadCode,
    VerificationError,
    VerificationKey,
    day_of,
    release_after,
)
from dp3t.client import Client
from dp3t.primitives import sha256
from dp3t.publication import (
    MAX_INDEX_BYTES,
    BatchName,
    IndexEntry,
    ServerView,
    SigningKey,
    Upload,
    encode_answer,
)
from dp3t.publication.transparency import Entry
from file_server import FOREVER, NOON, RAND, Pair, Publisher, client_of, serving, view_of


@pytest.fixture
async def publisher() -> AsyncIterator[Publisher]:
    async with serving() as served:
        yield served


@pytest.fixture
def pair() -> Pair:
    return Pair.met()


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
    wrong = batch_of_keys([], **shape)  # type: ignore[arg-type]  # built from a table
    data = wrong.sign(publisher.key)
    logged = Entry.of_batch(
        data, BatchName(design="lowcost", region="VN-HN", release=asked.release)
    )
    leaf = publisher.log.append(logged)
    entry = IndexEntry.of_file(data, design="lowcost", release=asked.release, leaf=leaf)
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
    other = batch_of_keys([], design="lowcost", region="VN-HN", release=entry.release)
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
        ("unknown-code", UnauthorizedError),
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
    assert (sent.authorization, sent.report) == (code, pending)
    assert len(publisher.uploads[-1]) == pair.patient.design.upload_bytes(pair.patient.parameters)


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
        batch_of_keys([], design="lowcost", region="VN-HN", release=Instant(NOON + 14_400))
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
    earlier = batch_of_keys([], design="lowcost", region="VN-HN", release=NOON)
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
@pytest.mark.parametrize("extra_bytes", [1, 2**22])
async def test_an_answer_that_is_too_long_is_cut_off(
    publisher: Publisher, pair: Pair, path: str, extra_bytes: int
) -> None:
    publisher.publish(pair.batch())
    longest = MAX_INDEX_BYTES if path == "/v1/index" else 0
    publisher.tamper[path] = lambda data: data.ljust(longest, b"?") + bytes(extra_bytes)
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


@pytest.mark.spec("CLIENT-8")
async def test_shared_connections_share_nothing_else(publisher: Publisher, pair: Pair) -> None:
    async with TCPConnector() as connector:
        for _ in range(2):
            view = view_of(publisher)
            async with Client(publisher.url, view=view, connector=connector) as client:
                await client.update(pair.contact, now=NOON)
                await client.update(pair.contact, now=NOON)
        assert not connector.closed
    assert not any("Cookie" in headers for _, headers in publisher.requests)


@pytest.mark.spec("CLIENT-5")
@pytest.mark.parametrize("status", [404, 500])
async def test_a_batch_that_is_missing_does_not_keep_later_ones_out(
    publisher: Publisher, pair: Pair, status: int
) -> None:
    missing = publisher.publish(batch_of_keys([], design="lowcost", region="VN-HN", release=NOON))
    publisher.publish(pair.batch())
    publisher.status[f"/v1/batches/{missing.name}"] = status
    async with client_of(publisher) as client:
        with pytest.raises(TransportError, match=str(status)):
            await client.update(pair.contact, now=LATER)
    assert pair.contact.exposures


@pytest.mark.spec("PHONE-7")
async def test_an_update_settles_the_phone(publisher: Publisher, pair: Pair) -> None:
    async with client_of(publisher) as client:
        await client.update(pair.contact, now=LATER)
    assert [observation.coarse for observation in pair.contact.observations] == [True]


async def test_kept_keys_follow_the_rotation_after_a_restart(
    publisher: Publisher, pair: Pair
) -> None:
    successor = SigningKey.generate(valid_from=NOON, valid_until=FOREVER[1], rand=RAND)
    publisher.announced = [successor.public()]
    async with client_of(publisher) as client:
        await client.update(pair.contact, now=NOON)
        kept = client.view.encode()
    publisher.publish(pair.batch(), key=successor)
    publisher.key = successor
    async with Client(publisher.url, view=ServerView.decode(kept)) as client:
        await client.update(pair.contact, now=LATER)
    assert pair.contact.exposures


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
    view = ServerView(trusted=TrustedKeys([VerificationKey.pinned(bytes(32))]))
    async with Client("http://127.0.0.1:9", view=view) as client:
        with pytest.raises(TransportError):
            await client.update(pair.contact, now=LATER)
    with pytest.raises(TypeError, match="async with"):
        await client.update(pair.contact, now=LATER)


async def test_batches_of_other_designs_and_forgotten_days_are_not_fetched(
    publisher: Publisher, pair: Pair
) -> None:
    publisher.publish(batch_of_keys([], design="gaen", region="VN-HN", release=NOON))
    old = Instant((day_of(NOON) - 20) * 86_400)
    publisher.publish(batch_of_keys([], design="lowcost", region="VN-HN", release=old))
    async with client_of(publisher) as client:
        assert (await client.update(pair.contact, now=NOON)).batches == 0


async def test_nothing_is_uploaded_without_a_report(publisher: Publisher) -> None:
    phone = Phone.create("gaen", now=NOON, rand=RAND)
    async with client_of(publisher) as client:
        for code in (UploadCode.generate(rand=RAND), None):
            with pytest.raises(ValueError, match="no pending report"):
                await client.upload(phone, code)
    assert not publisher.uploads


async def test_digits_are_no_code_before_they_are_parsed(publisher: Publisher, pair: Pair) -> None:
    digits = UploadCode.generate(rand=RAND).display()
    async with client_of(publisher) as client:
        with pytest.raises(TypeError, match=r"UploadCode\.parse"):
            await client.upload(pair.patient, digits)  # type: ignore[arg-type]  # untyped app
    assert not publisher.uploads
    assert pair.patient.pending is not None
