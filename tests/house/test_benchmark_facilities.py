"""`benchmarks.facilities`: small, with all that it does and all that it has to notice."""

import copy
import json
import subprocess
import sys
from typing import Any

import pytest

from benchmarks.facilities.__main__ import is_right
from project import ROOT

FACILITIES, OBJECTIONS, DAYS = 40, 80, 2
SMALL = ("--facilities", FACILITIES, "--objections", OBJECTIONS, "--days", DAYS, "--json")


@pytest.fixture(scope="module")
def found() -> Any:
    ran = subprocess.run(
        [sys.executable, "-m", "benchmarks.facilities", *map(str, SMALL)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=120,
    )
    assert (ran.returncode, ran.stderr) == (0, ""), ran.stdout[-2_000:]
    return json.loads(ran.stdout)


def test_every_act_is_counted_and_every_forgery_refused(found: Any) -> None:
    assert found["right"] is True
    assert found["attesting"]["answered"] == found["bare"]["answered"] == FACILITIES
    assert found["objections"]["refused"] == {"bad-token": 60, "malformed": 20}
    honest = found["objections"]["honest"]["answered"]
    assert found["correct"]["acts"] == 2 * FACILITIES + 2 + 1 + honest
    assert found["long"]["acts"] == FACILITIES + 2 + DAYS * FACILITIES
    assert found["long"]["deadline_told_seconds"] > 0


@pytest.mark.parametrize(
    ("part", "name", "value"),
    [
        ("correct", "acts", 1),
        ("correct", "faults", ["page 0: x"]),
        ("correct", "differences", ["school-00001"]),
        ("correct", "safe_on_map", FACILITIES - 1),
        ("correct", "listener_was_told_of", FACILITIES - 1),
        ("objections", "answered", OBJECTIONS - 1),
        ("objections", "refused", {"malformed": OBJECTIONS}),
        ("attesting", "per_second", 16.0),
    ],
)
def test_what_is_lost_wrong_or_slow_is_not_right(
    found: Any, part: str, name: str, value: object
) -> None:
    worse = copy.deepcopy(found)
    worse[part][name] = value
    assert not is_right(worse, facilities=FACILITIES, objections=OBJECTIONS)
