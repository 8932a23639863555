"""`dp3t arrivals declare` and `withdraw`: what a traveller does."""

import asyncio
from pathlib import Path
from typing import Annotated, Any

import typer

from dp3t.arrivals.binding import Binding
from dp3t.arrivals.checks import tidied
from dp3t.arrivals.declaration import KEPT_DAYS, Declaration
from dp3t.arrivals.form import entry_form
from dp3t.arrivals.recipients import RecipientKeys
from dp3t.arrivals.sealing import MAX_KEPT_DAYS, WITHDRAWAL_SECRET_BYTES, Envelope
from dp3t.arrivals.submission import Submission, Withdrawal
from dp3t.cli.arrivals import options
from dp3t.cli.arrivals.answers import read_answers
from dp3t.cli.arrivals.checking import draw
from dp3t.cli.arrivals.withdrawal_file import (
    read_sending,
    read_withdrawal,
    sending_file,
    write_withdrawal,
)
from dp3t.cli.files import write_whole
from dp3t.cli.language import text
from dp3t.cli.output import emit_json, show
from dp3t.cli.presence.extra import extra_needed
from dp3t.errors import MalformedError, PolicyError, TransportError
from dp3t.primitives import random_from_os
from dp3t.publication.signing import TrustedKeys
from dp3t.timeline import Instant

_Answers = Annotated[
    Path,
    typer.Argument(
        metavar="ANSWERS",
        help=text(
            en="A file with the answers, a JSON object.", vi="Tệp câu trả lời, một đối tượng JSON."
        ),
    ),
]
_WithdrawalFile = Annotated[
    Path,
    typer.Argument(
        metavar="WITHDRAWAL",
        help=text(
            en="The file that `declare` wrote for this.",
            vi="Tệp mà `declare` đã ghi để dùng lúc này.",
        ),
    ),
]


@extra_needed()
def declare(
    answers: _Answers,
    keys: options.Keys,
    authority: options.Authority,
    withdrawal: Annotated[
        Path,
        typer.Option(
            metavar="FILE",
            help=text(
                en="The file to write with which you can correct or withdraw it later.",
                vi="Tệp cần ghi, để sau này sửa hoặc rút tờ khai.",
            ),
        ),
    ],
    server: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            help=text(en="Hand it in at this server.", vi="Nộp cho máy chủ này."),
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help=text(en="Write the sealed declaration.", vi="Ghi tờ khai đã niêm phong."),
        ),
    ] = None,
    png: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help=text(en="Draw the receipt as PNG.", vi="Vẽ phiếu ra tệp PNG.")
        ),
    ] = None,
    corrects: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help=text(
                en="The withdrawal file of the declaration that this one replaces.",
                vi="Tệp rút của tờ khai mà tờ này thay thế.",
            ),
        ),
    ] = None,
    kept_days: Annotated[
        int,
        typer.Option(
            min=1,
            max=MAX_KEPT_DAYS,
            help=text(
                en="How many days after entry it may be kept.",
                vi="Được lưu bao nhiêu ngày sau khi nhập cảnh.",
            ),
        ),
    ] = KEPT_DAYS,
    now: options.Now = None,
    *,
    as_json: options.Json = False,
) -> None:
    """Seal a declaration; hand it in and show its receipt [TERMINAL-45]."""
    if server is None and (out is None or png is not None or corrects is not None):
        raise MalformedError("declare needs --server, or --out and neither --png nor --corrects")
    trusted = options.keys_in(keys, authority)
    sending, receipt = sending_file(withdrawal), None
    again = server is not None and sending.exists()
    if again:
        kept, submission = read_withdrawal(withdrawal), read_sending(sending)
        typer.echo(_said_of_again(sending, withdrawal), err=True)
    else:
        replaced = None if corrects is None else read_withdrawal(corrects)
        envelope, kept = _sealed(
            read_answers(answers), trusted, now=options.now_given(now), kept_days=kept_days
        )
        submission = Submission(envelope, replaced)
        write_withdrawal(withdrawal, kept)
        if out is not None:
            write_whole(out, envelope.encode(), mode=0o600, force=False)
    if server is not None:
        write_whole(sending, submission.encode(), mode=0o600, force=True)
        receipt = _handed_in(server, submission, trusted.receipts(), withdrawal, again=again)
    _tell_declared(kept, receipt, as_json=as_json)
    if receipt is not None and png is not None:  # afterwards, so that the text is not lost
        draw(png, receipt)


def _sealed(
    answers: dict[str, Any], keys: RecipientKeys, *, now: Instant, kept_days: int
) -> tuple[Envelope, Withdrawal]:
    """Return a declaration, bound to its travel document, and what permits to withdraw it."""
    declaration = Declaration.of(tidied(entry_form(), answers), now=now)
    secret = random_from_os(WITHDRAWAL_SECRET_BYTES)
    envelope = declaration.seal(
        keys,
        binding=Binding.of(declaration.travel_document(), rand=random_from_os).encode(),
        withdrawal_secret=secret,
        now=now,
        kept_days=kept_days,
    )
    return envelope, Withdrawal(envelope.declaration_id, secret)


@extra_needed()
def withdraw(
    withdrawal: _WithdrawalFile, server: options.Server, *, as_json: options.Json = False
) -> None:
    """Have a declaration erased and its receipt refused [TERMINAL-45]."""
    kept = read_withdrawal(withdrawal)
    asyncio.run(_withdrawn(server, kept))
    if as_json:
        emit_json({"withdrawn": kept.declaration_id.hex()})
    else:
        show(text(en="Erased; the receipt is refused.", vi="Đã xóa; phiếu không còn hiệu lực."))


def _handed_in(
    server: str, submission: Submission, keys: TrustedKeys, withdrawal: Path, *, again: bool
) -> str:
    """Return the receipt; where no answer comes, the same bytes stay for the next time.

    What is refused the first time leaves no file. What was handed in before the server may have
    taken then, whatever it says of it now: the file that withdraws it stays.
    """
    sending = sending_file(withdrawal)
    try:
        receipt = asyncio.run(_declared(server, submission, keys))
    except PolicyError:
        if again:
            typer.echo(_said_of_refused(sending, withdrawal), err=True)
        else:  # it was refused for good, and there is nothing to withdraw
            withdrawal.unlink()
            sending.unlink()
        raise
    except TransportError as error:
        raise TransportError(
            f"{error}; {sending} keeps what was sealed, and the same command hands it in again"
        ) from None
    sending.unlink()
    return receipt


async def _declared(server: str, submission: Submission, keys: TrustedKeys) -> str:
    from dp3t.arrivals_client import ArrivalsClient

    async with ArrivalsClient(server) as client:
        return await client.declare(submission.envelope, keys=keys, corrects=submission.corrects)


async def _withdrawn(server: str, withdrawal: Withdrawal) -> None:
    from dp3t.arrivals_client import ArrivalsClient

    async with ArrivalsClient(server) as client:
        await client.withdraw(withdrawal)


def _said_of_again(sending: Path, withdrawal: Path) -> str:
    """Return what is said where the answers of a command do not count, whatever they are now."""
    return text(
        en=f"{sending} keeps a declaration to which no answer came: it is handed in again as it "
        f"was, and the answers, --corrects, --out and --kept-days are not read now; to change it, "
        f"correct it afterwards with --corrects {withdrawal}",
        vi=f"{sending} giữ một tờ khai chưa có trả lời: tờ khai đó được nộp lại nguyên như cũ, "
        f"lần này không đọc câu trả lời, --corrects, --out và --kept-days; muốn đổi, sau đó hãy "
        f"sửa bằng --corrects {withdrawal}",
    )


def _said_of_refused(sending: Path, withdrawal: Path) -> str:
    """Return what is said where a declaration is refused that the server may have already."""
    return text(
        en=f"The server may have taken this declaration the first time, so {withdrawal} and "
        f"{sending} stay: withdraw it with `dp3t arrivals withdraw {withdrawal}`, and declare anew "
        "with another --withdrawal",
        vi=f"Máy chủ có thể đã nhận tờ khai này ở lần trước, nên {withdrawal} và {sending} được "
        f"giữ lại: hãy rút bằng `dp3t arrivals withdraw {withdrawal}`, rồi khai lại với "
        "--withdrawal khác",
    )


def _tell_declared(kept: Withdrawal, receipt: str | None, *, as_json: bool) -> None:
    if as_json:
        emit_json({"declaration": kept.declaration_id.hex(), "receipt": receipt})
        return
    if receipt is None:
        show(text(en="Sealed; not handed in yet.", vi="Đã niêm phong; chưa nộp."))
    else:
        show(text(en="Handed in. Your receipt:", vi="Đã nộp. Phiếu của bạn:"))
        show(receipt)
