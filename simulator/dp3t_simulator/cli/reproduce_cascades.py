"""`dp3t-sim reproduce cascades`: notifications in Zurich, England and La Gomera, and simulated."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from dp3t.cli.language import number, text
from dp3t.cli.output import JSON_HELP, emit_json, show
from dp3t_simulator.cli.figures import save_figure

if TYPE_CHECKING:
    from dp3t_simulator.cascade import Cascade

PUBLISHED = {
    "zurich-2020": {
        "users_per_person": 0.2,
        "uploads_per_user_case": 0.603,
        "warnings_per_upload": 4.24,
        "warned_positive": 0.0218,
    },
    "england-2020": {
        "users_per_person": 0.28,
        "uploads_per_user_case": 0.72,
        "warnings_per_upload": 4.2,
        "warned_positive": 0.06,
    },
    "la-gomera-2020": {
        "users_per_person": 0.33,
        "uploads_per_user_case": 0.64,
        "warnings_per_upload": 6.3,
    },
}
"""Menges et al. 2021 (537, 324, 1374, 30), Wymant et al. 2021, and the trial of Radar COVID, whose
cases were feigned, so that nobody was infected by them."""

MEASURES = {
    "users_per_person": text(en="users, of all", vi="người dùng"),
    "uploads_per_user_case": text(en="uploads per positive user", vi="tải lên mỗi ca"),
    "warnings_per_upload": text(en="warnings per upload", vi="cảnh báo mỗi lần tải"),
    "warned_positive": text(en="positive, of the warned", vi="dương tính, trong số được cảnh báo"),
    "warned_infected": text(en="infected, of the warned", vi="nhiễm, trong số được cảnh báo"),
}
_DRAWN = {
    "users_per_person": "users\nper person",
    "uploads_per_user_case": "uploads\nper positive user",
    "warnings_per_upload": "warnings\nper upload",
    "warned_positive": "tested positive\nper warned",
    "warned_infected": "infected\nper warned",
}


def cascades(
    people: Annotated[
        int | None,
        typer.Option(
            min=1000,
            help=text(
                en="In a run; left out: the scenario's.", vi="Số người; bỏ trống: theo kịch bản."
            ),
        ),
    ] = None,
    seeds: Annotated[
        int, typer.Option(min=1, help=text(en="Runs of each.", vi="Số lần chạy mỗi nơi."))
    ] = 5,
    figure: Annotated[
        Path | None,
        typer.Option("--figure", help=text(en="Draw a PNG here.", vi="Vẽ tệp PNG ở đây.")),
    ] = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help=JSON_HELP)] = False,
) -> None:
    """Print what follows from one another between having the app and being rightly warned."""
    found = {name: found_in(name, people=people, seeds=seeds) for name in PUBLISHED}
    if figure:
        _draw(figure, found)
    if as_json:
        documents = {
            name: {"counts": asdict(each), "ratios": each.ratios, "published": PUBLISHED[name]}
            for name, each in found.items()
        }
        emit_json({"seeds": seeds, "scenarios": documents})
    else:
        show(_table(found))


def found_in(name: str, *, people: int | None, seeds: int) -> "Cascade":
    """Return the cascade of a shipped scenario, of all seeds from 1 on together.

    Args:
        name: of the scenario.
        people: in place of the scenario's, with as large a share of them infected from outside.
        seeds: how many, at least 1.
    """
    # other commands need not wait for what simulates
    from dp3t_simulator.cascade import cascade, total
    from dp3t_simulator.scenario.reading import read_scenario, replaced_all

    scenario = read_scenario(name)
    if people is not None:
        share = people / scenario.people
        changes = {
            "people": f"{people}",
            "disease.seeds": f"{max(1, round(scenario.disease.seeds * share))}",
            "disease.imported_daily": f"{scenario.disease.imported_daily * share}",
        }
        scenario = replaced_all(scenario, changes)
    return total([cascade(scenario, seed=seed) for seed in range(1, seeds + 1)])


def _table(found: "dict[str, Cascade]") -> Table:
    table = Table("", caption=text(en="published in brackets", vi="trong ngoặc: đã công bố"))
    for name in found:
        table.add_column(name, justify="right")
    for measure, title in MEASURES.items():
        cells = []
        for name, each in found.items():
            ours, theirs = each.ratios[measure], PUBLISHED[name].get(measure)
            shown = "-" if ours is None else number(ours, decimals=3)
            cells.append(shown if theirs is None else f"{shown} ({number(theirs, decimals=3)})")
        table.add_row(title, *cells)
    return table


def _draw(path: Path, found: "dict[str, Cascade]") -> None:
    """Write the figure.

    Raises:
        NotInstalledError: without matplotlib.
    """
    ratios = {name: each.ratios for name, each in found.items()}
    save_figure(path, "plots_reproduced", lambda plots: plots.cascades(ratios, PUBLISHED, _DRAWN))
