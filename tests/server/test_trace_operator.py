"""What operators and auditors see of traces: codes at the terminal and on the page, the log."""

import asyncio
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from databases import sqlite_only
from dp3t import UploadCode
from dp3t.presence import PRESENCE
from dp3t_server.app import routes
from dp3t_server.clock import SystemClock
from dp3t_server.config import Config
from dp3t_server.parts import DataDirectory
from dp3t_server.static_tree import write_tree
from key_server import (
    NOW,
    InnerServer,
    KeyServer,
    in_its_own_process,
    in_process,
    lowcost_record,
    run_program,
)
from operator_pages import codes_in, signed_in
from project import ROOT
from server_traces import (
    PRESENCE_ON,
    box,
    hand_in,
    listed_boxes,
    published_traces,
    send_box,
    trace_code,
    traces,
)

SERVER_CONFIG = PRESENCE_ON
CHAPTER = ROOT / "spec" / "presence" / "trace-server.md"


@pytest.mark.spec("TRACE-SERVER-3")
@pytest.mark.parametrize("presence", [True, False])
async def test_codes_for_traces_are_issued_at_the_terminal_where_traces_are_taken(
    tmp_path: Path, presence: bool
) -> None:
    async with in_process(
        tmp_path, clock=SystemClock(), config=Config(presence=presence)
    ) as server:
        arguments = ("codes", "issue", "--traces", "--json", "--data", str(server.data.path))
        status, output, errors = await run_program(*arguments)
        if not presence:
            assert (status, output) == (2, "")
            assert errors.count("\n") == 1
            assert "presence" in errors
            return
        assert status == 0, errors
        code = UploadCode.parse(json.loads(output)["codes"][0]["code"])
        assert await server.upload(code, lowcost_record(server.clock.now())) == "unknown-code"
        assert await send_box(server, code, box()) == "accepted"


@pytest.mark.spec("TRACE-SERVER-3", "OPERATOR-PAGE-11")
async def test_codes_for_traces_are_issued_on_the_page_where_traces_are_taken(
    tmp_path: Path,
) -> None:
    for presence in (True, False):
        config = Config(presence=presence, authorizations=("bound",))
        async with in_process(tmp_path / str(presence), config=config) as server:
            person = await signed_in(server)
            page = (await person.get("issue")).text
            assert ('value="trace"' in page) == presence
            assert ("/operator/en/revoke" in page) == presence
            answer = await person.post("issue", count="1", kind="trace")
            assert answer.status == (200 if presence else 400)
            if presence:
                (shown,) = codes_in(answer.text)
                assert await send_box(server, UploadCode.parse(shown), box()) == "accepted"


@pytest.mark.spec("TRACE-SERVER-1", "SERVER-66", "SERVER-67")
@sqlite_only
async def test_a_region_takes_traces_beside_one_that_does_not(tmp_path: Path) -> None:
    """Boxes and traces of the one are nowhere in the other."""
    settings = tmp_path / "regions.toml"
    settings.write_text(
        "answer_milliseconds = 0\nmin_batch_keys = 0\n"
        '[[regions]]\nregion = "VN-48"\npresence = true\n'
    )
    arguments = ("--config", str(settings), "--simulated-clock", str(NOW))
    async with in_its_own_process(tmp_path, *arguments) as first:
        data = DataDirectory(first.data.path / "regions" / "VN-48")
        region = KeyServer(url=f"{first.url}/VN-48", session=first.session, data=data)
        code, some = await trace_code(region), traces(2)
        assert (await first.ask("POST", "/v1/traces", b""))[0] == 404
        assert await send_box(region, code, sealed := box()) == "accepted"
        assert list((await listed_boxes(region)).values()) == [sealed]
        release = await hand_in(region, *some)
        for each in (first, region):
            await each.move_to(release)
        assert await published_traces(region) == {release: tuple(some)}
        assert await published_traces(first) == {}


@pytest.mark.spec("TRACE-SERVER-1")
def test_the_routes_of_the_chapter_are_those_that_presence_adds() -> None:
    row = re.compile(r"^\| (GET|POST|DELETE) \| `(/v1/[^`]*)` \|", re.MULTILINE)
    written = set(row.findall(CHAPTER.read_text(encoding="utf-8")))
    some, fewer = (
        {(route.method, route.path) for route in routes(simulated=False, presence=presence)}
        for presence in (True, False)
    )
    assert written == some - fewer


def test_a_server_without_presence_loads_neither_it_nor_its_library() -> None:
    """With presence it loads the one, and the other at the first point."""
    code = (
        "import sys\n"
        "from pathlib import Path\n"
        "import dp3t_server.catching_up, dp3t_server.publisher\n"
        "from dp3t_server.app import application\n"
        "from dp3t_server.clock import SystemClock\n"
        "from dp3t_server.config import Config\n"
        "from dp3t_server.parts import DataDirectory\n"
        "for presence in (False, True):\n"
        "    application(Config(presence=presence), DataDirectory(Path()), SystemClock())\n"
        "    print('dp3t.presence' in sys.modules, 'pymcl' in sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.split() == ["False", "False", "True", "False"]


@pytest.mark.spec("TRANSPARENCY-8", "TRACE-SERVER-16")
async def test_server_and_tree_with_batches_of_traces_pass_an_audit_of_every_file(
    tmp_path: Path,
) -> None:
    config = Config(presence=True, min_batch_keys=1)
    async with in_process(tmp_path, clock=SystemClock(), config=config) as server:
        await hand_in(server, *traces(2, now=server.clock.now()))
        key = (await server.index()).log_key
        await write_tree(server.parts.store, tmp_path / "tree")
        listed = await server.listed()
        assert PRESENCE in {entry.design for entry in listed}
        assert len(await published_traces(server)) == 1
        for place in (server.url, str(tmp_path / "tree")):
            found = await _audit(server, place, key)
            assert found["listed"] == len(listed)
            assert found["bytes_read"] == sum(entry.size_bytes for entry in listed)


async def _audit(server: InnerServer, place: str, key: str) -> dict[str, Any]:
    """Run `dp3t log audit` while the server of this process goes on."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", "from dp3t.cli import main; main()"),
        *("log", "audit", place, "--log-key", key, "--json"),
        env=os.environ | {"DP3T_LANG": "en"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    output, errors = await process.communicate()
    assert process.returncode == 0, errors.decode()
    found: dict[str, Any] = json.loads(output)
    return found
