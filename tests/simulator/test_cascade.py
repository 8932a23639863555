"""The cascade of notifications, counted from events that were made by hand."""

from dataclasses import replace

import numpy as np
import pytest

from dp3t_simulator.cascade import Cascade, cascade, counted, total
from dp3t_simulator.result import EVENTS, Columns
from dp3t_simulator.scenario.settings import Scenario

DAYS = 60  # days 14 to 45 are counted


def table(name: str, **columns: list[int]) -> Columns:
    rows = len(next(iter(columns.values())))
    return {
        column: np.array(columns.get(column, [0] * rows), dtype=kind)
        for column, kind in EVENTS[name].items()
    }


def made() -> Cascade:
    """Ten people, of whom 0 to 7 have the app, and a few warnings."""
    events = {
        "infections": table("infections", person=[9, 0, 1, 2, 3], day=[13, 14, 18, 20, 46]),
        "uploads": table("uploads", person=[6, 0, 5, 7], day=[13, 14, 45, 46]),
        "notices": table(
            "notices",
            #       too early; true; the same morning; another one; false; infected later; too late
            person=[3, 1, 1, 1, 4, 2, 5],
            day=[13, 20, 20, 22, 30, 19, 46],
            exposed_day=[12, 18, 17, 21, 28, 17, 44],
        ),
    }
    order = np.argsort(events["notices"]["day"], kind="stable")
    events["notices"] = {name: column[order] for name, column in events["notices"].items()}
    positive_day = np.full(10, -1, dtype=np.int16)
    #   warned on day 20, found 14 days later; on 30, found 15 days later; on 19, found before
    positive_day[[1, 4, 2, 9, 8]] = [34, 45, 18, 15, 46]
    app = np.arange(10) < 8
    return counted(events, positive_day, app, days=DAYS)


def test_what_happened_between_the_first_and_the_last_two_weeks_is_counted() -> None:
    found = made()
    assert (found.people, found.users, found.person_days) == (10, 8, 10 * 32)
    assert (found.infections, found.uploads) == (3, 2)
    assert (found.cases, found.user_cases) == (4, 3)


def test_a_morning_is_one_warning_and_a_person_one_of_the_warned() -> None:
    found = made()
    assert (found.warnings, found.warned) == (4, 3)


def test_only_results_that_follow_a_warning_within_two_weeks_count() -> None:
    found = made()
    assert (found.warned_infected, found.warned_positive) == (1, 1)


def test_ratios_of_several_runs_are_those_of_their_sums() -> None:
    both = total([made(), replace(made(), uploads=0, warnings=0)])
    assert (both.people, both.uploads) == (20, 2)
    assert both.ratios == {
        "users_per_person": 0.8,
        "cases_per_100000_daily": 1250.0,
        "cases_per_infection": 1.3333,
        "uploads_per_user_case": 0.3333,
        "warnings_per_upload": 2.0,
        "warned_positive": 0.3333,
        "warned_infected": 0.3333,
    }


def test_nothing_divided_by_nothing_is_nothing() -> None:
    assert replace(made(), uploads=0).ratios["warnings_per_upload"] is None


def test_a_run_without_days_to_count_is_refused() -> None:
    with pytest.raises(ValueError, match="28 days"):
        cascade(Scenario(name="short", days=28), seed=1)
