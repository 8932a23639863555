"""Runs, small and real."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from dp3t_simulator.result import Result
from dp3t_simulator.scenario.reading import read_scenario, without_app
from dp3t_simulator.simulation import simulate


def _noted(days: list[tuple[float, int]]) -> Callable[[float, int], None]:
    return lambda done, total: days.append((done, total))


SMALL = read_scenario("app-and-manual-tracing")
SMALL = replace(
    SMALL,
    people=2_000,
    days=40,
    disease=replace(SMALL.disease, seeds=40),
    app=replace(SMALL.app, uptake=0.9),
)


@pytest.fixture(scope="module")
def ran() -> tuple[Result, list[tuple[float, int]]]:
    """Run the real thing, small, with the same world without the app."""
    days: list[tuple[float, int]] = []
    with pytest.MonkeyPatch.context() as patch:  # so few people are not worth a second thread
        patch.setattr("dp3t_simulator.epidemic.engine._SOURCES_PER_THREAD", 1)
        patch.setattr("dp3t_simulator.epidemic.engine._PEOPLE_PER_THREAD", 1)
        patch.setattr("dp3t_simulator.warnings.fast._REPORTS_PER_TASK", 1)
        result = simulate(SMALL, seed=4, threads=2, progress=_noted(days), record_exposures=True)
    return result, days


@pytest.mark.spec("SCENARIO-8")
def test_a_run_is_compared_with_the_same_luck_without_the_app(
    ran: tuple[Result, list[tuple[float, int]]],
) -> None:
    result, days = ran
    assert days == [(done, 80) for done in range(1, 81)]
    plain = simulate(without_app(SMALL), seed=4)
    assert plain.baseline is None
    assert result.baseline is not None
    assert result.baseline.infected == plain.summary.infected
    assert result.summary.cases_averted == plain.summary.infected - result.summary.infected
    assert simulate(SMALL, seed=4, baseline=False).baseline is None


@pytest.mark.spec("SCENARIO-9")
def test_the_same_seed_gives_the_same_tables_on_any_number_of_threads(
    ran: tuple[Result, list[tuple[float, int]]],
) -> None:
    again = simulate(SMALL, seed=4, threads=1, baseline=False, record_exposures=True)
    other = simulate(SMALL, seed=5, threads=1, baseline=False, record_exposures=True)
    for name in ("daily", *again.events):
        assert ran[0].to_arrow(name).equals(again.to_arrow(name)), name
    assert not ran[0].to_arrow("infections").equals(other.to_arrow("infections"))


@pytest.mark.spec("SCENARIO-10")
def test_the_tables_of_a_run_fit_together(ran: tuple[Result, list[tuple[float, int]]]) -> None:
    result, _ = ran
    daily, events = result.daily, result.events
    stages = ("susceptible", "incubating", "symptomatic", "asymptomatic", "hospital")
    living = sum(daily[name] for name in (*stages, "recovered"))
    assert (living + daily["dead"] == result.people).all()
    assert daily["infections"].sum() == len(events["infections"]["person"])
    assert daily["susceptible"][-1] == result.people - daily["infections"].sum()
    assert daily["uploads"].sum() == len(events["uploads"]["person"]) > 0
    assert daily["notices"].sum() == len(events["notices"]["person"]) > 0
    assert daily["exposures"].sum() == len(events["exposures"]["person"]) > 0
    assert daily["dead"][-1] == events["infections"]["died"].sum()
    assert result.people_by_age.sum() == result.people
    assert not simulate(SMALL, seed=4, baseline=False).recorded_exposures


@pytest.mark.spec("SCENARIO-7")
def test_every_notice_has_a_source_that_uploaded_before_it_and_covers_its_day(
    ran: tuple[Result, list[tuple[float, int]]],
) -> None:
    events = ran[0].events
    uploads = {
        int(person): (int(day), int(since), int(redacted))
        for person, day, since, redacted in zip(
            *(events["uploads"][name] for name in ("person", "day", "since", "redacted")),
            strict=True,
        )
    }
    columns = ("day", "person", "exposed_day", "source")
    sourced = set()
    for day, person, exposed_day, source in zip(
        *(events["sources"][name].tolist() for name in columns), strict=True
    ):
        uploaded, since, redacted = uploads[source]
        assert since <= exposed_day < uploaded <= day
        assert exposed_day != redacted
        assert person != source
        sourced.add((day, person, exposed_day))
    notices = zip(*(events["notices"][name].tolist() for name in columns[:3]), strict=True)
    assert sourced == set(notices)


def test_no_thread_is_refused_before_anything_runs() -> None:
    with pytest.raises(ValueError, match="at least one thread"):
        simulate(SMALL, seed=4, threads=0)


def test_a_result_is_shown_without_its_tables(
    ran: tuple[Result, list[tuple[float, int]]],
) -> None:
    shown = repr(ran[0])
    assert ", events=" not in shown
    assert ", daily=" not in shown
