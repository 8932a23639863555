"""A report: the tracing keys one patient publishes, and the upload that carries them.

Every upload has the same size, whatever the design and the number of keys, and so does every answer
[REPORT-2] [REPORT-4].
"""

import json
from dataclasses import dataclass, field
from itertools import pairwise

from dp3t.codec import Fields, Value, decode, encode, integers, pad, unpad
from dp3t.errors import (
    ExpiredError,
    LimitError,
    MalformedError,
    PolicyError,
    ReplayError,
    TransportError,
    UnauthorizedError,
)
from dp3t.publication.authorization import CODE_DIGITS, UploadCode
from dp3t.publication.batch import (
    ATTRIBUTE_HIGHEST,
    ATTRIBUTE_LOWEST,
    KEY_SIZES,
    MAX_ATTRIBUTES,
    KeyRecord,
    require_attributes,
    require_design,
)

UPLOAD_BYTES = 4096
ANSWER_BYTES = 256
MAX_KEYS = 64
_MAX_NAME_LENGTH = 16
_VERSION = 1
REFUSALS: dict[str, type[PolicyError]] = {
    "unknown-code": UnauthorizedError,
    "expired-code": ExpiredError,
    "used-code": ReplayError,
    "refused-keys": PolicyError,
}
"""Why a well-formed upload can be refused, and the error the client raises for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The keys a patient publishes.

    Attributes:
        design: name of the design.
        records: 1 to 64 records; hidden in the repr until they are public.
    """

    design: str
    records: tuple[KeyRecord, ...] = field(repr=False)

    def to_value(self) -> Value:
        """Return the report for encoding, its records sorted and each once [REPORT-1]."""
        return {
            "design": self.design,
            "records": [
                {"attributes": list(record.attributes), "key": record.key}
                for record in sorted(set(self.records))
            ],
        }

    @classmethod
    def from_value(cls, value: Value) -> "Report":
        """Return a report that `to_value` described; MalformedError otherwise [REPORT-3]."""
        fields = Fields(value, what="the report")
        design = fields.text("design", longest=_MAX_NAME_LENGTH)
        require_design(design)
        records = tuple(_record(item) for item in fields.items("records", most=MAX_KEYS))
        fields.done()
        if len({(len(record.attributes), len(record.key)) for record in records}) != 1:
            raise MalformedError("the report has no records, or records of different shapes")
        if any(not before < after for before, after in pairwise(records)):
            raise MalformedError("the records of the report are not in ascending order")
        return cls(design=design, records=records)


@dataclass(frozen=True, slots=True)
class Upload:
    """A report and the code that authorises it."""

    code: UploadCode
    report: Report

    def encode(self) -> bytes:
        """Return the 4096 bytes of the request body [REPORT-1] [REPORT-2].

        Raises:
            MalformedError: a report that no server reads.
            LimitError: one that does not fit.
        """
        report = self.report.to_value()
        Report.from_value(report)
        payload = encode({"code": self.code.digits(), "report": report, "version": _VERSION})
        if len(payload) >= UPLOAD_BYTES:
            raise LimitError("the report does not fit into an upload")
        return pad(payload, to_bytes=UPLOAD_BYTES)

    @classmethod
    def decode(cls, body: bytes) -> "Upload":
        """Return the upload in a request body.

        Raises:
            MalformedError: any bytes that `encode` cannot have made [REPORT-3].
        """
        payload = unpad(body, of_bytes=UPLOAD_BYTES)
        fields = Fields(decode(payload, limit_bytes=UPLOAD_BYTES), what="the upload")
        fields.version(_VERSION)
        code = UploadCode(fields.text("code", longest=CODE_DIGITS))
        report = Report.from_value(fields.value("report"))
        fields.done()
        return cls(code, report)


def encode_answer(refusal: str | None = None) -> bytes:
    """Return the 256 bytes that answer an upload: JSON and spaces [REPORT-4].

    Args:
        refusal: a key of `REFUSALS`, or None where the report was accepted.

    Raises:
        ValueError: another refusal.
    """
    if refusal is None:
        return json.dumps({"accepted": True}).encode().ljust(ANSWER_BYTES)
    if refusal not in REFUSALS:
        raise ValueError("there is no refusal of that name")
    return json.dumps({"accepted": False, "refusal": refusal}).encode().ljust(ANSWER_BYTES)


def check_answer(body: bytes) -> None:
    """Return if the answer says that the report was accepted [REPORT-5].

    Raises:
        PolicyError: it says why not (ExpiredError, ReplayError where that is the reason).
        TransportError: the bytes are none of the five answers.
    """
    if body == encode_answer():
        return
    for refusal, error in REFUSALS.items():
        if body == encode_answer(refusal):
            raise error(f"the server refused the report: {refusal}")
    raise TransportError("the server's answer to the upload is not understood")


def _record(value: Value) -> KeyRecord:
    fields = Fields(value, what="a record")
    raw = fields.items("attributes", most=MAX_ATTRIBUTES)
    attributes = tuple(
        integers(raw, lowest=ATTRIBUTE_LOWEST, highest=ATTRIBUTE_HIGHEST, what="the attributes")
    )
    key = fields.octets("key")
    fields.done()
    require_attributes(attributes)
    if len(key) not in KEY_SIZES:
        raise MalformedError("a key has 16 to 64 bytes")
    return KeyRecord(attributes, key)
