"""`dp3t-sim compare`: results and scenarios side by side."""

from pathlib import Path
from typing import Annotated

import typer

from dp3t.cli.language import text
from dp3t.cli.output import JSON_HELP, emit_json, show
from dp3t_simulator.cli.side_by_side import save, table_of
from dp3t_simulator.cli.sweep import Scheduler, Seed, Workers, interruptible, refuse_absent, run_bar


def compare(
    sources: Annotated[
        list[str],
        typer.Argument(
            metavar="A B…",
            help=text(
                en="Folders of runs and sweeps, scenario files, or names of `dp3t-sim scenarios`.",
                vi="Thư mục kết quả, tệp kịch bản, hoặc tên trong `dp3t-sim scenarios`.",
            ),
        ),
    ],
    *,
    replicates: Annotated[
        int,
        typer.Option(min=1, help=text(en="Runs of each scenario.", vi="Số lần chạy mỗi kịch bản.")),
    ] = 5,
    seed: Seed = 1,
    scheduler: Scheduler = None,
    workers: Workers = None,
    out: Annotated[
        Path | None,
        typer.Option(
            help=text(
                en="Save the table (Parquet) and the figure in this folder.",
                vi="Lưu bảng (Parquet) và hình vào thư mục này.",
            )
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help=JSON_HELP)] = False,
) -> None:
    """Print two or more results side by side, paired by seed."""
    running = any(not Path(each).is_dir() for each in sources)
    refuse_absent(dask=running and (scheduler is not None or workers != 0))
    from dp3t_simulator.sweep.comparing import compare as put_side_by_side

    with interruptible(text(en="interrupted", vi="đã dừng")), run_bar() as told:
        found = put_side_by_side(
            *sources,
            replicates=replicates,
            seed=seed,
            scheduler=scheduler,
            workers=workers,
            progress=told,
        )
    if out:
        save(found, out, name="compare")
    if as_json:
        emit_json(found.document())
    else:
        show(table_of(found))
