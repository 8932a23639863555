"""Pages of the record: what puts the order of acts into the transparency log.

A page is stored and logged in one transaction, and the index is signed anew with it, so that its
checkpoint is the log's [FACILITIES-SERVER-7].
"""

import asyncio

from dp3t import Instant
from dp3t.facilities import MAX_PAGE_ACTS, MAX_PAGE_BYTES, NO_PAGE, RecordPage, fitting
from dp3t_server import logs
from dp3t_server.clock import Clock
from dp3t_server.facility_store import StoredPage
from dp3t_server.parts import Parts
from dp3t_server.rows import Lock
from dp3t_server.store import Transaction


class Pages:
    """Makes a page when acts wait for one."""

    def __init__(self, parts: Parts, clock: Clock) -> None:
        self._parts = parts
        self._clock = clock
        self._stopped = asyncio.Event()

    async def run(self) -> None:
        """Make pages until told to stop, the last of them then."""
        while not self._stopped.is_set():
            try:
                async with asyncio.timeout(self._parts.config.facility_page_seconds):
                    await self._stopped.wait()
            except TimeoutError:
                pass
            await self.attempt()

    def stop(self) -> None:
        """Let `run` end."""
        self._stopped.set()

    async def attempt(self) -> None:
        """Make what is due, and say so where it fails; the next attempt makes it then."""
        try:
            while await make_page(self._parts, now=self._clock.now()):
                pass
        except Exception as error:  # even a mistake of ours must not stop the next page
            logs.fail("no page of the record of facilities could be made", error)


async def make_page(parts: Parts, *, now: Instant) -> bool:
    """Put acts that wait into a page and log it; return whether there were any.

    Before the first index there is no log to speak of: the acts wait for it.

    Raises:
        PolicyError: no signing key is valid.
    """
    async with parts.store.reading() as transaction:
        waiting = await transaction.facilities.first_unpaged()
        if waiting is None or await transaction.index.issued() is None:
            return False
    async with parts.store.writing(alone=Lock.FACILITIES) as transaction:
        if not await add_page(transaction, parts, now=now):
            return False
        await parts.publisher.announce(transaction, parts.secrets.load())
    return True


async def add_page(transaction: Transaction, parts: Parts, *, now: Instant) -> bool:
    """Put acts that wait into a page, and return whether there were any.

    The caller holds `Lock.FACILITIES`, and logs the page in the same transaction.

    Raises:
        PolicyError: no signing key is valid.
    """
    facilities = transaction.facilities
    waiting = await facilities.unpaged(most=MAX_PAGE_ACTS, most_bytes=MAX_PAGE_BYTES)
    if not waiting:
        return False
    held = fitting((each.received, each.signed) for each in waiting)
    acts = waiting[: len(held)]
    last = await facilities.last_page()
    number, previous = (0, NO_PAGE) if last is None else (last[0] + 1, last[1])
    page = RecordPage(
        number=number,
        region=parts.config.region,
        made=max(now, acts[-1].received),
        previous=previous,
        first=acts[0].number,
        acts=held,
    )
    data = page.sign(parts.secrets.load().signing_key_at(now))
    await facilities.add_page(StoredPage(number=number, made=page.made, data=data), acts)
    return True
