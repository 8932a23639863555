"""Entry declarations as the database has them: keys, what is kept of each, withdrawals, marks.

What is sealed stands apart from what the server needs to know of it, so that the officials can have
it erased once they have it, and its traveller can still correct or withdraw the receipt.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from sqlalchemy import Table, delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from dp3t import Day
from dp3t_server.rows import insert_into
from dp3t_server.tables import (
    arrivals_keys,
    declarations,
    gate_marks,
    sealed_declarations,
    withdrawn_receipts,
)

RECEIPT_ID_BYTES = 16
_DATED = (declarations, sealed_declarations, withdrawn_receipts, gate_marks)

_UP_TO_KEY_ID = len("DP3T-ENTRY:1:") + 12
"""So many characters of a receipt tell 60 bits of the id of its key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What a server knows of a declaration beside its sealed bytes.

    Attributes:
        digest: its id, 32 bytes.
        expires: the first day on which nothing of it is kept.
        withdrawal_digest: of the secret that permits to withdraw it.
        receipt: the text of its receipt.
        receipt_expires: the first day on which the receipt is good at no time.
    """

    digest: bytes
    expires: Day
    withdrawal_digest: bytes = field(repr=False)
    receipt: str = field(repr=False)
    receipt_expires: Day


class ArrivalsStore:
    """The operations inside an open transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def document(self) -> bytes | None:
        """Return the signed document of keys; None where none is installed."""
        found = await self._connection.execute(select(arrivals_keys.c.data))
        return found.scalar_one_or_none()

    async def replace_document(self, number: int, data: bytes) -> None:
        """Hand out another document from now on."""
        await self._connection.execute(delete(arrivals_keys))
        row = {"place": 1, "number": number, "data": data}
        await self._connection.execute(insert(arrivals_keys), row)

    async def declaration(self, digest: bytes, *, today: Day) -> Kept | None:
        """Return what is known of a declaration; None where it is not there, or has expired."""
        query = select(declarations).where(
            declarations.c.digest == digest, declarations.c.expires_day > today
        )
        row = (await self._connection.execute(query)).one_or_none()
        if row is None:
            return None
        return Kept(
            digest=row.digest,
            expires=Day(row.expires_day),
            withdrawal_digest=row.withdrawal_digest,
            receipt=row.receipt,
            receipt_expires=Day(row.receipt_expires_day),
        )

    async def receipts_by_signer(self, *, today: Day) -> list[tuple[str, int]]:
        """Return a receipt of each key that signed what is not closed, and how many there are."""
        signer = func.substr(declarations.c.receipt, 1, _UP_TO_KEY_ID)
        query = (
            select(func.min(declarations.c.receipt), func.count())
            .where(declarations.c.receipt_expires_day > today)
            .group_by(signer)
        )
        rows = (await self._connection.execute(query)).all()
        return [(text, count) for text, count in rows]

    async def declared(self) -> int:
        """Return of how many declarations something is kept."""
        return await self._count(declarations)

    async def keep(self, kept: Kept, sealed: bytes) -> None:
        """Store a declaration that is not there."""
        row = {
            "digest": kept.digest,
            "expires_day": kept.expires,
            "withdrawal_digest": kept.withdrawal_digest,
            "receipt": kept.receipt,
            "receipt_expires_day": kept.receipt_expires,
        }
        await self._connection.execute(insert(declarations), row)
        row = {"digest": kept.digest, "expires_day": kept.expires, "sealed": sealed}
        await self._connection.execute(insert(sealed_declarations), row)

    async def withdraw(self, kept: Kept) -> None:
        """Erase a declaration and note that its receipt is good no longer."""
        for table in (declarations, sealed_declarations):
            await self._connection.execute(delete(table).where(table.c.digest == kept.digest))
        row = {
            "receipt_id": kept.digest[:RECEIPT_ID_BYTES],
            "expires_day": kept.receipt_expires,
            "withdrawal_digest": kept.withdrawal_digest,
        }
        await self._connection.execute(insert(withdrawn_receipts), row)

    async def withdrawal_digest(self, digest: bytes) -> bytes | None:
        """Return with which secret a declaration was withdrawn; None where it was not."""
        query = select(withdrawn_receipts.c.withdrawal_digest).where(
            withdrawn_receipts.c.receipt_id == digest[:RECEIPT_ID_BYTES]
        )
        return (await self._connection.execute(query)).scalar_one_or_none()

    async def withdrawals(self) -> int:
        """Return how many receipts are withdrawn."""
        return await self._count(withdrawn_receipts)

    async def withdrawn(self, *, today: Day) -> dict[bytes, Day]:
        """Return the receipts that are withdrawn, each with its expiry day."""
        query = select(withdrawn_receipts.c.receipt_id, withdrawn_receipts.c.expires_day).where(
            withdrawn_receipts.c.expires_day > today
        )
        rows = (await self._connection.execute(query)).all()
        return {row.receipt_id: Day(row.expires_day) for row in rows}

    async def marks(self, *, today: Day) -> list[bytes]:
        """Return the marks of gates, in ascending order."""
        query = select(gate_marks.c.mark).where(gate_marks.c.expires_day > today)
        found = await self._connection.execute(query.order_by(gate_marks.c.mark))
        return list(found.scalars())

    async def marked(self) -> int:
        """Return how many marks there are."""
        return await self._count(gate_marks)

    async def add_marks(self, marks: Iterable[tuple[bytes, Day]]) -> None:
        """Store marks, each with its expiry day; those that are there stay."""
        rows = [{"mark": mark, "expires_day": day} for mark, day in sorted(set(marks))]
        if rows:
            fresh_only = insert_into(self._connection, gate_marks).on_conflict_do_nothing()
            await self._connection.execute(fresh_only, rows)

    async def stands(self) -> bool:
        """Return whether there is anything that has a day on which it is erased."""
        for table in _DATED:
            if (await self._connection.execute(select(table).limit(1))).first() is not None:
                return True
        return False

    async def erase(self, *, today: Day) -> None:
        """Erase what has had its days."""
        for table in _DATED:
            await self._connection.execute(delete(table).where(table.c.expires_day <= today))

    async def _count(self, table: Table) -> int:
        query = select(func.count()).select_from(table)
        return int((await self._connection.execute(query)).scalar_one())
