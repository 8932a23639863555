"""The terminal: one error boundary for all commands.

`dp3t-server` and `dp3t-sim` take their language, tables and boundary from here and none of the
commands, so those are imported when `dp3t` itself runs.
"""


def main() -> None:
    """Run the `dp3t` command."""
    from dp3t.cli.starting import importing

    with importing():
        from dp3t.cli import boundary
        from dp3t.cli.commands import app

    boundary.run(app, name="dp3t")
