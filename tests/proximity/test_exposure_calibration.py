"""spec/proximity/exposure.md: attenuation, and tables of calibrations."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dp3t.errors import Dp3tError, LimitError, MalformedError
from dp3t.proximity.exposure.calibration import (
    MAX_TABLE_CHARACTERS,
    UNCALIBRATED,
    Calibration,
    CalibrationConfidence,
    calibration_table,
)

HEADER = "model,tx_power_dbm,rx_correction_db,confidence\n"
TABLE = {
    "Pixel 4": Calibration(
        tx_power_dbm=-24, rx_correction_db=5, confidence=CalibrationConfidence.HIGH
    ),
    "SM-G960F, dual": Calibration(rx_correction_db=-3, confidence=CalibrationConfidence.MEDIUM),
    "unknown": UNCALIBRATED,
}
AS_CSV = HEADER + 'Pixel 4,-24,5,high\n"SM-G960F, dual",,-3,medium\n\nunknown,,0,lowest\n'
AS_TOML = """
["Pixel 4"]
tx_power_dbm = -24
rx_correction_db = 5
confidence = "high"

["SM-G960F, dual"]
rx_correction_db = -3
confidence = "medium"

[unknown]
"""


@pytest.mark.spec("EXPOSURE-4")
@pytest.mark.parametrize(
    ("rssi", "power", "correction", "attenuation"),
    [
        (-70, -20, 0, 50),
        (-70, -20, 5, 45),
        (-70, -20, -3, 53),
        (-20, -20, 0, 0),
        (-19, -20, 0, 0),
        (-21, -20, 0, 1),
        (-128, 127, 0, 255),
        (-128, 127, -1, 255),
        (-128, 126, 0, 254),
    ],
)
def test_attenuation_is_power_less_corrected_strength_and_stays_within_bounds(
    rssi: int, power: int, correction: int, attenuation: int
) -> None:
    own = Calibration(tx_power_dbm=99, rx_correction_db=correction)
    assert own.attenuation_db(rssi, tx_power_dbm=power) == attenuation


@pytest.mark.spec("EXPOSURE-4", "EXPOSURE-5")
def test_a_sender_that_tells_no_power_has_the_calibrations_or_no_attenuation() -> None:
    assert Calibration(tx_power_dbm=-24).attenuation_db(-70, tx_power_dbm=None) == 46
    assert UNCALIBRATED.attenuation_db(-70, tx_power_dbm=None) is None


@pytest.mark.spec("EXPOSURE-6")
@pytest.mark.parametrize(
    "text", [AS_CSV, "\ufeff" + AS_CSV.replace("\n", "\r\n"), AS_TOML], ids=["csv", "bom", "toml"]
)
def test_both_forms_of_a_table_say_the_same(text: str) -> None:
    assert calibration_table(text) == TABLE


@pytest.mark.spec("EXPOSURE-7")
@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_a_line_with_other_columns_is_told_by_its_number(ends: str) -> None:
    lines = ["model,tx_power_dbm,rx_correction_db,confidence", "one,-24,5,high", "", "two,-24,5"]
    with pytest.raises(MalformedError, match="line 4 of the table has 3 columns"):
        calibration_table(ends.join(lines))


@pytest.mark.spec("EXPOSURE-7")
@pytest.mark.parametrize(
    "text",
    [
        "",
        HEADER,
        HEADER + "\n\n",
        "# nothing but a remark\n",
        "model,tx,rx,confidence\na,0,0,low\n",
        HEADER + "a,0,0\n",
        HEADER + "a,0,0,low,1\n",
        HEADER + "a,0,0,sure\n",
        HEADER + "a,0,0,LOW\n",
        HEADER + "a,x,0,low\n",
        HEADER + "a,1.5,0,low\n",
        HEADER + "a,0,,low\n",
        HEADER + "a,128,0,low\n",
        HEADER + "a,-129,0,low\n",
        HEADER + "a,0,128,low\n",
        HEADER + "a,٣,0,low\n",
        HEADER + "a,99999999999999999999,0,low\n",
        HEADER + "a,0,0,low\na,0,0,low\n",
        HEADER + ",0,0,low\n",
        HEADER + "a" * 65 + ",0,0,low\n",
        HEADER + '"a,0,0,low\n',
        HEADER + '"a"b,0,0,low\n',
        "[a]\nrx_correction_db = 1.0\n",
        "[a]\nrx_correction_db = true\n",
        '[a]\nrx_correction_db = "1"\n',
        "[a]\ntx_power_dbm = 128\n",
        "[a]\nconfidence = 3\n",
        '[a]\nconfidence = "sure"\n',
        "[a]\nmodel = 1\n",
        "[a]\n[a]\n",
        "a = 1\n",
        "[" * 9999,
        '[""]\n',
    ],
)
def test_a_faulty_table_is_malformed(text: str) -> None:
    with pytest.raises(MalformedError):
        calibration_table(text)


def test_a_confidence_has_the_number_that_metadata_give_it() -> None:
    assert [level.value for level in CalibrationConfidence] == [0, 1, 2, 3]


@pytest.mark.spec("EXPOSURE-7")
def test_a_table_that_is_too_long_is_refused() -> None:
    table = '[a]\nrx_correction_db = 0\nconfidence = "low"\n#'
    assert list(calibration_table(table.ljust(MAX_TABLE_CHARACTERS, "#"))) == ["a"]
    with pytest.raises(LimitError):
        calibration_table(table.ljust(MAX_TABLE_CHARACTERS + 1, "#"))


@pytest.mark.spec("EXPOSURE-7")
@given(rest=st.text(max_size=60), header=st.booleans())
def test_any_text_is_a_table_or_refused(rest: str, *, header: bool) -> None:
    try:
        calibration_table(HEADER + rest if header else rest)
    except Dp3tError:
        return


@pytest.mark.parametrize("changes", [{"tx_power_dbm": 128}, {"rx_correction_db": -129}])
def test_a_calibration_outside_its_range_is_refused(changes: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="between -128 and 127"):
        Calibration(**changes)  # type: ignore[arg-type]  # mypy takes the keys for any field
