"""How results reach the terminal: one JSON document, or a table."""

import json

import typer
from rich.console import Console

from dp3t.cli.language import text

JSON_HELP = text(
    en="Print one JSON document on standard output.", vi="In một tài liệu JSON ra đầu ra chuẩn."
)

console = Console()
progress_console = Console(stderr=True)


def emit_json(document: object) -> None:
    """Print one JSON document and nothing else."""
    typer.echo(json.dumps(document, ensure_ascii=False, indent=2))
