"""Receipts for the tests that need one."""

from dataclasses import replace

from dp3t.publication.receipt import Promise, Receipt
from dp3t.publication.receipt_check import ReceiptCheck
from dp3t.publication.report import Report
from dp3t.publication.signing import SigningKey
from dp3t.timeline import Instant


def receipt_of(report: Report, *, due: int, key: SigningKey, region: str = "VN") -> Receipt:
    """Return what a server promises for a report."""
    promise = Promise.of(
        report.records, design=report.design, region=region, published_by=Instant(due)
    )
    return Receipt.sign(promise, key=key)


def check_of(report: Report, *, due: int, key: SigningKey, seen: Instant) -> ReceiptCheck:
    """Return a check that has seen every key of its report at one release."""
    receipt = receipt_of(report, due=due, key=key)
    sightings = frozenset((seen, record) for record in report.records)
    return replace(ReceiptCheck(receipt=receipt, report=report, region="VN"), sightings=sightings)
