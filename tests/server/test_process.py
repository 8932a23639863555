"""The program as a process: how it starts, what it logs, how it stops."""

import asyncio
import base64
import io
import json
import logging
import signal
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, redirect_stderr
from pathlib import Path

import pytest

from dp3t import Instant, UploadCode, random_from_os, release_after
from dp3t.proximity import DESIGN_NAMES
from dp3t.publication import ANSWER_BYTES, UPLOAD_SIZES, check_answer
from dp3t_server import logs
from dp3t_server.__main__ import main
from dp3t_server.app import application
from dp3t_server.app_keys import PARTS
from dp3t_server.clock import SimulatedClock
from dp3t_server.config import Config
from dp3t_server.parts import DataDirectory
from dp3t_server.schedule import Schedule
from dp3t_server.transport import listening
from key_server import (
    NOW,
    SLOT,
    gaen_record,
    in_its_own_process,
    in_process,
    keys_of,
    lowcost_record,
    run_program,
    upload_of,
)

SIMULATED = ("--simulated-clock", str(NOW))


async def test_without_any_configuration_it_starts_publishes_and_stops(tmp_path: Path) -> None:
    """The system's clock, an empty folder: one line of JSON says how to use it."""
    async with in_its_own_process(tmp_path, anew=True) as server:
        (key,) = server.trusted()
        assert server.ready == {
            "listening": server.url,
            "public_key": key.public.hex(),
            "keys": [
                {
                    "key_id": key.key_id.hex(),
                    "public": key.public.hex(),
                    "valid_from": key.valid_from,
                    "valid_until": key.valid_until,
                }
            ],
            "log_key": (await server.index()).log_key,
            "region": "VN",
            "designs": list(DESIGN_NAMES),
            "clock": "system",
            "operator_token_file": str(server.data.token),
        }
        now = Instant(int(time.time()))
        code = await server.code()
        assert await server.upload(code, lowcost_record(now), lowcost_record(now)) == "accepted"
        assert server.process.stdout is not None
        assert await server.stop() == 0
        assert await server.process.stdout.read() == b""


@pytest.mark.spec("SERVER-20")
async def test_the_log_tells_on_nobody(tmp_path: Path) -> None:
    """Everything that can go wrong goes wrong; the log holds no address, code, key or token."""
    log = tmp_path / "log"
    async with in_its_own_process(tmp_path, *SIMULATED, log=log, anew=True) as server:
        good, spent, unspent = await server.codes(3)
        unknown = UploadCode.generate(rand=random_from_os)
        records = [lowcost_record(), gaen_record(), lowcost_record(days_ago=30)]
        await server.upload(spent, records[0])
        for code, record in ((good, records[1]), (spent, records[1]), (unknown, records[0])):
            await server.upload(code, record)
        await server.upload(unspent, records[2])
        await server.ask("POST", "/v1/reports", b"x" * UPLOAD_SIZES[0])
        await server.ask("POST", "/v1/operator/codes", {"count": 1}, token="guessed-token")
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", int(server.url.rpartition(":")[2])
        )
        writer.write(b"nonsense\r\n\r\n")
        await reader.read()
        writer.close()
        await writer.wait_closed()
        await server.move_to(NOW + SLOT)
        secret = json.loads(server.data.secrets.read_text())
        server.data.secrets.rename(server.data.secrets.with_name("away"))
        assert (await server.ask("POST", "/v1/operator/publish"))[0] == 503
        token = server.data.token.read_text().strip()
        await server.stop()
    text = log.read_text()
    lines = [json.loads(line) for line in text.splitlines()]
    assert {"started", "issued codes", "stopping", "stopped"} <= {line["event"] for line in lines}
    assert all({"time", "level", "event"} <= set(line) for line in lines)
    hidden = ["127.0.0.1", token, "guessed-token", secret["code_digest_key"]]
    digest_key = bytes.fromhex(secret["code_digest_key"])
    for code in (good, spent, unspent, unknown):
        hidden += [code.digits(), code.display(), code.digest(digest_key).hex()]
    for record in records:
        hidden += [record.key.hex(), str(record.key), base64.b64encode(record.key).decode()]
    assert [each for each in hidden if each in text] == []


@contextmanager
def logging_as_the_program_does() -> Iterator[io.StringIO]:
    """Start the log; yield what it writes; leave every logger as it was."""
    root, ours = logging.getLogger(), logging.getLogger("dp3t_server")
    handlers, levels = root.handlers[:], (root.level, ours.level)
    shows_failures = logging.raiseExceptions
    with redirect_stderr(io.StringIO()) as written:
        logs.start()
        try:
            yield written
        finally:
            root.handlers[:] = handlers
            logging.raiseExceptions = shows_failures
            for logger, level in zip((root, ours), levels, strict=True):
                logger.setLevel(level)


@pytest.mark.spec("SERVER-20")
@pytest.mark.parametrize("name", ["aiohttp.server", "aiohttp.access", "sqlalchemy.engine"])
def test_what_another_logger_says_does_not_reach_the_log(name: str) -> None:
    """An address and a code in the text, in its arguments, or in an error's message."""
    address, code = "203.0.113.77", UploadCode.generate(rand=random_from_os).display()
    logger = logging.getLogger(name)
    with logging_as_the_program_does() as written:
        logger.warning(f"{address} sent {code}")
        logger.warning("%s sent %s", address, code)
        logger.warning("%(peer)s sent %(code)s", {"peer": address, "code": code})
        try:
            raise ConnectionError(f"{address} {code}")
        except ConnectionError:
            logger.exception("request from %s", address)
    text = written.getvalue()
    lines = [json.loads(line) for line in text.splitlines()]
    assert [line["event"] for line in lines] == [f"message of {name}"] * 4
    assert lines[3]["error"] == "ConnectionError"
    assert address not in text
    assert code not in text


@pytest.mark.spec("SERVER-20")
async def test_what_the_event_loop_says_of_a_broken_connection_does_not_reach_the_log() -> None:
    address = "203.0.113.77"
    with logging_as_the_program_does() as written:
        asyncio.get_running_loop().call_exception_handler(
            {
                "message": f"connection of {address} broke",
                "exception": ConnectionError(address),
                "transport": f"<transport peername=('{address}', 4711)>",
            }
        )
    text = written.getvalue()
    assert json.loads(text)["event"] == "message of asyncio"
    assert json.loads(text)["error"] == "ConnectionError"
    assert address not in text


@pytest.mark.spec("SERVER-20")
def test_a_line_that_cannot_be_written_is_not_written_in_another_form() -> None:
    """Python's logging would print the message and its arguments instead."""
    with logging_as_the_program_does() as written:
        unwritable = {"dp3t_fields": {"peer": object()}}
        logging.getLogger("aiohttp.server").warning("%s left", "203.0.113.77", extra=unwritable)
    assert written.getvalue() == ""


async def test_a_simulated_clock_is_announced_loudly(tmp_path: Path) -> None:
    log = tmp_path / "log"
    async with in_its_own_process(tmp_path, *SIMULATED, log=log) as server:
        await server.stop()
    warnings = [json.loads(line) for line in log.read_text().splitlines() if '"warning"' in line]
    assert [line["event"] for line in warnings] == [
        "THE CLOCK IS SIMULATED: for demonstrations and tests only"
    ]


@pytest.mark.spec("SERVER-35")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_told_to_stop_it_answers_what_it_has_begun(
    tmp_path: Path, number: signal.Signals
) -> None:
    """A report is half sent when the signal comes; its other half still gets an answer."""
    async with in_its_own_process(tmp_path, *SIMULATED, anew=True) as server:
        body = upload_of(await server.code(), record := lowcost_record())
        port = int(server.url.rpartition(":")[2])
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"POST /v1/reports HTTP/1.1\r\nHost: x\r\nContent-Length: 4096\r\n\r\n")
        writer.write(body[:2000])
        await writer.drain()
        await asyncio.sleep(0.2)
        server.process.send_signal(number)
        await _until_refused(port)
        writer.write(body[2000:])
        head = await reader.readuntil(b"\r\n\r\n")
        answer = await reader.readexactly(ANSWER_BYTES)
        writer.close()
        await writer.wait_closed()
        assert b" 200 " in head
        check_answer(answer)
        assert await server.process.wait() == 0
    async with in_process(tmp_path, clock=SimulatedClock(Instant(NOW + SLOT))) as again:
        assert await again.published() == [record]


async def _until_refused(port: int) -> None:
    """Return once nobody listens on a port any more."""
    for _ in range(100):
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            return
        writer.close()
        await asyncio.sleep(0.05)
    raise AssertionError("it still listens")


@pytest.mark.spec("SERVER-35", "SERVER-23")
async def test_stopping_under_load_loses_no_acknowledged_report(tmp_path: Path) -> None:
    async with in_its_own_process(tmp_path, *SIMULATED) as server:
        codes = await server.codes(60)
        records = [lowcost_record() for _ in codes]
        uploads = [
            asyncio.create_task(server.upload(code, record))
            for code, record in zip(codes, records, strict=True)
        ]
        await asyncio.wait(uploads, return_when=asyncio.FIRST_COMPLETED)
        server.process.terminate()
        outcomes = await asyncio.gather(*uploads, return_exceptions=True)
        assert await server.process.wait() == 0
    accepted = [r for r, outcome in zip(records, outcomes, strict=True) if outcome == "accepted"]
    assert accepted
    # However a connection ends, its upload was not acknowledged; but none may be refused.
    assert all(o == "accepted" or isinstance(o, Exception) for o in outcomes)
    async with in_process(tmp_path, clock=SimulatedClock(Instant(NOW + SLOT))) as again:
        assert set(keys_of(accepted)) <= set(keys_of(await again.published()))


@pytest.mark.spec("SERVER-34", "SERVER-36", "SERVER-32", "SERVER-33")
def test_what_keeps_it_from_starting_is_one_line_and_status_2(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refused(fault: str, *arguments: str) -> None:
        words = ["dp3t-server", "run", "--port", "0", "--data", str(tmp_path / "data")]
        monkeypatch.setattr("sys.argv", [*words, *arguments])
        with pytest.raises(SystemExit) as exit_:
            main()
        output, errors = capsys.readouterr()
        assert (exit_.value.code, output, errors.count("\n")) == (2, "", 1)
        assert errors.startswith("dp3t-server: ")
        assert fault in errors

    monkeypatch.setattr("dp3t_server.logs.start", lambda: None)
    settings = tmp_path / "server.toml"
    settings.write_text("retention = 3\n")
    refused("retention", "--config", str(settings))
    refused("host", "--host", "")
    refused("No such file", "--config", str(tmp_path / "none.toml"))
    refused("--what", "--what")
    refused("65535", "--port", "70000")
    refused("Unix seconds", "--simulated-clock", "-1")
    asyncio.run(_start_once(tmp_path))
    keys, database = tmp_path / "data" / "keys.json", tmp_path / "data" / "server.sqlite3"
    keys.chmod(0o644)
    refused("others can read")
    keys.unlink()
    refused("restore the file")
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    refused("newer")
    database.write_bytes(b"garbage" * 1000)
    refused("not a database")


async def _start_once(folder: Path) -> None:
    async with in_process(folder):
        pass


async def test_a_port_that_is_taken_is_one_line_and_status_2(tmp_path: Path) -> None:
    async with in_process(tmp_path) as server:
        port = server.url.rpartition(":")[2]
        status, output, errors = await run_program(
            "run", "--data", str(tmp_path / "other"), "--port", port
        )
    assert (status, output) == (2, "")
    assert "dp3t-server: " in errors.strip().splitlines()[-1]
    assert "Traceback" not in errors


@pytest.mark.spec("SERVER-21")
async def test_the_task_in_the_background_publishes_when_a_release_comes(tmp_path: Path) -> None:
    """A clock that runs like the system's, half a second before a release."""

    class RunningClock:
        name = "system"

        def __init__(self) -> None:
            self._began = time.monotonic()

        def now(self) -> Instant:
            return Instant(int(release_after(NOW) - 0.5 + time.monotonic() - self._began))

    data, config = DataDirectory(tmp_path / "data"), Config()
    app = application(config, data, RunningClock())
    async with listening(app, config, host="127.0.0.1", port=0):
        for _ in range(100):
            async with app[PARTS].store.reading() as transaction:
                issued = await transaction.index.issued()
            if issued == release_after(NOW):
                break
            await asyncio.sleep(0.05)
    assert issued == release_after(NOW)


@pytest.mark.spec("SERVER-35", "SERVER-21")
async def test_told_to_stop_while_it_publishes_it_ends_and_has_published(tmp_path: Path) -> None:
    """Wherever in a publication that is."""
    clock = SimulatedClock(NOW)
    async with in_process(tmp_path, clock=clock) as server:
        for step in range(40):
            clock.move_to(Instant(release_after(clock.now())))
            schedule = Schedule(server.parts.publisher, clock)
            task = asyncio.create_task(schedule.run())
            await asyncio.sleep(step / 1000)
            schedule.stop()
            await asyncio.wait_for(task, timeout=20)
            assert schedule.failures == 0
            assert step == 0 or (await server.index()).issued == clock.now()


async def test_the_address_is_written_as_a_url_also_for_ipv6(tmp_path: Path) -> None:
    data, config = DataDirectory(tmp_path / "data"), Config()
    try:
        async with listening(
            application(config, data, SimulatedClock(NOW)), config, host="::1", port=0
        ) as url:
            assert url.startswith("http://[::1]:")
    except OSError:
        pytest.skip("this machine has no IPv6 loopback")
