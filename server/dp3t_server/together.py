"""Doing for several requests at once what each of them waits for.

A commit waits for the disk, and a statement for the database, whatever it holds: for thirty
uploads as long as for one. So what comes while one group is at work is the next group.
"""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Sequence
from contextlib import suppress
from typing import Generic, Protocol, TypeVar

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from dp3t_server.connections import UnreachableError

MOST_TOGETHER = 64

_DATABASE_FAULTS = (OperationalError, InterfaceError, PoolTimeoutError, UnreachableError, OSError)
"""What fails whoever asks; anything else may be the fault of one of a group."""

_DATABASE_STATES = ("08", "53", "55", "57", "58")
"""Classes of SQLSTATE that say so, where the driver has no exception for them: a connection that
was lost, no room, a lock that nobody lets go of, an administrator's stop, a fault of the system."""


class Task(Protocol):
    """What can be done together with others."""

    @property
    def weight(self) -> int:
        """How much work it is; a group has at most `most_weight`, or a single task."""

    @property
    def claims(self) -> frozenset[Hashable]:
        """What no two tasks of a group may both have."""


_T = TypeVar("_T", bound=Task)
_R = TypeVar("_R")


class Together(Generic[_T, _R]):
    """Does tasks in groups, one group at a time, in the order in which they came.

    Args:
        do: does some tasks, all of them or none, and returns what comes of each.
        most_weight: see `Task.weight`.
    """

    def __init__(
        self, do: Callable[[Sequence[_T]], Awaitable[Sequence[_R]]], *, most_weight: int
    ) -> None:
        self._do = do
        self._most_weight = most_weight
        self._waiting = list[tuple[_T, asyncio.Future[_R]]]()
        self._at_work: asyncio.Task[None] | None = None

    async def result(self, task: _T) -> _R:
        """Return what comes of a task; raise what was raised over it.

        It is done, too, where whoever waits for it is cancelled.
        """
        future: asyncio.Future[_R] = asyncio.get_running_loop().create_future()
        self._waiting.append((task, future))
        if self._at_work is None:
            self._at_work = asyncio.create_task(self._work())
        return await future

    async def finish(self) -> None:
        """Wait until nothing is left to do."""
        while self._at_work is not None:
            await asyncio.wait([self._at_work])

    async def _work(self) -> None:
        try:
            while self._waiting:
                await self._do_group(self._next())
        finally:
            self._at_work = None

    def _next(self) -> list[tuple[_T, asyncio.Future[_R]]]:
        group = list[tuple[_T, asyncio.Future[_R]]]()
        later = list[tuple[_T, asyncio.Future[_R]]]()
        claimed, weight = set[Hashable](), 0
        for entry in self._waiting:
            task, _ = entry
            fits = weight + task.weight <= self._most_weight and len(group) < MOST_TOGETHER
            if group and not (fits and claimed.isdisjoint(task.claims)):
                later.append(entry)
                continue
            group.append(entry)
            claimed |= task.claims
            weight += task.weight
        self._waiting = later
        return group

    async def _do_group(self, group: Sequence[tuple[_T, asyncio.Future[_R]]]) -> None:
        try:
            results = await self._do([task for task, _ in group])
        except Exception as error:
            if len(group) == 1 or _fails_everybody(error):
                for _, future in group:
                    with suppress(asyncio.InvalidStateError):  # nobody waits for it any more
                        future.set_exception(error)
                return
        else:
            for (_, future), result in zip(group, results, strict=True):
                with suppress(asyncio.InvalidStateError):
                    future.set_result(result)
            return
        for entry in group:  # the others are not to pay for it
            await self._do_group([entry])


def _fails_everybody(error: Exception) -> bool:
    if isinstance(error, _DATABASE_FAULTS) or not isinstance(error, DBAPIError):
        return isinstance(error, _DATABASE_FAULTS)
    state = getattr(error.orig, "sqlstate", None) or ""
    return error.connection_invalidated or state.startswith(_DATABASE_STATES)
