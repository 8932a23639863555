"""Making the keys of tokens ahead, and the signed list of them: once a day, with a publication.

The private halves are in the database, where every process that serves it finds them, sealed under
a key that follows from the file of keys. A key is erased when its day is over [TOKENS-20].
"""

import asyncio

from dp3t import Day, Instant, day_of, random_from_os
from dp3t.primitives import BlindRsaPrivateKey, hkdf_sha256, seal, unseal
from dp3t.publication import TOKEN_DAYS, TokenKey, TokenKeys
from dp3t_server.config import Config
from dp3t_server.keys import Secrets
from dp3t_server.store import Store, Transaction
from dp3t_server.token_store import StoredKey, places

_SEALING = b"dp3t token keys 1"
_SEAL_KEY_BYTES = 32


async def make_keys(
    store: Store, secrets: Secrets, config: Config, *, release: Instant
) -> list[StoredKey] | None:
    """Return the keys that the list of a day lacks; None where no list is to be made.

    It takes a moment, and no transaction is open meanwhile.
    """
    async with store.reading() as transaction:
        if not await _is_due(transaction, config, release):
            return None
        known = {(each.key.day, each.key.scope) for each in await _stored(transaction, release)}
    wanted = places(config.token_scopes, _days(release))
    lacking = [place for place in wanted if place not in known]
    return [
        await asyncio.to_thread(_made, day, scope, digest_key=secrets.digest_key)
        for day, scope in lacking
    ]


async def renew_list(
    transaction: Transaction,
    fresh: list[StoredKey] | None,
    secrets: Secrets,
    config: Config,
    *,
    release: Instant,
) -> None:
    """Store fresh keys and sign the list of the day; what is announced next is logged [TOKENS-14].

    Args:
        transaction: the publication's.
        fresh: what `make_keys` returned.
        secrets: with the key that signs.
        config: the region's settings.
        release: when the list is issued.
    """
    if fresh is None or not await _is_due(transaction, config, release):
        return
    await transaction.tokens.add_keys(fresh)
    stored = await _stored(transaction, release)
    scopes = set(config.token_scopes)
    keys = tuple(each.key for each in stored if each.key.scope in scopes)
    made = TokenKeys(region=config.region, issued=release, keys=keys)
    signed = made.sign(secrets.signing_key_at(release))
    await transaction.tokens.add_list(made.day, signed)


def private_key(stored: StoredKey, *, digest_key: bytes) -> BlindRsaPrivateKey:
    """Return the private half of a stored key.

    Raises:
        VerificationError: it was sealed under another file of keys.
    """
    key = _sealing_key(digest_key)
    return BlindRsaPrivateKey.from_bytes(unseal(key, stored.sealed, header=_header(stored.key)))


async def _is_due(transaction: Transaction, config: Config, release: Instant) -> bool:
    if not config.token_scopes or await transaction.tokens.has_list(day_of(release)):
        return False
    return await transaction.index.sunset() is None


async def _stored(transaction: Transaction, release: Instant) -> list[StoredKey]:
    return await transaction.tokens.keys(_days(release))


def _days(release: Instant) -> list[Day]:
    return [Day(day_of(release) + ahead) for ahead in range(TOKEN_DAYS)]


def _made(day: Day, scope: str, *, digest_key: bytes) -> StoredKey:
    private = BlindRsaPrivateKey.generate_from_os()
    key = TokenKey(day, scope, private.public().to_bytes())
    sealed = seal(
        _sealing_key(digest_key), private.to_bytes(), header=_header(key), rand=random_from_os
    )
    return StoredKey(key, sealed)


def _sealing_key(digest_key: bytes) -> bytes:
    return hkdf_sha256(digest_key, _SEALING, _SEAL_KEY_BYTES)


def _header(key: TokenKey) -> bytes:
    return f"{key.day} {key.scope} ".encode() + key.modulus
