"""The fields of settings by name: what they hold and mean, and whether a value is allowed."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, get_args, get_origin, get_type_hints

from dp3t_simulator.scenario.about import About
from dp3t_simulator.scenario.errors import ScenarioError

_WORDS: dict[type, str] = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    str: "text",
    tuple: "a list of numbers",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """A field of settings.

    Attributes:
        name: of the field.
        kind: what it holds: bool, int, float, str, tuple (of numbers), or a class of settings.
        optional: whether it may be left out, and is None then.
        repeated: whether it is a tuple of settings, not one.
        about: its unit, range and meaning; None where it holds settings.
    """

    name: str
    kind: type
    optional: bool = False
    repeated: bool = False
    about: About | None = None


@cache
def settings_of(cls: type) -> dict[str, Setting]:
    """Return the fields of a class of settings by name, in their order."""
    hints = get_type_hints(cls, include_extras=True)
    return {each.name: _setting(each.name, hints[each.name]) for each in fields(cls)}


def _setting(name: str, hint: Any) -> Setting:
    if get_origin(hint) is not Annotated:
        repeated = get_origin(hint) is tuple
        return Setting(name=name, kind=get_args(hint)[0] if repeated else hint, repeated=repeated)
    inner, about = get_args(hint)
    optional = get_origin(inner) is UnionType
    if optional:
        (inner,) = (each for each in get_args(inner) if each is not NoneType)
    return Setting(name=name, kind=get_origin(inner) or inner, optional=optional, about=about)


def all_settings(cls: type, path: str = "") -> Iterator[tuple[str, Setting]]:
    """Yield every setting that holds a value, with its path, such as `app.uptake`.

    Repeated settings have one path, such as `lockdown[].work`.
    """
    for setting in settings_of(cls).values():
        if setting.about:
            yield path + setting.name, setting
        else:
            under = f"{path}{setting.name}{'[]' if setting.repeated else ''}."
            yield from all_settings(setting.kind, under)


def allowed(setting: Setting) -> str:
    """Return what a setting may be, in words: "a share from 0 to 1"."""
    about = setting.about
    if about is None:
        return "a list of tables" if setting.repeated else "a table"
    if about.choices:
        return " or ".join(filter(None, (", ".join(about.choices[:-1]), about.choices[-1])))
    bounds = f" from {_plain(about.lowest)} to {_plain(about.highest)}"
    if about.length:
        return f"a list of {about.length} numbers ({about.unit}){bounds}"
    words = _WORDS[setting.kind]
    if about.lowest is None:
        return words
    return (f"{words} ({about.unit})" if about.unit else words) + bounds


def check_fields(settings: Any, path: str = "") -> None:
    """Check every field of settings and of the settings within.

    Raises:
        ScenarioError: a value of another type or outside its range; the message names the field,
            its unit and what is allowed.
    """
    for name, setting in settings_of(settings.__class__).items():
        value = getattr(settings, name)
        if setting.about:
            _check_value(value, setting, path + name)
        elif not setting.repeated:
            _check_settings(value, setting, path + name)
        else:
            if not isinstance(value, tuple):
                raise ScenarioError(f"{path}{name} is {_shown(value)}; it is {allowed(setting)}")
            for place, each in enumerate(value):
                _check_settings(each, setting, f"{path}{name}[{place}]")


def _check_settings(value: object, setting: Setting, path: str) -> None:
    if not (is_dataclass(value) and isinstance(value, setting.kind)):
        raise ScenarioError(f"{path} is {_shown(value)}; it is a table")
    check_fields(value, path + ".")


def _check_value(value: object, setting: Setting, path: str) -> None:
    about = setting.about
    if about is None or (value is None and setting.optional):
        return
    parts = value if isinstance(value, tuple) and setting.kind is tuple else (value,)
    kind = float if setting.kind is tuple else setting.kind
    of_length = setting.kind is not tuple or (parts is value and len(parts) == about.length)
    if not (of_length and all(_is_allowed(each, kind, about) for each in parts)):
        raise ScenarioError(f"{path} is {_shown(value)}; it is {allowed(setting)}")


def _is_allowed(value: object, kind: type, about: About) -> bool:
    if kind in (bool, str) or not isinstance(value, int | float) or isinstance(value, bool):
        return type(value) is kind and (not about.choices or value in about.choices)
    if kind is int and not isinstance(value, int):
        return False
    return math.isfinite(value) and (
        (about.lowest is None or about.lowest <= value)
        and (about.highest is None or value <= about.highest)
    )


def _plain(number: float | None) -> str:
    return "" if number is None else f"{number:.12g}"


def _shown(value: object) -> str:
    """Return a value as it would be written in a file, cut where it is long."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return "a table"
    written = repr(list(value)) if isinstance(value, tuple) else repr(value)
    return "left out" if value is None else written if len(written) <= 60 else written[:57] + "..."
