"""Scenarios of measured contacts: which file it is, and whom it has [SCENARIO-15]."""

from dataclasses import replace
from pathlib import Path

from dp3t.primitives import sha256
from dp3t_simulator.scenario.errors import ScenarioError
from dp3t_simulator.scenario.settings import Scenario
from dp3t_simulator.scenario.world import DEFAULT_PEOPLE

CONTACTS_FILE = "population.contacts_file"


def pinned(scenario: Scenario) -> Scenario:
    """Return the scenario with the checksum of its file of contacts, if it has one.

    Nobody visits venues beside measured contacts.

    Raises:
        ScenarioError: the scenario has the checksum of another file.
        OSError: the file cannot be read.
    """
    population = scenario.population
    if population.contacts_file is None:
        return scenario
    found = sha256(Path(population.contacts_file).read_bytes()).hex()
    if population.contacts_sha256 not in (None, found):
        raise ScenarioError(
            f"population.contacts_sha256 is {population.contacts_sha256}, and that of "
            f"{population.contacts_file} is {found}: it is another file"
        )
    return replace(
        scenario, population=replace(population, contacts_sha256=found, visits_daily=0.0)
    )


def of_people(scenario: Scenario, people: int) -> Scenario:
    """Return a scenario with as many people as there are, whoever counted them.

    Args:
        scenario: as `pinned` returns it.
        people: those that were made, or that the file of contacts has.

    Raises:
        ScenarioError: they are others than it says, or too few or too many for it.
    """
    if scenario.people not in (people, DEFAULT_PEOPLE):
        raise ScenarioError(
            f"people is {scenario.people}, and population.contacts_file has {people}"
        )
    return replace(scenario, people=people)
