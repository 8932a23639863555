"""`dp3t arrivals keys`: the authority's keys, and the document that names them all."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer
from rich.box import SIMPLE_HEAD
from rich.table import Table

from dp3t.arrivals.recipients import RecipientKeys
from dp3t.cli.arrivals import options
from dp3t.cli.authority_key import make_key
from dp3t.cli.files import write_whole
from dp3t.cli.language import text
from dp3t.cli.moments import iso_moment, moment_given
from dp3t.cli.output import emit_json, show
from dp3t.cli.presence.extra import extra_needed
from dp3t.cli.signing_key import make_signing_key, read_signing_key
from dp3t.codec import from_hex
from dp3t.errors import MalformedError
from dp3t.params import DAY_SECONDS
from dp3t.primitives import ED25519_PUBLIC_BYTES, X25519_KEY_BYTES, X25519PublicKey
from dp3t.publication.signing import VerificationKey
from dp3t.timeline import Instant

app = typer.Typer(
    no_args_is_help=True,
    help=text(
        en="Keys of the authority: who reads declarations, and who signs receipts.",
        vi="Khóa của cơ quan: ai đọc được tờ khai và ai ký phiếu.",
    ),
)

_KeyFile = Annotated[
    Path,
    typer.Argument(
        metavar="FILE",
        help=text(
            en="The file to write; only its owner can read it.",
            vi="Tệp cần ghi; chỉ chủ sở hữu đọc được.",
        ),
    ),
]
_From = Annotated[
    str,
    typer.Option(
        "--from", metavar="TIME", help=text(en="First moment of its life.", vi="Bắt đầu hiệu lực.")
    ),
]
_Days = Annotated[
    int,
    typer.Option(min=1, max=3650, help=text(en="How long it lives.", vi="Thời hạn, số ngày.")),
]


@app.command(
    help=text(
        en="Make the private key of a recipient: the border, or a province.",
        vi="Tạo khóa riêng cho nơi nhận: biên giới hoặc một tỉnh.",
    )
)
def recipient(out: _KeyFile, *, as_json: options.Json = False) -> None:
    """Write a private key and print its public half [TERMINAL-43]."""
    public = make_key(out)
    if as_json:
        emit_json({"public": public})
    else:
        show(public)


@app.command(
    help=text(
        en="Make a signing key: of the authority, or of whoever signs receipts without a server.",
        vi="Tạo khóa ký: của cơ quan, hoặc của nơi ký phiếu không qua máy chủ.",
    )
)
def signer(
    out: _KeyFile, valid_from: _From, days: _Days = 400, *, as_json: options.Json = False
) -> None:
    """Write a signing key and print what others have to know of it [TERMINAL-43]."""
    start = moment_given(valid_from, "--from")
    key = make_signing_key(
        out, valid_from=start, valid_until=Instant(start + days * DAY_SECONDS)
    ).public()
    if as_json:
        emit_json({"public": key.public.hex(), "key": _written(key)})
    else:
        show(_written(key))


@app.command(
    help=text(en="Sign the document of keys for a term.", vi="Ký tài liệu khóa cho một thời hạn.")
)
def sign(
    number: Annotated[
        int,
        typer.Option(
            min=1,
            help=text(
                en="Of the document; higher than of the one it replaces.",
                vi="Số tài liệu; lớn hơn số của tài liệu được thay.",
            ),
        ),
    ],
    valid_from: _From,
    days: _Days,
    border: Annotated[
        str,
        typer.Option(
            metavar="HEX", help=text(en="The border's public key.", vi="Khóa công khai biên giới.")
        ),
    ],
    province: Annotated[
        list[str],
        typer.Option(
            metavar="CODE=HEX",
            help=text(
                en="A province's public key; may be repeated.",
                vi="Khóa công khai của tỉnh; có thể lặp lại.",
            ),
        ),
    ],
    receipts: Annotated[
        list[str],
        typer.Option(
            "--receipts",
            metavar="HEX,FROM,UNTIL",
            help=text(
                en="A key that signs receipts, as `dp3t-server arrivals receipt-key` printed it; "
                "may be repeated.",
                vi="Khóa ký phiếu, như `dp3t-server arrivals receipt-key` đã in; có thể lặp lại.",
            ),
        ),
    ],
    key: Annotated[
        Path,
        typer.Option(
            metavar="FILE", help=text(en="The authority's signing key.", vi="Khóa ký của cơ quan.")
        ),
    ],
    out: Annotated[
        Path,
        typer.Option(metavar="FILE", help=text(en="The document.", vi="Tài liệu cần ghi.")),
    ],
    *,
    as_json: options.Json = False,
) -> None:
    """Write a signed document of keys [TERMINAL-43] [RECIPIENTS-1]."""
    start = moment_given(valid_from, "--from")
    document = RecipientKeys(
        number=number,
        valid_from=start,
        valid_until=Instant(start + days * DAY_SECONDS),
        border=_public(border, "--border"),
        provinces=dict(_province(given) for given in province),
        receipt_keys=tuple(_receipt_key(given) for given in receipts),
    )
    write_whole(out, document.sign(read_signing_key(key)), mode=0o644, force=False)
    tell_keys(document, as_json=as_json)


@app.command(
    "show",
    help=text(en="Check a document of keys and show it.", vi="Kiểm tra và xem tài liệu khóa."),
)
def show_command(
    document: Annotated[
        Path,
        typer.Argument(metavar="FILE", help=text(en="The document.", vi="Tệp tài liệu khóa.")),
    ],
    authority: options.Authority,
    *,
    as_json: options.Json = False,
) -> None:
    """Print what an authentic document of keys says [TERMINAL-43]."""
    tell_keys(options.keys_in(document, authority), as_json=as_json)


@app.command(
    help=text(en="Fetch the document of keys from a server.", vi="Tải tài liệu khóa từ máy chủ.")
)
@extra_needed()
def fetch(
    server: options.Server,
    authority: options.Authority,
    out: Annotated[
        Path,
        typer.Option(
            metavar="FILE",
            help=text(
                en="Where to keep it; an older one is replaced, a newer one stays.",
                vi="Nơi lưu; bản cũ hơn bị thay, bản mới hơn được giữ.",
            ),
        ),
    ],
    *,
    as_json: options.Json = False,
) -> None:
    """Keep the server's document unless a newer one is known [TERMINAL-43] [RECIPIENTS-4]."""
    known = options.keys_in(out, authority).number if out.exists() else 1
    signed, keys = asyncio.run(_fetched(server, authority, known))
    write_whole(out, signed, mode=0o644, force=True)
    tell_keys(keys, as_json=as_json)


async def _fetched(server: str, authority: str, known: int) -> tuple[bytes, RecipientKeys]:
    from dp3t.arrivals_client import ArrivalsClient

    async with ArrivalsClient(server) as client:
        return await client.fetch_keys(options.authority_given(authority), at_least=known)


def tell_keys(keys: RecipientKeys, *, as_json: bool) -> None:
    """Print what a document of keys says."""
    said: dict[str, object] = {
        "number": keys.number,
        "valid_from": iso_moment(keys.valid_from),
        "valid_until": iso_moment(keys.valid_until),
        "border": keys.border.to_bytes().hex(),
        "provinces": {code: key.to_bytes().hex() for code, key in keys.provinces.items()},
        "receipts": [_written(key) for key in keys.receipt_keys],
    }
    if as_json:
        emit_json(said)
        return
    table = Table(box=SIMPLE_HEAD, show_header=False)
    table.add_row(text(en="Document", vi="Tài liệu"), str(keys.number))
    table.add_row(text(en="Good from", vi="Có giá trị từ"), str(said["valid_from"]))
    table.add_row(text(en="Good until", vi="Có giá trị đến"), str(said["valid_until"]))
    table.add_row(text(en="Border", vi="Biên giới"), str(said["border"]))
    for code, public in keys.provinces.items():
        table.add_row(text(en=f"Province {code}", vi=f"Tỉnh {code}"), public.to_bytes().hex())
    for each in keys.receipt_keys:
        table.add_row(text(en="Receipts", vi="Phiếu"), _written(each))
    show(table)


def _written(key: VerificationKey) -> str:
    return f"{key.public.hex()},{key.valid_from},{key.valid_until}"


def _public(given: str, name: str) -> X25519PublicKey:
    return X25519PublicKey(from_hex(given, length=X25519_KEY_BYTES, what=name))


def _province(given: str) -> tuple[str, X25519PublicKey]:
    code, _, public = given.partition("=")
    return code, _public(public, "--province")


def _receipt_key(given: str) -> VerificationKey:
    public, valid_from, valid_until = (*given.split(","), "", "")[:3]
    if given.count(",") != 2:
        raise MalformedError("--receipts is HEX,FROM,UNTIL")
    return VerificationKey(
        public=from_hex(public, length=ED25519_PUBLIC_BYTES, what="--receipts"),
        valid_from=moment_given(valid_from, "--receipts"),
        valid_until=moment_given(valid_until, "--receipts"),
    )
