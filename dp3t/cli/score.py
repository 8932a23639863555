"""`dp3t score`: scoring rules against known results."""

import time
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from dp3t.cli.files import naming
from dp3t.cli.language import number, text
from dp3t.cli.output import JSON_HELP, emit_json, show
from dp3t.proximity.exposure.configuration import Configuration
from dp3t.proximity.exposure.presets import PRESETS
from dp3t.proximity.exposure.scoring.comparison import MAX_FILE_BYTES, Comparison, compare
from dp3t.timeline import day_of, instant

app = typer.Typer(
    no_args_is_help=True,
    help=text(
        en="How the risk of a contact is scored.",
        vi="Cách chấm điểm nguy cơ của một lần tiếp xúc.",
    ),
)


@app.command(
    help=text(
        en="Run a file of scoring cases and say which differ from their known result, and why. "
        "The exit status is 0 if all are equal, 1 if a case differs or cannot be run, 2 if the "
        "file is no file of cases.",
        vi="Chạy một tệp các ca chấm điểm và cho biết những ca nào khác với kết quả đã biết, và vì "
        "sao. Mã thoát là 0 nếu mọi ca đều giống, 1 nếu có ca khác hoặc không chạy được, 2 nếu tệp "
        "không phải là tệp các ca.",
    )
)
def check(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help=text(
                en="JSON with the lists v1, v2_windows, v2_daily_summaries.",
                vi="Tệp JSON với các danh sách v1, v2_windows, v2_daily_summaries.",
            ),
        ),
    ],
    *,
    as_json: Annotated[bool, typer.Option("--json", help=JSON_HELP)] = False,
) -> None:
    """Compare results; the exit status is 1 where one differs [SCORING-26]."""
    with file.open("rb") as opened, naming(file):
        data = opened.read(MAX_FILE_BYTES + 1)
        today = day_of(instant(int(time.time())))  # noqa: TID251 - the terminal reads the clock
        found = compare(data, today=today)
    if as_json:
        emit_json(
            {
                "cases": found.cases,
                "equal": found.equal,
                "different": [each.name for each in found.differences],
                "reasons": [each.reason for each in found.differences],
            }
        )
    else:
        _show(found)
    if found.differences:
        raise typer.Exit(1)


def _show(found: Comparison) -> None:
    count = Table(
        text(en="Cases", vi="Số ca"),
        text(en="Equal", vi="Giống nhau"),
        text(en="Different", vi="Khác nhau"),
    )
    count.add_row(number(found.cases), number(found.equal), number(len(found.differences)))
    show(count)
    if found.differences:
        table = Table(text(en="Different", vi="Khác nhau"), text(en="Why", vi="Lý do"))
        for each in found.differences:
            table.add_row(escape(each.name), escape(each.reason))
        show(table)


@app.command(
    help=text(
        en="List the configurations that come with the library, and where their values come from.",
        vi="Liệt kê các cấu hình có sẵn trong thư viện và nguồn gốc các giá trị của chúng.",
    )
)
def presets(*, as_json: Annotated[bool, typer.Option("--json", help=JSON_HELP)] = False) -> None:
    """Print every preset."""
    if as_json:
        emit_json({"presets": [{"name": name, **_preset(each)} for name, each in PRESETS.items()]})
        return
    table = Table(
        text(en="Name", vi="Tên"),
        text(en="Algorithm", vi="Thuật toán"),
        text(en="Days", vi="Số ngày"),
        text(en="Warns at", vi="Cảnh báo từ"),
        text(en="Source", vi="Nguồn"),
    )
    for name, each in PRESETS.items():
        threshold = f"{number(each.notify_at)} {unit_name(each.unit)}"
        table.add_row(
            name, each.algorithm, number(each.look_back_days), threshold, escape(each.source)
        )
    show(table)


def _preset(configuration: Configuration) -> dict[str, object]:
    return {
        "algorithm": configuration.algorithm,
        "unit": configuration.unit,
        "look_back_days": configuration.look_back_days,
        "notify_at": configuration.notify_at,
        "source": configuration.source,
        "rule": asdict(configuration.rule),
    }


def unit_name(unit: str) -> str:
    """Return what scores count, in the language of the person at the terminal."""
    return {
        "minutes": text(en="minutes", vi="phút"),
        "risk score": text(en="risk score", vi="điểm nguy cơ"),
        "weighted seconds": text(en="weighted seconds", vi="giây có trọng số"),
        "normalized minutes": text(en="normalized minutes", vi="phút chuẩn hóa"),
    }[unit]
