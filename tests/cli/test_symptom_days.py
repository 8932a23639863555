"""`dp3t symptoms`: the days of a diary are those of the calendar of Viet Nam."""

import json
from pathlib import Path
from typing import Any

import pytest

from dp3t.cli.commands import app
from terminal import Terminal

HALF_PAST_SIX = "2022-02-02T06:30:00+07:00"
LATE = "2022-02-02T23:30:00+07:00"
"""Of one day in Viet Nam, and of two days of UTC."""


@pytest.mark.spec("SYMPTOM-DIARY-10")
def test_morning_and_evening_of_a_day_in_viet_nam_are_one_day(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setenv("DP3T_LANG", "en")
    terminal = Terminal(monkeypatch, capsys)

    def told(command: str, *arguments: object, now: str) -> Any:
        files = ("--diary", tmp_path / "diary", "--key", tmp_path / "key", "--now", now)
        _, out, err = terminal.run(app, "symptoms", command, *files, *arguments, "--json")
        assert err == ""
        return json.loads(out)

    born = ("--name", "An", "--born", "2022-02")  # in January by UTC it would lie ahead
    told("member", "--member", 1, *born, now="2022-02-01T06:30:00+07:00")
    told("note", "--member", 1, "--symptom", "cough", now=HALF_PAST_SIX)
    found = told("note", "--member", 1, "--temperature", "38.5", now=LATE)
    (day,) = found["members"][0]["days"]
    assert (day["day"], day["symptoms"], day["temperature_tenths"]) == (
        "2022-02-02",
        ["cough"],
        385,
    )
    fired = told("advise", "--member", 1, now=HALF_PAST_SIX)["fired"]
    assert any("38.5" in fact["en"] for each in fired for fact in each["facts"])
    last = told("show", now="2022-03-02T23:59:59+07:00")["members"][0]["days"]
    assert [each["day"] for each in last] == ["2022-02-02"]
    assert told("show", now="2022-03-03T00:00:00+07:00")["members"][0]["days"] == []
