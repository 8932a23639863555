"""`dp3t-sim reproduce uptake`: what an app averts by its uptake, beside what others found."""

from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from dp3t.cli.language import number, text
from dp3t.cli.output import JSON_HELP, emit_json, show
from dp3t_simulator.cli.figures import save_figure

if TYPE_CHECKING:
    from dp3t_simulator.uptake import UptakeEffect

ABUEG_RANGES = {0.15: (0.04, 0.12), 0.75: (0.56, 0.81)}
"""The share of infections averted, over three counties: Abueg et al. 2021 and their preprint."""

WYMANT_PER_POINT = (0.003, 0.023)
"""The share of cases averted by a percentage point around 28 %: Wymant et al. 2021.

0.8 % by their model, the interval of whose cases averted begins at four tenths of its middle, and
2.3 % by comparing places.
"""


def uptake(
    people: Annotated[
        int, typer.Option(min=1000, help=text(en="In a run.", vi="Số người mỗi lần chạy."))
    ] = 100_000,
    seeds: Annotated[
        int, typer.Option(min=1, help=text(en="Runs of each.", vi="Số lần chạy mỗi trường hợp."))
    ] = 5,
    figure: Annotated[
        Path | None,
        typer.Option("--figure", help=text(en="Draw a PNG here.", vi="Vẽ tệp PNG ở đây.")),
    ] = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help=JSON_HELP)] = False,
) -> None:
    """Print infections averted for uptakes from 0 to 75 %, under three assumptions."""
    # other commands need not wait for what simulates
    from dp3t_simulator.uptake import ASSUMPTIONS, effect

    found = {name: effect(people, name, seeds=seeds) for name in ASSUMPTIONS}
    if figure:
        _draw(figure, found)
    if as_json:
        documents = {name: document(each) for name, each in found.items()}
        emit_json({"people": people, "seeds": seeds, "assumptions": documents})
    else:
        show(_table(found))


def document(found: "UptakeEffect") -> dict[str, Any]:
    """Return what is printed as JSON: counts of people, shares with four decimals."""
    return {
        "infected": found.infected.tolist(),
        "reduction": [round(float(each), 4) for each in found.reductions.mean(axis=0)],
        "reproduction": round(found.reproduction, 3),
        "cases_per_infection": round(found.cases_per_infection, 3),
        "exponent": None if isnan(found.exponent) else round(found.exponent, 2),
        "per_point": round(found.per_point, 5),
    }


def _table(found: "dict[str, UptakeEffect]") -> Table:
    from dp3t_simulator.uptake import UPTAKES

    table = Table(text(en="Infections averted, %", vi="Ca nhiễm tránh được, %"))
    for each in UPTAKES:
        table.add_column(f"{number(100 * each)} %", justify="right")
    for heading in ("R", text(en="exponent", vi="số mũ"), text(en="% a point", vi="% mỗi điểm")):
        table.add_column(heading, justify="right")
    published = (
        f"{number(100 * ABUEG_RANGES[each][0])}-{number(100 * ABUEG_RANGES[each][1])}"
        if each in ABUEG_RANGES
        else ""
        for each in UPTAKES
    )
    low, high = (number(100 * each, decimals=1) for each in WYMANT_PER_POINT)
    table.add_row(text(en="published", vi="đã công bố"), *published, "", "", f"{low}-{high}")
    for name, effect in found.items():
        shares = (number(100 * each, decimals=1) for each in effect.reductions.mean(axis=0))
        table.add_row(
            name,
            *shares,
            number(effect.reproduction, decimals=2),
            "-" if isnan(effect.exponent) else number(effect.exponent, decimals=2),
            number(100 * effect.per_point, decimals=2),
        )
    return table


def _draw(path: Path, found: "dict[str, UptakeEffect]") -> None:
    """Write the figure.

    Raises:
        NotInstalledError: without matplotlib.
    """
    save_figure(path, "plots_reproduced", lambda plots: plots.uptake(found, ABUEG_RANGES))
