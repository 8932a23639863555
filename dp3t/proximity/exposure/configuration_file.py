"""Configurations written as TOML: what a file does not say is as in the preset that it names."""

import tomllib
from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any, cast, get_type_hints

from dp3t.errors import LimitError, MalformedError
from dp3t.proximity.exposure.configuration import ALGORITHMS, Configuration, Rule
from dp3t.proximity.exposure.presets import preset

MAX_CHARACTERS = 2**16
_MAX_NUMBER = 2**31 - 1
_LISTS: Mapping[object, type] = {tuple[int, ...]: int, tuple[float, ...]: float}


def load_configuration(text: str) -> Configuration:
    """Return the configuration in a TOML text [EXPOSURE-8] [EXPOSURE-9].

    Args:
        text: `preset`, a name; `source`, `look_back_days`, `notify_at`, all optional; and at most
            one table, named after the preset's algorithm, with fields of its rule.

    Raises:
        LimitError: longer than 65,536 characters.
        MalformedError: not TOML, a field that is unknown, of another type or outside its range.
    """
    if len(text) > MAX_CHARACTERS:
        raise LimitError(f"a configuration has at most {MAX_CHARACTERS} characters")
    try:
        table = tomllib.loads(text)
    except (ValueError, RecursionError):
        raise MalformedError("the configuration is not TOML") from None
    base = preset(_text(table.pop("preset", None), "preset"))
    rule = _rule(table, base)
    known: Mapping[str, Any] = {"source": _text, "look_back_days": _int, "notify_at": _float}
    if unknown := sorted(set(table) - set(known)):
        raise MalformedError(f"the configuration has an unknown field {unknown[0]!r}")
    values: dict[str, Any] = {name: known[name](value, name) for name, value in table.items()}
    if values or rule != base.rule:
        values.setdefault("source", f"changed from: {base.source}")
    try:
        return replace(base, rule=rule, **values)
    except ValueError as error:
        raise MalformedError(f"the configuration: {error}") from None


def _rule(table: dict[str, Any], base: Configuration) -> Rule:
    """Take the table of the preset's algorithm out of a file's and return the rule."""
    for name in set(ALGORITHMS) & set(table):
        if name != base.algorithm:
            raise MalformedError(f"the preset is scored by {base.algorithm}, not by {name}")
    inner = table.pop(base.algorithm, {})
    return cast(Rule, _changed(base.rule, inner, where=base.algorithm))


def _changed(value: Any, table: object, *, where: str) -> Any:
    """Return a frozen value with the fields in a table changed."""
    if not isinstance(table, dict):
        raise MalformedError(f"{where} is not a table")
    kinds = get_type_hints(type(value))
    names = {each.name for each in fields(value)}
    changes = {}
    for name, given in table.items():
        place = f"{where}.{name}"
        if name not in names:
            raise MalformedError(f"the configuration has an unknown field {place!r}")
        before = getattr(value, name)
        if is_dataclass(before):
            changes[name] = _changed(before, given, where=place)
        else:
            changes[name] = _read(kinds[name], given, place)
    try:
        return replace(value, **changes)
    except ValueError as error:
        raise MalformedError(f"{where}: {error}") from None


def _read(kind: object, given: object, place: str) -> object:
    if kind in _LISTS:
        if not isinstance(given, list):
            raise MalformedError(f"{place} is not a list")
        return tuple(_SCALARS[_LISTS[kind]](each, place) for each in given)
    return _SCALARS[kind](given, place)


def _text(given: object, place: str) -> str:
    if not isinstance(given, str):
        raise MalformedError(f"{place} is missing or not a text")
    return given


def _bool(given: object, place: str) -> bool:
    if not isinstance(given, bool):
        raise MalformedError(f"{place} is neither true nor false")
    return given


def _int(given: object, place: str) -> int:
    if not isinstance(given, int) or isinstance(given, bool) or abs(given) > _MAX_NUMBER:
        raise MalformedError(f"{place} is not a whole number of at most 31 bits")
    return given


def _float(given: object, place: str) -> float:
    if not isinstance(given, int | float) or isinstance(given, bool):
        raise MalformedError(f"{place} is not a number")
    if not abs(given) <= _MAX_NUMBER:
        raise MalformedError(f"{place} is not a number of at most 31 bits")
    return float(given)


_SCALARS: Mapping[object, Any] = {bool: _bool, int: _int, float: _float}
