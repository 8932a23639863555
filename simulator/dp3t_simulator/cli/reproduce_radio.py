"""`dp3t-sim reproduce radio`: fit the radio to captures again, and compare both."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from dp3t import day_of, day_to_date
from dp3t.cli.language import number, text
from dp3t.cli.moments import present
from dp3t.cli.output import JSON_HELP, emit_json, show
from dp3t_simulator.cli.figures import save_figure

if TYPE_CHECKING:
    from dp3t_simulator.radio.comparison import Compared
    from dp3t_simulator.radio.parameters import RadioParameters

FIT = "captures-2020"
HELD_OUT = text(en="* held out of the fit", vi="* không dùng để khớp")
PROVENANCE = """\
Fitted to DP-3T/bt-measurements at ba9f73962b35260e12e2c0a8a37af5c6195d22a8, experiment 34 of
30 July 2020 (EPFL and ETH Zurich, CC BY-ND 4.0); numbers only, no recording is kept here.
Written on {date} by: dp3t-sim reproduce radio DIR --out FILE
What each means and its range: spec/simulator/radio.md"""


def radio(
    directory: Annotated[
        Path,
        typer.Argument(
            metavar="DIR",
            help=text(
                en="A copy of github.com/DP-3T/bt-measurements.",
                vi="Bản sao của github.com/DP-3T/bt-measurements.",
            ),
        ),
    ],
    seed: Annotated[int, typer.Option(min=0, max=2**64 - 1)] = 1,
    figure: Annotated[
        Path | None,
        typer.Option("--figure", help=text(en="Draw a PNG here.", vi="Vẽ tệp PNG ở đây.")),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            help=text(
                en="Write the fitted parameters here, as TOML.",
                vi="Ghi các tham số đã khớp vào đây, dạng TOML.",
            ),
        ),
    ] = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help=JSON_HELP)] = False,
) -> None:
    """Print fitted parameters beside the shipped ones, and simulated beside captured sightings."""
    # other commands need not wait for what reads captures and fits
    from dp3t_simulator.radio import captures, comparison, fitting, parameters

    recordings = captures.read(directory)
    fitted, shipped = fitting.fit(recordings), parameters.shipped(FIT)
    found = comparison.compare(recordings, shipped, seed=seed)
    if out:
        date = day_to_date(day_of(present())).isoformat()
        document = parameters.rendered(fitted, provenance=PROVENANCE.format(date=date))
        out.write_text(document, encoding="utf-8")
    if figure:
        _draw(figure, found)
    if as_json:
        emit_json(
            {
                "seed": seed,
                "fitted": asdict(fitted),
                "shipped": asdict(shipped),
                "scenarios": [_document(each) for each in found],
            }
        )
        return
    show(_parameters(fitted, shipped))
    show(_distances(found))
    show(_limits(found))


def _document(found: "Compared") -> dict[str, Any]:
    return {
        "name": found.name,
        "fitted": found.fitted,
        "classes": [asdict(each) for each in found.classes],
        "limits": {
            f"{limit}": {
                "adverts": asdict(found.adverts[limit]),
                "captured": asdict(found.captured[limit]),
                "simulated": asdict(found.simulated[limit]),
            }
            for limit in found.adverts
        },
    }


def _parameters(fitted: "RadioParameters", shipped: "RadioParameters") -> Table:
    table = Table(text(en="Parameter", vi="Tham số"))
    table.add_column(text(en="fitted now", vi="khớp lại"), justify="right")
    table.add_column(text(en="shipped", vi="kèm theo"), justify="right")
    for name, value in fitted.numbers().items():
        table.add_row(name, *(f"{each:g}" for each in (value, shipped.numbers()[name])))
    return table


def _distances(found: "tuple[Compared, ...]") -> Table:
    table = Table(text(en="Scenario", vi="Kịch bản"), caption=HELD_OUT)
    for heading in (
        text(en="distance, m", vi="khoảng cách, m"),
        text(en="scans", vi="lần quét"),
        text(en="captured, dB", vi="đo được, dB"),
        text(en="simulated, dB", vi="mô phỏng, dB"),
        "KS",
        text(en="captured, /min", vi="đo được, /phút"),
        text(en="simulated, /min", vi="mô phỏng, /phút"),
    ):
        table.add_column(heading, justify="right")
    for scenario in found:
        for each in scenario.classes:
            per_minute = (each.captured_per_minute, each.simulated_per_minute)
            table.add_row(
                _name(scenario),
                f"{number(each.from_m, decimals=1)}-{number(each.to_m, decimals=1)}",
                number(each.scans),
                number(each.captured_db, decimals=1),
                number(each.simulated_db, decimals=1),
                number(each.distance_ks, decimals=3),
                *("-" if value is None else number(value, decimals=3) for value in per_minute),
            )
    return table


def _limits(found: "tuple[Compared, ...]") -> Table:
    table = Table(text(en="Within 2 m?", vi="Trong vòng 2 m?"), caption=HELD_OUT)
    for heading in (
        text(en="limit, dB", vi="ngưỡng, dB"),
        text(en="adverts: right", vi="bản tin: đúng"),
        text(en="found", vi="tìm thấy"),
        text(en="scans: right", vi="lần quét: đúng"),
        text(en="found", vi="tìm thấy"),
        text(en="simulated: right", vi="mô phỏng: đúng"),
        text(en="found", vi="tìm thấy"),
    ):
        table.add_column(heading, justify="right")
    for scenario in found:
        for limit in scenario.adverts:
            judged = (
                each[limit] for each in (scenario.adverts, scenario.captured, scenario.simulated)
            )
            cells = (
                number(value, decimals=3)
                for each in judged
                for value in (each.precision, each.recall)
            )
            table.add_row(_name(scenario), number(limit), *cells)
    return table


def _name(found: "Compared") -> str:
    return found.name if found.fitted else f"{found.name}*"


def _draw(path: Path, found: "tuple[Compared, ...]") -> None:
    """Write the figure.

    Raises:
        NotInstalledError: without matplotlib.
    """
    save_figure(path, "plots_radio", lambda plots: plots.radio(found))
