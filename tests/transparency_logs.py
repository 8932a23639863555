"""What the tests of the transparency log share: logs of any size, policies out of vectors."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from typing import Any

from hypothesis import strategies as st

from dp3t.errors import Dp3tError, MalformedError, PolicyError, VerificationError
from dp3t.publication.transparency import (
    Checkpoint,
    Edge,
    LogPolicy,
    LogView,
    NoteKey,
    NoteKeyType,
    NoteSigner,
    SignedCheckpoint,
    StoredTree,
)

ORIGIN = "log.example/tests"
LOG = NoteSigner(name=ORIGIN, seed=bytes(32))
WITNESS = NoteSigner(name="witness.example", seed=bytes([1]) * 32)
POLICY = LogPolicy(origin=ORIGIN, keys=(LOG.key(NoteKeyType.LOG),))
REFUSALS: dict[str, type[Dp3tError]] = {
    "malformed": MalformedError,
    "unauthentic": VerificationError,
    "policy": PolicyError,
}
LARGEST = 600
"""The largest log that these tests walk through."""

histories = st.sampled_from([0, 1])
"""The honest one, and one that differs from it in every entry."""


def entries(size: int, *, history: int = 0) -> list[bytes]:
    """Return as many entries, each of its own."""
    return [b"%d of %d" % (n, history) for n in range(size)]


@cache
def files(size: int, history: int = 0) -> Mapping[str, bytes]:
    """Return the files of a log."""
    return Edge().append(entries(size, history=history)).files


@cache
def tree(size: int, history: int = 0) -> StoredTree:
    """Return a log, from its files."""
    return StoredTree(size, files(size, history).__getitem__)


@cache
def root(size: int, history: int = 0) -> bytes:
    """Return its root."""
    return tree(size, history).root()


def signed(size: int, history: int = 0) -> SignedCheckpoint:
    """Return its checkpoint, signed."""
    checkpoint = Checkpoint(origin=ORIGIN, size=size, root=root(size, history))
    return SignedCheckpoint(checkpoint, checkpoint.sign(LOG))


def unhex(values: Iterable[str]) -> tuple[bytes, ...]:
    """Return hashes out of a vector."""
    return tuple(map(bytes.fromhex, values))


def policy_of(case: Mapping[str, Any]) -> LogPolicy:
    """Return the policy of a vector."""
    options = {name: case[name] for name in ("required", "max_age_seconds") if name in case}
    return LogPolicy(
        origin=case["origin"],
        keys=tuple(map(NoteKey.decode, case["keys"])),
        witnesses=tuple(map(NoteKey.decode, case.get("witnesses", ()))),
        **options,
    )


def view_of(note: str) -> LogView:
    """Return the view that last accepted a note, or the view of who has not met the log."""
    return LogView(SignedCheckpoint.parse(note.encode()) if note else None)


def spoilt(proof: Sequence[bytes], data: Callable[[int], int]) -> dict[str, tuple[bytes, ...]]:
    """Return the proof with one byte altered, one hash left out, and one doubled.

    Args:
        proof: at least one hash.
        data: draws a number below another.
    """
    place, byte, bit = data(len(proof)), data(32), data(8)
    altered = bytearray(proof[place])
    altered[byte] ^= 1 << bit
    return {
        "altered": (*proof[:place], bytes(altered), *proof[place + 1 :]),
        "left out": (*proof[:place], *proof[place + 1 :]),
        "doubled": (*proof[:place], proof[place], *proof[place:]),
    }
