"""The second witness of the transparency log: trees, proofs, tiles and notes, derived again.

Nothing here imports the project. Trees are written as RFC 6962 defines them, over the entries
themselves; proofs are checked as RFC 9162 does. `tests/house/test_oracle_transparency.py` holds it
to published values.
"""

from base64 import b64encode
from collections.abc import Sequence

from oracle import msgpack_encode
from oracle_crypto import ed25519_sign, ed25519_verifies, sha256

LOG, WITNESS = 1, 4


def root(entries: Sequence[bytes]) -> bytes:
    """Return the Merkle tree hash (RFC 6962, 2.1)."""
    if not entries:
        return sha256(b"")
    if len(entries) == 1:
        return sha256(b"\x00" + entries[0])
    k = _split(len(entries))
    return sha256(b"\x01" + root(entries[:k]) + root(entries[k:]))


def path(index: int, entries: Sequence[bytes]) -> list[bytes]:
    """Return the audit path (2.1.1)."""
    if len(entries) == 1:
        return []
    k = _split(len(entries))
    if index < k:
        return [*path(index, entries[:k]), root(entries[k:])]
    return [*path(index - k, entries[k:]), root(entries[:k])]


def consistency(old: int, entries: Sequence[bytes]) -> list[bytes]:
    """Return the consistency proof (2.1.2)."""
    return _subproof(old, entries, whole=True) if old else []


def _subproof(old: int, entries: Sequence[bytes], *, whole: bool) -> list[bytes]:
    if old == len(entries):
        return [] if whole else [root(entries)]
    k = _split(len(entries))
    if old <= k:
        return [*_subproof(old, entries[:k], whole=whole), root(entries[k:])]
    return [*_subproof(old - k, entries[k:], whole=False), root(entries[:k])]


def prefix(old: int, entries: Sequence[bytes]) -> list[bytes]:
    """Return the proof of which root the first `old` entries have."""
    missing = [root(entries[:old])] if old & (old - 1) == 0 else []
    return missing + consistency(old, entries)


def _split(number: int) -> int:
    k = 1
    while 2 * k < number:
        k *= 2
    return k


def included(leaf: bytes, index: int, size: int, proof: Sequence[bytes], expected: bytes) -> bool:
    """Say whether an inclusion proof holds (RFC 9162, 2.1.3.2)."""
    if index >= size:
        return False
    fn, sn, result = index, size - 1, leaf
    for sibling in proof:
        if sn == 0:
            return False
        if fn % 2 or fn == sn:
            result = sha256(b"\x01" + sibling + result)
            while fn % 2 == 0 and fn:
                fn, sn = fn // 2, sn // 2
        else:
            result = sha256(b"\x01" + result + sibling)
        fn, sn = fn // 2, sn // 2
    return sn == 0 and result == expected


def consistent(
    old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]
) -> bool:
    """Say whether a consistency proof between 1 <= old < new holds (RFC 9162, 2.1.4.2)."""
    if not proof:
        return False
    hashes = [old_root, *proof] if old & (old - 1) == 0 else list(proof)
    fn, sn = old - 1, new - 1
    while fn % 2:
        fn, sn = fn // 2, sn // 2
    fr = sr = hashes[0]
    for each in hashes[1:]:
        if sn == 0:
            return False
        if fn % 2 or fn == sn:
            fr, sr = sha256(b"\x01" + each + fr), sha256(b"\x01" + each + sr)
            while fn % 2 == 0 and fn:
                fn, sn = fn // 2, sn // 2
        else:
            sr = sha256(b"\x01" + sr + each)
        fn, sn = fn // 2, sn // 2
    return sn == 0 and fr == old_root and sr == new_root


def files(entries: Sequence[bytes]) -> dict[str, bytes]:
    """Return all tiles and bundles that a log serves, by path (C2SP tlog-tiles)."""
    found, level, hashes = {}, 0, [root([entry]) for entry in entries]
    for first in range(0, len(entries), 256):
        bundle = entries[first : first + 256]
        found[tile_path("entries", first // 256, len(bundle))] = b"".join(
            len(entry).to_bytes(2, "big") + entry for entry in bundle
        )
    while hashes:
        above = []
        for first in range(0, len(hashes), 256):
            tile = hashes[first : first + 256]
            found[tile_path(str(level), first // 256, len(tile))] = b"".join(tile)
            if len(tile) == 256:
                start, span = first * 256**level, 256 ** (level + 1)
                above.append(root(entries[start : start + span]))
        level, hashes = level + 1, above
    return found


def tile_path(level: str, index: int, width: int) -> str:
    """Return where a tile lies."""
    digits = str(index)
    digits = digits.zfill(-(-len(digits) // 3) * 3)
    groups = [digits[at : at + 3] for at in range(0, len(digits), 3)]
    number = "/".join(["x" + group for group in groups[:-1]] + groups[-1:])
    return f"tile/{level}/{number}" + (f".p/{width}" if width < 256 else "")


def entry(
    *, kind: str, region: str, name: str, moment: int, size_bytes: int, digest: bytes
) -> bytes:
    """Return an entry."""
    return msgpack_encode(
        {
            "digest": digest,
            "kind": kind,
            "moment": moment,
            "name": name,
            "region": region,
            "size_bytes": size_bytes,
            "version": 1,
        }
    )


def key_id(name: str, kind: int, public: bytes) -> bytes:
    """Return the id of a key (C2SP signed-note)."""
    return sha256(name.encode() + b"\n" + bytes([kind]) + public)[:4]


def key(name: str, kind: int, public: bytes) -> str:
    """Return a key as text."""
    encoded = b64encode(bytes([kind]) + public).decode()
    return f"{name}+{key_id(name, kind, public).hex()}+{encoded}"


def checkpoint(origin: str, size: int, expected: bytes) -> str:
    """Return the text of a checkpoint (C2SP tlog-checkpoint)."""
    return "\n".join([origin, str(size), b64encode(expected).decode(), ""])


def signature_line(name: str, seed: bytes, text: str, *, at: int | None = None) -> str:
    """Return the line of a log, or of a witness at a time (C2SP tlog-cosignature)."""
    message, stamp, kind = text, b"", LOG
    if at is not None:
        message, stamp, kind = f"cosignature/v1\ntime {at}\n{text}", at.to_bytes(8, "big"), WITNESS
    public, signature = ed25519_sign(seed, message.encode())
    data = key_id(name, kind, public) + stamp + signature
    return f"\N{EM DASH} {name} {b64encode(data).decode()}\n"


def note(text: str, *lines: str) -> bytes:
    """Return a signed note."""
    return f"{text}\n{''.join(lines)}".encode()


def line_verifies(public: bytes, text: str, data: bytes, *, witness: bool = False) -> bool:
    """Say whether what follows the key id in a line is the key's signature of a text."""
    if witness:
        text = f"cosignature/v1\ntime {int.from_bytes(data[:8], 'big')}\n{text}"
        data = data[8:]
    return ed25519_verifies(public, text.encode(), data)


def request(old: int, proof: Sequence[bytes], signed: bytes) -> bytes:
    """Return what a log sends to a witness (C2SP tlog-witness)."""
    lines = [f"old {old}", *(b64encode(each).decode() for each in proof), "", ""]
    return "\n".join(lines).encode() + signed
