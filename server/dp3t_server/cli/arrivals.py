"""`dp3t-server arrivals`: the keys of entry declarations."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dp3t import Instant, VerificationKey
from dp3t.cli.language import text
from dp3t_server.cli.options import (
    DEFAULT_DATA,
    UNTIL,
    AsJson,
    Data,
    OtherConfigFile,
    moment,
    show,
    with_parts,
)
from dp3t_server.parts import Parts

if TYPE_CHECKING:
    from dp3t.arrivals import RecipientKeys

app = typer.Typer(
    no_args_is_help=True,
    help=text(
        en="Keys of entry declarations.",
        vi="Khóa dùng cho tờ khai nhập cảnh.",
    ),
)

Document = Annotated[
    Path,
    typer.Argument(
        metavar="FILE",
        help=text(
            en="The document of keys that the authority has signed.",
            vi="Tài liệu khóa mà cơ quan đã ký.",
        ),
    ),
]


@app.command(
    "receipt-key",
    help=text(
        en="Make a key that signs receipts; the authority puts it into its next document.",
        vi="Tạo khóa ký phiếu; cơ quan đưa khóa này vào tài liệu khóa kế tiếp.",
    ),
)
def receipt_key(
    valid_from: Annotated[
        str | None,
        typer.Option(
            "--from",
            help=text(
                en="When it begins: ISO time, UTC unless it says otherwise, or Unix seconds. "
                "Without: now.",
                vi="Thời điểm bắt đầu: giờ ISO (mặc định UTC) hoặc số giây Unix. "
                "Nếu không nêu: ngay bây giờ.",
            ),
        ),
    ] = None,
    days: Annotated[
        int,
        typer.Option(
            min=1, max=3_650, help=text(en="How long it signs.", vi="Ký trong bao nhiêu ngày.")
        ),
    ] = 400,
    config: OtherConfigFile = None,
    data: Data = DEFAULT_DATA,
    *,
    as_json: AsJson = False,
) -> None:
    """Draw a key of receipts; print what `dp3t arrivals keys sign --receipts` takes."""
    from dp3t_server.arrivals_keys import add_receipt_key

    start = None if valid_from is None else moment(valid_from)

    async def add(parts: Parts, now: Instant) -> VerificationKey:
        begins = now if start is None else start
        return await add_receipt_key(parts, valid_from=begins, days=days, now=now)

    key = with_parts(config, data, add)
    written = f"{key.public.hex()},{key.valid_from},{key.valid_until}"
    typer.echo(json.dumps({"public": key.public.hex(), "key": written}) if as_json else written)


@app.command(
    help=text(
        en="Hand a document of keys out from now on; travellers seal to its keys.",
        vi="Phát tài liệu khóa từ bây giờ; người khai niêm phong bằng các khóa trong đó.",
    )
)
def install(
    document: Document,
    config: OtherConfigFile = None,
    data: Data = DEFAULT_DATA,
    *,
    drop_receipts: Annotated[
        bool,
        typer.Option(
            "--drop-receipts",
            help=text(
                en="Also where receipts that are good become those of an unknown key, as after a "
                "theft of the key.",
                vi="Cài cả khi các phiếu còn hiệu lực sẽ thành phiếu của khóa lạ, "
                "chẳng hạn sau khi khóa bị lấy cắp.",
            ),
        ),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Install a signed document of keys."""
    from dp3t_server import arrivals_keys

    signed = document.read_bytes()
    _show(
        with_parts(
            config,
            data,
            lambda parts, now: arrivals_keys.install(
                parts, signed, now=now, drop_receipts=drop_receipts
            ),
        ),
        as_json=as_json,
    )


def _show(keys: "RecipientKeys", *, as_json: bool) -> None:
    row: dict[str, object] = {
        "number": keys.number,
        "valid_from": keys.valid_from,
        "valid_until": keys.valid_until,
        "provinces": ", ".join(sorted(keys.provinces)),
    }
    if as_json:
        typer.echo(json.dumps({**row, "provinces": sorted(keys.provinces)}))
        return
    columns = {
        "number": text(en="Document", vi="Tài liệu"),
        "valid_from": text(en="Good from", vi="Có hiệu lực từ"),
        "valid_until": UNTIL,
        "provinces": text(en="Provinces", vi="Các tỉnh"),
    }
    show(columns, [row])
