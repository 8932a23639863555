"""The server's clock: the system's, or one that stands still until it is moved."""

import time
from typing import Protocol

from dp3t import ClockError, Instant, instant


class Clock(Protocol):
    """A source of the present moment."""

    @property
    def name(self) -> str:
        """What `/v1/health` calls it."""

    def now(self) -> Instant:
        """Return the present moment."""


class SystemClock:
    """The clock of the operating system."""

    name = "system"

    def now(self) -> Instant:
        """Return the present moment."""
        return instant(int(time.time()))  # noqa: TID251 - the one place where the server asks


class SimulatedClock:
    """A clock for demonstrations and tests; it moves only when it is told to."""

    name = "simulated"

    def __init__(self, start: Instant) -> None:
        self._now = start

    def now(self) -> Instant:
        """Return the moment it was last moved to."""
        return self._now

    def move_to(self, moment: Instant) -> None:
        """Stand at a later moment.

        Raises:
            ClockError: the moment is earlier than the present one [SERVER-38].
        """
        if moment < self._now:
            raise ClockError("a simulated clock does not go back")
        self._now = moment
