"""What becomes of the infected: foreseen when they are infected, then one event after another.

Each infected person waits for at most one event: symptoms, hospital or the end. So the events of
all days are lists that share one array in blocks, and a day costs as many steps as it has events,
none of which waits for the one before.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dp3t_simulator.compiled import compiled, inlined
from dp3t_simulator.draws import absorb, stream_key, unit
from dp3t_simulator.epidemic.disease import Disease, Shares
from dp3t_simulator.state import FATAL, NEVER_ILL, SEVERE, Bytes, People, Stage, State

_NOBODY = -1
_BLOCK = 64
"""So many people of one day lie side by side."""

_SUSCEPTIBLE, _INCUBATING = int(Stage.SUSCEPTIBLE), int(Stage.INCUBATING)
_SYMPTOMATIC, _ASYMPTOMATIC = int(Stage.SYMPTOMATIC), int(Stage.ASYMPTOMATIC)
_HOSPITAL, _RECOVERED, _DEAD = int(Stage.HOSPITAL), int(Stage.RECOVERED), int(Stage.DEAD)


class Keys(NamedTuple):
    """Streams of the course; a draw takes in the person alone, who is infected once at most."""

    asymptomatic: np.uint64
    hospital: np.uint64
    death: np.uint64
    incubation: np.uint64
    to_hospital: np.uint64
    end: np.uint64


class Course(NamedTuple):
    """What a compiled loop needs to foresee the course of an infection.

    Attributes:
        keys: of the draws.
        age: of each person.
        asymptomatic, hospital, death: shares by age, as in `Disease`.
        incubation, to_hospital, recovery, recovery_asymptomatic, recovery_hospital,
            death_hospital: shares of at most so many days, as in `Disease`.
        infectious_days: before they are over nobody recovers.
        vaccine_days: how long a vaccine takes to work.
        vaccine_severe: hospital stays of the vaccinated who are infected, relative to others.
    """

    keys: Keys
    age: Bytes
    asymptomatic: Shares
    hospital: Shares
    death: Shares
    incubation: Shares
    to_hospital: Shares
    recovery: Shares
    recovery_asymptomatic: Shares
    recovery_hospital: Shares
    death_hospital: Shares
    infectious_days: int
    vaccine_days: int
    vaccine_severe: float


class Calendar(NamedTuple):
    """Who waits for what: lists of people by day, in blocks of one size.

    Attributes:
        waiting: how many wait for each day of the simulation.
        first: the first block of each day's list, which alone may have room left, and behind the
            last day that of the blocks that nobody uses; -1 none.
        following: which block follows each in its list; -1 none.
        person: who is in the blocks.
        stages: how many people are at each stage; of several calendars, added up.
    """

    waiting: People
    first: People
    following: People
    person: People
    stages: NDArray[np.int64]


def course_of(
    disease: Disease, age: Bytes, seed: int, *, vaccine_days: int = 0, vaccine_severe: float = 1.0
) -> Course:
    """Return what the compiled loops take of a disease."""
    return Course(
        keys=Keys(
            asymptomatic=stream_key(seed, "epidemic: asymptomatic"),
            hospital=stream_key(seed, "epidemic: hospital"),
            death=stream_key(seed, "epidemic: death"),
            incubation=stream_key(seed, "epidemic: incubation"),
            to_hospital=stream_key(seed, "epidemic: to hospital"),
            end=stream_key(seed, "epidemic: end"),
        ),
        age=age,
        asymptomatic=disease.asymptomatic,
        hospital=disease.hospital,
        death=disease.death,
        incubation=disease.incubation,
        to_hospital=disease.to_hospital,
        recovery=disease.recovery,
        recovery_asymptomatic=disease.recovery_asymptomatic,
        recovery_hospital=disease.recovery_hospital,
        death_hospital=disease.death_hospital,
        infectious_days=disease.infectious_days,
        vaccine_days=vaccine_days,
        vaccine_severe=vaccine_severe,
    )


def calendar_of(people: int, days: int, *, most: int | None = None) -> Calendar:
    """Return a calendar in which everybody is susceptible and nobody waits.

    Of several calendars, for threads of which each lets other people wait, one has the people.

    Args:
        people: how many are susceptible.
        days: of the simulation.
        most: how many may wait, `people` unless given.
    """
    stages = np.zeros(len(Stage), dtype=np.int64)
    stages[Stage.SUSCEPTIBLE] = people
    most = people if most is None else most
    blocks = most // _BLOCK + days + 2  # one a day is not full, one is being emptied
    first = np.full(days + 1, _NOBODY, dtype=np.int32)
    first[days] = 0
    following = np.arange(1, blocks + 1, dtype=np.int32)
    following[-1] = _NOBODY
    return Calendar(
        waiting=np.zeros(days, dtype=np.int32),
        first=first,
        following=following,
        person=np.empty(blocks * _BLOCK, dtype=np.int32),
        stages=stages,
    )


@inlined
def never_ill(course: Course, person: int) -> bool:
    """Return whether somebody, once infected, never has symptoms."""
    drawn = unit(absorb(course.keys.asymptomatic, person))
    return bool(drawn < course.asymptomatic[course.age[person]])


@inlined
def _lasts(below: Shares, bits: np.uint64) -> int:
    """Return a number of days, of which `below[k]` are at most k."""
    drawn, days = unit(bits), 0
    while drawn >= below[days]:
        days += 1
    return days


@inlined
def _await(calendar: Calendar, person: int, day: int) -> None:
    """Let a person wait for an event; what comes after the simulation never does."""
    days = len(calendar.waiting)
    if day >= days:
        return
    place = calendar.waiting[day] % _BLOCK
    if place == 0:
        block = calendar.first[days]
        calendar.first[days] = calendar.following[block]
        calendar.following[block] = calendar.first[day]
        calendar.first[day] = block
    calendar.person[calendar.first[day] * _BLOCK + place] = person
    calendar.waiting[day] += 1


@inlined
def _move(state: State, calendar: Calendar, person: int, stage: int) -> None:
    calendar.stages[state.stage[person]] -= 1
    calendar.stages[stage] += 1
    state.stage[person] = stage


@compiled
def infect(course: Course, state: State, calendar: Calendar, people: People, day: int) -> None:
    """Begin and foresee the course of people who are infected on a day [EPIDEMIC-4].

    `State.infected_day` is written here too; who infected them is the caller's.
    """
    for person in people:
        state.infected_day[person] = day
        if never_ill(course, person):
            lasts = _lasts(course.recovery_asymptomatic, absorb(course.keys.end, person))
            end = day + max(lasts, course.infectious_days + 1)
            state.course[person] = NEVER_ILL
            state.end_day[person] = end
            _move(state, calendar, person, _ASYMPTOMATIC)
            _await(calendar, person, end)
            continue
        onset = day + _lasts(course.incubation, absorb(course.keys.incubation, person))
        state.onset_day[person] = onset
        _foresee(course, state, person, day, onset)
        _move(state, calendar, person, _INCUBATING)
        _await(calendar, person, onset)


@inlined
def _foresee(course: Course, state: State, person: int, day: int, onset: int) -> None:
    """Write how an infection with symptoms will go on and end."""
    age, end_bits = course.age[person], absorb(course.keys.end, person)
    severe = course.hospital[age]
    if state.vaccinated_day[person] + course.vaccine_days <= day:
        severe *= course.vaccine_severe
    if unit(absorb(course.keys.hospital, person)) >= severe:
        lasts = onset - day + _lasts(course.recovery, end_bits)
        state.end_day[person] = day + max(lasts, course.infectious_days + 1)
        return
    hospital = onset + _lasts(course.to_hospital, absorb(course.keys.to_hospital, person))
    state.hospital_day[person] = hospital
    if unit(absorb(course.keys.death, person)) < course.death[age]:
        state.course[person] = SEVERE | FATAL
        state.end_day[person] = hospital + _lasts(course.death_hospital, end_bits)
    else:
        state.course[person] = SEVERE
        lasts = hospital - day + _lasts(course.recovery_hospital, end_bits)
        state.end_day[person] = day + max(lasts, course.infectious_days + 1)


@compiled
def advance(state: State, calendar: Calendar, day: int) -> People:
    """Let the events of a day happen; return whose symptoms begin, in no order."""
    waiting, block, unused = calendar.waiting[day], calendar.first[day], len(calendar.waiting)
    onsets, found = np.empty(waiting, dtype=np.int32), 0
    calendar.waiting[day], calendar.first[day] = 0, _NOBODY
    inside = (waiting - 1) % _BLOCK + 1
    stage, course = np.empty(_BLOCK, dtype=np.uint8), np.empty(_BLOCK, dtype=np.uint8)
    end = np.empty(_BLOCK, dtype=np.int16)
    while block != _NOBODY:
        people = calendar.person[block * _BLOCK : block * _BLOCK + inside]
        for place in range(inside):  # nothing but looks at people, who are far away in memory
            person = people[place]
            stage[place], course[place] = state.stage[person], state.course[person]
            end[place] = state.end_day[person]
        for place in range(inside):
            person = people[place]
            if stage[place] == _INCUBATING:
                onsets[found] = person
                found += 1
            _happen(state, calendar, person, stage[place], course[place], end[place])
        following = calendar.following[block]
        calendar.following[block], calendar.first[unused] = calendar.first[unused], block
        block, inside = following, _BLOCK
    return onsets[:found]


@inlined
def _happen(
    state: State, calendar: Calendar, person: int, stage: int, course: int, end_day: int
) -> None:
    """Let the event happen that a person waits for, and let them wait for the next one."""
    if stage == _INCUBATING:
        severe = course & SEVERE
        _move(state, calendar, person, _SYMPTOMATIC)
        _await(calendar, person, state.hospital_day[person] if severe else end_day)
    elif stage == _SYMPTOMATIC and course & SEVERE:
        _move(state, calendar, person, _HOSPITAL)
        _await(calendar, person, end_day)
    else:
        _move(state, calendar, person, _DEAD if course & FATAL else _RECOVERED)


@compiled
def write_absent(state: State, day: int) -> None:
    """Write bit (day & 31) of `State.absent`: who is in hospital or dead meets nobody."""
    bit = np.uint32(1) << np.uint32(day & 31)
    for person in range(len(state.stage)):
        away = state.stage[person] == _HOSPITAL or state.stage[person] == _DEAD
        state.absent[person] = (state.absent[person] & ~bit) | (bit if away else np.uint32(0))
