"""An app that gets tokens from the real server, and one that is shown something else."""

import asyncio
import json
import stat
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from aiohttp import web

from dp3t import Day, Instant, PolicyError, TransportError, UnauthorizedError, random_from_os
from dp3t.cli.token_file import TokenFile, take_token
from dp3t.declarations_client import DeclarationsClient
from dp3t.errors import ExpiredError, MalformedError, VerificationError
from dp3t.primitives import BlindRsaPrivateKey
from dp3t.publication import (
    LoggedTokenKeys,
    ServerView,
    SpendRefusal,
    TokenBook,
    TokenKeys,
    UploadCode,
)
from dp3t_server import tables
from dp3t_server.catching_up import take_token_lists
from dp3t_server.clock import SystemClock
from dp3t_server.config import Config
from key_server import DAY, NOW, InnerServer, in_process, run_program
from operator_pages import codes_in, signed_in
from server_tokens import DECLARATIONS_ON, SCOPE, TODAY, spent, token_code, token_keys
from terminal import Ran, dp3t

SERVER_CONFIG = DECLARATIONS_ON


@pytest.mark.spec("TOKENS-22", "TOKENS-23", "TOKENS-9", "TOKENS-11")
async def test_an_app_gets_a_token_of_every_day_and_spends_that_of_the_day(
    server: InnerServer,
) -> None:
    code, book = await token_code(server), TokenBook(scope=SCOPE)
    view = server.view()
    for days in (0, 1, 9):
        now = Instant(NOW + days * DAY)
        await server.move_to(now)
        async with DeclarationsClient(server.url, view=ServerView.decode(view.encode())) as client:
            keys = await client.fetch_token_keys(now=now)
            book = TokenBook.decode(book.prepared(keys, rand=random_from_os).encode())
            book = await client.ask_tokens(book, code)
            assert await client.ask_tokens(book, code) == book
            view = client.view
        assert [token.day for token in book.tokens] == [TODAY + days + n for n in range(7)]
        token, book = book.take(Day(TODAY + days))
        assert await spent(server, token, now=now) is None
        assert await spent(server, token, now=now) is SpendRefusal.SPENT


@pytest.mark.spec("TOKENS-9")
async def test_an_app_whose_answer_was_lost_asks_again(server: InnerServer) -> None:
    code = await token_code(server)
    async with DeclarationsClient(server.url, view=server.view()) as client:
        keys = await client.fetch_token_keys(now=NOW)
        saved = TokenBook(scope=SCOPE).prepared(keys, rand=random_from_os)
        first = await client.ask_tokens(saved, code)
        assert await client.ask_tokens(saved, code) == first
        forgetful = TokenBook(scope=SCOPE).prepared(keys, rand=random_from_os)
        nothing = await client.ask_tokens(forgetful, code)
        assert (nothing.tokens, nothing.used) == ((), keys.days)
        with pytest.raises(UnauthorizedError):
            await client.ask_tokens(saved, UploadCode.generate(rand=random_from_os))


@asynccontextmanager
async def in_between(server: InnerServer, **answers: bytes) -> AsyncIterator[str]:
    """Serve what a server serves, but for some answers: `keys`, `tokens` or `index`."""
    paths = {"keys": "/v1/tokens/keys", "tokens": "/v1/tokens", "index": "/v1/index"}
    changed = {paths[name]: body for name, body in answers.items()}

    async def answer(request: web.Request) -> web.Response:
        if request.path in changed:
            return web.Response(body=changed[request.path])
        async with server.session.request(
            request.method, server.url + request.path, data=await request.read()
        ) as response:
            return web.Response(status=response.status, body=await response.read())

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def own_list(server: InnerServer) -> tuple[TokenKeys, bytes]:
    """Return a list that the server signs for one person alone, with a key of its own."""
    keys = await token_keys(server)
    marked = replace(
        keys.keys[0], modulus=BlindRsaPrivateKey.generate_from_os().public().to_bytes()
    )
    mine = replace(keys, keys=(marked, *keys.keys[1:]))
    return mine, mine.sign(server.parts.secrets.load().signing_key_at(NOW))


@pytest.mark.spec("TOKENS-23")
async def test_a_list_made_for_one_person_is_refused_wherever_its_place_is_said_to_be(
    server: InnerServer,
) -> None:
    """Negative: signed by the server, and nowhere in its log."""
    logged = LoggedTokenKeys.decode(await server.get("/v1/tokens/keys"))
    _, signed = await own_list(server)
    for leaf, error in ((logged.leaf, VerificationError), (999, MalformedError)):
        async with (
            in_between(server, keys=LoggedTokenKeys(signed, leaf).encode()) as url,
            DeclarationsClient(url, view=server.view()) as client,
        ):
            with pytest.raises(error):
                await client.fetch_token_keys(now=NOW)
    async with (
        in_between(server, keys=logged.encode()) as url,
        DeclarationsClient(url, view=server.view()) as client,
    ):
        assert await client.fetch_token_keys(now=NOW) == await token_keys(server)


@pytest.mark.spec("TOKENS-15")
async def test_a_key_that_was_seen_is_not_replaced_though_the_log_has_the_new_list(
    server: InnerServer,
) -> None:
    mine, _ = await own_list(server)
    book = TokenBook(scope=SCOPE).prepared(mine, rand=random_from_os)
    async with DeclarationsClient(server.url, view=server.view()) as client:
        keys = await client.fetch_token_keys(now=NOW)
    with pytest.raises(VerificationError):
        book.prepared(keys, rand=random_from_os)


@pytest.mark.spec("TOKENS-5", "TOKENS-17", "TOKENS-13")
async def test_other_answers_are_no_tokens_and_an_old_list_is_none(server: InnerServer) -> None:
    code = await token_code(server)
    async with (
        in_between(server, tokens=bytes(2_048)) as url,
        DeclarationsClient(url, view=server.view()) as client,
    ):
        keys = await client.fetch_token_keys(now=NOW)
        book = TokenBook(scope=SCOPE).prepared(keys, rand=random_from_os)
        with pytest.raises(TransportError):
            await client.ask_tokens(book, code)
        with pytest.raises(ExpiredError):
            await client.fetch_token_keys(now=Instant(NOW + 2 * DAY))


@pytest.mark.spec("TOKENS-14", "STATIC-4")
async def test_a_restored_server_makes_no_second_list_of_a_day_that_the_log_has(
    server: InnerServer,
) -> None:
    listed = LoggedTokenKeys.decode(await server.get("/v1/tokens/keys"))
    entry = (await token_keys(server)).logged(listed.signed)
    async with server.parts.store.writing() as transaction:
        await transaction.empty(tables.token_lists, tables.token_keys)
        await take_token_lists(transaction, [entry])
        assert await transaction.tokens.has_list(TODAY)
        assert await transaction.tokens.current() is None
        assert await transaction.tokens.unlogged() == []
    await server.move_to(NOW + 7_200)
    status, answer = await server.ask("GET", "/v1/tokens/keys")
    assert (status, answer["error"]["code"]) == (404, "not-found")
    await server.move_to(NOW + DAY)
    assert (await token_keys(server, now=Instant(NOW + DAY))).day == TODAY + 1


async def ran(*arguments: object) -> Ran:
    """Run the program while the server in this process answers it."""
    return await asyncio.to_thread(dp3t, "tokens", *map(str, arguments))


@pytest.mark.spec("TERMINAL-52", "TERMINAL-53", "TOKENS-22")
async def test_at_the_terminal_tokens_are_fetched_shown_and_taken_once(
    server: InnerServer, tmp_path: Path
) -> None:
    code, file = await token_code(server), tmp_path / "tokens"
    (key,) = server.trusted()
    common = ("--server", server.url, "--out", file, "--now", NOW, "--json")
    first = await ran("fetch", *common, "--code", code.display(), "--public-key", key.public.hex())
    assert (first.returncode, first.stderr) == (0, "")
    days = [f"2021-07-{5 + ahead:02}" for ahead in range(7)]
    shown = {"scope": SCOPE, "tokens": days, "pending": [], "used": []}
    assert json.loads(first.stdout) == shown
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert json.loads((await ran("fetch", *common)).stdout) == shown
    token = take_token(file, scope=SCOPE, now=NOW)
    assert await spent(server, token) is None
    after = await ran("show", "--out", file, "--json")
    assert json.loads(after.stdout) == {**shown, "tokens": days[1:], "used": days[:1]}
    with pytest.raises(ExpiredError):
        take_token(file, scope=SCOPE, now=NOW)
    told = (await ran("show", "--out", file)).stdout
    assert "6" in told
    assert f"to another file: {days[0]}" in told


@pytest.mark.spec("TERMINAL-52")
async def test_at_the_terminal_another_code_takes_the_place_of_a_refused_one_and_of_no_other(
    server: InnerServer, tmp_path: Path
) -> None:
    wrong, file = UploadCode.generate(rand=random_from_os), tmp_path / "tokens"
    (key,) = server.trusted()
    common = ("fetch", "--server", server.url, "--out", file, "--now", NOW, "--json")
    done = await ran(*common, "--code", wrong.display(), "--public-key", key.public.hex())
    assert "unknown-code" in done.stderr
    done = await ran(*common, "--code", (await token_code(server)).display())
    assert (done.returncode, len(json.loads(done.stdout)["tokens"])) == (0, 7)
    before = file.read_bytes()
    done = await ran(*common, "--code", (await token_code(server)).display())
    assert (done.returncode, done.stdout) == (2, "")
    assert "another code, for which tokens have come" in done.stderr
    assert file.read_bytes() == before


@pytest.mark.spec("TERMINAL-52", "TERMINAL-1", "TERMINAL-3")
async def test_at_the_terminal_what_is_wrong_is_one_line_without_the_code(
    server: InnerServer, tmp_path: Path
) -> None:
    code, file = UploadCode.generate(rand=random_from_os), tmp_path / "tokens"
    (key,) = server.trusted()
    common = ("fetch", "--server", server.url, "--out", file, "--now", NOW)
    told = (*common, "--code", code.display(), "--public-key", key.public.hex())
    for arguments, word in (
        (common, "--public-key"),
        (told, "unknown-code"),
        ((*common, "--scope", "objections"), "another scope"),
    ):
        done = await ran(*arguments)
        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
        assert word in done.stderr
        assert code.display() not in done.stderr
        assert code.digits() not in done.stderr
    assert TokenFile.read(file).book.pending != ()
    file.chmod(0o644)
    with pytest.raises(PolicyError):
        take_token(file, scope=SCOPE, now=NOW)


@pytest.mark.spec("TOKENS-18")
async def test_codes_for_tokens_are_issued_at_the_terminal_of_the_server(tmp_path: Path) -> None:
    for declarations in (True, False):
        config = Config(declarations=declarations)
        folder = tmp_path / str(declarations)
        async with in_process(folder, clock=SystemClock(), config=config) as server:
            arguments = ("codes", "issue", "--tokens", "--json", "--data", str(server.data.path))
            status, output, errors = await run_program(*arguments)
            assert status == (0 if declarations else 2), errors
            if declarations:
                UploadCode.parse(json.loads(output)["codes"][0]["code"])


@pytest.mark.spec("TOKENS-18", "OPERATOR-PAGE-11")
async def test_codes_for_tokens_are_issued_on_the_page(server: InnerServer) -> None:
    person = await signed_in(server)
    assert 'value="tokens"' in (await person.get("issue")).text
    answer = await person.post("issue", count="2", kind="tokens")
    codes = codes_in(answer.text)
    assert len(codes) == 2
    keys = await token_keys(server)
    book = TokenBook(scope=SCOPE).prepared(keys, rand=random_from_os)
    async with DeclarationsClient(server.url, view=server.view()) as client:
        assert len((await client.ask_tokens(book, UploadCode.parse(codes[0]))).tokens) == 7
