"""`dp3t symptoms`: slips of people that the terminal notices before they cost something."""

import json
from pathlib import Path

import pytest

from dp3t.cli.commands import app
from dp3t.symptoms.built_in import built_in_rules_value
from dp3t.timeline import Instant
from stations import AUTHORITY, HUE, NOW, station_keys
from terminal import Terminal

PUBLIC = AUTHORITY.public().public.hex()


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Terminal:
    monkeypatch.setenv("DP3T_LANG", "en")
    return Terminal(monkeypatch, capsys)


@pytest.mark.spec("TERMINAL-54")
def test_nobody_in_the_diary_is_yet_to_be_born(terminal: Terminal, tmp_path: Path) -> None:
    files = ("--diary", tmp_path / "diary", "--key", tmp_path / "key", "--now", NOW)
    given = ("symptoms", "member", *files, "--member", 2, "--name", "Bé", "--born")
    for born in ("2030", "2022-03"):
        status, out, err = terminal.run(app, *given, born)
        assert (status, out) == (2, "")
        assert "--born lies ahead" in err
    assert not (tmp_path / "diary").exists()
    assert terminal.run(app, *given, "2022-02")[0] == 0


@pytest.mark.spec("TERMINAL-60", "RULES-1")
def test_a_document_that_begins_before_its_key_is_not_signed(
    terminal: Terminal, tmp_path: Path
) -> None:
    table, key, out = (tmp_path / name for name in ("table.json", "key.json", "rules"))
    table.write_text(json.dumps(built_in_rules_value()), encoding="utf-8")
    key.touch(mode=0o600)
    life = {"valid_from": 1_500_000_000, "valid_until": 2**32 - 1}
    key.write_text(json.dumps({"seed": AUTHORITY.seed.hex(), **life}), encoding="ascii")
    signing = (table, "--signing-key", key, "--out", out)
    status, shown, err = terminal.run(app, "symptoms", "authority", "sign-rules", *signing)
    assert (status, shown) == (2, "")
    assert "valid_from 0 is not in the life of the signing key, 2017-07-14" in err
    assert not out.exists()


@pytest.mark.spec("TERMINAL-58", "HELP-5")
def test_nobody_is_asked_to_come_on_a_day_that_is_over_in_viet_nam(
    terminal: Terminal, tmp_path: Path
) -> None:
    listed = tmp_path / "stations"
    listed.write_bytes(station_keys().sign(AUTHORITY))
    late = Instant(NOW - NOW % 86_400 + 20 * 3_600)  # 2022-02-01 by UTC, and tomorrow there
    given = ("symptoms", "help", "--stations", listed, "--authority", PUBLIC, "--commune", HUE)
    visit = ("--who", "Lan", "--visit", "12 Lê Lợi", "--yes", "--now", late, "--out")
    status, _, err = terminal.run(app, *given, *visit, tmp_path / "one", "--on", "2022-02-01")
    assert (status, "--on lies in the past" in err) == (2, True)
    assert terminal.run(app, *given, *visit, tmp_path / "one", "--on", "2022-02-02")[0] == 0


@pytest.mark.spec("TERMINAL-56", "RULES-7", "RULES-8")
def test_what_is_less_urgent_than_the_ambulance_is_told_apart_from_it(
    terminal: Terminal, tmp_path: Path
) -> None:
    files = ("--diary", tmp_path / "diary", "--key", tmp_path / "key", "--now", NOW)
    person = (*files, "--member", 1)
    terminal.run(app, "symptoms", "member", *person, "--name", "Lan", "--born", "1980")
    terminal.run(app, "symptoms", "note", *person, "--spo2", 85, "--symptom", "cough")
    shown = terminal.run(app, "symptoms", "advise", *person)[1]
    urgent, _, rest = shown.partition("Also true, and less urgent:")
    assert "Rule: oxygen-very-low" in urgent
    assert "Stay at home" not in urgent
    assert "Rule: ill-at-home" in rest
