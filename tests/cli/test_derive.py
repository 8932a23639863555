"""`dp3t derive` against values that others published."""

import json
import subprocess
import sys
from typing import Any

import pytest

ZERO_KEY = "00" * 32
TEK = "75c734c6dd1a782de7a965da5eb93125"


def dp3t(*arguments: str) -> subprocess.CompletedProcess[str]:
    program = "import dp3t.cli; dp3t.cli.main()"
    return subprocess.run(
        [sys.executable, "-c", program, *arguments], capture_output=True, text=True, check=False
    )


def derived(*arguments: str) -> dict[str, Any]:
    ran = dp3t("derive", *arguments, "--json")
    assert (ran.returncode, ran.stderr) == (0, "")
    document: dict[str, Any] = json.loads(ran.stdout)
    return document


@pytest.mark.spec("TERMINAL-2", "TERMINAL-6", "LOWCOST-2", "LOWCOST-3")
def test_lowcost_days_follow_the_reference_implementation() -> None:
    """Valid: utils/testvectors_lowcost.py of DP-3T/reference_implementation, fa2aafc."""
    days = derived("lowcost", "--key", ZERO_KEY, "--days", "2")["days"]
    second = "66687aadf862bd776c8fc18b8e9f8e20089714856ee233b3902a591d0d5f2925"
    assert [day["key"] for day in days] == [ZERO_KEY, second]
    assert [len(day["identifiers"]) for day in days] == [96, 96]
    assert days[0]["identifiers"][0] == "eb0958c011492732c59e3ed2a5eef01d"
    assert days[0]["identifiers"][95] == "c2ff48f3a5ee557ee6a05b837eeae882"
    assert days[1]["identifiers"][2] == "f417c16279d7f718465f958e17466550"


@pytest.mark.spec("TERMINAL-7", "GAEN-2", "GAEN-3", "GAEN-4")
def test_gaen_intervals_follow_googles_vectors() -> None:
    """Valid: TestVectors.java of google/exposure-notifications-internals, aaada6c."""
    found = derived("gaen", "--key", TEK, "--start", "2642976", "--metadata", "40080000")
    assert found["rpik"] == "185ad91db69ec7dd048960f1f3ba6175"
    assert found["aemk"] == "d57c46af7a1d83965b9bed8bd152936a"
    assert len(found["identifiers"]) == 144
    assert found["identifiers"][0] == {
        "interval": 2642976,
        "identifier": "8be6cd371c5c891604bfbe49df845096",
        "metadata": "72033874",
    }
    assert found["identifiers"][143]["identifier"] == "f431b62ecf443102ce4ed0407de54bd4"


@pytest.mark.spec("TERMINAL-7")
def test_gaen_without_metadata_and_with_a_count() -> None:
    found = derived("gaen", "--key", TEK, "--start", "0", "--count", "1")
    assert [one["metadata"] for one in found["identifiers"]] == [None]


@pytest.mark.parametrize("design", [("lowcost", "--key", ZERO_KEY), ("gaen", "--key", TEK)])
def test_without_json_there_is_a_table(design: tuple[str, ...]) -> None:
    start = ["--start", "0"] if design[0] == "gaen" else []
    ran = dp3t("derive", *design, *start)
    assert ran.returncode == 0
    assert "Identifier" in ran.stdout


@pytest.mark.spec("TERMINAL-1", "TERMINAL-3")
@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        (["lowcost", "--key", "00" * 31], "--key has 31 bytes, not 32"),
        (["lowcost", "--key", "zz" * 32], "--key is not hexadecimal"),
        (["lowcost", "--key", ZERO_KEY, "--days", "0"], "--days"),
        (["lowcost"], "--key"),
        (["gaen", "--key", TEK, "--start", "-1"], "--start"),
        (["gaen", "--key", TEK, "--start", "1", "--count", "145"], "--count"),
        (["gaen", "--key", TEK + "00", "--start", "1"], "--key has 17 bytes, not 16"),
        (["gaen", "--key", TEK, "--start", "1", "--metadata", "40"], "--metadata has 1 bytes"),
        (["hybrid"], "No such command"),
    ],
)
def test_wrong_arguments_are_one_line(arguments: list[str], fault: str) -> None:
    ran = dp3t("derive", *arguments, "--json")
    assert ran.returncode == 2
    assert ran.stdout == ""
    assert ran.stderr.startswith("dp3t: ")
    assert ran.stderr.count("\n") == 1
    assert fault in ran.stderr
    assert TEK not in ran.stderr
