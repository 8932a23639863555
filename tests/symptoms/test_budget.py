"""spec/symptoms/budget.md: what a person's reports have told, and whether there may be another."""

import contextlib
import math
import re
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dp3t.codec import Value, encode
from dp3t.errors import ClockError, Dp3tError, MalformedError, PolicyError, ReplayError
from dp3t.symptoms.budget import Agreed, Budget, Declined, Drawn, Spent, told
from dp3t.symptoms.survey import MOST_WINDOW_EPSILON, WINDOW_DAYS, Survey
from dp3t.timeline import Day
from surveys import TODAY, survey

YES, NO = bytes, lambda count: b"\xff" * count  # what draws as the lowest number and as a high one
DAILY = survey(report_per_mille=1_000)


def rand_of(number: int) -> Callable[[int], bytes]:
    return lambda count: number.to_bytes(count, "big")


def drawn(
    days: range | list[int], held: Survey = DAILY, *, member: int = 1, start: Budget | None = None
) -> tuple[list[int], Budget]:
    """Draw on some days after today; return those with a report, and the budget after them."""
    budget, reports = Budget() if start is None else start, []
    for ahead in days:
        with contextlib.suppress(PolicyError):
            report, budget = budget.draw(member, held, Day(TODAY + ahead), rand=bytes)
            reports += [ahead] * report
    return reports, budget


@pytest.mark.spec("BUDGET-1")
def test_a_day_that_is_drawn_is_spent_at_once_and_another_costs_nothing() -> None:
    half = survey(report_per_mille=500)
    report, after = Budget().draw(1, half, TODAY, rand=rand_of(499))
    assert report
    assert after.spent == (Spent(1, TODAY, 1_099),)
    report, after = Budget().draw(1, half, TODAY, rand=rand_of(500))
    assert not report
    assert after == Budget(drawn=(Drawn(1, TODAY),))


@pytest.mark.spec("BUDGET-2")
def test_nobody_reports_more_often_than_the_survey_says() -> None:
    """Negative: over 120 days of wanting to report each day, no 28 days have more than four."""
    reports, _ = drawn(range(120))
    assert reports == [0, 1, 2, 3, 28, 29, 30, 31, 56, 57, 58, 59, 84, 85, 86, 87, *range(112, 116)]
    weekly, _ = drawn(range(40), survey(report_per_mille=1_000, window_days=7, most_reports=1))
    assert weekly == [0, 7, 14, 21, 28, 35]
    for first in range(120):
        assert len([day for day in reports if first <= day < first + WINDOW_DAYS]) <= 4


@pytest.mark.spec("BUDGET-2")
def test_no_window_costs_more_than_an_app_allows_whatever_surveys_come() -> None:
    """Negative: surveys that are each within the limits, one after the other, each new."""
    kinds = [(250, 28, 4), (400, 7, 2), (450, 1, 1), (300, 14, 2)]
    budget, costs = Budget(), dict[int, int]()
    for ahead in range(150):
        turned, window, most = kinds[ahead % 4]
        held = survey(
            number=ahead + 1,
            turned_per_mille=turned,
            window_days=window,
            most_reports=most,
            report_per_mille=1_000,
        )
        with contextlib.suppress(PolicyError):
            report, budget = budget.draw(1, held, Day(TODAY + ahead), rand=bytes)
            costs[ahead] = held.epsilon_thousandths * report
        total = sum(cost for day, cost in costs.items() if day > ahead - WINDOW_DAYS)
        assert total <= MOST_WINDOW_EPSILON
    assert sum(costs.values()) > 4 * MOST_WINDOW_EPSILON


@pytest.mark.spec("BUDGET-2")
def test_a_survey_that_no_app_takes_draws_nothing() -> None:
    for curious in (survey(turned_per_mille=200), survey(most_reports=9), survey(min_reports=2)):
        with pytest.raises(PolicyError, match="this app"):
            Budget().draw(1, curious, TODAY, rand=bytes)


@pytest.mark.spec("BUDGET-3")
def test_a_day_is_drawn_once_and_a_clock_that_goes_back_draws_nothing() -> None:
    """Negative: also after a restart, and where the draw said no."""
    for rand in (bytes, rand_of(2**14)):
        _, budget = Budget().draw(1, survey(), TODAY, rand=rand)
        again = Budget.decode(budget.encode())
        with pytest.raises(ReplayError, match="drawn already"):
            again.draw(1, survey(), TODAY, rand=bytes)
        for back in (1, 27, 28, 400):
            with pytest.raises(ClockError, match="later day"):
                again.draw(1, survey(), Day(TODAY - back), rand=bytes)


@pytest.mark.spec("BUDGET-4")
def test_a_new_survey_resets_nothing() -> None:
    """Negative: another number, another question, another chance."""
    _, budget = drawn(range(4))
    for other in (
        survey(number=4, report_per_mille=1_000),
        survey(number=9, turned_per_mille=300, report_per_mille=1_000),
        survey(number=5, window_days=27, most_reports=4, turned_per_mille=380),
    ):
        with pytest.raises(PolicyError):
            budget.draw(1, other, Day(TODAY + 4), rand=bytes)
    assert drawn(range(4, 33), survey(number=4, report_per_mille=1_000), start=budget)[0] == [
        *(28, 29, 30, 31)
    ]


@pytest.mark.spec("BUDGET-5")
def test_each_member_has_a_budget_of_their_own() -> None:
    _, budget = drawn(range(4))
    with pytest.raises(PolicyError):
        budget.draw(1, DAILY, Day(TODAY + 4), rand=bytes)
    reports, both = drawn(range(3), member=2, start=budget)
    assert reports == [0, 1, 2]
    assert both.of(1, Day(TODAY + 3)) == budget.of(1, Day(TODAY + 3))
    assert len(both.of(2, Day(TODAY + 3))) == 3
    _, later = budget.draw(2, DAILY, Day(TODAY + 40), rand=bytes)
    with pytest.raises(PolicyError, match="in 28 days"):
        later.draw(1, DAILY, Day(TODAY + 5), rand=bytes)


@pytest.mark.spec("BUDGET-7")
def test_a_budget_is_stored_as_it_is_and_holds_28_days_at_most() -> None:
    _, budget = drawn(range(200))
    _, budget = drawn(range(190, 200), member=7, start=budget)
    assert Budget.decode(budget.encode()) == budget
    assert {each.member for each in budget.spent} == {1, 7}
    assert all(each.day > TODAY + 199 - WINDOW_DAYS for each in budget.spent)


@pytest.mark.spec("SURVEY-5", "BUDGET-7")
def test_who_takes_part_is_asked_once_for_each_survey_and_can_stop() -> None:
    """Negative: neither another member nor another survey is agreed to, and nothing is reset."""
    _, budget = drawn(range(2))
    agreed = budget.agree(7, DAILY).agree(1, DAILY)
    assert agreed.agreed == (Agreed(1, 3), Agreed(7, 3))
    assert Budget.decode(agreed.encode()) == agreed
    _, later = agreed.draw(1, DAILY, Day(TODAY + 2), rand=bytes)
    assert later.takes_part(1, survey())
    assert not later.takes_part(2, DAILY)
    assert not later.takes_part(1, survey(number=4))
    moved = later.agree(1, survey(number=4))
    assert (moved.takes_part(1, survey(number=4)), moved.takes_part(1, DAILY)) == (True, False)
    stopped = moved.stop(1)
    assert (stopped.agreed, stopped.declined) == ((Agreed(7, 3),), (Declined(1, 4),))
    assert stopped.stop(1).stop(2) == stopped
    assert (stopped.spent, stopped.drawn) == (later.spent, later.drawn)


@pytest.mark.spec("BUDGET-7")
@pytest.mark.parametrize(
    "agreed",
    [
        [(2, 1), (1, 1)],
        [(1, 1), (1, 2)],
        [(0, 1)],
        [(256, 1)],
        [(1, 0)],
        [(1, 2**32)],
        [(member, 1) for member in range(1, 66)],
    ],
)
def test_an_agreement_that_no_app_wrote_is_refused(agreed: list[tuple[int, int]]) -> None:
    rows: list[Value] = [{"member": member, "survey": number} for member, number in agreed]
    for one, other in (("agreed", "declined"), ("declined", "agreed")):
        value: Value = {one: rows, other: [], "drawn": [], "spent": [], "version": 1}
        with pytest.raises(MalformedError):
            Budget.decode(encode(value))


@pytest.mark.spec("SURVEY-5", "BUDGET-7")
def test_who_does_not_take_part_is_stored_and_can_join() -> None:
    """Negative: of another member and another survey it says nothing; nobody does both."""
    _, budget = drawn(range(2))
    declined = budget.decline(7, DAILY).decline(1, DAILY)
    assert declined.declined == (Declined(1, 3), Declined(7, 3))
    assert Budget.decode(declined.encode()) == declined
    assert (declined.spent, declined.drawn) == (budget.spent, budget.drawn)
    assert declined.has_declined(1, DAILY)
    assert not declined.takes_part(1, DAILY)
    assert not declined.has_declined(2, DAILY)
    assert not declined.has_declined(1, survey(number=4))
    joined = declined.agree(1, DAILY)
    assert (joined.agreed, joined.declined) == ((Agreed(1, 3),), (Declined(7, 3),))
    with pytest.raises(MalformedError, match="takes part and does not"):
        Budget(agreed=(Agreed(1, 3),), declined=(Declined(1, 4),))
    with pytest.raises(MalformedError, match="out of range"):
        Budget(declined=(Declined(0, 3),))


@pytest.mark.spec("BUDGET-7")
@pytest.mark.parametrize(
    ("spent", "draws"),
    [
        ([(1, 100, 9)], []),
        ([(1, 101, 9)], [(1, 100)]),
        ([(1, 72, 9)], [(1, 100)]),
        ([(1, 99, 9), (1, 99, 9)], [(1, 100)]),
        ([(1, 99, 9), (1, 98, 9)], [(1, 100)]),
        ([], [(2, 100), (1, 100)]),
        ([], [(1, 100), (1, 101)]),
        ([], [(0, 100)]),
        ([], [(256, 100)]),
        ([(1, 99, 0)], [(1, 100)]),
        ([(1, 99, 7_001)], [(1, 100)]),
        ([], [(member, 100) for member in range(1, 66)]),
    ],
)
def test_a_stored_budget_that_no_app_wrote_is_refused(
    spent: list[tuple[int, int, int]], draws: list[tuple[int, int]]
) -> None:
    value: Value = {
        "agreed": [],
        "declined": [],
        "drawn": [{"day": day, "member": member} for member, day in draws],
        "spent": [
            {"day": day, "epsilon_thousandths": cost, "member": member}
            for member, day, cost in spent
        ],
        "version": 1,
    }
    with pytest.raises(MalformedError):
        Budget.decode(encode(value))


@pytest.mark.spec("BUDGET-7")
@given(st.binary(max_size=200))
def test_any_bytes_are_a_budget_or_refused(data: bytes) -> None:
    with contextlib.suppress(Dp3tError):
        assert Budget.decode(data).encode() == data


@pytest.mark.spec("BUDGET-6")
def test_a_person_is_told_in_plain_words_of_both_languages() -> None:
    _, budget = drawn(range(2))
    texts = told(budget, 1, DAILY, Day(TODAY + 2))
    assert texts.en.startswith("With 1 chance in 4 the answer is turned round")
    assert "at most 3 times" in texts.en
    assert "at most 4 reports; in the last 28 days 2 were used" in texts.en
    assert texts.en.endswith("at most 81 times.")
    assert "1 phần 4, câu trả lời bị đảo ngược" in texts.vi
    assert "tối đa 4 báo cáo; 28 ngày qua đã dùng 2" in texts.vi
    assert "nhiều nhất 81 lần" in texts.vi
    assert not re.search("[εΕ=^%]|epsilon", texts.vi + texts.en)


@pytest.mark.spec("BUDGET-6")
def test_other_chances_are_told_by_what_they_are() -> None:
    texts = told(Budget(), 1, survey(turned_per_mille=300, most_reports=3), TODAY)
    assert "With 300 chances in 1,000" in texts.en
    assert "at most 2.3 times" in texts.en
    assert "nhiều nhất 2,3 lần" in texts.vi
    assert "at most 12.7 times" in texts.en


@pytest.mark.spec("BUDGET-6", "BUDGET-4")
def test_what_other_surveys_have_cost_is_told_with_what_may_follow() -> None:
    """Three reports of another survey, 7 to 3 each, and one of this one, 3 to 1: 38 times."""
    other = survey(turned_per_mille=300, most_reports=5, report_per_mille=1_000)
    _, budget = drawn(range(3), other)
    held = survey(number=4, most_reports=1, window_days=14)
    assert told(Budget(), 1, held, Day(TODAY + 9)).en.endswith("at most 9 times.")
    assert told(budget, 1, held, Day(TODAY + 9)).en.endswith("at most 38.2 times.")
    assert "nhiều nhất 38,2 lần" in told(budget, 1, held, Day(TODAY + 9)).vi
    assert told(budget, 1, held, Day(TODAY + 28)).en.endswith("at most 16.4 times.")
    assert told(budget, 1, held, Day(TODAY + 29)).en.endswith("at most 9 times.")
    assert told(budget, 2, held, Day(TODAY + 9)).en.endswith("at most 9 times.")


@pytest.mark.spec("BUDGET-6")
def test_what_is_told_is_what_can_happen_and_never_above_the_limit() -> None:
    """Negative: nobody is told less than 28 days of reporting cost, of which each is rounded up."""
    kinds = [(400, 7, 2), (470, 1, 1), (300, 14, 2), (480, 28, 28), (250, 28, 4)]
    budget = Budget()
    for ahead in range(60):
        turned, window, most = kinds[ahead // 4 % 5]
        held = survey(
            number=ahead + 1, turned_per_mille=turned, window_days=window, most_reports=most
        )
        day = Day(TODAY + ahead)
        said = float(told(budget, 1, held, day).en.split()[-2])
        _, after = drawn(range(ahead, ahead + 28), held, start=budget)
        for later in (day, Day(day + 13), Day(day + 27)):
            known = set(budget.spent + after.spent)  # the later one forgets what is old
            least = sum(
                each.epsilon_thousandths - 1
                for each in known
                if later - WINDOW_DAYS < each.day <= later
            )
            assert said >= math.exp(least / 1_000) - 0.1
        assert said <= math.exp(MOST_WINDOW_EPSILON / 1_000) + 0.1
        with contextlib.suppress(PolicyError):
            _, budget = budget.draw(1, held, day, rand=bytes)


@pytest.mark.spec("BUDGET-6")
def test_of_a_survey_that_no_app_takes_nothing_is_told() -> None:
    with pytest.raises(PolicyError, match="this app"):
        told(Budget(), 1, survey(turned_per_mille=200), TODAY)
