"""Answers of one length: JSON and spaces, so that their length tells nothing of what they say."""

import json
from contextlib import suppress

from dp3t.codec import from_hex
from dp3t.errors import MalformedError
from dp3t.publication.receipt import Receipt
from dp3t.publication.signing import KEY_ID_BYTES
from dp3t.timeline import Instant

ANSWER_BYTES = 256
"""The length of every answer to an upload or a disclosure [REPORT-4] [DISCLOSURE-14]."""


def padded_answer(refusal: str | None, receipt: Receipt | None = None) -> bytes:
    """Return the 256 bytes that say "accepted", or name the refusal.

    Args:
        refusal: a short name, at most 14 characters; None where what was sent is accepted.
        receipt: what the server promises, or a decoy [RECEIPT-5]; None where it gives none.
    """
    answer: dict[str, bool | int | str] = {"accepted": refusal is None}
    if refusal is not None:
        answer["refusal"] = refusal
    if receipt is not None:
        answer["key"] = receipt.key_id.hex()
        answer["published_by"] = receipt.published_by
        answer["receipt"] = receipt.signature.hex()
    return json.dumps(answer).encode().ljust(ANSWER_BYTES)


def receipt_in(body: bytes) -> Receipt | None:
    """Return the receipt in an answer; None where there is none that could be one [RECEIPT-6].

    Whether the answer has the form that `padded_answer` gives it, the caller compares.
    """
    with suppress(ValueError, RecursionError, MalformedError):
        answer = json.loads(body)
        match answer:
            case {"key": str(key), "published_by": int(published_by), "receipt": str(signature)}:
                return Receipt(
                    published_by=Instant(int(published_by)),  # a boolean is an int too
                    key_id=from_hex(key, length=KEY_ID_BYTES),
                    signature=from_hex(signature),
                )
    return None
