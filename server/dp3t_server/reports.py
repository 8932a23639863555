"""Deciding on a report: the code, then the keys, then both in one transaction."""

from dataclasses import dataclass, field

from dp3t import Instant, MalformedError, PolicyError, Report, day_of
from dp3t.proximity import design
from dp3t.publication import Upload
from dp3t_server.config import Config
from dp3t_server.publisher import release_of
from dp3t_server.store import PendingKey, Store, Transaction


class Reports:
    """Accepts and refuses reports.

    Args:
        code_digest_key: 32 bytes under which codes are stored.
    """

    def __init__(self, store: Store, config: Config, *, code_digest_key: bytes) -> None:
        self._store = store
        self._config = config
        self._code_digest_key = code_digest_key

    async def accept(self, upload: Upload, body: bytes, *, now: Instant) -> str | None:
        """Store a report and spend its code [SERVER-11] to [SERVER-16].

        `body` are the very bytes that `upload` was decoded from.

        Returns:
            None where the report is accepted, now or before; else the name of the refusal.
        """
        case = _Case(
            digest=upload.code.digest(self._code_digest_key),
            binding=upload.code.binding(body),
            keys=self._keys_of(upload.report, now),
            now=now,
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
            return keys_of(report, config=self._config, now=now)
        except (PolicyError, MalformedError):
            return []


def keys_of(report: Report, *, config: Config, now: Instant) -> list[PendingKey]:
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
        keys.append(PendingKey(design=report.design, record=record, release=release))
    return keys


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    """One upload before the court."""

    digest: bytes
    binding: bytes
    keys: list[PendingKey] = field(repr=False)
    now: Instant

    async def judge(self, transaction: Transaction) -> str:
        """Return "acceptable", "repeated" or a refusal, in the order of the specification."""
        today = day_of(self.now)
        why_not = await transaction.why_not(self.digest, binding=self.binding, today=today)
        return why_not or ("acceptable" if self.keys else "refused-keys")

    async def accept(self, transaction: Transaction) -> str:
        """Judge again, now that nobody else writes, and store what is acceptable."""
        outcome = await self.judge(transaction)
        if outcome != "acceptable":
            return outcome
        if not await transaction.spend(self.digest, binding=self.binding):
            return "used-code"
        await transaction.add_keys(self.keys)
        return "accepted"
