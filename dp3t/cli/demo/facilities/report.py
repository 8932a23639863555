"""What came of the week, for scripts and for people."""

from collections import Counter
from collections.abc import Iterator

from rich.markup import escape
from rich.table import Table

from dp3t.cli.demo.declarations.checks import Check, all_right
from dp3t.cli.demo.facilities.run import Outcome
from dp3t.cli.demo.facilities.week import DAYS, Due, Scenario, nth
from dp3t.cli.language import language, number, text
from dp3t.facilities.state import State
from dp3t.timeline import Day, day_to_date


def result(scenario: Scenario, outcome: Outcome) -> dict[str, object]:
    """Return what `--json` prints."""
    return {
        "seed": scenario.seed,
        "right": is_right(outcome),
        "facilities": len(scenario.district.facilities),
        "acts": outcome.map.acts,
        "pages": outcome.pages,
        "parts": {part.name.lower(): name for part, name in scenario.parts.items()},
        "states": {row.facility: row.state.value for row in outcome.map.rows},
        "days": {
            name: [{"state": d.state.value, "late": d.late, "missing": d.missing} for d in days]
            for name, days in outcome.calendars.items()
        },
        "checks": {
            story: [each.to_value() for each in checks] for story, checks in outcome.checks.items()
        },
        "seconds": round(outcome.seconds, 2),
    }


def is_right(outcome: Outcome) -> bool:
    """Return whether everything is as the known truth says."""
    return all(map(all_right, outcome.checks.values()))


def tables(scenario: Scenario, outcome: Outcome) -> Iterator[Table | str]:
    """Yield the week day by day, and then everything that had to be so."""
    yield text(
        en="{facilities} facilities, {acts} acts in {pages} pages of the record, {seconds} s.",
        vi="{facilities} cơ sở, {acts} bản ghi trong {pages} trang của sổ, {seconds} giây.",
    ).format(
        facilities=number(len(scenario.district.facilities)),
        acts=number(outcome.map.acts),
        pages=number(outcome.pages),
        seconds=number(outcome.seconds, decimals=1),
    )
    yield _days(outcome)
    yield _checks(outcome)


def _days(outcome: Outcome) -> Table:
    states = [State.SAFE, State.OVERDUE, State.UNSAFE, State.CONTESTED, State.CLOSED]
    table = Table(
        text(en="Day", vi="Ngày"),
        text(en="safe", vi="an toàn"),
        text(en="overdue", vi="quá hạn"),
        text(en="unsafe", vi="không an toàn"),
        text(en="contested", vi="bị phản ánh"),
        text(en="closed", vi="đóng cửa"),
        text(en="late", vi="trễ"),
        text(en="missing", vi="thiếu"),
    )
    for day in range(DAYS):
        found = [days[day] for days in outcome.calendars.values()]
        counts = Counter(each.state for each in found)
        table.add_row(
            f"{day_to_date(Day(nth(day))):%d/%m}",
            *(str(counts[state]) for state in states),
            *(str(sum(getattr(each, name) for each in found)) for name in Due._fields[1:]),
        )
    return table


def _checks(outcome: Outcome) -> Table:
    table = Table(text(en="It has to be so", vi="Điều phải đúng"), text(en="Verdict", vi="Kết quả"))
    for checks in outcome.checks.values():
        for each in checks:
            table.add_row(each.what.in_language(language()), _verdict(each))
    return table


def _verdict(found: Check) -> str:
    if found.right:
        return text(en="right", vi="đúng")
    wrong = f"{found.came}, {text(en='not', vi='không phải')} {found.due}"
    return f"[red]{escape(wrong)}[/]"
