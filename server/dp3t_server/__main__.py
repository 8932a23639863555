"""`dp3t-server`, also as `python -m dp3t_server`."""

from dp3t.cli import boundary
from dp3t.cli.starting import importing


def main() -> None:
    """Run the server's terminal, or say in one line what it lacks."""
    try:
        with importing():
            from dp3t_server.cli import app
    except ModuleNotFoundError as error:
        boundary.fail("dp3t-server", str(boundary.NotInstalledError(error.name, extra="server")))
    boundary.run(app, name="dp3t-server")


if __name__ == "__main__":
    main()
