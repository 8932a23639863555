"""Anonymous tokens as the database has them: keys, lists, who got some, and which are spent.

Nothing leads from a row of one table to a row of another: who got tokens is a digest under a key
that is not in the database, and what is spent is a digest of a number nobody had seen [TOKENS-19].
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from dp3t import Day
from dp3t.primitives import sha256
from dp3t.publication import HEADER_BYTES, LoggedTokenKeys, TokenKey, TokenKeys
from dp3t_server.files import PublicFile
from dp3t_server.rows import insert_into
from dp3t_server.tables import spent_tokens, token_issues, token_keys, token_lists


@dataclass(frozen=True, slots=True)
class StoredKey:
    """A key of tokens as it is stored.

    Attributes:
        key: the public half.
        sealed: the private half, sealed under the server's file of keys.
    """

    key: TokenKey
    sealed: bytes = field(repr=False)


class TokenStore:
    """The operations inside an open transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def current(self) -> PublicFile | None:
        """Return the newest list with its place in the log; None where there is none."""
        query = (
            select(token_lists.c.data, token_lists.c.leaf)
            .where(token_lists.c.leaf.is_not(None), func.length(token_lists.c.data) > 0)
            .order_by(token_lists.c.day.desc())
            .limit(1)
        )
        row = (await self._connection.execute(query)).one_or_none()
        if row is None:
            return None
        data = LoggedTokenKeys(row.data, row.leaf).encode()
        return PublicFile(digest=sha256(data), data=data)

    async def has_list(self, day: Day) -> bool:
        """Return whether there is a list of a day, or the log has one."""
        query = select(token_lists.c.day).where(token_lists.c.day == day)
        return (await self._connection.execute(query)).one_or_none() is not None

    async def add_list(self, day: Day, data: bytes, *, leaf: int | None = None) -> None:
        """Store the list of a day that has none."""
        await self._connection.execute(
            insert(token_lists), {"day": day, "data": data, "leaf": leaf}
        )

    async def unlogged(self) -> list[tuple[TokenKeys, bytes]]:
        """Return the lists that the log does not hold yet, with their bytes, oldest first."""
        query = (
            select(token_lists.c.data)
            .where(token_lists.c.leaf.is_(None))
            .order_by(token_lists.c.day)
        )
        found = (await self._connection.execute(query)).scalars()
        return [(TokenKeys.decode(data[HEADER_BYTES:]), data) for data in found]

    async def set_leaf(self, day: Day, leaf: int) -> None:
        """Say at which place the log holds the list of a day."""
        await self._connection.execute(
            update(token_lists).where(token_lists.c.day == day).values(leaf=leaf)
        )

    async def keys(self, days: Iterable[Day]) -> list[StoredKey]:
        """Return the keys of some days, ascending by day and scope."""
        query = (
            select(token_keys)
            .where(token_keys.c.day.in_(sorted(set(days))))
            .order_by(token_keys.c.day, token_keys.c.scope)
        )
        return [
            StoredKey(TokenKey(Day(row.day), row.scope, row.modulus), row.sealed)
            for row in await self._connection.execute(query)
        ]

    async def key(self, scope: str, day: Day) -> TokenKey | None:
        """Return the public key of a scope and day; None where there is none."""
        query = select(token_keys.c.modulus).where(
            token_keys.c.scope == scope, token_keys.c.day == day
        )
        modulus = (await self._connection.execute(query)).scalar_one_or_none()
        return None if modulus is None else TokenKey(day, scope, modulus)

    async def add_keys(self, keys: Sequence[StoredKey]) -> None:
        """Store keys; where a scope and day has one, that stays [TOKENS-15]."""
        rows = [
            {
                "day": each.key.day,
                "scope": each.key.scope,
                "modulus": each.key.modulus,
                "sealed": each.sealed,
            }
            for each in keys
        ]
        if rows:
            fresh_only = insert_into(self._connection, token_keys).on_conflict_do_nothing()
            await self._connection.execute(fresh_only, rows)

    async def issue(
        self, blinded: Mapping[bytes, bytes], *, expires: Mapping[bytes, Day]
    ) -> set[bytes]:
        """Remember what is signed for whom; return those that may be signed [TOKENS-9].

        Args:
            blinded: the digest of each blinded message by the digest of code, scope and day.
            expires: for each of them from which day on it is forgotten.
        """
        rows = [
            {"digest": digest, "blinded_digest": of, "expires_day": expires[digest]}
            for digest, of in sorted(blinded.items())
        ]
        fresh_only = insert_into(self._connection, token_issues).on_conflict_do_nothing()
        await self._connection.execute(fresh_only, rows)
        query = select(token_issues.c.digest, token_issues.c.blinded_digest).where(
            token_issues.c.digest.in_(list(blinded))
        )
        stored = (await self._connection.execute(query)).all()
        return {row.digest for row in stored if row.blinded_digest == blinded[row.digest]}

    async def is_spent(self, nullifier: bytes) -> bool:
        """Return whether a token is spent."""
        query = select(spent_tokens.c.expires_day).where(spent_tokens.c.nullifier == nullifier)
        return (await self._connection.execute(query)).one_or_none() is not None

    async def spend(self, nullifier: bytes, *, expires: Day) -> bool:
        """Spend a token; return False where it was spent before, also a moment ago [TOKENS-11].

        Another transaction that spends it at the same time is waited for.
        """
        row = {"nullifier": nullifier, "expires_day": expires}
        insertion = insert_into(self._connection, spent_tokens).on_conflict_do_nothing()
        return (await self._connection.execute(insertion.values(row))).rowcount == 1

    async def erase(self, *, today: Day) -> None:
        """Erase what is of days that are over, private keys among it [TOKENS-20]."""
        for statement in (
            delete(token_keys).where(token_keys.c.day < today),
            delete(token_lists).where(token_lists.c.day < today),
            delete(token_issues).where(token_issues.c.expires_day <= today),
            delete(spent_tokens).where(spent_tokens.c.expires_day <= today),
        ):
            await self._connection.execute(statement)


def places(scopes: Collection[str], days: Collection[Day]) -> list[tuple[Day, str]]:
    """Return each day with each scope, in the order of a list."""
    return [(day, scope) for day in sorted(days) for scope in sorted(scopes)]
