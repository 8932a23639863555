"""`dp3t derive` against values that others published."""

from typing import Any

import pytest

import oracle
from terminal import document, dp3t
from vectors import Case, vector_cases

ZERO_KEY = "00" * 32
TEK = "75c734c6dd1a782de7a965da5eb93125"
UNLINKABLE_SEED = "eaa2054637009757b9988b28998209d253eede69345f835bb91b3b333108d229"


def derived(*arguments: str) -> dict[str, Any]:
    return document("derive", *arguments)


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


@pytest.mark.spec("TERMINAL-8", "HYBRID-3")
@pytest.mark.parametrize("case", vector_cases("hybrid", operation="derive"))
def test_hybrid_windows_follow_the_vectors(case: Case) -> None:
    found = derived("hybrid", "--seed", case["seed"], "--count", str(len(case["identifiers"])))
    assert found == {"identifiers": case["identifiers"]}


@pytest.mark.spec("TERMINAL-8")
@pytest.mark.parametrize("case", vector_cases("hybrid", operation="count"))
def test_a_hybrid_window_has_as_many_identifiers_as_asked(case: Case) -> None:
    found = derived("hybrid", "--seed", case["seed"], "--count", str(case["count"]))["identifiers"]
    assert [len(found), found[0], found[-1]] == [case["count"], case["first"], case["last"]]


@pytest.mark.spec("TERMINAL-9", "UNLINKABLE-3", "UNLINKABLE-5")
@pytest.mark.parametrize("case", vector_cases("unlinkable", operation="hash"))
def test_unlinkable_hashes_follow_the_reference_implementation(case: Case) -> None:
    """The seed of the identifier that the published hashes are of is published too."""
    found = derived("unlinkable", "--seed", UNLINKABLE_SEED, "--epoch", str(case["epoch"]))
    hashed = case["hashed_observation"]
    assert found == {"identifier": case["identifier"], "hashed_observation": hashed}


@pytest.mark.spec("TERMINAL-9", "UNLINKABLE-3")
@pytest.mark.parametrize("case", vector_cases("unlinkable", operation="derive"))
def test_unlinkable_without_an_epoch_has_no_hash(case: Case) -> None:
    found = derived("unlinkable", "--seed", case["seed"])
    assert found == {"identifier": case["identifier"], "hashed_observation": None}


@pytest.mark.spec("TERMINAL-9")
def test_the_last_epoch_of_four_bytes_is_hashed() -> None:
    found = derived("unlinkable", "--seed", ZERO_KEY, "--epoch", str(2**32 - 1))
    expected = oracle.unlinkable_hash(oracle.unlinkable_identifier(bytes(32)), 2**32 - 1)
    assert found["hashed_observation"] == expected.hex()


def test_in_a_narrow_terminal_nothing_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    ran = dp3t("derive", "unlinkable", "--seed", ZERO_KEY, "--epoch", "1")
    assert "…" not in ran.stdout
    expected = oracle.unlinkable_hash(oracle.unlinkable_identifier(bytes(32)), 1).hex()
    rows = [line.split("│")[1:-1] for line in ran.stdout.splitlines() if "│" in line]
    assert "".join(row[1].strip() for row in rows).endswith(expected)
    monkeypatch.setenv("COLUMNS", "80")
    title = dp3t("derive", "gaen", "--key", TEK, "--start", "0").stdout.splitlines()[:2]
    assert [line.split()[0] for line in title] == ["RPIK", "AEMK"]


@pytest.mark.parametrize(
    "arguments",
    [
        ("lowcost", "--key", ZERO_KEY),
        ("gaen", "--key", TEK, "--start", "0"),
        ("hybrid", "--seed", TEK, "--count", "16"),
        ("unlinkable", "--seed", ZERO_KEY),
        ("unlinkable", "--seed", ZERO_KEY, "--epoch", "1"),
    ],
    ids=" ".join,
)
def test_without_json_there_is_a_table(arguments: tuple[str, ...]) -> None:
    for language, heading in (("en", "Identifier"), ("vi", "Mã định danh")):
        ran = dp3t("derive", *arguments, language=language)
        assert ran.returncode == 0
        assert heading in ran.stdout
        assert "…" not in ran.stdout


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
        (["hybrid", "--seed", TEK], "--count"),
        (["hybrid", "--count", "1"], "--seed"),
        (["hybrid", "--seed", TEK, "--count", "0"], "--count"),
        (["hybrid", "--seed", TEK, "--count", "1441"], "--count"),
        (["hybrid", "--seed", TEK[1:], "--count", "1"], "--seed is not hexadecimal"),
        (["hybrid", "--seed", TEK[2:], "--count", "1"], "--seed has 15 bytes, not 16"),
        (["unlinkable"], "--seed"),
        (["unlinkable", "--seed", TEK], "--seed has 16 bytes, not 32"),
        (["unlinkable", "--seed", f"{ZERO_KEY} "], "--seed is not hexadecimal"),
        (["unlinkable", "--seed", ZERO_KEY, "--epoch", "-1"], "--epoch"),
        (["unlinkable", "--seed", ZERO_KEY, "--epoch", "4294967296"], "--epoch"),
        (["unlinkable", "--seed", ZERO_KEY, "--epoch", "noon"], "--epoch"),
        (["centralised"], "No such command"),
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
