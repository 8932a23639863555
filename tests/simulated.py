"""A result that was made up, for tests of what is computed from results.

It has the shape of an epidemic and of its warnings; nothing in it follows from the scenario.
"""

import numpy as np
from numpy.typing import NDArray

from dp3t_simulator.result import Baseline, Result
from dp3t_simulator.scenario.settings import AppSettings, Scenario
from recorder import Recorder

PEOPLE, DAYS = 5_000, 60
AGES = np.array([700, 720, 750, 760, 700, 600, 420, 220, 100, 30], dtype=np.int64)


def made_result(*, exposures: bool = True) -> Result:
    """Return the same result each time."""
    dice = np.random.default_rng(7)
    curve = 90 * np.exp(-(((np.arange(DAYS) - 32) / 11) ** 2))
    infections = dice.poisson(curve)
    total = int(infections.sum())
    recorder = Recorder(exposures=exposures)
    infected_day = np.repeat(np.arange(DAYS), infections)
    person = dice.permutation(PEOPLE)[:total]
    _add_infections(recorder, dice, person, infected_day)
    _add_warnings(recorder, dice, person, infected_day)
    for day in range(DAYS):
        active = int(infections[max(0, day - 12) : day + 1].sum())
        recorder.day(
            susceptible=PEOPLE - int(infections[: day + 1].sum()),
            incubating=active // 3,
            asymptomatic=active // 4,
            symptomatic=active // 3,
            hospital=active // 40,
            recovered=int(infections[: max(0, day - 12)].sum()),
            infections=int(infections[day]),
            tests=active // 5,
            positives=active // 9,
            uploads=active // 20,
            keys_published=active // 2,
            bytes_published=active * 40 + 200,
            quarantined=active * 2,
            isolated=active // 3,
            at_home=active * 2 + active // 4,
        )
    return Result(
        scenario=Scenario(name="made-up", people=PEOPLE, days=DAYS, app=AppSettings(uptake=0.4)),
        seed=3,
        version="0",
        people=PEOPLE,
        app_users=1_600,
        people_by_age=AGES,
        daily=recorder.daily(),
        events=recorder.events(),
        recorded_exposures=exposures,
        seconds=0.5,
        peak_rss_mb=180.0,
        baseline=Baseline(
            infected=total + 700,
            quarantined_person_days=4_000,
            deaths=30,
            infections=dice.poisson(curve * 1.3),
        ),
    )


def _add_infections(
    recorder: Recorder,
    dice: np.random.Generator,
    person: NDArray[np.integer],
    day: NDArray[np.integer],
) -> None:
    earlier = np.searchsorted(day, np.maximum(day - 5, 0))
    infector = np.where(earlier > 0, person[dice.integers(0, np.maximum(earlier, 1))], -1)
    age = np.repeat(np.arange(10), AGES)[person] * 10 + 4
    severe = dice.random(len(person)) < age / 400
    recorder.add(
        "infections",
        person=person,
        day=day,
        infector=infector,
        layer=np.where(
            infector < 0, 255, dice.choice(5, len(person), p=[0.4, 0.1, 0.2, 0.25, 0.05])
        ),
        generation=day // 6,
        age=age,
        onset_day=np.where(dice.random(len(person)) < 0.7, day + 5, -1),
        hospital_day=np.where(severe, day + 9, -1),
        end_day=day + 14,
        died=severe & (dice.random(len(person)) < 0.2),
    )


def _add_warnings(
    recorder: Recorder,
    dice: np.random.Generator,
    person: NDArray[np.integer],
    day: NDArray[np.integer],
) -> None:
    uploading = np.flatnonzero(dice.random(len(person)) < 0.15)
    for place in uploading[day[uploading] < DAYS - 9]:
        on = int(day[place]) + 8
        recorder.add(
            "uploads", day=on, person=person[place], since=on - 5, onset=on - 3, redacted=-1
        )
        later = person[(day >= on - 2) & (day <= on)]
        met = np.unique(
            np.concatenate([dice.integers(0, PEOPLE, dice.poisson(2)), dice.permutation(later)[:1]])
        )
        if len(met):
            recorder.add(
                "exposures", day=on, person=met, exposed_day=on - 3, seconds=960, score=16.0, kind=0
            )
            recorder.add("notices", day=on, person=met, exposed_day=on - 3, kind=0)
            recorder.add("sources", day=on, person=met, exposed_day=on - 3, source=person[place])
