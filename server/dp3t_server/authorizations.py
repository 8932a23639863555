"""What authorises a report, as the database has it: codes and hashes of days.

Each class is the operations on one table inside an open transaction. One that is going to write
locks the rows that it looks at, in the order of their digests.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Row, case, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from dp3t import Day, Instant, PolicyError, ReplayError, day_of
from dp3t.primitives import equal
from dp3t_server.rows import insert_into
from dp3t_server.tables import codes, commitments

UNBOUND = bytes(32)
"""The binding of what is not spent."""

INACTIVE = 0
"""Until when a code is good that was not activated yet, or was spent."""


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


class Codes:
    """Upload codes, simple and activated."""

    def __init__(self, connection: AsyncConnection, *, lock: bool) -> None:
        self._connection = connection
        self._lock = lock

    async def add(self, digests: Iterable[bytes], *, expires_day: Day, inactive: bool) -> None:
        """Store new codes that stop being good when `expires_day` begins [SERVER-18]."""
        rows = [
            {
                "digest": digest,
                "expires_day": expires_day,
                "used": 0,
                "binding": UNBOUND,
                "active_until": INACTIVE if inactive else None,
                "first_day": None,
            }
            for digest in digests
        ]
        await self._connection.execute(insert(codes), rows)

    async def judge(
        self,
        digest: bytes,
        *,
        binding: bytes,
        days: Collection[Day],
        forms: CodeForms,
        now: Instant,
    ) -> Verdict:
        """Return whether a code authorises an upload of keys of some days.

        A code that is not active yet is as good as unknown [AUTHORIZATION-10].
        """
        row = await self._row(digest)
        if row is None or not forms.take(row.active_until):
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

    async def promised(self, digest: bytes) -> bytes | None:
        """Return what was promised for the upload on which a code was spent; see `promises`."""
        row = await self._row(digest)
        return None if row is None else row.promised

    async def spend(self, digest: bytes, *, binding: bytes, promised: bytes) -> None:
        """Spend a code and forget when it was active [SERVER-12] [AUTHORIZATION-11].

        Raises:
            ReplayError: another transaction was first.
        """
        forgotten = case((codes.c.active_until.is_(None), None), else_=INACTIVE)
        statement = (
            update(codes)
            .where(codes.c.digest == digest, codes.c.used == 0)
            .values(
                used=1,
                binding=binding,
                active_until=forgotten,
                first_day=None,
                promised=promised,
            )
        )
        if (await self._connection.execute(statement)).rowcount != 1:
            raise ReplayError("the code was spent meanwhile")

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
        row = await self._row(digest)
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

    async def _row(
        self, digest: bytes
    ) -> "Row[tuple[bytes, int, int, bytes, int, int, bytes | None]] | None":
        query = select(codes).where(codes.c.digest == digest)
        if self._lock:
            query = query.with_for_update()
        return (await self._connection.execute(query)).one_or_none()


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
        known = await self._rows(digests)
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

    async def judge(self, bindings: Mapping[bytes, bytes], *, now: Instant) -> Verdict:
        """Return whether hashes, all of them, authorise an upload.

        Args:
            bindings: the binding to the upload of each digest; none where nothing fits.
            now: the present.
        """
        rows = await self._rows(bindings)
        if not bindings or len(rows) < len(bindings):
            return Verdict.UNCOVERED_KEYS
        if any(row.used for row in rows.values()):
            same = all(equal(row.binding, bindings[digest]) for digest, row in rows.items())
            return Verdict.REPEATED if same else Verdict.USED_CODE
        expired = any(now >= row.expires for row in rows.values())
        return Verdict.EXPIRED_CODE if expired else Verdict.ACCEPTABLE

    async def promised(self, digest: bytes) -> bytes | None:
        """Return what was promised for the upload on which a hash was spent; see `promises`."""
        row = (await self._rows([digest])).get(digest)
        return None if row is None else row.promised

    async def spend(
        self, bindings: Mapping[bytes, bytes], *, promised: Mapping[bytes, bytes]
    ) -> None:
        """Spend hashes, all of them [COMMITMENT-11].

        Raises:
            ReplayError: another transaction was first; nothing may be committed then.
        """
        for digest, binding in bindings.items():
            statement = (
                update(commitments)
                .where(commitments.c.digest == digest, commitments.c.used == 0)
                .values(used=1, binding=binding, promised=promised[digest])
            )
            if (await self._connection.execute(statement)).rowcount != 1:
                raise ReplayError("a commitment was spent meanwhile")

    async def _rows(
        self, digests: Iterable[bytes]
    ) -> "dict[bytes, Row[tuple[bytes, int, int, bytes, bytes | None]]]":
        query = select(commitments).where(commitments.c.digest.in_(list(digests)))
        if self._lock:
            query = query.order_by(commitments.c.digest).with_for_update()
        return {row.digest: row for row in await self._connection.execute(query)}
