"""A commune alarms: estimates with their intervals, beside what is true, and the chart of each."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from dp3t.cli.demo.declarations.checks import Check, check
from dp3t.cli.demo.declarations.outbreak import DAYS, LAST, OUTBREAK, Country
from dp3t.cli.demo.declarations.places import COMMUNES, ISLE, Commune
from dp3t.cli.demo.declarations.weeks import MEMBER, Weeks
from dp3t.symptoms.alarm import Reading, readings
from dp3t.symptoms.budget import told
from dp3t.symptoms.estimate import PARTS, Count, Estimates, Share, published_from
from dp3t.symptoms.survey import MOST_WINDOW_EPSILON, Survey
from dp3t.symptoms.words import Texts
from dp3t.timeline import Day, day_to_date

LEAST_COVERED_PERCENT = 85
"""Of some 140 intervals that each hold the truth 19 times in 20; fewer do once in 100,000 runs."""


@dataclass(frozen=True, slots=True)
class DayOf:
    """A day of a commune.

    Attributes:
        day: of the survey.
        truth: the share of its people who are ill, in parts of 100,000.
        reports: how many there were.
        share: the estimate; None where none is published.
        reading: of the chart; None where nothing is published.
    """

    day: Day
    truth: int
    reports: int
    share: Share | None
    reading: Reading | None

    @property
    def is_covered(self) -> bool:
        """Whether the interval holds the truth."""
        return self.share is not None and self.share.low <= self.truth <= self.share.high

    @property
    def alarms(self) -> bool:
        """Whether the chart raises the alarm."""
        return self.reading is not None and self.reading.alarm


@dataclass(slots=True, kw_only=True)
class Communes:
    """What came of the story.

    Attributes:
        country: the truth.
        days: of each commune, in order.
        told: what a phone says in plain words of the budget, to somebody who has just reported.
        reports: how many there were, of which the server counted the last.
        through_server: how many of them the server counted.
        checks: what had to be so.
    """

    country: Country
    days: dict[Commune, list[DayOf]] = field(default_factory=dict)
    told: Texts = field(default_factory=lambda: Texts(vi="", en=""))
    reports: int = 0
    through_server: int = 0
    checks: list[Check] = field(default_factory=list)

    def first_alarm(self, commune: Commune) -> Day | None:
        """Return the day on which the alarm rises in a commune; None where it never does."""
        return next((each.day for each in self.days[commune] if each.alarms), None)


def judge(
    country: Country,
    weeks: Weeks,
    published: Estimates,
    *,
    survey: Survey,
    sent: Mapping[str, Count],
) -> Communes:
    """Read the charts of all communes, and compare everything with the truth.

    Args:
        country: the truth.
        weeks: the counts of the days before the last.
        published: what the server has published of the last day.
        survey: which was held.
        sent: what the phones sent on the last day, by commune.
    """
    by_day = {
        day: Estimates.of(
            survey,
            region=published.region,
            day=day,
            issued=published_from(day),
            counts=counts.items(),
        )
        for day, counts in weeks.counts.items()
    }
    by_day[published.day] = published
    found = Communes(country=country)
    for commune in (*COMMUNES, ISLE):
        found.days[commune] = list(_days(commune, country, weeks, by_day, sent))
    found.through_server = sum(each.reports for each in sent.values())
    found.reports = weeks.reports + found.through_server
    found.told = told(weeks.budgets[weeks.last[0]], MEMBER, survey, LAST)
    found.checks += [
        *_published_checks(published, sent, survey),
        *_covered_checks(found),
        *_alarm_checks(found),
        check(
            "The most that a phone has spent in 28 days is within what an app allows",
            "Mức dùng nhiều nhất của một điện thoại trong 28 ngày không vượt giới hạn",
            due=True,
            came=weeks.most_spent <= MOST_WINDOW_EPSILON,
        ),
    ]
    return found


def _days(
    commune: Commune,
    country: Country,
    weeks: Weeks,
    by_day: Mapping[Day, Estimates],
    sent: Mapping[str, Count],
) -> Iterator[DayOf]:
    counts = {
        day: each.counts[commune.code]
        for day, each in by_day.items()
        if commune.code in each.counts
    }
    charted = {reading.day: reading for reading in readings(counts)}
    for day in DAYS:
        raw = sent if day == LAST else weeks.counts[day]
        count = raw.get(commune.code, Count(0, 0))
        share = by_day[day].share(commune.code) if day in counts else None
        truth = round(PARTS * country.share(commune, day))
        yield DayOf(day, truth, count.reports, share, charted.get(day))


def _published_checks(
    published: Estimates, sent: Mapping[str, Count], survey: Survey
) -> Iterator[Check]:
    large = {code: count for code, count in sent.items() if count.reports >= survey.min_reports}
    yield check(
        "What the server published of the last day is what the phones had sent",
        "Số liệu máy chủ công bố cho ngày cuối đúng bằng những gì điện thoại đã gửi",
        due={code: list(count) for code, count in sorted(large.items())},
        came={code: list(count) for code, count in published.counts.items()},
    )
    yield check(
        "Whether the small commune is among them",
        "Xã nhỏ có bị công bố hay không",
        due=False,
        came=ISLE.code in published.counts,
    )


def _covered_checks(found: Communes) -> Iterator[Check]:
    shares = [each for days in found.days.values() for each in days if each.share is not None]
    percent = 100 * sum(each.is_covered for each in shares) // max(1, len(shares))
    yield check(
        f"Intervals that hold the truth, at least {LEAST_COVERED_PERCENT}% of {len(shares)}",
        f"Khoảng tin cậy chứa sự thật, ít nhất {LEAST_COVERED_PERCENT}% trong {len(shares)}",
        due=True,
        came=percent >= LEAST_COVERED_PERCENT,
    )
    yield check(
        "Estimates of the small commune on any day",
        "Số ước lượng của xã nhỏ trong mọi ngày",
        due=0,
        came=sum(each.share is not None for each in found.days[ISLE]),
    )


def _alarm_checks(found: Communes) -> Iterator[Check]:
    stricken = found.country.stricken
    first = found.first_alarm(stricken)
    yield check(
        f"The alarm rises in {stricken.name} once the outbreak has begun, and not before",
        f"Cảnh báo xuất hiện ở {stricken.name} sau khi dịch bắt đầu, không sớm hơn",
        due=True,
        came=first is not None and first >= OUTBREAK,
    )
    yield check(
        "Other communes with an alarm",
        "Xã khác có cảnh báo",
        due=[],
        came=[
            f"{commune.name} {day_to_date(each.day).isoformat()}"
            for commune, days in found.days.items()
            if commune != stricken
            for each in days
            if each.alarms
        ],
    )
