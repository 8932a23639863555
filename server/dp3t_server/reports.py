"""Deciding on a report: what permits it, then the keys, then both in one transaction."""

from dataclasses import dataclass, field
from typing import Protocol

from dp3t import Day, Instant, MalformedError, PolicyError, Report, UploadCode
from dp3t.proximity import design, opened_hashes
from dp3t.publication import Openings, Upload, commitment_digest
from dp3t_server.config import Config
from dp3t_server.permissions import CodeKinds
from dp3t_server.publisher import release_of
from dp3t_server.store import PendingKey, Store, Transaction, key_digest


class Reports:
    """Accepts and refuses reports.

    Args:
        code_digest_key: 32 bytes under which codes, commitments and published keys are stored.
    """

    def __init__(self, store: Store, config: Config, *, code_digest_key: bytes) -> None:
        self._store = store
        self._config = config
        self._code_digest_key = code_digest_key

    async def accept(self, upload: Upload, body: bytes, *, now: Instant) -> str | None:
        """Store a report and spend what permits it [SERVER-11] to [SERVER-16].

        `body` are the very bytes that `upload` was decoded from.

        Returns:
            None where the report is accepted, now or before; else the name of the refusal.
        """
        case = _Case(
            permission=self._permission(upload, body, now), keys=self._keys_of(upload.report, now)
        )
        async with self._store.reading() as transaction:  # a refusal waits for no writer
            outcome = await case.judge(transaction)
        if outcome == "acceptable":
            async with self._store.writing() as transaction:
                outcome = await case.accept(transaction)
        return None if outcome in ("accepted", "repeated") else outcome

    def _keys_of(self, report: Report, now: Instant) -> list[PendingKey]:
        """Return the records with their releases; none where one of them is refused."""
        try:
            return keys_of(report, config=self._config, secret=self._code_digest_key, now=now)
        except (PolicyError, MalformedError):
            return []

    def _permission(self, upload: Upload, body: bytes, now: Instant) -> "_Permission":
        forms = self._config.authorizations
        if isinstance(upload.authorization, UploadCode):
            return _Code(
                digest=upload.authorization.digest(self._code_digest_key),
                binding=upload.authorization.binding(body),
                days=days_of(upload.report, config=self._config),
                kinds=CodeKinds(simple="simple" in forms, activated="activated" in forms),
                now=now,
            )
        bindings = dict[bytes, bytes]()
        if "bound" in forms:
            bindings = self._bindings(upload.report, upload.authorization, body)
        return _Bound(bindings=bindings, now=now)

    def _bindings(self, report: Report, openings: Openings, body: bytes) -> dict[bytes, bytes]:
        """Return for the digest of each day's hash its binding; none where the days do not fit."""
        try:
            hashes = opened_hashes(report, openings, parameters=self._config.parameters)
        except MalformedError:
            return {}
        bindings = openings.bindings(body)
        return {
            commitment_digest(value, key=self._code_digest_key): bindings[day]
            for day, value in hashes.items()
        }


def keys_of(report: Report, *, config: Config, secret: bytes, now: Instant) -> list[PendingKey]:
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
        digest = key_digest(report.design, record.key, secret=secret)
        keys.append(PendingKey(design=report.design, record=record, release=release, digest=digest))
    return keys


def days_of(report: Report, *, config: Config) -> set[Day]:
    """Return the days of the keys of a report; none where one of them is not the design's."""
    try:
        of = design(report.design).tracing_key
        return {of(record).day(config.parameters) for record in report.records}
    except MalformedError:
        return set()


class _Permission(Protocol):
    """What permits an upload, if the database says so."""

    async def why_not(self, transaction: Transaction) -> str | None:
        """Return "repeated", the name of a refusal, or None where it permits the upload."""

    async def spend(self, transaction: Transaction) -> None:
        """Spend it; ReplayError where another transaction was first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Code:
    """A code, simple or activated."""

    digest: bytes
    binding: bytes
    days: set[Day]
    kinds: CodeKinds
    now: Instant

    async def why_not(self, transaction: Transaction) -> str | None:
        return await transaction.codes.why_not(
            self.digest, binding=self.binding, days=self.days, kinds=self.kinds, now=self.now
        )

    async def spend(self, transaction: Transaction) -> None:
        await transaction.codes.spend(self.digest, binding=self.binding)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Bound:
    """What opens the hashes of some days."""

    bindings: dict[bytes, bytes] = field(repr=False)
    now: Instant

    async def why_not(self, transaction: Transaction) -> str | None:
        return await transaction.commitments.why_not(self.bindings, now=self.now)

    async def spend(self, transaction: Transaction) -> None:
        await transaction.commitments.spend(self.bindings)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    """One upload before the court."""

    permission: _Permission
    keys: list[PendingKey] = field(repr=False)

    async def judge(self, transaction: Transaction) -> str:
        """Return "acceptable", "repeated" or a refusal, in the order of the specification."""
        why_not = await self.permission.why_not(transaction)
        return why_not or ("acceptable" if self.keys else "refused-keys")

    async def accept(self, transaction: Transaction) -> str:
        """Judge again, now that nobody else writes, and store what is acceptable."""
        outcome = await self.judge(transaction)
        if outcome != "acceptable":
            return outcome
        await self.permission.spend(transaction)
        await transaction.add_keys(self.keys)
        return "accepted"
