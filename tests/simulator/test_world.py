from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from dp3t.primitives import sha256
from dp3t_simulator.epidemic.engine import Epidemic
from dp3t_simulator.interfaces import (
    Morning,
    NoNotification,
    NoResponse,
    Notices,
    Tallies,
    Uploads,
    VenueTraces,
    no_exposures,
    no_traces,
)
from dp3t_simulator.record import Record
from dp3t_simulator.result import DAILY, EVENTS, Result
from dp3t_simulator.scenario.errors import ScenarioError
from dp3t_simulator.scenario.reading import parse_scenario, replaced
from dp3t_simulator.scenario.settings import AppSettings, Scenario
from dp3t_simulator.scenario.writing import to_toml
from dp3t_simulator.state import People
from dp3t_simulator.world import app_owners, live, simulate, world_of
from epidemic_worlds import scenario, world


@pytest.fixture(scope="module")
def result() -> Result:
    return simulate(scenario(people=2_000, days=50, seeds=10), seed=5, threads=2)


class Witness:
    """A response and a notification that tell in which order they are asked."""

    def __init__(self, of: "Callable[[], int]") -> None:
        self.asked: list[str] = []
        self._infected = of

    def told(self, what: str) -> None:
        self.asked.append(f"{what} {self._infected()}")

    def morning(self, day: int, *given: object) -> object:
        if len(given) == 1:
            self.told("course and morning")
            return Uploads(_people(4), _days(0), _days(-1), _days(2)), no_traces()
        assert isinstance(given[0], Uploads)
        assert isinstance(given[1], VenueTraces)
        self.told("warnings")
        notices = Notices(_people(7), _days(1), np.ones(1, dtype=np.uint8))
        return Morning(no_exposures(), notices, 14, 900)

    def react(self, day: int, notices: Notices) -> None:
        self.told(f"reaction to {notices.person.tolist()}")

    def write_history(self, day: int) -> None:
        self.told("history")

    def evening(self, day: int) -> None:
        self.told("evening")

    def tallies(self, day: int) -> Tallies:
        self.told("tallies")
        return Tallies(tests=5, positives=2, traced=3, isolated=11, quarantined=6)

    def close(self) -> None:
        raise AssertionError


@pytest.mark.spec("EPIDEMIC-1")
def test_a_day_passes_in_the_order_of_the_chapter() -> None:
    of = world(people=300, days=3, seeds=20, reproduction_number=0.0)
    epidemic, record = Epidemic(of), Record(of, exposures=False)
    witness = Witness(lambda: int((of.state.stage > 0).sum()))
    live(0, epidemic, witness, witness, record)  # type: ignore[arg-type]  # both at once
    assert witness.asked == [
        *("course and morning 0", "warnings 0", "reaction to [7] 0", "history 0"),
        *("evening 20", "tallies 20"),
    ]
    daily, events = record.daily(), record.events()
    row = {name: column.tolist() for name, column in daily.items()}
    assert row["susceptible"] == [280]
    assert row["infections"] == [20]
    assert (row["tests"], row["positives"], row["traced"]) == ([5], [2], [3])
    assert (row["isolated"], row["quarantined"], row["at_home"]) == ([11], [6], [17])
    assert (row["uploads"], row["notices"], row["exposures"]) == ([1], [1], [0])
    assert (row["keys_published"], row["bytes_published"]) == ([14], [900])
    assert {name: each.tolist() for name, each in events["uploads"].items()} == {
        "day": [0],
        "person": [4],
        "since": [0],
        "onset": [-1],
        "redacted": [2],
    }
    assert events["notices"]["exposed_day"].tolist() == [1]


@pytest.mark.spec("EPIDEMIC-1")
def test_symptoms_of_a_day_are_known_to_its_morning() -> None:
    class Watching(NoResponse):
        onsets: list[tuple[int, int]] = []  # noqa: RUF012 - of this test alone

        def morning(self, day: int, onsets: People) -> tuple[Uploads, VenueTraces]:
            assert np.all(of.state.onset_day[onsets] == day)
            assert np.all(of.state.stage[onsets] == 2)
            self.onsets.extend((day, int(person)) for person in onsets)
            return super().morning(day, onsets)

    of = world(people=300, days=25, seeds=60)
    epidemic, record, watching = Epidemic(of), Record(of, exposures=False), Watching()
    for day in range(25):
        live(day, epidemic, watching, NoNotification(), record)
    onset = of.state.onset_day
    expected = sorted(
        (int(onset[person]), int(person)) for person in np.flatnonzero((onset >= 0) & (onset < 25))
    )
    assert watching.onsets == expected


def test_a_result_has_all_columns_and_a_row_for_each_day_and_infection(result: Result) -> None:
    assert {name: column.dtype for name, column in result.daily.items()} == {
        name: np.dtype(kind) for name, kind in DAILY.items()
    }
    for name, columns in EVENTS.items():
        found = {column: rows.dtype for column, rows in result.events[name].items()}
        assert found == {column: np.dtype(kind) for column, kind in columns.items()}
    assert result.daily["day"].tolist() == list(range(50))
    infections = result.events["infections"]
    counted = np.bincount(infections["day"], minlength=50)
    assert result.daily["infections"].tolist() == counted.tolist()
    people = sum(
        result.daily[stage]
        for stage in (
            *("susceptible", "incubating", "symptomatic", "asymptomatic"),
            *("hospital", "recovered", "dead"),
        )
    )
    assert set(np.asarray(people).tolist()) == {2_000}
    assert result.daily["dead"][-1] == infections["died"].sum()
    assert result.people_by_age.sum() == result.people == 2_000
    assert result.seconds > 0
    assert result.peak_rss_mb > 10


def test_everybody_was_infected_by_somebody_infectious_and_one_generation_later(
    result: Result,
) -> None:
    infections = result.events["infections"]
    place = np.full(2_000, -1)
    place[infections["person"]] = np.arange(len(infections["person"]))
    inside = infections["infector"] >= 0
    source = place[infections["infector"][inside]]
    assert inside.sum() == len(inside) - 10
    assert np.all(source >= 0)
    since = infections["day"][inside] - infections["day"][source]
    assert since.min() == 1
    assert since.max() <= 14
    assert np.array_equal(infections["generation"][inside], infections["generation"][source] + 1)
    assert len(np.unique(infections["person"])) == len(infections["person"])
    assert set(infections["layer"][~inside].tolist()) == {255}


@pytest.mark.spec("EPIDEMIC-9")
def test_a_run_is_the_same_on_one_thread(result: Result) -> None:
    days: list[tuple[float, int]] = []
    one = simulate(
        result.scenario, seed=5, threads=1, progress=lambda done, total: days.append((done, total))
    )
    for table in ("infections", "notices", "uploads"):
        for name, column in result.events[table].items():
            assert column.tobytes() == one.events[table][name].tobytes()
    for name, column in result.daily.items():
        assert column.tobytes() == one.daily[name].tobytes()
    assert days == [(day, 50) for day in range(1, 51)]


def test_another_seed_is_another_run(result: Result) -> None:
    other = simulate(result.scenario, seed=6, threads=1)
    assert other.daily["infections"].tolist() != result.daily["infections"].tolist()


def test_no_thread_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one thread"):
        world_of(scenario(), seed=1, threads=0)


@pytest.mark.spec("EPIDEMIC-13")
def test_the_app_is_as_frequent_as_smartphones_and_uptake_and_nobody_loses_it_at_more() -> None:
    of = world(people=20_000, days=1)
    owned = (0.0, 0.5, 1.0, 1.0, 1.0, 1.0, 0.5, 0.5, 0.2, 0.2)
    having = [
        app_owners(
            replace(of.scenario, app=AppSettings(uptake=uptake, smartphone_by_age=owned)),
            of.population,
            of.seed,
        )
        for uptake in (0.3, 0.6)
    ]
    age = of.population.age
    for uptake, found in zip((0.3, 0.6), having, strict=True):
        assert found[(age >= 20) & (age < 60)].mean() == pytest.approx(uptake, abs=0.03)
        assert found[(age >= 60) & (age < 80)].mean() == pytest.approx(uptake / 2, abs=0.03)
        assert not found[age < 10].any()
    assert not np.any(having[0] & ~having[1])


def test_phones_tell_how_far_a_day_is() -> None:
    asked = replace(
        scenario(people=60, days=2, seeds=3), fidelity="protocol", app=AppSettings(uptake=1.0)
    )
    done: list[tuple[float, int]] = []
    simulate(asked, seed=5, threads=1, progress=lambda part, days: done.append((part, days)))
    assert done == sorted(done)
    assert {1, 2} <= {part for part, _ in done}
    assert all(sum(day < part < day + 1 for part, _ in done) > 9 for day in (0, 1))
    assert {days for _, days in done} == {2}


def _people(person: int) -> People:
    return np.array([person], dtype=np.int32)


def _days(day: int) -> np.ndarray:
    return np.array([day], dtype=np.int16)


@pytest.fixture
def ring(tmp_path: Path) -> Path:
    """Return a file of 40 people who each meet two others for half an hour, every day."""
    file = tmp_path / "tij.dat"
    rows = [(43_200 + 20 * step, who) for who in range(40) for step in range(90)]
    file.write_text("".join(f"{t} {who} {(who + 1) % 40}\n" for t, who in sorted(rows)))
    return file


def among(file: Path) -> Scenario:
    """Return a scenario of the people in a file."""
    return parse_scenario(
        f"""
        days = 30
        population = {{contacts_file = {str(file)!r}}}
        disease = {{seeds = 4, reproduction_number = 1.5}}
        app = {{uptake = 1.0}}
        """,
        name="ring",
    )


@pytest.mark.spec("SCENARIO-15")
def test_measured_contacts_are_lived_through_and_nothing_beside_them(ring: Path) -> None:
    chosen = among(ring)
    found = simulate(chosen, seed=1, threads=1)
    population = replace(
        chosen.population,
        contacts_sha256=sha256(ring.read_bytes()).hex(),
        visits_daily=0.0,
    )
    assert (found.people, found.scenario) == (
        40,
        replace(chosen, people=40, population=population),
    )
    layers = found.events["infections"]["layer"]
    assert set(layers.tolist()) == {5, 255}
    assert found.app_users
    again = simulate(parse_scenario(to_toml(found.scenario), name="saved"), seed=1, threads=1)
    assert again.scenario == found.scenario
    assert again.summary.infected == found.summary.infected


@pytest.mark.spec("SCENARIO-15")
def test_another_file_of_contacts_than_was_saved_is_refused(ring: Path) -> None:
    saved = world_of(among(ring), seed=1).scenario
    with ring.open("a") as file:
        file.write("90000 1 2\n")
    with pytest.raises(ScenarioError, match=rf"population\.contacts_sha256 .* {ring} is \w{{64}}"):
        world_of(saved, seed=1)


@pytest.mark.spec("SCENARIO-15")
def test_another_number_of_people_than_a_file_has_is_refused(ring: Path) -> None:
    with pytest.raises(ScenarioError, match=r"disease\.seeds is 41, and people only 40"):
        world_of(replaced(among(ring), "disease.seeds", "41"), seed=1)
    saved = world_of(among(ring), seed=1).scenario
    with pytest.raises(ScenarioError, match=r"people is 50, and population\.contacts_file has 40"):
        world_of(replaced(saved, "people", "50"), seed=1)
