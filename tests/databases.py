"""Databases for tests: a SQLite file in the test's folder, or one of a PostgreSQL server.

`DP3T_TEST_POSTGRES` names a server, as a URL whose user may create databases; without it a
throw-away cluster is started where PostgreSQL is installed, and else the tests that need one are
skipped. With `DP3T_TEST_DATABASE=postgresql` every test server runs on PostgreSQL.

    python tests/databases.py COMMAND…

runs a command with `DP3T_TEST_POSTGRES` set to a throw-away cluster.
"""

import asyncio
import atexit
import functools
import os
import subprocess
import sys
import threading
import uuid
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from benchmarks.server.cluster import Cluster, NoPostgresqlError, running_cluster
from dp3t_server.database import Database
from dp3t_server.postgresql import normalized

ON_POSTGRESQL = os.environ.get("DP3T_TEST_DATABASE") == "postgresql"

sqlite_only = pytest.mark.skipif(ON_POSTGRESQL, reason="it is about the files of SQLite")

_URLS: dict[Path, str] = {}
_LAID: list[str] = []
"""The database that others are copies of, once for all tests of this process."""


@contextmanager
def cluster() -> Iterator[Cluster]:
    """Run a throw-away cluster; skip the test where PostgreSQL is not installed."""
    try:
        with running_cluster() as running:
            yield running
    except NoPostgresqlError as reason:
        pytest.skip(str(reason))


@functools.cache
def server_url() -> str:
    """Return the URL of the PostgreSQL server that all tests share, or skip the test."""
    pytest.importorskip("asyncpg", reason="the extra postgres is not installed")
    if given := os.environ.get("DP3T_TEST_POSTGRES"):
        return given.rstrip("/")
    running = cluster()
    url = running.__enter__().url
    atexit.register(running.__exit__, None, None, None)
    return url


def new_database(*, like: str = "template1") -> str:
    """Make an empty PostgreSQL database, or one like another to which nobody is connected.

    Return its URL.
    """
    name = f"dp3t_{uuid.uuid4().hex}"
    _in_a_thread(_execute(f'CREATE DATABASE "{name}" TEMPLATE "{like}"'))
    return f"{server_url()}/{name}"


def laid_database() -> str:
    """Make a PostgreSQL database with a server's tables, and no rows; return its URL.

    A server would lay them by itself, in ten times as long.
    """
    if not _LAID:
        _LAID.append(new_database())
        _in_a_thread(_lay_tables(_LAID[0]))
    return new_database(like=_LAID[0].rpartition("/")[2])


def drop_database(url: str) -> None:
    """Drop a database, whoever is connected."""
    name = url.rpartition("/")[2]
    _in_a_thread(_execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))


def database_setting(folder: Path) -> str:
    """Return the setting `database` of a server in a folder, the same each time for the folder."""
    if not ON_POSTGRESQL:
        return ""
    if folder not in _URLS:
        _URLS[folder] = laid_database()
    return _URLS[folder]


def drop_databases() -> None:
    """Drop every database that a setting named."""
    while _URLS:
        drop_database(_URLS.popitem()[1])


def drop_the_laid_one() -> None:
    """Drop the database that others are copies of."""
    while _LAID:
        drop_database(_LAID.pop())


async def _lay_tables(url: str) -> None:
    await (await Database.open(url)).close()


async def _execute(statement: str) -> None:
    engine = create_async_engine(normalized(f"{server_url()}/postgres"), poolclass=NullPool)
    async with engine.connect() as connection:
        await connection.execution_options(isolation_level="AUTOCOMMIT")
        await connection.exec_driver_sql(statement)


def _in_a_thread(work: Coroutine[Any, Any, None]) -> None:
    """Run something asynchronous to its end, also where an event loop runs already."""
    failures = list[BaseException]()

    def run() -> None:
        try:
            asyncio.run(work)
        except BaseException as error:
            failures.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    if failures:
        raise failures[0]


if __name__ == "__main__":
    with cluster() as one:
        named = {**os.environ, "DP3T_TEST_POSTGRES": one.url}
        sys.exit(subprocess.run(sys.argv[1:], env=named, check=False).returncode)
