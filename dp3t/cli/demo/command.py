"""The command: run the demonstration and compare what was notified with what was true."""

import asyncio
import signal
from collections.abc import Coroutine
from contextlib import suppress
from typing import Annotated, TypeVar

import typer
from rich.progress import Progress
from rich.table import Table

from dp3t.cli.boundary import NotInstalledError
from dp3t.cli.demo.scenario import MAX_PHONES, MIN_PHONES, Outcome, Scenario, plan
from dp3t.cli.language import text
from dp3t.cli.output import JSON_HELP, emit_json, progress_console, show
from dp3t.proximity.designs import design_named
from dp3t.timeline import Day, day_to_date

_SHOWN_PHONES = 40
"""With more phones, those to which nothing happens are left out of the table."""

_T = TypeVar("_T")


def demo(
    design: Annotated[
        str,
        typer.Option(
            help=text(
                en="lowcost, unlinkable, hybrid or gaen.",
                vi="lowcost, unlinkable, hybrid hoặc gaen.",
            )
        ),
    ] = "lowcost",
    phones: Annotated[
        int,
        typer.Option(
            min=MIN_PHONES, max=MAX_PHONES, help=text(en="How many phones.", vi="Số điện thoại.")
        ),
    ] = 24,
    seed: Annotated[
        int,
        typer.Option(
            min=0, help=text(en="Chooses the story.", vi="Chọn câu chuyện được dựng lại.")
        ),
    ] = 1,
    *,
    as_json: Annotated[bool, typer.Option("--json", help=JSON_HELP)] = False,
) -> None:
    """Play some days of phones that meet, patients who report and attackers who replay."""
    try:
        # Here, because every other command does without the extras and the time this takes.
        from dp3t.cli.demo.run import demonstrate
    except ModuleNotFoundError as error:
        raise NotInstalledError(error.name, extra="all") from None
    chosen = design_named(design).name
    scenario = plan(phones=phones, seed=seed)
    quiet = not progress_console.is_terminal
    with Progress(console=progress_console, transient=True, disable=quiet) as progress:
        task = progress.add_task(text(en="Six days", vi="Sáu ngày"), total=1.0)
        outcome = asyncio.run(
            _stopped_by_signals(
                demonstrate(
                    scenario,
                    design=chosen,
                    seed=seed,
                    progress=lambda done: progress.update(task, completed=done),
                )
            )
        )
    result = _result(scenario, outcome, design=chosen)
    if as_json:
        emit_json(result)
    else:
        _show(scenario, outcome, result)
    if result["missed"] or result["false_alarms"]:
        raise typer.Exit(1)


async def _stopped_by_signals(work: Coroutine[None, None, _T]) -> _T:
    """Let a signal that would kill this process end the server and its folder too."""
    task = asyncio.ensure_future(work)
    for number in (signal.SIGTERM, signal.SIGHUP):
        with suppress(NotImplementedError):  # where the system has no such signals
            asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    try:
        return await task
    except asyncio.CancelledError:
        raise KeyboardInterrupt from None


def _result(scenario: Scenario, outcome: Outcome, *, design: str) -> dict[str, object]:
    truth = scenario.truth()
    return {
        "design": design,
        "phones": scenario.phones,
        "infected": sorted(patient.person for patient in scenario.patients),
        "exposed_truth": _people(truth),
        "notified": _people(outcome.notified),
        "missed": _people(truth - outcome.notified),
        "false_alarms": _people(outcome.notified - truth),
        "batches": outcome.batches,
        "bytes_published": outcome.bytes_published,
        "bytes_downloaded_per_phone": round(outcome.bytes_downloaded / scenario.phones),
        "seconds": round(outcome.seconds, 2),
    }


def _people(pairs: set[tuple[int, Day]]) -> list[int]:
    return sorted({person for person, _ in pairs})


def _show(scenario: Scenario, outcome: Outcome, result: dict[str, object]) -> None:
    truth = scenario.truth()
    patients = {patient.person for patient in scenario.patients}
    attacked = {replay.victim for replay in scenario.replays}
    table = Table(
        text(en="Phone", vi="Điện thoại"),
        text(en="Story", vi="Chuyện gì xảy ra"),
        text(en="Truly exposed on", vi="Thật sự phơi nhiễm ngày"),
        text(en="Notified of", vi="Được báo ngày"),
        text(en="Verdict", vi="Kết quả"),
    )
    for person in range(scenario.phones):
        story = [text(en="reports", vi="khai báo")] if person in patients else []
        story += [text(en="hears a replay", vi="bị phát lại")] if person in attacked else []
        expected = {day for who, day in truth if who == person}
        found = {day for who, day in outcome.notified if who == person}
        if scenario.phones > _SHOWN_PHONES and not (story or expected or found):
            continue
        table.add_row(
            str(person),
            ", ".join(story),
            _dates(expected),
            _dates(found),
            _verdict(expected, found),
            style="bold" if found else "dim",
        )
    show(table)
    show(
        text(
            en=(
                "{design}: {phones} phones, {batches} batches of {bytes_published} bytes in all, "
                "{bytes_downloaded_per_phone} bytes downloaded per phone, {seconds} s."
            ),
            vi=(
                "{design}: {phones} điện thoại, {batches} lô gồm {bytes_published} byte, "
                "mỗi điện thoại tải {bytes_downloaded_per_phone} byte, {seconds} giây."
            ),
        ).format(**result)
    )


def _dates(days: set[Day]) -> str:
    return ", ".join(day_to_date(day).isoformat() for day in sorted(days))


def _verdict(expected: set[Day], found: set[Day]) -> str:
    if expected == found:
        return text(en="right", vi="đúng")
    if expected - found:
        return text(en="[red]missed[/]", vi="[red]bỏ sót[/]")
    return text(en="[red]false alarm[/]", vi="[red]báo nhầm[/]")
