"""`dp3t arrivals form`: what is asked, and what is wrong with answers."""

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.box import SIMPLE_HEAD
from rich.markup import escape
from rich.table import Table

from dp3t.arrivals.checks import Problem, check, tidied
from dp3t.arrivals.form import LATEST_VERSION, Form, entry_form, form_document
from dp3t.cli.arrivals import options
from dp3t.cli.arrivals.answers import read_answers
from dp3t.cli.language import text
from dp3t.cli.output import emit_json, show

_INCOMPLETE_STATUS = 1
"""The exit status of a check that found problems."""


def form(
    answers: Annotated[
        Path | None,
        typer.Argument(
            metavar="[ANSWERS]",
            help=text(
                en="Answers to check; without them the form is shown.",
                vi="Câu trả lời cần kiểm tra; nếu không có thì hiện tờ khai.",
            ),
        ),
    ] = None,
    version: Annotated[
        int, typer.Option(min=1, help=text(en="Of the form.", vi="Phiên bản tờ khai."))
    ] = LATEST_VERSION,
    now: options.Now = None,
    *,
    as_json: options.Json = False,
) -> None:
    """Print what is asked, or what is wrong with answers [TERMINAL-44]."""
    if answers is not None:
        asked, moment = entry_form(version), options.now_given(now)
        problems = check(asked, tidied(asked, read_answers(answers)), now=moment)
        _tell_problems(asked, problems, as_json=as_json)
        raise typer.Exit(_INCOMPLETE_STATUS if problems else 0)
    if as_json:
        emit_json(json.loads(form_document(version)))
    else:
        _show_form(entry_form(version))


def _tell_problems(asked: Form, problems: tuple[Problem, ...], *, as_json: bool) -> None:
    told = [(each, each.message(asked)) for each in problems]
    if as_json:
        emit_json(
            {
                "problems": [
                    {
                        "path": each.path,
                        "code": each.code,
                        "limit": each.limit,
                        "message": text(en=said.en, vi=said.vi),
                    }
                    for each, said in told
                ]
            }
        )
        return
    if not told:
        show(text(en="The answers are complete.", vi="Các câu trả lời đã đầy đủ."))
        return
    table = Table(text(en="Field", vi="Mục"), text(en="What is wrong", vi="Lỗi"), box=SIMPLE_HEAD)
    for each, said in told:
        table.add_row(escape(each.path), escape(text(en=said.en, vi=said.vi)))
    show(table)


def _show_form(asked: Form) -> None:
    show(text(en=asked.title.en, vi=asked.title.vi))
    table = Table(
        text(en="Field", vi="Mục"),
        text(en="Question", vi="Câu hỏi"),
        text(en="Read by", vi="Nơi đọc"),
        box=SIMPLE_HEAD,
    )
    for section in asked.sections:
        table.add_section()
        for field in section.fields:
            readers = ", ".join(
                text(en=asked.roles[role].en, vi=asked.roles[role].vi) for role in field.readers
            )
            question = text(en=field.label.en, vi=field.label.vi)
            required = " *" if field.required else ""
            table.add_row(field.name, escape(question) + required, escape(readers))
    show(table)
