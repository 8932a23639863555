"""One server for a folder of data, and commands beside it that know its settings."""

import asyncio
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from dp3t import MalformedError, PolicyError, UploadCode, random_from_os
from dp3t_server.cli import app
from dp3t_server.clock import SystemClock
from dp3t_server.config import Authority, Config
from dp3t_server.parts import DataDirectory
from dp3t_server.running import claimed, recorded_settings
from key_server import in_its_own_process, in_process, run_program, unhurried

BOUND = Config(authorizations=("bound",), region="VN-HN")
"""A region where nobody may publish without a test."""


def run(data: DataDirectory, *arguments: str, typed: str = "") -> str:
    """Run a command on the data; return what it prints, or raise what it raised."""
    result = CliRunner().invoke(app, [*arguments, "--data", str(data.path)], input=typed)
    if result.exception is not None:
        raise result.exception
    return result.stdout


@pytest.mark.spec("SERVER-53", "AUTHORIZATION-12")
@pytest.mark.parametrize(
    "command",
    [
        ("codes", "issue"),
        ("codes", "issue", "--inactive"),
        ("codes", "activate", "--first-day", "2021-07-01"),
    ],
    ids=["issue", "inactive", "activate"],
)
async def test_a_command_without_a_file_of_settings_refuses_what_the_server_refuses(
    tmp_path: Path, command: tuple[str, ...]
) -> None:
    code = UploadCode.generate(rand=random_from_os).display()
    async with in_process(tmp_path, clock=SystemClock(), config=BOUND) as server:
        status, answer = await server.ask("POST", "/v1/operator/codes", {"count": 1})
        assert (status, answer["error"]["code"]) == (409, "refused")
        with pytest.raises(PolicyError, match="takes no codes"):
            await asyncio.to_thread(run, server.data, *command, typed=code)
    with pytest.raises(PolicyError, match="takes no codes"):  # nor when the server has stopped
        await asyncio.to_thread(run, server.data, *command, typed=code)


@pytest.mark.spec("SERVER-53")
async def test_the_settings_are_those_of_the_last_start(tmp_path: Path) -> None:
    authority = Authority.model_validate(
        {
            "public": "00" * 32,
            "valid_from": "2021-07-01T07:00:00+07:00",
            "valid_until": "2022-07-01T00:00:00Z",
        }
    )
    data = DataDirectory(tmp_path / "data")
    for config in (Config(), Config(authorities=(authority,), designs=("gaen",)), BOUND):
        async with in_process(tmp_path, config=config):
            assert recorded_settings(data) == unhurried(config)
    assert json.loads(data.settings.read_text())["region"] == "VN-HN"


@pytest.mark.spec("SERVER-53")
async def test_a_file_of_settings_that_is_named_goes_before_what_is_written_down(
    tmp_path: Path,
) -> None:
    """The operator has said so; what the server accepts stays as it was started."""
    settings = tmp_path / "other.toml"
    settings.write_text("")
    async with in_process(tmp_path, clock=SystemClock(), config=BOUND) as server:
        named = ("codes", "issue", "--json", "--config", str(settings))
        issued = json.loads(await asyncio.to_thread(run, server.data, *named))
    assert len(issued["codes"]) == 1


@pytest.mark.spec("SERVER-53")
@pytest.mark.parametrize(
    ("text", "refusal"),
    [(None, PolicyError), ("{", MalformedError), ('{"what": 1}', MalformedError)],
    ids=["none", "no-json", "unknown-setting"],
)
async def test_without_settings_that_can_be_read_no_command_works(
    tmp_path: Path, text: str | None, refusal: type[Exception]
) -> None:
    async with in_process(tmp_path) as server:
        server.data.settings.unlink()
        if text is not None:
            server.data.settings.write_text(text)
        with pytest.raises(refusal, match=r"settings\.json"):
            await asyncio.to_thread(run, server.data, "codes", "issue")


@pytest.mark.spec("SERVER-54")
async def test_a_second_server_on_the_same_data_does_not_start(tmp_path: Path) -> None:
    async with in_its_own_process(tmp_path) as server:
        status, output, errors = await run_program(
            "run", "--data", str(server.data.path), "--port", "0"
        )
        assert (status, output) == (2, "")
        assert "another dp3t-server runs" in errors.strip().splitlines()[-1]
        assert "Traceback" not in errors
        await server.kill()  # the lock goes with the process
    async with in_process(tmp_path, clock=SystemClock()):
        pass


@pytest.mark.spec("SERVER-54")
def test_data_that_are_claimed_cannot_be_claimed_again_until_they_are_let_go(
    tmp_path: Path,
) -> None:
    data = DataDirectory(tmp_path)
    with claimed(data), pytest.raises(PolicyError, match="another"), claimed(data):
        pass
    with claimed(data):
        assert data.lock.stat().st_mode & 0o777 == 0o600
