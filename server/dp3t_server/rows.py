"""Statements that two processes can race with: inserting what may be there, and locking rows."""

from collections.abc import Iterable
from enum import StrEnum

from sqlalchemy import Table, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from dp3t import Instant
from dp3t_server.tables import locks


class Lock(StrEnum):
    """A row of `tables.locks`; whoever holds it is alone with what it stands for."""

    ARRIVALS = "arrivals"
    DISCLOSURES = "disclosures"
    FACILITIES = "facilities"
    HELP = "help"
    INDEX = "index"
    KEYS = "keys"
    SECRETS = "secrets"
    SLOTS = "slots"
    SYMPTOMS = "symptoms"
    TRACES = "traces"


def insert_into(connection: AsyncConnection, table: Table) -> postgresql.Insert | sqlite.Insert:
    """Return an insertion that can say what happens on a conflict, for the database at hand."""
    is_postgresql = connection.dialect.name == "postgresql"
    return postgresql.insert(table) if is_postgresql else sqlite.insert(table)


async def lock(connection: AsyncConnection, name: Lock, *, shared: bool = False) -> Instant:
    """Hold a lock until the transaction ends, alone or with others that share it.

    Return its value: of `SLOTS` the newest release that was begun. With SQLite whoever writes is
    alone anyway.
    """
    query = select(locks.c.value).where(locks.c.name == name).with_for_update(read=shared)
    return Instant((await connection.execute(query)).scalar_one())


def few_lengths(values: Iterable[bytes]) -> list[bytes]:
    """Return values for an `IN`, some twice, so that few statements differ: one is prepared once.

    Their number is a power of two, or none.
    """
    found = list(values)
    return found + found[:1] * ((1 << (len(found) - 1).bit_length()) - len(found)) if found else []
