"""Compute published results again, and draw them: `python -m dp3t_simulator.reproduce --help`."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import numpy as np
import typer

from dp3t_simulator.contacts.association import read_association
from dp3t_simulator.network_outbreak import FIRTH_2020, Outbreaks, Policy, spread
from dp3t_simulator.renewal import NextGeneration

if TYPE_CHECKING:
    from matplotlib.figure import Figure

DELAYS_DAYS = (0.0, 0.5, 1.0, 2.0, 3.0)
STEPS = 50
FIRTH_SHARES = {"isolation": 0.66, "primary-tracing": 0.48, "secondary-tracing": 0.16}
"""How many are infected after 70 days: the abstract of Firth et al."""

app = typer.Typer(help="Compute published results again.", no_args_is_help=True)

FigureOption = Annotated[Path | None, typer.Option("--figure", help="Draw a PNG here.")]


@app.command()
def thresholds(figure: FigureOption = None) -> None:
    """How much tracing control needs beside isolation (Ferretti et al. 2020)."""
    curves = {delay: threshold_curve(delay) for delay in DELAYS_DAYS}
    typer.echo(json.dumps({f"{delay:g}": curve for delay, curve in curves.items()}))
    if figure:
        from dp3t_simulator import plots

        _save(figure, lambda: plots.thresholds(curves))


@app.command()
def haslemere(
    matrices: Annotated[Path, typer.Argument(help="am_list.RData of github.com/biouea/covidhm.")],
    runs: Annotated[int, typer.Option(min=1, help="How many, for each policy.")] = 1000,
    seed: Annotated[int, typer.Option(min=0)] = 1,
    figure: FigureOption = None,
) -> None:
    """Isolation and tracing on the Haslemere network (Firth et al. 2020)."""
    network = read_association(matrices)
    found = {each.value: spread(network, each, runs=runs, seed=seed) for each in Policy}
    strict = replace(FIRTH_2020, quarantined_infect=False)
    stricter = {
        each.value: spread(network, each, runs=runs, seed=seed, setting=strict)
        for each in (Policy.PRIMARY_TRACING, Policy.SECONDARY_TRACING)
    }
    shares = {name: _shares(each) for name, each in found.items()}
    shares |= {f"{name}, infecting nobody": _shares(each) for name, each in stricter.items()}
    typer.echo(json.dumps({"runs": runs, "seed": seed, "percent": shares}))
    if figure:
        from dp3t_simulator import plots

        _save(figure, lambda: plots.outbreaks(found, FIRTH_SHARES))


def _shares(found: Outbreaks) -> dict[str, float]:
    """Return what Firth et al. report, in percent."""
    ill = 100 * found.ill[-1]
    weeks = found.quarantined.reshape(-1, 7, found.quarantined.shape[1]).mean(axis=1)
    return {
        "ill_median": round(float(np.median(ill)), 2),
        "ill_mean": round(float(ill.mean()), 2),
        "ill_sd": round(float(ill.std()), 2),
        "infected_mean": round(float(100 * found.infected.mean()), 2),
        "quarantined_in_week_3_median": round(float(100 * np.median(weeks[3])), 2),
    }


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
