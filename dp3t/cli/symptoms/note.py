"""`dp3t symptoms member`, `note` and `show`: what goes into the diary."""

import re
from typing import Annotated
from unicodedata import normalize

import typer
from rich.box import SIMPLE_HEAD
from rich.markup import escape
from rich.table import Table

from dp3t.cli.language import language, text
from dp3t.cli.language import number as written
from dp3t.cli.output import emit_json, show
from dp3t.cli.symptoms import options
from dp3t.cli.symptoms.diary_file import change_diary, read_diary
from dp3t.errors import MalformedError
from dp3t.symptoms.built_in import built_in_rules
from dp3t.symptoms.diary import Diary, Member
from dp3t.symptoms.entry import MEASURES, SYMPTOMS, Entry, TestResult
from dp3t.timeline import Day, day_to_date

_BORN = re.compile(r"(\d{4})(?:-(\d{2}))?")
_DEGREES = re.compile(r"(\d{2})(?:[.,](\d))?")


def member(
    diary: options.DiaryPath,
    key: options.KeyPath,
    number: options.Number,
    name: Annotated[
        str | None,
        typer.Option(help=text(en="Any name.", vi="Tên bất kỳ.")),
    ] = None,
    born: Annotated[
        str | None,
        typer.Option(
            metavar="YEAR[-MONTH]",
            help=text(
                en="Year of birth, with the month for small children.",
                vi="Năm sinh, kèm tháng với trẻ nhỏ.",
            ),
        ),
    ] = None,
    chronic: Annotated[
        bool, typer.Option("--chronic", help=text(en="Has a chronic illness.", vi="Có bệnh nền."))
    ] = False,
    pregnant: Annotated[
        bool, typer.Option("--pregnant", help=text(en="Is pregnant.", vi="Đang mang thai."))
    ] = False,
    erase: Annotated[
        bool,
        typer.Option(
            "--erase",
            help=text(
                en="Erase the person and all that was noted of them.",
                vi="Xóa người này và mọi điều đã ghi.",
            ),
        ),
    ] = False,
    now: options.Now = None,
    *,
    as_json: options.Json = False,
) -> None:
    """Write a member; the first makes diary and key [TERMINAL-54]."""
    today = options.calendar_day(options.now_given(now))
    if erase:
        after = change_diary(diary, key, lambda found: found.without_member(number), today=today)
    else:
        person = _member(number, name, born, chronic, pregnant)
        _require_born(person, by=today)
        after = change_diary(
            diary, key, lambda found: found.with_member(person), today=today, begin=True
        )
    _tell(after, as_json=as_json)


def note(
    diary: options.DiaryPath,
    key: options.KeyPath,
    number: options.Number,
    symptom: Annotated[
        list[str] | None,
        typer.Option(
            metavar="CODE",
            help=text(en="Of the list; may be repeated: ", vi="Theo danh sách; có thể lặp lại: ")
            + ", ".join(SYMPTOMS),
        ),
    ] = None,
    temperature: Annotated[
        str | None,
        typer.Option(metavar="38.5", help=text(en="In degrees Celsius.", vi="Độ C.")),
    ] = None,
    spo2: Annotated[
        int | None,
        typer.Option(help=text(en="Oxygen saturation in %.", vi="Độ bão hòa ô xy, %.")),
    ] = None,
    breaths: Annotated[
        int | None,
        typer.Option(
            help=text(
                en="Breaths of a whole minute at rest.", vi="Nhịp thở đếm đủ một phút khi nằm yên."
            )
        ),
    ] = None,
    pulse: Annotated[
        int | None, typer.Option(help=text(en="Per minute.", vi="Mạch mỗi phút."))
    ] = None,
    exposed: Annotated[
        bool,
        typer.Option(
            "--exposed",
            help=text(
                en="Learned of a close contact with somebody ill.",
                vi="Biết mình đã tiếp xúc gần với người mắc.",
            ),
        ),
    ] = False,
    test: Annotated[
        TestResult | None, typer.Option(help=text(en="A test's result.", vi="Kết quả xét nghiệm."))
    ] = None,
    instead: Annotated[
        bool,
        typer.Option(
            "--instead",
            help=text(
                en="Replace what was noted of this day until now.",
                vi="Thay những gì đã ghi trong ngày.",
            ),
        ),
    ] = False,
    erase: Annotated[
        bool, typer.Option("--erase", help=text(en="Erase the day.", vi="Xóa ngày này."))
    ] = False,
    day: options.DayText = None,
    now: options.Now = None,
    *,
    as_json: options.Json = False,
) -> None:
    """Note a day, or erase it [TERMINAL-55]."""
    moment = options.now_given(now)
    today, of = options.calendar_day(moment), options.day_of_note(day, moment)
    entry = Entry(
        symptoms=frozenset(symptom or ()),
        temperature_tenths=None if temperature is None else _tenths(temperature),
        spo2_percent=spo2,
        breaths_per_minute=breaths,
        pulse_per_minute=pulse,
        exposed=exposed,
        test=test,
    )

    def changed(found: Diary) -> Diary:
        if erase:
            return found.without_entry(number, of)
        return found.noted(number, of, entry, today=today, instead=instead)

    _tell(change_diary(diary, key, changed, today=today), as_json=as_json)


def show_diary(
    diary: options.DiaryPath,
    key: options.KeyPath,
    now: options.Now = None,
    *,
    as_json: options.Json = False,
) -> None:
    """Print the diary [TERMINAL-55]."""
    today = options.calendar_day(options.now_given(now))
    _tell(read_diary(diary, key, today=today), as_json=as_json)


def _member(
    number: int, name: str | None, born: str | None, chronic: bool, pregnant: bool
) -> Member:
    """Return the member that options describe; MalformedError where one is missing or wrong."""
    found = _BORN.fullmatch(born or "")
    if name is None or found is None:
        raise MalformedError("a member has --name, and --born with a year or YEAR-MONTH")
    return Member(
        number=number,
        name=" ".join(normalize("NFC", name).split()),
        birth_year=int(found[1]),
        birth_month=int(found[2] or 0),
        chronic=chronic,
        pregnant=pregnant,
    )


def _require_born(person: Member, *, by: Day) -> None:
    """Refuse a slip of the finger: rules would take somebody yet to be born for an infant."""
    date = day_to_date(by)
    if (person.birth_year, person.birth_month) > (date.year, date.month):
        raise MalformedError("--born lies ahead")


def _tenths(degrees: str) -> int:
    found = _DEGREES.fullmatch(degrees)
    if found is None:
        raise MalformedError("--temperature is degrees with at most one decimal, as 38.5")
    return 10 * int(found[1]) + int(found[2] or 0)


def _tell(diary: Diary, *, as_json: bool) -> None:
    if as_json:
        emit_json({"members": [_as_object(diary, each) for each in diary.members]})
        return
    table = Table(
        *(
            text(en=en, vi=vi)
            for en, vi in (("No.", "Số"), ("Name", "Tên"), ("Day", "Ngày"), ("Noted", "Đã ghi"))
        ),
        box=SIMPLE_HEAD,
    )
    for person in diary.members:
        head = (str(person.number), escape(person.name))
        days = diary.days_of(person.number)
        for day, entry in days.items():
            table.add_row(*head, day_to_date(day).isoformat(), escape(_noted(entry)))
        if not days:
            table.add_row(*head, "", "")
    show(table)


def _as_object(diary: Diary, person: Member) -> dict[str, object]:
    return {
        "member": person.number,
        "name": person.name,
        "born": [person.birth_year, person.birth_month],
        "chronic": person.chronic,
        "pregnant": person.pregnant,
        "days": [_day_object(*each) for each in diary.days_of(person.number).items()],
    }


def _day_object(day: Day, entry: Entry) -> dict[str, object]:
    return {
        "day": day_to_date(day).isoformat(),
        "symptoms": sorted(entry.symptoms),
        **{name: entry.measured(name) for name in MEASURES},
        "exposed": entry.exposed,
        "test": None if entry.test is None else entry.test.value,
    }


def _noted(entry: Entry) -> str:
    """Return an entry in words, as the rules have them."""
    words = built_in_rules().words
    told = [words["symptoms"][code].in_language(language()) for code in sorted(entry.symptoms)]
    for name in MEASURES:
        value = entry.measured(name)
        if value is not None:
            tenths = name == "temperature_tenths"
            shown = written(value / 10, decimals=1) if tenths else str(value)
            told.append(words["quantities"][name].in_language(language()).replace("{}", shown))
    if entry.exposed:
        told.append(text(en="Close contact", vi="Tiếp xúc gần"))
    if entry.test is not None:
        positive = entry.test is TestResult.POSITIVE
        told.append(
            text(en="Positive test", vi="Xét nghiệm dương tính")
            if positive
            else text(en="Negative test", vi="Xét nghiệm âm tính")
        )
    return "; ".join(told)
