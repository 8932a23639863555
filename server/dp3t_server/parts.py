"""What a server is made of, opened together: settings, database, secrets, publisher."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from dp3t import Instant, PolicyError, random_from_os
from dp3t.publication import HEADER_BYTES, Index
from dp3t_server.config import Config
from dp3t_server.database import Database
from dp3t_server.keys import (
    DIGEST_KEY_BYTES,
    Secrets,
    SecretsFile,
    new_signing_key,
    new_token,
    write_private,
)
from dp3t_server.publisher import Publisher, latest_release
from dp3t_server.store import Store


@dataclass(frozen=True, slots=True)
class DataDirectory:
    """Where a server keeps its files."""

    path: Path

    @property
    def database(self) -> Path:
        """The SQLite file."""
        return self.path / "server.sqlite3"

    @property
    def secrets(self) -> Path:
        """The file of keys."""
        return self.path / "keys.json"

    @property
    def token(self) -> Path:
        """The file with the operator's token; the server itself does not need it."""
        return self.path / "operator-token"

    @property
    def settings(self) -> Path:
        """The settings with which the server was started last, for the commands beside it."""
        return self.path / "settings.json"

    @property
    def lock(self) -> Path:
        """The empty file that a running server holds locked."""
        return self.path / "lock"

    def require(self) -> None:
        """Raise PolicyError unless a server was started here before."""
        if not self.database.exists():
            raise PolicyError(f"{self.path} holds no server; `dp3t-server run` makes one")


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """An opened server, without its network side."""

    config: Config
    data: DataDirectory
    store: Store
    secrets: SecretsFile
    publisher: Publisher


@asynccontextmanager
async def opened(config: Config, data: DataDirectory, *, now: Instant) -> AsyncIterator[Parts]:
    """Open a server's files, making what is missing on a first start.

    Raises:
        PolicyError: database and keys do not belong together [SERVER-33] [SERVER-43].
        UnsupportedVersionError: a newer release wrote the database [SERVER-34].
    """
    data.path.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not (data.database.exists() and data.database.stat().st_size):
        if data.secrets.exists():
            raise PolicyError(
                f"{data.secrets} is there and its database is not: {data.database} is missing or "
                "empty; restore it, or move the keys away to begin anew"
            )
        data.database.touch(mode=0o600)
    secrets = SecretsFile(data.secrets)
    digest_key = secrets.load().digest_key if secrets.exists() else None
    database = await Database.open(data.database, digest_key=digest_key)
    try:
        store = Store(database)
        await _make_secrets(store, secrets, data=data, config=config, now=now)
        publisher = Publisher(store, secrets, config)
        yield Parts(config=config, data=data, store=store, secrets=secrets, publisher=publisher)
    finally:
        await database.close()


async def _make_secrets(
    store: Store, secrets: SecretsFile, *, data: DataDirectory, config: Config, now: Instant
) -> None:
    """Make keys and token unless there are some; the transaction keeps other processes out."""
    if secrets.exists():
        await _require_own(secrets.load(), store, data=data)
        return
    async with store.writing() as transaction:
        if secrets.exists():
            return
        if await transaction.issued() is not None:
            raise PolicyError(
                f"{data.secrets} is missing and the database has published with its keys; "
                "restore the file, or move the data away to begin anew"
            )
        token = new_token(rand=random_from_os)
        write_private(data.token, token + "\n")
        first = new_signing_key(
            valid_from=latest_release(now),
            lifetime_days=config.signing_key_lifetime_days,
            rand=random_from_os,
        )
        fresh = Secrets(
            digest_key=random_from_os(DIGEST_KEY_BYTES),
            token_digest=b"",
            signing=(first,),
        )
        secrets.replace(fresh.with_token(token))


async def _require_own(secrets: Secrets, store: Store, *, data: DataDirectory) -> None:
    """Raise PolicyError for the keys of another server [SERVER-43]."""
    async with store.reading() as transaction:
        signed = await transaction.index()
    if signed is None:
        return
    announced = set(Index.decode(signed.data[HEADER_BYTES:]).keys)
    if announced.isdisjoint(key.public() for key in secrets.signing):
        raise PolicyError(
            f"{data.secrets} belongs to another server: none of its keys stands in the index that "
            "the database has published; restore the file"
        )
