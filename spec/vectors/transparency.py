"""Cases of the transparency chapter: trees, proofs, entries, tiles, notes, views, witnesses."""

from collections.abc import Iterator, Mapping, Sequence

from dp3t.codec import Value, encode
from dp3t.primitives import sha256
from dp3t.publication.batch import BatchName
from dp3t.publication.transparency import Edge, Entry, Tile
from dp3t.publication.transparency.merkle import leaf_hash, root_of
from dp3t.timeline import Instant
from spec.vectors.builders.logs import NOON, Case, Log
from spec.vectors.builders.note_cases import notes
from spec.vectors.builders.view_cases import views
from spec.vectors.builders.witness_cases import witnesses
from spec.vectors.signing import doubled_map, flipped, unsorted_map

_SOURCE = "transparency-dev/merkle 582a6ad, testonly/constants.go"
_PROOF_SOURCE = "transparency-dev/merkle 02194e9, proof/verify_test.go"
_LEAVES = tuple(
    map(
        bytes.fromhex,
        [
            "", "00", "10", "2021", "3031", "40414243", "5051525354555657",
            "606162636465666768696a6b6c6d6e6f",
        ],
    )
)  # fmt: skip
_SEVEN = Log(_LEAVES[:7])
_ENTRY = Entry(
    kind="batch",
    region="VN",
    name="lowcost",
    moment=NOON,
    size_bytes=1000,
    digest=sha256(b"a signed batch"),
)
_LARGEST_SIZE = 2**63 - 1


def build() -> dict[str, object]:
    """Return the vector file."""
    return {
        "spec": ["TRANSPARENCY-1"],
        "source": "ours, but for cases with a source; re-derived by tests/oracle_transparency.py",
        "cases": [
            *_roots(),
            *_inclusion(),
            *_consistency(),
            *_entries(),
            *_tiles(),
            *_files(),
            *notes(),
            *views(),
            *witnesses(),
        ],
    }


def _case(
    title: str, operation: str, spec: Sequence[str], result: str, /, **fields: object
) -> Case:
    faults = [] if result == "valid" else [operation]
    return {
        "id": f"{operation}-{title}",
        "flags": faults,
        "operation": operation,
        "result": result,
        "spec": list(spec),
        **fields,
    }


def _hex(hashes: Sequence[bytes]) -> list[str]:
    return [each.hex() for each in hashes]


def _roots() -> Iterator[Case]:
    for size in range(len(_LEAVES) + 1):
        yield _case(
            f"of-{size}",
            "root",
            ["TRANSPARENCY-1"],
            "valid",
            source=_SOURCE,
            entries=_hex(_LEAVES[:size]),
            root=root_of(map(leaf_hash, _LEAVES[:size])).hex(),
        )


def _inclusion() -> Iterator[Case]:
    for index, size in ((0, 1), (0, 8), (5, 8), (2, 3), (1, 5)):
        log = Log(_LEAVES[:size])
        yield _case(
            f"{index}-in-{size}",
            "inclusion",
            ["TRANSPARENCY-2"],
            "valid",
            source=_PROOF_SOURCE,
            entries=_hex(log.entries),
            **_inclusion_fields(log, index),
        )
    good = _inclusion_fields(_SEVEN, 3)
    proof = list(_SEVEN.tree.inclusion_proof(3))
    malformed: dict[str, dict[str, object]] = {
        "proof-truncated": {"proof": _hex(proof[:-1])},
        "proof-without-its-first-hash": {"proof": _hex(proof[1:])},
        "proof-empty": {"proof": []},
        "proof-too-long": {"proof": _hex([*proof, proof[-1]])},
        "proof-with-the-leaf": {"proof": _hex([_hash(3), *proof])},
        "hash-truncated": {"proof": _hex([proof[0], proof[1][:-1], proof[2]])},
        "hash-too-long": {"proof": _hex([proof[0], proof[1] + b"\0", proof[2]])},
        "leaf-truncated": {"leaf": _hash(3)[:-1].hex()},
        "root-empty": {"root": ""},
        "index-is-size": {"index": 7},
        "index-above-size": {"index": 8},
        "index-negative": {"index": -1},
        "size-0": {"size": 0, "index": 0, "proof": []},
        "size-doubled": {"size": 14},
        "size-2-to-63": {"size": _LARGEST_SIZE + 1},
    }
    unauthentic: dict[str, dict[str, object]] = {
        "wrong-leaf": {"leaf": _hash(2).hex()},
        "entry-without-its-prefix": {"leaf": sha256(_LEAVES[3]).hex()},
        "node-as-leaf": {"leaf": _SEVEN.tree.inclusion_proof(6)[0].hex()},
        "wrong-index": {"index": 2},
        "wrong-root": {"root": flipped(_SEVEN.root, 31).hex()},
        "root-of-another-size": {"root": Log(_LEAVES).root.hex()},
        "root-of-no-entry": {"root": Log(()).root.hex()},
        "proof-reversed": {"proof": _hex(proof[::-1])},
        **{f"bit-flipped-in-hash-{n}": {"proof": _flipped(proof, n)} for n in range(len(proof))},
    }
    for result, cases in (("malformed", malformed), ("unauthentic", unauthentic)):
        clause = "TRANSPARENCY-3" if result == "malformed" else "TRANSPARENCY-4"
        for name, change in cases.items():
            yield _case(name, "inclusion", [clause], result, **{**good, **change})


def _inclusion_fields(log: Log, index: int) -> dict[str, object]:
    return {
        "leaf": leaf_hash(log.entries[index]).hex(),
        "index": index,
        "size": len(log.entries),
        "root": log.root.hex(),
        "proof": _hex(log.tree.inclusion_proof(index)),
    }


def _hash(index: int) -> bytes:
    return leaf_hash(_LEAVES[index])


def _flipped(proof: Sequence[bytes], place: int) -> list[str]:
    return _hex([flipped(each, 0) if n == place else each for n, each in enumerate(proof)])


def _consistency() -> Iterator[Case]:
    published = ((1, 1), (1, 8), (6, 8), (2, 5), (6, 7))
    for old, new in (*published, (0, 7), (0, 0), (3, 7), (4, 7), (7, 7)):
        source = {"source": _PROOF_SOURCE} if (old, new) in published else {}
        yield _case(
            f"{old}-to-{new}",
            "consistency",
            ["TRANSPARENCY-2"],
            "valid",
            entries=_hex(_LEAVES[:new]),
            **source,
            **_consistency_fields(old, new),
        )
    good, from_four = _consistency_fields(3, 7), _consistency_fields(4, 7)
    proof = list(_SEVEN.tree.consistency_proof(3))
    malformed: dict[str, Mapping[str, object]] = {
        "proof-truncated": {"proof": _hex(proof[:-1])},
        "proof-without-its-first-hash": {"proof": _hex(proof[1:])},
        "proof-empty": {"proof": []},
        "proof-too-long": {"proof": _hex([*proof, proof[-1]])},
        "hash-truncated": {"proof": _hex([proof[0][:-1], *proof[1:]])},
        "old-root-truncated": {"old_root": _SEVEN.root[:-1].hex()},
        "new-root-empty": {"new_root": ""},
        "going-back": {"old": 8},
        "old-size-negative": {"old": -1},
        "new-size-2-to-63": {"new": _LARGEST_SIZE + 1},
        "proof-from-size-0": _consistency_fields(0, 7) | {"proof": _hex(proof[:1])},
        "proof-between-one-size": _consistency_fields(7, 7) | {"proof": _hex(proof[:1])},
        "old-root-before-the-proof": from_four
        | {"proof": _hex([Log(_LEAVES[:4]).root, *_SEVEN.tree.consistency_proof(4)])},
    }
    other = Log((*_LEAVES[:2], b"another third entry", *_LEAVES[3:7]))
    unauthentic: dict[str, Mapping[str, object]] = {
        "wrong-old-root": {"old_root": flipped(bytes.fromhex(str(good["old_root"])), 0).hex()},
        "wrong-new-root": {"new_root": flipped(_SEVEN.root, 0).hex()},
        "roots-swapped": {"old_root": good["new_root"], "new_root": good["old_root"]},
        "forked-log": {
            "new_root": other.root.hex(),
            "proof": _hex(other.tree.consistency_proof(3)),
        },
        "forked-before-4": from_four
        | {"new_root": other.root.hex(), "proof": _hex(other.tree.consistency_proof(4))},
        "other-root-of-size-0": _consistency_fields(0, 7) | {"old_root": _hash(0).hex()},
        "one-size-two-roots": _consistency_fields(7, 7) | {"new_root": other.root.hex()},
        "proof-reversed": {"proof": _hex(proof[::-1])},
        **{f"bit-flipped-in-hash-{n}": {"proof": _flipped(proof, n)} for n in range(len(proof))},
    }
    for result, cases in (("malformed", malformed), ("unauthentic", unauthentic)):
        clause = "TRANSPARENCY-3" if result == "malformed" else "TRANSPARENCY-4"
        for name, change in cases.items():
            yield _case(name, "consistency", [clause], result, **{**good, **change})


def _consistency_fields(old: int, new: int) -> dict[str, object]:
    return {
        "old": old,
        "new": new,
        "old_root": Log(_LEAVES[:old]).root.hex(),
        "new_root": Log(_LEAVES[:new]).root.hex(),
        "proof": _hex(Log(_LEAVES[:new]).tree.consistency_proof(old)),
    }


def _entries() -> Iterator[Case]:
    name = BatchName(design="gaen", region="DE-BY", release=NOON)
    longest = Entry(
        kind="k" * 16, region="R" * 16, name="n" * 32, moment=Instant(2**32 - 1),
        size_bytes=2**32 - 1,
        digest=bytes([255]) * 32,
    )  # fmt: skip
    for title, entry in {
        "batch": _ENTRY,
        "of-another-design": Entry.of_batch(b"another signed batch", name),
        "longest": longest,
        "shortest": Entry(
            kind="k", region="R", name="0", moment=Instant(0), size_bytes=1, digest=bytes(32)
        ),
    }.items():  # fmt: skip
        yield _case(
            title,
            "entry",
            ["TRANSPARENCY-6"],
            "valid",
            encoded=entry.encode().hex(),
            kind=entry.kind,
            region=entry.region,
            name=entry.name,
            moment=entry.moment,
            size_bytes=entry.size_bytes,
            digest=entry.digest.hex(),
            leaf=entry.leaf().hex(),
        )
    for title, data in _wrong_entries():
        yield _case(title, "entry", ["TRANSPARENCY-7"], "malformed", encoded=data.hex())


def _wrong_entries() -> Iterator[tuple[str, bytes]]:
    good: dict[str, Value] = {
        "digest": _ENTRY.digest,
        "kind": "batch",
        "moment": NOON,
        "name": "lowcost",
        "region": "VN",
        "size_bytes": 1000,
        "version": 1,
    }
    changes: dict[str, dict[str, Value]] = {
        "unknown-field": {"comment": "x"},
        "version-2": {"version": 2},
        "kind-empty": {"kind": ""},
        "kind-upper-case": {"kind": "Batch"},
        "kind-begins-with-hyphen": {"kind": "-batch"},
        "kind-of-17": {"kind": "k" * 17},
        "kind-with-digit": {"kind": "batch2"},
        "kind-with-newline": {"kind": "batch\n"},
        "name-empty": {"name": ""},
        "name-of-33": {"name": "n" * 33},
        "name-with-slash": {"name": "low/cost"},
        "name-begins-with-hyphen": {"name": "-lowcost"},
        "region-lower-case": {"region": "vn"},
        "region-of-17": {"region": "V" * 17},
        "moment-negative": {"moment": -1},
        "moment-after-2106": {"moment": 2**32},
        "size-0": {"size_bytes": 0},
        "size-2-to-32": {"size_bytes": 2**32},
        "digest-truncated": {"digest": _ENTRY.digest[:-1]},
        "digest-as-text": {"digest": _ENTRY.digest.hex()},
        "too-long": {"digest": bytes(256)},
    }
    for title, change in changes.items():
        yield title, encode({**good, **change})
    for field in good:
        yield f"without-{field}", encode({key: good[key] for key in good if key != field})
    yield "map-unsorted", unsorted_map(good)
    yield "map-entry-twice", doubled_map(good)
    yield "truncated", encode(good)[:-1]
    yield "byte-after-the-end", encode(good) + b"\0"
    yield "empty", b""


def _tiles() -> Iterator[Case]:
    for level, index, width in (
        (0, 1_234_067, 256), (0, 0, 1), (0, 999, 256), (0, 1000, 255), (7, 0, 3), (-1, 273, 112),
        (1, 1_000_000, 7), (-1, 0, 256),
    ):  # fmt: skip
        path = Tile(level, index, width).path
        title = path.removeprefix("tile/").replace("/", "-").replace(".", "-")
        place = {"level": "entries" if level < 0 else level, "index": index, "width": width}
        yield _case(title, "tile", ["TRANSPARENCY-9"], "valid", path=path, **place)
    for title, path in {
        "two-digits": "tile/0/01",
        "group-without-x": "tile/0/001/234/067",
        "last-group-with-x": "tile/0/x001/x234/x067",
        "leading-group-of-zeros": "tile/0/x000/001",
        "width-0": "tile/0/000.p/0",
        "width-256": "tile/0/000.p/256",
        "width-with-zero-before": "tile/0/000.p/08",
        "level-8": "tile/8/000",
        "level-with-zero-before": "tile/00/000",
        "bundle-by-another-name": "tile/data/000",
        "slash-before": "/tile/0/000",
        "way-up": "tile/0/../../000",
        "newline-after": "tile/0/000\n",
        "beyond-the-largest-log": "tile/7/000.p/128",
    }.items():
        yield _case(title, "tile", ["TRANSPARENCY-9"], "malformed", path=path)


def _files() -> Iterator[Case]:
    for size in (1, 255, 256, 257, 600):
        files = Edge().append(Log.of(size).entries).files
        yield _case(
            f"of-{size}",
            "files",
            ["TRANSPARENCY-9", "TRANSPARENCY-10", "TRANSPARENCY-12"],
            "valid",
            comment="entry n is n in decimal; what was a partial file once is not listed",
            size=size,
            root=Log.of(size).root.hex(),
            digests={path: sha256(data).hex() for path, data in sorted(files.items())},
        )
