"""`dp3t-server statements`: what a health authority says of committed keys.

`new-key` and `sign` are for the authority's own machine and touch no server; `take` is for the
server's. Commitments and statements pass as hexadecimal text through standard input and output.
"""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from dp3t import Instant, MalformedError, random_from_os
from dp3t.cli.language import text
from dp3t.publication import MAX_STATEMENT_BYTES, Commitment, Statement
from dp3t_server.cli.options import (
    DEFAULT_DATA,
    AsJson,
    Data,
    FirstDay,
    OtherConfigFile,
    day_named,
    iso,
    moment,
    with_parts,
)
from dp3t_server.clock import SystemClock
from dp3t_server.keys import key_as_json, new_signing_key, read_signing_key, write_signing_key
from dp3t_server.parts import Parts
from dp3t_server.publisher import latest_release
from dp3t_server.statements import take_statement

app = typer.Typer(
    no_args_is_help=True,
    help=text(
        en="Statements of a health authority on keys that phones committed to at the test.",
        vi="Xác nhận của cơ quan y tế về các khóa mà điện thoại đã cam kết lúc xét nghiệm.",
    ),
)

KeyFile = Annotated[
    Path,
    typer.Option(
        "--key",
        help=text(en="The file of the authority's key.", vi="Tệp khóa của cơ quan y tế."),
    ),
]
Region = Annotated[
    str,
    typer.Option(
        help=text(
            en="The region of the server that may take it.",
            vi="Vùng của máy chủ được nhận xác nhận này.",
        ),
    ),
]
Days = Annotated[
    int,
    typer.Option(min=1, max=3650, help=text(en="How long it may sign.", vi="Thời hạn ký, ngày.")),
]
Hours = Annotated[
    int,
    typer.Option(
        min=1,
        max=334,
        help=text(
            en="How long the patient can upload.", vi="Người bệnh có bao nhiêu giờ để tải lên."
        ),
    ),
]
Now = Annotated[
    str | None,
    typer.Option(
        metavar="TIME",
        help=text(
            en="For demonstrations: what time it is, ISO or Unix seconds.",
            vi="Chỉ để trình diễn: thời điểm hiện tại, dạng ISO hoặc số giây Unix.",
        ),
    ),
]


@app.command(
    "new-key",
    help=text(
        en="Make the key of an authority, and print what a server has to know of it.",
        vi="Tạo khóa cho cơ quan y tế và in phần mà máy chủ cần biết.",
    ),
)
def new_key(key: KeyFile, days: Days = 365, now: Now = None, *, as_json: AsJson = False) -> None:
    """Write a private key to a new file; print the entry of `authorities`."""
    made = new_signing_key(
        valid_from=latest_release(_present(now)), lifetime_days=days, rand=random_from_os
    )
    write_signing_key(key, made)
    public = made.public()
    if as_json:
        typer.echo(json.dumps(key_as_json(public), indent=2))
        return
    typer.echo("[[authorities]]")
    typer.echo(f'public = "{public.public.hex()}"')
    typer.echo(f"valid_from = {iso(public.valid_from)}")
    typer.echo(f"valid_until = {iso(public.valid_until)}")


@app.command(
    help=text(
        en="Sign for a patient whose test was positive; reads what the phone's QR code held.",
        vi="Ký cho người bệnh có kết quả dương tính; đọc nội dung mã QR của điện thoại.",
    )
)
def sign(
    key: KeyFile,
    region: Region,
    first_day: FirstDay,
    hours: Hours = 72,
    now: Now = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Print the signed statement."""
    statement = Statement.authorize(
        Commitment.decode(_hexadecimal()),
        region=region,
        first_day=day_named(first_day),
        now=_present(now),
        lifetime_hours=hours,
    )
    signed = statement.sign(read_signing_key(key)).hex()
    document = {"statement": signed, **_of(statement)}
    typer.echo(json.dumps(document, indent=2) if as_json else signed)


@app.command(
    help=text(
        en="Take a signed statement into the server's database; reads what `sign` printed.",
        vi="Đưa xác nhận đã ký vào cơ sở dữ liệu của máy chủ; đọc kết quả của lệnh `sign`.",
    )
)
def take(
    config: OtherConfigFile = None, data: Data = DEFAULT_DATA, *, as_json: AsJson = False
) -> None:
    """Print how many days are authorised, and until when."""
    signed = _hexadecimal()

    async def work(parts: Parts, now: Instant) -> Statement:
        return await take_statement(parts, signed, now=now)

    found = _of(with_parts(config, data, work))
    shown = text(
        en="{days} days may be published until {expires}",
        vi="{days} ngày được phép công bố đến {expires}",
    )
    typer.echo(json.dumps(found, indent=2) if as_json else shown.format_map(found))


def _present(given: str | None) -> Instant:
    return SystemClock().now() if given is None else moment(given)


def _of(statement: Statement) -> dict[str, object]:
    return {"days": len(statement.hashes), "expires": iso(statement.expires)}


def _hexadecimal() -> bytes:
    """Return the bytes whose hexadecimal digits stand on standard input.

    Raises:
        MalformedError: something else does; it is not repeated.
    """
    typed = sys.stdin.read(2 * MAX_STATEMENT_BYTES + 2).strip()
    try:
        return bytes.fromhex(typed)
    except ValueError:
        raise MalformedError("standard input is not hexadecimal") from None
