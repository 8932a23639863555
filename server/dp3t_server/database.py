"""The database: one SQLite file, or PostgreSQL by one URL; how it is opened, moved and written to.

What differs between the two stands in `sqlite` and `postgresql`; every statement is SQLAlchemy's.
SQLite writes one transaction at a time. PostgreSQL writes many, and a transaction that relies on
what it has read locks the rows first, in one order everywhere: codes or commitments, an existing
slot, then `tables.locks`.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import cache
from pathlib import Path
from typing import Protocol, Self

from alembic import command
from alembic.config import Config as AlembicConfig
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from dp3t import UnsupportedVersionError
from dp3t_server.connections import connected
from dp3t_server.postgresql import Postgresql
from dp3t_server.sqlite import Sqlite


class Backend(Protocol):
    """What one kind of database needs of its own."""

    @property
    def engine(self) -> AsyncEngine:
        """The way to the database; each connection is durable from its beginning."""

    @property
    def reads(self) -> Mapping[str, object]:
        """Execution options of a transaction that sees one state and changes nothing."""

    @property
    def writes(self) -> Mapping[str, object]:
        """Execution options of a transaction that writes."""

    def turn(self) -> AbstractAsyncContextManager[object]:
        """Wait until this process may write, where it may not always."""

    async def prepare(self) -> None:
        """Do what has to be done once, before the tables are looked at."""

    async def lock_schema(self, connection: AsyncConnection) -> None:
        """Keep every other process from migrating until the transaction ends."""

    async def scrub(self) -> bool:
        """Let go of erased rows that still stand beside the tables; return whether all are."""


class Database:
    """One database, shared by everything in this process.

    Args:
        where: the SQLite file, or the URL of a PostgreSQL database.
    """

    def __init__(self, where: Path | str) -> None:
        self._backend = backend(where)

    @property
    def engine(self) -> AsyncEngine:
        """The engine below, for tests and tools."""
        return self._backend.engine

    @classmethod
    async def open(cls, where: Path | str, *, digest_key: bytes | None = None) -> Self:
        """Open a database, creating the file if need be, and bring it to this release's version.

        Args:
            where: the SQLite file, or the URL of a PostgreSQL database, which has to exist.
            digest_key: the 32 bytes under which codes and published keys are stored; without them
                a database of the first version forgets which keys it has published.

        Raises:
            UnsupportedVersionError: a newer release wrote it [SERVER-34].
            SQLAlchemyError: it cannot be opened.
        """
        database = cls(where)
        try:
            await database._backend.prepare()
            await database.migrate("head", digest_key=digest_key)
        except BaseException:
            await database.close()
            raise
        return database

    async def close(self) -> None:
        """Close every connection."""
        await self.engine.dispose()

    async def migrate(self, revision: str, *, digest_key: bytes | None = None) -> None:
        """Move the tables up or down to a revision, "base" being the lowest, in one transaction."""
        async with self.writing() as connection:
            await self._backend.lock_schema(connection)
            await connection.run_sync(_migrate, revision, digest_key)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """Open a transaction that sees one state of the database and changes nothing.

        Raises:
            UnreachableError: the database does not answer [SERVER-6].
        """
        async with connected(self.engine, self._backend.reads) as connection:
            yield connection

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncConnection]:
        """Open a transaction that writes; commit unless the block raises.

        With SQLite it has the database to itself.

        Raises:
            UnreachableError: the database does not answer [SERVER-6].
        """
        async with (
            self._backend.turn(),
            connected(self.engine, self._backend.writes) as connection,
            connection.begin(),
        ):
            yield connection

    async def scrub(self) -> bool:
        """Let go of erased rows that still stand beside the tables [SERVER-55].

        Return whether all are gone: while somebody reads SQLite's file they may not be.
        """
        return await self._backend.scrub()


def backend(where: Path | str) -> Backend:
    """Return what a database needs of its own: that of a file, or of a URL."""
    return Sqlite(where) if isinstance(where, Path) else Postgresql(where)


def _is_below(revision: str, current: str | None) -> bool:
    """Return whether the tables have to go down; revisions are numbers of four digits."""
    return revision == "base" or (revision != "head" and revision < (current or ""))


def _alembic() -> AlembicConfig:
    config = AlembicConfig()
    config.set_main_option("script_location", "dp3t_server:migrations")
    return config


@cache
def _newest() -> str | None:
    """Return this release's revision; to know it, every one is read."""
    return ScriptDirectory.from_config(_alembic()).get_current_head()


def _migrate(connection: Connection, revision: str, digest_key: bytes | None) -> None:
    current = MigrationContext.configure(connection).get_current_revision()
    if revision == "head" and current == _newest():
        return
    config = _alembic()
    config.attributes["connection"] = connection
    config.attributes["digest_key"] = digest_key
    try:
        if _is_below(revision, current):
            command.downgrade(config, revision)
        else:
            command.upgrade(config, revision)
    except CommandError as error:
        if "Can't locate revision" not in str(error):
            raise
        raise UnsupportedVersionError(
            "the database was written by a newer dp3t-server than this one"
        ) from None
