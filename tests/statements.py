"""Statements that every database of this process shares once one of them has compiled it.

An engine compiles each statement once, and nearly every test has a server with an engine of its
own: a fifth of what a short test of a server took.
"""

from collections.abc import Iterator, MutableMapping
from functools import partial
from typing import Any

from sqlalchemy.engine import Dialect
from sqlalchemy.ext.asyncio import create_async_engine

from dp3t_server import postgresql, sqlite

Key = tuple[Dialect, *tuple[Any, ...]]


class _Compiled(MutableMapping[Key, Any]):
    """What SQLAlchemy takes for the option `compiled_cache`: its keys begin with the dialect.

    Each engine has its own, and those of one class are alike here: what they could differ in are
    settings, and the server gives all of them the same.
    """

    def __init__(self) -> None:
        self._compiled = dict[tuple[Any, ...], Any]()

    def __getitem__(self, key: Key) -> Any:
        return self._compiled[_of_class(key)]

    def __setitem__(self, key: Key, compiled: Any) -> None:
        self._compiled[_of_class(key)] = compiled

    def __delitem__(self, key: Key) -> None:
        del self._compiled[_of_class(key)]

    def __iter__(self) -> Iterator[Any]:
        return iter(self._compiled)

    def __len__(self) -> int:
        return len(self._compiled)


def _of_class(key: Key) -> tuple[Any, ...]:
    dialect, *rest = key
    return type(dialect), *rest


def share_statements() -> None:
    """Let every engine that the server makes from now on in this process share them."""
    sharing = partial(create_async_engine, execution_options={"compiled_cache": _Compiled()})
    for module in (postgresql, sqlite):
        vars(module)["create_async_engine"] = sharing
