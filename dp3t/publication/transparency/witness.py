"""Witnesses: who cosigns each checkpoint of a log that continues the one before, and no other.

The protocol is that of C2SP tlog-witness. A witness keeps, of each log, the last checkpoint that it
cosigned. Whoever runs it stores the new state before the answer leaves, and handles the requests
about one log one after the other.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from dp3t.codec import Fields, Value
from dp3t.errors import (
    ClockError,
    LimitError,
    MalformedError,
    PolicyError,
    UnknownKeyError,
)
from dp3t.params import LAST_INSTANT
from dp3t.publication.transparency.checkpoint import LogPolicy, SignedCheckpoint
from dp3t.publication.transparency.merkle import HASH_BYTES
from dp3t.publication.transparency.note import (
    MAX_NOTE_BYTES,
    NoteSigner,
    from_base64,
    to_base64,
)
from dp3t.publication.transparency.view import require_continues, require_no_proof
from dp3t.timeline import Instant

MAX_PROOF_HASHES = 63
"""The longest consistency proof of a request [TRANSPARENCY-30]."""

MAX_REQUEST_BYTES = 2**12 + MAX_NOTE_BYTES
MAX_LOGS = 1024
_VERSION = 1
_OLD_SIZE = re.compile(r"old (0|[1-9][0-9]{0,18})", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class CosignRequest:
    """What a log sends to a witness.

    Attributes:
        old_size: the size of the checkpoint that the witness cosigned last, 0 for none.
        proof: the consistency proof from that size, at most 63 hashes.
        note: the signed checkpoint.
    """

    old_size: int
    proof: tuple[bytes, ...]
    note: bytes

    def encode(self) -> bytes:
        """Return the body of the request [TRANSPARENCY-30]."""
        lines = [f"old {self.old_size}", *map(to_base64, self.proof), "", ""]
        return "\n".join(lines).encode() + self.note

    @classmethod
    def decode(cls, body: bytes) -> "CosignRequest":
        """Return the request that a body holds; the note is not looked into [TRANSPARENCY-30].

        Raises:
            MalformedError: any other bytes; LimitError where they are too many.
        """
        if len(body) > MAX_REQUEST_BYTES:
            raise LimitError(f"a request to a witness has at most {MAX_REQUEST_BYTES} bytes")
        head, blank, note = body.partition(b"\n\n")
        if not blank or not head.isascii():
            raise MalformedError("a request to a witness is lines, an empty line and a note")
        first, *hashes = head.decode().split("\n")
        old_size = _OLD_SIZE.fullmatch(first)
        if old_size is None:
            raise MalformedError("a request to a witness begins with the old size")
        if len(hashes) > MAX_PROOF_HASHES:
            raise LimitError(f"a consistency proof has at most {MAX_PROOF_HASHES} hashes")
        proof = tuple(from_base64(line, what="a hash of the proof") for line in hashes)
        if any(len(each) != HASH_BYTES for each in proof):
            raise MalformedError(f"a hash has {HASH_BYTES} bytes")
        return cls(old_size=int(old_size[1]), proof=proof, note=note)


@dataclass(frozen=True, slots=True)
class Cosigned:
    """The last checkpoint of a log that a witness cosigned.

    Attributes:
        checkpoint: that checkpoint.
        at: when.
    """

    checkpoint: SignedCheckpoint
    at: Instant


@dataclass(frozen=True, slots=True)
class Witness:
    """What a witness remembers: of each log the last checkpoint it cosigned.

    Attributes:
        seen: by the origin of the log.
    """

    seen: Mapping[str, Cosigned] = field(default_factory=dict)

    def size_of(self, origin: str) -> int:
        """Return the size of a log as last cosigned, 0 if never: the answer to a conflict."""
        return self.seen[origin].checkpoint.checkpoint.size if origin in self.seen else 0

    def cosign(
        self,
        request: CosignRequest,
        *,
        logs: Iterable[LogPolicy],
        signer: NoteSigner,
        now: Instant,
    ) -> tuple["Witness", str]:
        """Return the new state, to be stored first, and the signature line of the answer.

        Args:
            request: what the log sent.
            logs: the logs that the witness follows; only their keys count.
            signer: the witness's key.
            now: its own time.

        Raises:
            MalformedError: no note with a checkpoint, an old size above the new one, or a proof of
                the wrong length [TRANSPARENCY-29].
            UnknownKeyError: a log that the witness does not follow, or not signed by it.
            VerificationError: a signature or the proof fails.
            SplitViewError: the log signed two histories.
            PolicyError: the last checkpoint has another size than `old_size`: `size_of` says which.
            ClockError: the last cosignature is of a later time than `now` [TRANSPARENCY-28].
        """
        signed = _opened(request.note, logs)
        origin, size = signed.checkpoint.origin, signed.checkpoint.size
        if request.old_size > size:
            raise MalformedError("the old size is above that of the checkpoint")
        if request.old_size != self.size_of(origin):
            raise PolicyError(
                f"the last checkpoint cosigned has {self.size_of(origin)} entries,"
                f" not {request.old_size}"
            )
        last = self.seen.get(origin)
        if last is None:
            require_no_proof(request.proof)
        else:
            require_continues(last.checkpoint, signed, request.proof)
            if now < last.at:
                raise ClockError("the clock of the witness went back")
        line = signer.cosign(signed.checkpoint.text(), at=now).line()
        return Witness({**self.seen, origin: Cosigned(signed, now)}), line

    def to_value(self) -> Value:
        """Return the state for encoding [TRANSPARENCY-31]."""
        return {
            "seen": [
                {"at": each.at, "note": each.checkpoint.note}
                for _, each in sorted(self.seen.items())
            ],
            "version": _VERSION,
        }

    @classmethod
    def from_value(cls, value: Value) -> "Witness":
        """Return a state that `to_value` described [TRANSPARENCY-31].

        Raises:
            MalformedError: anything else.
        """
        fields = Fields(value, what="the state of a witness")
        fields.version(_VERSION)
        found = [_seen(item) for item in fields.items("seen", most=MAX_LOGS)]
        fields.done()
        seen = {each.checkpoint.checkpoint.origin: each for each in found}
        if len(seen) != len(found) or list(seen) != sorted(seen):
            raise MalformedError("the logs of a witness stand twice or out of order")
        return cls(seen)


def _seen(value: Value) -> Cosigned:
    fields = Fields(value, what="a checkpoint of a witness")
    at, note = Instant(fields.integer("at", 0, LAST_INSTANT)), fields.octets("note")
    fields.done()
    return Cosigned(SignedCheckpoint.parse(note), at)


def _opened(note: bytes, logs: Iterable[LogPolicy]) -> SignedCheckpoint:
    """Return the checkpoint in a note that one of those logs signed."""
    signed = SignedCheckpoint.parse(note)
    for log in logs:
        if log.origin == signed.checkpoint.origin:
            return log.open(note)
    raise UnknownKeyError("the witness does not follow that log")
