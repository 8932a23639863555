"""Acts as they are handed in, and what becomes of them.

Acts of different facilities do not bear on one another, so that many can be taken at once.
"""

import json
from collections.abc import Hashable
from dataclasses import dataclass

from dp3t import Instant
from dp3t.facilities import Answer, Attestation, BoardRefusal, Rekey, Words, act_digest
from dp3t.publication import HEADER_BYTES

MOST_BYTES = 2**18
"""Of the acts that are taken in one transaction."""

OBJECTIONS = frozenset({"objection"})
OF_FACILITIES = frozenset({Attestation.kind, Answer.kind, Rekey.kind})


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What becomes of an act that somebody hands in.

    Attributes:
        refusal: why it is not taken; None where it is in the record.
        number: its place there.
        received: when it was taken first.
    """

    refusal: BoardRefusal | None = None
    number: int | None = None
    received: Instant | None = None

    def to_json(self) -> dict[str, object]:
        """Return the answer [FACILITIES-SERVER-3]."""
        return {"number": self.number, "received": self.received, "refusal": self.refusal}


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedIn:
    """An act that somebody hands in, for `Together`.

    Attributes:
        signed: the signed act.
        words: what it commits to.
        digest: of the signed act, 32 bytes.
        kind: what it says that it is; empty where it does not say, None where it cannot be read.
        facility: on which alone it bears; empty where it may bear on others, and is taken alone.
    """

    signed: bytes
    words: Words | None
    digest: bytes
    kind: str | None
    facility: str

    @classmethod
    def of(cls, signed: bytes, words: Words | None) -> "HandedIn":
        """Return what an act says of itself, whether it is true or not."""
        kind, facility = _said(signed)
        return cls(
            signed=signed,
            words=words,
            digest=act_digest(signed),
            kind=kind,
            facility=facility if kind in OF_FACILITIES | OBJECTIONS else "",
        )

    @property
    def is_objection(self) -> bool:
        """Whether it says that it is one."""
        return self.kind in OBJECTIONS

    @property
    def weight(self) -> int:
        """How much of a group it takes: all of it where it is taken alone."""
        return len(self.signed) if self.facility else MOST_BYTES

    @property
    def claims(self) -> frozenset[Hashable]:
        """The facility: its acts follow one another."""
        return frozenset([self.facility])


def _said(signed: bytes) -> tuple[str | None, str]:
    """Return kind and facility that an act names; empty where it names none, None: no JSON."""
    try:
        payload = json.loads(signed[HEADER_BYTES:])
    except (ValueError, RecursionError):
        return None, ""
    if not isinstance(payload, dict):
        return "", ""
    kind, facility = payload.get("kind"), payload.get("facility")
    return (kind if isinstance(kind, str) else "", facility if isinstance(facility, str) else "")
