"""`dp3t tokens`: anonymous tokens, as an app gets them for a code that was given out in person."""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from dp3t.cli.boundary import NotInstalledError
from dp3t.cli.files import alone
from dp3t.cli.language import number, text
from dp3t.cli.moments import moment_given, present
from dp3t.cli.output import JSON_HELP, emit_json, show
from dp3t.cli.token_file import TokenFile
from dp3t.codec import from_hex
from dp3t.errors import PolicyError
from dp3t.facilities.objection import OBJECTIONS_SCOPE
from dp3t.facilities.objection_book import ObjectionBook
from dp3t.primitives import ED25519_PUBLIC_BYTES, random_from_os
from dp3t.publication.authorization import UploadCode
from dp3t.publication.server_view import ServerView
from dp3t.publication.signing import TrustedKeys, VerificationKey
from dp3t.publication.token_book import TokenBook
from dp3t.timeline import Instant, day_to_date

app = typer.Typer(
    no_args_is_help=True,
    help=text(
        en="Anonymous tokens: each permits one report on one day, and says nothing of whose it is.",
        vi="Thẻ ẩn danh: mỗi thẻ cho phép một lần báo trong một ngày và không cho biết của ai.",
    ),
)

_File = Annotated[
    Path,
    typer.Option(
        "--out",
        metavar="FILE",
        help=text(
            en="Where the tokens are kept; only its owner can read it.",
            vi="Tệp lưu các thẻ; chỉ chủ sở hữu đọc được.",
        ),
    ),
]
_Server = Annotated[
    str,
    typer.Option(metavar="URL", help=text(en="The server.", vi="Địa chỉ máy chủ.")),
]
_PublicKey = Annotated[
    str | None,
    typer.Option(
        metavar="HEX",
        help=text(
            en="The server's key, from the app; needed the first time only.",
            vi="Khóa của máy chủ, có trong ứng dụng; chỉ cần cho lần đầu.",
        ),
    ),
]
_Code = Annotated[
    str | None,
    typer.Option(
        metavar="DIGITS",
        help=text(
            en="The code from the commune's station; needed the first time only, or in the place "
            "of one that was refused.",
            vi="Mã do trạm y tế xã cấp; chỉ cần cho lần đầu, hoặc để thay mã đã bị từ chối.",
        ),
    ),
]
_Scope = Annotated[
    str,
    typer.Option(
        metavar="WORD",
        help=text(
            en="For what the tokens are: symptoms or objections.",
            vi="Mục đích của các thẻ: symptoms (khai báo) hoặc objections (phản ánh).",
        ),
    ),
]
_Now = Annotated[
    str | None,
    typer.Option(
        metavar="TIME",
        help=text(
            en="For demonstrations: what time it is, in Unix seconds or ISO 8601.",
            vi="Chỉ để trình diễn: thời điểm hiện tại, dạng số giây Unix hoặc ISO 8601.",
        ),
    ),
]
_Json = Annotated[bool, typer.Option("--json", help=JSON_HELP)]


@app.command(
    help=text(
        en="Ask for a token of each of the next seven days that has none yet.",
        vi="Xin thẻ cho mỗi ngày trong bảy ngày tới mà chưa có thẻ.",
    )
)
def fetch(
    server: _Server,
    out: _File,
    code: _Code = None,
    public_key: _PublicKey = None,
    scope: _Scope = "symptoms",
    now: _Now = None,
    *,
    as_json: _Json = False,
) -> None:
    """Fetch tokens; the file is written before anything is asked for [TERMINAL-52]."""
    moment = present() if now is None else moment_given(now, "--now")
    with alone(out):
        before = _opened(out, code=code, public_key=public_key, scope=scope)
        found = asyncio.run(_fetched(before, out, server, now=moment))
    _tell(found, as_json=as_json)


@app.command(
    "show",
    help=text(
        en="Say for which days there are tokens.", vi="Cho biết đã có thẻ cho những ngày nào."
    ),
)
def show_command(out: _File, *, as_json: _Json = False) -> None:
    """Tell the days and nothing that could be spent [TERMINAL-53]."""
    _tell(TokenFile.read(out), as_json=as_json)


def _opened(out: Path, *, code: str | None, public_key: str | None, scope: str) -> TokenFile:
    """Return what the file holds, or what one begins with."""
    if out.exists():
        found = TokenFile.read(out)
        given = found.code if code is None else UploadCode.parse(code)
        if scope != found.book.scope:
            raise PolicyError(f"{out} is of another scope")
        if given != found.code and (found.book.tokens or found.book.used):
            raise PolicyError(f"{out} is of another code, for which tokens have come")
        return replace(found, code=given)
    if code is None or public_key is None:
        raise PolicyError("the first time --code and --public-key are needed")
    key = VerificationKey.pinned(
        from_hex(public_key, length=ED25519_PUBLIC_BYTES, what="--public-key")
    )
    return TokenFile(
        code=UploadCode.parse(code),
        held=ObjectionBook() if scope == OBJECTIONS_SCOPE else TokenBook(scope=scope),
        view=ServerView(trusted=TrustedKeys([key])),
    )


async def _fetched(found: TokenFile, out: Path, server: str, *, now: Instant) -> TokenFile:
    try:
        from dp3t.declarations_client import DeclarationsClient
    except ModuleNotFoundError as error:
        raise NotInstalledError(error.name, extra="client") from None
    async with DeclarationsClient(server, view=found.view) as client:
        keys = await client.fetch_token_keys(now=now)
        held = found.held.prepared(keys, rand=random_from_os)
        found = replace(found, held=held, view=client.view)
        found.write(out)
        found = found.with_book(await client.ask_tokens(found.book, found.code))
        found.write(out)
    return found


def _tell(found: TokenFile, *, as_json: bool) -> None:
    book = found.book
    tokens = [day_to_date(token.day).isoformat() for token in book.tokens]
    pending = [day_to_date(each.key.day).isoformat() for each in book.pending]
    used = [day_to_date(day).isoformat() for day in book.used]
    if as_json:
        emit_json({"scope": book.scope, "tokens": tokens, "pending": pending, "used": used})
        return
    en = f"Tokens: {number(len(tokens))}. {', '.join(tokens)}"
    vi = f"Số thẻ: {number(len(tokens))}. {', '.join(tokens)}"
    show(text(en=en, vi=vi))
    if pending:
        waiting = ", ".join(pending)
        show(text(en=f"Not given yet: {waiting}", vi=f"Chưa được cấp: {waiting}"))
    if used:
        gone = ", ".join(used)
        show(
            text(
                en=f"Taken, or given for this code to another file: {gone}",
                vi=f"Đã dùng, hoặc mã này đã được cấp thẻ vào tệp khác: {gone}",
            )
        )
