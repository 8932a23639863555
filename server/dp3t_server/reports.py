"""Deciding on a report: its authorisation, then the keys, then both in one transaction."""

from dataclasses import dataclass, field
from typing import Protocol

from dp3t import (
    Day,
    Instant,
    MalformedError,
    PolicyError,
    Report,
    UploadCode,
    day_of,
    random_from_os,
    release_after,
)
from dp3t.proximity import design, opened_hashes
from dp3t.publication import Openings, Receipt, Upload, commitment_digest
from dp3t_server.authorizations import CodeForms, Verdict
from dp3t_server.config import Config
from dp3t_server.counters import Counted
from dp3t_server.incoming import PendingKey
from dp3t_server.keys import SecretsFile
from dp3t_server.memories import key_digest
from dp3t_server.promises import Signer, masked, unmasked
from dp3t_server.publisher import release_of
from dp3t_server.store import Store, Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What an upload is answered.

    Attributes:
        refusal: the name of the refusal; None where the report is accepted, now or before.
        receipt: of what is promised, or a decoy.
    """

    refusal: str | None
    receipt: Receipt | None


class Reports:
    """Accepts and refuses reports.

    Args:
        secrets: the key under which codes, commitments and published keys are stored, and those
            that sign receipts.
    """

    def __init__(self, store: Store, config: Config, *, secrets: SecretsFile) -> None:
        self._store = store
        self._config = config
        self._secrets = secrets
        self._digest_key = secrets.load().digest_key

    async def accept(self, upload: Upload, body: bytes, *, now: Instant) -> Decision:
        """Store a report and spend what authorises it [SERVER-11] to [SERVER-16].

        `body` are the very bytes that `upload` was decoded from.
        """
        secrets = self._secrets.load()  # before anything is stored that needs an answer
        keys = self._keys_of(upload.report, now)
        submission = _Submission(
            authorization=self._authorization(upload, body, now),
            keys=keys,
            day=day_of(now),
        )
        async with self._store.reading() as transaction:  # a refusal waits for no writer
            outcome = await submission.judge(transaction)
        if outcome.verdict is Verdict.ACCEPTABLE:
            async with self._store.writing() as transaction:
                outcome = await submission.accept(transaction)
        last_release = max((key.release for key in keys), default=release_after(now))
        signer = Signer(region=self._config.region, secrets=secrets, rand=random_from_os)
        receipt = signer.receipt(
            upload.report,
            last_release=outcome.promised or last_release,
            promised=outcome.promised is not None,
        )
        return Decision(refusal=outcome.verdict.refusal, receipt=receipt)

    def _keys_of(self, report: Report, now: Instant) -> list[PendingKey]:
        """Return the records with their releases; none where one of them is refused."""
        try:
            return keys_of(report, config=self._config, digest_key=self._digest_key, now=now)
        except (PolicyError, MalformedError):
            return []

    def _authorization(self, upload: Upload, body: bytes, now: Instant) -> "_Authorization":
        forms = self._config.authorizations
        if isinstance(upload.authorization, UploadCode):
            return _ByCode(
                digest=upload.authorization.digest(self._digest_key),
                binding=upload.authorization.binding(body),
                days=days_of(upload.report, config=self._config),
                forms=CodeForms(simple="simple" in forms, activated="activated" in forms),
                body=body,
                now=now,
            )
        bindings = dict[bytes, bytes]()
        if "bound" in forms:
            bindings = self._bindings(upload.report, upload.authorization, body)
        return _ByOpenings(bindings=bindings, body=body, now=now)

    def _bindings(self, report: Report, openings: Openings, body: bytes) -> dict[bytes, bytes]:
        """Return for the digest of each day's hash its binding; none where the days do not fit."""
        try:
            hashes = opened_hashes(report, openings, parameters=self._config.parameters)
        except MalformedError:
            return {}
        bindings = openings.bindings(body)
        return {
            commitment_digest(value, key=self._digest_key): bindings[day]
            for day, value in hashes.items()
        }


def keys_of(report: Report, *, config: Config, digest_key: bytes, now: Instant) -> list[PendingKey]:
    """Return the records of a report, each with its release [SERVER-16].

    Raises:
        PolicyError: the design is not run here, or refuses the age of a key.
        MalformedError: a record is none of the design's.
    """
    if report.design not in config.designs:
        raise PolicyError("this server does not run the design")
    keys = []
    for record in report.records:
        key = design(report.design).tracing_key(record)
        key.require_publishable(now=now, parameters=config.parameters)
        release = release_of(now, releasable_from=key.releasable_from(config.parameters))
        digest = key_digest(report.design, record.key, digest_key=digest_key)
        keys.append(PendingKey(design=report.design, record=record, release=release, digest=digest))
    return keys


def days_of(report: Report, *, config: Config) -> set[Day]:
    """Return the days of the keys of a report; none where one of them is not the design's."""
    try:
        of = design(report.design).tracing_key
        return {of(record).day(config.parameters) for record in report.records}
    except MalformedError:
        return set()


class _Authorization(Protocol):
    """What authorises an upload, if the database says so."""

    async def judge(self, transaction: Transaction) -> Verdict:
        """Return whether it does."""

    async def promised(self, transaction: Transaction) -> Instant | None:
        """Return with which promise it was spent; None for none."""

    async def spend(self, transaction: Transaction, *, promised: Instant | None) -> None:
        """Spend it with a promise; ReplayError where another transaction was first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _ByCode:
    """A code, simple or activated."""

    digest: bytes
    binding: bytes
    days: set[Day]
    forms: CodeForms
    body: bytes = field(repr=False)
    now: Instant

    async def judge(self, transaction: Transaction) -> Verdict:
        return await transaction.codes.judge(
            self.digest, binding=self.binding, days=self.days, forms=self.forms, now=self.now
        )

    async def promised(self, transaction: Transaction) -> Instant | None:
        stored = await transaction.codes.promised(self.digest)
        return unmasked(stored, digest=self.digest, body=self.body)

    async def spend(self, transaction: Transaction, *, promised: Instant | None) -> None:
        stored = masked(promised, digest=self.digest, body=self.body)
        await transaction.codes.spend(self.digest, binding=self.binding, promised=stored)


@dataclass(frozen=True, slots=True, kw_only=True)
class _ByOpenings:
    """What opens the hashes of some days."""

    bindings: dict[bytes, bytes] = field(repr=False)
    body: bytes = field(repr=False)
    now: Instant

    async def judge(self, transaction: Transaction) -> Verdict:
        return await transaction.commitments.judge(self.bindings, now=self.now)

    async def promised(self, transaction: Transaction) -> Instant | None:
        digest = min(self.bindings)
        stored = await transaction.commitments.promised(digest)
        return unmasked(stored, digest=digest, body=self.body)

    async def spend(self, transaction: Transaction, *, promised: Instant | None) -> None:
        stored = {
            digest: masked(promised, digest=digest, body=self.body) for digest in self.bindings
        }
        await transaction.commitments.spend(self.bindings, promised=stored)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Outcome:
    """What becomes of an upload.

    Attributes:
        verdict: whether it is accepted.
        promised: the latest release of its records, where they are promised.
    """

    verdict: Verdict
    promised: Instant | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Submission:
    """What of an upload decides whether it is accepted."""

    authorization: _Authorization
    keys: list[PendingKey] = field(repr=False)
    day: Day

    async def judge(self, transaction: Transaction) -> _Outcome:
        """Return the verdict, its reasons tried in the order of the specification."""
        verdict = await self.authorization.judge(transaction)
        if verdict is Verdict.REPEATED:
            promised = await self.authorization.promised(transaction)
            return _Outcome(verdict=verdict, promised=promised)
        refused = verdict is Verdict.ACCEPTABLE and not self.keys
        return _Outcome(verdict=Verdict.REFUSED_KEYS if refused else verdict)

    async def accept(self, transaction: Transaction) -> _Outcome:
        """Judge again, now that nobody else writes, and store what is acceptable."""
        outcome = await self.judge(transaction)
        if outcome.verdict is not Verdict.ACCEPTABLE:
            return outcome
        promised = await transaction.incoming.add(self.keys)
        await self.authorization.spend(transaction, promised=promised)
        await transaction.counters.add(Counted.UPLOADS_ACCEPTED, day=self.day)
        return _Outcome(verdict=outcome.verdict, promised=promised)
