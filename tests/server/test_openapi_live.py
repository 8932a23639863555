"""schemathesis asks the program whatever `spec/openapi.yaml` allows, and much that it forbids."""

import asyncio
import json
import re
import sys
from collections.abc import AsyncIterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from api_contract import PATH, operations
from dp3t.proximity import DISCLOSURE_BYTES
from key_server import (
    DAY,
    NOW,
    OuterServer,
    gaen_record,
    in_its_own_process,
    lowcost_record,
)
from operator_pages import signed_in
from server_arrivals import AUTHORITY_IN_TOML, declared, hand_in, install_beside
from server_arrivals import listed as declarations_at
from server_symptoms import AUTHORITY_IN_TOML as SYMPTOMS_IN_TOML
from server_symptoms import install_all_beside
from server_traces import box, listed_boxes, send_box, trace_code

KEY_FILES = "/v1/exports/index.txt"
ESTIMATES = "/v1/symptoms/estimates"
EXAMPLES = 6
"""How many random requests each operation gets, beside those from its description."""

SETTINGS = """
presence = true
declarations = true
facilities = true
acts_per_minute = 0
answer_milliseconds = 0
reads_per_minute = 0
reports_per_minute = 0
declarations_per_minute = 0
disclosures_per_minute = 0
wrong_tokens_per_minute = 0
{authorities}
"""

QUESTIONS = f"""
request-timeout = 30
max-redirects = 0
warnings = false
suppress-health-check = ["all"]
generation.deterministic = true
generation.database = "none"
generation.no-shrink = true
generation.max-examples = {EXAMPLES}
"""

PLACES = """
[parameters]
"body.code" = { dictionary = "codes", probability = 0.8 }
"body.form_token" = { dictionary = "form-tokens", probability = 0.9 }
"header.If-None-Match" = { dictionary = "tags", probability = 0.5 }
"path.day" = { dictionary = "days", probability = 0.8 }

[[operations]]
include-path = "/v1/batches/{name}"
parameters = { "path.name" = { dictionary = "batches", probability = 0.8 } }

[[operations]]
include-path = "/v1/exports/{name}.zip"
parameters = { "path.name" = { dictionary = "key-files", probability = 0.8 } }

[[operations]]
include-path = "/v1/operator/disclosures/{name}"
parameters = { "path.name" = { dictionary = "disclosures", probability = 0.8 } }

[[operations]]
include-path = "/v1/operator/trace-uploads/{name}"
parameters = { "path.name" = { dictionary = "trace-uploads", probability = 0.8 } }

[[operations]]
include-path = "/v1/operator/arrivals/declarations/{name}"
parameters = { "path.name" = { dictionary = "declarations", probability = 0.8 } }

[[operations]]
include-path = "/v1/symptoms/estimates/{day}"
parameters = { "path.day" = { dictionary = "estimate-days", probability = 0.8 } }

# It goes on for as long as who asks likes.
[[operations]]
include-path = "/v1/facilities/live"
enabled = false

# It would be moved ahead by a century, slot by slot.
[[operations]]
include-path = "/v1/operator/clock"
enabled = false
"""

NOTHING_YET = {
    f"GET /v1/facilities/{name}"
    for name in ("boundaries", "live", "map", "pages/{number}", "places/{name}")
}
"""What a record without acts has not; tests of facilities look at their answers."""

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
    """The program, with files of each kind that it publishes, and of what it keeps sealed."""
    named = SETTINGS.replace("{authorities}", AUTHORITY_IN_TOML + SYMPTOMS_IN_TOML)
    (tmp_path / "server.toml").write_text(named)
    arguments = ("--config", str(tmp_path / "server.toml"), "--simulated-clock", str(NOW))
    async with in_its_own_process(tmp_path, *arguments, log=tmp_path / "log") as server:
        for record in (lowcost_record(), gaen_record()):
            assert await server.upload(await server.code(), record) == "accepted"
        await install_beside(server)
        await install_all_beside(server)
        assert (await hand_in(server, declared())).startswith("DP3T")
        await server.move_to(NOW + 2 * DAY)
        assert (await server.ask("POST", "/v1/disclosures", bytes(DISCLOSURE_BYTES)))[0] == 200
        assert await send_box(server, await trace_code(server), box()) == "accepted"
        yield server


@pytest.mark.skipif(find_spec("schemathesis") is None, reason="schemathesis is not installed")
@pytest.mark.spec("SERVER-5", "SERVER-65")
async def test_whatever_is_asked_the_answer_is_one_of_the_document(
    program: OuterServer, tmp_path: Path
) -> None:
    (tmp_path / "schemathesis.toml").write_text(await settings_for(program))
    report, said = await questioned(program, tmp_path)
    assert report["failures"] == report["errors"] == [], said
    assert report["operations"]["tested"] == len(operations()) - 2  # all but the clock and events
    assert report["test_cases"]["generated"] > 10 * len(operations())
    reached = {
        name
        for name, phases in report["valid_rates"].items()
        if any(phase["accepted"] for phase in phases.values())
    }
    asked_for = {f"GET {path}" for method, path in operations() if method == "GET"}
    unreached = {"GET /v1/log/{path}", *NOTHING_YET}  # its slashes arrive as %2F
    assert asked_for - reached == unreached
    assert '"level": "error"' not in (tmp_path / "log").read_text()
    assert await program.stop() == 0


async def settings_for(server: OuterServer) -> str:
    """Return settings of schemathesis: who it is, and real values for what cannot be guessed."""
    person = await signed_in(server)
    _, page = await server.ask("GET", "/v1/operator/disclosures")
    values = {
        "codes": [code.digits() for code in await server.codes(8)],
        "tags": ["*"],
        "form-tokens": [await person.form_token()],
        "batches": [entry.name for entry in await server.listed()],
        "days": [day.name for day in (await server.index()).days],
        "key-files": re.findall(r"exports/(.*)[.]zip", (await server.get(KEY_FILES)).decode()),
        "disclosures": [each["name"] for each in page["disclosures"]],
        "trace-uploads": list(await listed_boxes(server)),
        "estimate-days": list(map(str, json.loads(await server.get(ESTIMATES))["days"])),
        "declarations": list(await declarations_at(server)),
    }
    secrets = {
        "token.bearer": server.data.token.read_text().strip(),
        "session.api_key": person.cookie,
    }
    return "\n".join(
        (
            QUESTIONS,
            *(f'auth.openapi.{name} = "{value}"' for name, value in secrets.items()),
            *(f"dictionaries.{name}.values = {json.dumps(each)}" for name, each in values.items()),
            PLACES,
        )
    )


async def questioned(server: OuterServer, folder: Path) -> tuple[dict[str, Any], str]:
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
