"""`dp3t-sim`, also as `python -m dp3t_simulator`."""

from dp3t.cli.starting import importing

with importing():
    from dp3t.cli import boundary


def main() -> None:
    """Run the simulator's terminal, or say in one line what it lacks."""
    try:
        with importing():
            from dp3t_simulator.cli import app

        boundary.run(app, name="dp3t-sim")  # a command imports what it needs when it is asked for
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("dp3t"):
            raise  # a mistake of ours
        boundary.fail("dp3t-sim", str(boundary.NotInstalledError(error.name, extra="simulator")))


if __name__ == "__main__":
    main()
