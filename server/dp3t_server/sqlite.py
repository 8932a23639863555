"""SQLite: one file, one writer at a time, and erasing that overwrites.

A writing transaction takes its turn at the beginning, so that what it reads stays true until it
commits, also against other processes.
"""

import asyncio
from collections.abc import Mapping
from pathlib import Path

from sqlalchemy import Connection, event
from sqlalchemy.engine import URL
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from dp3t_server.connections import connected

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


class Sqlite:
    """A `Backend`."""

    reads: Mapping[str, object] = {_BEGIN: "BEGIN"}
    writes: Mapping[str, object] = {_BEGIN: "BEGIN IMMEDIATE"}

    def __init__(self, path: Path) -> None:
        self.engine = create_async_engine(
            URL.create("sqlite+aiosqlite", database=str(path)),
            # Transactions begin where `_begin` says, not where the driver guesses.
            connect_args={"isolation_level": None, "timeout": _LOCK_TIMEOUT_SECONDS},
            hide_parameters=True,  # error messages hold no keys [SERVER-20]
        )
        event.listen(self.engine.sync_engine, "connect", _configure)
        event.listen(self.engine.sync_engine, "begin", _begin)
        self._writer = asyncio.Lock()

    def turn(self) -> asyncio.Lock:
        """Wait for this process's other writers here, where the event loop goes on."""
        return self._writer

    async def prepare(self) -> None:
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

    async def lock_schema(self, _: AsyncConnection) -> None:
        """Do nothing: whoever writes is alone."""

    async def scrub(self) -> bool:
        """Fold the write-ahead log into the file; it holds old pages, and so old order.

        Return whether it is empty now: while somebody reads the database it may not be.
        """
        async with self._writer, connected(self.engine, {_BEGIN: ""}) as connection:
            await connection.exec_driver_sql(_patience(_LOG_PATIENCE_SECONDS))
            try:
                done = await connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
                busy: int = done.scalar_one()
            finally:
                await connection.exec_driver_sql(_patience(_LOCK_TIMEOUT_SECONDS))
        return not busy

    async def _outside_transactions(self, statement: str) -> None:
        async with connected(self.engine, {_BEGIN: ""}) as connection:
            await connection.exec_driver_sql(statement)


def _patience(seconds: int) -> str:
    """Return the statement after which a connection waits so long for others."""
    return f"PRAGMA busy_timeout = {1000 * seconds}"


def _configure(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    for pragma in _PRAGMAS:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin(connection: Connection) -> None:
    statement = connection.get_execution_options().get(_BEGIN, "BEGIN")
    if statement:
        connection.exec_driver_sql(statement)
