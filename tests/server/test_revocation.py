"""Revoking a code: it becomes unknown unless it is spent, and the answer does not tell."""

import asyncio
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from dp3t import UploadCode, random_from_os
from dp3t_server.cli import app
from key_server import DAY, NOW, SLOT, InnerServer, in_process, lowcost_record

USELESS = {"usable": False}


async def revoke(server: InnerServer, code: UploadCode) -> None:
    answer = await server.ask("POST", "/v1/operator/revocations", {"code": code.display()})
    assert answer == (200, USELESS)


@pytest.mark.spec("OPERATING-11", "OPERATING-12")
async def test_a_code_that_is_not_spent_becomes_unknown(server: InnerServer) -> None:
    revoked, other = await server.codes(2)
    await revoke(server, revoked)
    assert await server.upload(revoked, lowcost_record()) == "unknown-code"
    assert await server.upload(other, lowcost_record()) == "accepted"


@pytest.mark.spec("OPERATING-11", "OPERATING-12")
async def test_a_spent_code_stays_spent_and_its_report_is_published(server: InnerServer) -> None:
    code, record = await server.code(), lowcost_record()
    assert await server.upload(code, record) == "accepted"
    for _ in range(2):
        await revoke(server, code)
    assert await server.upload(code, lowcost_record()) == "used-code"
    assert await server.upload(code, record) == "accepted"
    await server.move_to(NOW + SLOT)
    assert await server.published() == [record]


@pytest.mark.spec("OPERATING-12")
async def test_the_answer_is_the_same_for_a_code_that_is_unknown_revoked_or_expired(
    server: InnerServer,
) -> None:
    await revoke(server, UploadCode.generate(rand=random_from_os))
    expired, twice = await server.codes(2)
    await revoke(server, twice)
    await revoke(server, twice)
    await server.move_to(NOW + 5 * DAY)
    await revoke(server, expired)
    assert await server.upload(expired, lowcost_record(days_ago=0)) == "unknown-code"


@pytest.mark.spec("OPERATING-11")
@pytest.mark.parametrize("active", [False, True])
async def test_a_code_that_was_or_is_to_be_activated_can_be_revoked(
    server: InnerServer, active: bool
) -> None:
    _, issued = await server.ask("POST", "/v1/operator/codes", {"count": 1, "inactive": True})
    code = UploadCode.parse(issued["codes"][0]["code"])
    if active:
        form = {"code": code.display(), "first_day": "2021-06-30"}
        assert (await server.ask("POST", "/v1/operator/activations", form))[0] == 200
    await revoke(server, code)
    assert await server.upload(code, lowcost_record()) == "unknown-code"


@pytest.mark.spec("OPERATING-11", "SERVER-31")
@pytest.mark.parametrize(
    "form", [{}, {"code": "1"}, {"code": 7}, {"code": "0" * 22}, {"code": "1", "reason": "x"}]
)
async def test_what_is_no_code_is_malformed(server: InnerServer, form: object) -> None:
    status, answer = await server.ask("POST", "/v1/operator/revocations", form)
    assert (status, answer["error"]["code"]) == (400, "malformed")


async def test_only_the_operator_revokes(server: InnerServer) -> None:
    code = await server.code()
    form = {"code": code.display()}
    assert (await server.ask("POST", "/v1/operator/revocations", form, token="no"))[0] == 401
    assert await server.upload(code, lowcost_record()) == "accepted"


async def test_the_command_reads_the_code_where_no_list_of_commands_keeps_it(
    tmp_path: Path,
) -> None:
    async with in_process(tmp_path) as server:
        code = await server.code()
        data = str(server.data.path)
    words = ["codes", "revoke", "--data", data]

    def run(*more: str, typed: str) -> tuple[int, str]:
        done = CliRunner().invoke(app, [*words, *more], input=typed)
        return done.exit_code, done.stdout

    status, output = await asyncio.to_thread(run, "--json", typed=code.display() + "\n")
    assert (status, json.loads(output)) == (0, USELESS)
    status, output = await asyncio.to_thread(run, typed=code.digits())
    assert (status, code.display() in output) == (0, False)
    two = f"{code.display()}\n{code.display()}\n"
    assert (await asyncio.to_thread(run, typed=two))[0] != 0
    async with in_process(tmp_path) as server:
        assert await server.upload(code, lowcost_record()) == "unknown-code"
