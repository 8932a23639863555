"""Baselines change only on purpose."""

import json

import pytest

from simulator_baselines import BASELINES, FOLDER, render


@pytest.mark.parametrize("name", BASELINES)
def test_results_are_those_of_the_baseline(name: str) -> None:
    """If they are meant to change: `python tests/simulator_baselines.py`, and the changelog."""
    committed = (FOLDER / f"{name}.json").read_text(encoding="utf-8")
    found = render(name)
    assert json.loads(found) == json.loads(committed)
    assert found == committed


def test_each_file_is_a_baseline() -> None:
    assert {path.stem for path in FOLDER.iterdir()} == set(BASELINES)
