"""Vectors are built from the library, say where they come from, and claim clauses that exist."""

import json
import re
import subprocess
import sys

import pytest

import spec_clauses
from project import ROOT
from vectors import VECTORS, load, vector_cases

NAMES = sorted(path.stem for path in VECTORS.glob("*.json"))
ALWAYS = {"comment", "id", "operation", "result", "source", "spec"}
"""Fields that the README explains for all files."""


def generate(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "spec.vectors.generate", *arguments],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
    )


def test_every_file_is_what_the_library_builds_byte_for_byte() -> None:
    done = generate("--check")
    assert (done.returncode, done.stdout) == (0, "vectors are current\n")


def test_a_wrong_option_is_refused() -> None:
    assert generate("--chekc").returncode == 2


@pytest.mark.parametrize("name", NAMES)
def test_a_file_says_where_it_comes_from_and_what_it_verifies(name: str) -> None:
    content, law = load(name), spec_clauses.read(ROOT / "spec")
    assert content["source"]
    assert content["spec"]
    assert [fault for clause in content["spec"] if (fault := law.fault(clause))] == []
    assert f"`{name}.json`" in (VECTORS / "README.md").read_text(encoding="utf-8")


def test_each_file_has_a_table_of_its_operations() -> None:
    page = (VECTORS / "operations.md").read_text(encoding="utf-8")
    assert sorted(re.findall(r"^## (\w+)$", page, re.MULTILINE)) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_the_table_of_a_file_has_every_operation_and_every_field(name: str) -> None:
    page = (VECTORS / "operations.md").read_text(encoding="utf-8")
    common, _, sections = page.partition("\n## ")
    _, _, section = f"\n## {sections}".partition(f"\n## {name}\n")
    section = section.partition("\n## ")[0]
    cases = load(name)["cases"]
    operations = {case["operation"] for case in cases if "operation" in case}
    rows = [row.partition(" | ")[0] for row in section.splitlines() if row.startswith("| `")]
    assert {word for row in rows for word in re.findall(r"`([\w-]+)`", row)} == operations
    fields = {field for case in cases for field in case} - ALWAYS
    assert sorted(field for field in fields if f"`{field}`" not in common + section) == []


@pytest.mark.parametrize("name", NAMES)
def test_a_case_has_a_name_of_its_own_a_known_result_and_claims_what_exists(name: str) -> None:
    content, law = load(name), spec_clauses.read(ROOT / "spec")
    ids = [case["id"] for case in content["cases"]]
    assert len(ids) == len(set(ids))
    explained = (VECTORS / "README.md").read_text(encoding="utf-8")
    for case in content["cases"]:
        assert f"`{case['result']}`" in explained, case["id"]
        claims = case.get("spec", ())
        assert [fault for clause in claims if (fault := law.fault(clause))] == [], case["id"]


@pytest.mark.parametrize("name", NAMES)
def test_a_file_is_written_as_the_folder_writes(name: str) -> None:
    text = (VECTORS / f"{name}.json").read_text(encoding="utf-8")
    written = json.dumps(json.loads(text), sort_keys=True, indent=1, ensure_ascii=False) + "\n"
    assert text == written


def test_a_choice_of_cases_that_is_empty_is_a_mistake() -> None:
    with pytest.raises(LookupError):
        vector_cases("codec", operation="no such operation")
