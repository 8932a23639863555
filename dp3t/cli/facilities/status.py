"""`dp3t facilities status`: the map as a table, or one facility with its days."""

import asyncio
from collections import Counter
from typing import Annotated

import typer
from rich.box import SIMPLE_HEAD
from rich.markup import escape
from rich.table import Table

from dp3t.cli.facilities import options
from dp3t.cli.language import language, number, text
from dp3t.cli.moments import iso_moment
from dp3t.cli.output import emit_json, show
from dp3t.cli.presence.extra import extra_needed
from dp3t.errors import PolicyError
from dp3t.facilities.answers import Place, PlaceAct
from dp3t.facilities.authority_acts import Resolution
from dp3t.facilities.facility_acts import Answer
from dp3t.facilities.objection import Objection
from dp3t.facilities.snapshot import FacilityMap, MapRow
from dp3t.facilities.state import DayState, State
from dp3t.publication.signing import TrustedKeys
from dp3t.timeline import Instant

_SYMBOLS = {
    State.SAFE: "●",
    State.DUE: "○",
    State.OVERDUE: "!",
    State.UNSAFE: "✗",
    State.CONTESTED: "?",
    State.CLOSED: "·",
}


@extra_needed()
def status(
    server: options.Server,
    facility: Annotated[
        str | None,
        typer.Argument(
            metavar="[ID]",
            help=text(en="One facility; else the map.", vi="Một cơ sở; nếu không thì cả bản đồ."),
        ),
    ] = None,
    public_key: Annotated[
        list[str] | None,
        typer.Option(
            metavar="HEX",
            help=text(en="The server's key, for the map.", vi="Khóa của máy chủ, để xem bản đồ."),
        ),
    ] = None,
    authority: Annotated[
        list[str] | None,
        typer.Option(
            metavar="HEX",
            help=text(
                en="The authority's key, for one facility.",
                vi="Khóa của cơ quan quản lý, để xem một cơ sở.",
            ),
        ),
    ] = None,
    kind: Annotated[
        str | None,
        typer.Option(metavar="KIND", help=text(en="Only this kind.", vi="Chỉ loại cơ sở này.")),
    ] = None,
    state: Annotated[
        State | None, typer.Option(help=text(en="Only this state.", vi="Chỉ tình trạng này."))
    ] = None,
    commune: Annotated[
        str | None,
        typer.Option(metavar="CODE", help=text(en="Only this commune.", vi="Chỉ xã này.")),
    ] = None,
    now: options.Now = None,
    *,
    as_json: options.Json = False,
) -> None:
    """Show the map, verified by the server's key, or a facility, whose acts are [TERMINAL-79]."""
    given = authority if facility else public_key
    name = "--authority" if facility else "--public-key"
    if not given:
        raise PolicyError(f"{name} says whose signatures to believe")
    keys = options.trusted(given, name)
    if facility is not None:
        _tell_place(asyncio.run(_place(server, facility, keys)), as_json=as_json)
        return
    shown = asyncio.run(_map(server, keys, options.now_given(now)))
    wanted = [
        row
        for row in shown.rows
        if kind in (None, row.facility_kind)
        and state in (None, row.state)
        and commune in (None, row.commune)
    ]
    _tell_map(shown, wanted, as_json=as_json)


async def _map(server: str, keys: TrustedKeys, now: Instant) -> FacilityMap:
    from dp3t.facilities_client import FacilitiesClient

    async with FacilitiesClient(server) as client:
        return await client.fetch_map(trusted=keys, now=now)


async def _place(server: str, facility: str, keys: TrustedKeys) -> Place:
    from dp3t.facilities_client import FacilitiesClient

    async with FacilitiesClient(server) as client:
        return await client.fetch_place(facility, authorities=keys)


def _tell_map(shown: FacilityMap, rows: list[MapRow], *, as_json: bool) -> None:
    found = Counter(row.state for row in rows)
    counts = {state.value: found[state] for state in State}
    if as_json:
        emit_json(
            {
                "counts": counts,
                "day": options.date_of(shown.day).isoformat(),
                "facilities": [row.to_json() for row in rows],
                "made": iso_moment(shown.made),
                "region": shown.region,
            }
        )
        return
    table = Table(box=SIMPLE_HEAD)
    columns = (
        ("Facility", "Cơ sở"),
        ("Name", "Tên"),
        ("Kind", "Loại"),
        ("State", "Tình trạng"),
        ("Objections", "Phản ánh"),
    )
    for en, vi in columns:
        table.add_column(text(en=en, vi=vi))
    for row in rows:
        objections = str(row.objections or "")
        state = f"{_SYMBOLS[row.state]} {state_text(row.state)}"
        table.add_row(row.facility, escape(row.name), row.facility_kind, state, objections)
    show(table)
    said = ", ".join(f"{state_text(state)}: {number(found[state])}" for state in State)
    show(f"{shown.region}, {iso_moment(shown.made)}. {said}")


def _tell_place(place: Place, *, as_json: bool) -> None:
    objections = [
        _objection(place, each, each.content)
        for each in place.acts
        if isinstance(each.content, Objection)
    ]
    if as_json:
        emit_json(
            {
                "days": [_day(each) for each in place.days],
                "facility": place.row.to_json(),
                "objections": objections,
                "tasks": [
                    {
                        "id": each.task.task,
                        "due": each.due,
                        "last_done": None
                        if each.last_done is None
                        else options.date_of(each.last_done).isoformat(),
                    }
                    for each in place.tasks
                ],
            }
        )
        return
    row = place.row
    show(escape(f"{row.name}, {row.address}"))
    show(f"{state_text(row.state)}. {options.date_of(place.today).isoformat()}")
    if place.days:
        first = options.date_of(place.days[0].day).isoformat()
        line = "".join(_SYMBOLS[each.state] for each in place.days)
        show(f"{first} {line}")
        legend = "  ".join(f"{_SYMBOLS[state]} {state_text(state)}" for state in State)
        show(legend)
    for each in place.tasks:
        is_done = each.last_done == place.today or not each.due
        what = each.task.text.in_language(language())
        show(escape(f"  {'●' if is_done else '○'} {what} ({each.task.task})"))
    for said in objections:
        _tell_objection(said)


def _tell_objection(said: dict[str, object]) -> None:
    verdict = said["verdict"] or text(en="open", vi="chưa giải quyết")
    about = said["task"] or text(en="something else", vi="chuyện khác")
    en = f"Objection {said['digest']} of {said['day']}: {about}; {verdict}"
    vi = f"Phản ánh {said['digest']} về ngày {said['day']}: {about}; {verdict}"
    show(escape(text(en=en, vi=vi)))
    if said["words"]:
        show(escape(f"  {said['words']}"))


def _day(day: DayState) -> dict[str, object]:
    return {
        "day": options.date_of(day.day).isoformat(),
        "late": day.late,
        "missing": day.missing,
        "state": day.state.value,
    }


def _objection(place: Place, act: PlaceAct, content: Objection) -> dict[str, object]:
    """Return what there is to say of an objection."""
    verdicts = [
        each.content.verdict.value
        for each in place.acts
        if isinstance(each.content, Resolution) and each.content.objection == act.digest
    ]
    answers = [
        None if each.words is None else each.words.text
        for each in place.acts
        if isinstance(each.content, Answer) and each.content.objection == act.digest
    ]
    return {
        "answers": answers,
        "day": options.date_of(content.day).isoformat(),
        "digest": act.digest.hex(),
        "received": iso_moment(act.received),
        "task": content.task,
        "verdict": verdicts[-1] if verdicts else None,
        "words": None if act.words is None else act.words.text,
    }


def state_text(state: State) -> str:
    """Return what people call a state."""
    words = {
        State.SAFE: text(en="safe", vi="an toàn"),
        State.DUE: text(en="due", vi="chờ báo cáo"),
        State.OVERDUE: text(en="overdue", vi="quá hạn"),
        State.UNSAFE: text(en="unsafe", vi="không an toàn"),
        State.CONTESTED: text(en="contested", vi="có phản ánh"),
        State.CLOSED: text(en="closed", vi="đóng cửa"),
    }
    return words[state]
