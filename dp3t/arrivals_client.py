"""The HTTP side of entry declarations: fetch the keys, hand in, correct, withdraw.

It shares neither a connection nor a cookie with anything else an app sends [CLIENT-8].
"""

from contextlib import suppress
from typing import NamedTuple

import aiohttp

from dp3t.arrivals.recipients import MAX_DOCUMENT_BYTES, RecipientKeys
from dp3t.arrivals.sealing import Envelope
from dp3t.arrivals.submission import (
    SUBMISSION_ANSWER_BYTES,
    Submission,
    Withdrawal,
    check_submission_answer,
    check_withdrawal_answer,
    require_receipt_of,
)
from dp3t.arrivals.withdrawn import MAX_WITHDRAWN_BYTES, WithdrawnReceipts
from dp3t.connection import Connected, Connection, ConnectionFailedError
from dp3t.publication.answer import ANSWER_BYTES
from dp3t.publication.signing import TrustedKeys
from dp3t.timeline import Instant

__all__ = ["ArrivalsClient", "FetchedKeys", "FetchedWithdrawn"]

_ATTEMPTS = 3


class FetchedKeys(NamedTuple):
    """A document of keys as it was signed, and what it says."""

    signed: bytes
    keys: RecipientKeys


class FetchedWithdrawn(NamedTuple):
    """A list of withdrawn receipts as it was signed, and what it says."""

    signed: bytes
    withdrawn: WithdrawnReceipts


class ArrivalsClient(Connected):
    """A connection to a server that takes declarations; use it as an asynchronous context manager.

    Every method raises TransportError where the server does not answer as the protocol says.
    """

    def __init__(self, base_url: str, *, connector: aiohttp.BaseConnector | None = None) -> None:
        """Prepare a connection.

        Args:
            base_url: scheme, host and port, and a path prefix if the server has one.
            connector: connections to share, which stay open; new ones are made otherwise.
        """
        super().__init__(Connection(base_url, connector))

    async def fetch_keys(self, authority: TrustedKeys, *, at_least: int = 1) -> FetchedKeys:
        """Return the keys to which declarations are sealed now [RECIPIENTS-1] [RECIPIENTS-4].

        Args:
            authority: the keys of the authority, from the app's own package.
            at_least: the highest number of a document that the app has seen; 1 for none.

        Raises:
            Dp3tError: what `RecipientKeys.open` raises.
        """
        signed = await self._get("keys", MAX_DOCUMENT_BYTES)
        return FetchedKeys(
            signed, RecipientKeys.open(signed, authority=authority, at_least=at_least)
        )

    async def declare(
        self, envelope: Envelope, *, keys: TrustedKeys, corrects: Withdrawal | None = None
    ) -> str:
        """Hand a declaration in; return the text of its receipt [SUBMISSION-1] [SUBMISSION-5].

        Where no answer comes it is handed in again, twice: the server keeps it once, and gives the
        same receipt [SUBMISSION-6].

        Args:
            envelope: the sealed declaration.
            keys: the receipt keys of the authority's document.
            corrects: the declaration that this one replaces; None for a first one.

        Raises:
            PolicyError: the server refuses it (ExpiredError, UnauthorizedError where that is why).
            VerificationError: the receipt is not that of this declaration.
        """
        body = Submission(envelope, corrects).encode()
        answer = await self._handed_in(body)
        text = check_submission_answer(answer)
        require_receipt_of(envelope, text, keys=keys)
        return text

    async def withdraw(self, withdrawal: Withdrawal) -> None:
        """Have a declaration erased, and its receipt refused [SUBMISSION-2] [SUBMISSION-4].

        Raises:
            UnauthorizedError: the server has no such declaration, or with another secret.
        """
        answer = await self._post("withdrawals", withdrawal.encode(), ANSWER_BYTES)
        check_withdrawal_answer(answer)

    async def fetch_withdrawn(self, keys: TrustedKeys, *, now: Instant) -> FetchedWithdrawn:
        """Return which receipts are withdrawn [GATE-9] [GATE-10].

        Args:
            keys: the receipt keys of the authority's document.
            now: the present moment.

        Raises:
            Dp3tError: what `WithdrawnReceipts.open` raises.
        """
        signed = await self._get("withdrawn", MAX_WITHDRAWN_BYTES)
        return FetchedWithdrawn(signed, WithdrawnReceipts.open(signed, keys, now=now))

    async def _handed_in(self, body: bytes) -> bytes:
        for _ in range(_ATTEMPTS - 1):
            with suppress(ConnectionFailedError):
                return await self._post("declarations", body, SUBMISSION_ANSWER_BYTES)
        return await self._post("declarations", body, SUBMISSION_ANSWER_BYTES)

    async def _get(self, name: str, limit: int) -> bytes:
        _, data = await self._connection.request("GET", f"/v1/arrivals/{name}", limit=limit)
        return data

    async def _post(self, name: str, body: bytes, limit: int) -> bytes:
        path = f"/v1/arrivals/{name}"
        _, data = await self._connection.request("POST", path, limit=limit, body=body)
        return data
