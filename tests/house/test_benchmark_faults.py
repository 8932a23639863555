"""The benchmark of faults: nothing is lost in a short run, and the checker sees what would be."""

import errno
import json
import random
import subprocess
import sys
import time
from pathlib import Path
from typing import Any
from unittest.mock import ANY

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from benchmarks.faults import __main__ as program
from benchmarks.faults.accounts import Answer, Published, Sent, settle
from benchmarks.faults.auditor import FINDINGS, Auditor
from benchmarks.faults.disks import Device, Limit
from benchmarks.faults.log_reading import LogReader
from benchmarks.faults.machines import Machine
from benchmarks.faults.phones import Phones
from benchmarks.faults.processes import read_clock, set_clock
from benchmarks.faults.running import STOPPED, Plan, Result
from benchmarks.faults.selfcheck import SENT, check
from benchmarks.server.cluster import NoPostgresqlError
from dp3t import Instant, UploadCode, random_from_os
from dp3t.publication import KeyRecord, Upload
from project import ROOT

Document = dict[str, Any]
ACCOUNTS = ("missing", "twice", "altered", "half", "unwanted", "unsent")


def run(*arguments: str) -> Document:
    """Return what a short run prints: one JSON document and nothing else."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.faults", "--json", "--no-devices", *arguments],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
    )
    if done.returncode == 2:
        pytest.skip(done.stderr.splitlines()[-1])
    assert done.returncode in (0, 1), done.stderr
    document: Document = json.loads(done.stdout)
    return document


def require_held(document: Document, *, rounds: int) -> None:
    assert document["messages"] == []
    assert list(document["violations"]) == [*ACCOUNTS, *FINDINGS, "status 500", STOPPED]
    assert not any(document["violations"].values())
    assert document["held"]
    assert document["rounds"] == sum(document["rounds_by_kind"].values()) == rounds
    assert document["kills"] == sum(document["kills_by_moment"].values()) >= rounds
    accounts, seen = document["accounts"], document["seen"]
    assert accounts["acknowledged"] >= rounds
    assert accounts["published"] >= accounts["acknowledged"]
    assert seen["batches in the log"] == accounts["batches"] <= seen["batches fetched"]
    assert accounts["sent"] == sum(accounts[state] for state in ("acknowledged", "open", "refused"))


@pytest.mark.spec("SERVER-4", "SERVER-11", "SERVER-22", "SERVER-23")
def test_whatever_befalls_a_server_on_sqlite_nothing_is_lost_or_doubled() -> None:
    document = run("--rounds", "6", "--seed", "2")
    kinds = {"killed", "publisher beside", "stalled", "disk full", "clock jumping"}
    assert set(document["rounds_by_kind"]) == kinds
    require_held(document, rounds=6)


@pytest.mark.spec("SERVER-4", "SERVER-11", "SERVER-22", "SERVER-23")
def test_whatever_befalls_two_servers_on_postgresql_nothing_is_lost_or_doubled() -> None:
    pytest.importorskip("asyncpg")
    require_held(run("--rounds", "4", "--seed", "1", "--database", "postgresql"), rounds=4)


async def test_every_kind_of_fault_is_seen() -> None:
    mutations = await check()
    assert all(each.seen for each in mutations), mutations
    assert {each.expected for each in mutations} == {*ACCOUNTS, *FINDINGS}


async def test_a_blind_checker_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each of these takes away the eyes for some kinds of fault, and no other."""

    async def accept(*_: object) -> None:
        pass

    blind = {
        "batch vanished": (Auditor, "_compare", lambda *_: None),
        "log inconsistent": (LogReader, "count_again", accept),
    }
    for name, (owner, method, nothing) in blind.items():
        with monkeypatch.context() as patch:
            patch.setattr(owner, method, nothing)
            unseen = {each.expected for each in await check() if not each.seen}
        assert name in unseen


async def test_a_batch_beside_the_log_is_seen_by_either_of_two_ways(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """By the proof that a phone asks for, and in the log that was read as a whole."""

    async def accept(*_: object) -> None:
        pass

    async def seen() -> bool:
        return all(each.seen for each in await check() if each.expected == "not in the log")

    with monkeypatch.context() as patch:
        patch.setattr(LogReader, "require_logged", accept)
        assert await seen()
        patch.setattr(LogReader, "batches", lambda _: _Everything())
        assert not await seen()


class _Everything(dict[str, bytes]):
    """Holds whatever it is asked for."""

    def get(self, *_: object) -> Any:
        return ANY


@pytest.mark.parametrize("field", [*FINDINGS, "status 500", STOPPED])
def test_one_violation_is_enough_for_status_1(
    field: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    found = dict.fromkeys((*FINDINGS, "status 500", STOPPED), 0)

    async def pretend(plan: Plan, **_: object) -> Result:
        return Result(plan=plan, violations={**found}, messages=["so it was"])

    monkeypatch.setattr(program, "run", pretend)
    assert program.main(["--seed", "1"]) == 0
    found[field] = 1
    assert program.main(["--seed", "1"]) == 1
    assert "so it was" in capsys.readouterr().out


def test_without_postgresql_the_program_says_so_in_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async def refuse(_: Plan, **__: object) -> Result:
        raise NoPostgresqlError("PostgreSQL is not installed")

    monkeypatch.setattr(program, "run", refuse)
    assert program.main(["--database", "postgresql"]) == 2
    assert capsys.readouterr().err.endswith("faults: PostgreSQL is not installed\n")


def published(*records: KeyRecord, release: int = 7200) -> Published:
    return Published(design="lowcost", release=Instant(release), records=records)


def test_what_is_right_settles_without_violations() -> None:
    """One report waits for ever without an answer; whether it is published is nobody's fault."""
    first, second, refused, lost = SENT
    for batches in (
        [published(*first.records, *second.records)],
        [published(*first.records), published(*second.records, *lost.records, release=14400)],
    ):
        accounts = settle(SENT, batches, padded=False)
        assert not any(getattr(accounts, name) for name in ACCOUNTS)
        states = (accounts.acknowledged, accounts.open, accounts.refused)
        assert (accounts.sent, *states) == (4, 2, 1, 1)
    assert refused.is_refused
    assert lost.is_open


def test_padding_is_no_violation_where_batches_are_padded() -> None:
    stranger = KeyRecord((90,), bytes([9]) * 32)
    batches = [published(*SENT[0].records, *SENT[1].records, stranger)]
    for padded, padding, unsent in ((True, 1, 0), (False, 0, 1)):
        accounts = settle(SENT, batches, padded=padded)
        assert (accounts.padding, accounts.unsent) == (padding, unsent)


def test_a_key_of_two_reports_tells_of_neither() -> None:
    shared, own = (KeyRecord((90,), bytes([number]) * 32) for number in (1, 2))
    sent = [
        Sent(design="lowcost", records=(shared,), body=b"", answers=[Answer.ACCEPTED]),
        Sent(design="lowcost", records=(shared, own), body=b"", answers=[Answer.REFUSED]),
    ]
    accounts = settle(sent, [published(shared)], padded=False)
    assert (accounts.half, accounts.unwanted, accounts.missing) == (0, 0, 0)


@pytest.mark.parametrize(
    ("answers", "acknowledged", "refused", "open_"),
    [
        ([Answer.LOST], False, False, True),
        ([Answer.UNAVAILABLE, Answer.LOST], False, False, True),
        ([Answer.LOST, Answer.ACCEPTED], True, False, False),
        ([Answer.LOST, Answer.REFUSED], False, False, False),
        ([Answer.REFUSED], False, True, False),
    ],
)
def test_what_a_phone_knows_of_its_report(
    answers: list[Answer], acknowledged: bool, refused: bool, open_: bool
) -> None:
    sent = Sent(design="lowcost", records=(), body=b"", answers=answers)
    assert (sent.is_acknowledged, sent.is_refused, sent.is_open) == (acknowledged, refused, open_)


@pytest.mark.parametrize(
    ("status", "said", "answer", "mistakes"),
    [
        (200, {"accepted": True}, Answer.ACCEPTED, 0),
        (200, {"accepted": False, "refusal": "used-code"}, Answer.REFUSED, 0),
        (503, {}, Answer.UNAVAILABLE, 0),
        (500, {}, Answer.UNAVAILABLE, 1),
        (200, "half", Answer.LOST, 0),
    ],
)
async def test_what_a_phone_makes_of_an_answer(
    tmp_path: Path, status: int, said: object, answer: Answer, mistakes: int
) -> None:
    async def respond(request: web.Request) -> web.StreamResponse:
        if said != "half":
            return web.json_response(said, status=status)
        response = web.StreamResponse(headers={"Content-Length": "256"})
        await response.prepare(request)
        await response.write(b'{"accepted": true')
        assert request.transport is not None
        request.transport.abort()
        return response

    app = web.Application()
    app.add_routes([web.post("/v1/reports", respond)])
    async with TestServer(app) as server, aiohttp.ClientSession() as session:
        machine = Machine(
            folder=tmp_path,
            settings=tmp_path,
            log=tmp_path,
            session=session,
            url=str(server.make_url("")),
        )
        sent = Sent(design="lowcost", records=(), body=b"")
        await machine.upload(sent)
    assert sent.answers == [answer]
    assert machine.mistakes == mistakes
    assert machine.refusals == ({"used-code": 1} if answer is Answer.REFUSED else {})
    assert machine.uploading == 0


def test_phones_repeat_what_was_not_answered_and_nothing_else() -> None:
    phones, now = Phones(random.Random(1)), Instant(10**9)
    codes = [UploadCode.generate(rand=random_from_os) for _ in range(20)]
    first = phones.reports(codes, now=now)
    assert {Upload.decode(each.body).report.records for each in first} == {
        each.records for each in first
    }
    for place, each in enumerate(first):
        each.answers.append(Answer.LOST if place % 2 else Answer.ACCEPTED)
    again = [each for each in phones.reports([], now=now) if each in first]
    assert again
    assert all(each.answers == [Answer.LOST] for each in again)


def test_each_kind_of_round_comes_before_any_comes_twice() -> None:
    plan = Plan(database="sqlite", rounds=40, seed=1)
    kinds = plan.kinds(random.Random(1), without={"database restarted"})
    assert len(kinds) == 40
    assert len(set(kinds[:5])) == 5 == len(set(kinds))


def test_a_clock_in_a_file_jumps_and_goes_on(tmp_path: Path) -> None:
    clock = tmp_path / "clock"
    for moment in (0.0, 2e9, 1e9):
        set_clock(clock, moment)
        first = read_clock(clock)
        time.sleep(0.001)
        assert moment <= first < read_clock(clock) < moment + 60


WRITER = """
import sys
for line in sys.stdin:
    try:
        open(sys.argv[1], "ab").write(bytes(9000))
        print("written", flush=True)
    except OSError as error:
        print(error.errno, flush=True)
"""


def test_a_limit_stops_a_process_from_writing_and_lets_it_go_on(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, str(tmp_path / "file")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        limit = Limit(tmp_path)

        def write() -> str:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write("\n")
            process.stdin.flush()
            return process.stdout.readline().strip()

        assert write() == "written"
        limit.fill([process.pid], room_bytes=4096)
        assert write() == str(errno.EFBIG)
        limit.free([process.pid])
        assert write() == "written"
        assert process.stdin is not None
        process.stdin.close()


def test_a_device_is_filled_by_a_file_that_leaves_room(tmp_path: Path) -> None:
    """Not a device here: what counts is that the file goes when it is to."""
    (tmp_path / "filler").write_bytes(b"x")
    Device(tmp_path).free([])
    assert not (tmp_path / "filler").exists()
    Device(tmp_path).free([])
