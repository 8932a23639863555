"""Values of options, read without pydantic where they are written as they should be.

typer asks pydantic what a value is, also of what is not given; importing pydantic takes as long as
a tenth of a small run. Words and whole numbers are read here; whatever is anything else is left to
typer, which says in its words what is wrong with it.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

from typer.core import TyperCommand, TyperGroup

_MOST_DIGITS = 20
"""As many has 2⁶⁴ - 1; longer ones, which Python may refuse to read, are typer's."""


class _UnreadError(Exception):
    """This is not read here."""


class _Plain:
    """Takes the place of what typer reads the values of one parameter with."""

    def __init__(self, reader: Callable[[], Any], kind: object, least: Any, most: Any) -> None:
        self._reader, self._kind, self._least, self._most = reader, kind, least, most

    def coerce(self, value: Any, param: Any, ctx: Any) -> Any:
        """Return the value of a parameter, of what is written or given by default."""
        try:
            if param.multiple or param.nargs == -1:
                return self._several(value)
            return None if value is None else self._one(value, self._kind)
        except _UnreadError:
            return self._reader().coerce(value, param=param, ctx=ctx)

    def _several(self, value: Any) -> Any:
        if value is None:
            return ()
        if self._kind != list[str] or not isinstance(value, list | tuple):
            raise _UnreadError
        return [self._one(each, str) for each in value]

    def _one(self, value: Any, kind: object) -> Any:
        if kind is str and isinstance(value, str):
            return value
        if kind is not int:
            raise _UnreadError
        if isinstance(value, str) and value.isascii() and value.isdigit():
            value = int(value) if len(value) <= _MOST_DIGITS else None
        if type(value) is not int or not self._allowed(value):
            raise _UnreadError
        return value

    def _allowed(self, value: int) -> bool:
        above = self._least is None or value >= self._least
        return above and (self._most is None or value <= self._most)


class PlainCommand(TyperCommand):
    """A command whose parameters read what is plain by themselves."""

    def get_params(self, ctx: Any) -> Any:
        """Return the parameters, and that for help."""
        return _plainly(super().get_params(ctx))


class PlainGroup(TyperGroup):
    """A group whose own parameters read what is plain by themselves."""

    def get_params(self, ctx: Any) -> Any:
        """Return the parameters, and that for help."""
        return _plainly(super().get_params(ctx))


def _plainly(parameters: Any) -> Any:
    # typer keeps this private: where a version has none of it, nothing is changed.
    for each in parameters:
        described = getattr(each, "type_descriptor", None)
        reader = getattr(each, "get_runtime_param", None)
        done = "get_runtime_param" in vars(each)
        if done or described is None or reader is None or described.parameter_info.parser:
            continue
        info = described.parameter_info
        plain = _Plain(reader, described.annotation, info.min, info.max)
        each.get_runtime_param = partial(_itself, plain)
    return parameters


def _itself(plain: _Plain) -> _Plain:
    return plain
