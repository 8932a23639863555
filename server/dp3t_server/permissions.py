"""What permits a report, as the database has it: codes and hashes of days.

Each class is the operations on one table inside an open transaction.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import Row, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from dp3t import Day, Instant, PolicyError, ReplayError, day_of
from dp3t.primitives import equal
from dp3t_server.tables import codes, commitments

UNBOUND = bytes(32)
"""The binding of what is not spent."""

INACTIVE = 0
"""Until when a code is good that was not activated yet, or was spent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeKinds:
    """Which kinds of code a region takes."""

    simple: bool
    activated: bool

    def take(self, active_until: int | None) -> bool:
        """Return whether a stored code is of a kind that is taken."""
        return self.simple if active_until is None else self.activated


class Codes:
    """Upload codes, simple and activated."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

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

    async def why_not(
        self,
        digest: bytes,
        *,
        binding: bytes,
        days: Collection[Day],
        kinds: CodeKinds,
        now: Instant,
    ) -> str | None:
        """Return why a code does not authorise an upload of keys of some days, or None.

        A code that is not active yet is as good as unknown [AUTHORIZATION-10].

        Returns:
            "repeated" where this very upload has spent it; else the name of a refusal.
        """
        row = await self._row(digest)
        if row is None or not kinds.take(row.active_until):
            return "unknown-code"
        if row.used:
            return "repeated" if equal(row.binding, binding) else "used-code"
        if row.active_until == INACTIVE:
            return "unknown-code"
        if row.active_until is None:
            return None if day_of(now) < row.expires_day else "expired-code"
        if now >= row.active_until:
            return "expired-code"
        return "uncovered-keys" if any(day < row.first_day for day in days) else None

    async def spend(self, digest: bytes, *, binding: bytes) -> None:
        """Spend a code and forget when it was active [SERVER-12] [AUTHORIZATION-11].

        Raises:
            ReplayError: another transaction was first.
        """
        forgotten = codes.c.active_until * INACTIVE  # none stays none: the code was a simple one
        statement = (
            update(codes)
            .where(codes.c.digest == digest, codes.c.used == 0)
            .values(used=1, binding=binding, active_until=forgotten, first_day=None)
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
        row = await self._row(digest)
        last_day = Day(day_of(Instant(until - 1)) + 1)
        values = {"active_until": until, "first_day": first_day, "expires_day": last_day}
        if row is None:
            fresh = {"digest": digest, "used": 0, "binding": UNBOUND, **values}
            await self._connection.execute(insert(codes), [fresh])
            return
        if row.active_until is None:
            raise PolicyError("the code needs no activation")
        if row.used:
            raise PolicyError("the code is spent")
        if day_of(now) >= row.expires_day:
            raise PolicyError("the code has expired")
        values["expires_day"] = max(last_day, row.expires_day)
        await self._connection.execute(
            update(codes).where(codes.c.digest == digest).values(**values)
        )

    async def _row(self, digest: bytes) -> "Row[tuple[bytes, int, int, bytes, int, int]] | None":
        query = select(codes).where(codes.c.digest == digest)
        return (await self._connection.execute(query)).one_or_none()


class Commitments:
    """Hashes of days that an authority has authorised, by their digests."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def authorize(self, digests: Collection[bytes], *, expires: Instant) -> None:
        """Store what is new; let what is known and not spent live longer [COMMITMENT-15]."""
        known = await self._rows(digests)
        fresh = [
            {"digest": digest, "expires": expires, "used": 0, "binding": UNBOUND}
            for digest in sorted(set(digests).difference(known))
        ]
        if fresh:
            await self._connection.execute(insert(commitments), fresh)
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

    async def why_not(self, bindings: Mapping[bytes, bytes], *, now: Instant) -> str | None:
        """Return why hashes do not authorise an upload, or None where they all do.

        Args:
            bindings: the binding to the upload of each digest; none where nothing fits.
            now: the present.

        Returns:
            "repeated" where this very upload has spent them; else the name of a refusal.
        """
        rows = await self._rows(bindings)
        if not bindings or len(rows) < len(bindings):
            return "uncovered-keys"
        if any(row.used for row in rows.values()):
            same = all(equal(row.binding, bindings[digest]) for digest, row in rows.items())
            return "repeated" if same else "used-code"
        return "expired-code" if any(now >= row.expires for row in rows.values()) else None

    async def spend(self, bindings: Mapping[bytes, bytes]) -> None:
        """Spend hashes, all of them [COMMITMENT-11].

        Raises:
            ReplayError: another transaction was first; nothing may be committed then.
        """
        for digest, binding in bindings.items():
            statement = (
                update(commitments)
                .where(commitments.c.digest == digest, commitments.c.used == 0)
                .values(used=1, binding=binding)
            )
            if (await self._connection.execute(statement)).rowcount != 1:
                raise ReplayError("a commitment was spent meanwhile")

    async def _rows(
        self, digests: Iterable[bytes]
    ) -> "dict[bytes, Row[tuple[bytes, int, int, bytes]]]":
        query = select(commitments).where(commitments.c.digest.in_(list(digests)))
        return {row.digest: row for row in await self._connection.execute(query)}
