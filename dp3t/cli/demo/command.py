"""The command: run the demonstration and compare what was notified with what was true."""

import asyncio
import signal
from collections.abc import Callable, Coroutine
from contextlib import suppress
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, TypeVar

import typer
from rich.progress import Progress
from rich.table import Table

from dp3t.cli.boundary import NotInstalledError
from dp3t.cli.demo.declarations.outbreak import MAX_PEOPLE, MIN_PEOPLE, PEOPLE
from dp3t.cli.demo.declarations.saving import refuse_unfit, save
from dp3t.cli.demo.facilities.district import FACILITIES, MAX_FACILITIES, MIN_FACILITIES
from dp3t.cli.demo.scenario import MAX_PHONES, MIN_PHONES, Outcome, Scenario, plan
from dp3t.cli.language import text
from dp3t.cli.output import JSON_HELP, emit_json, progress_console, show
from dp3t.proximity.designs import design_named
from dp3t.timeline import Day, day_to_date

_PHONES = 24
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
        int | None,
        typer.Option(
            min=MIN_PHONES,
            max=MAX_PHONES,
            show_default=str(_PHONES),
            help=text(
                en="How many phones; not with another story.",
                vi="Số điện thoại; không dùng với câu chuyện khác.",
            ),
        ),
    ] = None,
    seed: Annotated[
        int,
        typer.Option(
            min=0, help=text(en="Chooses the story.", vi="Chọn câu chuyện được dựng lại.")
        ),
    ] = 1,
    *,
    presence: Annotated[
        bool,
        typer.Option(
            "--presence",
            help=text(
                en="A market, a school and a hospital with QR codes at the door instead.",
                vi="Thay bằng chợ, trường học và bệnh viện có mã QR ở cửa.",
            ),
        ),
    ] = False,
    declarations: Annotated[
        bool,
        typer.Option(
            "--declarations",
            help=text(
                en="A plane that lands, a family that falls ill and a commune that alarms instead.",
                vi="Thay bằng một chuyến bay hạ cánh, một gia đình đổ bệnh và một xã báo động.",
            ),
        ),
    ] = False,
    facilities: Annotated[
        bool,
        typer.Option(
            "--facilities",
            help=text(
                en="A week of a district's schools and clinics on the live map instead.",
                vi="Thay bằng một tuần của các trường học, phòng khám trên bản đồ trực tiếp.",
            ),
        ),
    ] = False,
    places: Annotated[
        int | None,
        typer.Option(
            min=MIN_FACILITIES,
            max=MAX_FACILITIES,
            show_default=str(FACILITIES),
            help=text(
                en="How many schools and clinics; with --facilities.",
                vi="Số trường học và phòng khám; dùng với --facilities.",
            ),
        ),
    ] = None,
    live: Annotated[
        bool,
        typer.Option(
            "--live",
            help=text(
                en="Let another day pass while the map is open; with --facilities.",
                vi="Cho thêm một ngày trôi qua khi bản đồ đang mở; dùng với --facilities.",
            ),
        ),
    ] = False,
    people: Annotated[
        int | None,
        typer.Option(
            min=MIN_PEOPLE,
            max=MAX_PEOPLE,
            show_default=str(PEOPLE),
            help=text(
                en="How many people report symptoms; with --declarations.",
                vi="Số người báo cáo triệu chứng; dùng với --declarations.",
            ),
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help=text(
                en="Also write a page and a picture there; with --declarations.",
                vi="Đồng thời ghi một trang và một hình vào đó; dùng với --declarations.",
            ),
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help=JSON_HELP)] = False,
) -> None:
    """Play some days of phones that meet or check in, and of patients who report."""
    chosen = design_named(design).name
    if presence + declarations + facilities > 1:
        raise typer.BadParameter("one story at a time: --presence, --declarations or --facilities")
    if (presence or declarations or facilities) and phones is not None:
        raise typer.BadParameter("this story has its own people, without --phones")
    if not declarations and (people is not None or out is not None):
        raise typer.BadParameter("--people and --out belong to --declarations")
    if not facilities and (places is not None or live):
        raise typer.BadParameter("--places and --live belong to --facilities")
    if facilities:
        right = _facilities(places=places or FACILITIES, seed=seed, live=live, as_json=as_json)
    elif declarations:
        right = _declarations(people=people or PEOPLE, seed=seed, out=out, as_json=as_json)
    elif presence:
        right = _presence(chosen, seed=seed, as_json=as_json)
    else:
        right = _meetings(chosen, phones=phones or _PHONES, seed=seed, as_json=as_json)
    if not right:
        raise typer.Exit(1)


def _meetings(design: str, *, phones: int, seed: int, as_json: bool) -> bool:
    """Play the days of meetings; return whether exactly the right phones were warned."""
    try:
        # Here, because every other command does without the extras and the time this takes.
        from dp3t.cli.demo.run import demonstrate
    except ModuleNotFoundError as error:
        raise NotInstalledError(error.name, extra="all") from None
    scenario = plan(phones=phones, seed=seed)
    outcome = _played(
        partial(demonstrate, scenario, design=design, seed=seed),
        what=text(en="Six days", vi="Sáu ngày"),
    )
    result = _result(scenario, outcome, design=design)
    if as_json:
        emit_json(result)
    else:
        _show(scenario, outcome, result)
    return not (result["missed"] or result["false_alarms"])


def _presence(design: str, *, seed: int, as_json: bool) -> bool:
    """Play the days of visits; return whether exactly the right people were warned."""
    try:
        from dp3t.cli.demo.presence import report
        from dp3t.cli.demo.presence.run import demonstrate
        from dp3t.cli.demo.presence.scenario import plan as plan_visits
    except ModuleNotFoundError as error:
        raise NotInstalledError(error.name, extra="all") from None
    if find_spec("pymcl") is None:  # which neither phones nor server ask for before they need it
        raise NotInstalledError("pymcl", extra="presence")
    scenario = plan_visits(seed=seed)
    outcome = _played(
        partial(demonstrate, scenario, design=design, seed=seed),
        what=text(en="Three days", vi="Ba ngày"),
    )
    result = report.result(scenario, outcome, design=design, seed=seed)
    if as_json:
        emit_json(result)
    else:
        for each in report.tables(scenario, outcome):
            show(each)
    return not report.failed(result)


def _declarations(*, people: int, seed: int, out: Path | None, as_json: bool) -> bool:
    """Play the three stories; return whether everything came as the known truth says."""
    try:
        from dp3t.cli.demo.declarations import report
        from dp3t.cli.demo.declarations.run import demonstrate, plan
    except ModuleNotFoundError as error:
        raise NotInstalledError(error.name, extra="all") from None
    if find_spec("opendp") is None:  # which no report is drawn without
        raise NotInstalledError("opendp", extra="symptoms")
    if out is not None:
        refuse_unfit(out)
    scenario = plan(seed=seed, people=people)
    outcome = _played(partial(demonstrate, scenario), what=text(en="Five weeks", vi="Năm tuần"))
    if out is not None:
        save(scenario, outcome, out)
    if as_json:
        emit_json(report.result(scenario, outcome))
    else:
        for each in report.tables(scenario, outcome):
            show(each)
    return report.is_right(outcome)


def _facilities(*, places: int, seed: int, live: bool, as_json: bool) -> bool:
    """Play the week; return whether the record and the map say what happened."""
    try:
        from dp3t.cli.demo.facilities import opening, report
        from dp3t.cli.demo.facilities.run import Outcome as Week
        from dp3t.cli.demo.facilities.run import demonstrate
        from dp3t.cli.demo.facilities.town import Town
        from dp3t.cli.demo.facilities.week import plan as plan_week
    except ModuleNotFoundError as error:
        raise NotInstalledError(error.name, extra="all") from None
    scenario = plan_week(seed=seed, facilities=places)

    async def open_map(week: Week, town: Town) -> None:
        for each in report.tables(scenario, week):
            show(each)
        await opening.open_map(week, town, live=live)

    is_watched = opening.is_wanted(as_json=as_json)
    outcome = _played(
        partial(demonstrate, scenario, show=open_map if is_watched else None),
        what=text(en="A week", vi="Một tuần"),
    )
    if as_json:
        emit_json(report.result(scenario, outcome))
    elif not is_watched:
        for each in report.tables(scenario, outcome):
            show(each)
    return report.is_right(outcome)


def _played(work: Callable[..., Coroutine[None, None, _T]], *, what: str) -> _T:
    """Return what came of some work, with a bar that says how far it is.

    Args:
        work: takes `progress`, which it tells the part that is done.
        what: is written beside the bar.
    """
    quiet = not progress_console.is_terminal
    with Progress(console=progress_console, transient=True, disable=quiet) as bar:
        task = bar.add_task(what, total=1.0)

        def progress(done: float) -> None:
            bar.update(task, completed=done)
            if done >= 1 and not quiet:
                bar.stop()  # what is shown from here on stays

        return asyncio.run(_stopped_by_signals(work(progress=progress)))


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
