"""The checker has to be able to fail: each kind of fault is made on purpose and has to be counted.

What is altered is a small publication that is right: reports, and signed files in memory.
"""

import random  # noqa: TID251 - dice of a program, seeded
from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.faults.accounts import Answer, Published, Sent, settle
from benchmarks.faults.auditor import Auditor
from benchmarks.faults.forgeries import FORGERIES, honest
from dp3t import Instant
from dp3t.publication import KeyRecord

_DAY = 86_400
_FIRST = Instant(100 * _DAY)
_SECOND = Instant(_FIRST + 7_200)


@dataclass(frozen=True, slots=True)
class Mutation:
    """Something that was made wrong on purpose.

    Attributes:
        what: what was done.
        expected: under which name it is to be counted.
        seen: whether it was, and was not before.
    """

    what: str
    expected: str
    seen: bool


def _record(number: int, attribute: int = 90) -> KeyRecord:
    return KeyRecord((attribute,), bytes([number]) * 32)


def _sent(answer: Answer, *numbers: int) -> Sent:
    records = tuple(map(_record, numbers))
    return Sent(design="lowcost", records=records, body=b"", answers=[answer])


SENT = (
    _sent(Answer.ACCEPTED, 1, 2),
    _sent(Answer.ACCEPTED, 3),
    _sent(Answer.REFUSED, 4),
    _sent(Answer.LOST, 5, 6),
)
"""Reports: of the last nobody knows what became of it."""

Records = dict[Instant, list[KeyRecord]]


def _right() -> Records:
    """Return what may be published of the reports, by release."""
    return {_FIRST: [_record(1), _record(2)], _SECOND: [_record(3), _record(5), _record(6)]}


def _lose(records: Records) -> None:
    records[_FIRST].remove(_record(2))


def _double(records: Records) -> None:
    records[_SECOND].append(_record(1))


def _alter(records: Records) -> None:
    records[_SECOND][0] = _record(3, attribute=91)


def _halve(records: Records) -> None:
    records[_SECOND].remove(_record(6))


def _take_what_was_refused(records: Records) -> None:
    records[_SECOND].append(_record(4))


def _invent(records: Records) -> None:
    records[_SECOND].append(_record(9))


_OF_KEYS: tuple[tuple[str, str, Callable[[Records], None]], ...] = (
    ("an acknowledged key is left out", "missing", _lose),
    ("a key is published a second time", "twice", _double),
    ("a key stands with another day", "altered", _alter),
    ("half of a report without an answer is published", "half", _halve),
    ("a refused report is published", "unwanted", _take_what_was_refused),
    ("a key that nobody sent is published", "unsent", _invent),
)


def _settled(records: Records, name: str) -> int:
    batches = [
        Published(design="lowcost", release=release, records=tuple(some))
        for release, some in records.items()
    ]
    return int(getattr(settle(SENT, batches, padded=False), name))


def _check_keys() -> list[Mutation]:
    found = []
    for what, name, mutate in _OF_KEYS:
        records = _right()
        before = _settled(records, name)
        mutate(records)
        found.append(Mutation(what, name, before == 0 and _settled(records, name) == 1))
    return found


async def _check_auditor() -> list[Mutation]:
    found = []
    for what, name, forge in FORGERIES:
        server = honest()
        auditor = Auditor(view=server.view, retention_days=14, dice=random.Random(1))  # noqa: S311
        await auditor.look(server.fetch, now=server.issued)
        before = auditor.findings.total()
        forge(server)
        await auditor.look(server.fetch, now=server.issued, everything=True)
        found.append(Mutation(what, name, before == 0 and auditor.findings[name] > 0))
    return found


async def check() -> list[Mutation]:
    """Make each kind of fault and say whether it was counted."""
    return [*_check_keys(), *await _check_auditor()]
