"""The hash tree of RFC 6962: tree heads, inclusion proofs and consistency proofs.

A proof is a list of hashes of stretches of the log. Which stretches follows from the sizes alone:
`inclusion_stretches` and `consistency_stretches` serve whoever makes a proof and whoever checks it,
and a proof of any other length is refused before anything is hashed. Nothing here is recursive, and
no proof has more than 64 hashes.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence

from dp3t.errors import MalformedError, VerificationError
from dp3t.primitives import equal, sha256

HASH_BYTES = 32
MAX_SIZE = 2**63 - 1
"""The most entries a log may have [TRANSPARENCY-3]."""

EMPTY_ROOT = sha256(b"")
"""The root of a log without entries [TRANSPARENCY-1]."""

Stretch = tuple[int, int]
"""Entries from the first number on, up to but without the second."""

Node = Callable[[int, int], bytes]
"""`node(level, index)` is the hash of the 2**level entries from index * 2**level on."""

_LEAF, _INNER = b"\0", b"\1"


def leaf_hash(entry: bytes) -> bytes:
    """Return the hash of one entry [TRANSPARENCY-1]."""
    return sha256(_LEAF + entry)


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of two neighbours [TRANSPARENCY-1]."""
    return sha256(_INNER + left + right)


def root_of(hashes: Iterable[bytes]) -> bytes:
    """Return the root over the hashes of all entries [TRANSPARENCY-1].

    The same holds one storey up: over the hashes of subtrees of one size, the last perhaps smaller.
    """
    row = list(hashes)
    if not row:
        return EMPTY_ROOT
    while len(row) > 1:
        odd = row[-1:] if len(row) % 2 else []
        row = [node_hash(row[at], row[at + 1]) for at in range(0, len(row) - 1, 2)] + odd
    return row[0]


def inclusion_stretches(index: int, size: int) -> list[Stretch]:
    """Return what an inclusion proof holds the hashes of, from the leaf to the root.

    Raises:
        MalformedError: a log of `size` entries has no entry `index`, or no log has that size.
    """
    _require_size(size)
    if not 0 <= index < size:
        raise MalformedError(f"a log of {size} entries has no entry {index}")
    found, first, end = list[Stretch](), 0, size
    while end - first > 1:
        middle = first + _left(end - first)
        if index < middle:
            found.append((middle, end))
            end = middle
        else:
            found.append((first, middle))
            first = middle
    return found[::-1]


def consistency_stretches(old: int, new: int) -> list[Stretch]:
    """Return the stretches that join the first `old` entries to all `new` ones, from the bottom.

    The first of them ends at `old`. Where it begins at 0, it is the whole old log: its hash is the
    old root, which a consistency proof leaves out [TRANSPARENCY-2].

    Raises:
        MalformedError: not 1 <= `old` <= `new`.
    """
    _require_size(new)
    if not 1 <= old <= new:
        raise MalformedError(f"a log of {new} entries does not continue one of {old}")
    found, first, end = list[Stretch](), 0, new
    while end != old:
        middle = first + _left(end - first)
        if old <= middle:
            found.append((middle, end))
            end = middle
        else:
            found.append((first, middle))
            first = middle
    return [(first, old), *found[::-1]]


def stretch_hash(stretch: Stretch, node: Node) -> bytes:
    """Return the hash of a stretch that one of the two functions above gave, or of (0, size)."""
    first, end = stretch
    peaks = [node(level, at >> level) for level, at in subtrees(first, end)]
    result = peaks.pop()
    while peaks:
        result = node_hash(peaks.pop(), result)
    return result


def subtrees(first: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield level and first entry of the whole subtrees of a stretch, the largest first."""
    while first < end:
        level = (end - first).bit_length() - 1
        yield level, first
        first += 1 << level


def check_inclusion(
    leaf: bytes, *, index: int, size: int, root: bytes, proof: Sequence[bytes]
) -> None:
    """Check that the entry with the hash `leaf` is number `index` of the log [TRANSPARENCY-2].

    Raises:
        MalformedError: no such entry, or not the number of hashes that such a proof has.
        VerificationError: the proof leads to another root.
    """
    stretches = inclusion_stretches(index, size)
    _require_hashes([leaf, root])
    _require_hashes(proof, number=len(stretches))
    result = leaf
    for (first, _), sibling in zip(stretches, proof, strict=True):
        result = node_hash(result, sibling) if first > index else node_hash(sibling, result)
    if not equal(result, root):
        raise VerificationError("the inclusion proof leads to another root")


def joined_roots(old: int, new: int, hashes: Sequence[bytes]) -> tuple[bytes, bytes]:
    """Return the roots of the first `old` and of all `new` entries that the hashes lead to.

    Args:
        old: how many entries the smaller log has, at least 1.
        new: how many the larger one has.
        hashes: those of all the stretches of `consistency_stretches`.

    Raises:
        MalformedError: there are no such sizes, or not as many hashes as stretches.
    """
    stretches = consistency_stretches(old, new)
    _require_hashes(hashes, number=len(stretches))
    old_root = new_root = hashes[0]
    for (first, _), sibling in zip(stretches[1:], hashes[1:], strict=True):
        if first >= old:
            new_root = node_hash(new_root, sibling)
        else:
            old_root, new_root = node_hash(sibling, old_root), node_hash(sibling, new_root)
    return old_root, new_root


def check_consistency(
    old: int, new: int, *, old_root: bytes, new_root: bytes, proof: Sequence[bytes]
) -> None:
    """Check that a log of `new` entries begins with that of `old` entries [TRANSPARENCY-2].

    Raises:
        MalformedError: `old` exceeds `new`, or not the number of hashes that such a proof has.
        VerificationError: the proof leads to another root.
    """
    _require_size(old)
    _require_hashes([old_root, new_root])
    if old == 0:
        _require_hashes(proof, number=0)
        _require_size(new)
        roots = (EMPTY_ROOT, new_root if new else EMPTY_ROOT)
    else:
        whole = consistency_stretches(old, new)[0][0] == 0
        number = len(consistency_stretches(old, new)) - whole
        _require_hashes(proof, number=number)
        roots = joined_roots(old, new, [old_root, *proof] if whole else proof)
    if not equal(roots[0], old_root) or not equal(roots[1], new_root):
        raise VerificationError("the consistency proof leads to another root")


def _left(size: int) -> int:
    """Return the largest power of two below a size of at least 2."""
    return 1 << ((size - 1).bit_length() - 1)


def _require_size(size: int) -> None:
    if not 0 <= size <= MAX_SIZE:
        raise MalformedError(f"a log has 0 to {MAX_SIZE} entries")


def _require_hashes(hashes: Sequence[bytes], *, number: int | None = None) -> None:
    if number is not None and len(hashes) != number:
        raise MalformedError(f"the proof has {len(hashes)} hashes, not {number}")
    if any(len(each) != HASH_BYTES for each in hashes):
        raise MalformedError(f"a hash has {HASH_BYTES} bytes")
