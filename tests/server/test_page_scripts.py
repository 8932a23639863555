"""The scripts of the pages: what they are made of, and the test vectors under node."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from page_scripts import REPLAY, SCRIPTS, expected_count, vector_files

PROGRAM = """
import { readFileSync } from "node:fs";
import { replay } from "./script_vectors.js";
const files = JSON.parse(readFileSync("files.json"));
console.log(JSON.stringify(await replay(files, "./")));
"""
SVG_NAME = "http://www.w3.org/2000/svg"
"""The name of a namespace: nothing is fetched from there."""

SOURCES = {path.name: path.read_text("utf-8") for path in sorted(SCRIPTS.glob("*.js"))}


@pytest.mark.spec(
    "FORM-3", "HPKE-1", "HPKE-3", "CANONICAL-JSON-2", "ENTRY-RECEIPT-11", "GATE-2", "SEALING-4"
)
def test_the_scripts_agree_with_every_vector(tmp_path: Path) -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed; Chromium replays them too")
    for name, source in {**SOURCES, REPLAY.name: REPLAY.read_text("utf-8")}.items():
        (tmp_path / name).write_text(source, "utf-8")
    (tmp_path / "package.json").write_text('{"type": "module"}')
    (tmp_path / "program.js").write_text(PROGRAM)
    (tmp_path / "files.json").write_text(json.dumps(vector_files()), "utf-8")
    ran = subprocess.run(
        [node, "program.js"], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60
    )
    assert ran.returncode == 0, ran.stderr
    assert json.loads(ran.stdout) == {"replayed": expected_count(), "different": []}


@pytest.mark.parametrize("name", SOURCES)
def test_a_script_loads_only_others_of_ours_and_makes_no_page_of_text(name: str) -> None:
    """What somebody declared is shown as text, whatever it is [HELP-9]."""
    source = SOURCES[name]
    for place in re.findall(r'(?:\bfrom |import\()"([^"]*)"', source):
        assert place.removeprefix("./") in SOURCES
    for forbidden in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval("):
        assert forbidden not in source
    assert not re.search(r"https?://", source.replace(SVG_NAME, ""))
    assert len(source.splitlines()) <= 400
