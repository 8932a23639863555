"""What authorises a report, as the database has it: codes and hashes of days.

Each class is the operations on one table inside an open transaction. One that is going to write
locks the rows that it looks at, in the order of their digests.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from sqlalchemy import Row, Table, bindparam, case, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from dp3t import Day, Instant, PolicyError, ReplayError, day_of
from dp3t.primitives import equal
from dp3t_server.rows import few_lengths, insert_into
from dp3t_server.tables import codes, commitments

UNBOUND = bytes(32)
"""The binding of what is not spent."""

INACTIVE = 0
"""Until when a code is good that was not activated yet, or was spent."""


_UNCOUNTED = -1
"""How many rows were changed, where the driver does not say."""

CodeRow = Row[tuple[bytes, int, int, bytes, int | None, int | None, bytes | None, str]]
CommitmentRow = Row[tuple[bytes, int, int, bytes, bytes | None]]


class Purpose(StrEnum):
    """What a code permits; it permits nothing else [TRACE-SERVER-4] [TOKENS-18]."""

    REPORT = "report"
    TRACE = "trace"
    TOKENS = "tokens"


class Verdict(StrEnum):
    """What becomes of an upload. What is neither acceptable nor repeated is a refusal."""

    ACCEPTABLE = "acceptable"
    REPEATED = "repeated"
    UNKNOWN_CODE = "unknown-code"
    EXPIRED_CODE = "expired-code"
    USED_CODE = "used-code"
    UNCOVERED_KEYS = "uncovered-keys"
    REFUSED_KEYS = "refused-keys"

    @property
    def refusal(self) -> str | None:
        """The name of the refusal; None for what is accepted, now or before."""
        return None if self in (Verdict.ACCEPTABLE, Verdict.REPEATED) else self.value


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeForms:
    """Which forms of code a region takes."""

    simple: bool
    activated: bool

    def take(self, active_until: int | None) -> bool:
        """Return whether a stored code has a form that is taken."""
        return self.simple if active_until is None else self.activated


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """What is stored with a code or a hash once it is spent.

    Attributes:
        digest: which it is.
        binding: the 32 bytes that tell the upload on which.
        promised: see `promises.masked`.
    """

    digest: bytes
    binding: bytes
    promised: bytes = field(repr=False)


class Codes:
    """Upload codes, simple and activated."""

    def __init__(self, connection: AsyncConnection, *, lock: bool) -> None:
        self._connection = connection
        self._lock = lock

    async def add(
        self,
        digests: Iterable[bytes],
        *,
        expires_day: Day,
        inactive: bool = False,
        purpose: Purpose = Purpose.REPORT,
    ) -> None:
        """Store new codes that stop being good when `expires_day` begins [SERVER-18]."""
        rows = [
            {
                "digest": digest,
                "expires_day": expires_day,
                "used": 0,
                "binding": UNBOUND,
                "active_until": INACTIVE if inactive else None,
                "first_day": None,
                "purpose": purpose.value,
            }
            for digest in digests
        ]
        await self._connection.execute(insert(codes), rows)

    async def rows(self, digests: Iterable[bytes]) -> dict[bytes, CodeRow]:
        """Return the stored codes among some, by their digests."""
        query = select(codes).where(codes.c.digest.in_(few_lengths(digests)))
        if self._lock:
            query = query.order_by(codes.c.digest).with_for_update()
        return {row.digest: row for row in await self._connection.execute(query)}

    async def spend(self, spent: Sequence[Spent]) -> None:
        """Spend codes and forget when they were active [SERVER-12] [AUTHORIZATION-11].

        Raises:
            ReplayError: another transaction was first; nothing may be committed then.
        """
        forgotten = case((codes.c.active_until.is_(None), None), else_=INACTIVE)
        values = {"active_until": forgotten, "first_day": None}
        await _spend(self._connection, codes, spent, **values)

    async def activate(
        self, digest: bytes, *, first_day: Day, until: Instant, now: Instant
    ) -> None:
        """Make a code good until a moment for keys since a day [AUTHORIZATION-8].

        A code that is not known is one that a phone drew.

        Raises:
            PolicyError: the code is simple, spent or too old.
        """
        expires_day = Day(day_of(Instant(until - 1)) + 1)
        values = {"active_until": until, "first_day": first_day, "expires_day": expires_day}
        fresh = {"digest": digest, "used": 0, "binding": UNBOUND, **values}
        insertion = insert_into(self._connection, codes).on_conflict_do_nothing().values(fresh)
        if (await self._connection.execute(insertion)).rowcount:
            return
        row = (await self.rows([digest])).get(digest)
        if row is None:
            raise TypeError("a code vanished within a transaction")
        if row.active_until is None:
            raise PolicyError("the code needs no activation")
        if row.used:
            raise PolicyError("the code is spent")
        if day_of(now) >= row.expires_day:
            raise PolicyError("the code has expired")
        values["expires_day"] = max(expires_day, row.expires_day)
        await self._connection.execute(
            update(codes).where(codes.c.digest == digest).values(**values)
        )

    async def revoke(self, digest: bytes) -> None:
        """Forget a code unless it is spent [OPERATING-11]."""
        unspent = delete(codes).where(codes.c.digest == digest, codes.c.used == 0)
        await self._connection.execute(unspent)


def code_verdict(
    row: CodeRow | None,
    *,
    binding: bytes,
    days: Collection[Day],
    forms: CodeForms,
    purpose: Purpose = Purpose.REPORT,
    now: Instant,
) -> Verdict:
    """Return whether a code authorises an upload of keys of some days, or of a trace.

    A code that is not active yet is as good as unknown [AUTHORIZATION-10], and so is one that is
    for something else, whatever became of it [TRACE-SERVER-4].

    Args:
        row: the code as it is stored; None where it is not.
        binding: the code's to the upload.
        days: of the keys.
        forms: the region's.
        purpose: what the upload is.
        now: the present.
    """
    if row is None or row.purpose != purpose or not forms.take(row.active_until):
        return Verdict.UNKNOWN_CODE
    if row.used:
        return Verdict.REPEATED if equal(row.binding, binding) else Verdict.USED_CODE
    if row.active_until == INACTIVE:
        return Verdict.UNKNOWN_CODE
    if row.active_until is None:
        expired = day_of(now) >= row.expires_day
    else:
        expired = now >= row.active_until
    if expired:
        return Verdict.EXPIRED_CODE
    covered = row.first_day is None or all(day >= row.first_day for day in days)
    return Verdict.ACCEPTABLE if covered else Verdict.UNCOVERED_KEYS


class Commitments:
    """Hashes of days that an authority has authorised, by their digests."""

    def __init__(self, connection: AsyncConnection, *, lock: bool) -> None:
        self._connection = connection
        self._lock = lock

    async def authorize(self, digests: Collection[bytes], *, expires: Instant) -> None:
        """Store what is new; let what is known and not spent live longer [COMMITMENT-15]."""
        rows = [
            {"digest": digest, "expires": expires, "used": 0, "binding": UNBOUND}
            for digest in sorted(set(digests))
        ]
        if rows:
            fresh_only = insert_into(self._connection, commitments).on_conflict_do_nothing()
            await self._connection.execute(fresh_only, rows)
        known = await self.rows(digests)
        longer = (
            update(commitments)
            .where(
                commitments.c.digest.in_(known),
                commitments.c.used == 0,
                commitments.c.expires < expires,
            )
            .values(expires=expires)
        )
        await self._connection.execute(longer)

    async def spend(self, spent: Sequence[Spent]) -> None:
        """Spend hashes, all of them [COMMITMENT-11].

        Raises:
            ReplayError: another transaction was first; nothing may be committed then.
        """
        await _spend(self._connection, commitments, spent)

    async def rows(self, digests: Iterable[bytes]) -> dict[bytes, CommitmentRow]:
        """Return the stored hashes among some, by their digests."""
        query = select(commitments).where(commitments.c.digest.in_(few_lengths(digests)))
        if self._lock:
            query = query.order_by(commitments.c.digest).with_for_update()
        return {row.digest: row for row in await self._connection.execute(query)}


def commitments_verdict(
    rows: Mapping[bytes, CommitmentRow], *, bindings: Mapping[bytes, bytes], now: Instant
) -> Verdict:
    """Return whether hashes, all of them, authorise an upload.

    Args:
        rows: the hashes as they are stored, and maybe others.
        bindings: the binding to the upload of each digest; none where nothing fits.
        now: the present.
    """
    stored = [rows[digest] for digest in bindings if digest in rows]
    if not bindings or len(stored) < len(bindings):
        return Verdict.UNCOVERED_KEYS
    if any(row.used for row in stored):
        same = all(equal(row.binding, bindings[row.digest]) for row in stored)
        return Verdict.REPEATED if same else Verdict.USED_CODE
    expired = any(now >= row.expires for row in stored)
    return Verdict.EXPIRED_CODE if expired else Verdict.ACCEPTABLE


async def _spend(
    connection: AsyncConnection, table: Table, spent: Sequence[Spent], **values: object
) -> None:
    """Mark rows as spent with their bindings; the caller has locked them."""
    statement = (
        update(table)
        .where(table.c.digest == bindparam("of"), table.c.used == 0)
        .values(used=1, binding=bindparam("to"), promised=bindparam("with"), **values)
    )
    rows = [{"of": each.digest, "to": each.binding, "with": each.promised} for each in spent]
    done = await connection.execute(statement, rows)
    if done.rowcount not in (_UNCOUNTED, len(spent)):
        raise ReplayError("a code or a commitment was spent meanwhile")
