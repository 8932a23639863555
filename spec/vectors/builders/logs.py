"""A log, its forks, its keys and its witnesses, for the cases of the transparency chapter."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from dp3t.publication.transparency import (
    Checkpoint,
    Edge,
    LogPolicy,
    NoteKeyType,
    NoteSigner,
    SignedCheckpoint,
    StoredTree,
)
from dp3t.timeline import Instant

Case = dict[str, object]
Fields = Mapping[str, object]

NOON = Instant(1_625_486_400)
ORIGIN = "log.example/dp3t"
LOG = NoteSigner(name=ORIGIN, seed=bytes(range(32)))
NEXT_LOG = NoteSigner(name=ORIGIN, seed=bytes(range(32, 64)))
OTHER_LOG = NoteSigner(name="other.example/log", seed=bytes(range(64, 96)))
WITNESSES = tuple(
    NoteSigner(name=f"witness{n}.example", seed=bytes([0xA0 + n]) * 32) for n in (1, 2, 3)
)
LOG_POLICY = LogPolicy(origin=ORIGIN, keys=(LOG.key(NoteKeyType.LOG),))
POLICY = LogPolicy(
    origin=ORIGIN,
    keys=LOG_POLICY.keys,
    witnesses=tuple(each.key(NoteKeyType.WITNESS) for each in WITNESSES),
    required=2,
)


@dataclass(frozen=True, slots=True)
class Log:
    """Entries and the tree over them."""

    entries: tuple[bytes, ...]

    @classmethod
    def of(cls, size: int, *, fork: int | None = None) -> "Log":
        """Return a log whose entry n is n in decimal; from `fork` on it is another history."""
        return cls(
            tuple(b"%d" % n if fork is None or n < fork else b"%d, or not" % n for n in range(size))
        )

    @property
    def tree(self) -> StoredTree:
        """The stored tree."""
        return StoredTree(len(self.entries), Edge().append(self.entries).files.__getitem__)

    @property
    def root(self) -> bytes:
        """The root."""
        return self.tree.root()

    def checkpoint(self, origin: str = ORIGIN) -> Checkpoint:
        """Return the checkpoint."""
        return Checkpoint(origin=origin, size=len(self.entries), root=self.root)

    def note(
        self, *, by: Sequence[NoteSigner] = (), at: Instant = NOON, log: NoteSigner = LOG
    ) -> bytes:
        """Return the checkpoint, signed, and cosigned by some witnesses."""
        checkpoint = self.checkpoint(log.name)
        lines = [each.cosign(checkpoint.text(), at=at).line() for each in by]
        signed = SignedCheckpoint.parse(checkpoint.sign(log))
        return signed.with_cosignatures(lines).note


def log_cases(
    operation: str, result: str, clauses: Sequence[str], cases: Mapping[str, Fields], good: Fields
) -> Iterator[Case]:
    """Yield one case for each change of what is good."""
    for name, change in cases.items():
        yield {
            "id": f"{operation}-{name}",
            "flags": [] if result == "valid" else [operation],
            "operation": operation,
            "result": result,
            "spec": list(clauses),
            **good,
            **change,
        }


def in_hex(hashes: Sequence[bytes]) -> list[str]:
    """Return hashes for JSON."""
    return [each.hex() for each in hashes]
