"""Cases of the report chapter: uploads of few lengths, and the answers of one."""

from collections.abc import Iterator, Mapping

from dp3t.codec import Value, encode, pad, unpad
from dp3t.publication.answer import ANSWER_BYTES
from dp3t.publication.authorization import UploadCode
from dp3t.publication.records import KeyRecord, KeyTable
from dp3t.publication.report import (
    REFUSALS,
    UPLOAD_SIZES,
    Report,
    Upload,
    encode_answer,
)
from spec.vectors.signing import Case, doubled_map, unsorted_map

_DIGITS = "0123456789012345678968"
_DAY = 18_813


def _key(number: int, length: int = 16) -> bytes:
    return bytes([number]) * length


_SMALLEST, _LARGEST = UPLOAD_SIZES[0], UPLOAD_SIZES[-1]

_REPORTS = {
    "lowcost": (Report(design="lowcost", records=(KeyRecord((_DAY,), _key(0xAB, 32)),)), _SMALLEST),
    "gaen-15-keys": (
        Report(
            design="gaen",
            records=tuple(
                KeyRecord(((_DAY - 14 + n) * 144, 144 if n < 14 else 57, 1, n - 10), _key(n))
                for n in range(15)
            ),
        ),
        _SMALLEST,
    ),
    "hybrid-91-windows": (
        Report(
            design="hybrid",
            records=tuple(KeyRecord((_DAY * 6 - 90 + n,), _key(n)) for n in range(91)),
        ),
        _SMALLEST,
    ),
    "another-length": (
        Report(design="x" * 16, records=(KeyRecord((2**32 - 1,) * 8, _key(7, 64)),)),
        UPLOAD_SIZES[1],
    ),
    "two-keys-of-one-group": (
        Report(design="lowcost", records=tuple(KeyRecord((_DAY,), _key(n, 32)) for n in (1, 2))),
        _SMALLEST,
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
    for name, (report, size) in _REPORTS.items():
        body = Upload(UploadCode(_DIGITS), report).encode(to_bytes=size)
        yield {
            "id": name,
            "comment": "the body is the message, 0x80, and zeros up to body_bytes",
            "flags": [],
            "operation": "upload",
            "message": unpad(body, of_bytes=size).hex(),
            "body_bytes": size,
            "result": "valid",
            "code": _DIGITS,
            "design": report.design,
            "records": [
                {"attributes": list(record.attributes), "key": record.key.hex()}
                for record in report.records
            ],
        }


_TABLE = KeyTable.of(KeyRecord((_DAY - n,), _key(n + 1, 32)) for n in range(2))


def _table(**changes: Value) -> dict[str, Value]:
    value = _TABLE.to_value()
    if not isinstance(value, dict):
        raise TypeError("a table is a map")
    return {**value, **changes}


def _report(**changes: Value) -> dict[str, Value]:
    return {"design": "lowcost", "records": _table(), **changes}


def _message(**changes: Value) -> dict[str, Value]:
    authorization = UploadCode(_DIGITS).to_value()
    return {"authorization": authorization, "report": _report(), "version": 1, **changes}


def _with_code(code: Value) -> dict[str, Value]:
    return _message(authorization={"code": code, "form": "code"})


def _malformed() -> Iterator[Case]:
    for name, value in {**_wrong_messages(), **_wrong_reports()}.items():
        yield _refused(name, encode(value))
    for name, table in _wrong_tables().items():
        yield _refused(name, encode(_message(report=_report(records=table))))
    good = encode(_message())
    yield _refused("rows-more-than-keys", encode(_message(report=_report(records=_bomb())))) | {
        "spec": ["REPORT-3", "BATCH-7"],
        "comment": "one key, and eight columns whose runs claim 65,536 rows each",
        "result": "limit",
    }
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
        "code-of-21-digits": _with_code(_DIGITS[1:]),
        "code-with-spaces": _with_code("0123 4567 8901 2345 6789 68"),
        "code-with-wrong-check-digits": _with_code(_DIGITS[:-1] + "9"),
        "code-as-integer": _with_code(123456789012345678),
        "report-is-a-list": _message(report=[]),
    }


def _wrong_reports() -> Mapping[str, Value]:
    reports: dict[str, Value] = {
        "report-without-design": {"records": _table()},
        "report-without-records": {"design": "lowcost"},
        "report-unknown-field": _report(region="VN"),
        "design-upper-case": _report(design="GAEN"),
        "records-as-a-list": _report(records=[{"attributes": [_DAY], "key": _key(1, 32)}]),
        "records-as-bytes": _report(records=_TABLE.encode()),
    }
    return {name: _message(report=report) for name, report in reports.items()}


def _wrong_tables() -> Mapping[str, Value]:
    one, two = _key(1, 32), _key(2, 32)
    return {
        "records-none": KeyTable.of([]).to_value(),
        "records-unknown-field": _table(version=1),
        "records-without-counts": {k: v for k, v in _table().items() if k != "counts"},
        "records-descending": _table(attributes=[[_DAY]], counts=[2], keys=two + one),
        "records-descending-by-attribute": _table(attributes=[[_DAY, -1]]),
        "record-twice": _table(attributes=[[_DAY]], counts=[2], keys=one + one),
        "keys-one-byte-short": _table(keys=(two + one)[:-1]),
        "keys-of-15-bytes": _table(key_bytes=15, keys=bytes(15) + _key(1, 15)),
        "keys-of-65-bytes": _table(key_bytes=65, keys=bytes(65) + _key(1, 65)),
        "attributes-none": _table(attributes=[]),
        "attributes-nine": _table(attributes=[[_DAY, 1]] * 9),
        "attribute-as-text": _table(attributes=[[_DAY, "1"]]),
        "attribute-true": _table(attributes=[[_DAY, True]]),
        "attribute-above-range": _table(attributes=[[2**32 - 1, 1]]),
        "attribute-below-range": _table(attributes=[[-(2**31) - 1, 1]]),
    }


def _bomb() -> Value:
    most: Value = [[1, 2**16]]
    return _table(attributes=[most] * 8, counts=most, keys=_key(1, 32))


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
    good = pad(message, to_bytes=_SMALLEST)
    bodies = {
        "body-unpadded": message,
        "body-one-byte-short": good[:-1],
        "body-one-byte-long": good + b"\0",
        "body-of-8192-bytes": good.ljust(8192, b"\0"),
        "body-of-the-next-length-after-the-largest": good.ljust(4 * _LARGEST, b"\0"),
        "body-empty": b"",
        "body-of-zeros": bytes(_SMALLEST),
        "padding-not-zero": good[:-1] + b"\x01",
        "padding-without-mark": message.ljust(_SMALLEST, b"\0"),
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
            "comment": "none of the answers in the table",
            "spec": ["REPORT-5"],
            "flags": [],
            "operation": "answer-not-understood",
            "text": text,
            "result": "malformed",
        }
