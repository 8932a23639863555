"""Targets of the fuzz loop in the transparency log: notes, checkpoints, tiles, states, proofs."""

from collections.abc import Callable, Sequence

from dp3t.codec import encode
from dp3t.publication.transparency import (
    Checkpoint,
    CosignRequest,
    Edge,
    Entry,
    LogView,
    Note,
    NoteKey,
    NoteKeyType,
    Tile,
    Witness,
    audit,
    compare,
    require_split,
)
from dp3t.publication.transparency.merkle import HASH_BYTES, check_inclusion, leaf_hash
from dp3t.publication.transparency.note import NoteSignature
from dp3t.publication.transparency.tiles import ENTRIES, join_bundle, split_bundle
from dp3t.timeline import Instant
from fuzz_lives import NOW
from fuzz_target import T, Target, again, of_value
from transparency_logs import LOG, POLICY, WITNESS, entries, files, root, signed, tree

_SIZE, _OLD, _INDEX = 300, 70, 5
_ENTRIES = [
    Entry.of_file(bytes([n]), kind="batch", region="VN", name="lowcost", moment=Instant(NOW + n))
    for n in range(3)
]


def of_transparency() -> dict[str, Target]:
    """Return every decoder of the log by name."""
    return {**_of_notes(), **_of_states(), **_of_tiles(), **_of_proofs()}


def _of_notes() -> dict[str, Target]:
    note, text = signed(_SIZE).note, signed(_SIZE).checkpoint.text()
    cosigned = note + WITNESS.cosign(text, at=NOW).line().encode()
    keys = [LOG.key(NoteKeyType.LOG), WITNESS.key(NoteKeyType.WITNESS)]
    lines = [each.line().removesuffix("\n") for each in Note.decode(cosigned).signatures]
    requests = [
        CosignRequest(old_size=0, proof=(), note=note),
        CosignRequest(old_size=_OLD, proof=tree(_SIZE).consistency_proof(_OLD), note=note),
    ]
    return {
        "log note": Target(again(Note.decode, Note.encode), (note, cosigned)),
        "log signature line": _of_texts(NoteSignature.parse, lambda read: read.line()[:-1], *lines),
        "log key": _of_texts(NoteKey.decode, NoteKey.encode, *(key.encode() for key in keys)),
        "log checkpoint": _of_texts(Checkpoint.parse, Checkpoint.text, text),
        "signed log checkpoint": Target(POLICY.open, (note, cosigned)),
        "log witness request": Target(
            again(CosignRequest.decode, CosignRequest.encode),
            tuple(each.encode() for each in requests),
        ),
    }


def _of_states() -> dict[str, Target]:
    views = [LogView(), LogView(signed(_SIZE))]
    witnesses = [Witness(), _witness()]
    return {
        "log view": Target(
            of_value(LogView.from_value), tuple(encode(each.to_value()) for each in views)
        ),
        "log witness": Target(
            of_value(Witness.from_value), tuple(encode(each.to_value()) for each in witnesses)
        ),
        "log entry": Target(again(Entry.decode, Entry.encode), (_ENTRIES[0].encode(),)),
    }


def _witness() -> Witness:
    request = CosignRequest(old_size=0, proof=(), note=signed(_SIZE).note)
    return Witness().cosign(request, logs=[POLICY], signer=WITNESS, now=NOW)[0]


def _of_tiles() -> dict[str, Target]:
    paths = [Tile(0, 1, 44).path, Tile(ENTRIES, 12_345_678).path, Tile(7, 0, 1).path]
    bundle, few = join_bundle(entries(3)), join_bundle([each.encode() for each in _ENTRIES])
    last = Tile(0, 1, 44).path
    return {
        "log tile path": _of_texts(Tile.parse, lambda tile: tile.path, *paths),
        "log bundle": Target(again(lambda data: split_bundle(data, 3), join_bundle), (bundle,)),
        "log tile": _only(lambda data: _loaded(last, data), files(_SIZE)[last]),
        "log stored bundle": _only(
            lambda data: _loaded(Tile(ENTRIES, 1, 44).path, data),
            files(_SIZE)[Tile(ENTRIES, 1, 44).path],
        ),
        "log audit": _only(_audited, few),
    }


def _loaded(path: str, data: bytes) -> Edge:
    """Load the edge of a log of which one file is another."""
    return Edge.load(_SIZE, root=root(_SIZE), read=({**files(_SIZE)} | {path: data}).__getitem__)


def _audited(data: bytes) -> object:
    """Audit a log of three entries whose only bundle this is."""
    edge = Edge().append([each.encode() for each in _ENTRIES]).edge
    checkpoint = Checkpoint(origin=POLICY.origin, size=edge.size, root=edge.root())
    return audit(checkpoint, lambda _path: data)


def _of_proofs() -> dict[str, Target]:
    def included(data: bytes) -> None:
        leaf = leaf_hash(entries(_SIZE)[_INDEX])
        check_inclusion(leaf, index=_INDEX, size=_SIZE, root=root(_SIZE), proof=_hashes(data))

    older, newer, other = signed(_OLD), signed(_SIZE), signed(_OLD, history=1)
    prefix = tree(_SIZE).prefix_proof(_OLD)
    return {
        "log inclusion proof": _only(included, _joined(tree(_SIZE).inclusion_proof(_INDEX))),
        "log consistency proof": _only(
            lambda data: compare(older, newer, _hashes(data)),
            _joined(tree(_SIZE).consistency_proof(_OLD)),
        ),
        "log evidence": _only(
            lambda data: require_split(other.note, newer.note, _hashes(data), policy=POLICY),
            _joined(prefix),
        ),
        "note in log evidence": _only(
            lambda data: require_split(data, newer.note, prefix, policy=POLICY), other.note
        ),
    }


def _hashes(data: bytes) -> list[bytes]:
    return [data[at : at + HASH_BYTES] for at in range(0, len(data), HASH_BYTES)]


def _joined(hashes: Sequence[bytes]) -> bytes:
    return b"".join(hashes)


def _only(read: Callable[[bytes], object], good: bytes) -> Target:
    """Return a target that takes nothing but these bytes."""

    def read_only(data: bytes) -> object:
        found = read(data)
        assert data == good, "other bytes pass for the good ones"
        return found

    return Target(read_only, (good,))


def _of_texts(parse: Callable[[str], T], text_of: Callable[[T], str], *good: str) -> Target:
    """Return a target that reads texts; bytes of no character stand in them as half ones."""
    return Target(
        again(
            lambda data: parse(data.decode(errors="surrogateescape")),
            lambda value: text_of(value).encode(errors="surrogateescape"),
        ),
        tuple(text.encode() for text in good),
    )
