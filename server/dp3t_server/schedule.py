"""The task that publishes at each release by the system's clock, and outlives its failures."""

import asyncio
from contextlib import suppress

from dp3t import release_after
from dp3t_server import logs
from dp3t_server.clock import Clock
from dp3t_server.publisher import Publisher

_LONGEST_SLEEP_SECONDS = 60
"""So that a clock that jumps, or a machine that slept, delays no release by more."""

_OTHERS_SECONDS = 1
"""How long to leave another publisher alone that is at work on the same database."""


class Schedule:
    """Publishes when something is due.

    Attributes:
        failures: how many attempts have failed since the last that did not [SERVER-24].
    """

    def __init__(self, publisher: Publisher, clock: Clock) -> None:
        self.failures = 0
        self._publisher = publisher
        self._clock = clock
        self._stopped = asyncio.Event()

    async def run(self) -> None:
        """Publish at every release until told to stop.

        Do not cancel this: a cancelled query can leave the database's driver waiting for ever.
        """
        while not self._stopped.is_set():
            pause_seconds = await self.attempt()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopped.wait(), pause_seconds)

    def stop(self) -> None:
        """Let `run` end, a publication that has begun at its end."""
        self._stopped.set()

    async def attempt(self) -> float:
        """Publish what is due; return after how many seconds to try again."""
        now = self._clock.now()
        try:
            publication = await self._publisher.try_to_publish(now)
        except Exception as error:  # even a mistake of ours must not stop the next release
            self.failures += 1
            logs.fail("publication failed", error, failures=self.failures)
            return min(2.0**self.failures, _LONGEST_SLEEP_SECONDS)
        if publication is None:
            return _OTHERS_SECONDS
        self.failures = 0
        for batch in publication.batches:
            logs.note(  # not how many keys are real
                "published",
                design=batch.design,
                release=batch.release,
                size_bytes=batch.size_bytes,
            )
        return min(release_after(now) - now, _LONGEST_SLEEP_SECONDS)
