"""`dp3t symptoms station`: what a health station does with requests for help."""

import asyncio
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import typer
from rich.box import SIMPLE_HEAD
from rich.markup import escape
from rich.table import Table

from dp3t.cli.arrivals.operator import Operator
from dp3t.cli.authority_key import make_key, read_key
from dp3t.cli.language import text
from dp3t.cli.operator_token import read_token
from dp3t.cli.output import emit_json, show
from dp3t.cli.presence.extra import extra_needed
from dp3t.cli.sealed_pages import SealedKind, others_after, refused_table
from dp3t.cli.symptoms import options
from dp3t.cli.symptoms.described import request_object, request_rows
from dp3t.errors import Dp3tError, MalformedError, VerificationError
from dp3t.primitives import X25519PrivateKey
from dp3t.symptoms.help import HELP_BYTES, HelpRequest, SealedHelp

_SEALED = SealedKind(
    one="request for help",
    listed="help_requests",
    length_bytes=HELP_BYTES,
    most_page_bytes=2**22,
)

app = typer.Typer(
    no_args_is_help=True,
    help=text(en="For health stations.", vi="Dành cho trạm y tế."),
)


@dataclass(slots=True)
class _Inbox:
    """What was in some files, each once.

    Attributes:
        opened: by their names.
        refused: by their names, what opens and is no request, with the reason.
        others: how many are for other stations.
    """

    opened: dict[str, HelpRequest] = field(default_factory=dict)
    refused: dict[str, Dp3tError] = field(default_factory=dict)
    others: int = 0

    def add(self, sealed: bytes, keys: list[X25519PrivateKey]) -> None:
        request = SealedHelp.decode(sealed)
        try:
            self.opened[request.name] = request.open(keys)
        except VerificationError:
            self.others += 1
        except Dp3tError as error:
            self.refused[request.name] = error


@app.command(
    help=text(
        en="Make a station's key, and print its public half for the authority's list.",
        vi="Tạo khóa của trạm và in phần công khai để đưa vào danh sách.",
    )
)
def keygen(
    out: Annotated[
        Path,
        typer.Option(
            help=text(
                en="The file to write; only its owner can read it.",
                vi="Tệp cần ghi; chỉ chủ sở hữu đọc được.",
            )
        ),
    ],
) -> None:
    """Draw a key; an existing file is never replaced."""
    typer.echo(make_key(out))


@app.command(
    "open",
    help=text(
        en="Show the requests that this station can open.",
        vi="Hiển thị các yêu cầu mà trạm này mở được.",
    ),
)
@extra_needed()
def open_command(
    private_key: Annotated[
        list[Path],
        typer.Option(
            metavar="FILE",
            help=text(
                en="A key of the station; may be repeated while it changes keys.",
                vi="Khóa của trạm; có thể lặp lại trong lúc đổi khóa.",
            ),
        ),
    ],
    files: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[FILE…]",
            help=text(
                en="Sealed requests, or pages that the server gave.",
                vi="Yêu cầu đã niêm phong, hoặc các trang do máy chủ trả về.",
            ),
        ),
    ] = None,
    server: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            help=text(en="Fetch all from this server.", vi="Tải tất cả từ máy chủ này."),
        ),
    ] = None,
    token_file: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help=text(en="The operator's token.", vi="Tệp mã của người vận hành.")
        ),
    ] = None,
    *,
    as_json: options.Json = False,
) -> None:
    """Print what opens; of the others only how many there are [TERMINAL-59]."""
    if bool(files) == (server is not None) or (server is None) != (token_file is None):
        raise MalformedError("open needs files, or --server with --token-file")
    keys = [read_key(path) for path in private_key]
    if server is not None and token_file is not None:
        pages = asyncio.run(_SEALED.fetch(Operator(server, read_token(token_file)).help_page))
    else:
        pages = [_SEALED.read(path) for path in files or ()]
    inbox = _Inbox()
    for sealed in dict.fromkeys(each for page in pages for each in page.sealed):
        inbox.add(sealed, keys)
    after = others_after(pages)
    if as_json:
        _emit(inbox, after)
        return
    for name, request in inbox.opened.items():
        show(name)
        table = Table(box=SIMPLE_HEAD, show_header=False)
        for row, said in request_rows(request):
            table.add_row(row, escape(said))
        show(table)
    if inbox.refused:
        show(refused_table(inbox.refused))
    show(
        text(
            en=f"{inbox.others} for other stations.",
            vi=f"{inbox.others} yêu cầu gửi cho trạm khác.",
        )
    )
    if after is not None:
        show(text(en=f"Others follow after {after}", vi=f"Còn nữa sau {after}"))


def _emit(inbox: _Inbox, after: str | None) -> None:
    emit_json(
        {
            "requests": [
                {"name": name, **request_object(request)} for name, request in inbox.opened.items()
            ],
            "refused": [
                {"name": name, "reason": str(error)} for name, error in inbox.refused.items()
            ],
            "others": inbox.others,
            "after": after,
        }
    )
