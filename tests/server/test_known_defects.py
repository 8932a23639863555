"""Defects that were found in other key servers, at their edges; each test is named after one.

They are Google's key server and verification server, the DP-3T backend and the German server.
"""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import event, func, select

from dp3t import Day, UploadCode, day_of, random_from_os, release_after
from dp3t_server.clock import SimulatedClock
from dp3t_server.config import Config
from dp3t_server.counters import Counted
from dp3t_server.tables import pending_keys
from key_server import NOW, InnerServer, in_process, lowcost_record, upload_of

EXAMPLE = Path(__file__).parents[2] / "server" / "example.toml"
CHAFF = {"X-Chaff": "1", "cwa-fake": "1", "X-Fake": "true"}


@contextmanager
def failing(server: InnerServer, *, at: int) -> Iterator[None]:
    """Let the n-th statement from now on fail, or the commit in its place."""
    engine, left = server.parts.store.database.engine.sync_engine, at

    def fail(*_: object) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            raise OSError("injected")

    names = ("before_cursor_execute", "commit")
    for name in names:
        event.listen(engine, name, fail)
    try:
        yield
    finally:
        for name in names:
            event.remove(engine, name, fail)


async def stored(server: InnerServer) -> tuple[int, int]:
    """Return how many records wait, and how many uploads are counted."""
    async with server.parts.store.reading() as transaction:
        counts = await transaction.counters.between(day_of(NOW), Day(day_of(NOW) + 1))
    async with server.parts.store.database.reading() as connection:
        waiting = await connection.execute(select(func.count()).select_from(pending_keys))
    return waiting.scalar_one(), counts.get((day_of(NOW), Counted.UPLOADS_ACCEPTED), 0)


@pytest.mark.spec("SERVER-6")
async def test_a_failing_database_is_not_called_a_bad_request(server: InnerServer) -> None:
    """The key server of Google answers 400, and phones give up a report that was right."""
    body = upload_of(await server.code(), lowcost_record())
    for statement in range(1, 6):
        with failing(server, at=statement):
            status, answer = await server.ask("POST", "/v1/reports", body)
        assert (status, answer["error"]["code"]) == (503, "unavailable")
    assert await server.send(body) == "accepted"


@pytest.mark.spec("OPERATING-16", "SERVER-11")
async def test_statistics_are_not_written_after_the_commit_where_they_can_be_lost(
    server: InnerServer,
) -> None:
    """Whatever fails while a report is accepted, it is stored and counted, or neither."""
    body = upload_of(await server.code(), lowcost_record())
    for statement in range(1, 30):
        with failing(server, at=statement):
            status, _ = await server.ask("POST", "/v1/reports", body)
        if status == 200:
            break
        assert await stored(server) == (0, 0)
    assert status == 200
    assert statement > 9
    assert await stored(server) == (1, 1)


def test_no_two_settings_share_a_name() -> None:
    """Two settings of Google's server read one variable, each with another default."""
    lines = EXAMPLE.read_text(encoding="utf-8").splitlines()
    names = [line.partition(" = ")[0] for line in lines if " = " in line and line[0] != "#"]
    assert sorted(names) == sorted(set(names)) == sorted(Config.model_fields)


def test_no_variable_of_the_environment_changes_a_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    before = Config()
    for name in Config.model_fields:
        for prefix in ("", "DP3T_", "dp3t_server_"):
            monkeypatch.setenv((prefix + name).upper(), "1")
            monkeypatch.setenv(prefix + name, "1")
    assert Config() == Config.from_toml("") == before


@pytest.mark.spec("OPERATING-4")
def test_limits_are_not_off_by_default() -> None:
    """The verification server's limiter does nothing unless it is configured."""
    config = Config()
    assert min(config.reads_per_minute, config.reports_per_minute) > 0
    assert min(config.disclosures_per_minute, config.wrong_tokens_per_minute) > 0


@pytest.mark.spec("OPERATING-10", "SERVER-9")
async def test_no_header_makes_an_upload_a_dummy(tmp_path: Path) -> None:
    """A header that says so is in clear for the operator and the CDN, and skipped the limiter."""
    limited = Config(reports_per_minute=3)
    async with in_process(tmp_path, config=limited) as server:
        record = lowcost_record()
        body = upload_of(await server.code(), record)
        found = []
        for headers in (CHAFF, {}, CHAFF, CHAFF, {}):
            async with server.session.post(
                server.url + "/v1/reports", data=body, headers=headers
            ) as response:
                found.append((response.status, len(await response.read())))
        assert found[:3] == [(200, 256)] * 3
        assert [status for status, _ in found[3:]] == [429, 429]
        await server.move_to(release_after(NOW))
        assert await server.published() == [record]


@pytest.mark.spec("OPERATING-1")
async def test_the_time_of_a_dummy_does_not_depend_on_what_came_before(tmp_path: Path) -> None:
    """The German server delays a dummy around the mean of the last ten real requests.

    After ten slow reports, and without any, a dummy is answered at the same moment.
    """

    def slow(*_: object) -> None:
        time.sleep(0.05)  # in the database's own thread

    async def answered_after(server: InnerServer) -> float:
        dummy = upload_of(UploadCode.generate(rand=random_from_os), lowcost_record())
        began = time.perf_counter()
        assert await server.send(dummy) == "unknown-code"
        return time.perf_counter() - began

    async with in_process(tmp_path, config=Config(answer_milliseconds=300)) as server:
        before = await answered_after(server)
        codes = await server.codes(10)
        engine = server.parts.store.database.engine.sync_engine
        event.listen(engine, "commit", slow)
        try:
            await asyncio.gather(*(server.upload(code, lowcost_record()) for code in codes))
        finally:
            event.remove(engine, "commit", slow)
        after = await answered_after(server)
    assert 0.29 < before < 0.59
    assert 0.29 < after < 0.59


@pytest.mark.spec("SERVER-1", "SERVER-3")
async def test_a_tag_does_not_change_while_nothing_is_published(tmp_path: Path) -> None:
    """The DP-3T backend signed each answer anew, and had to give up its tags for that."""
    tags = set()
    clock = SimulatedClock(NOW)
    for _ in range(2):  # the second after a restart
        async with in_process(tmp_path, clock=clock) as server:
            for _ in range(2):
                async with server.session.get(server.url + "/v1/index") as response:
                    tags.add(response.headers["ETag"])
    assert len(tags) == 1


@pytest.mark.spec("OPERATING-12")
async def test_nobody_can_ask_for_the_state_of_a_code(server: InnerServer) -> None:
    """A route of the verification server tells whether a patient has used a code."""
    spent, unspent = await server.codes(2)
    assert await server.upload(spent, lowcost_record()) == "accepted"
    answers = [
        await server.ask("POST", "/v1/operator/revocations", {"code": code.display()})
        for code in (spent, unspent, UploadCode.generate(rand=random_from_os))
    ]
    assert answers[0] == answers[1] == answers[2]
    for path in ("checkcodestatus", "codes", f"codes/{spent.digits()}"):
        assert (await server.ask("GET", f"/v1/operator/{path}"))[0] in (404, 405)
