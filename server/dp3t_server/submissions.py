"""What decides on uploads, for several of them in one transaction.

Reading looks at what authorises each; writing looks again, now that nobody else can spend it, and
stores what is acceptable. Each step is one statement, however many uploads there are.
"""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from dp3t import Day, Instant
from dp3t_server.authorizations import (
    CodeForms,
    Purpose,
    Spent,
    Verdict,
    code_verdict,
    commitments_verdict,
)
from dp3t_server.counters import Counted
from dp3t_server.incoming import PendingKey
from dp3t_server.promises import masked, unmasked
from dp3t_server.store import Transaction

Rows = Mapping[bytes, Any]
"""The rows of codes or of commitments, by their digests."""


class Authorization(Protocol):
    """What authorises an upload, if the database says so."""

    @property
    def digests(self) -> frozenset[bytes]:
        """The digests of the code, or of the hashes of days."""

    def verdict(self, rows: Rows) -> Verdict:
        """Return whether it does."""

    def promised(self, rows: Rows) -> Instant | None:
        """Return with which promise it was spent; None for none."""

    def spent(self, promised: Instant | None) -> list[Spent]:
        """Return what is stored where it is spent with a promise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ByCode:
    """A code, simple or activated."""

    digest: bytes
    binding: bytes
    days: set[Day]
    forms: CodeForms
    purpose: Purpose = Purpose.REPORT
    body: bytes = field(repr=False)
    now: Instant

    @property
    def digests(self) -> frozenset[bytes]:
        """The code's digest."""
        return frozenset({self.digest})

    def verdict(self, rows: Rows) -> Verdict:
        """Return whether it authorises the upload."""
        return code_verdict(
            rows.get(self.digest),
            binding=self.binding,
            days=self.days,
            forms=self.forms,
            purpose=self.purpose,
            now=self.now,
        )

    def promised(self, rows: Rows) -> Instant | None:
        """Return with which promise it was spent."""
        return unmasked(rows[self.digest].promised, digest=self.digest, body=self.body)

    def spent(self, promised: Instant | None) -> list[Spent]:
        """Return what is stored."""
        stored = masked(promised, digest=self.digest, body=self.body)
        return [Spent(digest=self.digest, binding=self.binding, promised=stored)]


@dataclass(frozen=True, slots=True, kw_only=True)
class ByOpenings:
    """What opens the hashes of some days."""

    bindings: dict[bytes, bytes] = field(repr=False)
    body: bytes = field(repr=False)
    now: Instant

    @property
    def digests(self) -> frozenset[bytes]:
        """The hashes' digests."""
        return frozenset(self.bindings)

    def verdict(self, rows: Rows) -> Verdict:
        """Return whether they authorise the upload, all of them."""
        return commitments_verdict(rows, bindings=self.bindings, now=self.now)

    def promised(self, rows: Rows) -> Instant | None:
        """Return with which promise they were spent."""
        digest = min(self.bindings)
        return unmasked(rows[digest].promised, digest=digest, body=self.body)

    def spent(self, promised: Instant | None) -> list[Spent]:
        """Return what is stored."""
        return [
            Spent(
                digest=digest,
                binding=binding,
                promised=masked(promised, digest=digest, body=self.body),
            )
            for digest, binding in self.bindings.items()
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What becomes of an upload.

    Attributes:
        verdict: whether it is accepted.
        promised: the latest release of its records, where they are promised.
    """

    verdict: Verdict
    promised: Instant | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """What of an upload decides whether it is accepted."""

    authorization: Authorization
    keys: list[PendingKey] = field(repr=False)
    day: Day

    @property
    def weight(self) -> int:
        """How many keys there are."""
        return len(self.keys)

    @property
    def claims(self) -> frozenset[Hashable]:
        """What authorises it and its keys: an upload that shares them has to see its outcome."""
        return self.authorization.digests | {key.digest for key in self.keys}

    def outcome(self, rows: Rows) -> Outcome:
        """Return the verdict, its reasons tried in the order of the specification."""
        verdict = self.authorization.verdict(rows)
        if verdict is Verdict.REPEATED:
            return Outcome(verdict=verdict, promised=self.authorization.promised(rows))
        refused = verdict is Verdict.ACCEPTABLE and not self.keys
        return Outcome(verdict=Verdict.REFUSED_KEYS if refused else verdict)


async def judge(transaction: Transaction, submissions: Sequence[Submission]) -> list[Outcome]:
    """Return what would become of each upload; one that writes keeps it true."""
    rows = dict[bytes, Any]()
    for table, kind in ((transaction.codes, ByCode), (transaction.commitments, ByOpenings)):
        digests = {
            digest
            for each in submissions
            if isinstance(each.authorization, kind)
            for digest in each.authorization.digests
        }
        if digests:
            rows |= await table.rows(digests)
    return [each.outcome(rows) for each in submissions]


async def accept(transaction: Transaction, submissions: Sequence[Submission]) -> list[Outcome]:
    """Judge uploads again, now that nobody else writes, and store what is acceptable.

    No two of them have a claim in common.
    """
    outcomes = await judge(transaction, submissions)
    accepted = [place for place, each in enumerate(outcomes) if each.verdict is Verdict.ACCEPTABLE]
    for design in sorted({submissions[place].keys[0].design for place in accepted}):
        places = [place for place in accepted if submissions[place].keys[0].design == design]
        reports = [submissions[place].keys for place in places]
        promised = await transaction.incoming.add(reports)
        for place, promise in zip(places, promised, strict=True):
            outcomes[place] = Outcome(verdict=Verdict.ACCEPTABLE, promised=promise)
    await _spend(transaction, [(submissions[each], outcomes[each]) for each in accepted])
    for day in sorted({submissions[place].day for place in accepted}):
        number = sum(submissions[place].day == day for place in accepted)
        await transaction.counters.add(Counted.UPLOADS_ACCEPTED, number, day=day)
    return outcomes


async def _spend(transaction: Transaction, accepted: Sequence[tuple[Submission, Outcome]]) -> None:
    for table, kind in ((transaction.codes, ByCode), (transaction.commitments, ByOpenings)):
        spent = [
            one
            for submission, outcome in accepted
            if isinstance(submission.authorization, kind)
            for one in submission.authorization.spent(outcome.promised)
        ]
        if spent:
            await table.spend(spent)
