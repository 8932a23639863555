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
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import uuid
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from dp3t_server.postgresql import normalized

ON_POSTGRESQL = os.environ.get("DP3T_TEST_DATABASE") == "postgresql"

sqlite_only = pytest.mark.skipif(ON_POSTGRESQL, reason="it is about the files of SQLite")

_URLS: dict[Path, str] = {}
_OPTIONS = "-c listen_addresses=127.0.0.1 -c fsync=off -c max_connections=300"


@dataclass(frozen=True, slots=True)
class Cluster:
    """A PostgreSQL server of our own that tests may stop.

    Attributes:
        folder: where everything of it is.
        port: where it listens on 127.0.0.1.
    """

    folder: Path
    port: int

    @property
    def url(self) -> str:
        """The URL of its server, without a database."""
        return f"postgresql://postgres@127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it and wait until it answers."""
        options = f"-p {self.port} -k {self.folder} {_OPTIONS}"
        self._control("start", "-w", "-o", options, "-l", str(self.folder / "log"))

    def stop(self) -> None:
        """Stop it at once, whoever is connected."""
        self._control("stop", "-w", "-m", "immediate")

    def create(self) -> None:
        """Make its files."""
        arguments = ("-A", "trust", "-U", "postgres", "--no-sync", "-E", "UTF8")
        self._run("initdb", "-D", str(self.folder / "data"), *arguments)

    def _control(self, action: str, *arguments: str) -> None:
        self._run("pg_ctl", action, "-D", str(self.folder / "data"), *arguments)

    def _run(self, program: str, *arguments: str) -> None:
        path = program_path(program)
        assert path is not None
        subprocess.run(
            [path, *arguments],
            check=True,
            user=_other_user(),
            cwd=self.folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            stdin=subprocess.DEVNULL,
        )


def program_path(name: str) -> str | None:
    """Return where a program of PostgreSQL is; distributions keep them out of the way."""
    places = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    found = (shutil.which(name), *(shutil.which(name, path=str(place)) for place in places))
    return next((path for path in found if path is not None), None)


def _other_user() -> str | None:
    """PostgreSQL refuses to run as root: return as whom to run it then."""
    return "postgres" if os.geteuid() == 0 else None


@contextmanager
def cluster() -> Iterator[Cluster]:
    """Run a throw-away cluster; skip the test where PostgreSQL is not installed."""
    if program_path("initdb") is None or program_path("pg_ctl") is None:
        pytest.skip("PostgreSQL is not installed")
    folder = Path(tempfile.mkdtemp(prefix="dp3t-pg-"))
    try:
        if (user := _other_user()) is not None:
            try:
                os.chown(folder, pwd.getpwnam(user).pw_uid, -1)
            except KeyError:
                pytest.skip("root cannot run PostgreSQL and there is no user postgres")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            running = Cluster(folder, free.getsockname()[1])
        running.create()
        running.start()
        try:
            yield running
        finally:
            running.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


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


def new_database(name: str | None = None) -> str:
    """Make an empty PostgreSQL database; return its URL."""
    name = name or f"dp3t_{uuid.uuid4().hex}"
    _in_a_thread(_execute(f'CREATE DATABASE "{name}"'))
    return f"{server_url()}/{name}"


def drop_database(url: str) -> None:
    """Drop a database, whoever is connected."""
    name = url.rpartition("/")[2]
    _in_a_thread(_execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))


def database_setting(folder: Path) -> str:
    """Return the setting `database` of a server in a folder, the same each time for the folder."""
    if not ON_POSTGRESQL:
        return ""
    if folder not in _URLS:
        _URLS[folder] = new_database()
    return _URLS[folder]


def drop_databases() -> None:
    """Drop every database that a setting named."""
    while _URLS:
        drop_database(_URLS.popitem()[1])


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
