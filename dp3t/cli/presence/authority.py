"""`dp3t presence authority`: the health authority's step, on a machine that needs no network."""

import asyncio
import json
from collections.abc import Iterable, Sequence
from http import HTTPStatus
from pathlib import Path
from typing import Annotated

import typer

from dp3t.cli.authority_key import make_key, read_key
from dp3t.cli.language import number, text
from dp3t.cli.moments import iso_moment, present
from dp3t.cli.operator_token import read_token
from dp3t.cli.output import emit_json, show
from dp3t.cli.presence import options
from dp3t.cli.presence.describe import as_table
from dp3t.cli.presence.extra import extra_needed
from dp3t.cli.presence.finished import read_traces, traces_bodies
from dp3t.cli.presence.inbox import Inbox, Received
from dp3t.cli.presence.outputs import numbered
from dp3t.cli.presence.private import require_absent, write_private
from dp3t.errors import MalformedError, PolicyError, TransportError
from dp3t.presence import Trace
from dp3t.presence.completion import complete as complete_pre_trace
from dp3t.presence.pretrace import TraceRequest
from dp3t.primitives import X25519PrivateKey, random_from_os
from dp3t.timeline import instant

_MAX_ANSWER_BYTES = 2**14

app = typer.Typer(
    no_args_is_help=True,
    help=text(
        en="For health officials: read what venues have uploaded, and finish the traces.",
        vi="Dành cho cán bộ y tế: đọc dữ liệu các địa điểm tải lên và hoàn tất truy vết.",
    ),
)

_Files = Annotated[
    list[Path],
    typer.Argument(
        metavar="FILE…",
        help=text(
            en="Sealed uploads, or pages of them as the server gives them.",
            vi="Tệp tải lên đã niêm phong, hoặc các trang do máy chủ trả về.",
        ),
    ),
]
_References = Annotated[
    list[str] | None,
    typer.Option(
        metavar="TEXT",
        help=text(
            en="Show only what carries this reference; may be repeated.",
            vi="Chỉ hiển thị bản có mã yêu cầu này; có thể lặp lại.",
        ),
    ),
]


@app.command(
    help=text(
        en="Make the authority's key, and print its public half, which venues are set up with.",
        vi="Tạo khóa của cơ quan y tế và in ra phần công khai dùng khi tạo địa điểm.",
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
        en="Show which venues have answered which request, for approval.",
        vi="Hiển thị địa điểm nào đã trả lời yêu cầu nào, để phê duyệt.",
    ),
)
@extra_needed()
def open_command(
    files: _Files,
    private_key: options.PrivateKey,
    reference: _References = None,
    *,
    as_json: options.Json = False,
) -> None:
    """Print what uploads say; what does not open is listed apart [TERMINAL-34]."""
    inbox = Inbox.read(files, read_key(private_key), references=frozenset(reference or ()))
    inbox.require_any()
    if as_json:
        emit_json(inbox.as_object())
    else:
        inbox.show()


@app.command(
    help=text(
        en="Finish the traces of a request, for publication.",
        vi="Hoàn tất truy vết của một yêu cầu để công bố.",
    )
)
@extra_needed()
def complete(
    files: _Files,
    private_key: options.PrivateKey,
    reference: options.Reference,
    since: options.Since,
    until: options.Until,
    message: Annotated[
        str,
        typer.Option(
            "--text",
            help=text(
                en="What visitors are told to do, up to 280 bytes.",
                vi="Lời nhắn cho khách, tối đa 280 byte.",
            ),
        ),
    ],
    name: Annotated[
        list[str] | None,
        typer.Option(
            metavar="HEX",
            help=text(
                en="The upload that you approve, as `open` names it; may be repeated.",
                vi="Bản tải lên được phê duyệt, theo tên `open` hiển thị; có thể lặp lại.",
            ),
        ),
    ] = None,
    published: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FILE",
            help=text(
                en="Traces finished earlier, which are not made twice.",
                vi="Truy vết đã hoàn tất trước đây, không tạo lại.",
            ),
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help=text(
                en="The finished traces: what POST /v1/operator/traces takes; above 240, numbered.",
                vi="Truy vết đã hoàn tất cho POST /v1/operator/traces; trên 240 thì đánh số.",
            ),
        ),
    ] = None,
    server: Annotated[
        str | None,
        typer.Option(
            metavar="URL", help=text(en="Publish there at once.", vi="Công bố ngay lên máy chủ.")
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
    """Finish traces: of the one upload with the reference, or of those named [TERMINAL-35]."""
    if (out is None and server is None) or (server is None) != (token_file is None):
        raise MalformedError("complete needs --out, or --server with --token-file")
    key = read_key(private_key)
    request = TraceRequest(reference=reference, stretch=options.stretch_given(since, until))
    inbox = Inbox.read(files, key, references=frozenset([reference]))
    chosen = _chosen(inbox, name)
    done = _completed(chosen, key, request, message, read_traces(published or ()))
    bodies = traces_bodies(done)
    files = [] if out is None else numbered(out, len(bodies))
    _write(files, bodies)
    release = None
    if server is not None and token_file is not None:
        release = asyncio.run(_published(server, read_token(token_file), bodies))
    _tell(chosen, len(done), release, files, as_json=as_json)


def _chosen(inbox: Inbox, names: list[str] | None) -> list[Received]:
    """Return the uploads that an official approves: those named, or the only one there is.

    Raises:
        PolicyError: there are several, or one that was named is not there.
    """
    if names:
        missing = [name for name in names if name not in inbox.opened]
        if missing:
            raise PolicyError(f"no upload of the name {missing[0]} carries the reference")
        return [inbox.opened[name] for name in dict.fromkeys(names)]
    inbox.require_any()
    if len(inbox.opened) != 1:
        raise PolicyError(
            f"{len(inbox.opened)} uploads carry the reference; --name says which are approved"
        )
    return list(inbox.opened.values())


def _completed(
    chosen: Iterable[Received],
    key: X25519PrivateKey,
    request: TraceRequest,
    message: str,
    known: list[Trace],
) -> list[Trace]:
    """Return the traces of all uploads, each hour of a code once."""
    found = dict[bytes, Trace]()
    for received in chosen:
        traces = complete_pre_trace(
            received.pre_trace,
            key,
            request=request,
            text=message,
            now=present(),
            rand=random_from_os,
            published=[*known, *found.values()],
        )
        found |= {trace.identity: trace for trace in traces}
    return list(found.values())


def _write(files: Sequence[Path], bodies: Sequence[bytes]) -> None:
    require_absent(*files)
    for path, body in zip(files, bodies, strict=False):
        write_private(path, body)


async def _published(server: str, token: str, bodies: Iterable[bytes]) -> int:
    """Hand traces to a server, part by part; return the release by which all are out."""
    return max([await _publish(server, token, body) for body in bodies])


async def _publish(server: str, token: str, body: bytes) -> int:
    """Hand traces to a server; return the release that publishes them.

    Raises:
        PolicyError: the server refuses them; the message says why.
        TransportError: no answer, or none that is understood.
    """
    from dp3t.cli.presence.http import post

    url = f"{server.rstrip('/')}/v1/operator/traces"
    status, answer = await post(
        url, body, content_type="application/json", limit_bytes=_MAX_ANSWER_BYTES, token=token
    )
    match _document(answer):
        case {"release": int(release)} if status == HTTPStatus.OK:
            return release
        case {"error": {"message": str(message)}} if status != HTTPStatus.OK:
            raise PolicyError(f"{url}: answered {status}: {message}")
    raise TransportError(f"{url}: answered {status}, which is not understood")


def _document(data: bytes) -> object:
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return None


def _tell(
    chosen: Sequence[Received],
    count: int,
    release: int | None,
    files: Sequence[Path],
    *,
    as_json: bool,
) -> None:
    at = None if release is None else iso_moment(instant(release))
    if as_json:
        emit_json(
            {"uploads": [each.as_object() for each in chosen], "traces": count, "release": at}
        )
        return
    for each in chosen:
        show(as_table({"description": each.entry.description, "address": each.entry.address}))
    show(text(en=f"Finished: {number(count)} hours.", vi=f"Đã hoàn tất: {number(count)} giờ."))
    for path in files:
        show(str(path))
    if at is not None:
        show(text(en=f"Published with the release {at}.", vi=f"Công bố trong đợt {at}."))
