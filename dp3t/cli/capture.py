"""`dp3t capture`: what real Bluetooth logs hold."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.box import SIMPLE_HEAD
from rich.markup import escape
from rich.table import Table

from dp3t.cli.files import naming
from dp3t.cli.language import number, text
from dp3t.cli.output import JSON_HELP, emit_json, show
from dp3t.errors import LimitError
from dp3t.proximity.capture.reader import read_capture
from dp3t.proximity.capture.summary import Summary, summarize

MAX_LOG_BYTES = 2**28
"""The largest log the terminal reads: days of logging, and no accident with an endless file."""

app = typer.Typer(
    no_args_is_help=True,
    help=text(
        en="Read Bluetooth logs of phones (BTSnoop, PacketLogger).",
        vi="Đọc nhật ký Bluetooth của điện thoại (BTSnoop, PacketLogger).",
    ),
)

_FILES = text(
    en="Logs: BTSnoop version 1 or Apple PacketLogger.",
    vi="Các tệp nhật ký: BTSnoop phiên bản 1 hoặc PacketLogger của Apple.",
)


@app.callback()
def capture() -> None:
    """Keep `adverts` a named command even while it is the only one."""


@app.command(
    help=text(
        en="Count the exposure-notification adverts in logs. Times are printed as logged.",
        vi="Đếm các gói quảng bá báo phơi nhiễm trong nhật ký. Thời gian in đúng như tệp ghi.",
    )
)
def adverts(
    files: Annotated[list[Path], typer.Argument(help=_FILES, metavar="FILE")],
    *,
    as_json: Annotated[bool, typer.Option("--json", help=JSON_HELP)] = False,
) -> None:
    """Print a summary of each log, in the order given."""
    summaries = [(path, _summarize(path)) for path in files]
    if as_json:
        emit_json([_as_object(path, found) for path, found in summaries])
    else:
        show(_as_table(summaries))


def read_log(path: Path) -> bytes:
    """Return the bytes of a log.

    Raises:
        OSError: the file cannot be read.
        LimitError: the file is larger than MAX_LOG_BYTES.
    """
    with path.open("rb") as file:
        data = file.read(MAX_LOG_BYTES + 1)
    if len(data) > MAX_LOG_BYTES:
        raise LimitError(f"the file has more than {MAX_LOG_BYTES} bytes")
    return data


def iso_utc(at_us: int) -> str:
    """Return Unix microseconds as ISO 8601 in UTC."""
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=at_us)
    return moment.isoformat(timespec="microseconds").replace("+00:00", "Z")


def readable(at_us: int) -> str:
    """Return Unix microseconds as date and time of day in UTC, to the second."""
    return iso_utc(at_us)[:19].replace("T", " ")


def _summarize(path: Path) -> Summary:
    with naming(path):
        return summarize(read_capture(read_log(path)))


def _as_object(path: Path, found: Summary) -> dict[str, str | int | None]:
    return {
        "file": str(path),
        "adverts_received": found.adverts_received,
        "distinct_received": found.distinct_received,
        "distinct_broadcast": found.distinct_broadcast,
        "first": None if found.first_us is None else iso_utc(found.first_us),
        "last": None if found.last_us is None else iso_utc(found.last_us),
    }


def _as_table(summaries: list[tuple[Path, Summary]]) -> Table:
    table = Table(box=SIMPLE_HEAD, pad_edge=False, collapse_padding=True)
    table.add_column(text(en="File", vi="Tệp"), overflow="fold")
    for title in (
        text(en="Adverts heard", vi="Gói nhận được"),
        text(en="IDs heard", vi="Mã nhận được"),
        text(en="IDs sent", vi="Mã đã phát"),
        text(en="Packets damaged", vi="Gói tin hỏng"),
    ):
        table.add_column(title, justify="right")
    table.add_column(text(en="First", vi="Đầu tiên"), min_width=10)
    table.add_column(text(en="Last", vi="Cuối cùng"), min_width=10)
    for path, found in summaries:
        table.add_row(
            escape(path.name),
            number(found.adverts_received),
            number(found.distinct_received),
            number(found.distinct_broadcast),
            number(found.packets_skipped),
            "-" if found.first_us is None else readable(found.first_us),
            "-" if found.last_us is None else readable(found.last_us),
        )
    return table
