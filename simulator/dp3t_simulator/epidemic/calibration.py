"""How infectious a disease must be for a reproduction number, by looking at whom people meet.

For some people, all contacts of the days on which they would be infectious are added up by partner.
What the number means: how many people an infection passes to directly, on average, when everybody
else is susceptible and nobody does anything about it; a partner counts once, however often the two
meet. The average is over everybody alike, as over those who are infected on day 0, or over people
as the infection finds them: each weighs as much as its susceptibility times the hours of its
contacts [EPIDEMIC-8].
"""

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from dp3t_simulator.compiled import compiled
from dp3t_simulator.epidemic.course import Course, never_ill
from dp3t_simulator.epidemic.disease import Shares
from dp3t_simulator.epidemic.transmission import Rates, susceptibility_of, weight_of
from dp3t_simulator.meetings.contacts import contacts_of, no_contacts
from dp3t_simulator.meetings.table import History
from dp3t_simulator.scenario.errors import ScenarioError
from dp3t_simulator.state import People, State
from dp3t_simulator.streams import Stream

if TYPE_CHECKING:
    from dp3t_simulator.meetings.table import Meetings

SAMPLE = 4096
"""So many people are looked at: the mean is known within about 2 %."""

RANDOM, TYPICAL = "random", "typical"
"""An index case is anybody, or whom the infection finds."""

_FEWEST = 512
"""So many people at least are worth another thread."""

_FIRST_ROOM = 4096
_NEWTON_STEPS = 60
_NEAR_ENOUGH = 1e-10


class Pairs(NamedTuple):
    """What some people would do to others, if the factor sought were 1.

    Attributes:
        hazard: of each pair of a person and a partner, over the whole infection.
        weight: of each pair: its person's; they add up to 1 over the people.
    """

    hazard: Shares
    weight: Shares


def factor_for(
    reproduction_number: float,
    meetings: "Meetings",
    rates: Rates,
    course: Course,
    state: State,
    seed: int,
    index_case: str = RANDOM,
    threads: int = 1,
) -> float:
    """Return what infectiousness is multiplied with to bring about a reproduction number.

    Args:
        reproduction_number: at least 0.
        meetings: who meets whom, of at least as many days as there are infectious ones.
        rates: with infectiousness as shares of the whole.
        course: for who never has symptoms.
        state: before anybody is infected, vaccinated or at home.
        seed: of the simulation.
        index_case: whose infections are counted, `RANDOM` or `TYPICAL`.
        threads: how many may run at once; what is found does not depend on it.

    Raises:
        ScenarioError: people do not meet enough others to infect that many.
    """
    if not reproduction_number:
        return 0.0
    pairs = pairs_of(meetings, rates, course, state, seed, index_case, threads)
    # Nothing is left to a library of linear algebra: how it adds up depends on the processors.
    if pairs.weight[pairs.hazard > 0].sum() <= reproduction_number:
        raise ScenarioError(
            f"disease.reproduction_number is {reproduction_number:g}, but the infectious meet no "
            "more people than that; lower it, or let people meet more often"
        )
    hazards = pairs.weight * pairs.hazard
    factor = reproduction_number / float(hazards.sum())
    for _ in range(_NEWTON_STEPS):  # what is sought is concave, so each step stays below the root
        left = np.exp(-factor * pairs.hazard)
        missing = reproduction_number - float((pairs.weight * (1 - left)).sum())
        if missing < _NEAR_ENOUGH * reproduction_number:
            break
        factor += missing / float((hazards * left).sum())
    return factor


def pairs_of(
    meetings: "Meetings",
    rates: Rates,
    course: Course,
    state: State,
    seed: int,
    index_case: str = RANDOM,
    threads: int = 1,
) -> Pairs:
    """Return what a sample of people would do to those they meet; of few people, all of them."""
    people = np.arange(state.people, dtype=np.int32)
    if state.people > SAMPLE:
        drawn = Stream(seed, "epidemic: calibration").bits(np.arange(SAMPLE))
        people = (drawn % np.uint64(state.people)).astype(np.int32)
    owner, hazard, exposed = _all_exposures(meetings, rates, course, state, people, threads)
    each = exposed if index_case == TYPICAL else np.ones(len(people))
    return Pairs(hazard=hazard, weight=each[owner] / max(each.sum(), np.finfo(np.float64).tiny))


def _all_exposures(
    meetings: "Meetings", rates: Rates, course: Course, state: State, people: People, threads: int
) -> tuple[People, Shares, Shares]:
    """Return what `_exposures` does, of parts of the people at once."""
    parts = np.array_split(people, min(threads, len(people) // _FEWEST + 1))
    with ThreadPoolExecutor(len(parts)) as pool:
        found = pool.map(lambda part: _exposures(meetings, rates, course, state, part), parts)
    owners, hazards, exposures = zip(*found, strict=True)
    before = np.cumsum([0, *(len(part) for part in parts[:-1])], dtype=np.int32)
    owner = np.concatenate([part + first for part, first in zip(owners, before, strict=True)])
    return owner, np.concatenate(hazards), np.concatenate(exposures)


@compiled
def _exposures(
    meetings: "Meetings", rates: Rates, course: Course, state: State, people: People
) -> tuple[People, Shares, Shares]:
    """Return whose pair it is and its hazard, of each pair; and what each person is exposed to."""
    history, out = History(state.home, state.absent), no_contacts()
    owner, hazard = np.empty(_FIRST_ROOM, dtype=np.int32), np.empty(_FIRST_ROOM)
    partners = np.empty(_FIRST_ROOM, dtype=np.int32)
    place_of = np.full(len(state.stage), -1, dtype=np.int64)
    exposed, found = np.zeros(len(people)), 0
    for place in range(len(people)):
        person, begin = people[place], found
        mild = rates.asymptomatic if never_ill(course, person) else 1.0
        for since in range(1, len(rates.infectiousness)):
            count = contacts_of(meetings, history, person, since - 1, out)
            if found + count > len(hazard):
                owner, partners = np.append(owner, owner), np.append(partners, partners)
                hazard = np.append(hazard, hazard)
            for each in range(count):
                weight = weight_of(
                    rates, out.layer[each], out.duration[each], out.distance_cm[each]
                )
                exposed[place] += weight
                partner = out.partner[each]
                at = place_of[partner]
                if at < 0:
                    at = place_of[partner] = found
                    owner[at], partners[at], hazard[at] = place, partner, 0.0
                    found += 1
                infectious = mild * rates.infectiousness[since]
                hazard[at] += infectious * weight * susceptibility_of(rates, state, partner, -1)
        exposed[place] *= susceptibility_of(rates, state, person, -1)
        place_of[partners[begin:found]] = -1
    return owner[:found], hazard[:found], exposed
