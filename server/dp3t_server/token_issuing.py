"""Signing blinded tokens: one for each code, scope and day, whoever asks and however often."""

import asyncio
from collections.abc import Mapping, Sequence

from dp3t import Day, Instant, day_of, random_from_os
from dp3t.primitives import BlindRsaPrivateKey, hmac_sha256, sha256
from dp3t.publication import BlindedDay, IssueRefusal, TokenKey, TokenRequest
from dp3t_server.authorizations import UNBOUND, CodeForms, Purpose, Verdict, code_verdict
from dp3t_server.parts import Parts
from dp3t_server.store import Transaction
from dp3t_server.token_making import private_key
from dp3t_server.token_store import StoredKey

_ISSUED = b"dp3t token issue 1"
_FORMS = CodeForms(simple=True, activated=False)

Outcome = IssueRefusal | Sequence[bytes | IssueRefusal]
"""Why a whole request is refused, or what becomes of each day."""


class Issuer:
    """Gives tokens. It keeps private keys in memory for as long as their days last."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._private: dict[TokenKey, BlindRsaPrivateKey] = {}

    async def answer(self, request: TokenRequest, *, now: Instant) -> Outcome:
        """Return the signatures that a request gets [TOKENS-9] [TOKENS-17] [TOKENS-18].

        Raises:
            MalformedError: a blinded message is out of range.
        """
        async with self._parts.store.reading() as transaction:  # a refusal waits for no writer
            refusal = await self._refusal(transaction, request, now=now)
            stored = await transaction.tokens.keys(each.day for each in request.wanted)
        if refusal is not None:
            return refusal
        keys = {
            each.key.day: each
            for each in stored
            if each.key.scope == request.scope and each.key.day >= day_of(now)
        }
        signable = [each for each in request.wanted if each.day in keys]
        for each in signable:
            keys[each.day].key.public().require_blinded(each.blinded)
        async with self._parts.store.writing() as transaction:
            refusal = await self._refusal(transaction, request, now=now)
            if refusal is not None:
                return refusal
            allowed = await self._remember(transaction, request, signable)
        signed = await asyncio.to_thread(self._sign, allowed, keys, now)
        given: dict[Day, bytes | IssueRefusal] = dict.fromkeys(keys, IssueRefusal.ISSUED)
        given |= signed
        return [given.get(each.day, IssueRefusal.NO_KEY) for each in request.wanted]

    async def _refusal(
        self, transaction: Transaction, request: TokenRequest, *, now: Instant
    ) -> IssueRefusal | None:
        digest = request.code.digest(self._parts.secrets.load().digest_key)
        row = (await transaction.codes.rows([digest])).get(digest)
        verdict = code_verdict(
            row, binding=UNBOUND, days=(), forms=_FORMS, purpose=Purpose.TOKENS, now=now
        )
        if verdict is Verdict.ACCEPTABLE:
            return None
        expired = verdict is Verdict.EXPIRED_CODE
        return IssueRefusal.EXPIRED_CODE if expired else IssueRefusal.UNKNOWN_CODE

    async def _remember(
        self, transaction: Transaction, request: TokenRequest, signable: Sequence[BlindedDay]
    ) -> list[BlindedDay]:
        """Return what may be signed: what nobody asked for before, or exactly this."""
        if not signable:
            return []
        key = self._parts.secrets.load().digest_key
        digests = {each: issue_digest(request, each.day, digest_key=key) for each in signable}
        blinded = {digests[each]: sha256(each.blinded) for each in signable}
        expires = {digests[each]: Day(each.day + 1) for each in signable}
        allowed = await transaction.tokens.issue(blinded, expires=expires)
        return [each for each in signable if digests[each] in allowed]

    def _sign(
        self, allowed: Sequence[BlindedDay], keys: Mapping[Day, StoredKey], now: Instant
    ) -> dict[Day, bytes]:
        for key in list(self._private):  # another thread may be at it
            if key.day < day_of(now):
                self._private.pop(key, None)
        return {
            each.day: self._key(keys[each.day]).sign(each.blinded, rand=random_from_os)
            for each in allowed
        }

    def _key(self, stored: StoredKey) -> BlindRsaPrivateKey:
        if stored.key not in self._private:
            digest_key = self._parts.secrets.load().digest_key
            self._private[stored.key] = private_key(stored, digest_key=digest_key)
        return self._private[stored.key]


def issue_digest(request: TokenRequest, day: Day, *, digest_key: bytes) -> bytes:
    """Return by what it is remembered that a code got a token of a scope and day [TOKENS-19].

    Args:
        request: with the code and the scope.
        day: of the token.
        digest_key: 32 bytes that are not in the database.
    """
    place = f"{request.code.digits()} {request.scope} {day}"
    return hmac_sha256(digest_key, _ISSUED + place.encode())
