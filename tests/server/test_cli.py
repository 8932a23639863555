"""The operator's terminal: beside a running server, in two languages, one document with --json."""

import asyncio
import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from dp3t import UploadCode, instant, release_after
from dp3t_server.__main__ import main
from dp3t_server.cli import app
from dp3t_server.clock import SystemClock
from dp3t_server.config import Config
from dp3t_server.keys import SecretsFile
from dp3t_server.parts import DataDirectory
from key_server import (
    DAY,
    in_process,
    lowcost_record,
    run_program,
)


@pytest.fixture
def data(tmp_path: Path) -> DataDirectory:
    """The data of a server that was started once, by the system's clock."""

    async def start() -> None:
        async with in_process(tmp_path, clock=SystemClock()):
            pass

    asyncio.run(start())
    return DataDirectory(tmp_path / "data")


def run(data: DataDirectory, *arguments: str) -> str:
    """Run a command on the data; return what it prints."""
    result = CliRunner().invoke(app, [*arguments, "--data", str(data.path)])
    assert result.exit_code == 0, result.output
    return result.stdout


def run_json(data: DataDirectory, *arguments: str) -> Any:
    """Run a command with --json; return the one document it prints."""
    return json.loads(run(data, *arguments, "--json"))


def test_codes_issued_at_the_terminal_are_good(data: DataDirectory) -> None:
    issued = run_json(data, "codes", "issue", "--count", "3")["codes"]
    assert len({each["code"] for each in issued}) == 3
    for each in issued:
        assert instant(SystemClock().now()) + DAY <= _unix(each["expires"])
    (line,) = [line for line in run(data, "codes", "issue").splitlines() if "+00:00" in line]
    UploadCode.parse(line.strip().partition("   ")[0])


def _unix(iso: str) -> int:
    return instant(datetime.fromisoformat(iso))


async def test_a_code_issued_beside_a_running_server_works_at_once(tmp_path: Path) -> None:
    async with in_process(tmp_path, clock=SystemClock()) as server:
        status, output, _ = await run_program(
            "codes", "issue", "--json", "--data", str(server.data.path)
        )
        assert status == 0
        code = UploadCode.parse(json.loads(output)["codes"][0]["code"])
        assert await server.upload(code, lowcost_record(server.clock.now())) == "accepted"
        status, output, _ = await run_program("publish", "--json", "--data", str(server.data.path))
        index = await server.index()
        assert (status, json.loads(output)) == (0, {"release": index.issued, "batches": []})


async def test_publishing_at_the_terminal_publishes_what_is_due(tmp_path: Path) -> None:
    """The server's clock stands in 2021; the terminal's is the system's, and everything is due."""
    async with in_process(tmp_path, config=Config(signing_key_lifetime_days=3650)) as server:
        await server.upload(await server.code(), record := lowcost_record())
        status, output, _ = await run_program("publish", "--json", "--data", str(server.data.path))
        assert status == 0
        (batch,) = json.loads(output)["batches"]
        assert (batch["design"], batch["keys"]) == ("lowcost", 1)
        assert await server.published() == [record]


def test_publishing_without_anything_due_shows_an_empty_table(data: DataDirectory) -> None:
    assert "lowcost" not in run(data, "publish")


def test_keys_are_shown_and_listed_without_their_secrets(data: DataDirectory) -> None:
    (key,) = SecretsFile(data.secrets).load().signing
    public = key.public()
    shown = {
        "key_id": public.key_id.hex(),
        "public": public.public.hex(),
        "valid_from": public.valid_from,
        "valid_until": public.valid_until,
    }
    assert run(data, "keys", "show") == public.public.hex() + "\n"
    assert run_json(data, "keys", "show") == shown
    assert run_json(data, "keys", "list") == {"keys": [shown]}
    table = run(data, "keys", "list")
    assert public.public.hex() in table
    assert key.seed.hex() not in table


@pytest.mark.spec("SERVER-26")
def test_rotating_announces_the_new_key(data: DataDirectory) -> None:
    now = SystemClock().now()
    (new,) = run_json(data, "keys", "rotate")["keys"]
    assert release_after(now) + DAY <= new["valid_from"] <= release_after(now) + DAY + 7200
    listed = run_json(data, "keys", "list")["keys"]
    assert [key["public"] for key in listed][1] == new["public"]
    assert run_json(data, "keys", "show") == listed[0]


@pytest.mark.parametrize("form", ["unix", "iso", "naive", "zoned"])
def test_a_rotation_takes_its_time_in_several_forms(data: DataDirectory, form: str) -> None:
    start = SystemClock().now() + 5 * DAY
    moment = datetime.fromtimestamp(start, tz=UTC)
    text = {
        "unix": str(start),
        "iso": moment.isoformat(),
        "naive": moment.replace(tzinfo=None).isoformat(),
        "zoned": moment.astimezone(timezone(timedelta(hours=7))).isoformat(),
    }[form]
    assert run_json(data, "keys", "rotate", "--valid-from", text)["keys"][0]["valid_from"] == start


def test_a_new_token_is_written_to_its_file(data: DataDirectory) -> None:
    former = data.token.read_text()
    assert run(data, "keys", "token") == f"{data.token}\n"
    assert data.token.read_text() != former
    assert SecretsFile(data.secrets).load().is_token(data.token.read_text().strip())


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        (("codes", "issue", "--count", "0"), "count"),
        (("codes", "issue", "--count", "1001"), "count"),
        (("keys", "rotate", "--valid-from", "tomorrow"), "neither an ISO time nor Unix seconds"),
        (("keys", "rotate", "--valid-from", "1"), "after the next release"),
        (("keys", "rotate", "--valid-from", "99999999999999999999"), "neither an ISO time"),
        (("keys", "rotate", "--valid-from", "2105-01-01"), "before the last one ends"),
    ],
)
def test_a_mistake_is_one_line_and_status_2(
    data: DataDirectory,
    arguments: tuple[str, ...],
    fault: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("sys.argv", ["dp3t-server", *arguments, "--data", str(data.path)])
    with pytest.raises(SystemExit) as exit_:
        main()
    output, errors = capsys.readouterr()
    assert (exit_.value.code, output, errors.count("\n")) == (2, "", 1)
    assert fault in errors


@pytest.mark.parametrize(
    "command",
    [
        ("codes", "issue"),
        ("publish",),
        ("keys", "rotate"),
        ("keys", "list"),
        ("keys", "show"),
        ("keys", "token"),
    ],
)
def test_a_folder_without_a_server_stays_empty(
    tmp_path: Path,
    command: tuple[str, ...],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("sys.argv", ["dp3t-server", *command, "--data", str(tmp_path)])
    with pytest.raises(SystemExit) as exit_:
        main()
    assert exit_.value.code == 2
    assert "holds no server" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("language", "word"), [("en", "Upload codes"), ("vi", "Mã tải lên")])
def test_help_speaks_both_languages(language: str, word: str) -> None:
    shown = subprocess.run(
        [sys.executable, "-m", "dp3t_server", "--help"],
        env={**os.environ, "DP3T_LANG": language},
        capture_output=True,
        text=True,
        check=True,
    )
    assert word in shown.stdout
