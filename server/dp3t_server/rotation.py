"""Replacing signing keys, keys of key files and the operator's token while the server runs."""

from dataclasses import replace

from dp3t import Instant, PolicyError, VerificationKey, random_from_os, release_after
from dp3t.primitives import P256PrivateKey
from dp3t_server.config import Config
from dp3t_server.export_keys import ExportKey, with_next_key
from dp3t_server.keys import Secrets, new_signing_key, new_token, write_private
from dp3t_server.parts import Parts
from dp3t_server.rows import Lock

_DAY_SECONDS = 86_400


async def rotate(parts: Parts, *, valid_from: Instant | None, now: Instant) -> VerificationKey:
    """Add a signing key and announce it at once in the index [SERVER-26].

    It begins at `valid_from`, or else a day after the next release, or earlier where the last key
    ends within that day.

    Raises:
        PolicyError: it would begin before anybody could hear of it, or leave too short an overlap
            with the last key [SERVER-41].
    """
    async with parts.store.writing(alone=Lock.SECRETS) as transaction:
        secrets = parts.secrets.load()
        key = new_signing_key(
            valid_from=_start(valid_from, secrets, parts.config, now=now),
            lifetime_days=parts.config.signing_key_lifetime_days,
            rand=random_from_os,
        )
        remembered = now - (parts.config.retention_days + 1) * _DAY_SECONDS
        oldest = Instant(min(remembered, await transaction.index.issued() or remembered))
        secrets = secrets.without_ended(before=oldest).with_signing_key(key)
        await parts.publisher.announce(transaction, secrets)
        parts.secrets.replace(secrets)
    return key.public()


async def rotate_export_key(parts: Parts, *, valid_from: Instant | None, now: Instant) -> ExportKey:
    """Add a key for key files, after whose beginning the others end [KEY-FILES-9].

    It begins at `valid_from`, or else a day after the next release.

    Raises:
        PolicyError: it would begin before the next release is over or before another key, or too
            many would sign at once [KEY-FILES-10].
    """
    next_release, key_id = release_after(now), parts.config.key_file_id
    start = Instant(next_release + _DAY_SECONDS) if valid_from is None else valid_from
    if start <= next_release:
        raise PolicyError("a new key begins after the next release")
    overlap_seconds = (parts.config.retention_days + 1) * _DAY_SECONDS
    async with parts.store.writing(alone=Lock.SECRETS):
        secrets = parts.secrets.load().with_export_key(key_id=key_id)
        keys = with_next_key(
            [key for key in secrets.export if not key.has_ended(Instant(now - overlap_seconds))],
            P256PrivateKey.generate_from_os(),
            key_id=key_id,
            start=start,
            ends=Instant(start + overlap_seconds),
        )
        parts.secrets.replace(replace(secrets, export=keys))
    return keys[-1]


def _start(wanted: Instant | None, secrets: Secrets, config: Config, *, now: Instant) -> Instant:
    """Return when a new key begins; PolicyError where nobody may want that [SERVER-41]."""
    next_release, last_end = release_after(now), secrets.last_end
    if wanted is None:
        start = Instant(next_release + _DAY_SECONDS)
        # However late the operator is: no gap where one can be avoided.
        return max(Instant(next_release + 1), min(start, last_end)) if now < last_end else start
    if wanted <= next_release:
        raise PolicyError("a new key begins after the next release, so that phones hear of it")
    if any(key.valid_from == wanted for key in secrets.signing):
        raise PolicyError("a signing key begins at that moment already")
    overlap_days = config.retention_days + 1
    latest = last_end - overlap_days * _DAY_SECONDS
    if now < last_end and wanted > latest:
        raise PolicyError(
            f"a new key begins at least {overlap_days} days before the last one ends, at "
            f"{last_end}, so that phones that were off can follow: begin it at {latest} or "
            "earlier, or leave the time out to begin it as soon as possible"
        )
    return wanted


async def renew_token(parts: Parts) -> None:
    """Replace the operator's token; the former one stops working at once."""
    token = new_token(rand=random_from_os)
    async with parts.store.writing(alone=Lock.SECRETS):
        parts.secrets.replace(parts.secrets.load().with_token(token))
        write_private(parts.data.token, token + "\n")
