"""spec/publication/transparency.md: what the log says of a file, and the audit of a whole log."""

from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

import oracle_transparency
from dp3t.errors import (
    Dp3tError,
    LimitError,
    MalformedError,
    UnsupportedVersionError,
    VerificationError,
)
from dp3t.publication.batch import BatchName
from dp3t.publication.transparency import (
    Checkpoint,
    Edge,
    Entry,
    audit,
    require_one_file_each,
)
from dp3t.publication.transparency.entry import MAX_ENTRY_BYTES
from dp3t.timeline import Instant
from publication_cases import NOON, altered
from transparency_logs import ORIGIN
from vectors import Case, vector_cases

FILE = b"a signed batch"
ENTRY = Entry.of_batch(FILE, BatchName(design="gaen", region="VN", release=NOON))


@pytest.mark.parametrize("case", vector_cases("transparency", operation="entry", result="valid"))
def test_an_entry_is_read_to_its_fields_and_both_witnesses_write_it(case: Case) -> None:
    encoded = bytes.fromhex(case["encoded"])
    entry = Entry.decode(encoded)
    names = ("kind", "region", "name", "moment", "size_bytes")
    fields = {name: case[name] for name in names}
    assert {name: getattr(entry, name) for name in names} == fields
    assert entry.encode() == encoded
    digest = bytes.fromhex(case["digest"])
    assert encoded == oracle_transparency.entry(**fields, digest=digest)
    assert entry.digest == digest
    assert entry.leaf() == oracle_transparency.root([encoded]) == bytes.fromhex(case["leaf"])


@pytest.mark.parametrize(
    "case", vector_cases("transparency", operation="entry", result="malformed")
)
def test_an_entry_with_one_fault_is_refused(case: Case) -> None:
    with pytest.raises(MalformedError):
        Entry.decode(bytes.fromhex(case["encoded"]))


class TestEntry:
    """One file."""

    def test_it_describes_its_file_and_no_other(self) -> None:
        ENTRY.require_describes(FILE)
        assert ENTRY.slot == ("batch", "VN", "gaen", NOON)
        for other in (FILE + b"\0", FILE[:-1], FILE[::-1], b""):
            with pytest.raises(VerificationError, match="not the batch"):
                ENTRY.require_describes(other)

    @pytest.mark.spec("TRANSPARENCY-7")
    @given(data=st.binary(max_size=200) | altered(ENTRY.encode()))
    def test_any_bytes_are_refused_or_the_one_encoding_of_an_entry(self, data: bytes) -> None:
        try:
            entry = Entry.decode(data)
        except Dp3tError:
            return
        assert entry.encode() == data

    @pytest.mark.spec("TRANSPARENCY-6")
    def test_the_longest_entry_fits(self) -> None:
        longest = replace(ENTRY, kind="k" * 16, region="R" * 16, name="n" * 32)
        assert len(longest.encode()) < MAX_ENTRY_BYTES
        with pytest.raises(LimitError):
            Entry.decode(bytes(MAX_ENTRY_BYTES + 1))

    @pytest.mark.spec("CODEC-8")
    def test_a_later_version_is_refused_by_that_name(self) -> None:
        encoded = ENTRY.encode()
        assert encoded.endswith(b"version\1")
        with pytest.raises(UnsupportedVersionError, match="version 2"):
            Entry.decode(encoded[:-1] + b"\2")


def logged(*entries: Entry) -> tuple[Checkpoint, Mapping[str, bytes]]:
    """Return the checkpoint and the files of a log."""
    grown = Edge().append(entry.encode() for entry in entries)
    checkpoint = Checkpoint(origin=ORIGIN, size=len(entries), root=grown.edge.root())
    return checkpoint, grown.files


def numbered(count: int) -> list[Entry]:
    return [replace(ENTRY, moment=Instant(7200 * n)) for n in range(count)]


class TestAudit:
    """A whole log."""

    @pytest.mark.parametrize("count", [0, 1, 5, 256, 300])
    def test_it_gives_every_entry_in_order(self, count: int) -> None:
        checkpoint, files = logged(*numbered(count))
        assert audit(checkpoint, files.__getitem__) == tuple(numbered(count))

    @pytest.mark.spec("TRANSPARENCY-8")
    def test_two_files_of_one_name_are_noticed(self) -> None:
        twice = [*numbered(5), replace(numbered(5)[3], digest=bytes(32))]
        with pytest.raises(VerificationError, match="two files for batch gaen of 21600"):
            require_one_file_each(twice)
        checkpoint, files = logged(*twice)
        with pytest.raises(VerificationError, match="two files"):
            audit(checkpoint, files.__getitem__)

    @pytest.mark.spec("TRANSPARENCY-8")
    @pytest.mark.parametrize(
        "other",
        [
            replace(ENTRY, kind="traces"),
            replace(ENTRY, region="TH"),
            replace(ENTRY, name="hybrid"),
            replace(ENTRY, moment=Instant(NOON + 1)),
        ],
        ids=["kind", "region", "name", "moment"],
    )
    def test_what_differs_in_kind_region_name_or_moment_is_another_file(self, other: Entry) -> None:
        require_one_file_each([ENTRY, other])
        with pytest.raises(VerificationError):
            require_one_file_each([ENTRY, replace(ENTRY, size_bytes=1)])

    @pytest.mark.spec("TRANSPARENCY-4")
    def test_bundles_of_another_log_are_noticed(self) -> None:
        checkpoint, _ = logged(*numbered(5))
        others = [*numbered(4), replace(ENTRY, name="hybrid")]
        with pytest.raises(VerificationError, match="other entries"):
            audit(checkpoint, logged(*others)[1].__getitem__)

    @pytest.mark.spec("TRANSPARENCY-7", "TRANSPARENCY-11")
    def test_what_is_no_entry_or_cut_off_is_refused(self) -> None:
        grown = Edge().append([b"no entry"])
        checkpoint = Checkpoint(origin=ORIGIN, size=1, root=grown.edge.root())
        with pytest.raises(MalformedError):
            audit(checkpoint, grown.files.__getitem__)
        checkpoint, files = logged(*numbered(3))
        cut = {path: data[:-1] for path, data in files.items()}
        with pytest.raises(MalformedError, match="truncated"):
            audit(checkpoint, cut.__getitem__)
        with pytest.raises(LookupError):
            audit(checkpoint, Edge().files().__getitem__)
