"""The file of fitted parameters, and the search that finds them."""

from dataclasses import fields, replace
from importlib.resources import files
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from dp3t_simulator.radio import parameters
from dp3t_simulator.radio.parameters import RANGES, Phone, RadioParameters, parsed, rendered
from dp3t_simulator.radio.simplex import least

FIT = parameters.shipped("captures-2020")
DERIVED = "scan_gap_seconds"


@pytest.mark.spec("RADIO-7")
def test_every_parameter_has_a_range_and_the_shipped_ones_lie_within_theirs() -> None:
    names = {each.name for kind in (RadioParameters, Phone) for each in fields(kind)}
    assert names - {"phones", "model"} == RANGES.keys() - {DERIVED}
    values = list(FIT.numbers().items())
    for phone in FIT.phones:
        values += [("sent_db", phone.sent_db), ("received_db", phone.received_db)]
    for name, value in values:
        lowest, highest = RANGES[name]
        assert lowest <= value <= highest, name


@pytest.mark.spec("RADIO-7")
@pytest.mark.parametrize("name", sorted(FIT.numbers()))
def test_a_parameter_outside_its_range_is_refused_by_name(name: str) -> None:
    for value in (RANGES[name][0] - 1, RANGES[name][1] + 1, float("nan")):
        changed: dict[str, Any] = {name: value}
        with pytest.raises(ValueError, match=f"{name} lies between"):
            replace(FIT, **changed)


@pytest.mark.spec("RADIO-7")
def test_scans_too_near_or_too_far_from_one_another_are_refused() -> None:
    for period in (240, 270):
        with pytest.raises(ValueError, match="scan_gap_seconds lies between 200 and 305"):
            replace(FIT, scan_period_seconds=period, scan_spread_seconds=41)


@pytest.mark.spec("RADIO-7")
def test_phones_outside_their_range_and_no_phones_are_refused() -> None:
    for sent, received in ((16.0, 0.0), (0.0, -16.0)):
        with pytest.raises(ValueError, match="_db lies between -15 and 15"):
            Phone(model="any", sent_db=sent, received_db=received)
    with pytest.raises(ValueError, match="a fit has phones"):
        replace(FIT, phones=())


def test_a_written_fit_is_read_back() -> None:
    document = rendered(FIT, provenance="from one line\n\nand another")
    assert document.startswith("# from one line\n#\n# and another\n\n[parameters]\n")
    assert parsed(document) == FIT


@pytest.mark.parametrize("left_out", ["exponent = ", "received_db = "])
def test_a_fit_that_lacks_a_parameter_is_refused(left_out: str) -> None:
    lines = rendered(FIT, provenance="").splitlines()
    with pytest.raises(TypeError, match=left_out.split()[0]):
        parsed("\n".join(line for line in lines if not line.startswith(left_out)))


@pytest.mark.spec("RADIO-9")
def test_the_package_holds_numbers_and_says_of_what_and_by_which_command() -> None:
    data = files("dp3t_simulator.radio") / "data"
    (only,) = (each for each in data.iterdir() if each.is_file())
    document = only.read_text(encoding="utf-8")
    assert len(document) < 4000
    for said in ("DP-3T/bt-measurements", "CC BY-ND 4.0", "2026-", "dp3t-sim reproduce radio"):
        assert said in document


def test_the_least_value_of_a_bent_valley_is_found() -> None:
    def valley(at: NDArray[np.float64]) -> float:
        if at[0] > 2:
            return float("inf")
        return float((1 - at[0]) ** 2 + 100 * (at[1] - at[0] ** 2) ** 2)

    found = least(valley, np.array([-1.2, 1.0]), np.array([0.5, 0.5]))
    assert found == pytest.approx([1, 1], abs=0.01)
    begin = np.array([-1.2, 1.0])
    assert valley(least(valley, begin, np.ones(2), rounds=3)) <= valley(begin)
