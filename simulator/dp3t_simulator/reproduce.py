"""Compute published results again, and draw them: `python -m dp3t_simulator.reproduce --help`."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dp3t_simulator.renewal import NextGeneration

if TYPE_CHECKING:
    from matplotlib.figure import Figure

DELAYS_DAYS = (0.0, 0.5, 1.0, 2.0, 3.0)
STEPS = 50

app = typer.Typer(help="Compute published results again.", no_args_is_help=True)

FigureOption = Annotated[Path | None, typer.Option("--figure", help="Draw a PNG here.")]


@app.callback()
def _commands() -> None:
    """Keep commands apart by name, also while there is one."""


@app.command()
def thresholds(figure: FigureOption = None) -> None:
    """How much tracing control needs beside isolation (Ferretti et al. 2020)."""
    curves = {delay: threshold_curve(delay) for delay in DELAYS_DAYS}
    typer.echo(json.dumps({f"{delay:g}": curve for delay, curve in curves.items()}))
    if figure:
        from dp3t_simulator import plots

        _save(figure, lambda: plots.thresholds(curves))


def threshold_curve(delay_days: float) -> list[tuple[float, float]]:
    """Return points of success of isolation and the threshold of tracing, both 0 to 1."""
    operator = NextGeneration(delay_days=delay_days)
    points = [n / STEPS for n in range(STEPS + 1)]
    found = [(point, operator.tracing_threshold(isolation=point)) for point in points]
    return [(point, threshold) for point, threshold in found if threshold is not None]


def _save(path: Path, draw: "Callable[[], Figure]") -> None:
    draw().savefig(path, metadata={"Software": None})


if __name__ == "__main__":
    app()
