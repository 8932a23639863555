"""`dp3t dummy`: posteriors, and the verdict on a log."""

from pathlib import Path
from random import Random

import pytest

from schedulers import SPOILED, Log, honest
from terminal import document, dp3t


def written(path: Path, log: Log) -> str:
    path.write_text("".join(f"{each.phone},{each.at}\n" for each in log), encoding="utf-8")
    return str(path)


@pytest.mark.spec("TERMINAL-2", "TERMINAL-12", "DUMMY-10")
def test_a_posterior_is_that_of_the_best_practices() -> None:
    found = document(
        "dummy", "posterior", "--uploads", "16", "--days", "10", "--probability", "2.5e-4"
    )
    assert set(found) == {"posterior", "approximation", "expected_dummies"}
    assert found["posterior"] == pytest.approx(1.9965e-3, rel=1e-4)
    assert found["approximation"] == pytest.approx(2.0e-3)
    assert found["expected_dummies"] == pytest.approx(2.0)


@pytest.mark.spec("TERMINAL-2", "TERMINAL-11", "DUMMY-11", "DUMMY-12")
def test_an_honest_log_is_unsuspicious(tmp_path: Path) -> None:
    log = honest(Random(1))
    found = document("dummy", "check", written(tmp_path / "log", log))
    assert set(found) == {"verdict", "reasons", "requests", "phones", "tests"}
    assert {frozenset(each) for each in found["tests"]} == {
        frozenset(("test", "sample", "p_value"))
    }
    assert (found["verdict"], found["reasons"]) == ("unsuspicious", [])
    assert (found["requests"], found["phones"]) == (len(log), 100)
    tests = {each["test"]: each["p_value"] for each in found["tests"]}
    assert len(tests) == 9
    assert tests["waits-after-reports"] is None
    assert 0 < tests["gaps"] <= 1


@pytest.mark.spec("TERMINAL-2", "TERMINAL-11", "DUMMY-11")
def test_a_clumped_log_says_why_and_a_rate_and_a_resolution_can_be_given(tmp_path: Path) -> None:
    spoiled = written(tmp_path / "log", SPOILED["all at second 0 of a minute"][0](Random(1)))
    found = document("dummy", "check", spoiled)
    assert found["verdict"] == "clumped"
    assert any("minute" in reason for reason in found["reasons"])
    assert document("dummy", "check", spoiled, "--resolution", "60")["verdict"] == "unsuspicious"
    other = document("dummy", "check", spoiled, "--resolution", "60", "--rate", "0.5")
    assert other["reasons"] == [
        "the time from one dummy to the next is not exponential with the stated mean"
    ]


@pytest.mark.parametrize(("language", "word"), [("en", "Unsuspicious"), ("vi", "đáng ngờ")])
def test_people_read_a_table_in_their_language(tmp_path: Path, language: str, word: str) -> None:
    ran = dp3t("dummy", "check", written(tmp_path / "log", honest(Random(1))), language=language)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert word in ran.stdout
    arguments = ("posterior", "--uploads", "1", "--days", "10", "--probability", "0.3")
    said = dp3t("dummy", *arguments, language=language).stdout
    assert ("17.6471" if language == "en" else "17,6471") in said


@pytest.mark.spec("TERMINAL-1")
@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        (["check", "absent"], "No such file"),
        (["check", "LOG"], "LOG: line 2: the time is not a number of Unix seconds"),
        (["check", "LOG", "--resolution", "0"], "--resolution"),
        (["check", "LOG", "--rate", "0"], "--rate"),
        (["check", "LOG", "--rate", "nan"], "--rate"),
        (["check"], "LOG"),
        (["posterior", "--uploads", "-1", "--days", "1", "--probability", "0"], "--uploads"),
        (["posterior", "--uploads", "1", "--days", "0", "--probability", "0"], "--days"),
        (["posterior", "--uploads", "1", "--days", "inf", "--probability", "0"], "--days"),
        (["posterior", "--uploads", "1", "--days", "1", "--probability", "1.5"], "--probability"),
        (["posterior", "--uploads", "1", "--days", "1", "--probability", "nan"], "--probability"),
        (["posterior", "--uploads", "1", "--days", "1"], "--probability"),
    ],
)
def test_a_fault_is_one_line(arguments: list[str], fault: str, tmp_path: Path) -> None:
    log = tmp_path / "LOG"
    log.write_text("a,1593000000\na,yesterday\n", encoding="utf-8")
    ran = dp3t("dummy", *(str(log) if word == "LOG" else word for word in arguments), "--json")
    assert (ran.returncode, ran.stdout, ran.stderr.count("\n")) == (2, "", 1)
    assert ran.stderr.startswith("dp3t: ")
    assert fault in ran.stderr
