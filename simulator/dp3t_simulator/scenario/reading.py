"""Scenarios from TOML, and from a scenario and a few changes [SCENARIO-2] [SCENARIO-3]."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import fields, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from dp3t_simulator.scenario import presets
from dp3t_simulator.scenario.errors import ScenarioError
from dp3t_simulator.scenario.fields import Setting, all_settings, allowed, settings_of
from dp3t_simulator.scenario.settings import PresenceSettings, Scenario
from dp3t_simulator.scenario.writing import to_mapping

Document = dict[str, Any]

MAX_BYTES = 1_000_000
"""How long a file may be, which is a thousand times what one with every setting takes."""

_STEP = re.compile(r"(?P<name>\w+)(\[(?P<place>\d+)\])?")


def read_scenario(source: str | Path) -> Scenario:
    """Return the scenario of a file, or the shipped one of that name.

    Args:
        source: the path of a TOML file, or a name of `presets.NAMES`. A name in a file's settings
            that is itself a path is seen from the file's folder.

    Raises:
        ScenarioError: a scenario that cannot be run, or a name that is not shipped.
        OSError: a file that cannot be read.
    """
    if isinstance(source, str) and not source.endswith(".toml") and not Path(source).is_file():
        return parse_scenario(presets.text_of(source), name=source)
    path = Path(source)
    try:
        scenario = parse_scenario(_bytes_of(path).decode(), name=path.stem)
    except UnicodeDecodeError as error:
        raise ScenarioError(f"{path}: not UTF-8 at byte {error.start}") from None
    except ScenarioError as error:
        raise ScenarioError(f"{path}: {error}") from None
    contacts = scenario.population.contacts_file
    if contacts is None:
        return scenario
    population = replace(scenario.population, contacts_file=str(path.parent / contacts))
    return replace(scenario, population=population)


def parse_scenario(toml: str, *, name: str) -> Scenario:
    """Return the scenario of a TOML document.

    Args:
        toml: the document.
        name: what the scenario is called unless the document says so.

    Raises:
        ScenarioError: a document that is no TOML, a setting that does not exist or is not allowed,
            or two that contradict each other.
    """
    try:
        document = tomllib.loads(toml)
    except (ValueError, RecursionError) as error:  # also of a number or brackets without end
        raise ScenarioError(f"no TOML: {error}") from None
    return scenario_of({"name": name, **document})


def scenario_of(document: Document) -> Scenario:
    """Return the scenario of a document whose keys are those of a file, `name` among them.

    Raises:
        ScenarioError: see `parse_scenario`.
    """
    made = _settings_of(document, Scenario, "")
    assert isinstance(made, Scenario)  # noqa: S101 - what the line above makes
    return made


def replaced(scenario: Scenario, path: str, value: str) -> Scenario:
    """Return the scenario with one setting changed; see `replaced_all`."""
    return replaced_all(scenario, {path: value})


def replaced_all(scenario: Scenario, changes: Mapping[str, str]) -> Scenario:
    """Return the scenario with settings changed, all at once.

    Args:
        scenario: what is changed.
        changes: by path, such as `app.uptake` or `lockdown[0].work`, the value as text: as in a
            file, where text needs no quotes; empty for what may be left out.

    Raises:
        ScenarioError: a path that does not exist, or a value that is not allowed.
    """
    document = to_mapping(scenario)
    for path, value in changes.items():
        _set(document, path, value)
    return scenario_of(document)


def without_app(scenario: Scenario) -> Scenario:
    """Return the same world in which nobody has the app or checks in anywhere."""
    return replace(
        scenario, app=replace(scenario.app, uptake=0.0), presence=PresenceSettings(enabled=False)
    )


def _bytes_of(path: Path) -> bytes:
    with path.open("rb") as file:
        found = file.read(MAX_BYTES + 1)
    if len(found) > MAX_BYTES:
        raise ScenarioError(f"longer than {MAX_BYTES} bytes, which no scenario is")
    return found


def _set(document: Document, path: str, value: str) -> None:
    *before, last = path.split(".")
    settings: type = Scenario
    inner: Any = document
    for step in before:
        matched = _STEP.fullmatch(step)
        setting = settings_of(settings).get(matched["name"]) if matched else None
        if matched is None or setting is None or setting.about:
            raise _unknown(path)
        settings, inner = setting.kind, inner.setdefault(setting.name, {})
        if setting.repeated != (matched["place"] is not None):
            raise _unknown(path)
        if setting.repeated:
            place = int(matched["place"])
            if place >= len(inner):
                raise ScenarioError(f"{path}: there are {len(inner)} of {setting.name}")
            inner = inner[place]
    setting = settings_of(settings).get(last)
    if setting is None or setting.about is None:
        raise _unknown(path)
    if setting.optional and not value:
        inner.pop(last, None)
    else:
        inner[last] = _parsed(value, setting)


def _parsed(text: str, setting: Setting) -> object:
    """Return what a text is: what TOML takes it for, and otherwise itself."""
    try:
        (value,) = tomllib.loads(f"value = {text}").values()
    except (ValueError, RecursionError):
        return text
    return value if setting.kind is not str or isinstance(value, str) else text


def _settings_of(document: Mapping[str, Any], settings: type, path: str) -> object:
    known = settings_of(settings)
    for name in document:
        if name not in known:
            raise _unknown(path + name)
    values = {name: _value_of(document[name], known[name], path + name) for name in document}
    for each in fields(settings):
        if each.default is each.default_factory and each.name not in values:  # both are MISSING
            raise ScenarioError(f"{path}{each.name} is missing; it is {allowed(known[each.name])}")
    return settings(**values)


def _value_of(value: object, setting: Setting, path: str) -> object:
    if setting.about:
        return tuple(value) if isinstance(value, list) else value
    if setting.repeated and isinstance(value, list):
        each = enumerate(value)
        return tuple(_tables(part, setting, f"{path}[{place}]") for place, part in each)
    if setting.repeated:
        raise ScenarioError(f"{path} is not a list of tables: write [[{path}]]")
    return _tables(value, setting, path)


def _tables(value: object, setting: Setting, path: str) -> object:
    if not isinstance(value, dict):
        raise ScenarioError(f"{path} is not a table: write [{path}]")
    return _settings_of(value, setting.kind, path + ".")


def _unknown(path: str) -> ScenarioError:
    plain = re.sub(r"\[\d+\]", "[]", path)
    paths = [each for each, _ in all_settings(Scenario)]
    tables = [name for name, each in settings_of(Scenario).items() if not each.about]
    if path in tables:
        within = [each for each in paths if re.match(rf"{path}(\[\])?\.", each)]
        return ScenarioError(f"{path} is no setting but a table of them: {', '.join(within)}")
    same_field = [each for each in paths if each.rpartition(".")[2] == plain]
    near = same_field or get_close_matches(plain, paths + tables, n=1, cutoff=0.5)
    if not near:
        leaves = {each.rpartition(".")[2]: each for each in paths}
        near = [leaves[each] for each in get_close_matches(plain.rpartition(".")[2], leaves, n=1)]
    return ScenarioError(
        f"there is no setting {path}" + (f"; the nearest is {near[0]}" if near else "")
    )
