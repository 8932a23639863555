"""Populations that a scenario asks for: made from a demographic table, or of measured contacts."""

from pathlib import Path
from typing import Protocol

from dp3t import LimitError, MalformedError
from dp3t_simulator.population.groups import groups
from dp3t_simulator.population.half_edges import half_edges
from dp3t_simulator.population.households import households
from dp3t_simulator.population.measurement import measured
from dp3t_simulator.population.population import MeasuredContacts, Population
from dp3t_simulator.population.table import read_table

MAX_PEOPLE = 100_000_000
MAX_DAILY = 100.0
"""As many occasional contacts a day people have on average at most."""


class Settings(Protocol):
    """What decides who there is; `PopulationSettings` has it."""

    @property
    def preset(self) -> str:
        """The name of the demographic table."""

    @property
    def contacts_file(self) -> str | None:
        """The file whose contacts take the place of made ones, if any."""

    @property
    def occasional_daily(self) -> float | None:
        """How many occasional contacts people have a day on average; None for the table's."""


def populate(
    settings: Settings, people: int, seed: int
) -> tuple[Population, MeasuredContacts | None]:
    """Return the population of a scenario, and its contacts where a file holds them.

    Args:
        settings: of the population.
        people: how many; a file of contacts says so itself.
        seed: of the simulation, 0 to 2⁶⁴ - 1.

    Raises:
        MalformedError, LimitError, ValueError: as of `build` and `measured`, and for a file that
            is of no known format.
        OSError: the file cannot be read.
    """
    if settings.contacts_file is None:
        return build(settings, people, seed), None
    from dp3t_simulator.contacts.readers import read_contacts  # a made population needs none

    return measured(read_contacts(Path(settings.contacts_file)), settings.preset, seed)


def build(settings: Settings, people: int, seed: int) -> Population:
    """Return a population as a table describes it [POPULATION-2] [POPULATION-10].

    It depends on the arguments alone, not on how many threads there are.

    Args:
        settings: which table, and how many occasional contacts a day.
        people: how many, 1 to 100,000,000.
        seed: of the simulation, 0 to 2⁶⁴ - 1.

    Raises:
        MalformedError: no such preset, no people, or a number of contacts below 0 or that is none.
        LimitError: too many people, or too many occasional contacts.
        ValueError: a seed outside its range.
    """
    table = read_table(settings.preset)
    _check(people, settings.occasional_daily)
    age, household, household_first = households(table, people, seed)
    grouped = groups(table, age, seed)
    edge_first, edge_owner = half_edges(table, age, settings.occasional_daily, seed)
    return Population(
        people=people,
        age=age,
        household=household,
        household_first=household_first,
        group=grouped.group,
        group_first=grouped.group_first,
        group_member=grouped.group_member,
        group_kind=grouped.group_kind,
        edge_first=edge_first,
        edge_owner=edge_owner,
    )


def _check(people: int, daily: float | None) -> None:
    if people < 1:
        raise MalformedError(f"a population has at least one person, and not {people}")
    if people > MAX_PEOPLE:
        raise LimitError(f"a population has at most {MAX_PEOPLE} people, and not {people}")
    if daily is None:
        return
    if not daily >= 0:
        raise MalformedError(f"occasional contacts a day are at least 0, and not {daily}")
    if daily > MAX_DAILY:
        raise LimitError(f"occasional contacts a day are at most {MAX_DAILY:g}, and not {daily}")
