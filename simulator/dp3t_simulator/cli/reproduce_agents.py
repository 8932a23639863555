"""`dp3t-sim reproduce agents`: the engine in a mixed population beside the renewal equation."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from dp3t.cli.language import number, text
from dp3t.cli.output import JSON_HELP, emit_json, show
from dp3t_simulator.cli.figures import save_figure
from dp3t_simulator.renewal import NextGeneration

if TYPE_CHECKING:
    from dp3t_simulator.mixed_outbreak import Mixed, Reproduction

AT_ONCE = ((0, 0), (0.5, 0), (1, 0), (0, 0.5), (0, 1), (0.3, 0.3), (0.5, 0.5), (0.8, 0.8), (1, 1))
A_DAY_LATER = ((1, 0), (0, 1), (0.5, 0.5), (1, 1))
ASKED_ONCE = ((0, 0.5), (0, 1), (0.5, 0.5), (0.8, 0.8))
"""Successes of isolation and of tracing: without delay, with one of a day, asked once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """What was counted beside what the equation has for the same measures."""

    mixed: "Mixed"
    counted: "Reproduction"
    equation: float

    @property
    def difference(self) -> float:
        """Return by how much what was counted is larger."""
        return self.counted.number - self.equation


def agents(
    runs: Annotated[
        int,
        typer.Option(min=2, help=text(en="Runs of each point.", vi="Số lần chạy cho mỗi điểm.")),
    ] = 40,
    seed: Annotated[
        int,
        typer.Option(
            min=0,
            max=2**63,
            help=text(
                en="Of the first run; the next has the next.",
                vi="Của lần chạy đầu; lần sau tăng một.",
            ),
        ),
    ] = 1,
    figure: Annotated[
        Path | None,
        typer.Option("--figure", help=text(en="Draw a PNG here.", vi="Vẽ tệp PNG ở đây.")),
    ] = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help=JSON_HELP)] = False,
) -> None:
    """Print how many one infects among simulated people, beside the equation."""
    found = compared(points(), runs=runs, seed=seed)
    if figure:
        _draw(figure, found)
    if as_json:
        emit_json({"runs": runs, "seed": seed, "points": [_document(each) for each in found]})
    else:
        show(_table(found))


def points() -> list["Mixed"]:
    """Return the populations and measures compared."""
    return [
        *(_mixed(*each) for each in AT_ONCE),
        *(_mixed(*each, delay_days=1) for each in A_DAY_LATER),
        *(_mixed(*each, afresh=False) for each in ASKED_ONCE),
    ]


def _mixed(
    isolation: float, tracing: float, *, delay_days: int = 0, afresh: bool = True
) -> "Mixed":
    """Return measures, with the fewer infected at first the more each of them infects."""
    from dp3t_simulator.mixed_outbreak import Mixed  # compiled functions take a second to load

    model = NextGeneration(delay_days=delay_days)
    number = model.reproduction_number(isolation=isolation, tracing=tracing)
    return Mixed(
        isolation=isolation,
        tracing=tracing,
        delay_days=delay_days,
        afresh=afresh,
        seeds=min(300, round(400 / number**3)),
    )


def compared(points: list["Mixed"], *, runs: int, seed: int) -> list[Compared]:
    """Return each point as counted and as the equation has it."""
    from dp3t_simulator.mixed_outbreak import reproduction

    threads = len(os.sched_getaffinity(0))
    return [
        Compared(
            mixed=each,
            counted=reproduction(each, seeds=range(seed, seed + runs), threads=threads),
            equation=NextGeneration(delay_days=each.delay_days).reproduction_number(
                isolation=each.isolation, tracing=each.tracing, asked_once=not each.afresh
            ),
        )
        for each in points
    ]


def _document(found: Compared) -> dict[str, Any]:
    mixed, counted = found.mixed, found.counted
    return {
        "isolation": mixed.isolation,
        "tracing": mixed.tracing,
        "delay_days": mixed.delay_days,
        "asked": "afresh" if mixed.afresh else "once",
        "counted": round(counted.number, 4),
        "standard_error": round(counted.standard_error, 4),
        "infections": counted.infections,
        "equation": round(found.equation, 4),
        "difference": round(found.difference, 4),
    }


def _table(found: list[Compared]) -> Table:
    table = Table("εI", "εT")
    for heading in (
        text(en="delay, days", vi="trễ, ngày"),
        text(en="cases are asked", vi="hỏi ca bệnh"),
        text(en="R counted", vi="R đếm được"),
        text(en="± standard error", vi="± sai số chuẩn"),
        text(en="R of the equation", vi="R của phương trình"),
        text(en="difference", vi="chênh lệch"),
    ):
        table.add_column(heading, justify="right")
    for each in found:
        mixed = each.mixed
        values = (each.counted.number, each.counted.standard_error, each.equation, each.difference)
        table.add_row(
            number(mixed.isolation, decimals=1),
            number(mixed.tracing, decimals=1),
            number(mixed.delay_days),
            text(en="afresh", vi="lặp lại") if mixed.afresh else text(en="once", vi="một lần"),
            *(number(value, decimals=3) for value in values),
        )
    return table


def _draw(path: Path, found: list[Compared]) -> None:
    """Write the figure of what its curves describe: people who are asked as the equation has it."""
    save_figure(
        path,
        "plots_agents",
        lambda plots: plots.agents(
            [
                plots.Point(
                    isolation=each.mixed.isolation,
                    tracing=each.mixed.tracing,
                    delay_days=each.mixed.delay_days,
                    number=each.counted.number,
                    standard_error=each.counted.standard_error,
                )
                for each in found
                if each.mixed.afresh
            ]
        ),
    )
