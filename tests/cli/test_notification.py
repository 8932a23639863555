"""`dp3t notification`: what an app shows, and what a hotline takes."""

import pytest

from terminal import document, dp3t, fault
from vectors import load

KNOWN = next(case for case in load("notification")["cases"] if case["id"] == "code")
TWEAK, NOW, CODE = KNOWN["tweak"], KNOWN["now"], KNOWN["code"]
DAY = "2020-08-26"
COMMON = ("--tweak", TWEAK, "--day", DAY)


@pytest.mark.spec("TERMINAL-13", "TERMINAL-2", "NOTIFICATION-1")
@pytest.mark.parametrize("now", [str(NOW), "2020-08-29T12:00:00Z", "2020-08-29T19:00:00+07:00"])
def test_the_code_is_that_of_the_vector(now: str) -> None:
    assert document("notification", "code", *COMMON, "--now", now) == {"code": CODE}


@pytest.mark.spec("TERMINAL-13", "TERMINAL-14")
def test_without_a_time_both_take_the_present() -> None:
    code = document("notification", "code", *COMMON)["code"]
    assert document("notification", "check", code, *COMMON) == {"accepted": True}


@pytest.mark.spec("TERMINAL-14", "NOTIFICATION-3")
@pytest.mark.parametrize(("later", "code"), [(0, CODE), (1799, f"{CODE[:3]}-{CODE[3:]}")])
def test_a_code_of_the_last_half_hour_is_accepted(later: int, code: str) -> None:
    found = document("notification", "check", code, *COMMON, "--now", str(NOW + later))
    assert found == {"accepted": True}


@pytest.mark.spec("TERMINAL-14", "TERMINAL-1", "TERMINAL-3", "NOTIFICATION-4")
@pytest.mark.parametrize(
    ("code", "options", "says"),
    [
        (CODE, ("--now", str(NOW + 1800)), "not a code of that day and of the last half hour"),
        (CODE, ("--now", str(NOW - 1)), "not a code of that day and of the last half hour"),
        (CODE, ("--now", str(NOW), "--day", "2020-08-27"), "not a code of that day"),
        (CODE, ("--now", str(NOW), "--day", "2020-08-30"), "lies in the future"),
        ("12345", ("--now", str(NOW)), "6 digits"),
        (CODE, ("--now", "noon"), "--now"),
        (CODE, ("--now", "2020-08-29T12:00:00"), "--now"),
        (CODE, ("--now", str(NOW), "--day", "29 August"), "--day"),
        (CODE, ("--now", str(NOW), "--day", "1969-12-31"), "--day"),
        (CODE, ("--now", str(NOW), "--tweak", "00"), "--tweak has 1 byte"),
    ],
)
def test_what_is_not_accepted_is_one_line_without_the_code(
    code: str, options: tuple[str, ...], says: str
) -> None:
    line = fault("notification", "check", code, *COMMON, *options, "--json")
    assert says in line
    assert code not in line


@pytest.mark.spec("NOTIFICATION-5")
@pytest.mark.parametrize(("language", "accepted"), [("en", "Accepted"), ("vi", "Mã hợp lệ")])
def test_people_read_two_groups_and_a_verdict(language: str, accepted: str) -> None:
    arguments = (*COMMON, "--now", str(NOW))
    shown = dp3t("notification", "code", *arguments, language=language).stdout
    assert shown == f"{CODE[:3]} {CODE[3:]}\n"
    assert accepted in dp3t("notification", "check", CODE, *arguments, language=language).stdout
