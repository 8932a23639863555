"""School classes and teams at work: each person belongs to one of them at most [POPULATION-8]."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dp3t_simulator.compiled import compiled
from dp3t_simulator.draws import absorb, happens, stream_key, threshold, unit
from dp3t_simulator.population.population import NO_GROUP, SCHOOL, WORK, Ages, Indices
from dp3t_simulator.population.table import OLDEST, Level, Reals, Table, lookup
from dp3t_simulator.streams import Stream

_TEACHING_AGES = (22, 64)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Groups:
    """Who is in which group; attributes as in `Population`."""

    group: Indices
    group_first: Indices
    group_member: Indices
    group_kind: NDArray[np.uint8]


def groups(table: Table, age: Ages, seed: int) -> Groups:
    """Return the classes and teams of people of these ages [POPULATION-6] [POPULATION-7].

    A class has pupils of one year of age who live near one another in the order of people, and its
    teachers; a team has people from anywhere.
    """
    group = np.full(len(age), NO_GROUP, dtype=np.int32)
    pupils = _pupils(table, age, seed)
    classes, teachers = _classes(table, pupils, age, seed, group)
    working = _workers(table, age, seed, group)
    working = _teach(age, working, teachers, group)
    sizes = _team_sizes(table, len(working), seed)
    teams = _join(working, sizes, classes, group)
    kind = np.full(classes + teams, WORK, dtype=np.uint8)
    kind[:classes] = SCHOOL
    first = np.zeros(len(kind) + 1, dtype=np.int32)
    member = np.empty(int(np.count_nonzero(group != NO_GROUP)), dtype=np.int32)
    _collect(group, first, member)
    return Groups(group=group, group_first=first, group_member=member, group_kind=kind)


def _level_by_age(table: Table) -> list[Level | None]:
    by_age: list[Level | None] = [None] * (OLDEST + 1)
    for level in table.levels:
        by_age[level.first_age : level.last_age + 1] = [level] * (
            level.last_age - level.first_age + 1
        )
    return by_age


def _pupils(table: Table, age: Ages, seed: int) -> NDArray[np.bool_]:
    """Return who attends a school."""
    key = stream_key(seed, "population: school")
    return _chosen(key, age, _thresholds(_attendance(table)))


def _attendance(table: Table) -> Reals:
    levels = _level_by_age(table)
    return np.array([0.0 if each is None else each.attendance for each in levels])


def _workers(table: Table, age: Ages, seed: int, group: Indices) -> Indices:
    """Return in random order who works; nobody does who is in a class."""
    highest = table.working.max(initial=0.0)
    shares = np.minimum(table.working / np.maximum(1 - _attendance(table), 1e-9), highest)
    key = stream_key(seed, "population: work")
    chosen = _chosen(key, age, _thresholds(shares)) & (group == NO_GROUP)
    workers = np.flatnonzero(chosen).astype(np.int32)
    order = np.argsort(Stream(seed, "population: workplace").bits(workers), kind="stable")
    return workers[order]


def _thresholds(shares: Reals) -> NDArray[np.uint64]:
    return np.array([threshold(float(share)) for share in shares], dtype=np.uint64)


@compiled
def _chosen(key: np.uint64, age: Ages, by_age: NDArray[np.uint64]) -> NDArray[np.bool_]:
    """Return of whom something is true that has a probability by age."""
    chosen = np.empty(len(age), dtype=np.bool_)
    for person in range(len(age)):
        chosen[person] = happens(absorb(key, person), by_age[age[person]])
    return chosen


def _classes(
    table: Table, pupils: NDArray[np.bool_], age: Ages, seed: int, group: Indices
) -> tuple[int, NDArray[np.int32]]:
    """Put pupils into classes; return how many there are, and each teacher's class in order."""
    by_age = np.bincount(age[pupils], minlength=OLDEST + 1)
    stream = Stream(seed, "population: class")
    ends: list[NDArray[np.int64]] = []
    teachers: list[NDArray[np.int32]] = []
    first = np.zeros(OLDEST + 2, dtype=np.int32)
    for year, level in enumerate(_level_by_age(table)):
        count = int(by_age[year])
        classes = 0
        if level is not None and count:
            classes = max(1, round(count / level.class_size))
            weight = 1 + level.spread * (2 * stream.uniform(year, np.arange(classes)) - 1)
            ends.append((np.cumsum(weight) / weight.sum() * count).round().astype(np.int64))
            numbers = np.arange(first[year], first[year] + classes, dtype=np.int32)
            teachers.append(np.repeat(numbers, level.teachers))
        first[year + 1] = first[year] + classes
    if ends:
        _attend(pupils, age, first, np.concatenate(ends), group)
    none = np.empty(0, dtype=np.int32)
    return int(first[-1]), np.concatenate(teachers) if teachers else none


@compiled
def _attend(
    pupils: NDArray[np.bool_],
    age: Ages,
    first: NDArray[np.int32],
    ends: NDArray[np.int64],
    group: Indices,
) -> None:
    """Fill the classes of each year of age one after the other, by the order of people.

    Args:
        pupils: who attends a school.
        age: of everybody.
        first: the first class of each year of age.
        ends: how many pupils of its year each class and those before it have.
        group: to be written.
    """
    current = first.copy()
    placed = np.zeros(len(first), dtype=np.int64)
    for person in range(len(age)):
        if pupils[person]:
            year = age[person]
            while placed[year] >= ends[current[year]]:
                current[year] += 1
            group[person] = current[year]
            placed[year] += 1


def _teach(age: Ages, working: Indices, teachers: NDArray[np.int32], group: Indices) -> Indices:
    """Make the first workers of the right age teachers; return the others."""
    lowest, highest = _TEACHING_AGES
    able = np.flatnonzero((age[working] >= lowest) & (age[working] <= highest))[: len(teachers)]
    group[working[able]] = teachers[: len(able)]
    return np.delete(working, able)


def _team_sizes(table: Table, workers: int, seed: int) -> NDArray[np.int32]:
    """Return the sizes of teams that hold the workers; the last has whom there are."""
    per_team = table.team_shares / table.team_sizes
    if not workers or not per_team.sum():
        return np.empty(0, dtype=np.int32)
    cumulative = np.cumsum(per_team / per_team.sum())
    key = stream_key(seed, "population: team")
    return _sizes(key, workers, cumulative, table.team_sizes)


@compiled
def _sizes(
    key: np.uint64, workers: int, cumulative: Reals, table: NDArray[np.int32]
) -> NDArray[np.int32]:
    sizes = np.empty(workers, dtype=np.int32)
    left, teams = workers, 0
    while left > 0:
        sizes[teams] = min(left, table[lookup(cumulative, unit(absorb(key, teams)))])
        left -= sizes[teams]
        teams += 1
    return sizes[:teams].copy()


@compiled
def _join(working: Indices, sizes: NDArray[np.int32], group: int, groups: Indices) -> int:
    """Put workers into teams, numbered from `group` on; who works alone is in none."""
    at, teams = 0, 0
    for size in sizes:
        if size > 1:
            for worker in working[at : at + size]:
                groups[worker] = group + teams
            teams += 1
        at += size
    return teams


@compiled
def _collect(group: Indices, first: Indices, member: Indices) -> None:
    """Write where each group begins and who its members are, in ascending order."""
    for own in group:
        if own >= 0:
            first[own + 1] += 1
    for each in range(1, len(first)):
        first[each] += first[each - 1]
    at = first.copy()
    for person in range(len(group)):
        own = group[person]
        if own >= 0:
            member[at[own]] = person
            at[own] += 1
