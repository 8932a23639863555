"""How results reach the terminal: one JSON document, or a table."""

import json

import typer
from rich.console import Console, RenderableType
from rich.table import Table

from dp3t.cli.language import text

JSON_HELP = text(
    en="Print one JSON document on standard output.", vi="In một tài liệu JSON ra đầu ra chuẩn."
)

progress_console = Console(stderr=True)


def show(result: RenderableType) -> None:
    """Print a table or a text, as wide as the terminal is now; cells are folded, never cut."""
    if isinstance(result, Table):
        for column in result.columns:
            column.overflow = "fold"
    Console().print(result, soft_wrap=isinstance(result, str))


def emit_json(document: object) -> None:
    """Print one JSON document and nothing else."""
    typer.echo(json.dumps(document, ensure_ascii=False, indent=2))
