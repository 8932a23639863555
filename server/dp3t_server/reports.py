"""Deciding on a report: its authorisation, then the keys, then both in one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass

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
from dp3t_server.incoming import PendingKey
from dp3t_server.keys import SecretsFile
from dp3t_server.memories import key_digest
from dp3t_server.promises import Signer
from dp3t_server.publisher import release_of
from dp3t_server.store import Store
from dp3t_server.submissions import (
    Authorization,
    ByCode,
    ByOpenings,
    Outcome,
    Submission,
    accept,
    judge,
)
from dp3t_server.together import Together

_MOST_KEYS = 20_000
"""How many keys are stored in one transaction, unless one report has more."""


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
        self._judging = Together(self._judge, most_weight=_MOST_KEYS)
        self._accepting = Together(self._accept, most_weight=_MOST_KEYS)

    async def accept(self, upload: Upload, body: bytes, *, now: Instant) -> Decision:
        """Store a report and spend what authorises it [SERVER-11] to [SERVER-16].

        `body` are the very bytes that `upload` was decoded from.
        """
        secrets = self._secrets.load()  # before anything is stored that needs an answer
        keys = self._keys_of(upload.report, now)
        submission = Submission(
            authorization=self._authorization(upload, body, now),
            keys=keys,
            day=day_of(now),
        )
        outcome = await self._judging.result(submission)  # a refusal waits for no writer
        if outcome.verdict is Verdict.ACCEPTABLE:
            outcome = await self._accepting.result(submission)
        last_release = max((key.release for key in keys), default=release_after(now))
        signer = Signer(region=self._config.region, secrets=secrets, rand=random_from_os)
        receipt = signer.receipt(
            upload.report,
            last_release=outcome.promised or last_release,
            promised=outcome.promised is not None,
        )
        return Decision(refusal=outcome.verdict.refusal, receipt=receipt)

    async def finish(self) -> None:
        """Wait until nothing is being stored, also for those who wait no longer."""
        await self._judging.finish()
        await self._accepting.finish()

    async def _judge(self, submissions: Sequence[Submission]) -> list[Outcome]:
        async with self._store.reading() as transaction:
            return await judge(transaction, submissions)

    async def _accept(self, submissions: Sequence[Submission]) -> list[Outcome]:
        async with self._store.writing() as transaction:
            return await accept(transaction, submissions)

    def _keys_of(self, report: Report, now: Instant) -> list[PendingKey]:
        """Return the records with their releases; none where one of them is refused."""
        try:
            return keys_of(report, config=self._config, digest_key=self._digest_key, now=now)
        except (PolicyError, MalformedError):
            return []

    def _authorization(self, upload: Upload, body: bytes, now: Instant) -> Authorization:
        forms = self._config.authorizations
        if isinstance(upload.authorization, UploadCode):
            return ByCode(
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
        return ByOpenings(bindings=bindings, body=body, now=now)

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
        keys.append(
            PendingKey(
                design=report.design,
                record=record,
                release=release,
                digest=digest,
                may_revise=config.revisions,
            )
        )
    return keys


def days_of(report: Report, *, config: Config) -> set[Day]:
    """Return the days of the keys of a report; none where one of them is not the design's."""
    try:
        of = design(report.design).tracing_key
        return {of(record).day(config.parameters) for record in report.records}
    except MalformedError:
        return set()
