"""`dp3t arrivals gate`: a gate that notes whom it let pass, and meets others."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from dp3t.arrivals.gate import Gate
from dp3t.arrivals.used_list import split_marks
from dp3t.arrivals.withdrawn import MAX_WITHDRAWN_BYTES, WithdrawnReceipts
from dp3t.cli.arrivals import options
from dp3t.cli.arrivals.described import tell
from dp3t.cli.arrivals.gate_file import changing, create_gate, make_secret, read_gate, secret_in
from dp3t.cli.arrivals.gate_report import report_gate, report_met
from dp3t.cli.arrivals.operator import Operator
from dp3t.cli.files import naming
from dp3t.cli.language import text
from dp3t.cli.operator_token import read_token
from dp3t.cli.output import emit_json, show
from dp3t.cli.presence.extra import extra_needed
from dp3t.cli.presence.reading import read_up_to
from dp3t.primitives import random_from_os
from dp3t.publication.signing import TrustedKeys
from dp3t.timeline import Instant

app = typer.Typer(
    no_args_is_help=True,
    help=text(
        en="For officers: each receipt is good once, here and at gates that were met since.",
        vi="Dành cho cán bộ: mỗi phiếu chỉ dùng một lần, ở đây và ở các cổng đã đồng bộ.",
    ),
)

_State = Annotated[
    Path,
    typer.Argument(metavar="GATE", help=text(en="The gate's file.", vi="Tệp của cổng.")),
]
_Secret = Annotated[
    Path,
    typer.Option(
        metavar="FILE", help=text(en="The gates' common secret.", vi="Bí mật chung của các cổng.")
    ),
]


@app.command(
    help=text(
        en="Make the secret that all gates of an authority share.",
        vi="Tạo bí mật chung cho các cổng của một cơ quan.",
    )
)
def secret(
    out: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help=text(
                en="The file to write; only its owner can read it.",
                vi="Tệp cần ghi; chỉ chủ sở hữu đọc được.",
            ),
        ),
    ],
    *,
    as_json: options.Json = False,
) -> None:
    """Write a new secret of gates, and show nothing of it [TERMINAL-48]."""
    make_secret(out)
    if as_json:
        emit_json({"file": str(out)})
    else:
        show(text(en="Written; carry it to each gate.", vi="Đã ghi; mang đến từng cổng."))


@app.command(help=text(en="Set up a gate.", vi="Thiết lập một cổng."))
def create(
    state: _State,
    name: Annotated[
        str,
        typer.Option(
            help=text(
                en="A name of its own: letters A to Z, digits, hyphens.",
                vi="Tên riêng: chữ A đến Z, chữ số, gạch nối.",
            )
        ),
    ],
    arrival_point: options.Point,
    *,
    as_json: options.Json = False,
) -> None:
    """Write the file of a gate that has seen nobody [TERMINAL-48]."""
    gate = Gate(name=name, arrival_point=arrival_point)
    create_gate(state, gate)
    report_gate(gate, as_json=as_json)


@app.command(
    help=text(en="Check a receipt and note its use.", vi="Kiểm tra phiếu và ghi nhận đã sử dụng.")
)
@extra_needed()
def admit(
    state: _State,
    shown: options.Receipt,
    secret: _Secret,
    keys: options.Keys,
    authority: options.Authority,
    document: options.Document = None,
    zone: options.Zone = None,
    now: options.Now = None,
    *,
    as_json: options.Json = False,
) -> None:
    """Print the verdict once the use is on disk [TERMINAL-49] [GATE-4]."""
    receipt, traveller = options.receipt_given(shown), options.document_given(document, zone)
    trusted, gates = options.keys_in(keys, authority).receipts(), secret_in(secret)
    with changing(state) as file:
        file.gate, passing = file.gate.admit(
            receipt,
            traveller,
            keys=trusted,
            secret=gates,
            now=options.now_given(now),
            rand=random_from_os,
        )
    raise typer.Exit(tell(passing.checked, passing.uses, as_json=as_json))


@app.command(
    help=text(
        en="Take what other gates have noted, from their files.",
        vi="Nhận ghi nhận của các cổng khác từ tệp của chúng.",
    )
)
def merge(
    state: _State,
    others: Annotated[
        list[Path],
        typer.Argument(
            metavar="OTHER…", help=text(en="Files of other gates.", vi="Tệp của các cổng khác.")
        ),
    ],
    secret: _Secret,
    now: options.Now = None,
    *,
    as_json: options.Json = False,
) -> None:
    """Learn which receipts were used elsewhere, and tell which twice [TERMINAL-50]."""
    gates, refused = secret_in(secret), 0
    marks = [mark for other in others for mark in split_marks(read_gate(other).used.encode())]
    with changing(state) as file:
        file.gate, refused = file.gate.merged(marks, secret=gates, now=options.now_given(now))
    report_met(file.gate, gates, refused, as_json=as_json)


@app.command(
    help=text(
        en="Take the server's list of withdrawn receipts.",
        vi="Nhận danh sách phiếu đã rút từ máy chủ.",
    )
)
def withdrawn(
    state: _State,
    listed: Annotated[
        Path,
        typer.Argument(metavar="LIST", help=text(en="The signed list.", vi="Danh sách đã ký.")),
    ],
    keys: options.Keys,
    authority: options.Authority,
    now: options.Now = None,
    *,
    as_json: options.Json = False,
) -> None:
    """Refuse from now on what was withdrawn or corrected [TERMINAL-50]."""
    trusted, moment = options.keys_in(keys, authority).receipts(), options.now_given(now)
    with naming(listed):
        data = read_up_to(listed, MAX_WITHDRAWN_BYTES)
        found = WithdrawnReceipts.open(data, trusted, now=moment)
    with changing(state) as file:
        file.gate = file.gate.informed(found, now=moment)
    report_gate(file.gate, as_json=as_json)


@app.command(
    help=text(
        en="Exchange notes with all gates through a server, and learn what was withdrawn.",
        vi="Trao đổi ghi nhận với mọi cổng qua máy chủ, và nhận danh sách phiếu đã rút.",
    )
)
@extra_needed()
def sync(
    state: _State,
    secret: _Secret,
    keys: options.Keys,
    authority: options.Authority,
    server: options.Server,
    token_file: options.TokenFile,
    now: options.Now = None,
    *,
    as_json: options.Json = False,
) -> None:
    """Learn what others noted, save it, then hand in what they lack [TERMINAL-50] [GATE-5]."""
    gates, moment = secret_in(secret), options.now_given(now)
    trusted = options.keys_in(keys, authority).receipts()
    operator = Operator(server, read_token(token_file))
    known, listed = asyncio.run(_fetched(operator, server, trusted, moment))
    with changing(state) as file:
        met, refused = file.gate.merged(known, secret=gates, now=moment)
        file.gate = met.informed(listed, now=moment)
    lacking = {*split_marks(file.gate.used.encode())} - {*known}
    asyncio.run(operator.send_marks(sorted(lacking)))
    report_met(file.gate, gates, refused, as_json=as_json)


async def _fetched(
    operator: Operator, server: str, keys: TrustedKeys, now: Instant
) -> tuple[list[bytes], WithdrawnReceipts]:
    """Return the marks that a server has, and which receipts are withdrawn."""
    from dp3t.arrivals_client import ArrivalsClient

    marks = await operator.marks()
    async with ArrivalsClient(server) as client:
        return marks, (await client.fetch_withdrawn(keys, now=now)).withdrawn


@app.command(
    "show",
    help=text(
        en="Show what a gate knows, and which receipts were used twice.",
        vi="Xem những gì cổng biết, và phiếu nào bị dùng hai lần.",
    ),
)
def show_command(
    state: _State, secret: _Secret, now: options.Now = None, *, as_json: options.Json = False
) -> None:
    """Print counts, conflicts, and as of when withdrawals are known [TERMINAL-50]."""
    gate = read_gate(state).kept(options.now_given(now))
    report_met(gate, secret_in(secret), 0, as_json=as_json)
