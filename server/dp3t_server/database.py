"""The database file: how it is opened, kept durable, migrated and written to.

SQLite writes one transaction at a time. A writing transaction takes its turn at the beginning, so
that what it reads stays true until it commits, also against other processes.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Self

from alembic import command
from alembic.config import Config as AlembicConfig
from alembic.util import CommandError
from sqlalchemy import Connection, event
from sqlalchemy.engine import URL
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from dp3t import UnsupportedVersionError

_LOCK_TIMEOUT_SECONDS = 30
_BEGIN = "dp3t_begin"
"""Execution option: the statement that begins a transaction; empty for none."""

_LOCK_POLL_SECONDS = 0.02
_LOG_PATIENCE_SECONDS = 1
"""How long to wait for readers of the write-ahead log; whoever writes waits as long."""

_PRAGMAS = (
    "synchronous = FULL",  # a commit is on the disk before the client hears of it
    "foreign_keys = ON",
    "secure_delete = ON",  # erased rows are overwritten [SERVER-28]
)


class Database:
    """One SQLite file, shared by everything in this process."""

    def __init__(self, path: Path) -> None:
        self.engine = _engine(path)
        self._writer = asyncio.Lock()

    @classmethod
    async def open(cls, path: Path, *, digest_key: bytes | None = None) -> Self:
        """Open the file, creating it if need be, and bring it to this release's version.

        Args:
            path: the file.
            digest_key: the 32 bytes under which codes and published keys are stored; without them
                a database of the first version forgets which keys it has published.

        Raises:
            UnsupportedVersionError: a newer release wrote it [SERVER-34].
            SQLAlchemyError: it cannot be opened.
        """
        database = cls(path)
        try:
            await database._write_ahead()
            await database.migrate("head", digest_key=digest_key)
        except BaseException:
            await database.close()
            raise
        return database

    async def close(self) -> None:
        """Close every connection."""
        await self.engine.dispose()

    async def migrate(self, revision: str, *, digest_key: bytes | None = None) -> None:
        """Move the tables up or down to a revision, "base" being down, in one transaction."""
        async with self.writing() as connection:
            await connection.run_sync(_migrate, revision, digest_key)

    async def _write_ahead(self) -> None:
        """Let readers read while a writer writes; the file remembers.

        SQLite refuses this at once, without waiting, while another process does the same.
        """
        for attempts_left in reversed(range(int(_LOCK_TIMEOUT_SECONDS / _LOCK_POLL_SECONDS))):
            try:
                await self._outside_transactions("PRAGMA journal_mode = WAL")
            except OperationalError as error:
                if not attempts_left or "locked" not in str(error.orig):
                    raise
                await asyncio.sleep(_LOCK_POLL_SECONDS)
            else:
                return

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """Open a transaction that sees one state of the database and changes nothing."""
        async with self.engine.connect() as connection:
            yield connection

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncConnection]:
        """Open a transaction that has the database to itself; commit unless the block raises."""
        async with self._writer, self.engine.connect() as connection:
            await connection.execution_options(**{_BEGIN: "BEGIN IMMEDIATE"})
            async with connection.begin():
                yield connection

    async def truncate_log(self) -> bool:
        """Fold the write-ahead log into the file; it holds old pages, and so old order.

        Return whether it is empty now: while somebody reads the database it may not be [SERVER-55].
        """
        async with self._writer, self.engine.connect() as connection:
            await connection.execution_options(**{_BEGIN: ""})
            await connection.exec_driver_sql(_patience(_LOG_PATIENCE_SECONDS))
            try:
                done = await connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
                busy: int = done.scalar_one()
            finally:
                await connection.exec_driver_sql(_patience(_LOCK_TIMEOUT_SECONDS))
        return not busy

    async def _outside_transactions(self, statement: str) -> None:
        async with self.engine.connect() as connection:
            await connection.execution_options(**{_BEGIN: ""})
            await connection.exec_driver_sql(statement)


def _patience(seconds: int) -> str:
    """Return the statement after which a connection waits so long for others."""
    return f"PRAGMA busy_timeout = {1000 * seconds}"


def _engine(path: Path) -> AsyncEngine:
    engine = create_async_engine(
        URL.create("sqlite+aiosqlite", database=str(path)),
        # Transactions begin where `_begin` says, not where the driver guesses.
        connect_args={"isolation_level": None, "timeout": _LOCK_TIMEOUT_SECONDS},
        hide_parameters=True,  # error messages hold no keys [SERVER-20]
    )
    event.listen(engine.sync_engine, "connect", _configure)
    event.listen(engine.sync_engine, "begin", _begin)
    return engine


def _configure(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    for pragma in _PRAGMAS:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin(connection: Connection) -> None:
    statement = connection.get_execution_options().get(_BEGIN, "BEGIN")
    if statement:
        connection.exec_driver_sql(statement)


def _migrate(connection: Connection, revision: str, digest_key: bytes | None) -> None:
    config = AlembicConfig()
    config.set_main_option("script_location", "dp3t_server:migrations")
    config.attributes["connection"] = connection
    config.attributes["digest_key"] = digest_key
    try:
        if revision == "base":
            command.downgrade(config, revision)
        else:
            command.upgrade(config, revision)
    except CommandError as error:
        if "Can't locate revision" not in str(error):
            raise
        raise UnsupportedVersionError(
            "the database was written by a newer dp3t-server than this one"
        ) from None
