"""Scenarios as TOML, with every setting, so that a run can be repeated [SCENARIO-5]."""

import json
from collections.abc import Mapping
from typing import Any

from dp3t_simulator.scenario.fields import settings_of


def to_mapping(settings: Any) -> dict[str, Any]:
    """Return settings as a document of tables, lists and values; what is left out is not in it."""
    document: dict[str, Any] = {}
    for name, setting in settings_of(settings.__class__).items():
        value = getattr(settings, name)
        if setting.repeated:
            document[name] = [to_mapping(each) for each in value]
        elif not setting.about:
            document[name] = to_mapping(value)
        elif value is not None:
            document[name] = float(value) if setting.kind is float else value
    return document


def to_toml(settings: Any) -> str:
    """Return a TOML document that reads back as an equal scenario, defaults included."""
    document = to_mapping(settings)
    lines = [_line(*each) for each in document.items() if not _is_tables(each[1])]
    for name, value in document.items():
        if isinstance(value, dict):
            lines += ["", f"[{name}]", *(_line(*each) for each in value.items())]
        elif _is_tables(value):
            for table in value:
                lines += ["", f"[[{name}]]", *(_line(*each) for each in table.items())]
    return "\n".join(lines) + "\n"


def _is_tables(value: object) -> bool:
    return isinstance(value, Mapping | list)


def _line(name: str, value: object) -> str:
    return f"{name} = {_written(value)}"


def _written(value: object) -> str:
    if isinstance(value, tuple):
        return f"[{', '.join(repr(float(each)) for each in value)}]"
    # JSON's text, numbers and true and false are TOML's; only DEL must be escaped there too.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
