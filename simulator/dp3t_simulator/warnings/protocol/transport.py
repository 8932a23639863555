"""What takes the reports of phones and hands them the batches."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from dp3t import Match, Phone
from dp3t.presence import PresenceMatch, Trace


class Published(NamedTuple):
    """What the batches of a day hold.

    Attributes:
        keys: how many records; of a real server, how many were uploaded.
        size_bytes: of all signed files, those of traces too; of a real server, by its index.
    """

    keys: int
    size_bytes: int


class Reader(NamedTuple):
    """A phone that is online.

    Attributes:
        person: whose.
        phone: the phone, which has ticked.
        since: the first day whose batches it has not read.
    """

    person: int
    phone: Phone
    since: int


Found = tuple[Match | PresenceMatch, ...]


class Transport(Protocol):
    """A way from phones to phones; the days of its calls ascend."""

    def publish(
        self, day: int, reporting: Sequence[Phone], rounds: Sequence[Sequence[Trace]]
    ) -> Published:
        """Take reports and traces, and release the batches of a day.

        Args:
            day: of the simulation.
            reporting: phones with a pending report; none is pending afterwards.
            rounds: traces; those of a round have different identities.
        """

    def read(self, day: int, readers: Sequence[Reader]) -> list[Found]:
        """Let phones ingest every batch up to a day that they have not read.

        Returns:
            The new matches of each phone, in the order of the phones.
        """

    def close(self) -> None:
        """Give back what is held."""
