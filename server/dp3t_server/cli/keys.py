"""`dp3t-server keys`."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from dp3t import PolicyError, VerificationKey
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
from dp3t_server.export_keys import ExportKey
from dp3t_server.keys import Secrets, SecretsFile, key_as_json
from dp3t_server.parts import DataDirectory

app = typer.Typer(
    no_args_is_help=True,
    help=text(
        en="Signing keys and the operator's token.",
        vi="Khóa ký và mã truy cập của người vận hành.",
    ),
)

_NAME = text(en="Name", vi="Tên khóa")
_PUBLIC = text(en="Public key", vi="Khóa công khai")
_FROM = text(en="Signs from", vi="Ký từ")

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


ForKeyFiles = Annotated[
    bool,
    typer.Option(
        "--key-files",
        help=text(
            en="The P-256 keys of GAEN key files instead.",
            vi="Các khóa P-256 của tệp khóa GAEN, thay cho khóa ký thông thường.",
        ),
    ),
]


@app.command("list", help=text(en="List the signing keys.", vi="Liệt kê các khóa ký."))
def list_keys(
    data: Data = DEFAULT_DATA, *, key_files: ForKeyFiles = False, as_json: AsJson = False
) -> None:
    """Print the public half of every signing key, or of every key of key files."""
    if key_files:
        _show_export_keys(_secrets(data).export, as_json=as_json)
        return
    _show([key.public() for key in _secrets(data).signing], as_json=as_json)


@app.command(
    "show",
    help=text(
        en="Print the public key that an app has to embed: the one that signs the index. With "
        "--key-files the newest one to register with Apple and Google, as PEM.",
        vi="In khóa công khai mà ứng dụng phải nhúng: khóa đang ký bản chỉ mục. Với --key-files: "
        "khóa mới nhất cần đăng ký với Apple và Google, dạng PEM.",
    ),
)
def show_key(
    data: Data = DEFAULT_DATA, *, key_files: ForKeyFiles = False, as_json: AsJson = False
) -> None:
    """Print the key that leads an app to all others, or the newest key of key files."""
    if key_files:
        newest = _newest_export_key(_secrets(data))
        pem = newest.public().to_pem().decode()
        typer.echo(json.dumps(newest.as_json(), indent=2) if as_json else pem, nl=as_json)
        return
    key = _secrets(data).announced(SystemClock().now())
    typer.echo(json.dumps(key_as_json(key), indent=2) if as_json else key.public.hex())


@app.command(
    help=text(
        en="Add a signing key that begins later and announce it now. With --key-files a key of "
        "key files: register it with Apple and Google before it begins.",
        vi="Thêm một khóa ký sẽ có hiệu lực sau và thông báo ngay từ bây giờ. Với --key-files: "
        "khóa của tệp khóa, phải đăng ký với Apple và Google trước khi có hiệu lực.",
    )
)
def rotate(
    valid_from: ValidFrom = None,
    config: OtherConfigFile = None,
    data: Data = DEFAULT_DATA,
    *,
    key_files: ForKeyFiles = False,
    as_json: AsJson = False,
) -> None:
    """Add a signing key, or a key of key files."""
    start = None if valid_from is None else moment(valid_from)
    if key_files:
        new = with_parts(
            config,
            data,
            lambda parts, now: rotation.rotate_export_key(parts, valid_from=start, now=now),
        )
        _show_export_keys([new], as_json=as_json)
        return
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


def _newest_export_key(secrets: Secrets) -> ExportKey:
    if not secrets.export:
        raise PolicyError("there is no key for key files yet; start the server once")
    return secrets.export[-1]


def _show(found: list[VerificationKey], *, as_json: bool) -> None:
    rows = [key_as_json(key) for key in found]
    if as_json:
        typer.echo(json.dumps({"keys": rows}, indent=2))
    else:
        show({"key_id": _NAME, "public": _PUBLIC, "valid_from": _FROM, "valid_until": UNTIL}, rows)


def _show_export_keys(found: Sequence[ExportKey], *, as_json: bool) -> None:
    rows = [key.as_json() for key in found]
    if as_json:
        typer.echo(json.dumps({"keys": rows}, indent=2))
    else:
        named: list[dict[str, object]] = [
            {"name": key.name, "valid_from": key.valid_from, "valid_until": key.valid_until or "-"}
            for key in found
        ]
        show({"name": _NAME, "valid_from": _FROM, "valid_until": UNTIL}, named)
