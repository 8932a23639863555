"""`dp3t-server`: run the server, issue codes, publish, look after the keys."""

import asyncio
import json
import os
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, TypeVar

import typer
from rich.console import Console
from rich.table import Table
from sqlalchemy.exc import SQLAlchemyError

from dp3t import Instant, MalformedError, VerificationKey, instant, to_datetime
from dp3t.cli import boundary
from dp3t.cli.language import text
from dp3t_server import logs, rotation
from dp3t_server.clock import Clock, SimulatedClock, SystemClock
from dp3t_server.codes import MAX_CODES, issue_codes
from dp3t_server.config import Config
from dp3t_server.keys import SecretsFile, key_as_json
from dp3t_server.operator import batches_as_json
from dp3t_server.parts import DataDirectory, Parts, opened
from dp3t_server.process import serve

_T = TypeVar("_T")
_LANGUAGES = {
    "server": text(
        en="Run a key-publication server and look after it.",
        vi="Vận hành và quản lý máy chủ công bố khóa.",
    ),
    "codes": text(en="Upload codes for patients.", vi="Mã tải lên cấp cho người bệnh."),
    "keys": text(
        en="Signing keys and the operator's token.", vi="Khóa ký và mã truy cập của người vận hành."
    ),
}
app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False, help=_LANGUAGES["server"])
codes = typer.Typer(no_args_is_help=True, help=_LANGUAGES["codes"])
keys = typer.Typer(no_args_is_help=True, help=_LANGUAGES["keys"])
app.add_typer(codes, name="codes")
app.add_typer(keys, name="keys")

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
_DATA = Path("dp3t-server-data")


@app.callback()
def private() -> None:
    """Let every file made from here on be readable by this user only."""
    os.umask(0o077)


@app.command(
    help=text(
        en="Serve until told to stop; the first start makes data, keys and operator's token.",
        vi="Chạy máy chủ đến khi có lệnh dừng; lần đầu tự tạo dữ liệu, khóa và mã truy cập.",
    )
)
def run(
    config: ConfigFile = None,
    data: Data = _DATA,
    host: Annotated[
        str | None,
        typer.Option(help=text(en="Address to listen on.", vi="Địa chỉ lắng nghe.")),
    ] = None,
    port: Annotated[
        int | None,
        typer.Option(
            min=0,
            max=65_535,
            help=text(
                en="Port to listen on; 0 for a free one.", vi="Cổng; 0 là cổng trống bất kỳ."
            ),
        ),
    ] = None,
    simulated_clock: Annotated[
        int | None,
        typer.Option(
            metavar="UNIX_SECONDS",
            help=text(
                en="For demonstrations and tests: a clock that stands until the operator moves it.",
                vi="Chỉ để trình diễn và kiểm thử: đồng hồ đứng yên đến khi người vận hành chỉnh.",
            ),
        ),
    ] = None,
) -> None:
    """Run the server."""
    given = {"host": host, "port": port}
    chosen = {name: value for name, value in given.items() if value is not None}
    settings = Config.load(config).model_copy(update=chosen)
    clock: Clock = SystemClock()
    if simulated_clock is not None:
        clock = SimulatedClock(_moment(str(simulated_clock)))
    logs.start()
    _finish(serve(settings, DataDirectory(data), clock))


@app.command(
    help=text(en="Publish what is due now.", vi="Công bố ngay những gì đã đến hạn."),
)
def publish(config: ConfigFile = None, data: Data = _DATA, *, as_json: AsJson = False) -> None:
    """Publish, beside a running server or without one."""
    publication = _with_parts(config, data, lambda parts, now: parts.publisher.publish(now))
    batches = batches_as_json(publication.batches)
    if as_json:
        typer.echo(json.dumps({"release": publication.release, "batches": batches}, indent=2))
    else:
        _show(["design", "release", "keys", "size_bytes"], batches)


@codes.command(help=text(en="Issue new upload codes.", vi="Cấp mã tải lên mới."))
def issue(
    count: Annotated[
        int,
        typer.Option(min=1, max=MAX_CODES, help=text(en="How many.", vi="Số lượng mã.")),
    ] = 1,
    config: ConfigFile = None,
    data: Data = _DATA,
    *,
    as_json: AsJson = False,
) -> None:
    """Print new codes; they are stored nowhere in this form."""
    issued = _with_parts(config, data, lambda parts, now: issue_codes(parts, count, now=now))
    rows: list[dict[str, object]] = [
        {"code": code.display(), "expires": _iso(issued.expires)} for code in issued.codes
    ]
    if as_json:
        typer.echo(json.dumps({"codes": rows}, indent=2))
    else:
        _show(["code", "expires"], rows)


@codes.callback()
def _codes() -> None:
    """Keep `issue` a named command while it is the only one."""


@keys.command("list", help=text(en="List the signing keys.", vi="Liệt kê các khóa ký."))
def list_keys(data: Data = _DATA, *, as_json: AsJson = False) -> None:
    """Print the public half of every signing key."""
    _show_keys([key.public() for key in _secrets(data).load().signing], as_json=as_json)


@keys.command(
    help=text(
        en="Print the public key that apps embed.", vi="In khóa công khai để nhúng vào ứng dụng."
    )
)
def show(data: Data = _DATA, *, as_json: AsJson = False) -> None:
    """Print the key an app trusts from its first start."""
    key = _secrets(data).load().announced(SystemClock().now())
    typer.echo(json.dumps(key_as_json(key), indent=2) if as_json else key.public.hex())


@keys.command(
    help=text(
        en="Add a signing key that takes over later and announce it now.",
        vi="Thêm một khóa ký sẽ có hiệu lực sau và thông báo ngay từ bây giờ.",
    )
)
def rotate(
    valid_from: Annotated[
        str | None,
        typer.Option(
            help=text(
                en="When it takes over: ISO time, UTC unless it says otherwise, or Unix seconds. "
                "Default: a day after the next release.",
                vi="Thời điểm có hiệu lực: giờ ISO (mặc định UTC) hoặc số giây Unix. "
                "Nếu không nêu: một ngày sau lần công bố kế tiếp.",
            )
        ),
    ] = None,
    config: ConfigFile = None,
    data: Data = _DATA,
    *,
    as_json: AsJson = False,
) -> None:
    """Rotate the signing key."""
    start = None if valid_from is None else _moment(valid_from)
    key = _with_parts(
        config, data, lambda parts, now: rotation.rotate(parts, valid_from=start, now=now)
    )
    _show_keys([key], as_json=as_json)


@keys.command(
    help=text(
        en="Replace the operator's token; the former one stops working.",
        vi="Thay mã truy cập của người vận hành; mã cũ hết hiệu lực.",
    )
)
def token(config: ConfigFile = None, data: Data = _DATA) -> None:
    """Write a new token to its file."""
    _with_parts(config, data, lambda parts, _: rotation.renew_token(parts))
    typer.echo(DataDirectory(data).token)


def _with_parts(
    config: Path | None, data: Path, work: Callable[[Parts, Instant], Awaitable[_T]]
) -> _T:
    """Work on the files of a server, whether it runs or not."""
    settings, directory, now = Config.load(config), DataDirectory(data), SystemClock().now()
    directory.require()

    async def do() -> _T:
        async with opened(settings, directory, now=now) as parts:
            return await work(parts, now)

    return _finish(do())


def _finish(work: Awaitable[_T]) -> _T:
    async def wait() -> _T:
        return await work

    try:
        return asyncio.run(wait())
    except SQLAlchemyError as error:
        cause = getattr(error, "orig", None) or type(error).__name__
        raise OSError(f"the database cannot be used: {cause}") from None


def _secrets(data: Path) -> SecretsFile:
    DataDirectory(data).require()
    return SecretsFile(DataDirectory(data).secrets)


def _moment(value: str) -> Instant:
    try:
        if value.isdecimal():
            return instant(int(value))
        moment = datetime.fromisoformat(value)
        return instant(moment if moment.tzinfo else moment.replace(tzinfo=UTC))
    except (ValueError, OverflowError):
        raise MalformedError(f"{value} is neither an ISO time nor Unix seconds") from None


def _iso(moment: Instant) -> str:
    return to_datetime(moment).isoformat()


def _show_keys(found: list[VerificationKey], *, as_json: bool) -> None:
    rows = [key_as_json(key) for key in found]
    if as_json:
        typer.echo(json.dumps({"keys": rows}, indent=2))
    else:
        _show(["key_id", "public", "valid_from", "valid_until"], rows)


def _show(columns: list[str], rows: list[dict[str, object]]) -> None:
    """Print a table; moments as people read them, nothing cut short."""
    table = Table(*columns)
    for row in rows:
        table.add_row(*(_cell(name, row[name]) for name in columns))
    Console(soft_wrap=True).print(table)


def _cell(column: str, value: object) -> str:
    if column in ("release", "valid_from", "valid_until") and isinstance(value, int):
        return _iso(Instant(value))
    return str(value)


def main() -> None:
    """Run the `dp3t-server` command."""
    boundary.run(app, name="dp3t-server")
