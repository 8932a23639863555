"""A report goes up as one upload and is answered by one answer.

Every upload of a design has the same size, whatever the number of keys, and so does every answer
[REPORT-2] [REPORT-4].
"""

from dataclasses import dataclass, field

from dp3t.codec import Fields, Value, decode, encode, pad, unpad
from dp3t.errors import (
    ExpiredError,
    LimitError,
    MalformedError,
    PolicyError,
    ReplayError,
    TransportError,
    UnauthorizedError,
)
from dp3t.params import MAX_NAME_LENGTH
from dp3t.publication.answer import padded_answer, receipt_in
from dp3t.publication.authorization import Authorization, authorization_of
from dp3t.publication.batch import require_design
from dp3t.publication.receipt import Receipt
from dp3t.publication.records import MAX_GROUPS, KeyRecord, KeyTable

UPLOAD_SIZES = (2**12, 2**14, 2**16, 2**18, 2**20, 2**22)
"""The lengths an upload can have, 4096 bytes to 4 MiB; a design uses one of them [REPORT-2]."""

MAX_KEYS = 2**17
_ENVELOPE_BYTES = 2560  # room for the openings of 64 days and the columns of attributes
_VERSION = 1
_MAX_ITEMS = 2**18
REFUSALS: dict[str, type[PolicyError]] = {
    "unknown-code": UnauthorizedError,
    "expired-code": ExpiredError,
    "used-code": ReplayError,
    "uncovered-keys": UnauthorizedError,
    "refused-keys": PolicyError,
}
"""Why a well-formed upload can be refused, and the error the client raises for it."""


def upload_bytes(*, keys: int, key_bytes: int) -> int:
    """Return the length of every upload of a design [REPORT-2].

    Args:
        keys: the most keys that a report of the design holds.
        key_bytes: the length of each.

    Raises:
        ValueError: more than the longest upload or, with attributes of its own for each, a table of
            keys holds.
    """
    if keys > MAX_GROUPS:
        raise ValueError(f"a report would have more than {MAX_GROUPS} keys")
    for size in UPLOAD_SIZES:
        if keys * key_bytes + _ENVELOPE_BYTES <= size:
            return size
    raise ValueError("a report would be longer than any upload")


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The keys a patient publishes.

    Attributes:
        design: name of the design.
        records: at least one record; hidden in the repr until they are public.
    """

    design: str
    records: tuple[KeyRecord, ...] = field(repr=False)

    def to_value(self) -> Value:
        """Return the report for encoding, its records sorted and each once [REPORT-1]."""
        return {"design": self.design, "records": KeyTable.of(self.records).to_value()}

    @classmethod
    def from_value(cls, value: Value) -> "Report":
        """Return a report that `to_value` described; MalformedError otherwise [REPORT-3]."""
        fields = Fields(value, what="the report")
        design = fields.text("design", longest=MAX_NAME_LENGTH)
        require_design(design)
        table = KeyTable.from_value(fields.value("records"))
        fields.done()
        if not table.groups:
            raise MalformedError("the report has no records")
        if len(table) > MAX_KEYS:
            raise LimitError(f"a report has at most {MAX_KEYS} records")
        return cls(design=design, records=tuple(table))


@dataclass(frozen=True, slots=True)
class Upload:
    """A report and what authorises it: a code, or what opens commitments."""

    authorization: Authorization
    report: Report

    def encode(self, *, to_bytes: int) -> bytes:
        """Return the body of the request [REPORT-1] [REPORT-2].

        Args:
            to_bytes: its length, one of `UPLOAD_SIZES`; the design knows which.

        Raises:
            MalformedError: a report that no server reads.
            LimitError: one that does not fit.
            ValueError: another length.
        """
        if to_bytes not in UPLOAD_SIZES:
            raise ValueError("an upload has one of the lengths in UPLOAD_SIZES")
        report = self.report.to_value()
        Report.from_value(report)
        authorization = self.authorization.to_value()
        payload = encode({"authorization": authorization, "report": report, "version": _VERSION})
        if len(payload) >= to_bytes:
            raise LimitError("the report does not fit into an upload")
        return pad(payload, to_bytes=to_bytes)

    @classmethod
    def decode(cls, body: bytes) -> "Upload":
        """Return the upload in a request body.

        Raises:
            MalformedError: any bytes that `encode` cannot have made [REPORT-3].
        """
        if len(body) not in UPLOAD_SIZES:
            raise MalformedError(f"no upload has {len(body)} bytes")
        payload = unpad(body, of_bytes=len(body))
        value = decode(payload, limit_bytes=len(body), limit_items=_MAX_ITEMS)
        fields = Fields(value, what="the upload")
        fields.version(_VERSION)
        authorization = authorization_of(fields.value("authorization"))
        report = Report.from_value(fields.value("report"))
        fields.done()
        return cls(authorization, report)


def encode_answer(refusal: str | None = None, *, receipt: Receipt | None = None) -> bytes:
    """Return the 256 bytes that answer an upload: JSON and spaces [REPORT-4].

    Args:
        refusal: a key of `REFUSALS`, or None where the report was accepted.
        receipt: of an accepted report, or a decoy beside a refusal [RECEIPT-5]; None where the
            server gives none.

    Raises:
        ValueError: another refusal.
    """
    if refusal is not None and refusal not in REFUSALS:
        raise ValueError("there is no refusal of that name")
    return padded_answer(refusal, receipt)


def check_answer(body: bytes) -> Receipt | None:
    """Return the receipt, if the answer says that the report was accepted [REPORT-5].

    The receipt is not verified; None where the answer holds none [RECEIPT-6].

    Raises:
        PolicyError: it says why not (ExpiredError, ReplayError where that is the reason).
        TransportError: the bytes are none of the answers.
    """
    receipt = receipt_in(body)
    if body == encode_answer(receipt=receipt):
        return receipt
    for refusal, error in REFUSALS.items():
        if body == encode_answer(refusal, receipt=receipt):
            raise error(f"the server refused the report: {refusal}")
    raise TransportError("the server's answer to the upload is not understood")
