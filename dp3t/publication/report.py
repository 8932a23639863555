"""A report: the tracing keys one patient publishes, and the upload that carries them.

Every upload has the same size, whatever the design and the number of keys, and so does every answer
[REPORT-2] [REPORT-4].
"""

import json
from dataclasses import dataclass, field

from dp3t.codec import Fields, Value, decode, encode, integers, pad, unpad
from dp3t.errors import ExpiredError, MalformedError, PolicyError, ReplayError, TransportError
from dp3t.publication.authorization import UploadCode
from dp3t.publication.batch import KEY_SIZES, MAX_ATTRIBUTES, KeyRecord

UPLOAD_BYTES = 4096
ANSWER_BYTES = 256
MAX_KEYS = 64
_VERSION = 1
REFUSALS: dict[str, type[PolicyError]] = {
    "unknown-code": PolicyError,
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
        """Return the report for encoding, its records sorted [REPORT-1]."""
        return {
            "design": self.design,
            "records": [
                {"attributes": list(record.attributes), "key": record.key}
                for record in sorted(self.records)
            ],
        }

    @classmethod
    def from_value(cls, value: Value) -> "Report":
        """Return a report that `to_value` described; MalformedError otherwise."""
        fields = Fields(value, what="the report")
        design = fields.text("design", longest=16)
        records = tuple(_record(item) for item in fields.items("records", most=MAX_KEYS))
        fields.done()
        if not records:
            raise MalformedError("the report has no keys")
        return cls(design=design, records=records)


@dataclass(frozen=True, slots=True)
class Upload:
    """A report and the code that authorises it."""

    code: UploadCode
    report: Report

    def encode(self) -> bytes:
        """Return the 4096 bytes of the request body [REPORT-1] [REPORT-2]."""
        value: Value = {
            "code": self.code.digits(),
            "report": self.report.to_value(),
            "version": _VERSION,
        }
        return pad(encode(value), to_bytes=UPLOAD_BYTES)

    @classmethod
    def decode(cls, body: bytes) -> "Upload":
        """Return the upload in a request body.

        Raises:
            MalformedError: any bytes that `encode` cannot have made.
        """
        payload = unpad(body, of_bytes=UPLOAD_BYTES)
        fields = Fields(decode(payload, limit_bytes=UPLOAD_BYTES), what="the upload")
        fields.version(_VERSION)
        code = UploadCode(fields.text("code", longest=64))
        report = Report.from_value(fields.value("report"))
        fields.done()
        return cls(code, report)


def encode_answer(refusal: str | None = None) -> bytes:
    """Return the 256 bytes that answer an upload: JSON and spaces [REPORT-4].

    Args:
        refusal: a key of `REFUSALS`, or None where the report was accepted.
    """
    answer: dict[str, object] = {"accepted": refusal is None}
    if refusal is not None:
        answer["refusal"] = refusal if refusal in REFUSALS else "refused-keys"
    return json.dumps(answer).encode().ljust(ANSWER_BYTES)


def check_answer(body: bytes) -> None:
    """Return if the answer says that the report was accepted.

    Raises:
        PolicyError: it says why not (ExpiredError, ReplayError where that is the reason).
        TransportError: the bytes are no answer.
    """
    try:
        answer = json.loads(body) if len(body) == ANSWER_BYTES else None
    except (ValueError, RecursionError):
        answer = None
    if answer == {"accepted": True}:
        return
    refusal = answer.get("refusal") if isinstance(answer, dict) else None
    if not isinstance(refusal, str) or refusal not in REFUSALS:
        raise TransportError("the server's answer to the upload is not understood")
    raise REFUSALS[refusal](f"the server refused the report: {refusal}")


def _record(value: Value) -> KeyRecord:
    fields = Fields(value, what="a record")
    raw = fields.items("attributes", most=MAX_ATTRIBUTES)
    attributes = integers(raw, lowest=-(2**31), highest=2**32 - 1, what="the attributes")
    key = fields.octets("key")
    fields.done()
    if not attributes or len(key) not in KEY_SIZES:
        raise MalformedError("a record has a wrong number of attributes or key bytes")
    return KeyRecord(tuple(attributes), key)
