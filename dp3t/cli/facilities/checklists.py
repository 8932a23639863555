"""`dp3t facilities checklist`: the lists of tasks that the authority publishes."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from rich.box import SIMPLE_HEAD
from rich.markup import escape
from rich.table import Table

from dp3t.canonical_json import read_json
from dp3t.cli.facilities import options
from dp3t.cli.facilities.authority import Authority, acting
from dp3t.cli.facilities.sent import Sent
from dp3t.cli.files import naming
from dp3t.cli.language import language, text
from dp3t.cli.output import emit_json, show
from dp3t.cli.presence.extra import extra_needed
from dp3t.cli.presence.reading import read_up_to
from dp3t.facilities.answers import Region
from dp3t.facilities.authority_acts import ChecklistAct
from dp3t.facilities.built_in import BUILT_IN_KINDS, built_in_checklist, checklist_of_document
from dp3t.facilities.checklist import Checklist
from dp3t.facilities.local_time import LocalDay

_MOST_BYTES = 2**16

app = typer.Typer(
    no_args_is_help=True,
    help=text(en="What a kind of facilities does.", vi="Những việc mỗi loại cơ sở phải làm."),
)

_List = Annotated[
    str,
    typer.Argument(
        metavar="KIND|FILE",
        help=text(
            en=f"A list of this program ({', '.join(BUILT_IN_KINDS)}), or a JSON document.",
            vi=f"Danh sách có sẵn ({', '.join(BUILT_IN_KINDS)}) hoặc tệp JSON.",
        ),
    ),
]


@app.command(
    "publish",
    help=text(
        en="Sign a list and publish it: it holds for its kind from its first day on.",
        vi="Ký và công bố danh sách: áp dụng cho loại cơ sở từ ngày hiệu lực.",
    ),
)
@extra_needed()
def publish(
    given: _List,
    server: options.Server,
    authority_key: options.AuthorityKey,
    token_file: options.TokenFile,
    first: options.FromText = None,
    now: options.Now = None,
    *,
    as_json: options.Json = False,
) -> None:
    """Publish a list; one of the program gets the next number of its kind [TERMINAL-72].

    It holds from today if it is the first of its kind, and else from tomorrow.
    """
    found = _given(given)

    async def act(authority: Authority) -> Sent:
        checklist = _ready(found, authority.region, authority.today, given, first)
        return await authority.put(lambda head: ChecklistAct(head=head, checklist=checklist))

    acting(server, authority_key, token_file, now, act).tell(as_json=as_json)


@app.command(
    "show",
    help=text(en="Show a list, as it would be published.", vi="Xem danh sách sẽ được công bố."),
)
def show_list(given: _List, *, as_json: options.Json = False) -> None:
    """Print a list; `--json` prints the document that `publish` takes [TERMINAL-72]."""
    found = _given(given)
    if as_json:
        emit_json(found.to_json())
        return
    table = Table(box=SIMPLE_HEAD, title=escape(found.title.in_language(language())))
    for en, vi in (
        ("Task", "Việc"),
        ("Who", "Ai làm"),
        ("Days", "Số ngày"),
        ("Critical", "Thiết yếu"),
    ):
        table.add_column(text(en=en, vi=vi))
    for task in found.tasks:
        critical = text(en="yes", vi="có") if task.critical else ""
        what = f"{escape(task.text.in_language(language()))} ({task.task})"
        table.add_row(what, task.role, str(task.period_days), critical)
    show(table)


def _given(given: str) -> Checklist:
    if given in BUILT_IN_KINDS:
        return built_in_checklist(given)
    path = Path(given)
    with naming(path):
        document = read_json(read_up_to(path, _MOST_BYTES), limit_bytes=_MOST_BYTES)
        return checklist_of_document(document)


def _ready(
    found: Checklist, region: Region, today: LocalDay, given: str, first: str | None
) -> Checklist:
    """Return a list with its first day and, if it is one of the program, its number."""
    if given in BUILT_IN_KINDS:
        kind = found.facility_kind
        numbers = [each.number for each in region.checklists if each.facility_kind == kind]
        day = options.local_day(first, LocalDay(today + bool(numbers)), "--from")
        return replace(found, number=max(numbers, default=0) + 1, valid_from=day)
    if first is not None:
        return replace(found, valid_from=options.local_day(first, today, "--from"))
    return found
