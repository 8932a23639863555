"""`dp3t-sim contacts`: what a data set of measured contacts holds."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from dp3t.cli.language import number, text
from dp3t.cli.output import JSON_HELP, emit_json, show
from dp3t_simulator.contacts.readers import format_of, read_contacts
from dp3t_simulator.contacts.summary import summarize


def contacts(
    file: Annotated[
        Path,
        typer.Argument(
            help=text(
                en="Contacts of SocioPatterns, the Copenhagen Networks Study or Haslemere.",
                vi="Tệp tiếp xúc của SocioPatterns, Copenhagen Networks Study hoặc Haslemere.",
            )
        ),
    ],
    *,
    as_json: Annotated[bool, typer.Option("--json", help=JSON_HELP)] = False,
) -> None:
    """Print how many contacts, people, days and pairs there are, and whom a person meets."""
    records = read_contacts(file)
    found = asdict(summarize(records))
    others = {
        "format": format_of(file),
        "groups": len(set(records.groups.values())),
        "empty_scans": records.empty_scans,
        "outside_sightings": records.outside_sightings,
    }
    if as_json:
        emit_json({**others, **found})
        return
    headings = {
        "contacts": text(en="Contacts", vi="Lượt tiếp xúc"),
        "people": text(en="People", vi="Số người"),
        "days": text(en="Days", vi="Số ngày"),
        "pairs": text(en="Pairs", vi="Số cặp"),
        "partners_a_day": text(en="Partners a day", vi="Số người gặp mỗi ngày"),
        "partners_a_day_for_5_minutes": text(en="for 5 minutes", vi="từ 5 phút"),
        "partners_a_day_for_15_minutes": text(en="for 15 minutes", vi="từ 15 phút"),
        "median_seconds_a_day": text(
            en="Median time of a pair in a day, s", vi="Trung vị thời gian một cặp mỗi ngày, giây"
        ),
    }
    table = Table(show_header=False)
    for name, heading in headings.items():
        decimals = 2 if name.startswith("partners") else 0
        table.add_row(heading, number(found[name], decimals=decimals))
    show(table)
