"""Doing tasks together: in groups, in order, and without one paying for another."""

import asyncio
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field

import pytest
from sqlalchemy.exc import DBAPIError, OperationalError

from dp3t_server import together
from dp3t_server.connections import UnreachableError
from dp3t_server.together import Together


@dataclass(frozen=True, slots=True)
class Task:
    """A number that is doubled."""

    number: int
    weight: int = 1
    claims: frozenset[Hashable] = frozenset()


@dataclass(slots=True)
class Worker:
    """Doubles numbers; notes the groups; fails for whole groups that hold a certain number."""

    groups: list[list[int]] = field(default_factory=list)
    faults: dict[int, Exception] = field(default_factory=dict)
    go_on: asyncio.Event = field(default_factory=asyncio.Event)

    async def do(self, tasks: Sequence[Task]) -> list[int]:
        self.groups.append([each.number for each in tasks])
        await self.go_on.wait()
        for each in tasks:
            if each.number in self.faults:
                raise self.faults[each.number]
        return [2 * each.number for each in tasks]


async def after_the_first(worker: Worker, tasks: Sequence[Task]) -> "list[int | BaseException]":
    """Let one task begin, and do the others while it is at work."""
    doing = Together(worker.do, most_weight=10)
    results = [asyncio.ensure_future(doing.result(Task(0)))]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    results += [asyncio.ensure_future(doing.result(each)) for each in tasks]
    await asyncio.sleep(0)
    worker.go_on.set()
    return (await asyncio.gather(*results, return_exceptions=True))[1:]


async def test_what_comes_while_one_group_is_at_work_is_the_next_group() -> None:
    worker = Worker()
    assert await after_the_first(worker, [Task(n) for n in (1, 2, 3)]) == [2, 4, 6]
    assert worker.groups == [[0], [1, 2, 3]]


async def test_two_that_claim_the_same_are_done_one_after_the_other_and_in_order() -> None:
    worker = Worker()
    a, b = frozenset({"a"}), frozenset({"b"})
    tasks = [Task(1, claims=a), Task(2, claims=a | b), Task(3, claims=b), Task(4, claims=a)]
    assert await after_the_first(worker, tasks) == [2, 4, 6, 8]
    assert worker.groups == [[0], [1, 3], [2], [4]]


async def test_a_group_has_no_more_weight_than_it_may_but_at_least_one_task() -> None:
    worker = Worker()
    tasks = [Task(1, weight=6), Task(2, weight=6), Task(3, weight=4), Task(4, weight=99)]
    assert await after_the_first(worker, tasks) == [2, 4, 6, 8]
    assert worker.groups == [[0], [1, 3], [2], [4]]


async def test_a_group_has_no_more_tasks_than_it_may(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(together, "MOST_TOGETHER", 2)
    worker = Worker()
    await after_the_first(worker, [Task(n) for n in (1, 2, 3)])
    assert worker.groups == [[0], [1, 2], [3]]


async def test_who_makes_a_group_fail_fails_alone() -> None:
    worker = Worker(faults={2: ValueError("a mistake")})
    one, fault, three = await after_the_first(worker, [Task(n) for n in (1, 2, 3)])
    assert (one, three) == (2, 6)
    assert isinstance(fault, ValueError)
    assert worker.groups == [[0], [1, 2, 3], [1], [2], [3]]


@pytest.mark.parametrize(
    "error", [UnreachableError(OSError()), OperationalError("", {}, OSError()), OSError()]
)
async def test_a_database_that_fails_is_not_asked_again_for_each(error: Exception) -> None:
    worker = Worker(faults={2: error})
    assert await after_the_first(worker, [Task(n) for n in (1, 2, 3)]) == [error] * 3
    assert worker.groups == [[0], [1, 2, 3]]


class _LockTimeoutError(Exception):
    """As asyncpg's adapter raises it: no subclass of its errors tells what it is."""

    sqlstate = "55P03"


async def test_nor_is_one_whose_lock_nobody_lets_go_of() -> None:
    """Sixty seconds for each of a group, one after the other, would be an hour."""
    error = DBAPIError("", {}, _LockTimeoutError())
    worker = Worker(faults={2: error})
    assert await after_the_first(worker, [Task(n) for n in (1, 2, 3)]) == [error] * 3
    assert worker.groups == [[0], [1, 2, 3]]


async def test_a_task_is_done_though_nobody_waits_for_it_any_more() -> None:
    worker = Worker()
    doing = Together(worker.do, most_weight=10)
    waiting = asyncio.ensure_future(doing.result(Task(1)))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    waiting.cancel()
    other = asyncio.ensure_future(doing.result(Task(2)))
    await asyncio.sleep(0)
    worker.go_on.set()
    await doing.finish()
    assert worker.groups == [[1], [2]]
    assert await other == 4
    assert await doing.result(Task(3)) == 6
