"""What a server is made of, opened together: settings, database, secrets, publisher."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from dp3t import Instant, PolicyError, random_from_os
from dp3t.primitives import equal, hmac_sha256
from dp3t.publication import HEADER_BYTES, Index
from dp3t_server import pairings
from dp3t_server.config import Config
from dp3t_server.database import Database
from dp3t_server.keys import (
    DIGEST_KEY_BYTES,
    Secrets,
    SecretsFile,
    new_log_signer,
    new_signing_key,
    new_token,
    write_private,
)
from dp3t_server.publisher import Publisher, latest_release
from dp3t_server.rows import Lock
from dp3t_server.store import Store, Transaction

_OWNER = b"dp3t database 1"


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

    @property
    def publisher(self) -> Path:
        """What this folder publishes as; whoever publishes holds it locked. See `holder`."""
        return self.path / "publisher"

    def require(self) -> None:
        """Raise PolicyError unless a server was started here before."""
        if not (self.database.exists() or self.secrets.exists()):
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
    """Open a server's files and its database, making what is missing on a first start.

    Raises:
        PolicyError: database and keys do not belong together [SERVER-33] [SERVER-43]; or what
            traces need is not installed [TRACE-SERVER-21].
        UnsupportedVersionError: a newer release wrote the database [SERVER-34].
        SQLAlchemyError: the database cannot be used.
    """
    data.path.mkdir(mode=0o700, parents=True, exist_ok=True)
    secrets = SecretsFile(data.secrets)
    if not config.database:
        _require_file(data)
    digest_key = secrets.load().digest_key if secrets.exists() else None
    database = await Database.open(config.database or data.database, digest_key=digest_key)
    try:
        store = Store(database)
        await _require_pairings(store, config)
        await _settle_secrets(store, secrets, data=data, config=config, now=now)
        publisher = Publisher(store, secrets, config, holder=data.publisher)
        await publisher.renew_index()
        yield Parts(config=config, data=data, store=store, secrets=secrets, publisher=publisher)
    finally:
        await database.close()


def _require_file(data: DataDirectory) -> None:
    """Make the SQLite file on a first start; refuse keys without one [SERVER-43]."""
    if data.database.exists() and data.database.stat().st_size:
        return
    if data.secrets.exists():
        raise PolicyError(
            f"{data.secrets} is there and its database is not: {data.database} is missing or "
            "empty; restore it, or move the keys away to begin anew"
        )
    data.database.touch(mode=0o600)


async def _require_pairings(store: Store, config: Config) -> None:
    """Refuse to take traces, or to run where some wait, without what checks and pads them."""
    async with store.reading() as transaction:
        needed = config.presence or await transaction.traces.wait()
    if needed and not pairings.are_installed():
        raise PolicyError("traces need a pairing library: pip install 'dp3t[presence]'")


async def _settle_secrets(
    store: Store, secrets: SecretsFile, *, data: DataDirectory, config: Config, now: Instant
) -> None:
    """Make keys and token unless there are some; other processes are kept out meanwhile."""
    async with store.writing(alone=Lock.SECRETS) as transaction:
        owner = await transaction.owner()
        if secrets.exists():
            await _require_own(secrets.load(), transaction, data=data, config=config)
        elif await transaction.index.issued() is not None or (
            owner is not None and config.database
        ):
            raise PolicyError(
                f"{data.secrets} is missing and the database has published with its keys, or is "
                "used by another machine with them; restore the file or copy it, or move the data "
                "away to begin anew"
            )
        else:
            _make_secrets(secrets, data=data, config=config, now=now)
        await _settle_log(transaction, secrets, config)
        if not secrets.load().export:  # of this release's first start, or of an earlier release
            secrets.replace(secrets.load().with_export_key(key_id=config.key_file_id))
        await transaction.set_owner(_fingerprint(secrets.load()))


async def _settle_log(transaction: Transaction, secrets: SecretsFile, config: Config) -> None:
    """Make the key of the log unless there is one; refuse that of another log [SERVER-43]."""
    known, head = secrets.load(), await transaction.log.head()
    if known.log is None and head is None:
        known = replace(known, log=new_log_signer(config.region, rand=random_from_os))
        secrets.replace(known)
    if head is not None and not (known.log and head.is_signed_by(known.log)):
        raise PolicyError(
            f"{secrets.path} lacks the key of the log that the database holds; restore the file"
        )


def _make_secrets(
    secrets: SecretsFile, *, data: DataDirectory, config: Config, now: Instant
) -> None:
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
        log=new_log_signer(config.region, rand=random_from_os),
    )
    secrets.replace(fresh.with_token(token))


async def _require_own(
    secrets: Secrets, transaction: Transaction, *, data: DataDirectory, config: Config
) -> None:
    """Raise PolicyError for the keys of another server [SERVER-43]."""
    owner, signed = await transaction.owner(), await transaction.index.current()
    if owner is None and signed is None and config.database:
        raise PolicyError(
            f"{data.secrets} is there and its database is empty: `database` names another, or it "
            "is lost; restore it, or move the keys away to begin anew"
        )
    if owner is not None and not equal(owner, _fingerprint(secrets)):
        raise PolicyError(
            f"{data.secrets} belongs to another server: the database stores codes under another "
            "key; copy the file from the machine that first used the database"
        )
    if signed is None or not await transaction.index.number():
        return  # nothing published, or by a former version
    announced = set(Index.decode(signed.data[HEADER_BYTES:]).keys)
    if announced.isdisjoint(key.public() for key in secrets.signing):
        raise PolicyError(
            f"{data.secrets} belongs to another server: none of its keys stands in the index that "
            "the database has published; restore the file"
        )


def _fingerprint(secrets: Secrets) -> bytes:
    """Return what tells in the database whose keys it belongs to, and nothing else of them."""
    return hmac_sha256(secrets.digest_key, _OWNER)
