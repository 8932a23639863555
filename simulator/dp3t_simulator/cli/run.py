"""`dp3t-sim run`: simulate a scenario, print what comes of it, and save it."""

import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dp3t.cli.language import text
from dp3t.cli.output import JSON_HELP, emit_json, progress_bar, show
from dp3t.cli.starting import importing
from dp3t_simulator.report.rows import groups
from dp3t_simulator.report.saving import refuse_absent_packages, refuse_full, save
from dp3t_simulator.result import Result
from dp3t_simulator.scenario.errors import ScenarioError
from dp3t_simulator.scenario.reading import read_scenario, replaced_all
from dp3t_simulator.scenario.settings import FIDELITIES, Scenario

if TYPE_CHECKING:
    from rich.table import Table

SCENARIO_HELP = text(
    en="A TOML file, or a name of `dp3t-sim scenarios`.",
    vi="Tệp TOML, hoặc một tên trong `dp3t-sim scenarios`.",
)
SET_HELP = text(
    en="Change a setting: app.uptake=0.3. May be repeated.",
    vi="Đổi một thiết lập: app.uptake=0.3. Có thể lặp lại.",
)


def run(
    scenario: Annotated[str, typer.Argument(help=SCENARIO_HELP)],
    *,
    seed: Annotated[
        int,
        typer.Option(
            min=0,
            max=2**64 - 1,
            help=text(
                en="Same seed, same result, on any number of threads.",
                vi="Cùng số gieo thì cùng kết quả, với bất kỳ số luồng nào.",
            ),
        ),
    ] = 1,
    people: Annotated[int | None, typer.Option(help=text(en="Inhabitants.", vi="Dân số."))] = None,
    days: Annotated[int | None, typer.Option(help=text(en="Length.", vi="Số ngày."))] = None,
    fidelity: Annotated[
        str | None,
        typer.Option(
            metavar="|".join(FIDELITIES),
            help=text(
                en="Loops over arrays, or the library's bytes on every phone.",
                vi="Tính nhanh trên mảng, hoặc chạy giao thức thật trên từng máy.",
            ),
        ),
    ] = None,
    change: Annotated[
        list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help=SET_HELP)
    ] = None,
    threads: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=1024,
            help=text(en="As many as processors unless given.", vi="Mặc định: số bộ xử lý."),
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            help=text(
                en="Save tables (Parquet), figures and a page in this new folder.",
                vi="Lưu bảng (Parquet), hình và báo cáo vào thư mục mới này.",
            )
        ),
    ] = None,
    baseline: Annotated[
        bool,
        typer.Option(
            help=text(
                en="Run the same world without the app as well, for cases averted.",
                vi="Chạy thêm cùng thế giới không có ứng dụng, để tính ca tránh được.",
            )
        ),
    ] = True,
    as_json: Annotated[bool, typer.Option("--json", help=JSON_HELP)] = False,
) -> None:
    """Print what comes of a scenario, and save it where that is asked."""
    given = {"people": people, "days": days, "fidelity": fidelity}
    shortcuts = {name: str(value) for name, value in given.items() if value is not None}
    chosen = replaced_all(read_scenario(scenario), {**parsed_changes(change or ()), **shortcuts})
    if out:
        refuse_full(out)
        refuse_absent_packages()
    with _stopped_in_order():
        result = _simulated(
            chosen, seed=seed, threads=threads, baseline=baseline, record_exposures=out is not None
        )
        if as_json:
            emit_json(asdict(result.summary))
        else:
            show(summary_table(result))
        if out:
            save(result, out)


@contextmanager
def _stopped_in_order() -> Iterator[None]:
    """Let SIGTERM interrupt as the keyboard does, so that what is half written is taken away."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def parsed_changes(changes: Sequence[str]) -> dict[str, str]:
    """Return changes by the path of the setting; each is written as app.uptake=0.3.

    Raises:
        ScenarioError: one is written otherwise, or a setting is changed twice.
    """
    found: dict[str, str] = {}
    for each in changes:
        path, sign, value = each.partition("=")
        path = path.strip()
        if not sign:
            raise ScenarioError(f"--set {each}: write the name, = and the value: app.uptake=0.3")
        if path in found:
            raise ScenarioError(f"--set {path} is given twice")
        found[path] = value.strip()
    return found


def summary_table(result: Result) -> "Table":
    """Return a run in numbers, as a table for the terminal."""
    from rich.markup import escape
    from rich.table import Table  # a document needs none

    table = Table(show_header=False, title=escape(result.scenario.name), title_justify="left")
    table.add_column(ratio=1)
    table.add_column(justify="right")
    for group in groups(result):
        table.add_section()
        table.add_row(f"[bold]{group.title}[/bold]", "")
        for name, value in group.rows:
            table.add_row(f"  {name}", value)
    return table


def _simulated(
    scenario: Scenario,
    *,
    seed: int,
    threads: int | None,
    baseline: bool,
    record_exposures: bool,
) -> Result:
    """Simulate with a bar that says how many days are done."""
    with importing():
        from dp3t_simulator.simulation import simulate  # loads what is compiled

    with progress_bar(text(en="days", vi="ngày")) as told:
        return simulate(
            scenario,
            seed=seed,
            threads=threads,
            progress=told,
            baseline=baseline,
            record_exposures=record_exposures,
        )
