"""The commands of `dp3t log`."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, TypeVar

import typer
from rich.box import SIMPLE_HEAD
from rich.progress import MofNCompleteColumn, Progress
from rich.table import Table

from dp3t.cli.files import naming, write_whole
from dp3t.cli.language import number, text
from dp3t.cli.log.audit import Audited, audited, require_one_history
from dp3t.cli.log.site import Site, opened
from dp3t.cli.log.witness import cosigned, new_witness
from dp3t.cli.moments import present
from dp3t.cli.output import JSON_HELP, emit_json, progress_console, show
from dp3t.codec import from_hex
from dp3t.errors import SplitViewError
from dp3t.params import STANDARD
from dp3t.publication.signing import TrustedKeys, VerificationKey
from dp3t.publication.transparency import LogPolicy, NoteKey, SignedCheckpoint

_T = TypeVar("_T")
_PUBLIC_BYTES = 32

app = typer.Typer(
    no_args_is_help=True,
    help=text(
        en="For auditors: check a server's transparency log, compare what two saw, be its witness.",
        vi="Dành cho kiểm toán viên: kiểm tra, đối chiếu và làm chứng nhật ký minh bạch.",
    ),
)

_Place = Annotated[
    str,
    typer.Argument(
        metavar="URL|FOLDER",
        help=text(
            en="The server's address, or the folder of its static tree.",
            vi="Địa chỉ máy chủ, hoặc thư mục chứa cây tệp tĩnh của nó.",
        ),
    ),
]
_LogKey = Annotated[
    str,
    typer.Option(
        metavar="KEY",
        help=text(
            en="The log's verification key, as `dp3t-server run` prints it.",
            vi="Khóa kiểm chứng của nhật ký, như `dp3t-server run` in ra.",
        ),
    ),
]
_Evidence = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help=text(
            en="Where to write the proof if the log shows two histories.",
            vi="Nơi ghi bằng chứng nếu nhật ký có hai lịch sử khác nhau.",
        ),
    ),
]
_AsJson = Annotated[bool, typer.Option("--json", help=JSON_HELP)]


@app.command(
    "audit",
    help=text(
        en="Hold everything that a server has published against its log.",
        vi="Đối chiếu mọi thứ máy chủ đã công bố với nhật ký của nó.",
    ),
)
def audit(
    place: _Place,
    *,
    log_key: _LogKey,
    public_key: Annotated[
        str,
        typer.Option(
            metavar="HEX",
            help=text(
                en="A key that signs the index; without it the index's signature is not checked.",
                vi="Khóa ký bản chỉ mục; nếu không có thì không kiểm tra chữ ký bản chỉ mục.",
            ),
        ),
    ] = "",
    state: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help=text(
                en="The checkpoint of the last audit; replaced by the new one.",
                vi="Điểm kiểm tra của lần kiểm toán trước; sẽ được thay bằng điểm mới.",
            ),
        ),
    ] = None,
    files: Annotated[
        bool,
        typer.Option(
            help=text(en="Fetch and compare every batch.", vi="Tải và đối chiếu từng lô khóa.")
        ),
    ] = True,
    retention_days: Annotated[
        int,
        typer.Option(
            metavar="DAYS",
            min=1,
            max=63,
            help=text(
                en="For how many days before today the server keeps batches.",
                vi="Máy chủ giữ các lô khóa trong bao nhiêu ngày trước hôm nay.",
            ),
        ),
    ] = STANDARD.retention_days,
    evidence: _Evidence = None,
    as_json: _AsJson = False,
) -> None:
    """Audit; remember the checkpoint only where all is in order."""
    policy, known = _policy(log_key), _checkpoint(state) if state and state.exists() else None
    trusted = None
    if public_key:
        public = from_hex(public_key, length=_PUBLIC_BYTES, what="the public key")
        trusted = TrustedKeys([VerificationKey.pinned(public)])
    if known is not None:
        policy.open(known.note)

    with Progress(
        *Progress.get_default_columns(), MofNCompleteColumn(), console=progress_console
    ) as progress:
        task = progress.add_task(text(en="Batches", vi="Lô khóa"), total=None)

        async def work(site: Site) -> Audited:
            return await audited(
                site,
                policy,
                known=known,
                trusted=trusted,
                files=files,
                retention_days=retention_days,
                now=present(),
                tell=lambda done, total: progress.update(task, completed=done, total=total),
            )

        found = _run(place, work, evidence)
    if state is not None:
        write_whole(state, found.checkpoint.note, mode=0o644, force=True)
    if trusted is None:
        _warn_of_unchecked_index()
    _show(found, as_json=as_json)


def _warn_of_unchecked_index() -> None:
    """Say on standard error that the audit was of an index that anybody can have made."""
    unchecked = text(
        en="warning: the signature of the index was not checked: without --public-key anybody can "
        "have made it",
        vi="cảnh báo: chưa kiểm tra chữ ký của bản chỉ mục: nếu thiếu --public-key thì bất kỳ ai "
        "cũng có thể đã tạo ra nó",
    )
    typer.echo(unchecked, err=True)


def _show(found: Audited, *, as_json: bool) -> None:
    rows = {
        "entries": (found.entries, text(en="Entries in the log", vi="Số mục trong nhật ký")),
        "known": (found.known, text(en="known from the last audit", vi="đã biết từ lần trước")),
        "listed": (found.listed, text(en="Batches listed", vi="Số lô được liệt kê")),
        "bytes_read": (found.bytes_read, text(en="Bytes compared", vi="Số byte đã đối chiếu")),
        "index_number": (found.number, text(en="Number of the index", vi="Số hiệu chỉ mục")),
    }
    if as_json:
        emit_json({name: value for name, (value, _) in rows.items()})
        return
    table = Table(box=SIMPLE_HEAD, show_header=False)
    table.add_column()
    table.add_column(justify="right")
    for value, words in rows.values():
        table.add_row(words, number(value))
    show(table)
    show(text(en="All of it is in order.", vi="Tất cả đều khớp."))


@app.command(
    "compare",
    help=text(
        en="Compare two checkpoints that two readers hold, or one and what a server shows now.",
        vi="So hai điểm kiểm tra của hai người đọc, hoặc một điểm với điểm máy chủ đang cho thấy.",
    ),
)
def compare(
    one: Annotated[Path, typer.Argument(metavar="CHECKPOINT")],
    other: Annotated[Path, typer.Argument(metavar="CHECKPOINT")],
    *,
    log_key: _LogKey,
    place: Annotated[
        str,
        typer.Option(
            "--from",
            metavar="URL|FOLDER",
            help=text(
                en="Where the log lies; needed if the two are of different sizes.",
                vi="Nơi có nhật ký; cần khi hai điểm có kích thước khác nhau.",
            ),
        ),
    ] = ".",
    evidence: _Evidence = None,
) -> None:
    """Say whether two checkpoints are of one history."""
    policy = _policy(log_key)
    two = [policy.open(_checkpoint(path).note) for path in (one, other)]

    async def work(site: Site) -> None:
        await require_one_history(site, policy, *two)

    _run(place, work, evidence)
    show(text(en="They are of one history.", vi="Hai điểm thuộc cùng một lịch sử."))


@app.command(
    "new-witness",
    help=text(
        en="Make a witness's key; print its public half.",
        vi="Tạo khóa cho người làm chứng; in ra nửa công khai.",
    ),
)
def new_key(
    name: Annotated[str, typer.Argument(help=text(en="Its name.", vi="Tên."))],
    *,
    out: Annotated[
        Path,
        typer.Option(
            metavar="FILE",
            help=text(
                en="The file to write; only its owner can read it.",
                vi="Tệp cần ghi; chỉ chủ sở hữu đọc được.",
            ),
        ),
    ],
) -> None:
    """Make a key."""
    typer.echo(new_witness(name, out))


@app.command(
    "cosign",
    help=text(
        en="Cosign the newest checkpoint if it continues the last one; print the line.",
        vi="Ký chứng điểm kiểm tra mới nhất nếu nó nối tiếp điểm trước; in ra dòng chữ ký.",
    ),
)
def cosign(
    place: _Place,
    *,
    log_key: _LogKey,
    key: Annotated[
        Path,
        typer.Option(
            metavar="FILE", help=text(en="The witness's key.", vi="Khóa của người làm chứng.")
        ),
    ],
    state: Annotated[
        Path,
        typer.Option(
            metavar="FILE",
            help=text(
                en="What the witness has seen; made at first, and replaced before it answers.",
                vi="Những gì đã chứng; tự tạo lần đầu và được thay trước khi trả lời.",
            ),
        ),
    ],
    evidence: _Evidence = None,
) -> None:
    """Cosign, once."""

    async def work(site: Site) -> str:
        return await cosigned(site, _policy(log_key), key=key, state=state, now=present())

    typer.echo(_run(place, work, evidence), nl=False)


def _policy(log_key: str) -> LogPolicy:
    with naming("--log-key"):
        key = NoteKey.decode(log_key)
        return LogPolicy(origin=key.name, keys=(key,))


def _checkpoint(path: Path) -> SignedCheckpoint:
    with naming(path):
        return SignedCheckpoint.parse(path.read_bytes())


def _run(place: str, work: Callable[[Site], Awaitable[_T]], evidence: Path | None) -> _T:
    """Work on a site; write the proof of a fork to a file before it is told."""

    async def do() -> _T:
        async with opened(place) as site:
            return await work(site)

    try:
        return asyncio.run(do())
    except SplitViewError as error:
        if evidence is not None:
            proof = {
                "first": error.first.decode(),
                "second": error.second.decode(),
                "proof": [each.hex() for each in error.proof],
            }
            write_whole(evidence, json.dumps(proof, indent=2).encode(), mode=0o644, force=True)
        raise
