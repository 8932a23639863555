"""The budget: who takes part, what their reports have told, and whether there may be another.

Whatever was spent counts, by whichever survey: a new one resets nothing [BUDGET-4]. A day is that
of a token, which a phone's clock cannot move, and each day is drawn once [BUDGET-3].
"""

import math
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from dp3t.codec import Fields, Value, decode, encode
from dp3t.errors import ClockError, MalformedError, PolicyError, ReplayError
from dp3t.params import LAST_DAY
from dp3t.primitives import Rand, random_below
from dp3t.symptoms.documents import HIGHEST_NUMBER
from dp3t.symptoms.survey import MOST_WINDOW_EPSILON, WHOLE, WINDOW_DAYS, Survey
from dp3t.symptoms.words import Texts
from dp3t.timeline import Day

MAX_BUDGET_BYTES = 2**17
MAX_MEMBERS = 64
_HIGHEST_MEMBER = 255
_MOST_COST = 7_000  # of one report by any survey that can be signed: 499 of 500 are kept
_VERSION = 1


@dataclass(frozen=True, slots=True, order=True)
class Spent:
    """What a report of a member cost.

    Attributes:
        member: their number, 1 to 255.
        day: of the report.
        epsilon_thousandths: epsilon, in thousandths.
    """

    member: int
    day: Day
    epsilon_thousandths: int


@dataclass(frozen=True, slots=True, order=True)
class Drawn:
    """The last day for which it was drawn whether a member reports."""

    member: int
    day: Day


@dataclass(frozen=True, slots=True, order=True)
class Agreed:
    """The number of the survey in which a member takes part."""

    member: int
    survey: int


@dataclass(frozen=True, slots=True, order=True)
class Declined:
    """The number of the survey in which a member does not take part."""

    member: int
    survey: int


@dataclass(frozen=True, slots=True)
class Budget:
    """What the members of a family have spent in the last 28 days; replaced as a whole.

    Attributes:
        spent: ascending by member and day, no day of a member twice.
        drawn: ascending by member, each once.
        agreed: who takes part; ascending by member, each once.
        declined: who does not; ascending by member, each once and none who takes part.

    Raises:
        MalformedError: a budget of another form.
    """

    spent: tuple[Spent, ...] = ()
    drawn: tuple[Drawn, ...] = ()
    agreed: tuple[Agreed, ...] = ()
    declined: tuple[Declined, ...] = ()

    def __post_init__(self) -> None:
        _require_order([(each.member, each.day) for each in self.spent])
        last = {each.member: each.day for each in self.drawn}
        agreed = [each.member for each in self.agreed]
        declined = [each.member for each in self.declined]
        for members in (list(last), agreed, declined):
            if len(members) > MAX_MEMBERS:
                raise MalformedError(f"a budget is of at most {MAX_MEMBERS} members")
            if not all(1 <= member <= _HIGHEST_MEMBER for member in members):
                raise MalformedError("the number of a member is out of range")
        _require_order([(each.member,) for each in self.drawn])
        _require_order([(member,) for member in agreed])
        _require_order([(member,) for member in declined])
        if not set(agreed).isdisjoint(declined):
            raise MalformedError("a member of a budget takes part and does not")
        for each in self.spent:
            newest = last.get(each.member, Day(-1))
            if not newest - WINDOW_DAYS < each.day <= newest:
                raise MalformedError("a budget holds a day that it cannot hold")

    def takes_part(self, member: int, survey: Survey) -> bool:
        """Return whether a member has agreed to take part in a survey [SURVEY-5]."""
        return Agreed(member, survey.number) in self.agreed

    def agree(self, member: int, survey: Survey) -> "Budget":
        """Return the budget of a member who takes part in a survey from now on [SURVEY-5]."""
        others = self._not_asked(member)
        agreed = tuple(sorted([*others.agreed, Agreed(member, survey.number)]))
        return replace(others, agreed=agreed)

    def has_declined(self, member: int, survey: Survey) -> bool:
        """Return whether a member has said that they do not take part in a survey [SURVEY-5]."""
        return Declined(member, survey.number) in self.declined

    def decline(self, member: int, survey: Survey) -> "Budget":
        """Return the budget of a member who does not take part; what is spent stays [SURVEY-5]."""
        return self._declining(member, survey.number)

    def stop(self, member: int) -> "Budget":
        """Return the budget of a member who takes part no more; what is spent stays [SURVEY-5]."""
        for each in self.agreed:
            if each.member == member:
                return self._declining(member, each.survey)
        return self

    def _declining(self, member: int, survey: int) -> "Budget":
        others = self._not_asked(member)
        return replace(others, declined=tuple(sorted([*others.declined, Declined(member, survey)])))

    def _not_asked(self, member: int) -> "Budget":
        """Return the budget without what a member has said, one way or the other."""
        return replace(
            self,
            agreed=tuple(each for each in self.agreed if each.member != member),
            declined=tuple(each for each in self.declined if each.member != member),
        )

    def draw(self, member: int, survey: Survey, day: Day, *, rand: Rand) -> tuple[bool, "Budget"]:
        """Draw whether a member reports on a day; if so, what that costs is spent [BUDGET-1].

        Save the budget that is returned before the answer is asked for, and before anything is
        sent: whatever happens later, the day does not come back.

        Args:
            member: their number, 1 to 255.
            survey: which is held now.
            day: of the token with which the report would be sent.
            rand: for the draw; it knows nothing of the answer.

        Raises:
            ReplayError: it was drawn for that day already.
            ClockError: it was drawn for a later day already.
            PolicyError: the member has spent what there is to spend, or the survey is one that no
                app takes.
        """
        survey.require_tolerable()
        self._require_new(member, day)
        self._require_left(member, survey, day)
        reports = random_below(WHOLE, rand=rand) < survey.report_per_mille
        kept = [
            each for each in self.spent if each.member != member or each.day > day - WINDOW_DAYS
        ]
        if reports:
            kept.append(Spent(member, day, survey.epsilon_thousandths))
        others = [each for each in self.drawn if each.member != member]
        drawn = tuple(sorted([*others, Drawn(member, day)]))
        return reports, replace(self, spent=tuple(sorted(kept)), drawn=drawn)

    def of(self, member: int, day: Day, *, days: int = WINDOW_DAYS) -> list[Spent]:
        """Return what a member has spent on a day and those before it."""
        return [each for each in self.spent if each.member == member and each.day > day - days]

    def _require_new(self, member: int, day: Day) -> None:
        for each in self.drawn:
            if each.member == member and each.day == day:
                raise ReplayError("it was drawn already whether this person reports today")
            if each.member == member and each.day > day:
                raise ClockError("it was drawn already for a later day")

    def _require_left(self, member: int, survey: Survey, day: Day) -> None:
        spent = sum(each.epsilon_thousandths for each in self.of(member, day))
        if spent + survey.epsilon_thousandths > MOST_WINDOW_EPSILON:
            raise PolicyError("another report would tell more than a person tells in 28 days")
        if len(self.of(member, day, days=survey.window_days)) >= survey.most_reports:
            raise PolicyError("this person has reported as often as the survey allows")

    def encode(self) -> bytes:
        """Return the budget for storage."""
        agreed: list[Value] = [
            {"member": each.member, "survey": each.survey} for each in self.agreed
        ]
        declined: list[Value] = [
            {"member": each.member, "survey": each.survey} for each in self.declined
        ]
        drawn: list[Value] = [{"day": each.day, "member": each.member} for each in self.drawn]
        spent: list[Value] = [
            {
                "day": each.day,
                "epsilon_thousandths": each.epsilon_thousandths,
                "member": each.member,
            }
            for each in self.spent
        ]
        return encode(
            {
                "agreed": agreed,
                "declined": declined,
                "drawn": drawn,
                "spent": spent,
                "version": _VERSION,
            }
        )

    @classmethod
    def decode(cls, data: bytes) -> "Budget":
        """Return the budget that `encode` stored.

        Raises:
            MalformedError: any other bytes; LimitError where they are too many.
        """
        fields = Fields(decode(data, limit_bytes=MAX_BUDGET_BYTES), what="the budget")
        fields.version(_VERSION)
        agreed = fields.items("agreed", most=MAX_MEMBERS)
        declined = fields.items("declined", most=MAX_MEMBERS)
        drawn = fields.items("drawn", most=MAX_MEMBERS)
        spent = fields.items("spent", most=MAX_MEMBERS * WINDOW_DAYS)
        fields.done()
        return cls(
            spent=tuple(map(_spent, spent)),
            drawn=tuple(map(_drawn, drawn)),
            agreed=tuple(Agreed(*_said(each)) for each in agreed),
            declined=tuple(Declined(*_said(each)) for each in declined),
        )


def told(budget: Budget, member: int, survey: Survey, day: Day) -> Texts:
    """Return in plain words what a report tells, and what is spent [BUDGET-6].

    Args:
        budget: of the family, with what was spent for other surveys too.
        member: their number, 1 to 255.
        survey: of which they are told.
        day: of the next token.

    Raises:
        PolicyError: the survey is one that no app takes.
    """
    survey.require_tolerable()
    turned, most = survey.turned_per_mille, survey.most_reports
    sent = len(budget.of(member, day))
    one_in = WHOLE // turned if WHOLE % turned == 0 else None
    once = (WHOLE - turned) / turned
    costs = _worst(budget, member, survey, day)
    own = costs.count(survey.epsilon_thousandths)
    others = sum(costs) - own * survey.epsilon_thousandths
    ever = once**own * math.exp(others / WHOLE)
    vi_odds = f"1 phần {one_in}" if one_in else f"{turned} phần nghìn"
    en_odds = f"1 chance in {one_in}" if one_in else f"{turned} chances in 1,000"
    return Texts(
        vi=(
            f"Với xác suất {vi_odds}, câu trả lời bị đảo ngược trước khi rời điện thoại. Vì vậy, "
            "ai đọc được một báo cáo cũng không biết bạn đã trả lời thế nào: báo cáo chỉ làm khả "
            f"năng bạn đã trả lời «có» so với «không» thay đổi nhiều nhất {_times(once, ',')} lần. "
            f"Trong {survey.window_days} ngày có tối đa {most} báo cáo; {WINDOW_DAYS} ngày qua đã "
            f"dùng {sent}. Ai biết được mọi báo cáo của bạn trong {WINDOW_DAYS} ngày: nhiều nhất "
            f"{_times(ever, ',')} lần."
        ),
        en=(
            f"With {en_odds} the answer is turned round before it leaves the phone. So whoever "
            "reads a report does not know what you answered: it changes the odds of yes against "
            f"no at most {_times(once, '.')} times. In {survey.window_days} days there are at most "
            f"{most} reports; in the last {WINDOW_DAYS} days {sent} were used. For somebody who "
            f"had all your reports of {WINDOW_DAYS} days it is at most {_times(ever, '.')} times."
        ),
    )


def _worst(budget: Budget, member: int, survey: Survey, day: Day) -> list[int]:
    """Return what the reports of the worst 28 days can cost, those up to now among them or not.

    Afterwards these days are of this survey alone; until then a member who is drawn on each day
    tells as much as anybody can [BUDGET-2].
    """
    once = survey.epsilon_thousandths
    found = [[once] * (survey.window_epsilon_thousandths // once)]
    for ahead in range(WINDOW_DAYS):
        later = Day(day + ahead)
        with suppress(PolicyError):
            _, budget = budget.draw(member, survey, later, rand=bytes)
        found.append([each.epsilon_thousandths for each in budget.of(member, later)])
    return max(found, key=sum)


def _times(factor: float, point: str) -> str:
    return f"{factor:.1f}".removesuffix(".0").replace(".", point)


def _require_order(keys: Sequence[tuple[int, ...]]) -> None:
    if list(keys) != sorted(set(keys)):
        raise MalformedError("the rows of a budget do not ascend")


def _said(value: Value) -> tuple[int, int]:
    """Return a member and the survey of which they said whether they take part."""
    fields = Fields(value, what="what a member of a budget said")
    said = fields.integer("member", 1, _HIGHEST_MEMBER), fields.integer("survey", 1, HIGHEST_NUMBER)
    fields.done()
    return said


def _drawn(value: Value) -> Drawn:
    fields = Fields(value, what="a draw of a budget")
    drawn = Drawn(fields.integer("member", 1, _HIGHEST_MEMBER), _day(fields))
    fields.done()
    return drawn


def _spent(value: Value) -> Spent:
    fields = Fields(value, what="a report of a budget")
    spent = Spent(
        fields.integer("member", 1, _HIGHEST_MEMBER),
        _day(fields),
        fields.integer("epsilon_thousandths", 1, _MOST_COST),
    )
    fields.done()
    return spent


def _day(fields: Fields) -> Day:
    return Day(fields.integer("day", 0, LAST_DAY))
