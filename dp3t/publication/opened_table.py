"""A table of keys that is read a part at a time: ten million keys in the memory of a few."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from dp3t.errors import MalformedError
from dp3t.publication.records import KeyGroup, KeyTable, Rows, read_rows
from dp3t.publication.sources import Source

PART_KEYS = 2**16
"""As many as a kernel takes at once."""


@dataclass(frozen=True, slots=True)
class OpenedTable:
    """A table of which the attributes are in memory, and the keys are where they were.

    Attributes:
        rows: the attributes and sizes of the groups.
    """

    rows: Rows
    _keys: Source = field(repr=False)

    def __len__(self) -> int:
        return sum(count for _, count in self.rows.groups)

    def parts(self, *, at_once: int = PART_KEYS) -> Iterator[KeyTable]:
        """Yield the keys in their order, in tables of up to so many [BATCH-10].

        Raises:
            MalformedError: groups or keys are not in ascending order; parts may have come before.
        """
        width = self.rows.key_bytes
        groups, room, at = list[KeyGroup](), at_once, 0
        before, last = None, b""
        for attributes, count in self.rows.groups:
            if before is not None and not before < attributes:
                raise MalformedError("the groups are not in ascending order")
            before, last = attributes, b""
            while count:
                taken = min(count, room)
                keys = self._keys.read(at, taken * width)
                if not last < keys[:width]:
                    raise MalformedError("the keys of a group are not in ascending order")
                last = keys[-width:]
                groups.append(KeyGroup(attributes, width, keys))
                at, count, room = at + taken * width, count - taken, room - taken
                if not room:
                    yield KeyTable(tuple(groups))
                    groups, room = [], at_once
        if groups:
            yield KeyTable(tuple(groups))


def open_table(source: Source) -> OpenedTable:
    """Return the table whose canonical encoding a source holds, with every fault found [BATCH-10].

    All is read once here; the keys are read again when they are asked for.

    Raises:
        MalformedError: any other bytes; LimitError over a limit of [BATCH-7].
    """
    opened = OpenedTable(*read_rows(source))
    for _ in opened.parts():
        pass
    return opened
