"""JSON read strictly: each field has its type, and a fault says where it lies."""

from collections.abc import Iterator
from typing import Any

from dp3t.errors import MalformedError

INT_MIN, INT_MAX = -(2**31), 2**31 - 1
_MAX_NUMBER = 2**53
_REMARKS = ("comment", "note", "source")
_SHOWN_CHARACTERS = 40


class JsonFields:
    """An object in a JSON document. Every method raises MalformedError for what does not fit."""

    def __init__(self, value: object, *, where: str) -> None:
        if not isinstance(value, dict):
            raise MalformedError(f"{where} is not an object")
        self._value: dict[str, Any] = value
        self._read = set[str]()
        self.where = where

    def __contains__(self, name: str) -> bool:
        self._read.add(name)
        return name in self._value

    def require_all_read(self, *others: str) -> None:
        """Refuse a field that was not read, but `others` and remarks: comment, note, source, _…."""
        for name in self._value:
            if not (name in {*self._read, *others, *_REMARKS} or name.startswith("_")):
                shown = " ".join(name[:_SHOWN_CHARACTERS].split())
                raise MalformedError(f"{self.where}: no rule reads the field {shown!r}")

    def raw(self, name: str) -> Any:
        """Return a field as it stands."""
        self._read.add(name)
        if name not in self._value:
            raise MalformedError(f"{self.where} has no field {name}")
        return self._value[name]

    def integer(self, name: str, lowest: int = INT_MIN, highest: int = INT_MAX) -> int:
        """Return a whole number."""
        return self._integer(self.raw(name), name, lowest, highest)

    def number(self, name: str) -> float:
        """Return a number, whole or not."""
        return self._number(self.raw(name), name)

    def boolean(self, name: str) -> bool:
        """Return true or false."""
        value = self.raw(name)
        if not isinstance(value, bool):
            raise self._fault(name, "neither true nor false")
        return value

    def text(self, name: str) -> str:
        """Return a text."""
        value = self.raw(name)
        if not isinstance(value, str):
            raise self._fault(name, "not a text")
        return value

    def items(self, name: str) -> list[Any]:
        """Return a list."""
        value = self.raw(name)
        if not isinstance(value, list):
            raise self._fault(name, "not a list")
        return value

    def integers(self, name: str, lowest: int = INT_MIN, highest: int = INT_MAX) -> tuple[int, ...]:
        """Return a list of whole numbers."""
        return tuple(self._integer(each, name, lowest, highest) for each in self.items(name))

    def numbers(self, name: str) -> tuple[float, ...]:
        """Return a list of numbers."""
        return tuple(self._number(each, name) for each in self.items(name))

    def rows(self, name: str, *, width: int, may_be_null: int | None = None) -> Iterator[list[Any]]:
        """Yield the rows of a table of whole numbers.

        Args:
            name: the field.
            width: how many columns there are.
            may_be_null: a column that may hold null.
        """
        for row in self.items(name):
            if not isinstance(row, list) or len(row) != width:
                raise self._fault(name, f"not a table with {width} columns")
            for column, value in enumerate(row):
                if value is not None or column != may_be_null:
                    self._integer(value, name, INT_MIN, INT_MAX)
            yield row

    def inner(self, name: str) -> "JsonFields":
        """Return a field that is an object."""
        return JsonFields(self.raw(name), where=f"{self.where}, {name}")

    def inners(self, name: str) -> "Iterator[JsonFields]":
        """Yield the objects in a list."""
        for value in self.items(name):
            yield JsonFields(value, where=f"{self.where}, an entry of {name}")

    def raw_fields(self) -> dict[str, Any]:
        """Return the object itself."""
        return self._value

    def _integer(self, value: object, name: str, lowest: int, highest: int) -> int:
        if not isinstance(value, int) or isinstance(value, bool):
            raise self._fault(name, "not a whole number")
        if not lowest <= value <= highest:
            raise self._fault(name, f"not between {lowest} and {highest}")
        return value

    def _number(self, value: object, name: str) -> float:
        if not isinstance(value, int | float) or isinstance(value, bool):
            raise self._fault(name, "not a number")
        if not -_MAX_NUMBER <= value <= _MAX_NUMBER:
            raise self._fault(name, "too large")
        return float(value)

    def _fault(self, name: str, what: str) -> MalformedError:
        return MalformedError(f"{self.where}: {name} is {what}")
