"""When answers leave: at multiples of a step, whatever they say, and not after the grace."""

import asyncio
import math
import time
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from sqlalchemy import event

from dp3t import MalformedError, UploadCode, random_from_os
from dp3t.proximity import DISCLOSURE_BYTES
from dp3t_server.app import application
from dp3t_server.app_keys import ADMISSION
from dp3t_server.clock import SimulatedClock
from dp3t_server.config import Config
from dp3t_server.pace import PACED, departure
from dp3t_server.parts import DataDirectory
from dp3t_server.transport import listening
from key_server import NOW, InnerServer, in_process, lowcost_record, upload_of

STEP = 0.4
PACED_CONFIG = Config(answer_milliseconds=400, max_concurrent_requests=4)


@pytest.mark.spec("OPERATING-1")
@pytest.mark.parametrize(
    ("ready", "leaves"),
    [(10.0, 10.5), (10.001, 10.5), (10.5, 10.5), (10.501, 11.0), (11.7, 12.0)],
)
def test_an_answer_departs_at_the_first_multiple_that_is_not_earlier(
    ready: float, leaves: float
) -> None:
    assert departure(10.0, ready, step_seconds=0.5) == pytest.approx(leaves)


async def steps_taken(server: InnerServer, path: str, body: bytes) -> tuple[int, float]:
    """Send a body; return the status, and after how many steps the answer came."""
    began = time.perf_counter()
    async with server.session.post(server.url + path, data=body) as response:
        await response.read()
    return response.status, (time.perf_counter() - began) / STEP


def is_just_after(steps: float, multiple: int) -> bool:
    return multiple <= steps + 0.01 and steps < multiple + 0.9


@pytest.mark.spec("OPERATING-1")
async def test_uploads_of_every_fate_are_answered_at_the_first_multiple(tmp_path: Path) -> None:
    async with in_process(tmp_path, config=PACED_CONFIG) as server:
        real = upload_of(await server.code(), lowcost_record())
        dummy = upload_of(UploadCode.generate(rand=random_from_os), lowcost_record())
        uploads = [
            ("/v1/reports", real, 200),
            ("/v1/reports", real, 200),
            ("/v1/reports", dummy, 200),
            ("/v1/reports", b"nonsense", 400),
            ("/v1/disclosures", bytes(DISCLOSURE_BYTES), 200),
            ("/v1/disclosures", b"nonsense", 400),
        ]
        for path, body, expected in uploads:
            status, steps = await steps_taken(server, path, body)
            assert status == expected
            assert is_just_after(steps, 1), (path, steps)


@pytest.mark.spec("OPERATING-1")
async def test_an_upload_that_is_slow_to_accept_is_answered_at_the_next_multiple(
    tmp_path: Path,
) -> None:
    def slow(*_: object) -> None:
        time.sleep(1.2 * STEP)  # in the database's own thread

    async with in_process(tmp_path, config=PACED_CONFIG) as server:
        body = upload_of(await server.code(), lowcost_record())
        engine = server.parts.store.database.engine.sync_engine
        event.listen(engine, "commit", slow)
        try:
            _, steps = await steps_taken(server, "/v1/reports", body)
        finally:
            event.remove(engine, "commit", slow)
        assert is_just_after(steps, 2), steps
        async with server.session.get(server.url + "/v1/index") as response:
            assert response.status == 200


@pytest.mark.spec("OPERATING-1")
async def test_the_time_in_which_the_body_comes_does_not_count(tmp_path: Path) -> None:
    """A body that takes most of a step is answered a whole step after its last byte."""
    async with in_process(tmp_path, config=PACED_CONFIG) as server:
        dummy = upload_of(UploadCode.generate(rand=random_from_os), lowcost_record())
        port = int(server.url.rpartition(":")[2])
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        head = f"POST /v1/reports HTTP/1.1\r\nHost: x\r\nContent-Length: {len(dummy)}\r\n\r\n"
        writer.write(head.encode() + dummy[:-1])
        await writer.drain()
        await asyncio.sleep(0.8 * STEP)
        began = time.perf_counter()
        writer.write(dummy[-1:])
        await reader.readuntil(b"\r\n\r\n")
        steps = (time.perf_counter() - began) / STEP
        writer.close()
        await writer.wait_closed()
    assert is_just_after(steps, 1), steps


@pytest.mark.spec("OPERATING-2")
async def test_answers_that_wait_keep_nobody_out(tmp_path: Path) -> None:
    """Three times as many uploads as may be worked on at once; none is `busy`."""
    few_at_a_time = Config(answer_milliseconds=1000, max_concurrent_requests=4)
    async with in_process(tmp_path, config=few_at_a_time) as server:
        began, sent = time.perf_counter(), list[asyncio.Task[str]]()
        for _ in range(12):
            body = upload_of(UploadCode.generate(rand=random_from_os), lowcost_record())
            sent.append(asyncio.create_task(server.send(body)))
            await asyncio.sleep(0.03)
        assert await asyncio.gather(*sent) == ["unknown-code"] * 12
        assert time.perf_counter() - began < 2.5


async def until_inside(app: web.Application) -> None:
    for _ in range(200):
        if app[ADMISSION].inside:
            return
        await asyncio.sleep(0.01)
    raise AssertionError("no request came")


@pytest.mark.spec("OPERATING-3")
async def test_an_answer_that_waits_is_sent_before_the_server_stops(tmp_path: Path) -> None:
    config = Config(answer_milliseconds=1000, shutdown_grace_seconds=2)
    app = application(config, DataDirectory(tmp_path / "data"), SimulatedClock(NOW))
    body = upload_of(UploadCode.generate(rand=random_from_os), lowcost_record())
    async with aiohttp.ClientSession() as session:
        async with listening(app, config, host="127.0.0.1", port=0) as url:
            upload = asyncio.create_task(session.post(url + "/v1/reports", data=body))
            await until_inside(app)
            began = time.perf_counter()
        assert 0.5 < time.perf_counter() - began < 1.5
        async with await upload as response:
            assert response.status == 200


@pytest.mark.spec("OPERATING-3")
async def test_a_request_that_does_not_end_is_not_waited_for_longer_than_the_grace(
    tmp_path: Path,
) -> None:
    async def endless(_: web.Request) -> web.Response:
        await asyncio.sleep(60)
        return web.Response()

    config = Config(shutdown_grace_seconds=1)
    app = application(config, DataDirectory(tmp_path / "data"), SimulatedClock(NOW))
    app.router.add_get("/endless", endless)
    async with aiohttp.ClientSession() as session:
        async with listening(app, config, host="127.0.0.1", port=0) as url:
            request = asyncio.create_task(session.get(url + "/endless"))
            await until_inside(app)
            began = time.perf_counter()
        assert 0.9 < time.perf_counter() - began < 2.2
        with pytest.raises(aiohttp.ClientError):
            await request


def test_the_step_is_not_longer_than_the_grace() -> None:
    assert Config(answer_milliseconds=1000, shutdown_grace_seconds=1).answer_milliseconds == 1000
    with pytest.raises(MalformedError, match="shutdown_grace_seconds"):
        Config.from_toml("answer_milliseconds = 1001\nshutdown_grace_seconds = 1")


def test_uploads_are_what_is_paced() -> None:
    """By default too: the setting that turns it off has to be written down."""
    uploads = {"/v1/reports", "/v1/disclosures", "/v1/traces", "/v1/tokens"}
    uploads |= {"/v1/symptoms/reports", "/v1/symptoms/help"}
    assert uploads | {"/v1/arrivals/declarations", "/v1/arrivals/withdrawals"} == PACED
    assert Config().answer_milliseconds == 500
    assert math.isclose(departure(0, 0.003, step_seconds=0.5), 0.5)
