"""Release slots: who is publishing one, with which seed, and whether it is done.

A slot is *begun* when a publisher draws its seed. From then on uploads get a later release, so that
its records stand still and its files follow from records and seed alone [SERVER-56]. Whoever takes
it over gets a higher fence; what its former holder then tries to commit is refused [SERVER-58].
"""

from dataclasses import dataclass, field

from sqlalchemy import delete, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from dp3t import Instant
from dp3t_server.rows import Lock, lock
from dp3t_server.tables import locks, slots


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """A slot as one publisher holds it.

    Attributes:
        release: its release.
        seed: 32 bytes from which all that is random in its files comes.
        fence: what has to be current when the files are committed.
        holder: 16 bytes; who holds it.
    """

    release: Instant
    seed: bytes = field(repr=False)
    fence: int
    holder: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """For whom and until when a slot is taken.

    Attributes:
        holder: 16 bytes; who shows them again takes the slot again at once.
        now: Unix seconds by the clock of the holder's machine.
        seconds: for how long.
    """

    holder: bytes
    now: int
    seconds: int

    @property
    def until(self) -> int:
        """When it ends."""
        return self.now + self.seconds


class Slots:
    """The operations on the table inside an open transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def newest(self) -> Instant:
        """Return the newest release that was begun, and let none begin before the commit."""
        return await lock(self._connection, Lock.SLOTS, shared=True)

    async def under_way(self) -> Instant | None:
        """Return the release of the slot that is begun and not done; there is one at most."""
        query = select(slots.c.release).where(slots.c.done == 0)
        value = (await self._connection.execute(query)).scalar_one_or_none()
        return None if value is None else Instant(value)

    async def begin(self, release: Instant, *, seed: bytes, lease: Lease) -> Slot | None:
        """Begin a slot; None where it or a later one was begun, or another is under way."""
        newest = await lock(self._connection, Lock.SLOTS)
        if newest >= release or await self.under_way() is not None:
            return None
        row = {
            "release": release,
            "seed": seed,
            "fence": 1,
            "holder": lease.holder,
            "lease_until": lease.until,
            "done": 0,
        }
        await self._connection.execute(insert(slots), row)
        begun = update(locks).where(locks.c.name == Lock.SLOTS).values(value=release)
        await self._connection.execute(begun)
        return Slot(release=release, seed=seed, fence=1, holder=lease.holder)

    async def take_over(self, release: Instant, *, lease: Lease) -> Slot | None:
        """Take a slot that is not done; None while another holder has it.

        A lease that ends later than any can was written by a clock that went wrong since.
        """
        free = or_(
            slots.c.holder == lease.holder,
            slots.c.lease_until < lease.now,  # the seconds are whole
            slots.c.lease_until > lease.until,
        )
        taken = (
            update(slots)
            .where(slots.c.release == release, slots.c.done == 0, free)
            .values(fence=slots.c.fence + 1, holder=lease.holder, lease_until=lease.until)
        )
        if (await self._connection.execute(taken)).rowcount != 1:
            return None
        query = select(slots.c.seed, slots.c.fence).where(slots.c.release == release)
        row = (await self._connection.execute(query)).one()
        return Slot(release=release, seed=row.seed, fence=row.fence, holder=lease.holder)

    async def abandon(self, slot: Slot) -> None:
        """Erase a slot that one has taken over and that a later one replaces."""
        await self._connection.execute(delete(slots).where(slots.c.release == slot.release))

    async def skip_to(self, release: Instant) -> None:
        """Forget the slot that is under way, and begin none up to a release that is out.

        The caller holds `Lock.SLOTS`.
        """
        await self._connection.execute(delete(slots).where(slots.c.done == 0))
        skipped = update(locks).where(locks.c.name == Lock.SLOTS).values(value=release)
        await self._connection.execute(skipped)

    async def renew(self, slot: Slot, *, until: int) -> bool:
        """Hold a slot until a moment; return False where somebody else has taken it."""
        return await self._write_fenced(slot, lease_until=until)

    async def finish(self, slot: Slot) -> bool:
        """Mark a slot as done; return False where somebody else has taken it [SERVER-58]."""
        return await self._write_fenced(slot, done=1)

    async def _write_fenced(self, slot: Slot, **values: int) -> bool:
        statement = (
            update(slots)
            .where(slots.c.release == slot.release, slots.c.fence == slot.fence, slots.c.done == 0)
            .values(**values)
        )
        return (await self._connection.execute(statement)).rowcount == 1
