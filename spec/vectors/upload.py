"""Cases of the upload chapter: a venue owner's upload of one length, and the answers of one."""

from collections.abc import Iterator, Mapping

from dp3t.codec import Value, encode, pad
from dp3t.presence.pretrace import PRE_TRACE_BYTES
from dp3t.presence.upload import (
    TRACE_REFUSALS,
    TRACE_UPLOAD_BYTES,
    TraceUpload,
    encode_trace_answer,
)
from dp3t.publication.answer import ANSWER_BYTES
from dp3t.publication.authorization import UploadCode
from dp3t.publication.commitment import Openings
from dp3t.timeline import Day
from spec.vectors.signing import Case, doubled_map, unsorted_map

_DIGITS = "0123456789012345678968"
_FILLER = b"\xab"
_BOX = _FILLER * PRE_TRACE_BYTES


def build() -> dict[str, object]:
    """Return the vector file."""
    return {
        "spec": ["UPLOAD-1", "UPLOAD-2"],
        "source": "ours; written from the chapter, re-derived by tests/oracle_pretrace.py",
        "cases": [_valid(), *_malformed(), *_padding(), *_answers()],
    }


def _parts(data: bytes) -> Case:
    """Return bytes without their long run of fillers, which would be most of the file."""
    before, run, after = data.partition(_FILLER * 64)
    rest = after.lstrip(_FILLER)
    return {
        "before": before.hex(),
        "filler_bytes": len(run) + len(after) - len(rest),
        "after": rest.hex(),
    }


def _message(**changes: Value) -> dict[str, Value]:
    authorization = UploadCode(_DIGITS).to_value()
    return {"authorization": authorization, "pre_trace": _BOX, "version": 1, **changes}


def _valid() -> Case:
    upload = TraceUpload(UploadCode(_DIGITS), _BOX)
    if upload.encode() != pad(encode(_message()), to_bytes=TRACE_UPLOAD_BYTES):
        raise ValueError("the upload is not the padded map")
    return {
        "id": "upload",
        "comment": "before, ab so many times, and after are the message",
        "flags": [],
        "operation": "upload",
        **_parts(encode(_message())),
        "body_bytes": TRACE_UPLOAD_BYTES,
        "code": _DIGITS,
        "result": "valid",
    }


def _malformed() -> Iterator[Case]:
    messages = {name: encode(value) for name, value in _wrong_messages().items()}
    messages |= {
        "map-unsorted": unsorted_map(_message()),
        "map-entry-twice": doubled_map(_message()),
        "integer-not-shortest": encode(_message())[:-1] + b"\xcc\x01",
        "map-truncated": encode(_message())[:-1],
        "no-map": encode([1]),
        "nothing": b"",
    }
    for name, message in messages.items():
        yield {
            "id": name,
            "comment": "well padded, so that only this fault is left",
            "spec": ["UPLOAD-2"],
            "flags": ["message"],
            "operation": "upload",
            **_parts(message),
            "body_bytes": TRACE_UPLOAD_BYTES,
            "result": "malformed",
        }


def _wrong_messages() -> Mapping[str, Value]:
    openings = Openings(days=(Day(18_813),), randoms=(bytes(32),))
    code = UploadCode(_DIGITS).to_value()
    if not isinstance(code, dict):
        raise TypeError("a code is a map")
    without = {
        f"without-{name}": {k: v for k, v in _message().items() if k != name} for name in _message()
    }
    return without | {
        "unknown-field": _message(dummy=True),
        "version-2": _message(version=2),
        "box-one-byte-short": _message(pre_trace=_BOX[:-1]),
        "box-one-byte-long": _message(pre_trace=_BOX + _FILLER),
        "box-as-text": _message(pre_trace="x"),
        "openings-of-commitments": _message(authorization=openings.to_value()),
        "authorization-of-another-form": _message(authorization={**code, "form": "other"}),
        "code-of-21-digits": _message(authorization={**code, "code": _DIGITS[1:]}),
        "code-with-wrong-check-digits": _message(
            authorization={**code, "code": _DIGITS[:-1] + "9"}
        ),
    }


def _padding() -> Iterator[Case]:
    message = encode(_message())
    good = pad(message, to_bytes=TRACE_UPLOAD_BYTES)
    for name, body in {
        "body-unpadded": message,
        "body-one-byte-short": good[:-1],
        "body-one-byte-long": good + b"\0",
        "body-of-16384-bytes": good[:PRE_TRACE_BYTES],
        "padding-not-zero": good[:-1] + b"\x01",
        "padding-without-mark": message.ljust(TRACE_UPLOAD_BYTES, b"\0"),
    }.items():
        yield {
            "id": name,
            "comment": "zeros fill before, ab so many times, and after up to body_bytes",
            "spec": ["UPLOAD-2", "CODEC-6"],
            "flags": ["padding"],
            "operation": "body",
            **_parts(body.rstrip(b"\0")),
            "body_bytes": len(body),
            "result": "malformed",
        }


def _answers() -> Iterator[Case]:
    for refusal in (None, *TRACE_REFUSALS):
        yield {
            "id": f"answer-{refusal or 'accepted'}",
            "comment": "JSON and spaces, 256 bytes",
            "spec": ["UPLOAD-3"],
            "flags": [],
            "operation": "answer",
            "refusal": refusal or "",
            "text": encode_trace_answer(refusal).decode().rstrip(),
            "result": "policy" if refusal else "valid",
        }
    good = encode_trace_answer().decode()
    for name, text in {
        "one-byte-short": good[:-1],
        "empty": "",
        "accepted-is-1": '{"accepted": 1}'.ljust(ANSWER_BYTES),
        "other-spacing": '{"accepted":true}'.ljust(ANSWER_BYTES),
        "refusal-of-reports": '{"accepted": false, "refusal": "uncovered-keys"}'.ljust(
            ANSWER_BYTES
        ),
        "html": "<html>502</html>".ljust(ANSWER_BYTES),
    }.items():
        yield {
            "id": f"answer-{name}",
            "comment": "none of the answers in the table",
            "spec": ["UPLOAD-4"],
            "flags": [],
            "operation": "answer-not-understood",
            "text": text,
            "result": "malformed",
        }
