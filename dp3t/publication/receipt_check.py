"""Whether a server kept what a receipt promises, from the batches that every phone fetches.

Nobody learns who checks. What is found broken, anybody can find again: `verify_evidence`.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from itertools import groupby, pairwise
from operator import itemgetter

from dp3t.codec import Fields, Value
from dp3t.errors import MalformedError, VerificationError
from dp3t.params import DAY_SECONDS, LAST_INSTANT, MAX_NAME_LENGTH
from dp3t.primitives import sha256
from dp3t.publication.batch import Batch, require_design, require_region
from dp3t.publication.listing import IndexEntry
from dp3t.publication.receipt import Receipt
from dp3t.publication.records import KeyGroup, KeyRecord, KeyTable
from dp3t.publication.report import Report
from dp3t.publication.signing import TrustedKeys
from dp3t.timeline import Instant, Stretch, checked_release

REACH_SECONDS = 3 * DAY_SECONDS
"""So long before `published_by` the first batch lies that can have a key of the report
[RECEIPT-2]."""

_MAX_RELEASES = 2**10


class Verdict(StrEnum):
    """What is known of a promise [RECEIPT-7]."""

    WAITING = "waiting"
    KEPT = "kept"
    MISSING = "missing"
    ALTERED = "altered"
    TWICE = "twice"

    @property
    def broken(self) -> bool:
        """Whether the promise was broken; the word says how."""
        return self not in (Verdict.WAITING, Verdict.KEPT)


Attributes = tuple[int, ...]
Sighting = tuple[Instant, KeyRecord]
"""The release of a batch and the record in it that has a key of the report."""

Published = Callable[[Batch, Collection[KeyRecord]], Iterable[KeyRecord]]
"""Returns the records of a batch that have the keys of some records, whatever their attributes."""

Revises = Callable[[Attributes, Attributes], bool]
"""Says whether a key that was published with some attributes may be published again with others."""


def published_in_table(batch: Batch, records: Collection[KeyRecord]) -> list[KeyRecord]:
    """Return what a table of keys says of the keys of some records.

    Raises:
        MalformedError: the content of the batch is no table of keys.
    """
    table = KeyTable.decode(batch.content)
    sought = sorted({record.key for record in records})
    return [
        KeyRecord(group.attributes, key)
        for group in table.groups
        for key in sought
        if _holds(group, key)
    ]


def never(before: Attributes, after: Attributes) -> bool:
    """Say that a design knows no revision."""
    return False


def _holds(group: KeyGroup, key: bytes) -> bool:
    width = group.key_bytes
    low, high = 0, len(group)
    while low < high:
        middle = (low + high) // 2
        if group.keys[middle * width : (middle + 1) * width] < key:
            low = middle + 1
        else:
            high = middle
    return group.keys[low * width : (low + 1) * width] == key


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptCheck:
    """A receipt with its report, and where the report's keys have been seen so far.

    Attributes:
        receipt: the server's promise, verified.
        report: the design and the records that were uploaded.
        region: name of the region.
        sightings: release and record of every publication of one of the keys; what was promised
            for later than `published_by` is not among them.
    """

    receipt: Receipt
    report: Report
    region: str
    sightings: frozenset[Sighting] = field(default=frozenset(), repr=False)

    def with_batch(
        self, batch: Batch, *, published: Published = published_in_table
    ) -> "ReceiptCheck":
        """Return the check after one more verified batch, in any order, each as often as you like.

        Raises:
            MalformedError: the content of the batch is not the design's.
        """
        other = (batch.design, batch.region) != (self.report.design, self.region)
        if other or batch.release > self.receipt.published_by:
            return self
        found = {(batch.release, one) for one in published(batch, self.report.records)}
        return replace(self, sightings=self.sightings | found)

    def verdict(self, *, complete: Stretch, revises: Revises = never) -> Verdict:
        """Return what is known of the promise [RECEIPT-7].

        Args:
            complete: every batch of the design with a release in it was given, also one with a
                release at its end.
            revises: what the design allows to be published again.
        """
        histories = self._histories()
        found = {
            _of_key(record, histories.get(record.key, ()), revises)
            for record in self.report.records
        }
        for fault in (Verdict.ALTERED, Verdict.TWICE):
            if fault in found:
                return fault
        due = self.receipt.published_by
        if complete.start > due - REACH_SECONDS or complete.end < due:
            return Verdict.WAITING
        return Verdict.MISSING if Verdict.MISSING in found else Verdict.KEPT

    def _histories(self) -> dict[bytes, list[Sighting]]:
        """Return where each key was seen, the earliest first."""
        histories: dict[bytes, list[Sighting]] = {}
        for seen in sorted(self.sightings):
            histories.setdefault(seen[1].key, []).append(seen)
        return histories

    def to_value(self) -> Value:
        """Return the check for sealing: it holds what the phone has reported."""
        return {
            "design": self.report.design,
            "receipt": self.receipt.to_value(),
            "records": KeyTable.of(self.report.records).encode(),
            "region": self.region,
            "sightings": sightings_to_value(self.sightings),
        }

    @classmethod
    def from_value(cls, value: Value) -> "ReceiptCheck":
        """Return a check that `to_value` described; MalformedError otherwise."""
        fields = Fields(value, what="the receipt check")
        design = fields.text("design", longest=MAX_NAME_LENGTH)
        require_design(design)
        receipt = Receipt.from_value(fields.value("receipt"))
        records = tuple(KeyTable.decode(fields.octets("records")))
        region = fields.text("region", longest=MAX_NAME_LENGTH)
        require_region(region)
        sightings = sightings_of(fields)
        fields.done()
        if not records:
            raise MalformedError("a receipt check is of one record at least")
        report = Report(design=design, records=records)
        return cls(receipt=receipt, report=report, region=region, sightings=sightings)


def sightings_to_value(sightings: Iterable[Sighting]) -> Value:
    """Return where keys were seen, a table of keys for each release, for sealing."""
    return [
        {"records": KeyTable.of(record for _, record in seen).encode(), "release": release}
        for release, seen in groupby(sorted(sightings), key=itemgetter(0))
    ]


def sightings_of(fields: Fields) -> frozenset[Sighting]:
    """Take the field `sightings`, as `sightings_to_value` wrote it; MalformedError otherwise."""
    seen = [_sighted(item) for item in fields.items("sightings", most=_MAX_RELEASES)]
    if any(one >= other for (one, _), (other, _) in pairwise(seen)):
        raise MalformedError("sightings are not in ascending order")
    return frozenset((release, record) for release, table in seen for record in table)


def _of_key(record: KeyRecord, history: Sequence[Sighting], revises: Revises) -> Verdict:
    """Return how one key stands; MISSING where no batch so far has it as it was reported."""
    if not history:
        return Verdict.MISSING
    first, *later = history
    if record.attributes not in (seen.attributes for _, seen in history):
        to_come = not later and revises(first[1].attributes, record.attributes)
        return Verdict.MISSING if to_come else Verdict.ALTERED
    if not later or (len(later) == 1 and _is_revision(first, later[0], revises)):
        return Verdict.KEPT
    return Verdict.TWICE


def _is_revision(first: Sighting, second: Sighting, revises: Revises) -> bool:
    """Say whether a key was revised: in a later batch, as its design allows."""
    return first[0] < second[0] and revises(first[1].attributes, second[1].attributes)


def _sighted(value: Value) -> tuple[Instant, KeyTable]:
    fields = Fields(value, what="a sighting")
    release = checked_release(fields.integer("release", 0, LAST_INSTANT))
    table = KeyTable.decode(fields.octets("records"))
    fields.done()
    if not table.groups:
        raise MalformedError("a sighting is of one record at least")
    return release, table


def verify_evidence(
    receipt: Receipt,
    report: Report,
    *,
    region: str,
    listed: Iterable[IndexEntry],
    complete: Stretch,
    files: Iterable[bytes],
    trusted: TrustedKeys,
    published: Published = published_in_table,
    revises: Revises = never,
) -> Verdict:
    """Return how a server broke its promise, from signed files alone [RECEIPT-10].

    Args:
        receipt: what the server promised.
        report: what was uploaded.
        region: name of the region.
        listed: entries of signed indices, verified by the caller.
        complete: those indices list every batch with a release in it, also one at its end.
        files: signed batches of the entries.
        trusted: the keys of the region that whoever judges trusts.
        published: looks up keys in a batch of the design.
        revises: what the design allows to be published again.

    Raises:
        VerificationError: the receipt is not for this report, a file is not listed or not
            authentic, a file that would be needed is not there, or nothing was broken.
    """
    receipt.verify(report.records, design=report.design, region=region, trusted=trusted)
    waiting = {
        entry.digest: entry
        for entry in listed
        if entry.design == report.design
        and receipt.published_by - REACH_SECONDS <= entry.release <= receipt.published_by
    }
    check = ReceiptCheck(receipt=receipt, report=report, region=region)
    for data in files:
        entry = waiting.pop(sha256(data), None)
        if entry is None:
            raise VerificationError("a file of the evidence is not listed, or stands twice")
        batch = Batch.open(data, trusted=trusted)
        if (batch.design, batch.release, batch.region) != (entry.design, entry.release, region):
            raise VerificationError("a file of the evidence is not the batch that is listed")
        check = check.with_batch(batch, published=published)
    verdict = check.verdict(complete=complete, revises=revises)
    if verdict is Verdict.MISSING and waiting:
        raise VerificationError("a batch that could hold the keys is not in the evidence")
    if not verdict.broken:
        raise VerificationError("the evidence shows no broken promise")
    return verdict
