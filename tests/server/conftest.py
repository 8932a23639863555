"""A running server for each test that asks for one."""

import itertools
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from databases import (
    ON_POSTGRESQL,
    drop_database,
    drop_databases,
    drop_the_laid_one,
    laid_database,
    new_database,
)
from dp3t.primitives import BlindRsaPrivateKey
from key_server import InnerServer, in_process


@pytest_asyncio.fixture
async def server(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[InnerServer]:
    """The real application in this process, its simulated clock at NOW.

    A module whose tests need other settings than the usual names them `SERVER_CONFIG`.
    """
    config = getattr(request.module, "SERVER_CONFIG", None)
    async with in_process(tmp_path, config=config) as running:
        yield running


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> Iterator[str]:
    """The setting `database`, of a SQLite file and of a fresh PostgreSQL database.

    It has a server's tables, unless the module says `EMPTY_DATABASES`.
    """
    if request.param == "sqlite":
        if ON_POSTGRESQL:
            pytest.skip("every test server is on PostgreSQL")
        yield ""
        return
    url = new_database() if hasattr(request.module, "EMPTY_DATABASES") else laid_database()
    yield url
    drop_database(url)


@pytest.fixture(autouse=True)
def dropped_databases() -> Iterator[None]:
    """Drop what the test has made on a PostgreSQL server."""
    yield
    drop_databases()


@pytest.fixture(autouse=True, scope="session")
def dropped_template() -> Iterator[None]:
    """Drop in the end what databases on a PostgreSQL server were copies of."""
    yield
    drop_the_laid_one()


@pytest.fixture(autouse=True)
def unchanged_umask() -> Iterator[None]:
    """Commands make new files private for the rest of their process; here that is the tests'."""
    before = os.umask(0o022)
    os.umask(before)
    yield
    os.umask(before)


_RSA_KEYS: list[BlindRsaPrivateKey] = []
_MOST_RSA_KEYS = 64
_DRAWN = itertools.count()
_DRAW = BlindRsaPrivateKey.generate_from_os


@pytest.fixture(autouse=True)
def reused_rsa_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let servers use again the token keys of servers before them: drawing them takes longest."""

    def drawn() -> BlindRsaPrivateKey:
        place = next(_DRAWN) % _MOST_RSA_KEYS
        if place == len(_RSA_KEYS):
            _RSA_KEYS.append(_DRAW())
        return _RSA_KEYS[place]

    monkeypatch.setattr(BlindRsaPrivateKey, "generate_from_os", staticmethod(drawn))
