"""The demonstration of facilities: a real server process, a week of a district, a known truth."""

import json
import os
import pty
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from dp3t.cli.demo.facilities.week import DAYS, Conduct, Part, plan
from dp3t.facilities.state import State
from once import once
from terminal import Ran, dp3t, fault

PLACES = 24
FIELDS = {
    "seed",
    "right",
    "facilities",
    "acts",
    "pages",
    "parts",
    "states",
    "days",
    "checks",
    "seconds",
}
REFUSED = {"back-dated", "forked", "spent-token", "unknown-facility", "wrong-key"}
OPEN_SECONDS = 60


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Play it once for all workers."""

    def play(folder: Path) -> None:
        given = ("--facilities", "--places", str(PLACES), "--seed", "2", "--json")
        (folder / "ran").write_text(json.dumps(asdict(dp3t("demo", *given))))

    ran = Ran(**json.loads((once(tmp_path_factory, "facilities", play) / "ran").read_text()))
    assert (ran.returncode, ran.stderr) == (0, ""), ran.stdout[-2_000:]
    return json.loads(ran.stdout)


@pytest.mark.spec("TERMINAL-2", "TERMINAL-4", "TERMINAL-73")
def test_everything_is_as_the_known_truth_says(found: Any) -> None:
    assert found.keys() == FIELDS
    assert found["right"] is True
    checks = [check for story in found["checks"].values() for check in story]
    assert len(checks) > 20
    assert all(check["right"] and check["due"] == check["came"] for check in checks)
    assert {check["came"] for check in checks if isinstance(check["came"], str)} >= REFUSED


def test_the_map_at_the_end_shows_every_state_that_there_is_after_the_deadline(found: Any) -> None:
    assert set(found["states"].values()) == set(State) - {State.DUE}
    assert len(found["states"]) == found["facilities"] == PLACES


def test_the_calendars_tell_each_story(found: Any) -> None:
    def states(part: str) -> list[str]:
        return [day["state"] for day in found["days"][found["parts"][part]]]

    assert len(states("upheld")) == DAYS
    assert states("upheld")[4:] == ["unsafe", "unsafe", "safe"]
    assert states("open")[5:] == ["contested", "contested"]
    assert states("shut")[4:] == ["closed", "closed", "safe"]
    assert states("dismissed")[4:] == states("struck")[4:] == ["safe"] * 3
    days = [day for days in found["days"].values() for day in days]
    assert sum(day["late"] for day in days) > 0
    assert sum(day["missing"] for day in days) > 0


def test_a_week_of_a_seed_is_the_same_each_time_and_has_all_there_is() -> None:
    scenario = plan(seed=3, facilities=60)
    assert scenario == plan(seed=3, facilities=60)
    assert scenario != plan(seed=4, facilities=60)
    conducts = Counter(each for days in scenario.conducts.values() for each in days)
    assert set(conducts) == set(Conduct)
    assert len(set(scenario.parts.values())) == len(Part)
    boundaries = json.loads(scenario.district.boundaries())
    names = {feature["properties"]["name"] for feature in boundaries["features"]}
    assert names == {commune.name for commune in scenario.district.communes}


@pytest.mark.spec("TERMINAL-74")
def test_at_a_terminal_the_map_stays_open_until_ctrl_c() -> None:
    controller, terminal = pty.openpty()
    program = "from dp3t.cli import main; main()"
    command = (sys.executable, "-c", program, "demo", "--facilities", "--places", str(PLACES))
    surroundings = {name: os.environ[name] for name in os.environ if "DISPLAY" not in name}
    process = subprocess.Popen(
        command,
        stdin=terminal,
        stdout=terminal,
        stderr=subprocess.DEVNULL,
        env={**surroundings, "COLUMNS": "200", "DP3T_LANG": "en", "TERM": "dumb"},
        start_new_session=True,
    )
    os.close(terminal)
    try:
        said = _read_until(controller, b"Ctrl-C")
        (place,) = re.findall(r"http://[0-9.:]+/[a-z/]+", said)
        with urllib.request.urlopen(place, timeout=5) as page:  # noqa: S310 - of this machine
            assert page.status == 200
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0
        with pytest.raises(OSError, match="refused"):
            urllib.request.urlopen(place, timeout=5)  # noqa: S310 - of this machine
    finally:
        with suppress(ProcessLookupError):  # with the server, where the demonstration has failed
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        os.close(controller)


def _read_until(terminal: int, words: bytes) -> str:
    """Return what a program writes to its terminal until some words have come."""
    said, ends = b"", time.monotonic() + OPEN_SECONDS
    while words not in said:
        assert time.monotonic() < ends, said[-2_000:]
        said += os.read(terminal, 65_536)
    return said.decode()


@pytest.mark.parametrize(
    "arguments",
    [
        ("--facilities", "--presence"),
        ("--facilities", "--phones", "20"),
        ("--facilities", "--places", "3"),
        ("--places", "60"),
        ("--live",),
    ],
)
def test_options_of_another_story_are_refused(arguments: tuple[str, ...]) -> None:
    assert fault("demo", *arguments)
