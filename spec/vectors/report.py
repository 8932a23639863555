"""Cases of the report chapter: the upload of one size, and the five answers."""

from collections.abc import Iterator, Mapping

from dp3t.codec import Value, encode, pad
from dp3t.publication.authorization import UploadCode
from dp3t.publication.batch import KeyRecord
from dp3t.publication.report import (
    ANSWER_BYTES,
    REFUSALS,
    UPLOAD_BYTES,
    Report,
    Upload,
    encode_answer,
)
from spec.vectors.signing import Case, doubled_map, unsorted_map

_DIGITS = "0123456789012345678968"
_DAY = 18_813


def _key(number: int, length: int = 16) -> bytes:
    return bytes([number]) * length


_REPORTS = {
    "lowcost": Report(design="lowcost", records=(KeyRecord((_DAY,), _key(0xAB, 32)),)),
    "gaen-15-keys": Report(
        design="gaen",
        records=tuple(
            KeyRecord(((_DAY - 14 + n) * 144, 144 if n < 14 else 57, 1, n - 10), _key(n))
            for n in range(15)
        ),
    ),
    "most-keys": Report(
        design="gaen",
        records=tuple(KeyRecord((2**32 - 1, 144, 1, -14), _key(n)) for n in range(64)),
    ),
    "largest-that-fits": Report(
        design="x" * 16,
        records=tuple(KeyRecord((2**32 - 1,) * 8, _key(n, 64)) for n in range(32)),
    ),
}


def build() -> dict[str, object]:
    """Return the vector file."""
    return {
        "spec": ["REPORT-1", "REPORT-2", "REPORT-3"],
        "source": "ours; written from spec/publication/report.md, re-derived by tests/oracle.py",
        "cases": [*_valid(), *_malformed(), *_padding(), *_answers()],
    }


def _valid() -> Iterator[Case]:
    for name, report in _REPORTS.items():
        upload = Upload(UploadCode(_DIGITS), report)
        yield {
            "id": name,
            "comment": "the body is the message, 0x80, and zeros up to 4096 bytes",
            "flags": [],
            "operation": "upload",
            "message": upload.encode().rstrip(b"\0")[:-1].hex(),
            "result": "valid",
            "code": _DIGITS,
            "design": report.design,
            "records": [
                {"attributes": list(record.attributes), "key": record.key.hex()}
                for record in report.records
            ],
        }


def _record(**changes: Value) -> dict[str, Value]:
    return {"attributes": [_DAY], "key": _key(1, 32), **changes}


def _report(**changes: Value) -> dict[str, Value]:
    records = [_record(), _record(key=_key(2, 32))]
    return {"design": "lowcost", "records": records, **changes}


def _message(**changes: Value) -> dict[str, Value]:
    return {"code": _DIGITS, "report": _report(), "version": 1, **changes}


def _malformed() -> Iterator[Case]:
    for name, value in {**_wrong_messages(), **_wrong_reports()}.items():
        yield _refused(name, encode(value))
    for name, record in _wrong_records().items():
        yield _refused(name, encode(_message(report=_report(records=[record]))))
    good = encode(_message())
    encodings = {
        "map-unsorted": unsorted_map(_message()),
        "map-entry-twice": doubled_map(_message()),
        "integer-not-shortest": good[:-1] + b"\xcc\x01",
        "bytes-after-the-map": good + b"\0\x01",
        "map-truncated": good[:-1],
        "no-map": encode([1]),
        "nothing": b"",
    }
    for name, message in encodings.items():
        yield _refused(name, message, "CODEC-2", "REPORT-3")


def _wrong_messages() -> Mapping[str, Value]:
    without = {f"without-{name}": _message() for name in _message()}
    for name, message in without.items():
        del message[name.removeprefix("without-")]
    return without | {
        "unknown-field": _message(dummy=True),
        "version-2": _message(version=2),
        "code-of-21-digits": _message(code=_DIGITS[1:]),
        "code-with-spaces": _message(code="0123 4567 8901 2345 6789 68"),
        "code-with-wrong-check-digits": _message(code=_DIGITS[:-1] + "9"),
        "code-as-integer": _message(code=123456789012345678),
        "report-is-a-list": _message(report=[]),
    }


def _wrong_reports() -> Mapping[str, Value]:
    one, two = _record(), _record(key=_key(2, 32))
    reports: dict[str, Value] = {
        "report-without-design": {"records": [one]},
        "report-unknown-field": _report(region="VN"),
        "design-upper-case": _report(design="GAEN"),
        "records-none": _report(records=[]),
        "records-65": _report(
            records=[{"attributes": [1], "key": _key(n)} for n in range(65)], design="gaen"
        ),
        "records-descending": _report(records=[two, one]),
        "records-descending-by-attribute": _report(records=[_record(attributes=[_DAY + 1]), two]),
        "record-twice": _report(records=[one, one]),
        "records-with-keys-of-two-lengths": _report(records=[one, _record(key=_key(2, 16))]),
        "records-with-one-and-two-attributes": _report(
            records=[one, _record(attributes=[_DAY, 0])]
        ),
    }
    return {name: _message(report=report) for name, report in reports.items()}


def _wrong_records() -> Mapping[str, Value]:
    return {
        "record-without-key": {"attributes": [_DAY]},
        "record-unknown-field": _record(onset=1),
        "key-of-15-bytes": _record(key=_key(1, 15)),
        "key-of-65-bytes": _record(key=_key(1, 65)),
        "key-as-text": _record(key="01" * 8),
        "attributes-none": _record(attributes=[]),
        "attributes-nine": _record(attributes=[0] * 9),
        "attribute-as-text": _record(attributes=["1"]),
        "attribute-true": _record(attributes=[True]),
        "attribute-above-range": _record(attributes=[2**32]),
        "attribute-below-range": _record(attributes=[-(2**31) - 1]),
    }


def _refused(name: str, message: bytes, *clauses: str) -> Case:
    case: Case = {
        "id": name,
        "comment": "well padded, so that only this fault is left",
        "flags": ["message"],
        "operation": "upload",
        "message": message.hex(),
        "result": "malformed",
    }
    return case | ({"spec": list(clauses)} if clauses else {})


def _padding() -> Iterator[Case]:
    message = encode(_message())
    good = pad(message, to_bytes=UPLOAD_BYTES)
    bodies = {
        "body-unpadded": message,
        "body-one-byte-short": good[:-1],
        "body-one-byte-long": good + b"\0",
        "body-empty": b"",
        "body-of-zeros": bytes(UPLOAD_BYTES),
        "padding-not-zero": good[:-1] + b"\x01",
        "padding-without-mark": message.ljust(UPLOAD_BYTES, b"\0"),
    }
    for name, body in bodies.items():
        yield {
            "id": name,
            "comment": "zeros fill body up to body_bytes",
            "spec": ["REPORT-3", "CODEC-6"],
            "flags": ["padding"],
            "operation": "body",
            "body": body.rstrip(b"\0").hex(),
            "body_bytes": len(body),
            "result": "malformed",
        }


def _answers() -> Iterator[Case]:
    for refusal in (None, *REFUSALS):
        yield {
            "id": f"answer-{refusal or 'accepted'}",
            "comment": "JSON and spaces, 256 bytes",
            "spec": ["REPORT-4"],
            "flags": [],
            "operation": "answer",
            "refusal": refusal or "",
            "text": encode_answer(refusal).decode().rstrip(),
            "result": "policy" if refusal else "valid",
        }
    good = encode_answer().decode()
    texts = {
        "answer-one-byte-short": good[:-1],
        "answer-one-byte-long": good + " ",
        "answer-empty": "",
        "answer-of-spaces": " " * ANSWER_BYTES,
        "answer-accepted-is-1": '{"accepted": 1}'.ljust(ANSWER_BYTES),
        "answer-accepted-with-a-refusal": (
            '{"accepted": true, "refusal": "used-code"}'.ljust(ANSWER_BYTES)
        ),
        "answer-unknown-refusal": ('{"accepted": false, "refusal": "closed"}'.ljust(ANSWER_BYTES)),
        "answer-no-reason": '{"accepted": false}'.ljust(ANSWER_BYTES),
        "answer-other-spacing": '{"accepted":true}'.ljust(ANSWER_BYTES),
        "answer-html": "<html>502</html>".ljust(ANSWER_BYTES),
    }
    for name, text in texts.items():
        yield {
            "id": name,
            "comment": "none of the five answers",
            "spec": ["REPORT-5"],
            "flags": [],
            "operation": "answer-not-understood",
            "text": text,
            "result": "malformed",
        }
