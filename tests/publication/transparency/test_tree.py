"""spec/publication/transparency.md: tiles, bundles, and what appends to them."""

import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

import oracle_transparency
from dp3t.errors import Dp3tError, LimitError, MalformedError, VerificationError
from dp3t.primitives import sha256
from dp3t.publication.transparency import (
    Edge,
    StoredTree,
    Tile,
    consistency_tiles,
    inclusion_tiles,
)
from dp3t.publication.transparency.merkle import check_inclusion, leaf_hash
from dp3t.publication.transparency.tiles import (
    ENTRIES,
    edge_tiles,
    join_bundle,
    read_tile,
    split_bundle,
    tile_with,
)
from published_transparency import EDGES
from transparency_logs import LARGEST, entries, files, root, tree
from vectors import Case, vector_cases


@pytest.mark.parametrize("case", vector_cases("transparency", operation="tile", result="valid"))
def test_a_tile_has_the_path_that_both_witnesses_write(case: Case) -> None:
    level = ENTRIES if case["level"] == "entries" else case["level"]
    tile = Tile(level, case["index"], case["width"])
    assert (tile.path, Tile.parse(case["path"])) == (case["path"], tile)
    written = oracle_transparency.tile_path(str(case["level"]), case["index"], case["width"])
    assert written == case["path"]


@pytest.mark.parametrize("case", vector_cases("transparency", operation="tile", result="malformed"))
def test_a_path_that_no_tile_has_is_refused(case: Case) -> None:
    with pytest.raises(MalformedError):
        Tile.parse(case["path"])


@pytest.mark.parametrize("case", vector_cases("transparency", operation="files"))
def test_a_log_has_the_files_that_both_witnesses_write(case: Case) -> None:
    known = [b"%d" % n for n in range(case["size"])]
    grown = Edge().append(known)
    digests = {path: sha256(data).hex() for path, data in grown.files.items()}
    assert digests == case["digests"]
    assert grown.edge.root().hex() == oracle_transparency.root(known).hex() == case["root"]
    assert grown.files == oracle_transparency.files(known)


class TestPaths:
    """Where a tile lies."""

    @pytest.mark.spec("TRANSPARENCY-9")
    @given(level=st.integers(ENTRIES, 3), index=st.integers(0, 2**30), width=st.integers(1, 256))
    def test_a_path_is_read_to_its_tile(self, level: int, index: int, width: int) -> None:
        tile = Tile(level, index, width)
        assert Tile.parse(tile.path) == tile

    @pytest.mark.spec("TRANSPARENCY-9")
    @given(path=st.text() | st.from_regex(r"tile/(entries|\d)/(x\d\d\d/)?\d\d\d(\.p/\d+)?"))
    def test_any_text_is_a_path_or_refused(self, path: str) -> None:
        try:
            tile = Tile.parse(path)
        except Dp3tError:
            return
        assert tile.path == path

    @pytest.mark.spec("TRANSPARENCY-9")
    @pytest.mark.parametrize("size", EDGES)
    def test_the_partial_files_are_those_that_c2sp_counts(self, size: int) -> None:
        assert [tile.path for tile in edge_tiles(size)] == EDGES[size]

    @pytest.mark.parametrize(
        ("level", "index", "width"), [(8, 0, 1), (-2, 0, 1), (0, -1, 1), (0, 0, 0), (0, 0, 257)]
    )
    def test_a_tile_that_no_log_has_is_refused(self, level: int, index: int, width: int) -> None:
        with pytest.raises(MalformedError):
            Tile(level, index, width)

    @pytest.mark.parametrize(
        ("level", "index"), [(0, 300), (0, -1), (1, 1), (2, 0), (ENTRIES, 300)]
    )
    def test_a_hash_that_the_log_lacks_is_in_no_tile(self, level: int, index: int) -> None:
        assert tile_with(1, 0, 300) == Tile(1, 0, 1)
        with pytest.raises(MalformedError, match="300"):
            tile_with(level, index, 300)


class TestBundle:
    """Entries, each after its length."""

    @pytest.mark.spec("TRANSPARENCY-10")
    @given(known=st.lists(st.binary(max_size=300), min_size=1, max_size=20))
    def test_what_is_joined_is_split(self, known: list[bytes]) -> None:
        assert split_bundle(join_bundle(known), len(known)) == known

    @pytest.mark.spec("TRANSPARENCY-11")
    @given(data=st.binary(max_size=40), width=st.integers(1, 5))
    def test_any_bytes_are_that_many_entries_or_refused(self, data: bytes, width: int) -> None:
        try:
            found = split_bundle(data, width)
        except Dp3tError:
            return
        assert (len(found), join_bundle(found)) == (width, data)

    @pytest.mark.spec("TRANSPARENCY-11")
    @pytest.mark.parametrize(
        "data",
        [b"", b"\0", b"\0\1", b"\0\1a", b"\0\1a\0\1b\0", b"\0\1a\0\1b\0\1c", b"\0\1a\0\2b"],
    )
    def test_a_bundle_of_another_number_of_entries_is_refused(self, data: bytes) -> None:
        assert split_bundle(b"\0\1a\0\1b", 2) == [b"a", b"b"]
        with pytest.raises(MalformedError):
            split_bundle(data, 2)

    @pytest.mark.spec("TRANSPARENCY-10")
    def test_an_entry_that_does_not_fit_is_refused(self) -> None:
        assert join_bundle([bytes(65_535)])[:2] == b"\xff\xff"
        with pytest.raises(LimitError):
            Edge().append([bytes(65_536)])


class TestAppend:
    """A log that grows."""

    @pytest.mark.spec("TRANSPARENCY-12")
    @given(size=st.integers(0, LARGEST), cuts=st.lists(st.integers(0, LARGEST), max_size=5))
    def test_any_grouping_of_entries_writes_the_same_files(
        self, size: int, cuts: list[int]
    ) -> None:
        known, edge, written = entries(size), Edge(), dict[str, bytes]()
        places = [0, *sorted(min(cut, size) for cut in cuts), size]
        for first, end in pairwise(places):
            grown = edge.append(known[first:end])
            for path, data in grown.files.items():
                assert written.setdefault(path, data) == data
            edge = Edge.load(grown.edge.size, root=grown.edge.root(), read=written.__getitem__)
            assert edge == grown.edge
        assert {path: written[path] for path in files(size)} == files(size)
        assert edge.root() == root(size)

    @pytest.mark.spec("TRANSPARENCY-9", "TRANSPARENCY-12")
    @pytest.mark.parametrize("size", [1, 2, 255, 256, 257, 511, 512, 599])
    def test_the_files_are_those_of_the_definition(self, size: int) -> None:
        assert files(size) == oracle_transparency.files(entries(size))

    @pytest.mark.spec("TRANSPARENCY-12")
    def test_the_files_of_a_log_of_three_levels_are_those_of_the_definition(self) -> None:
        known = [b"%d" % n for n in range(66_000)]
        grown = Edge().append(known)
        assert grown.files == oracle_transparency.files(known)
        assert [tile.path for tile in edge_tiles(66_000)] == [
            path for path in grown.files if ".p/" in path
        ]

    @pytest.mark.spec("TRANSPARENCY-12")
    def test_appending_to_a_large_log_writes_few_files(self) -> None:
        edge = Edge().append(entries(65_535)).edge
        assert len(edge.append([b"the last of three full tiles"]).files) == 4
        assert len(edge.append([b"one", b"two"]).files) == 6
        assert edge.append([]).files == edge.files()

    @pytest.mark.spec("TRANSPARENCY-13")
    @pytest.mark.parametrize("size", [1, 5, 256, 300])
    def test_tiles_with_another_root_are_not_appended_to(self, size: int) -> None:
        stored = files(size)
        assert Edge.load(size, root=root(size), read=stored.__getitem__).size == size
        with pytest.raises(VerificationError):
            Edge.load(size, root=root(size + 1), read=stored.__getitem__)
        for tile in edge_tiles(size):
            damaged = {**stored, tile.path: stored[tile.path][:-1] + b"\xff"}
            with pytest.raises(VerificationError):
                Edge.load(size, root=root(size), read=damaged.__getitem__)

    @pytest.mark.spec("TRANSPARENCY-13")
    def test_an_old_copy_of_the_tiles_is_not_appended_to(self) -> None:
        with pytest.raises(LookupError):
            Edge.load(300, root=root(300), read=files(299).__getitem__)


class TestStoredTree:
    """Proofs out of files."""

    @pytest.mark.spec("TRANSPARENCY-5")
    @given(data=st.data())
    def test_a_smaller_log_is_read_from_the_full_tiles_of_a_larger_one(
        self, data: st.DataObject
    ) -> None:
        size = data.draw(st.integers(257, 511))
        full = {path: each for path, each in files(512).items() if path.count("/") == 2}
        merged = {**full, "tile/1/000.p/1": files(size)["tile/1/000.p/1"]}
        old = StoredTree(size, merged.__getitem__)
        assert old.root() == root(size)
        index = data.draw(st.integers(0, size - 1))
        assert old.entry(index) == entries(size)[index]
        assert old.inclusion_proof(index) == tree(size).inclusion_proof(index)

    @pytest.mark.spec("TRANSPARENCY-5")
    def test_a_file_that_is_nowhere_is_missed(self) -> None:
        with pytest.raises(LookupError):
            read_tile(Tile(0, 0, 5), files(0).__getitem__)

    @pytest.mark.spec("TRANSPARENCY-11")
    @pytest.mark.parametrize("change", [-32, -1, 1, 32])
    def test_a_tile_of_another_length_is_refused(self, change: int) -> None:
        good = files(300)["tile/0/000"]
        bad = {**files(300), "tile/0/000": good[:change] if change < 0 else good + bytes(change)}
        with pytest.raises(MalformedError, match="bytes, not 8192"):
            StoredTree(300, bad.__getitem__).inclusion_proof(5)

    @given(size=st.integers(1, LARGEST), data=st.data())
    def test_the_tiles_named_for_a_proof_are_the_tiles_it_reads(
        self, size: int, data: st.DataObject
    ) -> None:
        index = data.draw(st.integers(0, size - 1))
        asked = list[str]()

        def read(path: str) -> bytes:
            asked.append(path)
            return files(size)[path]

        StoredTree(size, read).inclusion_proof(index)
        assert asked == [tile.path for tile in inclusion_tiles(index, size)]
        asked.clear()
        StoredTree(size, read).consistency_proof(index)
        assert set(asked) <= {tile.path for tile in consistency_tiles(index, size)}

    @pytest.mark.spec("TRANSPARENCY-12")
    def test_a_log_of_a_hundred_thousand_entries_appends_and_proves_in_seconds(self) -> None:
        """A tenth of a million, with room for a slow machine; the chapter's page has figures."""
        begun = time.process_time()
        known = [b"%d" % n for n in range(100_000)]
        grown = Edge().append(known)
        log = StoredTree(100_000, grown.files.__getitem__)
        proof = log.inclusion_proof(77_777)
        leaf, last = leaf_hash(known[77_777]), grown.edge.root()
        check_inclusion(leaf, index=77_777, size=100_000, root=last, proof=proof)
        log.consistency_proof(55_555)
        assert time.process_time() - begun < 20
