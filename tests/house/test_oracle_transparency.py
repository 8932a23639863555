"""The second witness of the transparency log agrees with the world before it is asked about us."""

from base64 import b64decode

import pytest

import oracle_transparency
import published_transparency as published
from published_transparency import CONSISTENCY, EDGES, INCLUSION, LEAVES, ROOTS, TILE_PATHS


@pytest.mark.parametrize("size", range(len(ROOTS)))
def test_roots(size: int) -> None:
    assert oracle_transparency.root(LEAVES[:size]) == ROOTS[size]


@pytest.mark.parametrize(("index", "size"), INCLUSION)
def test_audit_paths(index: int, size: int) -> None:
    path = oracle_transparency.path(index, LEAVES[:size])
    assert tuple(each.hex() for each in path) == INCLUSION[index, size]
    leaf = oracle_transparency.root([LEAVES[index]])
    assert oracle_transparency.included(leaf, index, size, path, ROOTS[size])
    assert not oracle_transparency.included(leaf, index, size, [*path, leaf], ROOTS[size])


@pytest.mark.parametrize(("old", "new"), CONSISTENCY)
def test_consistency_proofs(old: int, new: int) -> None:
    proof = oracle_transparency.consistency(old, LEAVES[:new])
    assert tuple(each.hex() for each in proof) == CONSISTENCY[old, new]
    if old < new:
        assert oracle_transparency.consistent(old, new, ROOTS[old], ROOTS[new], proof)
        assert not oracle_transparency.consistent(old, new, ROOTS[new], ROOTS[new], proof)


def test_tile_paths() -> None:
    for index, written in TILE_PATHS.items():
        assert oracle_transparency.tile_path("0", index, 256) == f"tile/0/{written}"


def test_a_log_of_256_entries_has_one_partial_tile() -> None:
    files = oracle_transparency.files([b"%d" % n for n in range(256)])
    assert [path for path in files if ".p/" in path] == EDGES[256]


def verified(key: str, note: str, *, witness: bool) -> bool:
    """Say whether a note has a line that the key of a text verifies."""
    name, key_id, encoded = key.split("+", 2)
    kind, public = b64decode(encoded)[0], b64decode(encoded)[1:]
    assert oracle_transparency.key(name, kind, public) == key
    text, _, lines = note.rpartition("\n\n")
    for line in lines.splitlines():
        _, signer, signature = line.split(" ")
        data = b64decode(signature)
        if (signer, data[:4].hex()) == (name, key_id):
            return oracle_transparency.line_verifies(public, text + "\n", data[4:], witness=witness)
    return False


def test_notes_and_cosignatures() -> None:
    assert verified(published.NOTE_KEY, published.NOTE, witness=False)
    assert not verified(published.NOTE_KEY, published.NOTE.replace("an", "no"), witness=False)
    assert verified(published.LOG_KEY, published.COSIGNED, witness=False)
    assert verified(published.WITNESS_KEY, published.COSIGNED, witness=True)
    assert not verified(published.WITNESS_KEY, published.COSIGNED, witness=False)
