from dataclasses import replace

import numpy as np
import pytest

from dp3t_simulator.response.uploads import Illnesses, UploadDecisions
from dp3t_simulator.scenario.settings import AppSettings
from dp3t_simulator.state import Stage, State, healthy

WILLING = AppSettings(upload_consent=1.0, redaction=0.0)

Row = tuple[int, int, int, int]


def with_app(people: int) -> State:
    state = healthy(people)
    state.app[:] = 1
    return state


def uploads(
    state: State,
    cases: dict[int, int],
    *,
    day: int,
    settings: AppSettings = WILLING,
    illnesses: Illnesses | None = None,
    seed: int = 1,
) -> dict[int, list[Row]]:
    """Return person, since, onset and redacted by day of the upload.

    `cases` are the days of samples, whose results come in on `day`.
    """
    decisions = UploadDecisions(settings, state, illnesses or Illnesses(state.people), seed)
    people, taken = np.array([*cases]), np.array([*cases.values()])
    decisions.decide(people.astype(np.int32), taken.astype(np.int32), day)
    found = {}
    for each in range(day, day + 16):
        due = decisions.due(each)
        assert [column.dtype for column in due] == ["int32", "int16", "int16", "int16"]
        if len(due.person):
            found[each] = [
                (int(a), int(b), int(c), int(d)) for a, b, c, d in zip(*due, strict=True)
            ]
    return found


@pytest.mark.spec("RESPONSE-9")
@pytest.mark.parametrize("delay", [0, 1, 5])
def test_keys_are_uploaded_after_the_delay_from_2_days_before_the_sample(delay: int) -> None:
    state = with_app(3)
    settings = replace(WILLING, upload_delay_days=delay)
    assert uploads(state, {2: 9, 1: 8}, day=10, settings=settings) == {
        10 + delay: [(1, 6, -1, -1), (2, 7, -1, -1)]
    }
    assert state.uploaded_day.tolist() == [-1, 10 + delay, 10 + delay]


@pytest.mark.spec("RESPONSE-9")
def test_keys_are_uploaded_from_2_days_before_the_symptoms_and_their_day_is_told() -> None:
    illnesses = Illnesses(2)
    illnesses.fell_ill(np.array([0]), 5)
    assert uploads(with_app(2), {0: 8}, day=9, illnesses=illnesses) == {9: [(0, 3, 5, -1)]}


@pytest.mark.spec("RESPONSE-9")
def test_symptoms_count_that_began_14_days_before_the_sample_or_after_it() -> None:
    illnesses = Illnesses(3)
    for person, day in ((0, 5), (1, 6), (2, 21)):
        illnesses.fell_ill(np.array([person]), day)
    found = uploads(with_app(3), {0: 20, 1: 20, 2: 20}, day=21, illnesses=illnesses)
    assert found == {21: [(0, 18, -1, -1), (1, 7, 6, -1), (2, 19, 21, -1)]}


@pytest.mark.spec("RESPONSE-9")
@pytest.mark.parametrize("delay", [0, 2])
def test_symptoms_are_enough_where_they_ask_for_the_upload_and_a_result_asks_nobody(
    delay: int,
) -> None:
    settings = replace(WILLING, upload_on="symptoms", upload_delay_days=delay)
    state, illnesses = with_app(2), Illnesses(2)
    decisions = UploadDecisions(settings, state, illnesses, 1)
    ill = np.array([1], dtype=np.int32)
    illnesses.fell_ill(ill, 9)
    decisions.fell_ill(ill, 9)
    decisions.decide(np.array([0], dtype=np.int32), np.array([8], dtype=np.int32), 9)
    found = {day: [each.tolist() for each in decisions.due(day)] for day in range(9, 14)}
    nobody: list[list[int]] = [[], [], [], []]
    assert found == {
        day: [[1], [7], [9], [-1]] if day == 9 + delay else nobody for day in range(9, 14)
    }


@pytest.mark.spec("RESPONSE-9")
def test_symptoms_ask_nobody_where_a_result_does() -> None:
    decisions = UploadDecisions(WILLING, with_app(2), Illnesses(2), 1)
    decisions.fell_ill(np.array([1], dtype=np.int32), 9)
    assert len(decisions.due(9).person) == 0


@pytest.mark.spec("RESPONSE-9")
def test_no_key_is_older_than_the_phone_remembers_or_than_day_0() -> None:
    settings = replace(WILLING, retention_days=3)
    assert uploads(with_app(1), {0: 5}, day=9, settings=settings) == {9: [(0, 6, -1, -1)]}
    assert uploads(with_app(1), {0: 1}, day=2) == {2: [(0, 0, -1, -1)]}


@pytest.mark.spec("RESPONSE-9")
def test_an_upload_that_covers_no_day_is_not_made() -> None:
    state = with_app(1)
    assert uploads(state, {0: 0}, day=0) == {}
    assert state.uploaded_day[0] == -1


@pytest.mark.spec("RESPONSE-9")
def test_nobody_uploads_without_the_app_or_consent_or_when_dead_or_again() -> None:
    refuses = replace(WILLING, upload_consent=0.0)
    assert uploads(healthy(1), {0: 9}, day=9) == {}
    assert uploads(with_app(1), {0: 9}, day=9, settings=refuses) == {}
    dead, again = with_app(1), with_app(1)
    dead.stage[0], again.uploaded_day[0] = Stage.DEAD, 3
    assert uploads(dead, {0: 9}, day=9) == {}
    assert uploads(again, {0: 9}, day=9) == {}
    assert (dead.uploaded_day[0], again.uploaded_day[0]) == (-1, 3)


@pytest.mark.spec("RESPONSE-9")
@pytest.mark.parametrize("design", ["gaen", "unlinkable", "hybrid"])
def test_who_wants_to_holds_one_day_back_each_as_likely(design: str) -> None:
    settings = replace(WILLING, redaction=1.0, design=design)
    rows = uploads(with_app(3_000), dict.fromkeys(range(3_000), 8), day=9, settings=settings)[9]
    assert {row[:3] for row in rows} == {(person, 6, -1) for person in range(3_000)}
    days, counts = np.unique([row[3] for row in rows], return_counts=True)
    assert days.tolist() == [6, 7, 8]
    assert counts == pytest.approx(1_000, abs=110)


@pytest.mark.spec("RESPONSE-9")
def test_under_lowcost_keys_begin_the_day_after_the_one_held_back() -> None:
    state, both = with_app(3_000), dict.fromkeys(range(3_000), 8)
    lowcost = replace(WILLING, redaction=1.0, design="lowcost")
    rows = uploads(state, both, day=9, settings=lowcost)[9]
    assert {row[3] for row in rows} == {-1}
    gaen = replace(lowcost, design="gaen")
    held = {row[0]: row[3] for row in uploads(with_app(3_000), both, day=9, settings=gaen)[9]}
    assert {row[0]: row[1] for row in rows} == {
        person: day + 1 for person, day in held.items() if day < 8
    }
    nothing_left = [person for person, day in held.items() if day == 8]
    assert (state.uploaded_day[nothing_left] == -1).all()


@pytest.mark.spec("RESPONSE-9")
@pytest.mark.parametrize("design", ["gaen", "lowcost"])
def test_who_holds_the_only_day_back_does_not_upload(design: str) -> None:
    settings = replace(WILLING, redaction=1.0, design=design)
    assert uploads(with_app(9), dict.fromkeys(range(9), 0), day=1, settings=settings) == {}


@pytest.mark.spec("RESPONSE-9")
@pytest.mark.spec("RESPONSE-15")
def test_shares_of_consent_and_redaction_are_those_told_and_the_first_moves_no_other() -> None:
    cases = dict.fromkeys(range(4_000), 8)
    settings = AppSettings(design="gaen", upload_consent=0.6, redaction=0.3)
    rows = uploads(with_app(4_000), cases, day=9, settings=settings)[9]
    held = [row for row in rows if row[3] != -1]
    assert len(rows) == pytest.approx(2_400, abs=130)
    assert len(held) / len(rows) == pytest.approx(0.3, abs=0.04)
    more = replace(settings, upload_consent=0.9)
    assert set(rows) < set(uploads(with_app(4_000), cases, day=9, settings=more)[9])
