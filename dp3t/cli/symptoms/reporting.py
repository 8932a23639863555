"""`dp3t symptoms report`: one randomised bit on a day that is drawn, spent before it is sent."""

import asyncio
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from dp3t.cli.authority_key import read_private
from dp3t.cli.files import alone, naming, write_whole
from dp3t.cli.language import language, text
from dp3t.cli.output import emit_json, show
from dp3t.cli.presence.extra import extra_needed
from dp3t.cli.presence.reading import read_up_to
from dp3t.cli.symptoms import options
from dp3t.cli.token_file import take_token
from dp3t.errors import MalformedError, PolicyError
from dp3t.primitives import random_from_os
from dp3t.symptoms.budget import MAX_BUDGET_BYTES, Budget, told
from dp3t.symptoms.report import SYMPTOMS_SCOPE, SymptomReport
from dp3t.symptoms.survey import MAX_SURVEY_BYTES, Survey
from dp3t.timeline import Day, day_of, day_to_date


class Answer(StrEnum):
    """What a person says."""

    YES = "yes"
    NO = "no"


@extra_needed()
def report(
    survey: Annotated[
        Path,
        typer.Option(
            metavar="FILE",
            help=text(en="The survey that the authority signed.", vi="Khảo sát cơ quan y tế ký."),
        ),
    ],
    authority: options.Authority,
    server: Annotated[
        str, typer.Option(metavar="URL", help=text(en="Send it there.", vi="Gửi đến máy chủ này."))
    ],
    tokens: Annotated[
        Path,
        typer.Option(
            metavar="FILE",
            help=text(en="The file of tokens.", vi="Tệp lưu các thẻ ẩn danh."),
        ),
    ],
    budget: Annotated[
        Path,
        typer.Option(
            metavar="FILE",
            help=text(
                en="What was told so far; it is made where there is none.",
                vi="Tệp ghi những gì đã báo; tự tạo nếu chưa có.",
            ),
        ),
    ],
    commune: Annotated[
        str, typer.Option(metavar="CODE", help=text(en="Five digits.", vi="Mã xã, năm chữ số."))
    ],
    number: options.Number = 1,
    answer: Annotated[
        Answer | None,
        typer.Option(help=text(en="To the survey's question.", vi="Trả lời câu hỏi khảo sát.")),
    ] = None,
    now: options.Now = None,
    *,
    join: Annotated[
        bool,
        typer.Option(
            "--join",
            help=text(
                en="Be asked again whether you take part, after you said no.",
                vi="Được hỏi lại có tham gia không, sau khi đã từ chối.",
            ),
        ),
    ] = False,
    as_json: options.Json = False,
) -> None:
    """Report if today is drawn; what that costs is stored before [TERMINAL-62].

    Of whom no answer is given it is asked once for each survey whether they take part.
    """
    if join and answer is not None:
        raise MalformedError("--join asks, and --answer is for programs: give one of them")
    moment, keys = options.now_given(now), options.trusted(authority)
    with naming(survey):
        held = Survey.open(read_up_to(survey, MAX_SURVEY_BYTES), trusted=keys, now=moment)
    held.require_tolerable()
    held.require_commune(commune)
    if answer is None:
        _require_participation(budget, number, held, day_of(moment), join=join, as_json=as_json)
    token = take_token(tokens, scope=SYMPTOMS_SCOPE, now=moment)
    reports = _drawn(budget, number, held, token.day)
    if reports:
        said = _asked(held) if answer is None else answer is Answer.YES
        made = SymptomReport.make_with_os_randomness(
            said, survey=held, commune=commune, token=token
        )
        asyncio.run(_send(server, made))
    _tell(held, token.day, reports=reports, as_json=as_json)


def _require_participation(
    path: Path, number: int, survey: Survey, day: Day, *, join: bool, as_json: bool
) -> None:
    """Ask once for each survey whether the person takes part, and store what they say [SURVEY-5].

    Who has said no is asked again only where they ask for it.

    On a day nothing is asked before it is drawn: who could say no on a good day would tell by
    silence that it is one [RANDOMIZATION-6].
    """
    if as_json:
        raise PolicyError("--json needs --answer, for it cannot ask")
    known = _read(path)
    if known.takes_part(number, survey):
        return
    if known.has_declined(number, survey) and not join:
        raise PolicyError(
            text(
                en="nothing was drawn or sent: you do not take part in this survey; to be asked "
                "again, give --join",
                vi="không rút thăm, không gửi gì: bạn không tham gia khảo sát này; muốn được hỏi "
                "lại, hãy thêm --join",
            )
        )
    show(escape(told(known, number, survey, day).in_language(language())))
    once = text(
        en="Take part in this survey? You are asked once; later days are drawn at once.",
        vi="Bạn có tham gia khảo sát này không? Chỉ hỏi một lần; các ngày sau rút thăm ngay.",
    )
    joins = typer.confirm(once)
    with alone(path):
        budget = _read(path)
        said = budget.agree(number, survey) if joins else budget.decline(number, survey)
        _store(path, said)
    if not joins:
        raise PolicyError("nothing was drawn or sent")


def _asked(survey: Survey) -> bool:
    return typer.confirm(survey.question.in_language(language()))


def _drawn(path: Path, number: int, survey: Survey, day: Day) -> bool:
    """Draw, and store what is spent before anything else happens [BUDGET-1]."""
    with alone(path):
        reports, after = _read(path).draw(number, survey, day, rand=random_from_os)
        _store(path, after)
    return reports


def _store(path: Path, budget: Budget) -> None:
    write_whole(path, budget.encode(), mode=0o600, force=True)


def _read(path: Path) -> Budget:
    if not path.exists():
        return Budget()
    data = read_private(path, MAX_BUDGET_BYTES)
    with naming(path):
        return Budget.decode(data)


async def _send(server: str, made: SymptomReport) -> None:
    from dp3t.symptoms_client import SymptomsClient

    async with SymptomsClient(server) as client:
        await client.report(made)


def _tell(survey: Survey, day: Day, *, reports: bool, as_json: bool) -> None:
    date = day_to_date(day).isoformat()
    if as_json:
        emit_json({"survey": survey.number, "day": date, "reported": reports})
        return
    if reports:
        show(text(en=f"Counted for {date}.", vi=f"Đã được tính cho ngày {date}."))
    else:
        show(
            text(
                en=f"Not drawn for {date}: nothing was sent.",
                vi=f"Ngày {date} không được chọn: không gửi gì.",
            )
        )
