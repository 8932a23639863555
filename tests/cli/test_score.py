"""`dp3t score`: files of cases, and presets."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

import terminal
from dp3t.proximity.exposure.presets import PRESETS
from shared_data import shared
from vectors import load


def dp3t(*arguments: str, language: str = "en") -> terminal.Ran:
    return terminal.dp3t("score", *arguments, language=language)


def cases() -> list[dict[str, Any]]:
    found = load("scoring")["cases"]
    return [each["case"] for each in found if each["operation"] == "v1"]


def written(path: Path, document: object) -> str:
    path.write_text(json.dumps(document), encoding="utf-8")
    return str(path)


@pytest.mark.spec("TERMINAL-2", "TERMINAL-15", "SCORING-26")
def test_googles_own_cases_are_all_equal() -> None:
    ran = dp3t("check", str(shared("vectors/gaen_risk_scoring.json")), "--json")
    assert (ran.returncode, ran.stderr) == (0, "")
    assert json.loads(ran.stdout) == {
        "cases": 55,
        "equal": 55,
        "different": [],
        "reasons": [],
    }


@pytest.mark.spec("TERMINAL-2", "TERMINAL-15", "SCORING-26")
def test_a_difference_is_named_and_the_status_says_so(tmp_path: Path) -> None:
    right, wrong = cases()[1:3]
    wrong = wrong | {"name": "ca khác [bold]", "result": None}
    ran = dp3t("check", written(tmp_path / "cases", {"v1": [right, wrong]}), "--json")
    assert (ran.returncode, ran.stderr) == (1, "")
    found = {
        "cases": 2,
        "equal": 1,
        "different": ["ca khác [bold]"],
        "reasons": ["result: an object, in the file null"],
    }
    assert json.loads(ran.stdout) == found
    seen = dp3t("check", str(tmp_path / "cases"), language="vi")
    assert seen.returncode == 1
    assert "Khác nhau" in seen.stdout
    assert "ca khác [bold]" in seen.stdout
    assert "in the file null" in seen.stdout


@pytest.mark.spec("TERMINAL-1", "TERMINAL-15", "SCORING-27")
@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"", "not JSON"),
        (b"[]", "not an object"),
        (b"{}", "none of the lists"),
        (b'{"v1": []}', "no case"),
        (b'\xef\xbb\xbf{"v1": [{}]}', "byte order mark"),
        (b'{"v1": [{"name": "a", "name": "b"}]}', "twice"),
        (b" " * (2**26 + 1), "at most 67108864 bytes"),
    ],
    ids=range(7),
)
def test_a_faulty_file_is_one_line_that_names_it(tmp_path: Path, content: bytes, what: str) -> None:
    path = tmp_path / "cases"
    path.write_bytes(content)
    ran = dp3t("check", str(path), "--json")
    assert (ran.returncode, ran.stdout) == (2, "")
    (line,) = ran.stderr.splitlines()
    assert line.startswith(f"dp3t: {path}: ")
    assert what in line


@pytest.mark.spec("TERMINAL-1")
def test_a_path_that_cannot_be_read_is_named_as_it_was_given(tmp_path: Path) -> None:
    locked = tmp_path / "locked"
    locked.write_text("{}", encoding="utf-8")
    locked.chmod(0)
    missing = f"{tmp_path}/./none"
    for path in (missing, str(tmp_path), *(() if os.access(locked, os.R_OK) else (str(locked),))):
        ran = dp3t("check", path, "--json")
        assert (ran.returncode, ran.stdout) == (2, "")
        (line,) = ran.stderr.splitlines()
        assert line.startswith("dp3t: ")
        assert Path(path).name in line


@pytest.mark.spec("TERMINAL-15", "SCORING-26")
def test_a_case_that_cannot_be_run_hides_no_other(tmp_path: Path) -> None:
    right = cases()[1]
    odd = right | {"name": "\ud800 odd", "interpolation": 0}
    ran = dp3t("check", written(tmp_path / "cases", {"v1": [odd, right]}), "--json")
    assert (ran.returncode, ran.stderr) == (1, "")
    assert json.loads(ran.stdout) == {
        "cases": 2,
        "equal": 1,
        "different": ["\ud800 odd"],
        "reasons": ["the case: interpolation is neither true nor false"],
    }


@pytest.mark.spec("TERMINAL-15")
@pytest.mark.parametrize(("language", "words"), [("en", "exit status is 0"), ("vi", "Mã thoát")])
def test_the_help_says_the_exit_status(language: str, words: str) -> None:
    assert words in " ".join(dp3t("check", "--help", language=language).stdout.split())


@pytest.mark.spec("TERMINAL-2", "TERMINAL-16")
def test_the_presets_are_listed_with_every_value_and_its_source() -> None:
    ran = dp3t("presets", "--json")
    assert (ran.returncode, ran.stderr) == (0, "")
    found = {each["name"]: each for each in json.loads(ran.stdout)["presets"]}
    assert list(found) == list(PRESETS) == ["dp3t", "swisscovid", "gaen-v1", "gaen-v2", "cwa"]
    assert found["cwa"]["rule"]["bucket_weights"] == [0.8, 1.0, 0.1, 0.0]
    assert found["swisscovid"]["look_back_days"] == 10
    assert found["gaen-v2"]["rule"]["summaries"]["thresholds_db"] == [55, 67, 75]
    assert all(each["source"] and each["unit"] and each["notify_at"] for each in found.values())


@pytest.mark.parametrize(("language", "word"), [("en", "weighted seconds"), ("vi", "trọng số")])
def test_a_person_sees_the_presets_in_their_language(language: str, word: str) -> None:
    ran = dp3t("presets", language=language)
    assert ran.returncode == 0
    assert word.split()[0] in ran.stdout
