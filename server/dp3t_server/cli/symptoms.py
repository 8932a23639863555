"""`dp3t-server symptoms`: the documents of symptoms that an authority has signed."""

import json
from pathlib import Path
from typing import Annotated

import typer

from dp3t import Instant
from dp3t.cli.language import text
from dp3t_server.cli.options import DEFAULT_DATA, AsJson, Data, OtherConfigFile, with_parts
from dp3t_server.parts import Parts
from dp3t_server.symptom_store import Kind

app = typer.Typer(
    no_args_is_help=True,
    help=text(
        en="What the health authority signs for symptoms: survey, rules, stations.",
        vi="Tài liệu cơ quan y tế ký cho phần triệu chứng: khảo sát, quy tắc, trạm y tế.",
    ),
)


@app.callback()
def documents() -> None:
    """Let `install` be named although it is alone."""


@app.command(
    help=text(
        en="Hand out a signed document from now on, in the place of the one before.",
        vi="Phát hành một tài liệu đã ký từ bây giờ, thay cho bản trước.",
    )
)
def install(
    kind: Annotated[Kind, typer.Argument(help=text(en="What it is.", vi="Loại tài liệu."))],
    document: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help=text(
                en="The document that the authority has signed.",
                vi="Tài liệu mà cơ quan y tế đã ký.",
            ),
        ),
    ],
    config: OtherConfigFile = None,
    data: Data = DEFAULT_DATA,
    *,
    as_json: AsJson = False,
) -> None:
    """Print the number of the document [SYMPTOMS-SERVER-1]."""
    from dp3t_server.symptom_documents import install as install_document

    signed = document.read_bytes()

    async def work(parts: Parts, now: Instant) -> int:
        return await install_document(parts, kind, signed, now=now)

    number = with_parts(config, data, work)
    if as_json:
        typer.echo(json.dumps({"kind": kind.value, "number": number}, indent=2))
        return
    told = text(en="{kind} {number} is handed out", vi="Đang phát hành {kind} số {number}")
    typer.echo(told.format(kind=kind.value, number=number))
