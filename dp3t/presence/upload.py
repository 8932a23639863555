"""An upload of a venue's owner: a one-time code and a sealed pre-trace, always of one length.

The server checks the code and keeps the box. It cannot open it [UPLOAD-1].
"""

from dataclasses import dataclass, field

from dp3t.codec import Fields, decode, encode, pad, unpad
from dp3t.errors import (
    ExpiredError,
    MalformedError,
    PolicyError,
    ReplayError,
    TransportError,
    UnauthorizedError,
)
from dp3t.presence.pretrace import PRE_TRACE_BYTES
from dp3t.publication.answer import padded_answer
from dp3t.publication.authorization import UploadCode, authorization_of

TRACE_UPLOAD_BYTES = 17_408
"""The length of every upload of an owner: 17 KiB, the box and a KiB for what permits it."""

TRACE_REFUSALS: dict[str, type[PolicyError]] = {
    "unknown-code": UnauthorizedError,
    "expired-code": ExpiredError,
    "used-code": ReplayError,
    "full": PolicyError,
}
"""Why a well-formed upload can be refused, and the error the owner's app raises for it."""

_VERSION = 1


@dataclass(frozen=True, slots=True)
class TraceUpload:
    """A sealed pre-trace and the code that permits its upload.

    Attributes:
        code: what the official gave; good for one upload.
        sealed: 16,384 bytes.
    """

    code: UploadCode
    sealed: bytes = field(repr=False)

    def encode(self) -> bytes:
        """Return the 17,408 bytes of the request's body [UPLOAD-1].

        Raises:
            ValueError: a box of another length.
        """
        if len(self.sealed) != PRE_TRACE_BYTES:
            raise ValueError(f"a sealed pre-trace has {PRE_TRACE_BYTES} bytes")
        authorization = self.code.to_value()
        value = {"authorization": authorization, "pre_trace": self.sealed, "version": _VERSION}
        return pad(encode(value), to_bytes=TRACE_UPLOAD_BYTES)

    @classmethod
    def decode(cls, body: bytes) -> "TraceUpload":
        """Return the upload in a request's body.

        Raises:
            MalformedError: any bytes that `encode` cannot have made [UPLOAD-2].
        """
        payload = unpad(body, of_bytes=TRACE_UPLOAD_BYTES)
        fields = Fields(decode(payload, limit_bytes=len(body)), what="the upload")
        fields.version(_VERSION)
        code = authorization_of(fields.value("authorization"))
        sealed = fields.octets("pre_trace", length=PRE_TRACE_BYTES)
        fields.done()
        if not isinstance(code, UploadCode):
            raise MalformedError("a venue's upload is permitted by a code and by nothing else")
        return cls(code, sealed)


def encode_trace_answer(refusal: str | None = None) -> bytes:
    """Return the 256 bytes that answer an upload: JSON and spaces [UPLOAD-3].

    Args:
        refusal: a key of `TRACE_REFUSALS`, or None where the authority will find it.

    Raises:
        ValueError: another refusal.
    """
    if refusal is not None and refusal not in TRACE_REFUSALS:
        raise ValueError("there is no refusal of that name")
    return padded_answer(refusal)


def check_trace_answer(body: bytes) -> None:
    """Return if the answer says that the server keeps the pre-trace [UPLOAD-4].

    Raises:
        PolicyError: it says why not (ExpiredError, ReplayError where that is the reason).
        TransportError: the bytes are none of the answers.
    """
    if body == encode_trace_answer():
        return
    for refusal, error in TRACE_REFUSALS.items():
        if body == encode_trace_answer(refusal):
            raise error(f"the server refused the pre-trace: {refusal}")
    raise TransportError("the server's answer to the upload is not understood")
