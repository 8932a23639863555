"""`dp3t-sim sweep`: a scenario with every combination of settings, many times each."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
)

from dp3t.cli.boundary import NotInstalledError, fail
from dp3t.cli.language import text
from dp3t.cli.output import JSON_HELP, emit_json, progress_console, show
from dp3t_simulator.cli.run import SCENARIO_HELP
from dp3t_simulator.cli.side_by_side import save, table_of
from dp3t_simulator.scenario.reading import read_scenario
from dp3t_simulator.sweep.errors import SweepError

Seed = Annotated[
    int,
    typer.Option(
        min=0,
        max=2**64 - 1,
        help=text(
            en="Seed of the first run; the others have the numbers that follow.",
            vi="Số gieo của lần chạy đầu; các lần sau dùng các số tiếp theo.",
        ),
    ),
]
Scheduler = Annotated[
    str | None,
    typer.Option(
        metavar="ADDRESS",
        help=text(
            en="A Dask cluster that exists, such as tcp://host:8786.",
            vi="Cụm Dask có sẵn, ví dụ tcp://host:8786.",
        ),
    ),
]
Workers = Annotated[
    int | None,
    typer.Option(
        min=0,
        max=1024,
        help=text(
            en="Processes of this machine: as many as processors unless given; 0: no Dask.",
            vi="Số tiến trình trên máy này, mặc định bằng số bộ xử lý; 0: không dùng Dask.",
        ),
    ),
]


def sweep(
    scenario: Annotated[str, typer.Argument(help=SCENARIO_HELP)],
    *,
    out: Annotated[
        Path,
        typer.Option(
            help=text(
                en="Folder of the runs. The same command again goes on where it ended.",
                vi="Thư mục lưu các lần chạy. Chạy lại cùng lệnh sẽ tiếp tục phần còn lại.",
            )
        ),
    ],
    change: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="NAME=VALUE,VALUE",
            help=text(
                en="Values of a setting: app.uptake=0.1,0.3,0.5. Several are combined.",
                vi="Các giá trị: app.uptake=0.1,0.3,0.5. Nhiều thiết lập được kết hợp.",
            ),
        ),
    ] = None,
    replicates: Annotated[
        int,
        typer.Option(
            min=1, help=text(en="Runs of each combination.", vi="Số lần chạy mỗi trường hợp.")
        ),
    ] = 20,
    seed: Seed = 1,
    scheduler: Scheduler = None,
    workers: Workers = None,
    baseline: Annotated[
        bool,
        typer.Option(
            help=text(
                en="Run each luck without the app as well, for cases averted.",
                vi="Chạy thêm cùng số gieo không có ứng dụng, để tính ca tránh được.",
            )
        ),
    ] = True,
    as_json: Annotated[bool, typer.Option("--json", help=JSON_HELP)] = False,
) -> None:
    """Print and save what a sweep comes to: medians, bands and paired differences."""
    chosen, settings = read_scenario(scenario), parsed_values(change or [])
    refuse_absent(dask=scheduler is not None or workers != 0)
    from dp3t_simulator.sweep.sweeping import sweep as run_sweep

    message = text(
        en="interrupted: what is finished is kept, and the same command goes on from there",
        vi="đã dừng: các lần chạy xong được giữ lại, chạy lại cùng lệnh để tiếp tục",
    )
    with interruptible(message), run_bar() as told:
        found = run_sweep(
            chosen,
            settings,
            replicates=replicates,
            seed=seed,
            folder=out,
            scheduler=scheduler,
            workers=workers,
            baseline=baseline,
            progress=told,
        )
    save(found, out, name="sweep")
    if as_json:
        emit_json({**found.document(), "replicates": replicates, "seed": seed, "out": str(out)})
    else:
        show(table_of(found))


def parsed_values(changes: list[str]) -> dict[str, list[str]]:
    """Return values by the path of the setting; each is written as app.uptake=0.1,0.3.

    Commas inside brackets belong to a value.

    Raises:
        SweepError: one is written otherwise, or a setting is named twice.
    """
    found: dict[str, list[str]] = {}
    for each in changes:
        path, sign, values = each.partition("=")
        path = path.strip()
        if not sign or not path:
            raise SweepError(f"--set {each}: write the name, = and values: app.uptake=0.1,0.3")
        if path in found:
            raise SweepError(f"--set {path} is given twice; write all its values after one =")
        found[path] = _split(values)
    return found


def _split(values: str) -> list[str]:
    found, depth = [""], 0
    for each in values:
        depth += (each == "[") - (each == "]")
        if each == "," and depth <= 0:
            found.append("")
        else:
            found[-1] += each
    return [value.strip() for value in found]


def refuse_absent(*, dask: bool) -> None:
    """Say what is missing before hours are spent.

    Raises:
        NotInstalledError: without pyarrow or matplotlib, or without Dask where it is needed.
    """
    for package in ("pyarrow", "matplotlib", *(("distributed",) if dask else ())):
        if find_spec(package) is None:
            raise NotInstalledError(package, extra="simulator")


@contextmanager
def run_bar() -> Iterator[Callable[[int, int], None]]:
    """Show a bar, and give what is told how many runs are done, and how many there are."""
    quiet = not progress_console.is_terminal
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(
        *columns, TimeRemainingColumn(), console=progress_console, transient=True, disable=quiet
    ) as bar:
        task = bar.add_task(text(en="runs", vi="lần chạy"), total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


@contextmanager
def interruptible(message: str) -> Iterator[None]:
    """End the program with a line of its own when it is told to stop."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)  # ends its workers too
    try:
        yield
    except KeyboardInterrupt:
        fail("dp3t-sim", message, status=130)
    finally:
        signal.signal(signal.SIGTERM, before)
