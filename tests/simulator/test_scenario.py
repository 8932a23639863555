"""Scenarios: settings, their ranges, files and changes."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dp3t import Dp3tError
from dp3t.proximity import DESIGN_NAMES
from dp3t.proximity.exposure.presets import PRESETS
from dp3t_simulator.scenario import phones, presets
from dp3t_simulator.scenario.errors import ScenarioError
from dp3t_simulator.scenario.fields import Setting, all_settings, allowed
from dp3t_simulator.scenario.reading import (
    parse_scenario,
    read_scenario,
    replaced,
    replaced_all,
    without_app,
)
from dp3t_simulator.scenario.settings import (
    AppSettings,
    DiseaseSettings,
    LockdownStep,
    PopulationSettings,
    PresenceSettings,
    RadioSettings,
    Scenario,
)
from dp3t_simulator.scenario.writing import to_mapping, to_toml

PLAIN = Scenario(name="plain")
WITH_STEP = replace(PLAIN, lockdown=(LockdownStep(from_day=3, to_day=9),))
CHAPTER = Path(__file__).resolve().parents[2] / "spec" / "simulator" / "scenario.md"


def refusal(document: str) -> str:
    with pytest.raises(ScenarioError) as caught:
        parse_scenario(document, name="file")
    return str(caught.value)


def numbers() -> Iterator[tuple[str, Setting]]:
    for path, setting in all_settings(Scenario):
        if setting.about and setting.about.lowest is not None and not setting.about.length:
            yield path.replace("[]", "[0]"), setting


@pytest.mark.spec("SCENARIO-1")
@pytest.mark.parametrize(("path", "setting"), list(numbers()), ids=lambda each: str(each)[:40])
def test_a_number_outside_its_range_is_refused_with_name_unit_and_range(
    path: str, setting: Setting
) -> None:
    about = setting.about
    assert about is not None
    assert about.lowest is not None
    assert about.highest is not None
    for value in (about.lowest - 1, about.highest + 1):
        with pytest.raises(ScenarioError) as caught:
            replaced(WITH_STEP, path, f"{value:.12g}")
        message = str(caught.value)
        assert message.startswith(f"{path} is ")
        assert f"({about.unit})" in message
        assert f"from {about.lowest:.12g} to {about.highest:.12g}" in message


@pytest.mark.spec("SCENARIO-1")
@pytest.mark.parametrize(
    ("document", "message"),
    [
        ("days = 1.5", "days is 1.5; it is a whole number (days) from 1 to 2000"),
        ("days = true", "days is true; it is a whole number (days) from 1 to 2000"),
        ("app.uptake = 'half'", "app.uptake is 'half'; it is a number (share) from 0 to 1"),
        ("app.uptake = nan", "app.uptake is nan; it is a number (share) from 0 to 1"),
        ("app.uptake = [0.5]", "app.uptake is [0.5]; it is a number (share) from 0 to 1"),
        ("app.design = 'cuckoo'", "it is lowcost, unlinkable, hybrid or gaen"),
        ("app.design = 3", "app.design is 3; it is lowcost, unlinkable, hybrid or gaen"),
        ("testing.enabled = 1", "testing.enabled is 1; it is true or false"),
        (
            "app.smartphone_by_age = [0.5]",
            "app.smartphone_by_age is [0.5]; it is a list of 10 numbers (share) from 0 to 1",
        ),
        (f"app.smartphone_by_age = {[0.5] * 11}", "it is a list of 10 numbers (share)"),
        ("app.smartphone_by_age = 0.5", "it is a list of 10 numbers (share)"),
        ("app = 3", "app is not a table: write [app]"),
        ("lockdown = {}", "lockdown is not a list of tables: write [[lockdown]]"),
        ("lockdown = [3]", "lockdown[0] is not a table"),
        ("[[lockdown]]\nfrom_day = 3", "lockdown[0].to_day is missing; it is a whole number"),
    ],
)
def test_a_value_of_another_type_is_refused_with_what_is_allowed(
    document: str, message: str
) -> None:
    assert message in refusal(document)


@pytest.mark.spec("SCENARIO-1")
@pytest.mark.parametrize(
    "changed",
    [
        {"app": 3},
        {"app": PresenceSettings()},
        {"lockdown": [LockdownStep(from_day=0, to_day=1)]},
        {"lockdown": (3,)},
        {"people": 5.0},
        {"app": AppSettings(uptake=1.01)},
    ],
)
def test_a_scenario_made_in_python_is_held_to_the_same_rules(changed: dict[str, Any]) -> None:
    (name,) = changed
    with pytest.raises(ScenarioError, match=f"^{name}"):
        replace(PLAIN, **changed)


@pytest.mark.spec("SCENARIO-1")
def test_the_chapter_has_the_names_defaults_ranges_and_meanings_of_the_code() -> None:
    found = [
        line.removeprefix("| ").removesuffix(" |").split(" | ")
        for line in CHAPTER.read_text(encoding="utf-8").splitlines()
        if line.startswith("| `") and line.count(" | ") == 3
    ]
    made = dict(all_settings(Scenario))
    assert [name.strip("`") for name, *_ in found] == list(made)
    written = to_toml(WITH_STEP)
    for (name, default, range_, meaning), setting in zip(found, made.values(), strict=True):
        assert setting.about is not None
        assert range_ == allowed(setting)
        assert meaning == setting.about.en
        assert setting.about.vi
        if default.startswith("`"):
            assert f"{name.strip('`').rpartition('.')[2]} = {default.strip('`')}\n" in written


@pytest.mark.spec("SCENARIO-2")
@pytest.mark.parametrize(
    ("document", "nearest"),
    [
        ("app.uptak = 1", "there is no setting app.uptak; the nearest is app.uptake"),
        ("uptake = 1", "there is no setting uptake; the nearest is app.uptake"),
        ("ap.uptake = 1", "there is no setting ap; the nearest is app"),
        ("[[lockdown]]\nfrom = 1", "there is no setting lockdown[0].from"),
        ("zzzzzzzz = 1", "there is no setting zzzzzzzz"),
    ],
)
def test_an_unknown_setting_is_refused_with_the_nearest(document: str, nearest: str) -> None:
    assert refusal(document).startswith(nearest)


@pytest.mark.spec("SCENARIO-3")
def test_changes_are_read_as_in_a_file_and_text_needs_no_quotes() -> None:
    changed = replaced_all(
        WITH_STEP,
        {
            "app.uptake": "0.3",
            "app.design": "gaen",
            "name": "5",
            "lockdown[0].work": "0.5",
            "radio.loss": "0.25",
            "quarantine.household": "false",
            "app.smartphone_by_age": str([0.5] * 10),
        },
    )
    assert changed.app.uptake == 0.3
    assert changed.app.design == "gaen"
    assert changed.name == "5"
    assert changed.lockdown[0].work == 0.5
    assert changed.radio.loss == 0.25
    assert changed.quarantine.household is False
    assert changed.app.smartphone_by_age == (0.5,) * 10
    assert replaced(changed, "radio.loss", "").radio == RadioSettings()


@pytest.mark.spec("SCENARIO-3")
def test_changes_may_contradict_each_other_on_the_way_but_not_at_the_end() -> None:
    scenario = replace(PLAIN, presence=PresenceSettings(enabled=True))
    with pytest.raises(ScenarioError, match=r"presence\.enabled"):
        replaced(scenario, "app.uptake", "0")
    changed = replaced_all(scenario, {"app.uptake": "0", "presence.enabled": "false"})
    assert changed == without_app(scenario)


@pytest.mark.spec("SCENARIO-3")
@pytest.mark.parametrize(
    ("path", "fault"),
    [
        ("app", "app is no setting but a table of them: app.uptake, "),
        ("uptake", "the nearest is app.uptake"),
        ("app.uptake.more", "there is no setting app.uptake.more"),
        ("lockdown.work", "there is no setting lockdown.work"),
        ("app[0].uptake", "there is no setting"),
        ("lockdown[0].work", "lockdown[0].work: there are 0 of lockdown"),
        ("", "there is no setting"),
    ],
)
def test_a_change_of_what_is_not_there_is_refused(path: str, fault: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        replaced(PLAIN, path, "1")
    assert fault in str(caught.value)


@pytest.mark.spec("SCENARIO-5")
@pytest.mark.parametrize("name", presets.NAMES)
def test_a_shipped_scenario_is_described_and_reads_back_as_it_was_written(name: str) -> None:
    scenario = read_scenario(name)
    assert scenario.name == name
    assert scenario.description
    assert scenario.description_vi
    assert parse_scenario(to_toml(scenario), name="other") == scenario


def test_the_chapter_names_every_shipped_scenario_and_no_file_is_left_out() -> None:
    text = CHAPTER.read_text(encoding="utf-8")
    assert all(name in text for name in presets.NAMES)
    shipped = {path.stem for path in Path(presets.__file__).parent.glob("*.toml")}
    assert shipped == set(presets.NAMES)


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)


@pytest.mark.spec("SCENARIO-5")
@given(
    name=texts,
    uptake=st.floats(0, 1),
    shares=st.none() | st.lists(st.floats(0, 1), min_size=10, max_size=10).map(tuple),
    reproduction=st.floats(0, 20) | st.integers(0, 20),
    steps=st.lists(st.floats(0, 1), max_size=3),
)
def test_any_scenario_reads_back_as_it_was_written(
    name: str,
    uptake: float,
    shares: tuple[float, ...] | None,
    reproduction: float,
    steps: list[float],
) -> None:
    scenario = Scenario(
        name=name,
        app=AppSettings(uptake=uptake, smartphone_by_age=shares),
        disease=DiseaseSettings(reproduction_number=reproduction),
        lockdown=tuple(
            LockdownStep(from_day=place, to_day=place + 1, work=share)
            for place, share in enumerate(steps)
        ),
    )
    document = to_toml(scenario)
    assert parse_scenario(document, name="other") == scenario
    for path, _ in all_settings(Scenario):
        leaf = path.rpartition(".")[2]
        left_out = leaf in {
            "contacts_file",
            "contacts_sha256",
            "occasional_daily",
            "loss",
            "smartphone_by_age",
        }
        assert left_out or "[]" in path or f"{leaf} = " in document


def test_a_whole_number_is_written_as_the_number_it_stands_for() -> None:
    whole = replace(PLAIN, disease=DiseaseSettings(reproduction_number=3))
    broken = replace(PLAIN, disease=DiseaseSettings(reproduction_number=3.0))
    assert "reproduction_number = 3.0\n" in to_toml(whole)
    assert to_toml(whole) == to_toml(broken)


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_any_file_is_a_scenario_or_refused(
    tmp_path_factory: pytest.TempPathFactory, data: bytes
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.toml"
    path.write_bytes(data)
    try:
        read_scenario(path)
    except Dp3tError as error:
        assert str(path) in str(error)  # noqa: PT017 - either outcome is right


@given(st.sampled_from([path for path, _ in all_settings(Scenario)]), st.text(max_size=20))
def test_any_change_is_made_or_refused(path: str, value: str) -> None:
    try:
        replaced(WITH_STEP, path.replace("[]", "[0]"), value)
    except Dp3tError as error:
        assert str(error)  # noqa: PT017 - either outcome is right


def test_a_file_is_named_after_itself_and_its_contacts_are_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "school.toml"
    path.write_text("[population]\ncontacts_file = 'contacts.csv'\n", encoding="utf-8")
    scenario = read_scenario(path)
    assert scenario.name == "school"
    assert scenario.population == PopulationSettings(contacts_file=str(tmp_path / "contacts.csv"))


def test_a_name_that_is_not_shipped_is_refused_with_those_that_are() -> None:
    with pytest.raises(ScenarioError, match="no scenario is called vietnam; there are vietnam-pro"):
        read_scenario("vietnam")
    with pytest.raises(FileNotFoundError):
        read_scenario("vietnam.toml")


@pytest.mark.spec("SCENARIO-8")
def test_without_the_app_nothing_else_differs() -> None:
    scenario = replace(PLAIN, presence=PresenceSettings(enabled=True))
    plain = to_mapping(without_app(scenario))
    with_app = to_mapping(scenario)
    assert plain["app"].pop("uptake") == 0
    assert with_app["app"].pop("uptake") > 0
    assert not plain.pop("presence")["enabled"]
    del with_app["presence"]
    assert plain == with_app


def test_the_words_for_designs_and_configurations_are_the_library_s() -> None:
    assert phones.DESIGNS == DESIGN_NAMES
    assert tuple(PRESETS) == phones.CONFIGURATIONS
