"""schemathesis asks the program whatever `spec/openapi.yaml` allows, and much that it forbids."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from api_contract import PATH, operations
from key_server import OuterServer, in_its_own_process
from operator_pages import signed_in

EXAMPLES = 6
"""How many random requests each operation gets, beside those from its description."""

SETTINGS = """
answer_milliseconds = 0
reads_per_minute = 0
reports_per_minute = 0
disclosures_per_minute = 0
wrong_tokens_per_minute = 0
"""

CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "negative_data_rejection",
    "unsupported_method",
    "allow_header_conformance",
    "ignored_auth",
)


@pytest_asyncio.fixture
async def program(tmp_path: Path) -> AsyncIterator[OuterServer]:
    """The program under the system's clock, which nobody can move ahead by a century."""
    (tmp_path / "server.toml").write_text(SETTINGS)
    arguments = ("--config", str(tmp_path / "server.toml"))
    async with in_its_own_process(tmp_path, *arguments, log=tmp_path / "log") as server:
        yield server


@pytest.mark.skipif(find_spec("schemathesis") is None, reason="schemathesis is not installed")
@pytest.mark.spec("SERVER-5", "SERVER-65")
async def test_whatever_is_asked_the_answer_is_one_of_the_document(
    program: OuterServer, tmp_path: Path
) -> None:
    (tmp_path / "schemathesis.toml").write_text(await asking(program))
    report, said = await asked(program, tmp_path)
    assert report["failures"] == report["errors"] == [], said
    assert report["operations"]["tested"] == len(operations()) - 1  # all but the simulated clock's
    assert report["test_cases"]["generated"] > 10 * len(operations())
    assert '"level": "error"' not in (tmp_path / "log").read_text()
    assert await program.stop() == 0


async def asking(server: OuterServer) -> str:
    """Return settings of schemathesis: who it is, and real values for what cannot be guessed."""
    person = await signed_in(server)
    codes = [code.digits() for code in await server.codes(8)]
    return f"""
request-timeout = 30
max-redirects = 0
warnings = false
suppress-health-check = ["all"]

[generation]
deterministic = true
database = "none"
no-shrink = true
max-examples = {EXAMPLES}

[auth.openapi.token]
bearer = "{server.data.token.read_text().strip()}"

[auth.openapi.session]
api_key = "{person.cookie}"

[dictionaries.codes]
values = {json.dumps(codes)}

[dictionaries.form-tokens]
values = ["{await person.form_token()}"]

[parameters]
"body.code" = {{ dictionary = "codes", probability = 0.8 }}
"body.form_token" = {{ dictionary = "form-tokens", probability = 0.9 }}

[[operations]]
include-path = "/v1/operator/clock"
enabled = false
"""


async def asked(server: OuterServer, folder: Path) -> tuple[dict[str, Any], str]:
    """Run schemathesis in a folder; return its report, and what it said."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "schemathesis.cli", "--config-file", "schemathesis.toml"),
        *("run", str(PATH), "--url", server.url, "--checks", ",".join(CHECKS)),
        *("--phases", "examples,coverage,fuzzing", "--continue-on-failure", "--no-color"),
        *("--report", "json", "--report-json-path", "report.json"),
        cwd=folder,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    said = output.decode(errors="replace")
    assert (folder / "report.json").exists(), said
    report: dict[str, Any] = json.loads((folder / "report.json").read_text())
    return report, said
