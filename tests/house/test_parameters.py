"""spec/parameters.md and the code give the same values."""

import ast
import importlib
from dataclasses import fields
from typing import Any

import pytest

from dp3t import params
from dp3t.params import Parameters
from project import ROOT

TABLE = ROOT / "spec" / "parameters.md"


def rows() -> dict[str, list[str]]:
    """Return the cells of each row that begins with a constant's name in code."""
    found: dict[str, list[str]] = {}
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if line.startswith("| `"):
            name = cells[0].strip("`")
            assert name not in found, f"{name} has two rows"
            found[name] = cells
    return found


def constants() -> set[str]:
    """Return the names that dp3t/params.py defines, the fields of its presets one by one."""
    names = set[str]()
    for name, value in vars(params).items():
        if isinstance(value, Parameters):
            names |= {f"params.{name}.{field.name}" for field in fields(value)}
        elif name.isupper():
            names.add(f"params.{name}")
    return names


def value_of(name: str) -> Any:
    """Return what `module.CONSTANT` names under dp3t, or under another package if it says so."""
    parts = name.split(".")
    package = [] if parts[0].startswith("dp3t") else ["dp3t"]
    for split in range(len(parts) - 1, 0, -1):
        try:
            value: Any = importlib.import_module(".".join(package + parts[:split]))
        except ModuleNotFoundError:
            continue
        for attribute in parts[split:]:
            value = getattr(value, attribute)
        return value
    raise LookupError(name)


@pytest.mark.parametrize("name", rows())
def test_a_row_says_what_the_code_says(name: str) -> None:
    assert ast.literal_eval(rows()[name][1].strip("`")) == value_of(name)


@pytest.mark.parametrize("name", rows())
def test_a_row_gives_unit_reason_and_source(name: str) -> None:
    cells = rows()[name]
    assert len(cells) == 5
    assert all(cells)


def test_every_constant_of_the_parameters_has_a_row() -> None:
    assert constants() - set(rows()) == set()
