"""A release slot in the hands of one publisher, who keeps it for as long as it works on it.

Its lease is renewed meanwhile. Whoever finds that somebody else has taken it over stops
[SERVER-57] [SERVER-58].
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from dp3t import Instant
from dp3t_server import logs
from dp3t_server.slots import Lease, Slot
from dp3t_server.store import Store, Transaction


class FencedError(Exception):
    """Somebody else has taken the slot over; nothing was committed [SERVER-58]."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldSlot:
    """A slot that was taken, and what it takes to work on it.

    Attributes:
        slot: the slot.
        store: where what it publishes waits.
        lease: returns what it is held with from now on.
    """

    slot: Slot
    store: Store
    lease: Callable[[], Lease]

    @property
    def release(self) -> Instant:
        """The slot's release."""
        return self.slot.release

    @asynccontextmanager
    async def kept(self) -> AsyncIterator[None]:
        """Renew the lease as long as the block runs."""
        over = asyncio.Event()
        task = asyncio.create_task(self._renew(until=over))
        try:
            yield
        finally:
            over.set()
            await task

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[Transaction]:
        """Open a transaction that commits unless the block raises or the slot is lost.

        Raises:
            FencedError: somebody else has taken the slot.
        """
        async with self.store.writing() as transaction:
            if not await self._renewed(transaction):
                raise FencedError
            yield transaction

    async def _renew(self, *, until: asyncio.Event) -> None:
        held = True
        while held and not until.is_set():
            with suppress(TimeoutError):
                await asyncio.wait_for(until.wait(), self.lease().seconds / 3)
                return
            try:
                async with self.store.writing() as transaction:
                    held = await self._renewed(transaction)
            except Exception as error:  # the commit will tell whether the slot is still ours
                logs.fail("a lease was not renewed", error)

    async def _renewed(self, transaction: Transaction) -> bool:
        return await transaction.slots.renew(self.slot, until=self.lease().until)
