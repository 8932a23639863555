"""Commands of typer that are built once for each program, and not each time it runs."""

import functools

import typer.main

_build = typer.main.get_command


def build_each_once() -> None:
    """Let typer keep the commands that it builds of a program: they do not change."""
    vars(typer.main)["get_command"] = _kept


@functools.cache
def _kept(program: typer.Typer) -> object:
    return _build(program)
