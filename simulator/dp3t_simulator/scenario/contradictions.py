"""Settings that are each allowed and together mean nothing [SCENARIO-4].

What would silently have no effect is refused, since a run that ignores a setting answers another
question than was asked.
"""

from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import TYPE_CHECKING

from dp3t_simulator.scenario.errors import ScenarioError
from dp3t_simulator.scenario.measures import LockdownStep
from dp3t_simulator.scenario.world import DEFAULT_PEOPLE, DiseaseSettings, PopulationSettings

if TYPE_CHECKING:
    from dp3t_simulator.scenario.settings import Scenario

PROTOCOL_ONLY = ("gaen-v1", "cwa")
"""Configurations that the fast loops do not compute."""
MAX_PROTOCOL_PEOPLE = 100_000

_MADE = ("occasional_daily", "school_contact", "work_contact", "venue_capacity")
_CIRCLES = ("household", "school", "work", "occasional", "venue")
_LOCKED = ("household", "school", "work", "venue")
"""What asks for circles that measured contacts do not have; a lockdown leaves of them what it does
of occasional ones."""


def refuse_contradictions(scenario: "Scenario") -> None:
    """Refuse settings that contradict one another.

    Raises:
        ScenarioError: the first contradiction, with the names of both settings.
    """
    for rule in _RULES:
        for fault in rule(scenario):
            raise ScenarioError(fault)


def _people(scenario: "Scenario") -> Iterator[str]:
    if scenario.disease.seeds > scenario.people:
        yield f"disease.seeds is {scenario.disease.seeds}, and people only {scenario.people}"
    if scenario.fidelity == "protocol" and scenario.people > MAX_PROTOCOL_PEOPLE:
        yield (
            f"people is {scenario.people}, and fidelity protocol takes at most "
            f"{MAX_PROTOCOL_PEOPLE}: every phone is an object; fast takes more"
        )


def _configuration(scenario: "Scenario") -> Iterator[str]:
    if scenario.fidelity == "fast" and scenario.app.configuration in PROTOCOL_ONLY:
        yield (
            f"app.configuration is {scenario.app.configuration}, which fidelity fast does not "
            "compute; fidelity protocol does"
        )


def _measured(scenario: "Scenario") -> Iterator[str]:
    population = scenario.population
    if population.contacts_file is None:
        if population.contacts_sha256 is not None:
            yield "population.contacts_sha256 is given, and no population.contacts_file"
        return
    if scenario.people != DEFAULT_PEOPLE and population.contacts_sha256 is None:
        yield (
            "people is given, and population.contacts_file says who there is; people is for a "
            "scenario that a run has saved, with population.contacts_sha256"
        )
    if scenario.presence.enabled:
        yield "presence.enabled is true, and with population.contacts_file nobody visits a venue"
    if population.visits_daily:
        yield from _given(population, PopulationSettings(), "population", ("visits_daily",))
    yield from _given(population, PopulationSettings(), "population", _MADE)
    yield from _given(scenario.disease, DiseaseSettings(), "disease", _CIRCLES)
    for place, step in enumerate(scenario.lockdown):
        nothing = LockdownStep(from_day=step.from_day, to_day=step.to_day)
        yield from _given(step, nothing, f"lockdown[{place}]", _LOCKED)


def _given(settings: object, default: object, path: str, names: tuple[str, ...]) -> Iterator[str]:
    """Yield what is given of settings that have no effect on measured contacts."""
    for name in names:
        if getattr(settings, name) != getattr(default, name):
            yield f"{path}.{name} is given, and population.contacts_file has the contacts"


def _app(scenario: "Scenario") -> Iterator[str]:
    app, presence = scenario.app, scenario.presence
    if presence.enabled and app.uptake == 0:
        yield "presence.enabled is true, and app.uptake 0: nobody could check in"
    if presence.enabled and scenario.population.visits_daily == 0:
        yield "presence.enabled is true, and population.visits_daily 0: nobody visits a venue"
    if app.uptake > 0 and not scenario.testing.enabled and app.upload_on == "test":
        yield (
            "testing.enabled is false, and app.uptake more than 0: without a positive result "
            'nobody may upload; with app.upload_on = "symptoms" whoever falls ill may'
        )
    if app.upload_delay_days >= app.retention_days:
        yield (
            f"app.upload_delay_days is {app.upload_delay_days}, and app.retention_days "
            f"{app.retention_days}: phones would have forgotten every contact"
        )
    if app.redaction > 0 and app.retention_days == 1:
        yield "app.redaction is more than 0, and app.retention_days 1: nothing would be left"


def _measures(scenario: "Scenario") -> Iterator[str]:
    quarantine, tracing = scenario.quarantine, scenario.manual_tracing
    if tracing.enabled and not (tracing.on_symptoms or scenario.testing.enabled):
        yield "manual_tracing.enabled is true, and testing.enabled false: nobody could be asked"
    if tracing.on_symptoms and not tracing.enabled:
        yield "manual_tracing.on_symptoms is true, and manual_tracing.enabled false"
    if quarantine.release_test_day > 0 and not scenario.testing.enabled:
        yield "quarantine.release_test_day is given, and testing.enabled is false"
    if quarantine.release_test_day > quarantine.days:
        yield (
            f"quarantine.release_test_day is {quarantine.release_test_day}, and quarantine.days "
            f"only {quarantine.days}"
        )


def _lockdown(scenario: "Scenario") -> Iterator[str]:
    for place, step in enumerate(scenario.lockdown):
        if step.to_day <= step.from_day:
            yield (
                f"lockdown[{place}].to_day is {step.to_day}, and lockdown[{place}].from_day "
                f"{step.from_day}: it ends before it begins"
            )
    order = sorted(enumerate(scenario.lockdown), key=_first_day)
    for (place, step), (later, follower) in pairwise(order):
        if follower.from_day < step.to_day:
            yield (
                f"lockdown[{later}].from_day is {follower.from_day}, and lockdown[{place}].to_day "
                f"{step.to_day}: they overlap"
            )


def _first_day(numbered: tuple[int, LockdownStep]) -> int:
    return numbered[1].from_day


_RULES: tuple[Callable[["Scenario"], Iterator[str]], ...] = (
    _people,
    _configuration,
    _measured,
    _app,
    _measures,
    _lockdown,
)
