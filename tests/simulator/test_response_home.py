from concurrent.futures import Executor, ThreadPoolExecutor

import numpy as np
import pytest

from dp3t_simulator.response.confinement import Cause, Confinement
from dp3t_simulator.response.measures import Measures
from dp3t_simulator.scenario.settings import QuarantineSettings
from dp3t_simulator.state import Stage, State, healthy

STEADY = QuarantineSettings(daily_dropout=0.0)


def home(state: State, day: int) -> list[int]:
    """Return whose history says that they stayed at home on a day."""
    at_home = state.home >> np.uint32(day % 32) & np.uint32(1)
    return [int(person) for person in np.flatnonzero(at_home)]


def quarantine(
    confinement: Confinement, people: list[int], until: list[int], day: int, share: float = 1.0
) -> list[int]:
    found = confinement.quarantine(
        np.array(people), np.array(until), day, cause=Cause.APP, share=share
    )
    return [int(person) for person in found]


@pytest.mark.spec("RESPONSE-5")
@pytest.mark.spec("RESPONSE-7")
def test_isolation_lasts_from_today_to_before_its_end() -> None:
    state = healthy(3)
    confinement = Confinement(STEADY, state, 1)
    seen = []
    for day in range(8):
        if day == 2:
            confinement.isolate(np.array([1]), 5)
        confinement.write(day, Measures())
        seen.append(home(state, day))
    assert seen == [[], [], [1], [1], [1], [], [], []]
    assert state.isolated_until.tolist() == [0, 5, 0]


@pytest.mark.spec("RESPONSE-5")
def test_the_longer_of_two_isolations_holds() -> None:
    state = healthy(1)
    confinement = Confinement(STEADY, state, 1)
    confinement.isolate(np.array([0]), 9)
    confinement.isolate(np.array([0]), 4)
    assert state.isolated_until[0] == 9


@pytest.mark.spec("RESPONSE-6")
def test_a_quarantine_begins_today_and_ends_before_its_day() -> None:
    state = healthy(2)
    confinement = Confinement(STEADY, state, 1)
    assert quarantine(confinement, [0], [6], 4) == [0]
    seen = []
    for day in range(4, 8):
        measures = Measures()
        confinement.write(day, measures)
        seen.append(home(state, day))
        assert measures.quarantined_app == measures.at_home == len(seen[-1])
    assert seen == [[0], [0], [], []]
    assert (state.quarantine_from[0], state.quarantined_until[0]) == (4, 6)


@pytest.mark.spec("RESPONSE-6")
def test_a_quarantine_that_would_end_today_or_before_is_none() -> None:
    state = healthy(2)
    confinement = Confinement(STEADY, state, 1)
    assert quarantine(confinement, [0, 1], [4, 2], 4) == []
    confinement.write(4, Measures())
    assert home(state, 4) == []
    assert state.quarantine_from.tolist() == [-1, -1]


@pytest.mark.spec("RESPONSE-6")
def test_a_longer_quarantine_prolongs_and_a_shorter_one_changes_nothing() -> None:
    state = healthy(1)
    confinement = Confinement(STEADY, state, 1)
    quarantine(confinement, [0], [8], 2)
    assert quarantine(confinement, [0], [10], 5) == []
    assert quarantine(confinement, [0], [7], 6) == []
    assert (state.quarantine_from[0], state.quarantined_until[0]) == (2, 10)
    assert quarantine(confinement, [0], [15], 10) == [0]
    assert state.quarantine_from[0] == 10


@pytest.mark.spec("RESPONSE-13")
def test_a_prolonged_quarantine_is_counted_under_its_first_reason() -> None:
    state, measures = healthy(2), Measures()
    confinement = Confinement(STEADY, state, 1)
    one = np.array([0])
    confinement.quarantine(one, one + 8, 2, cause=Cause.HOUSEHOLD, share=1.0)
    confinement.quarantine(one, one + 9, 3, cause=Cause.VENUE, share=1.0)
    confinement.quarantine(one + 1, one + 9, 3, cause=Cause.MANUAL, share=1.0)
    confinement.write(3, measures)
    assert (measures.quarantined_household, measures.quarantined_venue) == (1, 0)
    assert (measures.quarantined_manual, measures.quarantined) == (1, 2)


@pytest.mark.spec("RESPONSE-13")
def test_who_is_in_isolation_and_in_quarantine_is_counted_once() -> None:
    state, measures = healthy(1), Measures()
    confinement = Confinement(STEADY, state, 1)
    quarantine(confinement, [0], [9], 2)
    confinement.isolate(np.array([0]), 9)
    confinement.write(2, measures)
    assert (measures.isolated, measures.quarantined, measures.at_home) == (1, 0, 1)


@pytest.mark.spec("RESPONSE-6")
def test_of_several_ends_of_one_person_the_last_holds() -> None:
    state = healthy(6)
    confinement = Confinement(STEADY, state, 1)
    assert quarantine(confinement, [5, 3, 5, 3, 1], [9, 2, 4, 7, 0], 1) == [3, 5]
    assert state.quarantined_until.tolist() == [0, 0, 0, 7, 0, 9]
    assert quarantine(confinement, [], [], 1) == []


def test_who_stays_at_home_does_not_depend_on_the_number_of_threads(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Long enough for bits of the history to be used again, and people enough for four parts."""
    monkeypatch.setattr("dp3t_simulator.response.confinement._PEOPLE_PER_PART", 2048)
    people, days = 9_000, 40

    def stayed(threads: Executor | None) -> list[tuple[bytes, Measures]]:
        state, found = healthy(people), []
        confinement = Confinement(QuarantineSettings(daily_dropout=0.2), state, 1, threads)
        for day in range(days):
            some = [person for person in range(people) if (person + day) % 8]
            quarantine(confinement, some, [day + 2 + person % 3 for person in some], day, 0.9)
            measures = Measures()
            confinement.write(day, measures)
            found.append((state.home.tobytes(), measures))
        return found

    with ThreadPoolExecutor(3) as threads:
        assert stayed(threads) == stayed(None)


@pytest.mark.spec("RESPONSE-6")
@pytest.mark.spec("RESPONSE-15")
def test_the_willing_are_a_share_and_the_same_people_each_time() -> None:
    everybody = list(range(5_000))

    def follow(share: float, day: int, seed: int = 1) -> set[int]:
        confinement = Confinement(STEADY, healthy(5_000), seed)
        return set(quarantine(confinement, everybody, [day + 9] * 5_000, day, share))

    assert follow(0.0, 3) == set()
    assert follow(1.0, 3) == set(everybody)
    assert len(follow(0.7, 3)) == pytest.approx(3_500, abs=130)
    assert follow(0.7, 3) == follow(0.7, 8)
    assert follow(0.4, 3) < follow(0.7, 3)
    assert follow(0.7, 3) != follow(0.7, 3, seed=2)


@pytest.mark.spec("RESPONSE-7")
def test_the_unsteady_go_out_for_a_day_at_a_time() -> None:
    people, share = 4_000, 0.25
    state = healthy(people)
    confinement = Confinement(QuarantineSettings(daily_dropout=share), state, 1)
    quarantine(confinement, list(range(people)), [20] * people, 0)
    out = np.zeros((10, people), dtype=bool)
    for day in range(10):
        measures = Measures()
        confinement.write(day, measures)
        out[day, np.setdiff1d(np.arange(people), home(state, day))] = True
        assert measures.days_out == out[day].sum() == people - measures.at_home
    assert out.mean() == pytest.approx(share, abs=0.01)
    assert (out[1:] & out[:-1]).mean() == pytest.approx(share**2, abs=0.01)


@pytest.mark.spec("RESPONSE-7")
def test_all_or_nobody_in_quarantine_goes_out_and_nobody_in_isolation() -> None:
    state, measures = healthy(2), Measures()
    confinement = Confinement(QuarantineSettings(daily_dropout=1.0), state, 1)
    quarantine(confinement, [0, 1], [9, 9], 0)
    confinement.isolate(np.array([1]), 9)
    confinement.write(0, measures)
    assert home(state, 0) == [1]
    assert (measures.days_out, measures.at_home) == (1, 1)


@pytest.mark.spec("RESPONSE-7")
def test_a_history_forgets_what_is_32_days_old() -> None:
    state = healthy(1)
    confinement = Confinement(STEADY, state, 1)
    confinement.isolate(np.array([0]), 2)
    for day in range(33):
        confinement.write(day, Measures())
        assert home(state, 1) == ([0] if day >= 1 else [])
    assert home(state, 32) == []
    confinement.write(33, Measures())
    assert state.home[0] == 0


@pytest.mark.spec("RESPONSE-7")
@pytest.mark.parametrize("stage", [Stage.HOSPITAL, Stage.DEAD])
def test_who_is_in_hospital_or_dead_is_not_at_home(stage: Stage) -> None:
    state, measures = healthy(1), Measures()
    confinement = Confinement(STEADY, state, 1)
    confinement.isolate(np.array([0]), 5)
    state.stage[0] = stage
    confinement.write(0, measures)
    assert (home(state, 0), measures.at_home) == ([], 0)
    state.stage[0] = Stage.RECOVERED
    confinement.write(1, Measures())
    assert home(state, 1) == [0]


@pytest.mark.spec("RESPONSE-14")
def test_released_people_are_out_from_today() -> None:
    state = healthy(3)
    confinement = Confinement(STEADY, state, 1)
    quarantine(confinement, [0, 1], [9, 9], 2)
    assert confinement.release(np.array([1, 2]), 5) == 1
    confinement.write(5, Measures())
    assert home(state, 5) == [0]
    assert confinement.release(np.array([1, 2]), 6) == 0


@pytest.mark.spec("RESPONSE-6")
def test_the_dead_are_not_quarantined() -> None:
    state = healthy(2)
    state.stage[:] = [Stage.DEAD, Stage.RECOVERED]
    assert quarantine(Confinement(STEADY, state, 1), [0, 1], [9, 9], 2) == [1]
    assert state.quarantined_until.tolist() == [0, 9]
