"""PostgreSQL: many processes on many machines, and erasing as far as it goes.

`VACUUM` frees what erased rows took; it overwrites nothing, and the write-ahead log, replicas and
backups keep their copies until the database's administrator lets go of them [SERVER-28].
"""

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager, nullcontext

from sqlalchemy import func, select
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from dp3t import MalformedError, PolicyError
from dp3t_server.connections import connected
from dp3t_server.tables import ERASED_FROM

_DRIVER = "postgresql+asyncpg"
_SCHEMES = ("postgres", "postgresql", _DRIVER)
_MIGRATION_LOCK = 0x6470_3374
_CONNECT_SECONDS = 10
_SESSION = {
    "application_name": "dp3t-server",
    "synchronous_commit": "on",  # a commit is on the disk before the client hears of it
    # Whoever stalls within a transaction must not keep its locks.
    "idle_in_transaction_session_timeout": "20s",
    "lock_timeout": "60s",
}


class Postgresql:
    """A `Backend`.

    Raises:
        MalformedError: not a URL of PostgreSQL; the message does not repeat it.
        PolicyError: the driver is not installed.
    """

    reads: Mapping[str, object] = {
        "isolation_level": "REPEATABLE READ",
        "postgresql_readonly": True,
    }
    writes: Mapping[str, object] = {"isolation_level": "READ COMMITTED"}

    def __init__(self, url: str) -> None:
        try:
            self.engine = create_async_engine(
                normalized(url),
                connect_args={"timeout": _CONNECT_SECONDS, "server_settings": _SESSION},
                hide_parameters=True,  # error messages hold no keys [SERVER-20]
                pool_pre_ping=True,  # a database that was restarted is found again [SERVER-6]
                pool_size=10,
                max_overflow=10,
            )
        except ModuleNotFoundError:
            raise PolicyError(
                "PostgreSQL needs the extra `postgres`: pip install 'dp3t[postgres]'"
            ) from None

    def turn(self) -> AbstractAsyncContextManager[object]:
        """Wait for nobody."""
        return nullcontext()

    async def prepare(self) -> None:
        """Do nothing: a session says all it needs."""

    async def lock_schema(self, connection: AsyncConnection) -> None:
        """Take a lock that ends with the transaction."""
        await connection.execute(select(func.pg_advisory_xact_lock(_MIGRATION_LOCK)))

    async def scrub(self) -> bool:
        """Free what erased rows took, which autovacuum would do some time."""
        async with connected(self.engine, {"isolation_level": "AUTOCOMMIT"}) as connection:
            for table in ERASED_FROM:
                await connection.exec_driver_sql(f"VACUUM {table.name}")
        return True


def normalized(url: str) -> str:
    """Return the URL with the driver named in it.

    Raises:
        MalformedError: not a URL of PostgreSQL; the message does not repeat it: it can hold a
            password.
    """
    try:
        parsed = make_url(url)
    except ArgumentError:
        parsed = None
    if parsed is None or parsed.drivername not in _SCHEMES or not parsed.database:
        raise MalformedError("it is not of the form postgresql://user@host/database")
    return parsed.set(drivername=_DRIVER).render_as_string(hide_password=False)
