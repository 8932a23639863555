"""Anonymous tokens at the server: who gets one, of what list, and what is kept of it."""

import asyncio
import hashlib
import hmac
from pathlib import Path

import pytest
from sqlalchemy import event

from databases import sqlite_only
from dp3t import Day, ExpiredError, Instant, UnauthorizedError, UploadCode, random_from_os
from dp3t.primitives import BLIND_RSA_BYTES
from dp3t.publication import (
    TOKEN_ANSWER_BYTES,
    TOKEN_DAYS,
    TOKEN_REQUEST_BYTES,
    BlindedDay,
    IssueRefusal,
    TokenRequest,
)
from dp3t_server.config import Config
from key_server import DAY, NOW, InnerServer, in_process, lowcost_record
from server_tokens import (
    DECLARATIONS_ON,
    SCOPE,
    TODAY,
    ask_for,
    asking,
    begun,
    finished,
    send_request,
    stored,
    token_code,
    token_codes,
    token_keys,
)
from server_traces import box, rows, send_box

SERVER_CONFIG = DECLARATIONS_ON


async def body_of(server: InnerServer, code: UploadCode) -> bytes:
    """Return a request for all seven days."""
    return asking(code, begun((await token_keys(server)).keys)).encode()


@pytest.mark.spec("TOKENS-9", "TOKENS-5", "TOKENS-17")
async def test_a_code_gives_one_token_of_each_day_and_the_same_again(server: InnerServer) -> None:
    keys = await token_keys(server)
    code, pending = await token_code(server), begun(keys.keys)
    first = await ask_for(server, code, pending)
    made = [finished(*each) for each in zip(pending, first, strict=True)]
    for token in made:
        token.verify(keys.key(SCOPE, token.day))
    assert [token.day for token in made] == [TODAY + ahead for ahead in range(TOKEN_DAYS)]
    assert await ask_for(server, code, pending) == first
    assert await ask_for(server, code, pending[3:4]) == first[3:4]
    assert await ask_for(server, code, begun(keys.keys)) == (IssueRefusal.ISSUED,) * TOKEN_DAYS
    another = await ask_for(server, await token_code(server), begun(keys.keys))
    assert all(isinstance(each, bytes) for each in another)


@pytest.mark.spec("TOKENS-9")
async def test_days_that_were_issued_keep_no_other_day_from_being_issued(
    server: InnerServer,
) -> None:
    keys = await token_keys(server)
    code = await token_code(server)
    await ask_for(server, code, begun(keys.keys[2:4]))
    answer = await ask_for(server, code, begun(keys.keys))
    assert [each == IssueRefusal.ISSUED for each in answer] == [day in (2, 3) for day in range(7)]


@pytest.mark.spec("TOKENS-9")
async def test_of_many_requests_at_once_under_one_code_one_is_signed(
    tmp_path: Path, database: str
) -> None:
    """Negative: different blinded messages of one day, on one server or on two of one database."""
    config = Config(declarations=True, database=database)
    async with in_process(tmp_path / "one", config=config) as one:
        servers = [one]
        if database:
            other = tmp_path / "two" / "data"
            other.mkdir(parents=True, mode=0o700)
            for name in ("keys.json", "operator-token"):
                (other / name).write_bytes((one.data.path / name).read_bytes())
                (other / name).chmod(0o600)
        async with in_process(tmp_path / "two", config=config) as two:
            servers = [one, two] if database else [one]
            code, (key, *_) = await token_code(one), (await token_keys(one)).keys
            tries = begun([key] * 6)
            outcomes = await asyncio.gather(
                *(
                    ask_for(servers[at % len(servers)], code, [each])
                    for at, each in enumerate(tries)
                )
            )
            signed = [place for place, (each,) in enumerate(outcomes) if isinstance(each, bytes)]
            assert len(signed) == 1
            finished(tries[signed[0]], outcomes[signed[0]][0]).verify(key)
            assert {each for (each,) in outcomes if isinstance(each, str)} == {"issued"}
            if database:
                assert await token_keys(two) == await token_keys(one)
                again = await ask_for(two, code, [tries[signed[0]]])
                assert again == outcomes[signed[0]]


@pytest.mark.spec("TOKENS-17", "TOKENS-18", "SERVER-9")
async def test_answers_differ_in_nothing_but_their_content(server: InnerServer) -> None:
    good, report = await token_code(server), await server.code()
    unknown = UploadCode.generate(rand=random_from_os)
    once = await body_of(server, good)
    shapes, refusals = set(), []
    for body in (
        once,
        once,
        *[await body_of(server, code) for code in (good, report, unknown)],
    ):
        async with server.session.post(server.url + "/v1/tokens", data=body) as response:
            data = await response.read()
            lengths = tuple((key, len(value)) for key, value in response.headers.items())
            shapes.add((response.status, len(data), lengths))
            refusals.append(b"unknown-code" in data)
    ((status, length, _),) = shapes
    assert (status, length) == (200, TOKEN_ANSWER_BYTES)
    assert refusals == [False] * 3 + [True] * 2


@pytest.mark.spec("TOKENS-16", "TOKENS-6")
async def test_a_body_that_is_no_request_is_refused_and_nothing_is_kept(
    server: InnerServer,
) -> None:
    """Negative: wrong lengths, and numbers that no honest blinding gives."""
    code, (key, *_) = await token_code(server), (await token_keys(server)).keys
    modulus = int.from_bytes(key.modulus, "big")
    numbers = (0, 1, modulus - 1, modulus, modulus + 1)
    wrong = [
        TokenRequest(
            code=code,
            scope=SCOPE,
            wanted=(BlindedDay(key.day, number.to_bytes(BLIND_RSA_BYTES, "big")),),
        ).encode()
        for number in numbers
    ]
    for body, fault in (
        (b"", "malformed"),
        (bytes(TOKEN_REQUEST_BYTES), "malformed"),
        (bytes(TOKEN_REQUEST_BYTES - 1), "malformed"),
        (bytes(TOKEN_REQUEST_BYTES + 1), "too-large"),
        *((each, "malformed") for each in wrong),
    ):
        status, answer = await server.ask("POST", "/v1/tokens", body)
        assert (status, answer["error"]["code"]) == (400 if fault == "malformed" else 413, fault)
    assert await rows(server, "token_issues") == []


@pytest.mark.spec("TOKENS-16")
async def test_ten_megabytes_are_refused_before_they_are_sent(server: InnerServer) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", int(server.url.rpartition(":")[2]))
    writer.write(b"POST /v1/tokens HTTP/1.1\r\nHost: a\r\nContent-Length: 10000000\r\n\r\n")
    assert b" 413 " in await reader.readline()
    writer.close()
    await writer.wait_closed()


@pytest.mark.spec("TOKENS-17")
async def test_days_without_a_key_are_named_and_the_others_signed(server: InnerServer) -> None:
    keys = (await token_keys(server)).keys
    pending = begun(keys)
    moved = [
        pending[0],
        *begun([type(keys[0])(Day(keys[6].day + 1), SCOPE, keys[6].modulus)]),
    ]
    signed, missing = await ask_for(server, await token_code(server), moved)
    assert isinstance(signed, bytes)
    assert missing is IssueRefusal.NO_KEY
    other = begun([type(keys[0])(keys[0].day, "objections", keys[0].modulus)])
    assert await ask_for(server, await token_code(server), other) == (IssueRefusal.NO_KEY,)


@pytest.mark.spec("TOKENS-17", "TOKENS-20")
async def test_a_day_that_is_over_is_not_signed_though_its_key_is_still_there(
    server: InnerServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    pending = begun((await token_keys(server)).keys[:2])
    code = await token_code(server)
    monkeypatch.setattr(type(server.clock), "now", lambda _: Instant(NOW + DAY))
    old, today = await ask_for(server, code, pending)
    assert old is IssueRefusal.NO_KEY
    assert isinstance(today, bytes)


@pytest.mark.spec("TOKENS-18")
async def test_a_code_for_tokens_permits_nothing_else_and_no_other_code_tokens(
    tmp_path: Path,
) -> None:
    """Negative: each is to the other as unknown as one that nobody issued."""
    async with in_process(tmp_path, config=Config(declarations=True, presence=True)) as server:
        tokens, reporting = await token_code(server), await server.code()
        wanted = {"count": 1, "traces": True}
        _, answer = await server.ask("POST", "/v1/operator/codes", wanted)
        tracing = UploadCode.parse(answer["codes"][0]["code"])
        assert await server.upload(tokens, lowcost_record()) == "unknown-code"
        assert await send_box(server, tokens, box()) == "unknown-code"
        for code in (reporting, tracing):
            with pytest.raises(UnauthorizedError):
                await ask_for(server, code, begun((await token_keys(server)).keys))
        assert await rows(server, "token_issues") == []
        both = {"count": 1, "traces": True, "tokens": True}
        for body in (both, {"count": 1, "inactive": True, "tokens": True}):
            status, answer = await server.ask("POST", "/v1/operator/codes", body)
            assert (status, answer["error"]["code"]) == (409, "refused")
        activation = {"code": tokens.display(), "first_day": "2021-07-01"}
        status, _ = await server.ask("POST", "/v1/operator/activations", activation)
        assert status == 409


@pytest.mark.spec("TOKENS-18", "OPERATING-11")
async def test_a_code_lasts_for_its_days_and_can_be_revoked(tmp_path: Path) -> None:
    async with in_process(tmp_path, config=Config(declarations=True, token_code_days=2)) as server:
        code, revoked = await token_codes(server, 2)
        await server.ask("POST", "/v1/operator/revocations", {"code": revoked.display()})
        with pytest.raises(UnauthorizedError):
            await ask_for(server, revoked, begun((await token_keys(server)).keys))
        for days in (1, 2):
            now = Instant(NOW + days * DAY)
            await server.move_to(now)
            keys = (await token_keys(server, now=now)).keys
            (signed,) = await ask_for(server, code, begun(keys[:1]))
            assert isinstance(signed, bytes)
        now = Instant(NOW + 3 * DAY)
        await server.move_to(now)
        with pytest.raises(ExpiredError):
            await ask_for(server, code, begun((await token_keys(server, now=now)).keys))


@pytest.mark.spec("TOKENS-21", "TOKENS-18")
async def test_a_server_without_declarations_has_no_route_no_code_and_makes_no_key(
    tmp_path: Path,
) -> None:
    async with in_process(tmp_path) as server:
        for method, path in (("GET", "/v1/tokens/keys"), ("POST", "/v1/tokens")):
            status, answer = await server.ask(method, path, b"" if method == "POST" else None)
            assert (status, answer["error"]["code"]) == (404, "not-found")
        wanted = {"count": 1, "tokens": True}
        status, answer = await server.ask("POST", "/v1/operator/codes", wanted)
        assert (status, answer["error"]["code"]) == (409, "refused")
        for table in ("token_keys", "token_lists"):
            assert await rows(server, table) == []


@pytest.mark.spec("TOKENS-19")
async def test_of_a_signature_two_digests_and_a_day_are_stored(server: InnerServer) -> None:
    """Negative: no time, no order, no code, and nothing from which the token follows."""
    code, (asked, *_) = await token_code(server), begun((await token_keys(server)).keys)
    (answer,) = await ask_for(server, code, [asked])
    made = finished(asked, answer)
    key = server.parts.secrets.load().digest_key
    message = b"dp3t token issue 1" + f"{code.digits()} {SCOPE} {TODAY}".encode()
    digest = hmac.digest(key, message, "sha256")
    blinded = hashlib.sha256(asked.blinded).digest()
    assert await rows(server, "token_issues") == [(digest, blinded, TODAY + 1)]
    assert await rows(server, "spent_tokens") == []
    ((stored, _, used, binding, *_),) = await rows(server, "codes")
    assert (stored, used, binding) == (code.digest(key), 0, bytes(32))
    assert made.nullifier not in (digest, blinded)


@pytest.mark.spec("TOKENS-19", "SERVER-20")
@sqlite_only
async def test_neither_files_nor_logs_tell_code_or_message(
    server: InnerServer, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    code, pending = await token_code(server), begun((await token_keys(server)).keys)
    capfd.readouterr()
    caplog.clear()
    answers = await ask_for(server, code, pending)
    files = stored(server)
    shown = capfd.readouterr()
    said = (shown.out + shown.err + "".join(str(vars(each)) for each in caplog.records)).encode()
    hidden = [code.digits().encode(), code.display().encode(), b"127.0.0.1"]
    for asked, answer in zip(pending, answers, strict=True):
        made = finished(asked, answer)
        hidden += [asked.blinded[:32], made.nonce, made.prefix, made.signature[:32]]
        assert isinstance(answer, bytes)
        hidden.append(answer[:32])
    for each in hidden:
        assert each not in files
        assert each not in said
    assert b"issued" not in said


@pytest.mark.spec("TOKENS-18")
async def test_a_refusal_writes_nothing(server: InnerServer) -> None:
    said = list[str]()
    engine = server.parts.store.database.engine.sync_engine
    wrong = await server.code()
    request = await body_of(server, wrong)
    event.listen(engine, "before_cursor_execute", lambda *args: said.append(str(args[2])))
    await send_request(server, request)
    assert not [each for each in said if not each.startswith(("SELECT", "BEGIN"))]


@pytest.mark.spec("OPERATING-1", "TOKENS-17")
async def test_the_answer_leaves_at_its_moment(tmp_path: Path) -> None:
    step = 0.4
    config = Config(declarations=True, answer_milliseconds=int(1_000 * step))
    async with in_process(tmp_path, config=config) as server:
        good, unknown = await token_code(server), UploadCode.generate(rand=random_from_os)
        loop = asyncio.get_running_loop()
        for code in (good, unknown):
            request = await body_of(server, code)
            began = loop.time()
            await send_request(server, request)
            assert loop.time() - began >= step
