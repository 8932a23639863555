"""The cascade of notifications: from users of an app to those whom it warned and who were positive.

Counted as studies of the field count it, and beside that what only a simulation knows: who of the
warned was infected, tested or not.
"""

from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass

import numpy as np
from numpy.typing import NDArray

from dp3t_simulator import world
from dp3t_simulator.epidemic.engine import Epidemic
from dp3t_simulator.metrics import is_true
from dp3t_simulator.record import Record
from dp3t_simulator.response.response import of as response_of
from dp3t_simulator.result import Columns
from dp3t_simulator.scenario.settings import Scenario
from dp3t_simulator.state import NEVER

FOLLOWED_DAYS = 14
"""For so long after a warning a positive result is counted as one that it announced."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cascade:
    """What happened between the first and the last `FOLLOWED_DAYS` of a run, or of several.

    Attributes:
        people: how many there are.
        users: how many of them have the app.
        person_days: people times days counted.
        infections: how many were infected.
        cases: how many were found by a test.
        user_cases: how many of those have the app.
        uploads: how many uploaded.
        warnings: how many mornings of people with a new warning.
        warned: how many were warned, each counted once.
        warned_infected: how many of them with a warning that is true [SCENARIO-6].
        warned_positive: how many of them were found by a test from the day of their first warning
            to `FOLLOWED_DAYS` after it.
    """

    people: int
    users: int
    person_days: int
    infections: int
    cases: int
    user_cases: int
    uploads: int
    warnings: int
    warned: int
    warned_infected: int
    warned_positive: int

    @property
    def ratios(self) -> dict[str, float | None]:
        """What is published, by name; None where nothing is divided by nothing."""
        return {
            "users_per_person": _ratio(self.users, self.people),
            "cases_per_100000_daily": _ratio(100_000 * self.cases, self.person_days),
            "cases_per_infection": _ratio(self.cases, self.infections),
            "uploads_per_user_case": _ratio(self.uploads, self.user_cases),
            "warnings_per_upload": _ratio(self.warnings, self.uploads),
            "warned_positive": _ratio(self.warned_positive, self.warned),
            "warned_infected": _ratio(self.warned_infected, self.warned),
        }


def total(cascades: Sequence[Cascade]) -> Cascade:
    """Return the cascade of several runs together; at least one."""
    counts = np.sum([astuple(each) for each in cascades], axis=0)
    names = Cascade.__slots__
    return Cascade(**{name: int(count) for name, count in zip(names, counts, strict=True)})


def cascade(scenario: Scenario, *, seed: int, threads: int | None = None) -> Cascade:
    """Return the cascade of one run.

    Args:
        scenario: of more than twice `FOLLOWED_DAYS` days.
        seed: of all draws, 0 to 2⁶⁴ - 1.
        threads: how many may run at once; as many as there are processors unless given.

    Raises:
        ScenarioError: the scenario cannot be run.
        ValueError: a seed outside its range, or too few days.
    """
    if scenario.days <= 2 * FOLLOWED_DAYS:
        raise ValueError(f"a cascade takes more than {2 * FOLLOWED_DAYS} days")
    place = world.world_of(scenario, seed=seed, threads=threads)
    epidemic, acting = Epidemic(place), response_of(place)
    warning, record = world.warnings_of(place), Record(place, exposures=False)
    try:
        for day in range(scenario.days):
            world.live(day, epidemic, acting, warning, record)
    finally:
        epidemic.close()
        warning.close()
    app = np.asarray(place.state.app == 1)
    return counted(record.events(), acting.positive_day, app, days=scenario.days)


def counted(
    events: Mapping[str, Columns],
    positive_day: NDArray[np.int16],
    app: NDArray[np.bool_],
    *,
    days: int,
) -> Cascade:
    """Return the cascade of a run.

    Args:
        events: its tables, of which infections, notices and uploads are read.
        positive_day: of each person, when the last positive result came in; -1 never.
        app: of each person, whether they have the app.
        days: how many were simulated.
    """
    first, end = FOLLOWED_DAYS, days - FOLLOWED_DAYS
    infections, uploads, notices = (
        _between(events[name], first, end) for name in ("infections", "uploads", "notices")
    )
    cases = (positive_day >= first) & (positive_day < end)
    warned, earliest = _first_warnings(notices)
    after = positive_day[warned] - earliest
    found = (positive_day[warned] != NEVER) & (after >= 0) & (after <= FOLLOWED_DAYS)
    true = is_true(notices, events["infections"], people=len(app))
    mornings = notices["day"].astype(np.int64) * len(app) + notices["person"]
    return Cascade(
        people=len(app),
        users=int(app.sum()),
        person_days=len(app) * (end - first),
        infections=len(infections["person"]),
        cases=int(cases.sum()),
        user_cases=int((cases & app).sum()),
        uploads=len(uploads["person"]),
        warnings=len(np.unique(mornings)),
        warned=len(warned),
        warned_infected=len(np.unique(notices["person"][true])),
        warned_positive=int(found.sum()),
    )


def _between(table: Columns, first: int, end: int) -> Columns:
    """Return the rows of the days from one to before another."""
    chosen = (table["day"] >= first) & (table["day"] < end)
    return {name: column[chosen] for name, column in table.items()}


def _first_warnings(notices: Columns) -> tuple[NDArray[np.int32], NDArray[np.int16]]:
    """Return who was warned, and when for the first time; rows are in order of day."""
    people, row = np.unique(notices["person"], return_index=True)
    return people, notices["day"][row]


def _ratio(part: float, whole: float) -> float | None:
    return round(part / whole, 4) if whole else None
