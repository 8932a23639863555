"""How results reach the terminal: one JSON document, or a table.

rich draws tables and bars, and is imported when one is drawn.
"""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING

import typer

from dp3t.cli.language import text

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

    progress_console: Console

JSON_HELP = text(
    en="Print one JSON document on standard output.", vi="In một tài liệu JSON ra đầu ra chuẩn."
)


def __getattr__(name: str) -> object:
    """Return `progress_console`, the terminal beside the results."""
    if name != "progress_console":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return _progress_console()


@cache
def _progress_console() -> "Console":
    from rich.console import Console

    return Console(stderr=True)


@contextmanager
def progress_bar(description: str) -> Iterator[Callable[[float, int], None]]:
    """Show a bar, and give what is told how much is done, and of how much.

    Where standard error is no terminal nothing is shown, and nothing is loaded for it.
    """
    if not sys.stderr.isatty():
        yield lambda done, total: None
        return
    from rich.progress import Progress

    with Progress(console=_progress_console(), transient=True) as bar:
        task = bar.add_task(description, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def show(result: "RenderableType") -> None:
    """Print a table or a text, as wide as the terminal is now; cells are folded, never cut."""
    from rich.console import Console
    from rich.table import Table

    if isinstance(result, Table):
        for column in result.columns:
            column.overflow = "fold"
    Console().print(result, soft_wrap=isinstance(result, str))


def emit_json(document: object) -> None:
    """Print one JSON document and nothing else."""
    typer.echo(json.dumps(document, ensure_ascii=False, indent=2))
