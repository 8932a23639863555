"""`dp3t-server log …`."""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from dp3t import Instant
from dp3t.cli.language import text
from dp3t_server.cli.options import (
    DEFAULT_DATA,
    AsJson,
    Data,
    OtherConfigFile,
    with_parts,
)
from dp3t_server.cosigning import add_cosignatures
from dp3t_server.log_store import LogHead, log_key
from dp3t_server.parts import Parts

app = typer.Typer(
    no_args_is_help=True,
    help=text(
        en="The transparency log: where it stands, and what witnesses say of it.",
        vi="Nhật ký minh bạch: trạng thái và chữ ký của những người làm chứng.",
    ),
)

Lines = Annotated[
    Path,
    typer.Argument(
        metavar="FILE",
        allow_dash=True,
        help=text(
            en="A file with the lines of witnesses; - for standard input.",
            vi="Tệp chứa các dòng chữ ký của người làm chứng; - là đầu vào chuẩn.",
        ),
    ),
]


@app.command(
    help=text(
        en="Show the log's key and newest checkpoint.",
        vi="Hiện khóa và điểm kiểm tra mới nhất của nhật ký.",
    )
)
def show(
    config: OtherConfigFile = None, data: Data = DEFAULT_DATA, *, as_json: AsJson = False
) -> None:
    """Show where the log stands."""

    async def work(parts: Parts, _: Instant) -> tuple[str, LogHead | None]:
        async with parts.store.reading() as transaction:
            return log_key(parts.secrets.load().log_signer), await transaction.log.head()

    key, head = with_parts(config, data, work)
    size, note = (head.size, head.note.decode()) if head else (0, "")
    if as_json:
        typer.echo(json.dumps({"log_key": key, "size": size, "checkpoint": note}, indent=2))
    else:
        typer.echo(f"{key}\n\n{note}", nl=False)


@app.command(
    help=text(
        en="Add lines of witnesses to the newest checkpoint; `dp3t log cosign` makes them.",
        vi="Thêm dòng chữ ký của người làm chứng (từ `dp3t log cosign`) vào điểm mới nhất.",
    )
)
def cosign(lines: Lines, config: OtherConfigFile = None, data: Data = DEFAULT_DATA) -> None:
    """Add what witnesses answered."""
    given = sys.stdin.read() if lines == Path("-") else lines.read_text(encoding="utf-8")
    found = [f"{line}\n" for line in given.splitlines() if line]
    added = with_parts(config, data, lambda parts, _: add_cosignatures(parts, found))
    typer.echo(text(en=f"{added} added", vi=f"đã thêm {added}"))
