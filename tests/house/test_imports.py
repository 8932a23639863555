"""Who imports the library gets the library, and neither a server nor a terminal."""

import subprocess
import sys

import pytest

HEAVY = (
    "aiohttp",
    "llvmlite",
    "numpy",
    "numba",
    "pymcl",
    "sqlalchemy",
    "pydantic",
    "typer",
    "rich",
    "dp3t_server",
)


def loaded_by(statement: str) -> set[str]:
    """Return the top-level modules in a fresh interpreter after a statement."""
    code = f"{statement}\nimport sys\nprint(*{{name.partition('.')[0] for name in sys.modules}})"
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], check=True, capture_output=True, text=True
    )
    return set(done.stdout.split())


@pytest.mark.parametrize("statement", ["import dp3t", "import dp3t; dp3t.Phone"])
def test_importing_the_library_loads_nothing_it_does_not_need(statement: str) -> None:
    assert not loaded_by(statement) & set(HEAVY)


@pytest.mark.parametrize("name", ["typer", "aiohttp"])
def test_the_check_above_can_see(name: str) -> None:
    assert name in loaded_by(f"import {name}")


def test_importing_the_library_prints_nothing_and_warns_of_nothing() -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", "import dp3t"], check=True, capture_output=True
    )
    assert (done.stdout, done.stderr) == (b"", b"")
