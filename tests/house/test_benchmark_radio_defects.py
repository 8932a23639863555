"""Each defect of the experimenters' scripts, brought back, changes what it says and no more."""

import json
from pathlib import Path
from typing import Any

import pytest

import radio_data
from benchmarks.radio.__main__ import main
from benchmarks.radio.attenuation import DEFECTS

Outcome = dict[str, Any]

TABLE = """model,tx_power_dbm,rx_correction_db,confidence
model 1,-20,1,high
model 2,-30,2,high
model 3,-40,4,high
"""
BY_MODEL = "by model, calibration.csv"
FOR_ALL = "TX -24 dBm, RX +0 dB"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "calibration.csv").write_text(TABLE)
    return radio_data.experiment(tmp_path / "exp99")


def outcomes(
    capsys: pytest.CaptureFixture[str], folder: Path, *reproduced: str
) -> dict[tuple[str, str], Outcome]:
    """Return what is printed of each source and radio, at 38 dB and 2 m; all else must stay."""
    arguments = [str(folder), "--json", "--rx", "0", "--threshold", "38", "--distance", "2"]
    arguments += ["--calibration", str(folder.parent / "calibration.csv")]
    assert main([*arguments, *(("--reproduce", *reproduced) if reproduced else ())]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document.pop("reproduced") == sorted(reproduced)
    (scenario,) = document["experiments"][0]["scenarios"]
    found = {(each["source"], each["radio"]): each for each in scenario.pop("outcomes")}
    assert len(found) == 4
    found["all", "else"] = document
    return found


def changes(before: dict[Any, Outcome], after: dict[Any, Outcome]) -> dict[Any, set[str]]:
    assert before.keys() == after.keys()
    return {
        each: {field for field in before[each] if before[each][field] != after[each][field]}
        for each in before
        if before[each] != after[each]
    }


@pytest.mark.parametrize(
    ("defect", "changed"),
    [
        (
            "dropped-identifiers",
            {("captures", FOR_ALL): {"n", "fp"}, ("captures", BY_MODEL): {"n", "fp"}},
        ),
        (
            "limit-twice",
            {("table", FOR_ALL): {"fp", "precision"}, ("table", BY_MODEL): {"fp", "precision"}},
        ),
        (
            "receiver-model",
            {
                ("table", BY_MODEL): {"tp", "fp", "precision", "recall"},
                ("captures", BY_MODEL): {"fp", "precision"},  # nothing is called near any more
            },
        ),
        (
            "swapped-calibration",
            {
                ("table", BY_MODEL): {"tp", "fp", "precision", "recall"},
                ("captures", BY_MODEL): {"fp"},
            },
        ),
    ],
)
def test_a_defect_brought_back_changes_what_it_says_and_nothing_else(
    folder: Path, capsys: pytest.CaptureFixture[str], defect: str, changed: dict[Any, set[str]]
) -> None:
    before, after = outcomes(capsys, folder), outcomes(capsys, folder, defect)
    assert changes(before, after) == changed


def test_both_faults_of_calibration_together_cancel_for_the_sender(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With the sender's model mistaken for the receiver's, it does not matter which is which."""
    one = outcomes(capsys, folder, "receiver-model")
    assert outcomes(capsys, folder, "receiver-model", "swapped-calibration") == one


def test_a_defect_of_another_name_is_refused(folder: Path) -> None:
    with pytest.raises(SystemExit) as refused:
        main([str(folder), "--reproduce", "sixth"])
    assert refused.value.code == 2
    assert len(DEFECTS) == 4
