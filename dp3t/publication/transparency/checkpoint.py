"""Checkpoints: the size and root of a log, signed by the log and cosigned by witnesses.

A checkpoint holds no time. That what a reader gets is fresh follows from the signed index, which
expires, and from the times in the cosignatures.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain

from dp3t.errors import ExpiredError, LimitError, MalformedError, VerificationError
from dp3t.params import CLOCK_TOLERANCE_SECONDS, DAY_SECONDS
from dp3t.publication.transparency.merkle import EMPTY_ROOT, HASH_BYTES, MAX_SIZE
from dp3t.publication.transparency.note import (
    MAX_KEY_NAME_BYTES,
    Note,
    NoteKey,
    NoteKeyType,
    NoteSigner,
    from_base64,
    to_base64,
)
from dp3t.timeline import Instant

CHECKPOINT_PATH = "checkpoint"
"""Where the newest checkpoint lies below the address of the log."""

MAX_POLICY_KEYS = 32
_SIZE = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII)
_ORIGIN = re.compile(r"[!-*,-~]{1,255}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """What a log is at one moment.

    Attributes:
        origin: name of the log, 1 to 255 visible ASCII characters without plus.
        size: how many entries it has, 0 to 2**63 - 1.
        root: 32 bytes.

    Raises:
        MalformedError: no log has such a checkpoint [TRANSPARENCY-19].
    """

    origin: str
    size: int
    root: bytes

    def __post_init__(self) -> None:
        if not _ORIGIN.fullmatch(self.origin):
            raise MalformedError(
                f"an origin is 1 to {MAX_KEY_NAME_BYTES} visible ASCII characters without plus"
            )
        if not 0 <= self.size <= MAX_SIZE:
            raise MalformedError(f"a log has 0 to {MAX_SIZE} entries")
        if len(self.root) != HASH_BYTES:
            raise MalformedError(f"a root has {HASH_BYTES} bytes")
        if self.size == 0 and self.root != EMPTY_ROOT:
            raise MalformedError("a log without entries has the root of the empty log")

    def text(self) -> str:
        """Return the text that is signed [TRANSPARENCY-19]."""
        return f"{self.origin}\n{self.size}\n{to_base64(self.root)}\n"

    @classmethod
    def parse(cls, text: str) -> "Checkpoint":
        """Return the checkpoint whose text this is [TRANSPARENCY-19].

        Raises:
            MalformedError: any other text, one with further lines for instance.
        """
        lines = text.split("\n")
        if len(lines) != 4 or lines[3]:
            raise MalformedError("a checkpoint has three lines: origin, size and root")
        origin, size, root = lines[:3]
        if not _SIZE.fullmatch(size):
            raise MalformedError("the size of a log is a decimal number without leading zeros")
        return cls(origin=origin, size=int(size), root=from_base64(root, what="a root"))

    def sign(self, *signers: NoteSigner) -> bytes:
        """Return the signed note.

        Raises:
            ValueError: no signer, or one whose name is not the origin [TRANSPARENCY-20].
        """
        if not signers or any(signer.name != self.origin for signer in signers):
            raise ValueError("a log signs its checkpoints with keys that have its name")
        text = self.text()
        return Note(text, tuple(signer.sign(text) for signer in signers)).encode()


@dataclass(frozen=True, slots=True)
class SignedCheckpoint:
    """A checkpoint and the note that it came in.

    Attributes:
        checkpoint: what the log said.
        note: the exact bytes, which prove to others that the log said it.
    """

    checkpoint: Checkpoint
    note: bytes

    @classmethod
    def parse(cls, note: bytes) -> "SignedCheckpoint":
        """Return the checkpoint in a note; nothing is verified.

        Raises:
            MalformedError: not a signed note, or its text is no checkpoint.
        """
        return cls(Checkpoint.parse(Note.decode(note).text), note)

    def with_cosignatures(self, lines: Iterable[str]) -> "SignedCheckpoint":
        """Return the checkpoint with the lines that witnesses answered, each with its newline.

        Raises:
            MalformedError: one is no signature line, or two of them are of one key.
        """
        return SignedCheckpoint.parse(self.note + "".join(lines).encode())


@dataclass(frozen=True, slots=True, kw_only=True)
class LogPolicy:
    """Whom a reader believes about one log.

    Attributes:
        origin: name of the log.
        keys: keys of the log, each with its name; more than one while they are exchanged.
        witnesses: keys of witnesses, no two of one public key.
        required: how many of them must have cosigned a checkpoint, 0 to all.
        max_age_seconds: how old a cosignature may be to count.

    Raises:
        MalformedError: a policy that no checkpoint could satisfy, or two names for one witness.
    """

    origin: str
    keys: tuple[NoteKey, ...]
    witnesses: tuple[NoteKey, ...] = ()
    required: int = 0
    max_age_seconds: int = DAY_SECONDS

    def __post_init__(self) -> None:
        if max(len(self.keys), len(self.witnesses)) > MAX_POLICY_KEYS:
            raise LimitError(f"a policy has at most {MAX_POLICY_KEYS} keys and as many witnesses")
        if not self.keys or any(
            key.name != self.origin or key.type is not NoteKeyType.LOG for key in self.keys
        ):
            raise MalformedError("a log has keys of its own name and of type 1")
        if any(key.type is not NoteKeyType.WITNESS for key in self.witnesses):
            raise MalformedError("a witness has a key of type 4")
        publics = [key.public for key in chain(self.keys, self.witnesses)]
        if len(set(publics)) != len(publics):
            raise MalformedError("two keys of a policy are the same")
        if not 0 <= self.required <= len(self.witnesses) or self.max_age_seconds < 0:
            raise MalformedError("a policy requires 0 to all of its witnesses, of some age")

    def open(self, note: bytes) -> SignedCheckpoint:
        """Return a checkpoint that the log signed; cosignatures are not counted [TRANSPARENCY-20].

        Raises:
            MalformedError: not a note with a checkpoint.
            UnknownKeyError: the log did not sign it.
            VerificationError: of another log, or a signature of a known key does not verify.
        """
        signed = SignedCheckpoint.parse(note)
        if signed.checkpoint.origin != self.origin:
            raise VerificationError("the checkpoint is of another log")
        Note.decode(note).verified(self.keys)
        return signed

    def require_witnessed(self, signed: SignedCheckpoint, *, now: Instant) -> None:
        """Check that enough witnesses cosigned a checkpoint lately [TRANSPARENCY-23].

        Raises:
            VerificationError: too few, or a cosignature of a known witness does not verify.
            ExpiredError: enough, but too few of them within `max_age_seconds`.
        """
        if not self.required:
            return
        found = Note.decode(signed.note).verified((*self.keys, *self.witnesses))
        times = [at for at in found.values() if at is not None]
        if len(times) < self.required:
            raise VerificationError(
                f"{len(times)} of the witnesses cosigned the checkpoint, not {self.required}"
            )
        newest, oldest = now + CLOCK_TOLERANCE_SECONDS, now - self.max_age_seconds
        if sum(oldest <= at <= newest for at in times) < self.required:
            raise ExpiredError("too few witnesses cosigned the checkpoint lately")
