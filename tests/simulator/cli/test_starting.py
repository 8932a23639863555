"""What commands of the simulator load, and how they read plain values without what is heavy."""

import subprocess
import sys
from pathlib import Path
from typing import Annotated, Any

import pytest
import typer
from typer.exceptions import TyperException

from dp3t_simulator.cli.values import PlainCommand

NEVER = ("aiohttp", "dask", "matplotlib", "pandas", "pyarrow", "pydantic", "rich", "sqlalchemy")
"""What takes long to import, and what no number of a run needs."""

COMPILED = ("llvmlite", "numba", "numpy")

COMPILING = ("cffi", "pycparser")
"""What numba loads before it compiles, and not for what it finds compiled."""


def loaded_by(*arguments: str) -> set[str]:
    """Return the top-level modules of a program of its own after a command."""
    code = f"""import sys
sys.argv = ["dp3t-sim", *{arguments!r}]
from dp3t_simulator.__main__ import main
try:
    main()
except SystemExit as ended:
    assert not ended.code, ended.code
print("loaded", *{{name.partition(".")[0] for name in sys.modules}})"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.splitlines()[-1].split())


def test_a_run_loads_nothing_it_does_not_need() -> None:
    command = ("run", "app-only", "--people", "200", "--days", "3", "--json")
    loaded_by(*command)  # may compile
    loaded = loaded_by(*command)
    assert not loaded & {*NEVER, *COMPILING}
    assert set(COMPILED) <= loaded  # so it can be seen


def test_help_loads_no_command() -> None:
    assert not loaded_by("--help") & {*NEVER, *COMPILED} - {"rich"}


def test_a_list_loads_nothing_that_is_compiled() -> None:
    assert not loaded_by("scenarios", "--json") & {*NEVER, "llvmlite", "numba"}


Number = Annotated[int, typer.Option(min=2, max=2**64 - 1)]


def outcome(*arguments: str, plainly: bool) -> object:
    """Return what a command with parameters of many kinds is given, or what is wrong with it."""
    seen: dict[str, object] = {}
    made = typer.Typer()

    @made.command(cls=PlainCommand if plainly else None)
    def command(
        word: str,
        number: Number = 5,
        perhaps: int | None = None,
        several: list[str] | None = None,
        numbers: list[int] | None = None,
        folder: Path | None = None,
        share: float = 0.5,
        doubled: Annotated[int, typer.Option(parser=lambda text: 2 * int(text))] = 0,
        flag: bool = False,
    ) -> None:
        given = dict(locals())
        seen.update((name, value) for name, value in given.items() if name != "seen")

    compiled: Any = typer.main.get_command(made)
    try:
        compiled.main(list(arguments), standalone_mode=False)
    except TyperException as fault:
        return fault.format_message()
    return seen


@pytest.mark.parametrize(
    "arguments",
    [
        ["w"],
        ["7", "--number", "2"],
        ["w", "--number", "18446744073709551615", "--perhaps", "0012"],
        ["w", "--number", " 12 ", "--perhaps", "-3"],
        ["w", "--number", "1_0", "--perhaps", "+5"],
        ["w", "--perhaps", "1" + "0" * 30],
        ["w", "--several", "a", "--several", "b,c", "--numbers", "1", "--numbers", "2"],
        ["w", "--folder", "x", "--share", "0.25", "--doubled", "4", "--flag"],
        ["w", "--number", "1"],
        ["w", "--number", "18446744073709551616"],
        ["w", "--number", "1.5"],
        ["w", "--number", "\u0663"],
        ["w", "--perhaps", ""],
        ["w", "--perhaps", "ten"],
        ["w", "--numbers", "x"],
        ["w", "--doubled", "x"],
        [],
    ],
)
def test_values_and_faults_are_those_of_typer(arguments: list[str]) -> None:
    assert outcome(*arguments, plainly=True) == outcome(*arguments, plainly=False)
