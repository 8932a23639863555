"""What a run says about the app: counted from its events, by the definitions of the chapter.

A warning is a morning on which a phone shows its owner one or more new days of exposure.
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from dp3t_simulator.result import Columns, Result


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """One run in numbers; what cannot be told is None.

    Attributes:
        people: how many there were.
        days: how many were simulated.
        design: of the app.
        fidelity: fast or protocol.
        infected: how many were infected.
        notified: how many people were warned by the app at least once.
        true_notified: how many of them with a true warning [SCENARIO-6].
        quarantined_person_days: days in quarantine, of all people together.
        person_days_per_second: people times days by `seconds`.
        seconds: how long the days took, by the clock on the wall.
        peak_rss_mb: the most memory the process has held, in 10⁶ bytes.
        seed: of all luck.
        attack_rate: the share of people infected.
        app_users: how many had the app.
        uploads: how many uploaded keys, the index cases.
        keys_uploaded: how many keys were published.
        keys_per_upload: for each index case.
        warnings: how many mornings of people with a new warning.
        notified_per_upload: warnings for each index case.
        false_notified: how many were warned, and never truly.
        positive_predictive_value: the share of the notified who were notified truly.
        cases_averted: fewer infected than without app and check-in, same luck.
        quarantine_days_per_case_averted: more days in quarantine than without, for each.
        deaths_averted: fewer deaths than without.
        bytes_per_phone_per_day: what a phone fetches on average.
        hospitalised: how many came to hospital.
        deaths: how many died.
        tests: how many samples were taken.
        positives: how many of them were positive.
        traced: how many people manual tracing reached.
        reproduction_by_generation: whom the infected of each generation infected on average, the
            last generation, which had no time for it, left out.
    """

    people: int
    days: int
    design: str
    fidelity: str
    infected: int
    notified: int
    true_notified: int
    quarantined_person_days: int
    person_days_per_second: float
    seconds: float
    peak_rss_mb: float
    seed: int
    attack_rate: float
    app_users: int
    uploads: int
    keys_uploaded: int
    keys_per_upload: float | None
    warnings: int
    notified_per_upload: float | None
    false_notified: int
    positive_predictive_value: float | None
    cases_averted: int | None
    quarantine_days_per_case_averted: float | None
    deaths_averted: int | None
    bytes_per_phone_per_day: float
    hospitalised: int
    deaths: int
    tests: int
    positives: int
    traced: int
    reproduction_by_generation: tuple[float, ...]


def summarize(result: "Result") -> Summary:
    """Return a run in numbers."""
    daily, infections, notices = result.daily, result.events["infections"], result.events["notices"]
    days, infected = len(daily["day"]), len(infections["person"])
    deaths = int(infections["died"].sum())
    uploads = len(result.events["uploads"]["person"])
    keys, quarantined = int(daily["keys_published"].sum()), int(daily["quarantined"].sum())
    notified = len(np.unique(notices["person"]))
    true_notified = len(
        np.unique(notices["person"][is_true(notices, infections, people=result.people)])
    )
    warnings = len(np.unique(_pairs(notices["day"], notices["person"])))
    without = result.baseline
    averted = without.infected - infected if without else None
    return Summary(
        people=result.people,
        days=days,
        design=result.scenario.app.design,
        fidelity=result.scenario.fidelity,
        infected=infected,
        notified=notified,
        true_notified=true_notified,
        quarantined_person_days=quarantined,
        person_days_per_second=round(result.people * days / max(result.seconds, 1e-9)),
        seconds=round(result.seconds, 3),
        peak_rss_mb=round(result.peak_rss_mb, 1),
        seed=result.seed,
        attack_rate=infected / result.people,
        app_users=result.app_users,
        uploads=uploads,
        keys_uploaded=keys,
        keys_per_upload=_ratio(keys, uploads),
        warnings=warnings,
        notified_per_upload=_ratio(warnings, uploads),
        false_notified=notified - true_notified,
        positive_predictive_value=_ratio(true_notified, notified),
        cases_averted=averted,
        quarantine_days_per_case_averted=(
            _ratio(quarantined - without.quarantined_person_days, averted)
            if without and averted is not None and averted > 0
            else None
        ),
        deaths_averted=without.deaths - deaths if without else None,
        bytes_per_phone_per_day=round(float(daily["bytes_published"].sum()) / days, 1),
        hospitalised=int((infections["hospital_day"] >= 0).sum()),
        deaths=deaths,
        tests=int(daily["tests"].sum()),
        positives=int(daily["positives"].sum()),
        traced=int(daily["traced"].sum()),
        reproduction_by_generation=reproduction_by_generation(infections),
    )


def is_true(notices: "Columns", infections: "Columns", *, people: int) -> NDArray[np.bool_]:
    """Say of each notice whether it is true [SCENARIO-6].

    It is where the person was infected on a day from that of the exposure to that of the notice.
    """
    infected_day = np.full(people, -1, dtype=np.int16)
    infected_day[infections["person"]] = infections["day"]
    day = infected_day[notices["person"]]
    found: NDArray[np.bool_] = (day >= notices["exposed_day"]) & (day <= notices["day"])
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexCases:
    """What each index case brought about, in order of upload.

    Attributes:
        person: who uploaded.
        notified: how many people were warned of a day on which they met this case.
        true: how many of them truly.
    """

    person: NDArray[np.int32]
    notified: NDArray[np.int64]
    true: NDArray[np.int64]


def index_cases(result: "Result") -> IndexCases:
    """Return what each index case brought about; who met two of them counts for both."""
    sources = result.events["sources"]
    is_right = is_true(sources, result.events["infections"], people=result.people)
    person = result.events["uploads"]["person"]
    of_case = np.zeros(result.people, dtype=np.int64)
    counts = []
    for chosen in (np.ones(len(is_right), dtype=np.bool_), is_right):
        distinct = np.unique(_pairs(sources["source"][chosen], sources["person"][chosen]))
        of_case[:] = np.bincount(distinct >> 32, minlength=result.people)
        counts.append(of_case[person])
    return IndexCases(person=person, notified=counts[0], true=counts[1])


def reproduction_by_generation(infections: "Columns") -> tuple[float, ...]:
    """Return whom the infected of each generation infected on average, but for the last one."""
    counts = np.bincount(infections["generation"])[:255]  # generations beyond are counted as 255
    return tuple(
        round(float(after / before), 3) if before else 0.0 for before, after in pairwise(counts)
    )


def reproduction_by_day(infections: "Columns", *, days: int, people: int) -> NDArray[np.float64]:
    """Return whom those infected on each day went on to infect on average within the run.

    It is not a number on days on which nobody was infected, and too low for the last two weeks.
    """
    infector = infections["infector"]
    caused = np.bincount(infector[infector >= 0], minlength=people)[infections["person"]]
    infected = np.bincount(infections["day"], minlength=days).astype(np.float64)
    with np.errstate(invalid="ignore"):
        return np.bincount(infections["day"], weights=caused, minlength=days) / infected


def attack_by_age(result: "Result") -> NDArray[np.float64]:
    """Return the share infected of each band of ten years; not a number where nobody lives."""
    bands = np.minimum(result.events["infections"]["age"] // 10, len(result.people_by_age) - 1)
    infected = np.bincount(bands, minlength=len(result.people_by_age))
    with np.errstate(invalid="ignore"):
        return infected / result.people_by_age.astype(np.float64)


def _pairs(first: NDArray[Any], second: NDArray[Any]) -> NDArray[np.int64]:
    return first.astype(np.int64) << 32 | second.astype(np.int64)


def _ratio(part: float, whole: float) -> float | None:
    return round(part / whole, 4) if whole else None
