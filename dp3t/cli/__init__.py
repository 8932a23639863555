"""The terminal: one file per family of commands, one error boundary for all."""

import typer

from dp3t.cli import boundary
from dp3t.cli.language import text

app = typer.Typer(
    name="dp3t",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help=text(
        en="Privacy-preserving, decentralized exposure notification.",
        vi="Thông báo phơi nhiễm phi tập trung, bảo vệ quyền riêng tư.",
    ),
)


def main() -> None:
    """Run the `dp3t` command."""
    boundary.run(app, name="dp3t")
