"""What the committed small runs say beside what was published; the large ones are in the README."""

import json
from itertools import pairwise
from typing import Any

import pytest

from dp3t_simulator.cascade import Cascade
from simulator_baselines import FOLDER


def baseline(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return found


def ratios(place: str) -> dict[str, float | None]:
    return Cascade(**baseline("cascades")[place]).ratios


@pytest.mark.parametrize(
    ("place", "users", "consent"),
    [
        ("zurich-2020", 0.20, None),  # of too few cases in a small run
        ("england-2020", 0.28, 0.72),
        ("la-gomera-2020", 0.33, 0.64),
    ],
)
def test_what_is_put_in_comes_out(place: str, users: float, consent: float | None) -> None:
    found = ratios(place)
    assert found["users_per_person"] == pytest.approx(users, abs=0.01)
    if consent is not None:
        assert found["uploads_per_user_case"] == pytest.approx(consent, abs=0.05)


@pytest.mark.parametrize("place", ["england-2020", "la-gomera-2020"])
def test_an_upload_warns_about_as_many_as_published(place: str) -> None:
    """4 to 6.5; the run of 20,000 people is known within a tenth."""
    found = ratios(place)["warnings_per_upload"]
    assert found is not None
    assert 3.6 <= found <= 7.1


def test_of_those_warned_in_england_4_to_8_percent_are_infected() -> None:
    found = ratios("england-2020")["warned_infected"]
    assert found is not None
    assert 0.04 <= found <= 0.08


def test_infections_averted_grow_with_uptake_faster_than_it_and_slower_than_its_square() -> None:
    infected = baseline("uptake")
    shares = [1 - infected[each] / infected["0"] for each in ("0", "0.3", "0.75")]
    assert all(less < more for less, more in pairwise(shares))
    assert 2.5 <= shares[2] / shares[1] <= 2.5**2
    assert 0.45 <= shares[2] <= 0.81
