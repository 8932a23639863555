"""Sealed disclosures at the server: kept, handed to the operator, erased, never read."""

import base64
import json
from collections.abc import AsyncIterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from sqlalchemy import text

from dp3t import PolicyError, TransportError, day_of, random_from_os
from dp3t.client import Client
from dp3t.proximity import (
    DISCLOSURE_BYTES,
    check_disclosure_answer,
    encode_disclosure_answer,
)
from dp3t.publication import ANSWER_BYTES
from dp3t_server import parcels as module
from dp3t_server.config import Config
from dp3t_server.tables import disclosures
from key_server import DAY, NOW, InnerServer, in_process, lowcost_record, upload_of

LIST = "/v1/operator/disclosures"


def sealed() -> bytes:
    """Return what looks like a disclosure to whoever cannot open it."""
    return random_from_os(DISCLOSURE_BYTES)


def name(body: bytes) -> str:
    return sha256(body).hexdigest()


async def send(server: InnerServer, body: bytes) -> bool:
    """Send a disclosure; return whether it was accepted."""
    async with server.session.post(server.url + "/v1/disclosures", data=body) as response:
        assert response.status == 200
        answer = await response.read()
    assert len(answer) == ANSWER_BYTES
    return bool(json.loads(answer)["accepted"])


async def listed(server: InnerServer) -> dict[str, bytes]:
    """Return every disclosure that the operator is given, by its name, in the order given."""
    found: dict[str, bytes] = {}
    more, after = True, ""
    while more:
        status, page = await server.ask("GET", LIST + (f"?after={after}" if after else ""))
        assert status == 200
        more = page["more"]
        for each in page["disclosures"]:
            after = each["name"]
            assert after not in found
            found[after] = base64.b64decode(each["sealed"], validate=True)
    return found


async def stored(server: InnerServer) -> int:
    async with server.parts.store.database.reading() as connection:
        return int(
            (await connection.execute(text("SELECT count(*) FROM disclosures"))).scalar_one()
        )


@pytest.mark.spec("SERVER-44", "SERVER-49", "SERVER-50")
async def test_a_disclosure_is_kept_byte_by_byte_until_the_operator_erases_it(
    server: InnerServer,
) -> None:
    one, other = sealed(), sealed()
    assert await send(server, one)
    assert await send(server, other)
    assert await listed(server) == {name(one): one, name(other): other}
    assert (await server.ask("DELETE", f"{LIST}/{name(one)}"))[0] == 200
    assert await listed(server) == {name(other): other}


@pytest.mark.spec("SERVER-44", "DISCLOSURE-14")
async def test_accepted_and_refused_answers_differ_in_nothing_but_their_text(
    tmp_path: Path,
) -> None:
    shapes, texts = set(), list[bytes]()
    async with in_process(tmp_path, config=Config(max_disclosures=1)) as server:
        for _ in range(2):
            url = server.url + "/v1/disclosures"
            async with server.session.post(url, data=sealed()) as response:
                texts.append(await response.read())
                lengths = tuple((key, len(value)) for key, value in response.headers.items())
                shapes.add((response.status, len(texts[-1]), lengths))
        report = upload_of(await server.code(), lowcost_record())
        async with server.session.post(server.url + "/v1/reports", data=report) as response:
            body = await response.read()
            lengths = tuple((key, len(value)) for key, value in response.headers.items())
            shapes.add((response.status, len(body), lengths))
    assert texts == [
        encode_disclosure_answer(accepted=True),
        encode_disclosure_answer(accepted=False),
    ]
    ((status, length, _),) = shapes
    assert (status, length) == (200, ANSWER_BYTES)


@pytest.mark.spec("SERVER-45")
@pytest.mark.parametrize(
    ("length", "status", "code"),
    [
        (0, 400, "malformed"),
        (DISCLOSURE_BYTES - 1, 400, "malformed"),
        (DISCLOSURE_BYTES + 1, 413, "too-large"),
        (2**20, 413, "too-large"),
    ],
)
async def test_a_body_of_another_length_is_refused_and_not_kept(
    server: InnerServer, length: int, status: int, code: str
) -> None:
    found, answer = await server.ask("POST", "/v1/disclosures", bytes(length))
    assert (found, answer["error"]["code"]) == (status, code)
    assert await stored(server) == 0


@pytest.mark.spec("SERVER-45")
@pytest.mark.parametrize("chunks", [2, 5])
async def test_a_large_body_of_unannounced_length_is_refused(
    server: InnerServer, chunks: int
) -> None:
    async def body() -> AsyncIterator[bytes]:
        for _ in range(chunks):
            yield bytes(DISCLOSURE_BYTES)

    async with server.session.post(server.url + "/v1/disclosures", data=body()) as response:
        assert response.status == 413
    assert await stored(server) == 0


@pytest.mark.spec("SERVER-46")
async def test_a_full_store_refuses_and_loses_nothing_it_keeps(tmp_path: Path) -> None:
    async with in_process(tmp_path, config=Config(max_disclosures=2)) as server:
        kept = [sealed(), sealed()]
        assert [await send(server, body) for body in kept] == [True, True]
        late = sealed()
        assert not await send(server, late)
        assert sorted((await listed(server)).values()) == sorted(kept)
        assert await send(server, kept[0])
        await server.ask("DELETE", f"{LIST}/{name(kept[0])}")
        assert await send(server, late)
        assert sorted((await listed(server)).values()) == sorted([kept[1], late])


async def test_a_server_told_to_keep_none_refuses_all(tmp_path: Path) -> None:
    async with in_process(tmp_path, config=Config(max_disclosures=0)) as server:
        assert not await send(server, sealed())
        assert await listed(server) == {}


@pytest.mark.spec("SERVER-47")
async def test_nothing_is_stored_but_digest_bytes_and_day(server: InnerServer) -> None:
    """Negative: what a code, a report or an address would need has no column."""
    assert [column.name for column in disclosures.columns] == ["digest", "expires_day", "sealed"]
    body = sealed()
    assert await send(server, body)
    async with server.parts.store.database.reading() as connection:
        rows = (await connection.execute(text("SELECT * FROM disclosures"))).all()
        with pytest.raises(Exception, match="rowid"):
            await connection.execute(text("SELECT rowid FROM disclosures"))
    assert rows == [(sha256(body).digest(), day_of(NOW) + 8, body)]


@pytest.mark.spec("SERVER-47")
async def test_nobody_is_asked_who_they_are(server: InnerServer) -> None:
    """Negative: neither a code nor a token is asked for, and none that is sent is looked at."""
    for headers in ({}, {"Authorization": "Bearer wrong", "Cookie": "a=b"}):
        async with server.session.post(
            server.url + "/v1/disclosures", data=sealed(), headers=headers
        ) as response:
            assert response.status == 200
            assert "Set-Cookie" not in response.headers
    assert await stored(server) == 2


@pytest.mark.spec("SERVER-47", "SERVER-20")
async def test_nothing_of_a_disclosure_is_logged(
    server: InnerServer, capfd: pytest.CaptureFixture[str]
) -> None:
    """Negative: neither its name nor that it came."""
    body = sealed()
    assert await send(server, body)
    await listed(server)
    await server.ask("DELETE", f"{LIST}/{name(body)}")
    shown = capfd.readouterr()
    assert "disclosure" not in shown.out + shown.err
    assert name(body) not in shown.out + shown.err


@pytest.mark.spec("SERVER-48")
async def test_the_same_disclosure_again_is_accepted_and_kept_once(server: InnerServer) -> None:
    body = sealed()
    assert await send(server, body)
    await server.move_to(NOW + DAY)
    assert await send(server, body)
    assert await stored(server) == 1
    await server.move_to(NOW + 8 * DAY)
    assert await listed(server) == {}


@pytest.mark.spec("SERVER-49")
async def test_pages_go_by_name_and_leave_nothing_out(
    server: InnerServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PAGE", 3)
    bodies = [sealed() for _ in range(7)]
    for body in bodies:
        assert await send(server, body)
    found = await listed(server)
    assert list(found) == sorted(map(name, bodies))
    _, page = await server.ask("GET", LIST)
    assert (len(page["disclosures"]), page["more"]) == (3, True)
    _, page = await server.ask("GET", f"{LIST}?after={'f' * 64}")
    assert page == {"disclosures": [], "more": False}


@pytest.mark.spec("SERVER-49")
@pytest.mark.parametrize("query", ["after=zz", "after=" + "F" * 64, "page=2", "after=" + "0" * 63])
async def test_a_page_that_is_not_named_properly_is_malformed(
    server: InnerServer, query: str
) -> None:
    status, answer = await server.ask("GET", f"{LIST}?{query}")
    assert (status, answer["error"]["code"]) == (400, "malformed")


@pytest.mark.spec("SERVER-50")
@pytest.mark.parametrize("unknown", ["0" * 64, "short", "F" * 64, "%2e%2e"])
async def test_erasing_what_is_not_there_erases_nothing(server: InnerServer, unknown: str) -> None:
    body = sealed()
    await send(server, body)
    status, answer = await server.ask("DELETE", f"{LIST}/{unknown}")
    assert (status, answer["error"]["code"]) == (404, "not-found")
    assert await listed(server) == {name(body): body}


@pytest.mark.spec("SERVER-29")
@pytest.mark.parametrize("token", ["", "wrong", "0" * 64])
async def test_without_the_token_nothing_is_handed_out_or_erased(
    server: InnerServer, token: str
) -> None:
    body = sealed()
    await send(server, body)
    for method, path in (("GET", LIST), ("DELETE", f"{LIST}/{name(body)}")):
        status, answer = await server.ask(method, path, token=token)
        assert (status, answer["error"]["code"]) == (401, "unauthorized")
    assert await listed(server) == {name(body): body}


@pytest.mark.spec("SERVER-51", "SERVER-28")
async def test_a_disclosure_is_erased_from_the_file_when_its_days_are_over(
    server: InnerServer,
) -> None:
    body = sealed()
    await send(server, body)
    midnight = (day_of(NOW) + 8) * DAY
    await server.move_to(midnight - 1)
    assert await listed(server) == {name(body): body}
    await server.move_to(midnight)
    assert await listed(server) == {}
    assert await stored(server) == 0
    for path in server.data.path.glob("server.sqlite3*"):
        assert body[1000:1032] not in path.read_bytes()


@pytest.mark.spec("SERVER-51")
async def test_an_expired_disclosure_is_not_handed_out_even_where_none_is_erased(
    server: InnerServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Negative: a publication that fails does not keep what has expired in sight."""
    await send(server, sealed())
    monkeypatch.setattr(module, "day_of", lambda _: day_of(NOW) + 8)
    assert await listed(server) == {}
    assert await stored(server) == 1


@pytest.mark.spec("DISCLOSURE-14")
async def test_a_client_hands_in_a_disclosure_and_hears_of_a_full_store(tmp_path: Path) -> None:
    async with in_process(tmp_path, config=Config(max_disclosures=1)) as server:
        async with Client(server.url, view=server.view()) as client:
            body = sealed()
            await client.disclose(body)
            await client.disclose(body)
            with pytest.raises(PolicyError, match="no room"):
                await client.disclose(sealed())
        assert list(await listed(server)) == [name(body)]


@pytest.mark.spec("DISCLOSURE-14")
async def test_a_client_sends_nothing_that_is_no_disclosure(server: InnerServer) -> None:
    """Negative: a length tells something, so another one does not leave the phone."""
    async with Client(server.url, view=server.view()) as client:
        with pytest.raises(ValueError, match="4096"):
            await client.disclose(b"short")
    assert await stored(server) == 0


@pytest.mark.spec("DISCLOSURE-14")
@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b'{"accepted": true}',
        encode_disclosure_answer(accepted=True) + b" ",
        b'{"accepted": false, "refusal": "used-code"}'.ljust(ANSWER_BYTES),
        bytes(ANSWER_BYTES),
    ],
)
def test_an_answer_that_is_neither_is_not_understood(answer: bytes) -> None:
    with pytest.raises(TransportError):
        check_disclosure_answer(answer)


async def test_the_requests_a_client_makes_carry_no_more_than_the_bytes(
    server: InnerServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[dict[str, Any]] = []
    original = aiohttp.ClientSession.request

    def watching(self: aiohttp.ClientSession, method: str, url: str, **kwargs: Any) -> Any:
        seen.append({"method": method, "path": url.removeprefix(server.url), **kwargs})
        return original(self, method, url, **kwargs)

    monkeypatch.setattr(aiohttp.ClientSession, "request", watching)
    body = sealed()
    async with Client(server.url, view=server.view()) as client:
        await client.disclose(body)
    (request,) = seen
    assert (request["method"], request["path"]) == ("POST", "/v1/disclosures")
    assert request["data"] == body
    assert set(request["headers"]) == {"User-Agent", "Content-Type"}
