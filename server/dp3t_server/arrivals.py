"""Entry declarations at the server: taken, kept sealed, corrected, withdrawn; never read.

A receipt is signed in the transaction that keeps the declaration. Loaded only where `declarations`
is on.
"""

import asyncio
from dataclasses import dataclass, field, replace

from aiohttp import web

from dp3t import Day, ExpiredError, Instant, PolicyError, day_of
from dp3t.arrivals import (
    MAX_WITHDRAWN,
    SUBMISSION_BYTES,
    WITHDRAWAL_BYTES,
    EntryReceipt,
    Submission,
    Withdrawal,
    WithdrawnReceipts,
    encode_submission_answer,
    encode_withdrawal_answer,
    entry_receipt_for,
    withdrawal_digest,
)
from dp3t.primitives import equal
from dp3t_server import tables
from dp3t_server.app_keys import CLOCK, PARTS
from dp3t_server.arrivals_keys import Installed, installed
from dp3t_server.arrivals_store import Kept
from dp3t_server.config import Config
from dp3t_server.faults import Fault, FaultError
from dp3t_server.files import CHANGES, PublicFile, answer_with
from dp3t_server.middleware import read_body
from dp3t_server.parcels import PRIVATE, Parcels
from dp3t_server.parts import Parts
from dp3t_server.rows import Lock
from dp3t_server.store import Transaction

DECLARATIONS = Parcels(
    table=tables.sealed_declarations,
    lock=Lock.ARRIVALS,
    kind="declaration",
    listed="declarations",
)
"""Those that officials are handed [ARRIVALS-SERVER-10] and have erased [ARRIVALS-SERVER-11]."""

DAYS_AHEAD = 15
DAYS_AGO = 11
"""An entry that is so long ago has no receipt that is still good [ENTRY-RECEIPT-6]."""

_MINUTE = 60


@dataclass(frozen=True, slots=True)
class Outcome:
    """What becomes of a declaration: the text of its receipt, or why it is refused."""

    receipt: str = field(default="", repr=False)
    refusal: str = ""


class Desk:
    """Answers travellers. It remembers the signed list of withdrawn receipts for a minute."""

    def __init__(self) -> None:
        self._listing = asyncio.Lock()
        self._list: tuple[int, PublicFile] | None = None
        self._withdrawals = 0

    async def keys(self, request: web.Request) -> web.Response:
        """Hand out the document of keys, as the authority signed it [ARRIVALS-SERVER-4]."""
        async with request.app[PARTS].store.reading() as transaction:
            signed = await transaction.arrivals.document()
        if signed is None:
            raise _no_keys()
        return answer_with(request, PublicFile.of(signed), cache=CHANGES)

    async def declare(self, request: web.Request) -> web.Response:
        """Keep a declaration or refuse it; size, headers and time do not tell [SUBMISSION-3]."""
        parts = request.app[PARTS]
        seconds = parts.config.body_timeout_seconds
        body = await read_body(request, most_bytes=SUBMISSION_BYTES, timeout_seconds=seconds)
        submission = Submission.decode(body)
        outcome = await hand_in(parts, submission, now=request.app[CLOCK].now())
        if submission.corrects is not None:
            self._forget()
        answer = encode_submission_answer(receipt=outcome.receipt, refusal=outcome.refusal)
        return web.Response(body=answer, content_type="application/json", headers=PRIVATE)

    async def withdraw(self, request: web.Request) -> web.Response:
        """Erase a declaration, or say that there is none [SUBMISSION-4]."""
        parts = request.app[PARTS]
        seconds = parts.config.body_timeout_seconds
        body = await read_body(request, most_bytes=WITHDRAWAL_BYTES, timeout_seconds=seconds)
        withdrawal = Withdrawal.decode(body)
        done = await withdraw(parts, withdrawal, now=request.app[CLOCK].now())
        self._forget()
        answer = encode_withdrawal_answer(None if done else "unknown-declaration")
        return web.Response(body=answer, content_type="application/json", headers=PRIVATE)

    async def withdrawn(self, request: web.Request) -> web.Response:
        """Hand out the signed list of withdrawn receipts [ARRIVALS-SERVER-12]."""
        parts, now = request.app[PARTS], request.app[CLOCK].now()
        minute = now // _MINUTE
        async with self._listing:  # one at a time: it can be long
            if self._list is None or self._list[0] != minute:
                before = self._withdrawals
                file = PublicFile.of(await _signed_list(parts, now=now))
                if before == self._withdrawals:
                    self._list = minute, file
            else:
                file = self._list[1]
        return answer_with(request, file, cache=CHANGES)

    def _forget(self) -> None:
        self._withdrawals += 1
        self._list = None


async def hand_in(parts: Parts, submission: Submission, *, now: Instant) -> Outcome:
    """Keep a declaration and erase the one that it corrects, or do neither [ARRIVALS-SERVER-7].

    Raises:
        PolicyError: the server has no key to sign the receipt with.
    """
    async with parts.store.reading() as transaction:  # a refusal waits for no writer
        case = await _Case.of(transaction, submission, config=parts.config, now=now)
    if case.outcome is not None:
        return case.outcome
    async with parts.store.writing(alone=Lock.ARRIVALS) as transaction:
        case = await _Case.of(transaction, submission, config=parts.config, now=now)
        if case.outcome is not None:
            return case.outcome
        if case.replaced is not None:
            await transaction.arrivals.withdraw(case.replaced)
        if case.known is not None:
            return Outcome(receipt=case.known.receipt)
        kept = case.kept(parts)
        await transaction.arrivals.keep(kept, submission.envelope.encode())
    return Outcome(receipt=kept.receipt)


async def withdraw(parts: Parts, withdrawal: Withdrawal, *, now: Instant) -> bool:
    """Erase a declaration; return False where it is not there, or not with that secret.

    Whoever lost the answer asks again and gets the same one [ARRIVALS-SERVER-9].

    Raises:
        FaultError: so many receipts are withdrawn that no list holds another.
    """
    digest = withdrawal_digest(withdrawal.secret)
    async with parts.store.reading() as transaction:
        known = await transaction.arrivals.declaration(withdrawal.declaration_id, today=day_of(now))
        former = await transaction.arrivals.withdrawal_digest(withdrawal.declaration_id)
    if known is None or not equal(known.withdrawal_digest, digest):
        return former is not None and equal(former, digest)
    async with parts.store.writing(alone=Lock.ARRIVALS) as transaction:
        arrivals = transaction.arrivals
        known = await arrivals.declaration(withdrawal.declaration_id, today=day_of(now))
        if known is None:  # withdrawn meanwhile
            former = await arrivals.withdrawal_digest(withdrawal.declaration_id)
            return former is not None and equal(former, digest)
        if await arrivals.withdrawals() >= MAX_WITHDRAWN:
            raise FaultError(Fault.UNAVAILABLE, "the list of withdrawn receipts is full")
        await arrivals.withdraw(known)
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    """A declaration that somebody hands in, and what the server knows that bears on it.

    Attributes:
        known: the same declaration, where it was handed in before.
        replaced: the one that it corrects, where that is there and may be.
        outcome: what is decided; None where it is to be kept, or another erased for it.
    """

    submission: Submission
    now: Instant
    document: Installed | None = None
    known: Kept | None = None
    replaced: Kept | None = None
    outcome: Outcome | None = None

    @classmethod
    async def of(
        cls, transaction: Transaction, submission: Submission, *, config: Config, now: Instant
    ) -> "_Case":
        """Look at what there is, and decide as far as that goes."""
        arrivals, today = transaction.arrivals, day_of(now)
        case = cls(
            submission=submission,
            now=now,
            document=await installed(transaction, config),
            known=await arrivals.declaration(submission.envelope.declaration_id, today=today),
            replaced=await _replaced(transaction, submission, today=today),
        )
        return replace(case, outcome=await case._decided(transaction, config))

    async def _decided(self, transaction: Transaction, config: Config) -> Outcome | None:
        """Return the receipt it has, or the first reason to refuse it [ARRIVALS-SERVER-5]."""
        if self.known is not None and await _is_done(transaction, self.submission):
            return Outcome(receipt=self.known.receipt)
        is_new = self.known is None
        refusal = (
            (_unfit(self.document, self.submission, config=config, now=self.now) if is_new else "")
            or await _unpermitted(transaction, self.submission, self.replaced)
            or await _full(transaction, self.replaced, config=config)
        )
        return Outcome(refusal=refusal) if refusal else None

    def kept(self, parts: Parts) -> Kept:
        """Return what is stored of it, with a receipt signed now."""
        if self.document is None:
            raise TypeError("what is sealed to no document was refused")
        header = self.submission.envelope.header
        said = _receipt(self.submission, parts.config)
        key = self.document.receipt_key(parts.secrets.load(), now=self.now, until=said.valid_until)
        return Kept(
            digest=self.submission.envelope.declaration_id,
            expires=header.expiry_day,
            withdrawal_digest=header.withdrawal_digest,
            receipt=said.sign(key),
            receipt_expires=said.expiry_day,
        )


async def _is_done(transaction: Transaction, submission: Submission) -> bool:
    """Return whether a declaration that is there corrects none, or corrected it before."""
    if submission.corrects is None:
        return True
    former = await transaction.arrivals.withdrawal_digest(submission.corrects.declaration_id)
    return former is not None and equal(former, withdrawal_digest(submission.corrects.secret))


async def _replaced(transaction: Transaction, submission: Submission, *, today: Day) -> Kept | None:
    """Return the declaration that this one may replace; None where there is none."""
    corrects = submission.corrects
    if corrects is None or corrects.declaration_id == submission.envelope.declaration_id:
        return None
    found = await transaction.arrivals.declaration(corrects.declaration_id, today=today)
    if found is None:
        return None
    return found if equal(found.withdrawal_digest, withdrawal_digest(corrects.secret)) else None


def _unfit(
    document: Installed | None, submission: Submission, *, config: Config, now: Instant
) -> str:
    """Return why what is in the header forbids to keep a declaration; empty where nothing does."""
    header, today = submission.envelope.header, day_of(now)
    if document is None:
        return "unknown-keys"
    try:
        document.keys.require_number(header.keys_number)
        document.keys.require_current(now)
    except ExpiredError:
        return "replaced-keys"
    except PolicyError:
        return "unknown-keys"
    if not today - DAYS_AGO <= header.entry_day <= today + DAYS_AHEAD or today >= header.expiry_day:
        return "days"
    return "days" if _receipt(submission, config).valid_until <= now else ""


async def _unpermitted(
    transaction: Transaction, submission: Submission, replaced: Kept | None
) -> str:
    """Refuse what corrects nothing that is there, and what was itself taken back."""
    digest = submission.envelope.declaration_id
    taken_back = await transaction.arrivals.withdrawal_digest(digest) is not None
    corrects_nothing = submission.corrects is not None and replaced is None
    return "unknown-declaration" if taken_back or corrects_nothing else ""


async def _full(transaction: Transaction, replaced: Kept | None, *, config: Config) -> str:
    arrivals = transaction.arrivals
    if await transaction.index.sunset() is not None:
        return "full"
    if replaced is not None:
        return "full" if await arrivals.withdrawals() >= MAX_WITHDRAWN else ""
    return "full" if await arrivals.declared() >= config.max_declarations else ""


def _receipt(submission: Submission, config: Config) -> EntryReceipt:
    return entry_receipt_for(
        submission.envelope,
        opens_hours=config.receipt_opens_hours,
        closes_hours=config.receipt_closes_hours,
    )


async def _signed_list(parts: Parts, *, now: Instant) -> bytes:
    async with parts.store.reading() as transaction:
        document = await installed(transaction, parts.config)
        rows = await transaction.arrivals.withdrawn(today=day_of(now))
    if document is None:
        raise _no_keys()
    key = document.receipt_key(parts.secrets.load(), now=now, until=Instant(now + 1))
    return WithdrawnReceipts(now, rows).sign(key)


def _no_keys() -> FaultError:
    return FaultError(Fault.NOT_FOUND, "no document of keys is installed")
