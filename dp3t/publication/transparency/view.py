"""What a reader remembers of a log, and how two readers find out that it shows each another one.

A log can show one history to some and a second to others for as long as those never compare: two
checkpoints that the log signed, of which neither continues the other, convict it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from dp3t.codec import Fields, Value
from dp3t.errors import ExpiredError, MalformedError, SplitViewError, VerificationError
from dp3t.primitives import equal
from dp3t.publication.transparency.checkpoint import Checkpoint, LogPolicy, SignedCheckpoint
from dp3t.publication.transparency.entry import Entry
from dp3t.publication.transparency.merkle import (
    check_consistency,
    check_inclusion,
    consistency_stretches,
    joined_roots,
)
from dp3t.timeline import Instant

_VERSION = 1


@dataclass(frozen=True, slots=True)
class LogView:
    """The last checkpoint that a reader accepted.

    Attributes:
        last: that checkpoint; None where the reader has not met the log.
    """

    last: SignedCheckpoint | None = None

    @property
    def size(self) -> int:
        """How many entries the reader knows of."""
        return self.last.checkpoint.size if self.last else 0

    def advance(
        self, note: bytes, proof: Sequence[bytes], *, policy: LogPolicy, now: Instant
    ) -> "LogView":
        """Accept a checkpoint that continues the last one, and return the new view.

        The first checkpoint of a log is taken as it comes, with an empty proof: only witnesses and
        other readers can tell it from one made for this reader alone.

        Args:
            note: the signed note.
            proof: the consistency proof from `size`, or a prefix proof.
            policy: whom the reader believes.
            now: the reader's own time.

        Raises:
            MalformedError: not a note with a checkpoint, or a proof of the wrong length.
            VerificationError: not signed by the log, too few witnesses, or the proof fails
                [TRANSPARENCY-20] [TRANSPARENCY-22] [TRANSPARENCY-23].
            SplitViewError: the log signed two histories [TRANSPARENCY-24].
            ExpiredError: an older checkpoint than the last, or cosigned too long ago
                [TRANSPARENCY-21] [TRANSPARENCY-23].
        """
        signed = policy.open(note)
        if self.last is None:
            require_no_proof(proof)
        elif signed.checkpoint.size < self.size:
            raise ExpiredError(
                f"the checkpoint has {signed.checkpoint.size} entries; {self.size} were seen before"
            )
        else:
            require_continues(self.last, signed, proof)
        policy.require_witnessed(signed, now=now)
        return LogView(signed)

    def require_included(self, entry: Entry, *, index: int, proof: Sequence[bytes]) -> None:
        """Check that the log as last seen holds an entry at a place [TRANSPARENCY-25].

        Raises:
            MalformedError: the log has no such place, or a proof of the wrong length.
            VerificationError: it holds something else there, or the reader has not met the log.
        """
        if self.last is None:
            raise VerificationError("no checkpoint of the log was seen yet")
        checkpoint = self.last.checkpoint
        check_inclusion(
            entry.leaf(), index=index, size=checkpoint.size, root=checkpoint.root, proof=proof
        )

    def to_value(self) -> Value:
        """Return the view for encoding [TRANSPARENCY-27]."""
        return {"note": self.last.note if self.last else b"", "version": _VERSION}

    @classmethod
    def from_value(cls, value: Value) -> "LogView":
        """Return a view that `to_value` described; its signature is not verified again.

        Raises:
            MalformedError: anything else [TRANSPARENCY-27].
        """
        fields = Fields(value, what="a view of a log")
        fields.version(_VERSION)
        note = fields.octets("note")
        fields.done()
        return cls(SignedCheckpoint.parse(note) if note else None)


def compare(one: SignedCheckpoint, other: SignedCheckpoint, proof: Sequence[bytes] = ()) -> None:
    """Check that two checkpoints are of one history [TRANSPARENCY-24].

    Args:
        one: a checkpoint that `LogPolicy.open` returned.
        other: another one, for instance what another reader holds.
        proof: the consistency proof between their sizes, or the prefix proof of the smaller size
            out of the larger log; empty where the sizes are the same.

    Raises:
        SplitViewError: they are not; it carries the evidence.
        MalformedError: a proof of the wrong length.
        VerificationError: of two logs, or the proof fails, which convicts nobody yet.
    """
    older, newer = sorted((one, other), key=lambda each: each.checkpoint.size)
    require_continues(older, newer, proof)


def require_split(
    first: bytes, second: bytes, proof: Sequence[bytes] = (), *, policy: LogPolicy
) -> None:
    """Check the evidence of a `SplitViewError` [TRANSPARENCY-24].

    Raises:
        MalformedError: not two notes with checkpoints, or a proof of the wrong length.
        VerificationError: the log did not sign both, or they do not contradict each other.
    """
    try:
        compare(policy.open(first), policy.open(second), proof)
    except SplitViewError:
        return
    raise VerificationError("the two checkpoints do not contradict each other")


def require_continues(
    older: SignedCheckpoint, newer: SignedCheckpoint, proof: Sequence[bytes]
) -> None:
    """Check that a checkpoint continues one of at most its size [TRANSPARENCY-22].

    Raises:
        SplitViewError: the two contradict each other [TRANSPARENCY-24].
        MalformedError: a proof of the wrong length.
        VerificationError: of two logs, or the proof fails.
    """
    old, new = older.checkpoint, newer.checkpoint
    if old.origin != new.origin:
        raise VerificationError("the checkpoints are of two logs")
    if _contradict(old, new, proof):
        raise SplitViewError(
            f"the log {old.origin} signed two histories of {old.size} entries",
            first=older.note,
            second=newer.note,
            proof=tuple(proof),
        )


def _contradict(old: Checkpoint, new: Checkpoint, proof: Sequence[bytes]) -> bool:
    """Return whether the proof shows the larger log to begin otherwise than the smaller one.

    A proof that holds the hashes of all stretches leads to both roots. If it meets the root of the
    larger log, then that log commits to the other root too, and no proof will ever join the two.
    """
    if old.size == new.size:
        require_no_proof(proof)
        return not equal(old.root, new.root)
    if old.size and len(proof) == len(consistency_stretches(old.size, new.size)):
        old_root, new_root = joined_roots(old.size, new.size, proof)
        if not equal(new_root, new.root):
            raise VerificationError("the consistency proof leads to another root")
        return not equal(old_root, old.root)
    check_consistency(old.size, new.size, old_root=old.root, new_root=new.root, proof=proof)
    return False


def require_no_proof(proof: Sequence[bytes]) -> None:
    """Raise MalformedError for a proof of what needs none."""
    if proof:
        raise MalformedError("there is nothing to prove, and the proof is not empty")
