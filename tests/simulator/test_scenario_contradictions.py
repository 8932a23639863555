"""spec/simulator/scenario.md: settings that contradict one another."""

import pytest

from dp3t_simulator.scenario.errors import ScenarioError
from dp3t_simulator.scenario.reading import parse_scenario

CONTRADICTIONS = [
    ("people = 10", ("disease.seeds", "people")),
    ("people = 200000\nfidelity = 'protocol'", ("people", "fidelity protocol")),
    ("app.configuration = 'cwa'", ("app.configuration", "fidelity fast")),
    ("app.configuration = 'gaen-v1'", ("app.configuration", "fidelity fast")),
    ("people = 300\npopulation.contacts_file = 'x'", ("people", "population.contacts_file")),
    (
        "population = {contacts_file = 'x', work_contact = 0.9}",
        ("population.work_contact", "population.contacts_file"),
    ),
    (
        "population = {contacts_file = 'x', occasional_daily = 3}",
        ("population.occasional_daily", "population.contacts_file"),
    ),
    *(
        (f"population.contacts_file = 'x'\n{each}", (path, "population.contacts_file"))
        for each, path in (
            ("population.visits_daily = 0.5", "population.visits_daily"),
            ("population.venue_capacity = 9", "population.venue_capacity"),
            ("population.school_contact = 0.2", "population.school_contact"),
            ("disease.household = 2", "disease.household"),
            ("disease.occasional = 0.5", "disease.occasional"),
            ("lockdown = [{from_day = 1, to_day = 2, school = 0}]", "lockdown[0].school"),
            ("presence.enabled = true", "presence.enabled"),
        )
    ),
    (
        "population.contacts_sha256 = '00'",
        ("population.contacts_sha256", "population.contacts_file"),
    ),
    (
        "presence.enabled = true\npopulation.visits_daily = 0",
        ("presence.enabled", "population.visits_daily"),
    ),
    ("presence.enabled = true\napp.uptake = 0", ("presence.enabled", "app.uptake")),
    ("testing.enabled = false", ("testing.enabled", "app.uptake")),
    (
        "testing.enabled = false\napp.uptake = 0\nmanual_tracing.enabled = true",
        ("testing.enabled", "manual_tracing.enabled"),
    ),
    (
        "manual_tracing.on_symptoms = true",
        ("manual_tracing.on_symptoms", "manual_tracing.enabled"),
    ),
    (
        "testing.enabled = false\napp.uptake = 0\nquarantine.release_test_day = 5",
        ("testing.enabled", "quarantine.release_test_day"),
    ),
    (
        "app = {upload_delay_days = 5, retention_days = 5}",
        ("app.upload_delay_days", "app.retention_days"),
    ),
    ("app.retention_days = 1", ("app.redaction", "app.retention_days")),
    (
        "quarantine = {days = 7, release_test_day = 8}",
        ("quarantine.release_test_day", "quarantine.days"),
    ),
    (
        "lockdown = [{from_day = 5, to_day = 5}]",
        ("lockdown[0].to_day", "lockdown[0].from_day", "ends before"),
    ),
    (
        "lockdown = [{from_day = 9, to_day = 20}, {from_day = 1, to_day = 10}]",
        ("lockdown[0].from_day", "lockdown[1].to_day", "overlap"),
    ),
]


@pytest.mark.spec("SCENARIO-4")
@pytest.mark.parametrize(
    ("document", "named"), CONTRADICTIONS, ids=[each[0] for each in CONTRADICTIONS]
)
def test_contradictions_are_refused_with_the_names_of_both(
    document: str, named: tuple[str, ...]
) -> None:
    with pytest.raises(ScenarioError) as caught:
        parse_scenario(document, name="file")
    message = str(caught.value)
    assert all(each in message for each in named), message


@pytest.mark.parametrize(
    "document",
    [
        "lockdown = [{from_day = 9, to_day = 20}, {from_day = 1, to_day = 9}]",
        "quarantine = {days = 7, release_test_day = 7}",
        "fidelity = 'protocol'\napp.configuration = 'cwa'",
        "testing.enabled = false\napp.uptake = 0",
        "testing.enabled = false\napp.upload_on = 'symptoms'",
        "population.contacts_file = 'x'",
        "people = 300\npopulation = {contacts_file = 'x', contacts_sha256 = '00'}",
        "population = {contacts_file = 'x', visits_daily = 0}",
        "population.contacts_file = 'x'\nlockdown = [{from_day = 1, to_day = 2, occasional = 0}]",
        "app = {upload_delay_days = 4, retention_days = 5}",
        "app = {retention_days = 1, redaction = 0}",
    ],
)
def test_what_lies_beside_a_contradiction_is_allowed(document: str) -> None:
    parse_scenario(document, name="file")
