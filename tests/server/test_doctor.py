"""The doctor: everything it looks at, broken once, is found, and nothing is changed."""

import hashlib
import json
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import CliRunner

from doctor_visits import HEALTHY, grow_old, only, published, visited
from dp3t import Instant
from dp3t.cli.language import text
from dp3t_server.cli import app
from dp3t_server.clock_state import is_synchronised
from dp3t_server.config import Authority
from dp3t_server.doctor import CHECKS, newest_revision
from dp3t_server.keys import SecretsFile
from dp3t_server.parts import DataDirectory
from dp3t_server.sunset import end_service
from dp3t_server.visit import Finding, State
from key_server import DAY, NOW, SLOT, in_process


@pytest.fixture
async def data(tmp_path: Path) -> DataDirectory:
    """Return the files of a server that has run and published, and runs no more."""
    return await published(tmp_path)


async def test_a_server_in_order_is_found_in_order(data: DataDirectory) -> None:
    found = await visited(data)
    looked_at = ["configuration", "keys", "database", "publication", "log", "arrivals"]
    assert list(found) == [*looked_at, "facilities", "clock"]
    fine = [Finding(State.OK, text(en="in order", vi="bình thường"))]
    assert found == dict.fromkeys(CHECKS, fine)


def _digests(data: DataDirectory) -> dict[str, str]:
    kept = [file for file in data.path.glob("*") if not file.name.endswith(("-wal", "-shm"))]
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in kept}


@pytest.mark.spec("OPERATING-22")
async def test_it_changes_nothing_not_even_an_old_database(data: DataDirectory) -> None:
    with closing(sqlite3.connect(data.database)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '0001'")
    before = _digests(data)
    found = await visited(data)
    only(found, "database", State.WARNING, "0001", str(newest_revision()))
    assert _digests(data) == before
    data.database.unlink()
    found = await visited(data)
    assert found["database"][0].state is State.PROBLEM
    assert "missing" in found["database"][0].message
    assert not data.database.exists()


async def test_settings_that_cannot_be_read_are_a_problem(
    data: DataDirectory, tmp_path: Path
) -> None:
    settings = tmp_path / "server.toml"
    settings.write_text("retention = 3\n")
    found = await visited(data, config_file=settings)
    only(found, "configuration", State.PROBLEM, "retention", also="log")
    found = await visited(data, config_file=tmp_path / "none.toml")
    only(found, "configuration", State.PROBLEM, "none.toml", also="log")
    data.settings.unlink()
    only(
        await visited(data), "configuration", State.PROBLEM, "settings.json is missing", also="log"
    )


async def test_settings_that_differ_from_the_running_ones_are_named(
    data: DataDirectory, tmp_path: Path
) -> None:
    settings = tmp_path / "server.toml"
    lines = [f"{name} = {getattr(HEALTHY, name)}" for name in HEALTHY.model_fields_set]
    lines = [line for line in lines if "proxies" not in line]
    same = "\n".join([*lines, 'trusted_proxies = ["127.0.0.1"]', "revisions = true", ""])
    settings.write_text(same + "port = 9999\n")
    assert (await visited(data, config_file=settings))["configuration"][0].state is State.OK
    settings.write_text(same + "retention_days = 13\n")
    found = await visited(data, config_file=settings)
    only(found, "configuration", State.WARNING, "retention_days", "restart")


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"trusted_proxies": ()}, "trusted_proxies"),
        ({"host": "localhost", "trusted_proxies": ()}, "trusted_proxies"),
        ({"answer_milliseconds": 0}, "answer_milliseconds"),
        (
            {"reports_per_minute": 0, "declarations_per_minute": 0},
            "reports_per_minute, declarations_per_minute",
        ),
        (
            {
                "authorities": (
                    Authority.model_validate(
                        {
                            "public": "ab" * 32,
                            "valid_from": "2020-01-01T00:00:00Z",
                            "valid_until": "2021-01-01T00:00:00Z",
                        }
                    ),
                )
            },
            "abababab",
        ),
    ],
    ids=["proxy", "localhost", "pace", "limits", "authority"],
)
async def test_settings_that_leave_something_open_are_a_warning(
    data: DataDirectory, changed: dict[str, object], words: str
) -> None:
    config = HEALTHY.model_copy(update=changed)
    data.settings.write_text(config.model_dump_json())
    only(await visited(data), "configuration", State.WARNING, words)


async def test_keys_that_others_can_read_are_a_problem(data: DataDirectory) -> None:
    data.secrets.chmod(0o644)
    only(await visited(data), "keys", State.PROBLEM, "others can read", also="log")


async def test_keys_that_are_damaged_or_missing_are_a_problem(data: DataDirectory) -> None:
    data.secrets.write_text("{}")
    only(await visited(data), "keys", State.PROBLEM, "keys", also="log")
    data.secrets.unlink()
    only(await visited(data), "keys", State.PROBLEM, "keys.json", also="log")


async def test_keys_that_end_or_have_ended_are_named(data: DataDirectory) -> None:
    last = SecretsFile(data.secrets).load().last_end
    found = await visited(data, now=last - 60 * DAY)
    assert (found["keys"][0].state, "rotate" in found["keys"][0].message) == (State.WARNING, True)
    assert (await visited(data, now=last - 61 * DAY))["keys"][0].state is State.OK
    found = await visited(data, now=last)
    assert found["keys"][0].state is State.PROBLEM


async def test_keys_of_another_server_are_a_problem(data: DataDirectory, tmp_path: Path) -> None:
    async with in_process(tmp_path / "other") as other:
        shutil.copy(other.data.secrets, data.secrets)
    only(await visited(data), "keys", State.PROBLEM, "published index", also="log")


async def test_a_database_of_a_newer_server_is_a_problem(data: DataDirectory) -> None:
    with closing(sqlite3.connect(data.database)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    only(await visited(data), "database", State.PROBLEM, "9999", "upgrade")


async def test_a_damaged_database_is_a_problem(data: DataDirectory) -> None:
    """Two indices that stand in each other's place, which reading alone does not notice."""
    with closing(sqlite3.connect(data.database)) as connection, connection:
        connection.execute("CREATE TABLE t (a, b)")
        for column in ("a", "b"):
            connection.execute(f"CREATE INDEX i{column} ON t ({column})")
        connection.execute("INSERT INTO t VALUES (1, 2)")
        places = dict(connection.execute("SELECT name, rootpage FROM sqlite_master").fetchall())
        connection.execute("PRAGMA writable_schema = ON")
        for name, other in (("ia", "ib"), ("ib", "ia")):
            connection.execute(
                "UPDATE sqlite_master SET rootpage = ? WHERE name = ?", (places[other], name)
            )
    only(await visited(data), "database", State.PROBLEM, "damaged", "index")
    data.database.write_bytes(b"garbage" * 1000)
    for beside in ("-wal", "-shm"):
        data.database.with_name(data.database.name + beside).unlink(missing_ok=True)
    found = (await visited(data))["database"]
    assert (found[0].state, "not a database" in found[0].message) == (State.PROBLEM, True)


@pytest.mark.parametrize(
    ("free_bytes", "state"),
    [(99 * 2**20, State.PROBLEM), (100 * 2**20, State.WARNING), (2**30 - 1, State.WARNING)],
)
async def test_a_disk_that_is_full_is_named(
    data: DataDirectory, monkeypatch: pytest.MonkeyPatch, free_bytes: int, state: State
) -> None:
    usage = shutil.disk_usage(data.path)._replace(free=free_bytes)
    monkeypatch.setattr("dp3t_server.doctor.shutil.disk_usage", lambda _: usage)
    only(await visited(data), "database", state, f"{free_bytes // 2**20} MiB")


async def test_a_release_that_was_not_published_is_named(data: DataDirectory) -> None:
    only(await visited(data, now=NOW + 2 * SLOT), "publication", State.WARNING, "1 behind")
    only(await visited(data, now=NOW + 3 * SLOT), "publication", State.PROBLEM, "2 behind")
    with closing(sqlite3.connect(data.database)) as connection, connection:
        connection.execute("DELETE FROM current_index")
    only(await visited(data), "publication", State.WARNING, "nothing is published")


@pytest.mark.spec("OPERATING-23")
async def test_a_service_that_has_ended_is_late_with_nothing(tmp_path: Path) -> None:
    async with in_process(tmp_path, config=HEALTHY) as server:
        await end_service(server.parts, at_once=True, now=server.clock.now())
    found = await visited(DataDirectory(tmp_path / "data"), now=NOW + 9 * SLOT)
    assert {finding.state for finding in found["publication"]} == {State.OK}


async def test_a_clock_before_the_last_release_is_a_problem(data: DataDirectory) -> None:
    found = await visited(data, now=NOW)
    only(found, "clock", State.PROBLEM, "before the last release")


async def test_a_clock_before_its_own_files_is_a_warning(data: DataDirectory) -> None:
    assert (await visited(data, touch=NOW + SLOT + 60))["clock"][0].state is State.OK
    only(await visited(data, touch=NOW + SLOT + 61), "clock", State.WARNING, "61 s")


async def test_a_clock_that_nothing_keeps_is_a_warning(data: DataDirectory) -> None:
    only(await visited(data, synchronised=False), "clock", State.WARNING, "NTP")
    assert (await visited(data, synchronised=None))["clock"][0].state is State.OK


def test_the_system_says_yes_no_or_nothing() -> None:
    assert is_synchronised() in (True, False, None)


Run = Callable[..., tuple[int, str]]


@pytest.fixture
def run(data: DataDirectory, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run the command at the moment of the simulated clock."""

    def invoke(*more: str, now: int = NOW + SLOT) -> tuple[int, str]:
        grow_old(data)
        monkeypatch.setattr("dp3t_server.clock.SystemClock.now", lambda _: Instant(now))
        done = CliRunner().invoke(app, ["doctor", "--data", str(data.path), *more])
        return done.exit_code, done.stdout

    return invoke


@pytest.mark.spec("OPERATING-21")
def test_the_command_ends_with_1_where_there_is_a_problem_and_else_with_0(
    data: DataDirectory, run: Run
) -> None:
    status, output = run("--json")
    document = json.loads(output)
    assert (status, document["healthy"]) == (0, True)
    assert {row["check"] for row in document["findings"]} == set(CHECKS)
    assert all(set(row) == {"check", "state", "message"} for row in document["findings"])
    status, output = run("--json", now=NOW + 2 * SLOT)
    assert (status, json.loads(output)["healthy"]) == (0, True)  # a warning
    data.secrets.chmod(0o644)
    status, output = run("--json")
    document = json.loads(output)
    assert (status, document["healthy"]) == (1, False)
    assert "others can read" in output
    status, output = run()
    assert status == 1
    assert [line.partition(":")[0] for line in output.splitlines()] == [
        "entry declarations" if check == "arrivals" else check for check in CHECKS
    ]


def test_without_a_folder_there_is_nobody_to_examine(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["doctor", "--data", str(tmp_path / "none")])
    assert done.exit_code != 0
    assert "holds no server" in str(done.exception)
