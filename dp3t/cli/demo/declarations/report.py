"""What came of the stories, for scripts and for people."""

from collections.abc import Iterable, Iterator

from rich.markup import escape
from rich.table import Table

from dp3t.cli.demo.declarations.checks import Check, all_right
from dp3t.cli.demo.declarations.communes import DayOf
from dp3t.cli.demo.declarations.desks import BORDER, Desk
from dp3t.cli.demo.declarations.family import Advised, Family
from dp3t.cli.demo.declarations.gates import Shown, shown_in_words
from dp3t.cli.demo.declarations.household import NAMES
from dp3t.cli.demo.declarations.outbreak import OUTBREAK
from dp3t.cli.demo.declarations.places import PROVINCE_NAMES
from dp3t.cli.demo.declarations.run import Outcome, Scenario
from dp3t.cli.demo.declarations.travellers import Fate
from dp3t.cli.language import language, number, text
from dp3t.cli.moments import iso_moment
from dp3t.symptoms.estimate import PARTS
from dp3t.symptoms.words import Texts
from dp3t.timeline import Day, day_to_date

Document = dict[str, object]


def result(scenario: Scenario, outcome: Outcome) -> Document:
    """Return what `--json` prints."""
    return {
        "seed": scenario.seed,
        "right": is_right(outcome),
        "plane": {
            "declarations": len(outcome.plane.handed),
            "people": sum(each.party for each in scenario.travellers),
            "desks": {desk.place: len(desk.opened) for desk in outcome.plane.desks},
        },
        "gates": [_shown(outcome, each) for each in outcome.gates.shown],
        "family": {
            "advice": [_advised(each) for each in outcome.family.advised],
            "opened_by": [commune.code for commune in outcome.family.opened_by],
        },
        "communes": _communes(outcome),
        "checks": {
            story: [each.to_value() for each in checks]
            for story, checks in outcome.checks().items()
        },
        "seconds": round(outcome.seconds, 2),
    }


def is_right(outcome: Outcome) -> bool:
    """Return whether everything is as the known truth says."""
    return all(map(all_right, outcome.checks().values()))


def tables(scenario: Scenario, outcome: Outcome) -> Iterator[Table | str]:
    """Yield each story, and then everything that had to be so."""
    yield declared_in_words(scenario, outcome)
    yield _gates(outcome)
    yield _advice(outcome.family)
    yield _charts(outcome)
    yield reported_in_words(outcome)
    yield _checks(outcome)


def declared_in_words(scenario: Scenario, outcome: Outcome) -> str:
    """Return how many declared, and which desk opened how many."""
    desks = ", ".join(f"{desk_in_words(desk)} {len(desk.opened)}" for desk in outcome.plane.desks)
    return text(
        en="{declarations} declarations of {people} people, of {size} bytes each. Opened: {desks}.",
        vi="{declarations} tờ khai của {people} người, mỗi tờ {size} byte. Mở được: {desks}.",
    ).format(
        declarations=len(outcome.plane.handed),
        people=sum(each.party for each in scenario.travellers),
        size=number(len(outcome.plane.handed[0].envelope.encode())),
        desks=desks,
    )


def reported_in_words(outcome: Outcome) -> str:
    """Return which reports went which way, and when the alarm rose."""
    found = outcome.communes
    stricken = found.country.stricken
    alarm = found.first_alarm(stricken)
    return text(
        en=(
            "{reports} reports in five weeks. Those of the last day, {sent}, went through the "
            "server, each with a token; the others were drawn, budgeted, turned round and counted "
            "by the library's functions. The outbreak in {name} began on {began}; alarm: {alarm}."
        ),
        vi=(
            "{reports} báo cáo trong năm tuần. Báo cáo của ngày cuối, {sent}, đi qua máy chủ, mỗi "
            "báo cáo một thẻ ẩn danh; các báo cáo khác được rút thăm, trừ ngân sách, đảo ngẫu "
            "nhiên và đếm bằng chính các hàm của thư viện. Dịch ở {name} bắt đầu ngày {began}; "
            "cảnh báo: {alarm}."
        ),
    ).format(
        reports=number(found.reports),
        sent=number(found.through_server),
        name=stricken.name,
        began=short_date(OUTBREAK),
        alarm=text(en="none", vi="không có") if alarm is None else short_date(alarm),
    )


def desk_in_words(desk: Desk) -> str:
    """Return how a desk is called."""
    if desk.place == BORDER:
        return text(en="the border", vi="cửa khẩu")
    return PROVINCE_NAMES[desk.place]


def said(texts: Texts) -> str:
    """Return a text in the language of the person at the terminal."""
    return texts.in_language(language())


def short_date(day: Day) -> str:
    """Return a day as it is written in tables."""
    return f"{day_to_date(day):%d/%m}"


def verdict_in_words(shown: Shown) -> str:
    """Return what the officer was told."""
    return text(en=shown.verdict.en, vi=shown.verdict.vi)


def odd_ones(shown: Iterable[Shown]) -> list[Shown]:
    """Return one showing of a good receipt, and all of the others, in order of time."""
    every = list(shown)
    good = [each for each in every if each.showing.fate is Fate.GOOD]
    return [*good[:1], *(each for each in every if each.showing.fate is not Fate.GOOD)]


def estimate_in_words(day: DayOf) -> str:
    """Return an estimate with its interval, in per cent."""
    if day.share is None:
        return text(en="not published", vi="không công bố")
    low, likely, high = (percent(each) for each in day.share)
    return f"{likely}% ({low}-{high})"


def percent(parts: int) -> str:
    """Return parts of 100,000 as per cent."""
    return number(100 * parts / PARTS, decimals=1)


def _shown(outcome: Outcome, shown: Shown) -> Document:
    return {
        "traveller": outcome.plane.travellers[shown.showing.traveller].name,
        "gate": shown.showing.gate,
        "at": iso_moment(shown.showing.at),
        "receipt": shown.showing.fate.value,
        "due": shown.showing.due.value,
        "verdict": shown.verdict.value,
        "used_at": [use.gate for use in shown.passing.uses],
    }


def _advised(advised: Advised) -> Document:
    deciding = advised.advice.deciding
    return {
        "member": NAMES[advised.noted.member],
        "day": day_to_date(advised.noted.day).isoformat(),
        "due": advised.noted.due.value,
        "outcome": advised.advice.outcome.value,
        "rules": [fired.rule.name for fired in deciding],
        "facts": [said(fact) for fired in deciding for fact in fired.facts],
    }


def _communes(outcome: Outcome) -> Document:
    found = outcome.communes
    return {
        "stricken": found.country.stricken.code,
        "outbreak": day_to_date(OUTBREAK).isoformat(),
        "reports": found.reports,
        "through_server": found.through_server,
        "alarms": {
            commune.code: [day_to_date(each.day).isoformat() for each in days if each.alarms]
            for commune, days in found.days.items()
        },
        "days": {
            commune.code: [_day(each) for each in days] for commune, days in found.days.items()
        },
    }


def _day(day: DayOf) -> Document:
    share = None if day.share is None else list(day.share)
    return {
        "day": day_to_date(day.day).isoformat(),
        "reports": day.reports if share else None,
        "estimate": share,
        "truth": day.truth,
        "alarm": day.alarms,
    }


def _gates(outcome: Outcome) -> Table:
    table = Table(
        text(en="At the gate", vi="Ở cổng"),
        text(en="Traveller", vi="Người nhập cảnh"),
        text(en="Shows", vi="Xuất trình"),
        text(en="The officer is told", vi="Cán bộ thấy"),
    )
    for shown in odd_ones(outcome.gates.shown):
        traveller = outcome.plane.travellers[shown.showing.traveller]
        table.add_row(
            shown.showing.gate,
            traveller.name,
            said(shown_in_words(shown.showing)),
            _verdict(verdict_in_words(shown), right=shown.verdict is shown.showing.due),
        )
    return table


def _advice(family: Family) -> Table:
    table = Table(
        text(en="Day", vi="Ngày"),
        text(en="Who", vi="Ai"),
        text(en="Advice and its reason", vi="Lời khuyên và lý do"),
    )
    for each in family.advised:
        reasons = [
            " · ".join([said(fired.rule.text), *map(said, fired.facts)])
            for fired in each.advice.deciding
        ]
        table.add_row(
            short_date(each.noted.day), NAMES[each.noted.member], escape("\n".join(reasons))
        )
    return table


def _charts(outcome: Outcome) -> Table:
    table = Table(
        text(en="Commune, last day", vi="Xã, ngày cuối"),
        text(en="Reports", vi="Báo cáo"),
        text(en="Estimate (95%)", vi="Ước lượng (95%)"),
        text(en="Truth", vi="Sự thật"),
        text(en="Alarm since", vi="Cảnh báo từ"),
    )
    for commune, days in outcome.communes.days.items():
        last, alarm = days[-1], outcome.communes.first_alarm(commune)
        table.add_row(
            commune.name,
            str(last.reports) if last.share else text(en="few", vi="ít"),
            estimate_in_words(last),
            f"{percent(last.truth)}%",
            "" if alarm is None else short_date(alarm),
        )
    return table


def _checks(outcome: Outcome) -> Table:
    table = Table(text(en="It has to be so", vi="Điều phải đúng"), text(en="Verdict", vi="Kết quả"))
    for checks in outcome.checks().values():
        for check in checks:
            table.add_row(said(check.what), _outcome(check))
    return table


def _outcome(check: Check) -> str:
    if check.right:
        return text(en="right", vi="đúng")
    return _verdict(f"{check.came}, {text(en='not', vi='không phải')} {check.due}", right=False)


def _verdict(words: str, *, right: bool) -> str:
    return escape(words) if right else f"[red]{escape(words)}[/]"
