"""The client at public places: batches of traces come in, and a venue's pre-traces go out."""

from collections.abc import AsyncIterator
from random import Random

import pytest

from dp3t import (
    ExpiredError,
    Instant,
    MalformedError,
    Phone,
    PolicyError,
    ReplayError,
    TransportError,
    UnauthorizedError,
    UploadCode,
    release_after,
)
from dp3t.presence.matching import PresenceMatch
from dp3t.presence.owner_dummies import OwnerDummies
from dp3t.presence.pretrace import PRE_TRACE_BYTES
from dp3t.presence.trace import PRESENCE, padded
from dp3t.presence.upload import TRACE_UPLOAD_BYTES, TraceUpload, encode_trace_answer
from dp3t.primitives import X25519PrivateKey
from dp3t.publication.batch import Batch
from file_server import NOON, RAND, Pair, Publisher, client_of, serving
from venues import MESSAGE, Place, batch_of_traces

MARKET = Place.named("Chợ Hôm")
RELEASE = release_after(Instant(NOON + 7200))
AUTHORITY = X25519PrivateKey.generate(rand=Random(9).randbytes).public()
CODE = UploadCode.generate(rand=Random(10).randbytes)


@pytest.fixture
async def publisher() -> AsyncIterator[Publisher]:
    async with serving() as served:
        yield served


def traced(*, release: int = RELEASE) -> Batch:
    made_up = padded([], minimum=16, release=Instant(release), rand=RAND)
    traces = [*MARKET.traces(NOON, NOON + 3600), *made_up]
    return batch_of_traces(traces, release=release, region="VN-HN")


def visitor(*, minutes: int = 20) -> Phone:
    phone = Phone.create("lowcost", now=NOON, rand=RAND)
    visit = phone.check_in(MARKET.entry, now=NOON, rand=RAND)
    end = Instant(NOON + 60 * minutes)
    phone.check_out(visit, now=end, rand=RAND)
    return phone


@pytest.mark.spec("CLIENT-1", "CLIENT-15", "PHONE-35")
async def test_one_update_brings_keys_and_traces(publisher: Publisher) -> None:
    """Valid: both kinds of matches come out of one call, and the second call fetches nothing."""
    pair = Pair.met()
    publisher.publish(pair.batch())
    publisher.publish(traced())
    phone = pair.contact
    visit = phone.check_in(MARKET.entry, now=Instant(NOON + 60), rand=RAND)
    phone.check_out(visit, now=Instant(NOON + 600), rand=RAND)
    phone.tick(RELEASE, rand=RAND)
    async with client_of(publisher) as client:
        update = await client.update(phone, now=RELEASE)
        again = await client.update(phone, now=RELEASE)
    assert (update.batches, again.batches) == (2, 0)
    kinds = [isinstance(one, PresenceMatch) for one in update.matches]
    assert sorted(kinds) == [False, True]
    (notice,) = phone.notices
    assert notice.encounters is not None
    assert [visit.message for visit in notice.visits] == [MESSAGE]


@pytest.mark.spec("CLIENT-15")
async def test_who_has_visited_nothing_fetches_the_same(publisher: Publisher) -> None:
    """Must not: requests tell whether a phone has checked in."""
    publisher.publish(traced())
    asked = []
    for phone in (visitor(), Phone.create("lowcost", now=NOON, rand=RAND)):
        publisher.requests.clear()
        phone.tick(RELEASE, rand=RAND)
        async with client_of(publisher) as client:
            await client.update(phone, now=RELEASE)
        asked.append([path for path, _ in publisher.requests])
        assert phone.has_ingested(release=RELEASE, region="VN-HN", design=PRESENCE)
    assert asked[0] == asked[1]
    assert f"/v1/batches/{PRESENCE}-{RELEASE}" in asked[0]


async def test_traces_that_are_no_table_do_not_keep_keys_from_coming(publisher: Publisher) -> None:
    """Refused: the batch is signed and logged, and still none of traces."""
    pair = Pair.met()
    broken = Batch(traced().name, b"\x80")
    publisher.publish(broken)
    publisher.publish(pair.batch())
    pair.contact.tick(RELEASE, rand=RAND)
    async with client_of(publisher) as client:
        with pytest.raises(MalformedError, match="table of traces"):
            await client.update(pair.contact, now=RELEASE)
    assert len(pair.contact.exposures) == 1
    assert not pair.contact.has_ingested(release=RELEASE, region="VN-HN", design=PRESENCE)


@pytest.mark.parametrize(
    ("refusal", "error"),
    [
        ("unknown-code", UnauthorizedError),
        ("expired-code", ExpiredError),
        ("used-code", ReplayError),
        ("full", PolicyError),
    ],
)
@pytest.mark.spec("UPLOAD-4")
async def test_a_pre_trace_goes_up_and_a_refusal_is_named(
    publisher: Publisher, refusal: str, error: type[PolicyError]
) -> None:
    sealed = bytes(PRE_TRACE_BYTES)
    async with client_of(publisher) as client:
        publisher.answer = encode_trace_answer(refusal)
        with pytest.raises(error, match=refusal):
            await client.upload_trace(sealed, CODE)
        publisher.answer = encode_trace_answer()
        await client.upload_trace(sealed, CODE)
        publisher.answer = b"{}"
        with pytest.raises(TransportError):
            await client.upload_trace(sealed, CODE)
    assert {path for path, _ in publisher.requests} == {"/v1/traces"}
    sent = {TraceUpload.decode(body) for body in publisher.uploads}
    assert sent == {TraceUpload(CODE, sealed)}


async def test_what_is_no_pre_trace_does_not_leave(publisher: Publisher) -> None:
    async with client_of(publisher) as client:
        with pytest.raises(ValueError, match="16384"):
            await client.upload_trace(b"short", CODE)
        with pytest.raises(TypeError):
            await client.upload_trace(bytes(PRE_TRACE_BYTES), "123")  # type: ignore[arg-type]  # wrong on purpose
    assert not publisher.requests


@pytest.mark.spec("CLIENT-16", "UPLOAD-7")
@pytest.mark.parametrize("refusal", [None, "unknown-code", "full"])
async def test_an_owners_dummy_is_the_one_request_that_a_pre_trace_is(
    publisher: Publisher, refusal: str | None
) -> None:
    dummies = OwnerDummies.first(now=NOON, rand=RAND)
    now = NOON
    while not dummies.due(now=now):
        now = Instant(now + 3600)
    async with client_of(publisher) as client:
        publisher.answer = encode_trace_answer()
        await client.upload_trace(bytes(PRE_TRACE_BYTES), CODE)
        publisher.answer = encode_trace_answer(refusal)
        left = await client.send_owner_dummies(dummies, authority=AUTHORITY, now=now, rand=RAND)
        assert not left.due(now=now)
        assert left == await client.send_owner_dummies(
            left, authority=AUTHORITY, now=now, rand=RAND
        )
    assert len(publisher.uploads) >= 2
    assert {len(body) for body in publisher.uploads} == {TRACE_UPLOAD_BYTES}
    (real, _), *dummy = publisher.requests
    assert {path for path, _ in dummy} == {real}
    headers = [set(shown) for _, shown in publisher.requests]
    assert all(shown == headers[0] for shown in headers)


@pytest.mark.spec("CLIENT-16")
async def test_an_owners_dummy_without_an_answer_stays_due(publisher: Publisher) -> None:
    dummies = OwnerDummies.first(now=Instant(0), rand=RAND)
    publisher.status["/v1/traces"] = 503
    async with client_of(publisher) as client:
        with pytest.raises(TransportError):
            await client.send_owner_dummies(
                dummies, authority=AUTHORITY, now=Instant(NOON), rand=RAND
            )
    assert dummies.due(now=NOON)
