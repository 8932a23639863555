"""spec/proximity/export.md: containers, limits and hostile bytes."""

import contextlib
import io
import struct
import tracemalloc
import zipfile
import zlib
from dataclasses import replace
from random import Random
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import oracle
from dp3t.errors import Dp3tError, LimitError, MalformedError
from dp3t.primitives import P256PublicKey, sha256
from dp3t.proximity.export.container import (
    MAX_FILE_BYTES,
    MAX_INFLATED_BYTES,
    read_container,
)
from dp3t.proximity.export.content import MAX_KEYS, ExportedKey, KeyExport, SignatureInfo
from dp3t.proximity.export.messages import decode_export
from dp3t.proximity.export.reader import HEADER, read_export
from dp3t.proximity.gaen import TemporaryExposureKey
from dp3t.timeline import Interval
from key_files import END, KEY, START, deflated_file, file_of, key, keys_of, written
from vectors import vector_cases


def single_bit_copies(file: bytes) -> list[bytes]:
    """Return every copy of a file in which one bit is changed."""
    copies = []
    for bit in range(8 * len(file)):
        copy = bytearray(file)
        copy[bit // 8] ^= 1 << bit % 8
        copies.append(bytes(copy))
    return copies


@pytest.mark.spec("EXPORT-5", "EXPORT-9")
@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED], ids=str)
@pytest.mark.parametrize("count", [0, 1, 9, 600])
def test_a_file_that_pythons_zipfile_packed_is_read(method: int, count: int) -> None:
    keys = [
        replace(key(), key=replace(key().key, key=sha256(bytes([n % 256, n // 256]))[:16]))
        for n in range(count)
    ]
    ours, theirs = written(*keys), io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(ours)) as found, zipfile.ZipFile(theirs, "w", method) as made:
        for name in found.namelist():
            made.writestr(name, found.read(name))
    trusted = [KEY.public()]
    assert read_export(theirs.getvalue(), keys=trusted) == read_export(ours, keys=trusted)


def repacked(file: bytes, level: int) -> bytes:
    """Pack the members of a file again as Python's zipfile compresses them."""
    made = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(file)) as found,
        zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED, compresslevel=level) as archive,
    ):
        for name in found.namelist():
            archive.writestr(zipfile.ZipInfo(name), found.read(name), zipfile.ZIP_DEFLATED, level)
    return made.getvalue()


def varied(random: Random, count: int) -> list[ExportedKey]:
    """Return keys as a server has them after two weeks."""
    return [
        ExportedKey(
            key=TemporaryExposureKey(
                key=random.randbytes(16),
                rolling_start=Interval(2_642_976 + 144 * random.randrange(14)),
                days_since_onset=random.choice([None, 0, 1, 2, 3]),
            ),
            transmission_risk=random.randrange(9),
        )
        for _ in range(count)
    ]


@pytest.mark.spec("EXPORT-9", "EXPORT-31")
@pytest.mark.parametrize("level", range(1, 10))
def test_files_that_pythons_zipfile_compressed_are_read_at_every_level(level: int) -> None:
    """Forty-eight files of each level; of those of levels 1 to 3 every fourth has closer twins."""
    random = Random(level)
    for count in (0, 1, 2, 3, 5, 10, 15, 20, 30, 50, 100, 300) * 4:
        ours = written(*varied(random, count))
        trusted = [KEY.public()]
        again = repacked(ours, level)
        assert read_export(again, keys=trusted) == read_export(ours, keys=trusted)


@pytest.mark.spec("EXPORT-8", "EXPORT-9", "EXPORT-10", "EXPORT-32")
@pytest.mark.parametrize("level", [1, 3, 9])
def test_no_bit_of_a_compressed_file_can_change(level: int) -> None:
    for copy in single_bit_copies(repacked(written(*varied(Random(1), 12)), level)):
        with pytest.raises(Dp3tError):
            read_export(copy, keys=None)


@pytest.mark.spec("EXPORT-6")
@pytest.mark.parametrize("bit", range(16))
def test_flags_that_the_table_does_not_allow_are_refused(bit: int) -> None:
    """Refused: a bit set in all four headers, so that no other check sees it."""
    whole = oracle.zip_stored([("export.bin", b"bin"), ("export.sig", b"sig")])
    file = bytearray(whole)
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        first = whole.index(mark)
        for at in (first, whole.index(mark, first + 1)):
            file[at + offset + bit // 8] |= 1 << bit % 8
    if bit in (1, 2, 11):
        assert read_container(bytes(file))["export.bin"].content == b"bin"
    else:
        with pytest.raises(MalformedError):
            read_container(bytes(file))


FLIPPED = [
    "members-in-the-other-order",
    "streamed-with-descriptors",
    "made-on-unix",
    "with-modification-times",
    "deflated-stored-block",
    "deflated-fixed-codes",
    "deflated-match-96-back-with-a-twin-128-back",
]


@pytest.mark.spec("EXPORT-2", "EXPORT-4", "EXPORT-5", "EXPORT-6", "EXPORT-7", "EXPORT-8")
@pytest.mark.parametrize("name", FLIPPED)
def test_no_bit_of_a_file_can_change(name: str) -> None:
    """Malformed: any single bit of the container, whether or not a signature covers it."""
    [case] = [
        case
        for case in (param.values[0] for param in vector_cases("gaen_export", operation="read"))
        if isinstance(case, dict) and case["id"] == name
    ]
    keys = keys_of(case)
    for copy in single_bit_copies(file_of(case)):
        with pytest.raises(Dp3tError):
            read_export(copy, keys=keys)


@pytest.mark.spec("EXPORT-2", "EXPORT-25")
@pytest.mark.parametrize("keys", [[KEY.public()], None], ids=["with-key", "without-key"])
def test_no_bit_of_a_file_of_ours_can_change(keys: list[P256PublicKey] | None) -> None:
    """Malformed: the container's checksums see a changed bit even where nobody has a key."""
    for copy in single_bit_copies(written(key(1), key(2))):
        with pytest.raises(Dp3tError):
            read_export(copy, keys=keys)


@pytest.mark.spec("EXPORT-2")
def test_no_beginning_of_a_file_is_a_file() -> None:
    file = written(key())
    for length in range(len(file)):
        with pytest.raises(MalformedError):
            read_export(file[:length], keys=None)


class TestLimits:
    """What is too large is refused by its numbers, before memory is spent on it."""

    def peak(self, file: bytes, **options: Any) -> int:
        tracemalloc.start()
        try:
            with pytest.raises(LimitError):
                read_export(file, keys=[KEY.public()], **options)
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    @pytest.mark.spec("EXPORT-1")
    def test_a_file_of_one_byte_too_many_is_refused_unread(self) -> None:
        file = bytes(MAX_FILE_BYTES + 1)
        assert self.peak(file) < 2**16

    @pytest.mark.spec("EXPORT-1", "EXPORT-7")
    def test_a_bomb_of_a_thousand_to_one_is_refused_before_it_goes_off(self) -> None:
        file = deflated_file(bytes(MAX_INFLATED_BYTES))
        assert len(file) < MAX_INFLATED_BYTES // 900
        assert self.peak(file) < 2**20

    @pytest.mark.spec("EXPORT-7")
    def test_a_bomb_that_understates_itself_goes_no_further_than_it_says(self) -> None:
        honest = deflated_file(bytes(MAX_INFLATED_BYTES))
        said = (16 * 1000).to_bytes(4, "little")
        file = honest.replace(MAX_INFLATED_BYTES.to_bytes(4, "little"), said)
        tracemalloc.start()
        try:
            with pytest.raises(MalformedError, match="longer than the zip says"):
                read_export(file, keys=None)
            peak_bytes = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        assert peak_bytes < 2**20

    @pytest.mark.spec("EXPORT-1")
    @pytest.mark.parametrize("record", [b"\x3a\x00", b"\x32\x00", b"\x42\x00"], ids=bytes.hex)
    def test_records_are_counted_before_any_is_built(
        self, record: bytes, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delattr("dp3t.proximity.export.messages._parsed")
        with pytest.raises(LimitError, match="records"):
            decode_export(record * (MAX_KEYS + 11))

    @pytest.mark.spec("EXPORT-1", "EXPORT-29")
    def test_a_million_keys_are_the_most(self) -> None:
        info = SignatureInfo(key_id="452", key_version="v1")
        options: dict[str, Any] = {"start": START, "end": END, "region": "VN"}
        options |= {"batch_number": 1, "batch_size": 1, "signature_infos": (info,)}
        most = KeyExport(keys=(key(),) * (MAX_KEYS - 1), revised_keys=(key(),), **options)
        assert len(most.keys) + len(most.revised_keys) == MAX_KEYS
        with pytest.raises(LimitError):
            KeyExport(keys=(key(),) * MAX_KEYS, revised_keys=(key(),), **options)


def raw_deflate(content: bytes) -> bytes:
    compressor = zlib.compressobj(wbits=-15)
    return compressor.compress(content) + compressor.flush()


def said_to_be_deflated(packed: bytes, content: bytes) -> bytes:
    """Write a container whose export.bin claims to be compressed, with sums that fit."""
    whole = oracle.zip_stored([("export.bin", packed), ("export.sig", b"")])
    file = bytearray(whole)
    for local, at in ((0, 0), (2, whole.index(b"PK\x01\x02"))):
        file[at + 8 + local] = 8
        sums = (zlib.crc32(content), len(packed), len(content))
        file[at + 14 + local : at + 26 + local] = struct.pack("<3I", *sums)
    return bytes(file)


class TestHostileBytes:
    @pytest.mark.spec("EXPORT-2")
    @given(data=st.binary(max_size=400))
    @example(data=b"PK\x05\x06" + b"\xff" * 18)
    def test_any_bytes_are_refused_without_another_error(self, data: bytes) -> None:
        with pytest.raises(Dp3tError):
            read_export(data, keys=None)

    @pytest.mark.spec("EXPORT-12", "EXPORT-13")
    @given(message=st.binary(max_size=200), signatures=st.binary(max_size=200))
    def test_any_messages_are_read_or_refused(self, message: bytes, signatures: bytes) -> None:
        good = written(key())
        with zipfile.ZipFile(io.BytesIO(good)) as archive:
            whole = archive.read("export.sig")
        for export_sig in (whole, signatures):
            file = oracle.zip_stored([("export.bin", HEADER + message), ("export.sig", export_sig)])
            with contextlib.suppress(Dp3tError):
                read_export(file, keys=None)

    @pytest.mark.spec("EXPORT-7")
    @given(packed=st.binary(max_size=200) | st.binary(max_size=200).map(raw_deflate))
    def test_any_compressed_data_are_read_or_refused(self, packed: bytes) -> None:
        content = b""
        with contextlib.suppress(zlib.error):
            content = zlib.decompressobj(-15).decompress(packed, 2**16)
        with contextlib.suppress(Dp3tError):
            read_export(said_to_be_deflated(packed, content), keys=None)

    @pytest.mark.spec("EXPORT-2")
    @given(data=st.data())
    def test_a_damaged_file_is_never_taken_for_the_good_one(self, data: st.DataObject) -> None:
        good = written(key(1), key(2))
        at = data.draw(st.integers(0, len(good) - 1))
        cut = data.draw(st.integers(0, 8))
        bad = good[:at] + data.draw(st.binary(max_size=8)) + good[at + cut :]
        if bad != good:
            with pytest.raises(Dp3tError):
                read_export(bad, keys=[KEY.public()])
