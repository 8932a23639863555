"""Downloads: what is in memory is answered as the rest is, and is never an old index."""

import asyncio
from pathlib import Path

import pytest

from dp3t import Instant
from dp3t.publication import Index
from dp3t_server.config import Config
from dp3t_server.database import Database
from dp3t_server.publisher import Publisher
from dp3t_server.served import SEEN_WITHIN_SECONDS
from dp3t_server.store import Store
from key_server import NOW, SLOT, InnerServer, in_process, lowcost_record

INDEX = "/v1/index"


async def ask(
    server: InnerServer, path: str, method: str = "GET", **headers: str
) -> tuple[int, dict[str, str], bytes]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    async with server.session.request(method, server.url + path, headers=named) as answer:
        found = {name.lower(): value for name, value in answer.headers.items()}
        del found["date"]
        return answer.status, found, await answer.read()


async def published(server: InnerServer) -> str:
    """Publish a key; return the path of its batch."""
    assert await server.upload(await server.code(), lowcost_record()) == "accepted"
    (batch,) = await server.move_to(NOW + SLOT)
    return f"/v1/batches/{batch['design']}-{batch['release']}"


async def test_a_file_from_memory_is_answered_as_from_the_database(server: InnerServer) -> None:
    for path in (INDEX, await published(server)):
        server.parts.store.files.forget()
        first = await ask(server, path)
        assert first[0] == 200
        assert server.parts.store.files.at_hand(path)
        assert await ask(server, path) == first
        tag = first[1]["etag"]
        for known in (tag, f"W/{tag}", f'"x", {tag}', "*"):
            from_memory = await ask(server, path, If_None_Match=known)
            server.parts.store.files.forget()
            assert await ask(server, path, If_None_Match=known) == from_memory
            assert from_memory[0] == 304
        assert await ask(server, path, If_None_Match='"x"') == first
        status, headers, body = await ask(server, path, "HEAD")
        assert (status, body) == (200, b"")
        assert headers == first[1]


@pytest.mark.spec("SERVER-75")
async def test_the_index_is_the_new_one_as_soon_as_this_process_has_published(
    server: InnerServer,
) -> None:
    before = None
    for number in range(1, 6):
        await server.move_to(NOW + number * SLOT)
        index = await server.get(INDEX)
        assert index != before
        assert await server.get(INDEX) == index
        before = index


@pytest.mark.spec("SERVER-74")
async def test_what_another_process_publishes_and_erases_is_seen_within_a_second(
    server: InnerServer,
) -> None:
    path = await published(server)
    first = await server.get(INDEX)
    assert await server.get(path)
    later = Instant(NOW + 40 * 86_400)
    database = await Database.open(server.where)
    try:
        other = Publisher(
            Store(database), server.parts.secrets, server.parts.config, holder=server.data.publisher
        )
        await other.publish(later)
    finally:
        await database.close()
    await asyncio.sleep(SEEN_WITHIN_SECONDS)
    index = Index.open(await server.get(INDEX), trusted=server.trusted(), now=later)
    assert (index.entries, index.days) == ((), ())
    assert await server.get(INDEX) != first
    status, _, _ = await ask(server, path)
    assert status == 404


async def test_another_query_or_form_of_a_path_is_no_other_file(server: InnerServer) -> None:
    path = await published(server)
    files = server.parts.store.files
    for name in (INDEX, path):
        whole = await server.get(name)
        for other in (f"{name}?a=1", name.replace("e", "%65")):
            assert await server.get(other) == whole
            assert files.at_hand(other) is None


async def test_a_download_from_memory_is_limited_and_counted(tmp_path: Path) -> None:
    config = Config(reads_per_minute=3)
    async with in_process(tmp_path, config=config) as server:
        statuses = [(await ask(server, INDEX))[0] for _ in range(5)]
        assert statuses == [200, 200, 200, 429, 429]
        assert server.parts.store.files.at_hand(INDEX)
        token = server.data.token.read_text().strip()
        _, _, metrics = await ask(server, "/metrics", Authorization=f"Bearer {token}")
    assert b'dp3t_requests_total{route="/v1/index",status="200"} 3.0' in metrics
    assert b'dp3t_requests_total{route="/v1/index",status="429"} 2.0' in metrics
    assert b'dp3t_request_seconds_count{route="/v1/index"} 5.0' in metrics
