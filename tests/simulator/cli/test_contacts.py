"""`dp3t-sim contacts`."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from dp3t import MalformedError
from dp3t_simulator.cli import app

SCANS = "# timestamp,user_a,user_b,rssi\n0,1,2,-70\n300,1,2,-70\n0,3,-1,0\n0,3,-2,-90\n0,4,-2,-90\n"


def shown(*arguments: str) -> str:
    result = CliRunner().invoke(app, ["contacts", *arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


@pytest.fixture
def scans(tmp_path: Path) -> str:
    path = tmp_path / "bt_symmetric.csv"
    path.write_text(SCANS, encoding="ascii")
    return str(path)


def test_what_a_file_holds_is_one_document(scans: str) -> None:
    assert json.loads(shown(scans, "--json")) == {
        "format": "copenhagen",
        "groups": 0,
        "empty_scans": 1,
        "outside_sightings": 2,
        "contacts": 2,
        "people": 2,
        "days": 1,
        "pairs": 1,
        "partners_a_day": 1.0,
        "partners_a_day_for_5_minutes": 1.0,
        "partners_a_day_for_15_minutes": 0.0,
        "median_seconds_a_day": 600.0,
    }


def test_what_a_file_holds_is_a_table_in_either_language(
    scans: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DP3T_LANG", "vi")
    assert "1,00" in shown(scans)
    monkeypatch.setenv("DP3T_LANG", "en")
    assert "1.00" in shown(scans)


def test_a_damaged_file_is_refused_by_line(scans: str) -> None:
    Path(scans).write_text(SCANS + "0,1,2\n", encoding="ascii")
    with pytest.raises(MalformedError, match="line 7: 3 fields"):
        shown(scans)
