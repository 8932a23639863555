"""Replacing the signing key and the operator's token while the server runs."""

from dp3t import Instant, PolicyError, VerificationKey, random_from_os, release_after
from dp3t_server.keys import new_signing_key, new_token, write_private
from dp3t_server.parts import Parts

_DAY_SECONDS = 86_400


async def rotate(parts: Parts, *, valid_from: Instant | None, now: Instant) -> VerificationKey:
    """Add a signing key and announce it at once in the index [SERVER-26].

    It takes over at `valid_from`, or else a day after the next release.

    Raises:
        PolicyError: it would take over before anybody could hear of it, or leave a gap.
    """
    next_release = release_after(now)
    start = Instant(next_release + _DAY_SECONDS) if valid_from is None else valid_from
    if start <= next_release:
        raise PolicyError("a new key begins after the next release, so that phones hear of it")
    key = new_signing_key(
        valid_from=start,
        lifetime_days=parts.config.signing_key_lifetime_days,
        rand=random_from_os,
    )
    async with parts.store.writing() as records:  # the transaction keeps other processes out
        secrets = parts.secrets.load()
        last_end = max(each.valid_until for each in secrets.signing)
        if now < last_end < start:
            raise PolicyError(f"a new key begins before the last one ends, at {last_end}")
        remembered = now - (parts.config.retention_days + 1) * _DAY_SECONDS
        oldest = Instant(min(remembered, await records.issued() or remembered))
        secrets = secrets.without_ended(before=oldest).with_signing_key(key)
        await parts.publisher.announce(records, secrets)
        parts.secrets.replace(secrets)
    return key.public()


async def renew_token(parts: Parts) -> None:
    """Replace the operator's token; the former one stops working at once."""
    token = new_token(rand=random_from_os)
    async with parts.store.writing():
        parts.secrets.replace(parts.secrets.load().with_token(token))
        write_private(parts.data.token, token + "\n")
