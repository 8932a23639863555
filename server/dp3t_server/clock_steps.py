"""Steps of the clock: the record of facilities cannot take back a moment at which an act came.

A clock that somebody sets ahead would fix the day in the record. Whether it was set shows beside a
clock that nobody sets, which counts from when the machine began, also while it sleeps.
"""

import logging
import time
from collections.abc import Callable

from dp3t_server import logs
from dp3t_server.clock import Clock, SimulatedClock

MOST_STEP_SECONDS = 600


class Steps:
    """Compares a clock with one that nobody sets.

    Args:
        wall: what the clock says now.
        steady: what the other says, in seconds.
    """

    def __init__(self, *, wall: int, steady: float) -> None:
        self._wall, self._steady = wall, steady

    def is_ahead(self, *, wall: int, steady: float) -> bool:
        """Return whether the clock went ahead since the last look that found it in order.

        A clock that went back is compared as before, so that it can return.

        Args:
            wall: what the clock says now.
            steady: what the other says, in seconds.
        """
        step = (wall - self._wall) - (steady - self._steady)
        if abs(step) <= MOST_STEP_SECONDS:
            self._wall, self._steady = wall, steady
        return step > MOST_STEP_SECONDS


def _steady_seconds() -> float:
    """Return the seconds since the machine began, with those that it slept where that is known."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


class ClockGuard:
    """Says whether a clock was set ahead; a simulated one never is [FACILITIES-SERVER-23].

    Args:
        clock: the clock.
        steady: returns the seconds of one that nobody sets.
    """

    def __init__(self, clock: Clock, *, steady: Callable[[], float] = _steady_seconds) -> None:
        self._clock = clock
        self._steady = steady
        self._steps = Steps(wall=clock.now(), steady=steady())
        self._was_ahead = False

    def is_ahead(self) -> bool:
        """Return whether the clock was set ahead; the first time it is logged."""
        if isinstance(self._clock, SimulatedClock):
            return False
        is_ahead = self._steps.is_ahead(wall=self._clock.now(), steady=self._steady())
        if is_ahead and not self._was_ahead:
            logs.note(
                "the clock was set ahead, and no act of a facility is taken: set it back, or "
                "restart the server if it is right now",
                level=logging.ERROR,
            )
        self._was_ahead = is_ahead
        return is_ahead
