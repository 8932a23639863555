"""`dp3t presence venue trace` and `upload`: what an owner does when an official asks."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from dp3t.cli.files import naming
from dp3t.cli.language import text
from dp3t.cli.moments import iso_moment, moment_given, present
from dp3t.cli.output import emit_json, show
from dp3t.cli.presence import options
from dp3t.cli.presence.extra import extra_needed
from dp3t.cli.presence.outputs import numbered, plain
from dp3t.cli.presence.private import (
    PrivateCode,
    read_code,
    require_absent,
    write_private,
)
from dp3t.cli.presence.reading import read_up_to
from dp3t.errors import MalformedError
from dp3t.presence.pretrace import PRE_TRACE_BYTES, name_of, pre_trace
from dp3t.presence.rotation import RotatingCode
from dp3t.presence.upload import TraceUpload, check_trace_answer
from dp3t.presence.venue import VenueCode
from dp3t.primitives import random_from_os
from dp3t.publication.answer import ANSWER_BYTES
from dp3t.publication.authorization import UploadCode
from dp3t.timeline import Stretch

_EventTime = Annotated[
    str | None,
    typer.Option(
        metavar="TIME",
        help=text(en="Of that event, as for `rotate`.", vi="Của sự kiện đó, như ở lệnh `rotate`."),
    ),
]


@extra_needed()
def trace(
    code: options.Trace,
    since: options.Since,
    until: options.Until,
    reference: options.Reference,
    authority: options.Authority,
    out: Annotated[
        Path,
        typer.Option(
            metavar="FILE",
            help=text(
                en="What to upload; a rotating code gives several, numbered.",
                vi="Tệp cần tải lên; mã luân phiên tạo nhiều tệp, có đánh số.",
            ),
        ),
    ],
    event: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help=text(
                en="Under an event's code, not the days'.", vi="Theo mã sự kiện, không theo ngày."
            ),
        ),
    ] = None,
    start: _EventTime = None,
    end: _EventTime = None,
    *,
    as_json: options.Json = False,
) -> None:
    """Write sealed pre-traces [TERMINAL-32]."""
    stretch, key = options.stretch_given(since, until), options.authority_given(authority)
    codes = _codes(read_code(code), stretch, event=event, start=start, end=end)
    files = numbered(out, len(codes))
    require_absent(*files)
    sealed = [
        pre_trace(each, stretch=stretch, reference=reference, now=present()).seal(
            key, rand=random_from_os
        )
        for each in codes
    ]
    for path, data in zip(files, sealed, strict=True):
        write_private(path, data)
    rows = [
        {"file": str(path), "name": name_of(data), "valid_from": _start(each)}
        for path, data, each in zip(files, sealed, codes, strict=True)
    ]
    if as_json:
        emit_json({"uploads": rows})
    else:
        _show(files)


@extra_needed()
def upload(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help=text(en="What `venue trace` wrote.", vi="Tệp do `venue trace` ghi."),
        ),
    ],
    server: options.Server,
    code: Annotated[
        str,
        typer.Option(
            help=text(
                en="What the official gave; good for one upload.",
                vi="Mã do cán bộ y tế cấp, dùng cho một lần tải lên.",
            )
        ),
    ],
    *,
    as_json: options.Json = False,
) -> None:
    """Upload a sealed pre-trace [TERMINAL-33]."""
    with naming(file):
        sealed = read_up_to(file, PRE_TRACE_BYTES)
        if len(sealed) != PRE_TRACE_BYTES:
            raise MalformedError(f"a sealed pre-trace has {PRE_TRACE_BYTES} bytes")
    with naming("--code"):
        body = TraceUpload(UploadCode.parse(code), sealed).encode()
    answer = asyncio.run(_uploaded(server, body))
    check_trace_answer(answer)
    if as_json:
        emit_json({"accepted": True, "name": name_of(sealed)})
    else:
        show(text(en="The authority can fetch it now.", vi="Cơ quan y tế đã có thể nhận."))


async def _uploaded(server: str, body: bytes) -> bytes:
    """Return the answer to an upload; the request is what an owner's app sends [CLIENT-16]."""
    from dp3t.connection import Connection

    connection = Connection(server, None)
    connection.open()
    try:
        _, answer = await connection.request("POST", "/v1/traces", limit=ANSWER_BYTES, body=body)
    finally:
        await connection.close()
    return answer


def _codes(
    code: PrivateCode, stretch: Stretch, *, event: str | None, start: str | None, end: str | None
) -> tuple[VenueCode, ...]:
    """Return the codes under which somebody may have been there in a stretch [ROTATION-5]."""
    if not isinstance(code, RotatingCode):
        if event is not None:
            raise MalformedError("--event is for rotating codes")
        return (code,)
    if event is not None:
        return (event_code(code, event, start, end),)
    try:
        return code.day_codes(stretch)
    except ValueError as error:
        raise MalformedError(f"--since and --until: {error}") from None


def event_code(code: RotatingCode, name: str, start: str | None, end: str | None) -> VenueCode:
    """Return the code of an event.

    Raises:
        MalformedError: a time of it is missing, or no moment.
    """
    if start is None or end is None:
        raise MalformedError("--event needs --start and --end")
    stretch = Stretch(moment_given(start, "--start"), moment_given(end, "--end"))
    return code.event_code(plain(name), stretch=stretch)


def _start(code: VenueCode) -> str | None:
    return None if code.entry.start is None else iso_moment(code.entry.start)


def _show(files: list[Path]) -> None:
    show(
        text(
            en="Written; every upload needs a code of its own:",
            vi="Đã ghi; mỗi lần tải lên cần một mã riêng:",
        )
    )
    for path in files:
        show(str(path))
