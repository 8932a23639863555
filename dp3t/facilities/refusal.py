"""Why an act does not enter the record, by name."""

from enum import StrEnum

from dp3t.errors import PolicyError


class BoardRefusal(StrEnum):
    """Why an act is refused: the first of these that holds, in the order of the chapter [RECORD-2].

    A known act is no fault of its sender: it stands in the record already, and is not added again.
    """

    MALFORMED = "malformed"
    OTHER_REGION = "other-region"
    EARLY = "early"
    NO_SETTINGS = "no-settings"
    UNKNOWN_FACILITY = "unknown-facility"
    KNOWN = "known"
    WRONG_KEY = "wrong-key"
    FORKED = "forked"
    GAP = "gap"
    WRONG_WORDS = "wrong-words"
    MOVED_CLOCK = "moved-clock"
    OLD_CHECKLIST = "old-checklist"
    UNKNOWN_OBJECTION = "unknown-objection"
    UNKNOWN_ACT = "unknown-act"
    BACK_DATED = "back-dated"
    OTHER_CHECKLIST = "other-checklist"
    UNKNOWN_TASK = "unknown-task"
    TOO_MANY = "too-many"
    OTHER_ATTESTATION = "other-attestation"
    SPENT_TOKEN = "spent-token"  # noqa: S105 - a word, no secret
    BAD_TOKEN = "bad-token"  # noqa: S105 - a word, no secret
    BAD_PRESENCE = "bad-presence"


class RefusedError(PolicyError):
    """An act does not enter the record.

    Attributes:
        refusal: why.
    """

    def __init__(self, refusal: BoardRefusal) -> None:
        super().__init__(f"the act is refused: {refusal}")
        self.refusal = refusal


def require(holds: bool, refusal: BoardRefusal) -> None:
    """Raise RefusedError unless something holds."""
    if not holds:
        raise RefusedError(refusal)
