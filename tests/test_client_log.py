"""The client against a server that shows old things, other things, or things that no log holds."""

from collections.abc import AsyncIterator, Callable

import pytest

from batches import batch_of_keys
from dp3t import (
    ExpiredError,
    Instant,
    MalformedError,
    Phone,
    PolicyError,
    UploadCode,
    VerificationError,
    release_after,
)
from dp3t.client import Client
from dp3t.errors import Dp3tError, SplitViewError
from dp3t.publication import Batch, IndexEntry, ServerView, Witnesses
from dp3t.publication.transparency import (
    Entry,
    NoteKeyType,
    NoteSigner,
    SignedCheckpoint,
    require_split,
)
from file_server import NOON, RAND, Pair, PublishedLog, Publisher, client_of, serving, view_of

SLOT = 7200
DAY = 86_400
LATER = Instant(release_after(NOON) + 60)


@pytest.fixture
async def publisher() -> AsyncIterator[Publisher]:
    async with serving() as served:
        yield served


@pytest.fixture
def pair() -> Pair:
    return Pair.met()


def empty_batch(release: int) -> Batch:
    return batch_of_keys([], design="lowcost", region="VN-HN", release=Instant(release))


def logged(batch: Batch) -> Entry:
    """Return what a log says of a batch that nobody has."""
    return Entry.of_batch(b"a file", batch.name)


async def look(publisher: Publisher, view: ServerView, *, now: Instant = LATER) -> ServerView:
    """Let a restarted app with no phone to speak of look once; return what it then knows."""
    async with Client(publisher.url, view=ServerView.decode(view.encode())) as client:
        await client.update(Phone.create("lowcost", now=now, rand=RAND), now=now)
        return client.view


@pytest.mark.spec("INDEX-12", "CLIENT-3")
@pytest.mark.parametrize("number", [6, 8])
async def test_a_restarted_app_takes_no_older_index(publisher: Publisher, number: int) -> None:
    """Invalid: a rollback, by number or by time of issue."""
    publisher.number, publisher.issued = 7, Instant(NOON + SLOT)
    view = await look(publisher, view_of(publisher))
    publisher.number = number
    publisher.issued = NOON if number == 8 else Instant(NOON + SLOT)
    with pytest.raises(VerificationError, match="older than one seen before"):
        await look(publisher, view)


@pytest.mark.spec("INDEX-12")
async def test_two_indexes_under_one_number_are_found_out(publisher: Publisher) -> None:
    publisher.number = 7
    view = await look(publisher, view_of(publisher))
    assert (await look(publisher, view)).digest == view.digest
    publisher.publish(empty_batch(NOON))
    with pytest.raises(VerificationError, match="one number"):
        await look(publisher, view)


@pytest.mark.spec("INDEX-10")
async def test_a_frozen_server_is_told_apart(publisher: Publisher, pair: Pair) -> None:
    """Invalid: the same index eight hours on, whether it is sent again or answered 304."""
    async with client_of(publisher) as client:
        await client.update(pair.contact, now=Instant(NOON + 4 * SLOT - 1))
        with pytest.raises(ExpiredError, match="silent"):
            await client.update(pair.contact, now=Instant(NOON + 4 * SLOT))
    with pytest.raises(ExpiredError, match="silent"):
        await look(publisher, view_of(publisher), now=Instant(NOON + 4 * SLOT))


@pytest.mark.spec("INDEX-13")
async def test_a_server_cannot_change_its_log(publisher: Publisher) -> None:
    view = await look(publisher, view_of(publisher))
    publisher.log = PublishedLog(NoteSigner(name="example.org/log", seed=bytes(32)))
    publisher.issued = Instant(NOON + SLOT)
    with pytest.raises(VerificationError, match="another log"):
        await look(publisher, view)
    embedded = ServerView(trusted=view.trusted, log_key=view.log_key)
    with pytest.raises(VerificationError, match="another log"):
        await look(publisher, embedded)


@pytest.mark.spec("INDEX-14")
async def test_a_log_that_grows_is_followed_over_many_tiles(publisher: Publisher) -> None:
    view = await look(publisher, view_of(publisher))
    for slot in range(1, 8):
        for release in range(45 * slot):
            publisher.log.append(logged(empty_batch(release * SLOT)))
        publisher.issued = Instant(NOON + slot * SLOT)
        view = await look(publisher, view, now=Instant(publisher.issued + 60))
        assert view.log.size == publisher.log.edge.size
    assert view.log.size > 256


@pytest.mark.spec("INDEX-14", "CLIENT-13")
async def test_a_forked_log_is_convicted_by_what_it_signed(publisher: Publisher) -> None:
    """Invalid: two phones were shown two histories; each checkpoint alone is well signed."""
    publisher.publish(empty_batch(NOON))
    view = await look(publisher, view_of(publisher))
    other = PublishedLog()
    batch = empty_batch(NOON)
    for release in (NOON - SLOT, NOON):
        other.append(logged(empty_batch(release)))
    publisher.log, publisher.entries, publisher.batches = other, [], {}
    publisher.publish(batch)
    publisher.issued = Instant(NOON + SLOT)
    with pytest.raises(SplitViewError) as caught:
        await look(publisher, view)
    evidence = caught.value
    require_split(evidence.first, evidence.second, evidence.proof, policy=view.policy())


@pytest.mark.spec("INDEX-14")
async def test_a_log_cannot_shrink(publisher: Publisher) -> None:
    publisher.publish(empty_batch(NOON))
    view = await look(publisher, view_of(publisher))
    publisher.log, publisher.entries = PublishedLog(), []
    publisher.issued = Instant(NOON + SLOT)
    with pytest.raises(ExpiredError, match="entries"):
        await look(publisher, view)


@pytest.mark.spec("INDEX-14")
async def test_a_checkpoint_that_the_log_did_not_sign_is_refused(publisher: Publisher) -> None:
    honest = publisher.log
    publisher.log = PublishedLog(NoteSigner(name="example.org/log", seed=bytes(32)))
    view = ServerView(trusted=view_of(publisher).trusted, log_key=honest.key)
    forged = publisher.log.checkpoint()
    publisher.log = honest
    publisher.log.checkpoint = lambda: forged  # type: ignore[method-assign]  # a server that lies
    with pytest.raises(VerificationError):
        await look(publisher, view)


@pytest.mark.spec("INDEX-15", "CLIENT-14")
@pytest.mark.parametrize(
    ("fault", "leaf"), [("at another place", 0), ("beyond the log", 9), ("not at all", 1)]
)
async def test_a_batch_that_the_log_does_not_hold_is_refused(
    publisher: Publisher, pair: Pair, fault: str, leaf: int
) -> None:
    """Invalid: made for one phone, so that nobody else can count it."""
    publisher.publish(empty_batch(NOON))
    entry = publisher.publish(pair.batch())
    if fault == "not at all":
        publisher.log = PublishedLog()
        for release in (NOON, NOON + SLOT):
            publisher.log.append(logged(empty_batch(release)))
    publisher.entries[-1] = IndexEntry(
        release=entry.release,
        design=entry.design,
        size_bytes=entry.size_bytes,
        digest=entry.digest,
        leaf=leaf,
    )
    async with client_of(publisher) as client:
        with pytest.raises((VerificationError, MalformedError)):
            await client.update(pair.contact, now=LATER)
    assert not pair.contact.exposures


@pytest.mark.spec("CLIENT-14")
@pytest.mark.parametrize(
    "tamper",
    [lambda data: data[:-1], lambda data: data + b"\0", lambda data: b"\0" * len(data), bytes],
)
async def test_altered_tiles_prove_nothing(
    publisher: Publisher, pair: Pair, tamper: Callable[[bytes], bytes]
) -> None:
    publisher.publish(empty_batch(NOON))
    publisher.publish(pair.batch())
    for path in publisher.log.files:
        publisher.tamper[f"/v1/log/{path}"] = (lambda _: b"") if tamper is bytes else tamper
    async with client_of(publisher) as client:
        with pytest.raises(Dp3tError):
            await client.update(pair.contact, now=LATER)
    assert not pair.contact.exposures


@pytest.mark.spec("INDEX-8", "INDEX-9")
async def test_older_days_are_read_once(publisher: Publisher, pair: Pair) -> None:
    """Valid: a phone that was off for a week catches up, and never asks for those days again."""
    publisher.publish(pair.batch())
    for day in range(1, 6):
        publisher.publish(empty_batch(NOON + day * DAY))
    now = Instant(NOON + 5 * DAY + 60)
    pair.contact.tick(now, rand=RAND)
    async with client_of(publisher) as client:
        assert (await client.update(pair.contact, now=now)).batches == 6
        view = client.view
    assert pair.contact.exposures
    asked = [path for path, _ in publisher.requests if path.startswith("/v1/days/")]
    assert len(asked) == 4
    publisher.requests.clear()
    publisher.publish(empty_batch(NOON + 5 * DAY + SLOT))
    async with Client(publisher.url, view=view) as client:
        assert (await client.update(pair.contact, now=Instant(now + SLOT))).batches == 1
    assert not [path for path, _ in publisher.requests if path.startswith("/v1/days/")]


@pytest.mark.spec("INDEX-9", "CLIENT-5")
async def test_a_day_with_a_refused_batch_is_read_again(publisher: Publisher, pair: Pair) -> None:
    damaged = publisher.publish(pair.batch())
    publisher.publish(empty_batch(NOON + 4 * DAY))
    publisher.tamper[f"/v1/batches/{damaged.name}"] = lambda data: data[:-1] + b"?"
    now = Instant(NOON + 4 * DAY + 60)
    pair.contact.tick(now, rand=RAND)
    async with client_of(publisher) as client:
        with pytest.raises(MalformedError, match="not the file the index describes"):
            await client.update(pair.contact, now=now)
        assert not pair.contact.exposures
        publisher.tamper.clear()
        await client.update(pair.contact, now=now)
    assert pair.contact.exposures


@pytest.mark.spec("INDEX-16")
async def test_no_report_goes_to_a_service_that_has_ended(publisher: Publisher, pair: Pair) -> None:
    publisher.sunset = Instant(NOON - 60)
    async with client_of(publisher) as client:
        await client.update(pair.contact, now=Instant(NOON + 30 * DAY))
        with pytest.raises(PolicyError, match="has ended"):
            await client.upload(pair.patient, UploadCode.generate(rand=RAND))
    assert not publisher.uploads


@pytest.mark.spec("INDEX-14")
async def test_an_app_can_ask_for_witnesses(publisher: Publisher, pair: Pair) -> None:
    witness = NoteSigner(name="witness.example.org", seed=bytes(range(1, 33)))
    wanted = Witnesses(keys=(witness.key(NoteKeyType.WITNESS),), required=1)
    publisher.publish(pair.batch())
    view = view_of(publisher)
    async with Client(publisher.url, view=view, witnesses=wanted) as client:
        with pytest.raises(VerificationError, match="witnesses"):
            await client.update(pair.contact, now=LATER)
    signed = SignedCheckpoint.parse(publisher.log.checkpoint())
    line = witness.cosign(signed.checkpoint.text(), at=NOON).line()
    cosigned = signed.with_cosignatures([line]).note
    publisher.log.checkpoint = lambda: cosigned  # type: ignore[method-assign]  # as cosigned
    async with Client(publisher.url, view=view, witnesses=wanted) as client:
        await client.update(pair.contact, now=LATER)
    assert pair.contact.exposures


@pytest.mark.spec("CLIENT-5", "INDEX-9")
@pytest.mark.parametrize("fault", ["missing", "altered"])
async def test_a_list_of_a_day_that_is_refused_keeps_nothing_newer_from_the_phone(
    publisher: Publisher, pair: Pair, fault: str
) -> None:
    """And it is asked for again with the next update."""
    publisher.publish(pair.batch())
    for day in range(1, 5):
        publisher.publish(empty_batch(NOON + day * DAY))
    path = f"/v1/days/{NOON // DAY + 1}"
    if fault == "missing":
        publisher.status[path] = 404
    else:
        publisher.tamper[path] = lambda data: data[:-1] + b"\0"
    now = Instant(NOON + 4 * DAY + 60)
    pair.contact.tick(now, rand=RAND)
    async with client_of(publisher) as client:
        with pytest.raises(Dp3tError):
            await client.update(pair.contact, now=now)
        assert pair.contact.exposures
        assert pair.contact.has_ingested(release=Instant(NOON + 4 * DAY), region="VN-HN")
        publisher.status.clear()
        publisher.tamper.clear()
        assert (await client.update(pair.contact, now=now)).batches == 1


@pytest.mark.spec("TRANSPARENCY-5")
async def test_a_full_tile_takes_the_place_of_a_partial_one_that_is_gone(
    publisher: Publisher, pair: Pair
) -> None:
    """A mirror may keep the newest tiles alone while a phone still proves by an older index."""
    publisher.publish(empty_batch(NOON))
    publisher.publish(pair.batch())
    entries = [logged(empty_batch(NOON + SLOT * (n + 2))) for n in range(300)]
    index = publisher.index()
    for entry in entries:
        publisher.log.append(entry)
    publisher.log.files.pop("tile/0/000.p/2")
    publisher.tamper["/v1/index"] = lambda _: index
    async with client_of(publisher) as client:
        assert (await client.update(pair.contact, now=LATER)).batches == 2
    assert pair.contact.exposures
