"""`dp3t symptoms help`: a request for help, shown before it is sealed [HELP-12]."""

import asyncio
from http import HTTPStatus
from pathlib import Path
from typing import Annotated
from unicodedata import normalize

import typer
from rich.box import SIMPLE_HEAD
from rich.markup import escape
from rich.table import Table

from dp3t.cli.files import naming, write_whole
from dp3t.cli.language import language, text
from dp3t.cli.moments import day_given
from dp3t.cli.output import emit_json, show
from dp3t.cli.presence.extra import extra_needed
from dp3t.cli.presence.reading import read_up_to
from dp3t.cli.symptoms import options
from dp3t.cli.symptoms.described import request_object, request_rows
from dp3t.errors import MalformedError, PolicyError, TransportError
from dp3t.primitives import random_from_os
from dp3t.publication.answer import ANSWER_BYTES
from dp3t.symptoms.callback import Callback, CallMe, ICallYou, VisitMe
from dp3t.symptoms.help import HelpRequest, SealedHelp, check_help_answer
from dp3t.symptoms.stations import MAX_STATION_KEYS_BYTES, StationKeys
from dp3t.symptoms.words import AgeBand, Outcome
from dp3t.timeline import Instant

_MAX_ANSWER_BYTES = 2**16


@extra_needed()
def ask(
    stations: Annotated[
        Path,
        typer.Option(
            metavar="FILE",
            help=text(
                en="The list of stations that the authority signed.",
                vi="Danh sách trạm y tế do cơ quan y tế ký.",
            ),
        ),
    ],
    authority: options.Authority,
    commune: Annotated[
        str, typer.Option(metavar="CODE", help=text(en="Five digits.", vi="Mã xã, năm chữ số."))
    ],
    who: Annotated[
        str,
        typer.Option(help=text(en="A name of your choice.", vi="Tên bạn muốn xưng.")),
    ],
    call: Annotated[
        str | None,
        typer.Option(
            metavar="NUMBER",
            help=text(en="The station calls this number.", vi="Trạm gọi đến số này."),
        ),
    ] = None,
    visit: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS",
            help=text(en="Somebody comes to this address.", vi="Có người đến địa chỉ này."),
        ),
    ] = None,
    on: Annotated[
        str | None,
        typer.Option(
            metavar="DATE",
            help=text(en="The day of the visit, YYYY-MM-DD.", vi="Ngày đến, dạng YYYY-MM-DD."),
        ),
    ] = None,
    code: Annotated[
        bool,
        typer.Option(
            "--code",
            help=text(
                en="You call the station and say a code; it learns no number and no address.",
                vi="Bạn tự gọi trạm và đọc một mã; trạm không biết số máy hay địa chỉ.",
            ),
        ),
    ] = False,
    from_hour: Annotated[
        int, typer.Option(min=0, max=23, help=text(en="Not before this hour.", vi="Từ giờ này."))
    ] = 0,
    until_hour: Annotated[
        int, typer.Option(min=1, max=24, help=text(en="Not after it.", vi="Đến giờ này."))
    ] = 24,
    message: Annotated[
        str, typer.Option(help=text(en="Up to 1,200 bytes.", vi="Lời nhắn, tối đa 1.200 byte."))
    ] = "",
    outcome: Annotated[
        Outcome | None,
        typer.Option(help=text(en="What the rules advised.", vi="Kết luận của bộ quy tắc.")),
    ] = None,
    age: Annotated[
        int | None,
        typer.Option(
            min=0,
            max=130,
            help=text(en="In years; only a band is told.", vi="Số tuổi; chỉ gửi khoảng tuổi."),
        ),
    ] = None,
    server: Annotated[
        str | None,
        typer.Option(metavar="URL", help=text(en="Send it there.", vi="Gửi đến máy chủ này.")),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help=text(en="Write the sealed request.", vi="Ghi yêu cầu đã niêm phong."),
        ),
    ] = None,
    yes: Annotated[
        bool,
        typer.Option(
            "--yes",
            help=text(
                en="You have read the request and agree.", vi="Bạn đã đọc yêu cầu và đồng ý."
            ),
        ),
    ] = False,
    now: options.Now = None,
    *,
    as_json: options.Json = False,
) -> None:
    """Show a request, and seal and send it if the person agrees [TERMINAL-58]."""
    if server is None and out is None:
        raise MalformedError("help needs --server or --out")
    moment = options.now_given(now)
    keys = options.trusted(authority)
    with naming(stations):
        listed = StationKeys.open(
            read_up_to(stations, MAX_STATION_KEYS_BYTES), trusted=keys, now=moment
        )
    request = HelpRequest(
        commune=commune,
        who=" ".join(_composed(who).split()),
        callback=_callback(call, visit, on, code, from_hour, until_hour, now=moment),
        message=_composed(message).strip(),
        outcome=outcome,
        age_band=AgeBand.UNKNOWN if age is None else AgeBand.of(age),
        language=language(),
        asked=moment,
    )
    station = listed.station(commune, now=moment)
    _require_agreement(request, station.name.in_language(language()), yes=yes, as_json=as_json)
    sealed = request.seal_with_os_randomness(listed)
    if out is not None:
        write_whole(out, sealed, mode=0o600, force=False)
    if server is not None:
        asyncio.run(_send(server, sealed))
    _tell(request, sealed, sent=server is not None, telephone=station.telephone, as_json=as_json)


def _callback(
    call: str | None,
    visit: str | None,
    on: str | None,
    code: bool,
    start: int,
    end: int,
    *,
    now: Instant,
) -> Callback:
    """Return the one way that is chosen; MalformedError where there is none or several."""
    if (call is not None) + (visit is not None) + code != 1:
        raise MalformedError("choose one of --call, --visit and --code")
    if call is not None:
        number = "".join(call.split())
        return CallMe(telephone=number, from_hour=start, until_hour=end)
    if visit is not None:
        if on is None:
            raise MalformedError("--visit needs --on")
        address = " ".join(_composed(visit).split())
        day = day_given(on, "--on")
        if day < options.calendar_day(now):
            raise MalformedError("--on lies in the past")
        return VisitMe(address=address, day=day, from_hour=start, until_hour=end)
    return ICallYou.draw(rand=random_from_os)


def _composed(words: str) -> str:
    return normalize("NFC", words)


def _require_agreement(request: HelpRequest, station: str, *, yes: bool, as_json: bool) -> None:
    """Show what will be sealed and for whom, and ask.

    Raises:
        PolicyError: the person does not agree, or cannot be asked.
    """
    if yes:
        return
    if as_json:
        raise PolicyError("nothing was sealed: --json needs --yes, for it cannot ask")
    show(text(en="This is sealed, to this station only:", vi="Nội dung sẽ gửi, chỉ đến trạm này:"))
    show(escape(station))
    table = Table(box=SIMPLE_HEAD, show_header=False)
    for name, said in request_rows(request):
        table.add_row(name, escape(said))
    show(table)
    if not typer.confirm(text(en="Seal and send it?", vi="Niêm phong và gửi?")):
        raise PolicyError("nothing was sealed or sent")


async def _send(server: str, sealed: bytes) -> None:
    """Hand a sealed request in.

    Raises:
        PolicyError: the server refuses it.
        TransportError: no answer, or none that is understood.
    """
    from dp3t.cli.presence.http import post

    url = f"{server.rstrip('/')}/v1/symptoms/help"
    status, answer = await post(
        url, sealed, content_type="application/octet-stream", limit_bytes=_MAX_ANSWER_BYTES
    )
    if status != HTTPStatus.OK or len(answer) != ANSWER_BYTES:
        raise TransportError(f"{url}: answered {status}, which is not understood")
    check_help_answer(answer)


def _tell(
    request: HelpRequest, sealed: bytes, *, sent: bool, telephone: str, as_json: bool
) -> None:
    name = SealedHelp.decode(sealed).name
    if as_json:
        emit_json({"name": name, "sent": sent, "request": request_object(request)})
        return
    if sent:
        show(text(en="The request is kept for the station.", vi="Yêu cầu đã được giữ cho trạm."))
    if isinstance(request.callback, ICallYou):
        said = request.callback.code
        show(
            text(
                en=f"Call {telephone} and say the code {said}.",
                vi=f"Hãy gọi {telephone} và đọc mã {said}.",
            )
        )
