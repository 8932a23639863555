"""`dp3t-server keys`."""

import json
from pathlib import Path
from typing import Annotated

import typer

from dp3t import VerificationKey
from dp3t.cli.language import text
from dp3t_server import rotation
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
from dp3t_server.clock import SystemClock
from dp3t_server.keys import Secrets, SecretsFile, key_as_json
from dp3t_server.parts import DataDirectory

app = typer.Typer(
    no_args_is_help=True,
    help=text(
        en="Signing keys and the operator's token.",
        vi="Khóa ký và mã truy cập của người vận hành.",
    ),
)

ValidFrom = Annotated[
    str | None,
    typer.Option(
        help=text(
            en="When it begins to sign batches: ISO time, UTC unless it says otherwise, or Unix "
            "seconds. Without: a day after the next release.",
            vi="Thời điểm bắt đầu ký các lô khóa: giờ ISO (mặc định UTC) hoặc số giây Unix. "
            "Nếu không nêu: một ngày sau lần công bố kế tiếp.",
        )
    ),
]


@app.command("list", help=text(en="List the signing keys.", vi="Liệt kê các khóa ký."))
def list_keys(data: Data = DEFAULT_DATA, *, as_json: AsJson = False) -> None:
    """Print the public half of every signing key."""
    _show([key.public() for key in _secrets(data).signing], as_json=as_json)


@app.command(
    "show",
    help=text(
        en="Print the public key that an app has to embed: the one that signs the index.",
        vi="In khóa công khai mà ứng dụng phải nhúng: khóa đang ký bản chỉ mục.",
    ),
)
def show_key(data: Data = DEFAULT_DATA, *, as_json: AsJson = False) -> None:
    """Print the key that leads an app to all others."""
    key = _secrets(data).announced(SystemClock().now())
    typer.echo(json.dumps(key_as_json(key), indent=2) if as_json else key.public.hex())


@app.command(
    help=text(
        en="Add a signing key that begins later and announce it now.",
        vi="Thêm một khóa ký sẽ có hiệu lực sau và thông báo ngay từ bây giờ.",
    )
)
def rotate(
    valid_from: ValidFrom = None,
    config: OtherConfigFile = None,
    data: Data = DEFAULT_DATA,
    *,
    as_json: AsJson = False,
) -> None:
    """Add a signing key."""
    start = None if valid_from is None else moment(valid_from)
    key = with_parts(
        config, data, lambda parts, now: rotation.rotate(parts, valid_from=start, now=now)
    )
    _show([key], as_json=as_json)


@app.command(
    help=text(
        en="Replace the operator's token; the former one stops working.",
        vi="Thay mã truy cập của người vận hành; mã cũ hết hiệu lực.",
    )
)
def token(config: OtherConfigFile = None, data: Data = DEFAULT_DATA) -> None:
    """Write a new token to its file, and print where that is."""
    with_parts(config, data, lambda parts, _: rotation.renew_token(parts))
    typer.echo(DataDirectory(data).token)


def _secrets(data: Path) -> Secrets:
    directory = DataDirectory(data)
    directory.require()
    return SecretsFile(directory.secrets).load()


def _show(found: list[VerificationKey], *, as_json: bool) -> None:
    rows = [key_as_json(key) for key in found]
    if as_json:
        typer.echo(json.dumps({"keys": rows}, indent=2))
    else:
        columns = {
            "key_id": text(en="Name", vi="Tên khóa"),
            "public": text(en="Public key", vi="Khóa công khai"),
            "valid_from": text(en="Signs from", vi="Ký từ"),
            "valid_until": UNTIL,
        }
        show(columns, rows)
