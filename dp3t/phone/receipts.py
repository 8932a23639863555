"""What a server has promised the phone, and what the batches say of it."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import pairwise

from dp3t.codec import Fields, Value
from dp3t.errors import MalformedError
from dp3t.params import DAY_SECONDS, LAST_INSTANT
from dp3t.proximity.receipt import published_records, revises
from dp3t.publication.batch import Batch
from dp3t.publication.receipt import Receipt
from dp3t.publication.receipt_check import ReceiptCheck, Sighting, Verdict
from dp3t.publication.report import Report
from dp3t.timeline import Instant, Stretch

MAX_RECEIPTS = 64
FARTHEST_SECONDS = 4 * DAY_SECONDS
"""A promise due so long after the phone's clock, or later, is none [PHONE-30]."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptStatus:
    """A promise, and how it stands.

    Attributes:
        check: receipt and report, and where the keys were seen; with the batches, evidence.
        complete: the phone has read every batch of the design that was listed with a release in it.
    """

    check: ReceiptCheck
    complete: Stretch

    @property
    def verdict(self) -> Verdict:
        """What is known of the promise [RECEIPT-7]."""
        design = self.check.report.design
        return self.check.verdict(complete=self.complete, revises=revises(design))

    @property
    def published_by(self) -> Instant:
        """By when all keys are to be published."""
        return self.check.receipt.published_by

    def to_value(self) -> Value:
        """Return the promise for sealing."""
        return {
            "check": self.check.to_value(),
            "complete_from": self.complete.start,
            "complete_to": self.complete.end,
        }

    @classmethod
    def from_value(cls, value: Value) -> "ReceiptStatus":
        """Return a promise that `to_value` described; MalformedError otherwise."""
        fields = Fields(value, what="a promise")
        check = ReceiptCheck.from_value(fields.value("check"))
        start = fields.integer("complete_from", 0, LAST_INSTANT)
        end = fields.integer("complete_to", start, LAST_INSTANT)
        fields.done()
        return cls(check=check, complete=Stretch(Instant(start), Instant(end)))


class Receipts:
    """The promises that are not done with, in the order in which they are due."""

    def __init__(self) -> None:
        """Begin with none."""
        self._kept: list[ReceiptStatus] = []

    def told(self) -> tuple[ReceiptStatus, ...]:
        """Return how each promise stands."""
        return tuple(self._kept)

    def add(
        self, receipt: Receipt, report: Report, *, region: str, seen: Iterable[Sighting]
    ) -> None:
        """Keep a verified receipt; the earliest of too many goes [PHONE-30].

        Args:
            receipt: the server's promise.
            report: what it promises to publish.
            region: the server's.
            seen: where a batch has a key of the report already.
        """
        in_time = frozenset(one for one in seen if one[0] <= receipt.published_by)
        check = ReceiptCheck(receipt=receipt, report=report, region=region, sightings=in_time)
        nothing = Stretch(Instant(0), Instant(0))
        self._set([*self._kept, ReceiptStatus(check=check, complete=nothing)])

    def ingest(self, batch: Batch) -> None:
        """Look for the keys of each promise in a batch that its design has read [PHONE-31]."""
        self._set(
            replace(one, check=one.check.with_batch(batch, published=published_records))
            for one in self._kept
        )

    def caught_up(self, region: str, *, listed: Stretch) -> None:
        """Note that every batch that a region listed for a time has been ingested [PHONE-31]."""
        if listed.start > listed.end:
            return
        self._set(
            replace(one, complete=_joined(one.complete, listed))
            if one.check.region == region
            else one
            for one in self._kept
        )

    def forget(self, *, before: Instant) -> None:
        """Drop what was kept, and what was due before a moment [PHONE-32]."""
        self._kept = [
            one
            for one in self._kept
            if one.verdict is not Verdict.KEPT and one.published_by >= before
        ]

    def clear(self) -> None:
        """Drop everything."""
        self._kept = []

    def to_value(self) -> Value:
        """Return the promises for sealing."""
        return [one.to_value() for one in self._kept]

    def restore(self, items: list[Value], *, design: str) -> None:
        """Take back what `to_value` gave; MalformedError for anything else."""
        self._kept = [ReceiptStatus.from_value(item) for item in items]
        if any(_place(one) >= _place(other) for one, other in pairwise(self._kept)):
            raise MalformedError("the receipts of the saved phone are not in ascending order")
        if any(one.check.report.design != design for one in self._kept):
            raise MalformedError("the saved phone holds a receipt of another design")

    def _set(self, promises: Iterable[ReceiptStatus]) -> None:
        ordered = sorted(promises, key=_place)
        self._kept = ordered[-MAX_RECEIPTS:]


def _place(one: ReceiptStatus) -> tuple[Instant, bytes]:
    return one.published_by, one.check.receipt.signature


def _joined(known: Stretch, more: Stretch) -> Stretch:
    """Return two times as one where nothing lies between them, else the later."""
    if more.start <= known.end <= more.end:
        return Stretch(min(known.start, more.start), more.end)
    return max(known, more, key=lambda one: one.end)
