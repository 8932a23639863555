"""`dp3t presence venue upload` and `authority complete --server` against the real server."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from dp3t import Instant, UploadCode, random_from_os
from dp3t.presence.pretrace import PRE_TRACE_BYTES, name_of
from dp3t_server.clock import SimulatedClock
from key_server import InnerServer, in_process
from presence_terminal import ASKED, HOUR, NOW, TEXT, Desk
from server_traces import PRESENCE_ON, listed_boxes, trace_code
from terminal import Ran, Terminal, dp3t


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[InnerServer]:
    clock = SimulatedClock(Instant(NOW))
    async with in_process(tmp_path / "server", clock=clock, config=PRESENCE_ON) as running:
        yield running


@pytest.fixture
def desk(terminal: Terminal, tmp_path: Path) -> Desk:
    return Desk(terminal, tmp_path)


@pytest.fixture
def sealed(desk: Desk) -> Path:
    """What an owner was asked for."""
    public = desk.authority()
    return desk.upload(public, desk.venue(public))


async def ran(*arguments: object) -> Ran:
    """Run the program while the server in this process answers it."""
    return await asyncio.to_thread(dp3t, "presence", *map(str, arguments))


async def uploaded(server: InnerServer, file: Path, code: UploadCode) -> Ran:
    given = ("--server", server.url, "--code", code.display(), "--json")
    return await ran("venue", "upload", file, *given)


def document(done: Ran) -> dict[str, Any]:
    assert (done.returncode, done.stderr) == (0, "")
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.mark.spec("TERMINAL-33", "CLIENT-16", "TRACE-SERVER-2")
async def test_an_upload_reaches_the_authority(server: InnerServer, sealed: Path) -> None:
    name = name_of(sealed.read_bytes())
    found = document(await uploaded(server, sealed, await trace_code(server)))
    assert found == {"accepted": True, "name": name}
    assert await listed_boxes(server) == {name: sealed.read_bytes()}


@pytest.mark.spec("TERMINAL-1", "TERMINAL-3", "TERMINAL-33")
async def test_a_code_is_good_once_and_its_refusal_is_named(
    server: InnerServer, sealed: Path, tmp_path: Path
) -> None:
    code = await trace_code(server)
    document(await uploaded(server, sealed, code))
    other = tmp_path / "other"
    other.write_bytes(random_from_os(PRE_TRACE_BYTES))
    for given, reason in (
        (code, "used-code"),
        (UploadCode.generate(rand=random_from_os), "unknown-code"),
    ):
        done = await uploaded(server, other, given)
        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
        assert reason in done.stderr
        assert given.digits() not in done.stderr


@pytest.mark.spec("TERMINAL-35")
async def test_an_approved_trace_is_published(
    server: InnerServer, sealed: Path, desk: Desk
) -> None:
    """From the operator's page to a release."""
    document(await uploaded(server, sealed, await trace_code(server)))
    status, page = await server.ask("GET", "/v1/operator/trace-uploads")
    assert status == 200
    desk.at("page.json").write_text(json.dumps(page))
    desk.at("token").write_text(server.data.token.read_text())
    desk.at("token").chmod(0o600)
    given = (*ASKED, "--private-key", desk.at("authority.key"), "--text", TEXT)
    to = ("--server", f"{server.url}/", "--token-file", desk.at("token"), "--json")
    found = document(await ran("authority", "complete", desk.at("page.json"), *given, *to))
    assert found["traces"] > 0
    assert found["release"].startswith("20")
    again = await ran("authority", "complete", desk.at("page.json"), *given, *to)
    assert (again.returncode, again.stdout, again.stderr.count("\n")) == (2, "", 1)
    assert "answered 409: " in again.stderr


@pytest.mark.spec("TERMINAL-35", "TRACE-SERVER-12")
async def test_more_traces_than_a_server_takes_at_once_are_published_in_parts(
    server: InnerServer, desk: Desk
) -> None:
    """Three days under a code that rotates: all hours under each of five codes."""
    public = desk.authority()
    code = desk.venue(public, "--rotating")
    asked = ("--reference", "TR-9", "--since", NOW - 75 * HOUR, "--until", NOW - 2 * HOUR)
    to = ("--authority", public, "--out", desk.at("upload"))
    rows = desk.done("venue", "trace", code, *asked, *to)["uploads"]
    names = [part for row in rows for part in ("--name", row["name"])]
    desk.at("token").write_text(server.data.token.read_text())
    desk.at("token").chmod(0o600)
    given = ("--private-key", desk.at("authority.key"), "--text", TEXT, *names, "--json")
    out = ("--out", desk.at("traces.json"), "--server", server.url, "--token-file")
    files = [row["file"] for row in rows]
    found = document(
        await ran("authority", "complete", *files, *asked, *given, *out, desk.at("token"))
    )
    parts = sorted(desk.folder.glob("traces*.json"))
    assert [part.name for part in parts] == ["traces-1.json", "traces-2.json"]
    counts = [len(json.loads(part.read_text())["traces"]) for part in parts]
    assert counts == [240, found["traces"] - 240]
    assert found["release"] is not None


@pytest.mark.spec("TERMINAL-1", "TERMINAL-3", "TERMINAL-27")
async def test_what_a_server_refuses_is_one_line(
    server: InnerServer, sealed: Path, desk: Desk
) -> None:
    given = (*ASKED, "--private-key", desk.at("authority.key"), "--text", TEXT)
    to = ("--server", server.url, "--token-file", desk.at("token"))
    desk.at("token").write_text("wrong-token-of-somebody")
    done = await ran("authority", "complete", sealed, *given, *to)
    assert "others can read" in done.stderr
    desk.at("token").chmod(0o600)
    done = await ran("authority", "complete", sealed, *given, *to)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert "answered 401" in done.stderr
    assert "somebody" not in done.stderr
    for content in (" \n", "two\nlines", "x" * 5000):
        desk.at("token").write_text(content)
        done = await ran("authority", "complete", sealed, *given, *to)
        assert "holds no operator's token" in done.stderr


@pytest.mark.spec("TERMINAL-1", "TERMINAL-3")
@pytest.mark.parametrize(
    ("server_url", "code", "content", "words"),
    [
        ("http://127.0.0.1:9", "0" * 22, bytes(PRE_TRACE_BYTES), "check digits"),
        ("http://127.0.0.1:9", "1", bytes(PRE_TRACE_BYTES), "--code: an upload code has 22"),
        ("http://127.0.0.1:9", None, bytes(PRE_TRACE_BYTES - 1), "16384 bytes"),
        ("http://127.0.0.1:9", None, bytes(PRE_TRACE_BYTES + 1), "16384 bytes"),
        ("http://127.0.0.1:9", None, bytes(PRE_TRACE_BYTES), "POST /v1/traces"),
        ("nonsense", None, bytes(PRE_TRACE_BYTES), "POST /v1/traces"),
    ],
)
def test_what_cannot_be_uploaded_is_one_line(
    desk: Desk, server_url: str, code: str | None, content: bytes, words: str
) -> None:
    desk.at("file").write_bytes(content)
    given = code or UploadCode.generate(rand=random_from_os).display()
    said = desk.refused("venue", "upload", desk.at("file"), "--server", server_url, "--code", given)
    assert words in said
