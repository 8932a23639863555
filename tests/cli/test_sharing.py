"""`dp3t sharing` at the terminal."""

import pytest

from dp3t.proximity.sharing.plan import Listener, plan
from terminal import document, dp3t
from vectors import Case, load


@pytest.mark.spec("SHARING-18")
def test_a_plan_names_what_reaches_the_goal_and_the_best_of_it() -> None:
    found = document(
        "sharing", "plan", "--near", "0.7", "--far", "0.005", "--shares", "12", "--shares", "255"
    )
    assert found["feasible"] is True
    assert [row["shares"] for row in found["rows"]] == [12, 255]
    options = found["rows"][0]["options"]
    assert set(options[0]) == {"threshold", "near_success", "far_success"}
    assert found["rows"][0]["near_most"] == options[-1]["threshold"]
    assert found["rows"][0]["far_least"] == options[0]["threshold"]
    assert found["best"] == {"shares": 12, **options[-1]}


@pytest.mark.spec("SHARING-18")
def test_a_plan_says_that_nothing_reaches_the_goal_after_trying_every_n() -> None:
    found = document("sharing", "plan", "--near", "0.3", "--far", "0.05")
    assert (found["feasible"], found["best"]) == (False, None)
    assert [row["shares"] for row in found["rows"]] == list(range(2, 256))


@pytest.mark.spec("SHARING-18")
def test_a_plan_takes_another_schedule_for_both_ends() -> None:
    found = document(
        "sharing", "plan",
        "--near", "0.7", "--far", "0.1", "--interval-ms", "500", "--scan-seconds", "8",
        "--scan-every", "60", "--minutes", "10", "--far-minutes", "15", "--far-scans-alike",
        "--shares", "20",
    )  # fmt: skip
    scan = {"scan_ms": 8_000, "scan_every_ms": 60_000}
    (row,) = plan(
        near=Listener(reception=0.7, contact_ms=600_000, **scan),
        far=Listener(reception=0.1, contact_ms=900_000, **scan),
        interval_ms=500,
        shares=[20],
    )
    assert found["rows"][0]["near_most"] == row.near_most
    assert found["rows"][0]["far_least"] == row.far_least


@pytest.mark.parametrize(
    ("language", "far", "says"),
    [
        ("en", "0.005", "reach the goal"),
        ("en", "0.3", "No k and n reach the goal"),
        ("vi", "0.005", "đạt mục tiêu"),
        ("vi", "0.3", "Không có k và n nào đạt mục tiêu"),
    ],
)
def test_a_plan_speaks_to_people(language: str, far: str, says: str) -> None:
    ran = dp3t(
        "sharing", "plan", "--near", "0.7", "--far", far, "--shares", "12", language=language
    )
    assert ran.returncode == 0
    assert says in ran.stdout


@pytest.mark.parametrize(("language", "says"), [("en", "The 12 with"), ("vi", "12 cặp có")])
def test_a_plan_says_what_it_leaves_out(language: str, says: str) -> None:
    few = ("sharing", "plan", "--near", "0.7", "--far", "0.005", "--shares", "12")
    assert says not in dp3t(*few, language=language).stdout
    many = (*few, *(word for n in range(13, 24) for word in ("--shares", str(n))))
    assert len(document(*many)["rows"]) == 12
    ran = dp3t(*many, language=language)
    assert says in ran.stdout
    assert "--json" in ran.stdout


@pytest.mark.spec("SHARING-14")
@pytest.mark.parametrize("name", ["split-3-of-5", "split-12-of-12"])
def test_split_prints_the_vectors_group_and_combine_undoes_it(name: str) -> None:
    case: Case = next(case for case in load("sharing")["cases"] if case["id"] == name)
    found = document(
        "sharing", "split",
        "--identifier", case["identifier"], "--threshold", str(case["threshold"]),
        "--shares", str(case["shares"]), "--tag", case["tag"],
        "--coefficients", case["coefficients"],
    )  # fmt: skip
    assert found == {"service_data": case["service_data"]}
    held = [argument for data in case["service_data"] for argument in ("--share", data)]
    combined = document("sharing", "combine", "--threshold", str(case["threshold"]), *held)
    assert combined == {"identifier": case["identifier"]}


def test_split_and_combine_speak_to_people() -> None:
    ran = dp3t(
        "sharing", "split",
        "--identifier", "00" * 16, "--threshold", "2", "--shares", "2", "--tag", "aabbcc",
        "--coefficients", "01" * 16,
    )  # fmt: skip
    assert "01aabbcc" + "01" * 16 in ran.stdout.replace("\n", "")
    ran = dp3t(
        "sharing", "combine", "--threshold", "2", "--share", "01aabbcc" + "01" * 16,
        "--share", "02aabbcc" + "02" * 16,
    )  # fmt: skip
    assert ran.stdout == "00" * 16 + "\n"


SHARE = "01aabbcc" + "5e" * 16


@pytest.mark.spec("SHARING-14", "TERMINAL-1", "TERMINAL-3")
@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        (["plan", "--near", "0.7"], "--far"),
        (["plan", "--near", "1.7", "--far", "0"], "--near"),
        (["plan", "--near", "nan", "--far", "0"], "--near"),
        (["plan", "--near", "1", "--far", "0", "--scan-every", "1"],
         "--scan-seconds is longer than --scan-every"),
        (["plan", "--near", "1", "--far", "0", "--interval-ms", "20"], "more than"),
        (["plan", "--near", "1", "--far", "0", "--shares", "256"], "--shares"),
        (["split", "--identifier", "00" * 15, "--threshold", "2", "--shares", "3", "--tag",
          "00" * 3, "--coefficients", "00" * 16], "--identifier has 15 bytes"),
        (["split", "--identifier", "00" * 16, "--threshold", "2", "--shares", "3", "--tag",
          "00" * 3, "--coefficients", "00" * 32], "--coefficients has 32 bytes"),
        (["split", "--identifier", "00" * 16, "--threshold", "4", "--shares", "3", "--tag",
          "00" * 3, "--coefficients", "00" * 48], "--threshold is larger"),
        (["combine", "--threshold", "2", "--share", SHARE], "1 shares where 2 are needed"),
        (["combine", "--threshold", "1", "--share", SHARE], "--threshold"),
        (["combine", "--threshold", "2", "--share", SHARE, "--share", "02aabbcd" + "00" * 16],
         "different groups"),
        (["combine", "--threshold", "2", "--share", "00" * 20], "place 0"),
        (["combine", "--threshold", "2", "--share", SHARE, "--share", "02aabbcc" + "00" * 16,
          "--share", "03aabbcc" + "00" * 16], "contradict"),
    ],
)  # fmt: skip
def test_wrong_arguments_are_one_line(arguments: list[str], fault: str) -> None:
    ran = dp3t("sharing", *arguments, "--json")
    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr.startswith("dp3t: ")
    assert ran.stderr.count("\n") == 1
    assert fault in ran.stderr
    assert "5e5e" not in ran.stderr
