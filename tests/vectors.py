"""Test vectors as parametrised cases that carry their own claims.

A file of `spec/vectors` names the clauses it verifies; a case may name fewer of them. Either
becomes the mark that `@pytest.mark.spec` would have been.
"""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from _pytest.mark import ParameterSet  # pytest gives this type no public name

VECTORS = Path(__file__).resolve().parents[1] / "spec" / "vectors"

Case = dict[str, Any]


def load(name: str) -> dict[str, Any]:
    """Return a whole vector file."""
    content: dict[str, Any] = json.loads((VECTORS / f"{name}.json").read_text(encoding="utf-8"))
    return content


def vector_cases(name: str, **fields: object) -> "list[ParameterSet]":
    """Return the cases of a vector file whose fields have these values, for parametrize.

    Raises:
        LookupError: there is none, so a test would silently check nothing.
    """
    content = load(name)
    chosen = [
        pytest.param(
            case, id=case["id"], marks=pytest.mark.spec(*case.get("spec", content["spec"]))
        )
        for case in content["cases"]
        if all(case.get(field) == value for field, value in fields.items())
    ]
    if not chosen:
        raise LookupError(f"{name}.json has no case with {fields}")
    return chosen
