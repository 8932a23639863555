"""The transparency log: what was published, provable to everybody.

An `Entry` describes one published file. An `Edge` appends entries to the tiles of a log, and a
`StoredTree` makes proofs from them. A `Checkpoint` is what the log signs. A reader keeps a
`LogView`, which only advances along one history; a `Witness` cosigns only such advances.
"""

from dp3t.publication.transparency.auditing import audit
from dp3t.publication.transparency.checkpoint import (
    CHECKPOINT_PATH,
    Checkpoint,
    LogPolicy,
    SignedCheckpoint,
)
from dp3t.publication.transparency.entry import BATCH_KIND, Entry, require_one_file_each
from dp3t.publication.transparency.note import (
    Note,
    NoteKey,
    NoteKeyType,
    NoteSignature,
    NoteSigner,
)
from dp3t.publication.transparency.tiles import Read, Tile, edge_tiles
from dp3t.publication.transparency.tree import (
    Edge,
    Growth,
    StoredTree,
    consistency_tiles,
    inclusion_tiles,
)
from dp3t.publication.transparency.view import LogView, compare, require_split
from dp3t.publication.transparency.witness import CosignRequest, Witness

__all__ = [
    "BATCH_KIND",
    "CHECKPOINT_PATH",
    "Checkpoint",
    "CosignRequest",
    "Edge",
    "Entry",
    "Growth",
    "LogPolicy",
    "LogView",
    "Note",
    "NoteKey",
    "NoteKeyType",
    "NoteSignature",
    "NoteSigner",
    "Read",
    "SignedCheckpoint",
    "StoredTree",
    "Tile",
    "Witness",
    "audit",
    "compare",
    "consistency_tiles",
    "edge_tiles",
    "inclusion_tiles",
    "require_one_file_each",
    "require_split",
]
