"""The renewal model against the table of the specification and against closed forms."""

import re
from collections.abc import Callable
from itertools import pairwise
from math import erf, exp, inf, log, nan, sqrt

import pytest

from dp3t_simulator import renewal
from dp3t_simulator.renewal import (
    FERRETTI_2020,
    Disease,
    NextGeneration,
    basic_reproduction_number,
    presymptomatic_share,
)
from project import ROOT

CHAPTER = (ROOT / "spec" / "simulator" / "simulator.md").read_text(encoding="utf-8")
SUCCESSES = [(0, 0), (0.3, 0.3), (0.5, 0.5), (0.6, 0.6), (0.8, 0.8), (1, 0), (0, 1), (1, 1)]
ISOLATIONS = [0.3, 0.5, 0.7, 0.9, 1]


def table(opening: str) -> dict[float, list[float]]:
    """Return the rows of the chapter's table whose header begins so: delay to numbers."""
    header, _, rest = CHAPTER[CHAPTER.index(opening) :].partition("\n")
    rows = re.match(r"\| ---.*\n((?:\|.*\n)+)", rest)
    assert rows, header
    numbers = [[float(each) for each in row.strip("| ").split("|")] for row in rows[1].splitlines()]
    return {row[0]: row[1:] for row in numbers}


REPRODUCTION = table("| d | εI, εT = 0, 0")
THRESHOLDS = table("| d | εI = .3")


def reproduction_number(isolation: float, tracing: float, *, delay_days: float = 0) -> float:
    return NextGeneration(delay_days=delay_days).reproduction_number(
        isolation=isolation, tracing=tracing
    )


def rectangles(f: Callable[[float], float], *, step: float = 0.002) -> float:
    """Return an integral over 40 days by the plainest rule there is."""
    return sum(f((n + 0.5) * step) for n in range(int(40 / step))) * step


@pytest.mark.spec("SIMULATOR-1")
@pytest.mark.parametrize("delay_days", REPRODUCTION)
def test_reproduction_numbers_are_those_of_the_table(delay_days: float) -> None:
    operator = NextGeneration(delay_days=delay_days)
    found = [operator.reproduction_number(isolation=i, tracing=t) for i, t in SUCCESSES]
    assert found == pytest.approx(REPRODUCTION[delay_days], abs=0.0005)


@pytest.mark.spec("SIMULATOR-1")
def test_without_measures_it_is_what_the_doubling_time_says() -> None:
    found = 1 / rectangles(lambda day: exp(-day * log(2) / 5) * generation(day))
    assert basic_reproduction_number(FERRETTI_2020) == pytest.approx(found, abs=1e-6)
    assert reproduction_number(0, 0, delay_days=2) == pytest.approx(found, abs=1e-6)


@pytest.mark.spec("SIMULATOR-1")
@pytest.mark.parametrize("delay_days", [0, 1.5])
def test_isolation_alone_is_an_integral(delay_days: float) -> None:
    """Nobody is traced, so that it does not matter how long a case's infector was infected."""
    symptomatic = 0.6 / (0.6 + 0.4 * 0.1)

    def infecting(day: float) -> float:
        return generation(day) * (1 - 0.7 * symptomatic * fallen_ill(day - delay_days))

    found = reproduction_number(0.7, 0, delay_days=delay_days)
    expected = basic_reproduction_number(FERRETTI_2020) * rectangles(infecting)
    assert found == pytest.approx(expected, abs=1e-6)


def test_twice_as_many_nodes_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    coarse = [reproduction_number(i, t, delay_days=1) for i, t in SUCCESSES]
    monkeypatch.setattr(renewal, "NODES", 2 * renewal.NODES)
    fine = [reproduction_number(i, t, delay_days=1) for i, t in SUCCESSES]
    assert coarse == pytest.approx(fine, abs=1e-6)


def test_a_disease_scaled_in_time_reproduces_as_before() -> None:
    slow = Disease(
        doubling_days=15,
        incubation_log_mean=FERRETTI_2020.incubation_log_mean + log(3),
        generation_scale_days=3 * FERRETTI_2020.generation_scale_days,
    )
    found = NextGeneration(slow, delay_days=3).reproduction_number(isolation=0.5, tracing=0.5)
    assert found == pytest.approx(reproduction_number(0.5, 0.5, delay_days=1), abs=1e-6)


def test_where_everybody_gets_symptoms_and_is_traced_the_operator_stays_finite() -> None:
    """An old case has had symptoms for certain, and the quotient of the operator is 0 / 0."""
    plain = Disease(asymptomatic_fraction=0, environmental_fraction=0)
    found = NextGeneration(plain).reproduction_number(isolation=0.0, tracing=1.0)
    assert 0 < found < basic_reproduction_number(plain)


def test_asked_once_traces_nobody_whom_a_found_case_infects() -> None:
    model = NextGeneration()
    for isolation, tracing, afresh, once in (
        (1.0, 1.0, 0.452, 0.452),  # whoever is found isolates, and infects nobody any more
        (0.5, 0.0, 1.535, 1.535),
        (0.5, 0.5, 1.044, 1.163),
        (0.0, 1.0, 0.673, 1.148),
    ):
        for asked_once, expected in ((False, afresh), (True, once)):
            found = model.reproduction_number(
                isolation=isolation, tracing=tracing, asked_once=asked_once
            )
            assert found == pytest.approx(expected, abs=0.0006)


@pytest.mark.spec("SIMULATOR-2")
def test_the_presymptomatic_share_is_that_of_the_paper() -> None:
    found = presymptomatic_share(FERRETTI_2020)
    assert found == pytest.approx(0.552, abs=0.0005)
    assert found == pytest.approx(rectangles(lambda day: generation(day) * (1 - fallen_ill(day))))


@pytest.mark.spec("SIMULATOR-3")
@pytest.mark.parametrize("delay_days", THRESHOLDS)
def test_thresholds_are_those_of_the_table(delay_days: float) -> None:
    operator = NextGeneration(delay_days=delay_days)
    found = [operator.tracing_threshold(isolation=each) for each in ISOLATIONS]
    assert found == pytest.approx(THRESHOLDS[delay_days], abs=0.0005)
    assert all(later < earlier for earlier, later in pairwise(each or 0 for each in found))


@pytest.mark.spec("SIMULATOR-3")
def test_at_its_threshold_an_epidemic_neither_grows_nor_shrinks() -> None:
    operator = NextGeneration()
    threshold = operator.tracing_threshold(isolation=0.5)
    assert threshold is not None
    found = operator.reproduction_number(isolation=0.5, tracing=threshold)
    assert found == pytest.approx(1, abs=1e-6)
    assert found <= 1


@pytest.mark.spec("SIMULATOR-3")
def test_a_slow_epidemic_needs_no_tracing_and_a_late_one_has_no_threshold() -> None:
    slow = NextGeneration(Disease(doubling_days=30))
    assert slow.tracing_threshold(isolation=1.0) == 0
    assert NextGeneration(delay_days=4).tracing_threshold(isolation=0.3) is None


@pytest.mark.parametrize("success", [-0.01, 1.01, nan])
def test_successes_outside_their_range_are_refused(success: float) -> None:
    operator = NextGeneration()
    with pytest.raises(ValueError, match="a success lies between 0 and 1"):
        operator.reproduction_number(isolation=success, tracing=0)
    with pytest.raises(ValueError, match="a success lies between 0 and 1"):
        operator.reproduction_number(isolation=0, tracing=success)
    with pytest.raises(ValueError, match="a success lies between 0 and 1"):
        operator.tracing_threshold(isolation=success)


@pytest.mark.parametrize("delay_days", [-0.5, inf, nan])
def test_delays_outside_their_range_are_refused(delay_days: float) -> None:
    with pytest.raises(ValueError, match="delay_days"):
        NextGeneration(delay_days=delay_days)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("doubling_days", 0),
        ("doubling_days", inf),
        ("incubation_log_sd", 0),
        ("generation_scale_days", -1),
        ("generation_shape", 0.9),
        ("generation_shape", nan),
        ("incubation_log_mean", nan),
        ("asymptomatic_fraction", 1),
        ("asymptomatic_fraction", -0.1),
        ("asymptomatic_infectiousness", -0.1),
        ("environmental_fraction", 1.1),
    ],
)
def test_a_disease_outside_its_ranges_is_refused_by_name(name: str, value: float) -> None:
    with pytest.raises(ValueError, match=name):
        Disease(**{name: value})


def generation(day: float) -> float:
    relative = day / 5.665
    return float(2.826 / 5.665 * relative**1.826 * exp(-(relative**2.826)))


def fallen_ill(day: float) -> float:
    return (1 + erf((log(day) - 1.644) / 0.363 / sqrt(2))) / 2 if day > 0 else 0.0
