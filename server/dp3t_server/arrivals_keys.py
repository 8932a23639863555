"""The document of keys that an authority signs for entry declarations, and who signs receipts.

The private halves of receipt keys are in the file of keys. Which of them count, and for how long,
the authority's document says.
"""

from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache

from dp3t import (
    Dp3tError,
    Instant,
    PolicyError,
    TrustedKeys,
    UnknownKeyError,
    VerificationKey,
    day_of,
    random_from_os,
)
from dp3t.arrivals import RecipientKeys, open_receipt
from dp3t.publication import SigningKey
from dp3t_server.config import Authority, Config
from dp3t_server.keys import Secrets, new_signing_key
from dp3t_server.parts import Parts
from dp3t_server.rows import Lock
from dp3t_server.store import Transaction


@dataclass(frozen=True, slots=True)
class Installed:
    """The document that is handed out.

    Attributes:
        signed: its bytes.
        keys: what it says.
    """

    signed: bytes
    keys: RecipientKeys

    def receipt_key(self, secrets: Secrets, *, now: Instant, until: Instant) -> SigningKey:
        """Return the newest key that may sign now what is good until a moment [ENTRY-RECEIPT-9].

        Raises:
            PolicyError: this server has none.
        """
        seeds = {key.public().public: key.seed for key in secrets.receipts}
        able = [
            key
            for key in self.keys.receipt_keys
            if key.public in seeds and key.valid_from <= now < key.valid_until >= until
        ]
        if not able:
            raise PolicyError("this server has no key of the document to sign receipts with")
        newest = max(able, key=lambda key: key.valid_from)
        return SigningKey(
            seed=seeds[newest.public],
            valid_from=newest.valid_from,
            valid_until=newest.valid_until,
        )


async def installed(transaction: Transaction, config: Config) -> Installed | None:
    """Return the document that is handed out; None where there is none.

    Raises:
        PolicyError: the settings no longer name the authority that signed it.
    """
    signed = await transaction.arrivals.document()
    return None if signed is None else _opened(signed, config.arrivals_authorities)


async def install(
    parts: Parts, signed: bytes, *, now: Instant, drop_receipts: bool = False
) -> RecipientKeys:
    """Hand a document out from now on, in the place of the one before [ARRIVALS-SERVER-2].

    Args:
        parts: of the server.
        signed: the document.
        now: the present moment.
        drop_receipts: whether the key of good receipts may go [ARRIVALS-SERVER-21].

    Raises:
        MalformedError: no document of keys.
        VerificationError: no authority of the settings has signed it.
        PolicyError: it is not good now, replaces none that is older, or the server has none of its
            keys of receipts, or takes no declarations; or it lacks a key of good receipts.
    """
    config = parts.config
    if not config.declarations:
        raise PolicyError("this server takes no declarations; see `declarations`")
    authority = TrustedKeys(each.key for each in config.arrivals_authorities)
    keys = RecipientKeys.open(signed, authority=authority)
    keys.require_current(now)
    document = Installed(signed, keys)
    document.receipt_key(parts.secrets.load(), now=now, until=now)
    async with parts.store.writing(alone=Lock.ARRIVALS) as transaction:
        before = await installed(transaction, config)
        if before is not None and before.signed != signed:
            if keys.number <= before.keys.number:
                raise PolicyError(f"keys document {before.keys.number} is installed already")
            if not drop_receipts:
                await _require_signers(transaction, before.keys, keys, now=now)
            await transaction.arrivals.replace_document(keys.number, signed)
        if before is None:
            await transaction.arrivals.replace_document(keys.number, signed)
    return keys


async def _require_signers(
    transaction: Transaction, before: RecipientKeys, after: RecipientKeys, *, now: Instant
) -> None:
    """Raise PolicyError if a good receipt would be one of an unknown key [ARRIVALS-SERVER-21]."""
    known, dropped = {key.public for key in after.receipt_keys}, 0
    for text, count in await transaction.arrivals.receipts_by_signer(today=day_of(now)):
        with suppress(UnknownKeyError):  # they were dropped before
            _, signer = open_receipt(text, before.receipts())
            dropped += 0 if signer.public in known else count
    if dropped:
        raise PolicyError(
            f"{dropped} receipts that are good would be those of an unknown key: keep their key in "
            "the document, or say --drop-receipts"
        )


async def add_receipt_key(
    parts: Parts, *, valid_from: Instant, days: int, now: Instant
) -> VerificationKey:
    """Draw a key of receipts and return what the authority has to know of it [ARRIVALS-SERVER-3].

    It signs nothing before it stands in a document that is installed.

    Raises:
        PolicyError: there are as many as the file of keys holds.
    """
    key = new_signing_key(valid_from=valid_from, lifetime_days=days, rand=random_from_os)
    async with parts.store.writing(alone=Lock.SECRETS):
        parts.secrets.replace(parts.secrets.load().with_receipt_key(key, now=now))
    return key.public()


@lru_cache(maxsize=8)
def _opened(signed: bytes, authorities: tuple[Authority, ...]) -> Installed:
    """Open a document once, not for each declaration."""
    try:
        authority = TrustedKeys(each.key for each in authorities)
        return Installed(signed, RecipientKeys.open(signed, authority=authority))
    except Dp3tError as error:
        raise PolicyError(f"the installed document of keys: {error}") from None
