"""`dp3t-sim scenarios`: what is shipped, to be run or to begin with."""

from typing import TYPE_CHECKING, Annotated

import typer

from dp3t.cli.language import number, text
from dp3t.cli.output import JSON_HELP, emit_json, show
from dp3t_simulator.scenario import presets
from dp3t_simulator.scenario.reading import parse_scenario, read_scenario
from dp3t_simulator.scenario.settings import Scenario
from dp3t_simulator.scenario.writing import to_mapping

if TYPE_CHECKING:
    from rich.table import Table


def scenarios(
    name: Annotated[
        str | None,
        typer.Argument(help=text(en="Print the file of this one.", vi="In tệp của kịch bản này.")),
    ] = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help=JSON_HELP)] = False,
) -> None:
    """List the scenarios, or print one as a file to change."""
    if name is not None:
        if as_json:
            emit_json(to_mapping(parse_scenario(presets.text_of(name), name=name)))
        else:
            typer.echo(presets.text_of(name), nl=False)
        return
    shipped = [read_scenario(each) for each in presets.NAMES]
    if as_json:
        emit_json([to_mapping(each) for each in shipped])
        return
    show(_table(shipped))


def _table(shipped: list[Scenario]) -> "Table":
    from rich.table import Table  # a document needs none

    table = Table(text(en="Scenario", vi="Kịch bản"), text(en="What it shows", vi="Nội dung"))
    table.add_column(text(en="People", vi="Số người"), justify="right")
    table.add_column(text(en="Days", vi="Số ngày"), justify="right")
    for each in shipped:
        described = text(en=each.description, vi=each.description_vi)
        table.add_row(each.name, described, number(each.people), number(each.days))
    return table
