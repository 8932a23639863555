"""The scripts of the map of facilities, asked under node what they make of something."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from page_scripts import SCRIPTS

_PROGRAM = """
import {{ readFileSync }} from "node:fs";
const given = JSON.parse(readFileSync("given.json"));
{body}
"""
_PATIENCE_SECONDS = 60


def run_scripts(folder: Path, body: str, given: object = None) -> Any:
    """Run a module of JavaScript beside the pages' scripts; return what it logs, as JSON.

    Args:
        folder: empty; for copies of the scripts.
        body: what to run, after `given`.
        given: what `given` is.
    """
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed")
    for script in SCRIPTS.glob("*.js"):
        (folder / script.name).write_text(script.read_text("utf-8"), "utf-8")
    (folder / "package.json").write_text('{"type": "module"}')
    (folder / "given.json").write_text(json.dumps(given), "utf-8")
    (folder / "asked.js").write_text(_PROGRAM.format(body=body), "utf-8")
    ran = subprocess.run(
        [node, "asked.js"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=_PATIENCE_SECONDS,
    )
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)
