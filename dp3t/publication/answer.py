"""Answers of one length: JSON and spaces, so that their length tells nothing of what they say."""

import json

ANSWER_BYTES = 256
"""The length of every answer to an upload or a disclosure [REPORT-4] [DISCLOSURE-14]."""


def padded_answer(refusal: str | None) -> bytes:
    """Return the 256 bytes that say "accepted", or name the refusal.

    Args:
        refusal: a short name; None where what was sent is accepted.
    """
    answer: dict[str, bool | str] = {"accepted": refusal is None}
    if refusal is not None:
        answer["refusal"] = refusal
    return json.dumps(answer).encode().ljust(ANSWER_BYTES)
