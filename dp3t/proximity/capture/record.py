"""One timed entry of a capture, the same for every format of file."""

from typing import NamedTuple

from dp3t.errors import MalformedError
from dp3t.params import LAST_INSTANT

COMMAND = 1
DATA = 2
EVENT = 4
MAX_PACKET_BYTES = 65_535

_END_US = (LAST_INSTANT + 1) * 1_000_000


class Record(NamedTuple):
    """A packet with its time and place; a tuple because a log holds tens of thousands.

    Attributes:
        at_us: Unix microseconds, as logged.
        offset: where the record starts in the file.
        packet_type: COMMAND, EVENT or another number of HCI UART; None when the type is missing.
        packet: the packet after its type byte.
    """

    at_us: int
    offset: int
    packet_type: int | None
    packet: bytes


def bad_record(offset: int, fault: str) -> MalformedError:
    """Return the refusal of the record at `offset` [CAPTURE-4]."""
    return MalformedError(f"the record at offset {offset} {fault}")


def checked_time(at_us: int, offset: int) -> int:
    """Return `at_us` if a date from 1970 to 2106.

    Raises:
        MalformedError: an earlier or a later one [CAPTURE-6].
    """
    if not 0 <= at_us < _END_US:
        raise bad_record(offset, "is dated outside 1970 to 2106")
    return at_us
