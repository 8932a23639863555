"""What an auditor keeps of a record: a later run finds out whether it was rewritten."""

import json
from dataclasses import dataclass
from pathlib import Path

from dp3t.cli.files import naming, write_whole
from dp3t.cli.presence.reading import read_up_to
from dp3t.codec import from_hex
from dp3t.errors import MalformedError
from dp3t.publication.transparency import LogPolicy, SignedCheckpoint

_DIGEST_BYTES = 32
_MOST_BYTES = 2**28
_VERSION = 1


@dataclass(frozen=True, slots=True)
class RecordView:
    """What was seen of a record.

    Attributes:
        region: whose it is.
        acts: how many were in pages.
        pages: SHA-256 of each signed page.
        checkpoint: the newest of the log.
    """

    region: str
    acts: int
    pages: tuple[bytes, ...]
    checkpoint: SignedCheckpoint

    @classmethod
    def read(cls, path: Path, policy: LogPolicy) -> "RecordView":
        """Return what a file holds.

        Raises:
            MalformedError: something else; VerificationError: a checkpoint of another log.
        """
        data = read_up_to(path, _MOST_BYTES)
        with naming(path):
            try:
                said = json.loads(data)
            except (ValueError, RecursionError):
                said = None
            match said:
                case {
                    "version": 1,
                    "region": str(region),
                    "acts": int(acts),
                    "pages": list(pages),
                    "checkpoint": str(note),
                }:
                    digests = tuple(from_hex(str(each), length=_DIGEST_BYTES) for each in pages)
                    return cls(region, acts, digests, policy.open(note.encode()))
            raise MalformedError("holds no view of a record")

    def write(self, path: Path) -> None:
        """Write or replace a file, whole or not at all."""
        said = {
            "acts": self.acts,
            "checkpoint": self.checkpoint.note.decode(),
            "pages": [each.hex() for each in self.pages],
            "region": self.region,
            "version": _VERSION,
        }
        write_whole(path, json.dumps(said, indent=1).encode(), mode=0o644, force=True)
