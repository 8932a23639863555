"""Deciding on a report: its authorisation, then the keys, then both in one transaction."""

from dataclasses import dataclass, field
from typing import Protocol

from dp3t import Day, Instant, MalformedError, PolicyError, Report, UploadCode, day_of
from dp3t.proximity import design, opened_hashes
from dp3t.publication import Openings, Upload, commitment_digest
from dp3t_server.authorizations import CodeForms, Verdict
from dp3t_server.config import Config
from dp3t_server.counters import Counted
from dp3t_server.publisher import release_of
from dp3t_server.store import PendingKey, Store, Transaction, key_digest


class Reports:
    """Accepts and refuses reports.

    Args:
        digest_key: 32 bytes under which codes, commitments and published keys are stored.
    """

    def __init__(self, store: Store, config: Config, *, digest_key: bytes) -> None:
        self._store = store
        self._config = config
        self._digest_key = digest_key

    async def accept(self, upload: Upload, body: bytes, *, now: Instant) -> str | None:
        """Store a report and spend what authorises it [SERVER-11] to [SERVER-16].

        `body` are the very bytes that `upload` was decoded from.

        Returns:
            None where the report is accepted, now or before; else the name of the refusal.
        """
        submission = _Submission(
            authorization=self._authorization(upload, body, now),
            keys=self._keys_of(upload.report, now),
            day=day_of(now),
        )
        async with self._store.reading() as transaction:  # a refusal waits for no writer
            verdict = await submission.judge(transaction)
        if verdict is Verdict.ACCEPTABLE:
            async with self._store.writing() as transaction:
                verdict = await submission.accept(transaction)
        return verdict.refusal

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
                now=now,
            )
        bindings = dict[bytes, bytes]()
        if "bound" in forms:
            bindings = self._bindings(upload.report, upload.authorization, body)
        return _ByOpenings(bindings=bindings, now=now)

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

    async def spend(self, transaction: Transaction) -> None:
        """Spend it; ReplayError where another transaction was first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _ByCode:
    """A code, simple or activated."""

    digest: bytes
    binding: bytes
    days: set[Day]
    forms: CodeForms
    now: Instant

    async def judge(self, transaction: Transaction) -> Verdict:
        return await transaction.codes.judge(
            self.digest, binding=self.binding, days=self.days, forms=self.forms, now=self.now
        )

    async def spend(self, transaction: Transaction) -> None:
        await transaction.codes.spend(self.digest, binding=self.binding)


@dataclass(frozen=True, slots=True, kw_only=True)
class _ByOpenings:
    """What opens the hashes of some days."""

    bindings: dict[bytes, bytes] = field(repr=False)
    now: Instant

    async def judge(self, transaction: Transaction) -> Verdict:
        return await transaction.commitments.judge(self.bindings, now=self.now)

    async def spend(self, transaction: Transaction) -> None:
        await transaction.commitments.spend(self.bindings)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Submission:
    """What of an upload decides whether it is accepted."""

    authorization: _Authorization
    keys: list[PendingKey] = field(repr=False)
    day: Day

    async def judge(self, transaction: Transaction) -> Verdict:
        """Return the verdict, its reasons tried in the order of the specification."""
        verdict = await self.authorization.judge(transaction)
        refused = verdict is Verdict.ACCEPTABLE and not self.keys
        return Verdict.REFUSED_KEYS if refused else verdict

    async def accept(self, transaction: Transaction) -> Verdict:
        """Judge again, now that nobody else writes, and store what is acceptable."""
        verdict = await self.judge(transaction)
        if verdict is Verdict.ACCEPTABLE:
            await self.authorization.spend(transaction)
            await transaction.add_keys(self.keys)
            await transaction.counters.add(Counted.UPLOADS_ACCEPTED, day=self.day)
        return verdict
