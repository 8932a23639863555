"""What the commands share: options, the way to a server's files, and how results are shown."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, TypeVar

import typer
from rich import box
from rich.console import Console
from rich.table import Table
from sqlalchemy.exc import SQLAlchemyError

from dp3t import Day, Instant, MalformedError, date_to_day, instant, to_datetime
from dp3t.cli.language import text
from dp3t_server.clock import SystemClock
from dp3t_server.config import Config
from dp3t_server.parts import DataDirectory, Parts, opened
from dp3t_server.running import recorded_settings

_T = TypeVar("_T")

ConfigFile = Annotated[
    Path | None,
    typer.Option(
        "--config",
        help=text(
            en="Settings in TOML; everything has a default.",
            vi="Tệp cấu hình TOML; mục nào cũng có giá trị mặc định.",
        ),
    ),
]
OtherConfigFile = Annotated[
    Path | None,
    typer.Option(
        "--config",
        help=text(
            en="Settings in TOML; without them those with which the server was started last.",
            vi="Tệp cấu hình TOML; nếu không nêu thì dùng cấu hình của lần khởi động gần nhất.",
        ),
    ),
]
Data = Annotated[
    Path,
    typer.Option(
        "--data",
        help=text(en="The folder with the server's data.", vi="Thư mục dữ liệu của máy chủ."),
    ),
]
AsJson = Annotated[
    bool,
    typer.Option("--json", help=text(en="Print one JSON document.", vi="In ra một tài liệu JSON.")),
]
FirstDay = Annotated[
    str,
    typer.Option(
        metavar="YYYY-MM-DD",
        help=text(en="The first contagious day, UTC.", vi="Ngày đầu tiên có thể lây (UTC)."),
    ),
]
DEFAULT_DATA = Path("dp3t-server-data")
UNTIL = text(en="Good until", vi="Có hiệu lực đến")

_WIDEST = 200
"""Columns of a table: a terminal breaks long lines, but nothing is left out."""


def with_parts(
    config: Path | None, data: Path, work: Callable[[Parts, Instant], Awaitable[_T]]
) -> _T:
    """Work on the files of a server, whether it runs or not.

    Without a file of settings those of its last start hold, so that no command does what the server
    itself would refuse [SERVER-53].

    Raises:
        PolicyError: no server was ever started there.
    """
    directory, now = DataDirectory(data), SystemClock().now()
    directory.require()
    settings = recorded_settings(directory) if config is None else Config.load(config)

    async def do() -> _T:
        async with opened(settings, directory, now=now) as parts:
            return await work(parts, now)

    return finish(do())


def finish(work: Awaitable[_T]) -> _T:
    """Run to the end; a fault of the database becomes an OSError that names it."""

    async def wait() -> _T:
        return await work

    try:
        return asyncio.run(wait())
    except SQLAlchemyError as error:
        cause = getattr(error, "orig", None) or type(error).__name__
        raise OSError(f"the database cannot be used: {cause}") from None


def moment(value: str) -> Instant:
    """Read a time that a person typed: ISO, UTC unless it says otherwise, or Unix seconds.

    Raises:
        MalformedError: neither, or outside 1970 to 2106.
    """
    try:
        if value.isdecimal():
            return instant(int(value))
        read = datetime.fromisoformat(value)
        return instant(read if read.tzinfo else read.replace(tzinfo=UTC))
    except (ValueError, OverflowError):
        raise MalformedError(f"{value} is neither an ISO time nor Unix seconds") from None


def day_named(value: str) -> Day:
    """Read a day that a person typed.

    Raises:
        MalformedError: not YYYY-MM-DD, or before 1970.
    """
    try:
        written = date.fromisoformat(value)
    except ValueError:
        raise MalformedError(f"{value} is not a day written as YYYY-MM-DD") from None
    try:
        return date_to_day(written)
    except ValueError:
        raise MalformedError(f"{value} lies before 1970") from None


def iso(when: Instant) -> str:
    """Return a time as people and programs read it."""
    return to_datetime(when).isoformat()


def show(columns: dict[str, str], rows: list[dict[str, object]]) -> None:
    """Print a table, its columns named for people, in which nothing is cut short."""
    table = Table(*columns.values(), box=box.SIMPLE)
    for row in rows:
        table.add_row(*(_cell(name, row[name]) for name in columns))
    Console(width=_WIDEST).print(table)


def _cell(column: str, value: object) -> str:
    if column in ("release", "valid_from", "valid_until") and isinstance(value, int):
        return iso(Instant(value))
    return str(value)
