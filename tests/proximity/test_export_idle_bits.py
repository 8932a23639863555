"""spec/proximity/export.md, "Bits that mean nothing": deflate streams one bit apart."""

import zlib
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dp3t.errors import Dp3tError, LimitError, MalformedError
from dp3t.proximity.export.idle_bits import refuse_idle_bits

STRATEGIES = {
    "default": zlib.Z_DEFAULT_STRATEGY,
    "filtered": zlib.Z_FILTERED,
    "huffman": zlib.Z_HUFFMAN_ONLY,
    "rle": zlib.Z_RLE,
    "fixed": zlib.Z_FIXED,
}


def content_of(kind: str, records: int) -> bytes:
    """Return something like export.bin: records with random keys, or of two letters only."""
    random = Random(f"{kind} {records}")
    body = b""
    for _ in range(records):
        record = b"\x0a\x10" + random.randbytes(16)
        match kind:
            case "like ours":
                record += bytes.fromhex("18a0a6a201 209001 2801")
            case "32 bytes":
                record += bytes([0x10, random.randint(1, 8)])
                record += b"\x18" + bytes([0x80 | 16 * random.randint(0, 3)])
                record += bytes.fromhex("dda101 209001 2801")
            case "two letters":
                record = bytes(random.choice(b"ab") for _ in range(30))
        body += b"\x3a" + bytes([len(record)]) + record
    return b"EK Export v1    " + random.randbytes(20) + body


def deflate(
    content: bytes, *, strategy: str = "default", level: int = 6, flushed: int = 0
) -> bytes:
    """Compress, in one piece or in two with an empty stored block behind each."""
    compressor = zlib.compressobj(level, wbits=-15, strategy=STRATEGIES[strategy])
    if not flushed:
        return compressor.compress(content) + compressor.flush()
    half = len(content) // 2
    packed = compressor.compress(content[:half]) + compressor.flush(zlib.Z_SYNC_FLUSH)
    return packed + compressor.compress(content[half:]) + compressor.flush()


def twins(packed: bytes, content: bytes) -> list[bytes]:
    """Return every stream one bit away that zlib decompresses to the same content."""
    found = []
    for bit in range(8 * len(packed)):
        copy = bytearray(packed)
        copy[bit // 8] ^= 1 << bit % 8
        inflater = zlib.decompressobj(-15)
        try:
            same = inflater.decompress(bytes(copy)) == content
        except zlib.error:
            continue
        if same and inflater.eof and not inflater.unused_data:
            found.append(bytes(copy))
    return found


@pytest.mark.spec("EXPORT-8", "EXPORT-9", "EXPORT-10")
@pytest.mark.parametrize("flushed", [0, 1], ids=["whole", "flushed"])
@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize(
    ("kind", "records", "level"),
    [
        ("like ours", 0, 6),
        ("like ours", 4, 6),
        ("like ours", 40, 9),
        ("32 bytes", 50, 4),
        ("32 bytes", 50, 6),
        ("two letters", 40, 6),
    ],
)
def test_of_two_streams_one_bit_apart_at_most_one_is_good(
    kind: str, records: int, level: int, strategy: str, flushed: int
) -> None:
    """Malformed: every twin that zlib, tried with all bits, knows of a stream that is good."""
    content = content_of(kind, records)
    packed = deflate(content, strategy=strategy, level=level, flushed=flushed)
    try:
        refuse_idle_bits(packed, content)
    except MalformedError:
        assert kind == "two letters", "streams with random keys are good as compressors write them"
        return
    for twin in twins(packed, content):
        with pytest.raises(MalformedError):
            refuse_idle_bits(twin, content)


@pytest.mark.spec("EXPORT-9")
def test_streams_with_twins_are_common_so_the_test_above_means_something() -> None:
    content = content_of("32 bytes", 50)
    packed = deflate(content)
    inner = [
        twin
        for twin in twins(packed, content)
        if any(a != b for a, b in zip(twin[:-1], packed[:-1], strict=True))
    ]
    assert inner


@pytest.mark.parametrize("level", range(4, 10))
@pytest.mark.parametrize("kind", ["like ours", "32 bytes"])
def test_a_good_file_of_many_keys_is_good_at_every_level_that_looks_for_the_nearest(
    kind: str, level: int
) -> None:
    content = content_of(kind, 3000)
    refuse_idle_bits(deflate(content, level=level), content)


def bits_of(*fields: tuple[int, int]) -> str:
    """Write numbers of given widths, lowest bit first."""
    return "".join(f"{value:0{width}b}"[::-1] for value, width in fields)


def dynamic_block(distances: list[int], *, letters: bytes = b"a") -> bytes:
    """Write "ab" in a dynamic block with a chosen list of distance widths, all 0 or 1.

    The code for a, b and the end of block has widths 1, 2 and 2. The code for widths has the
    symbols 0, 1, 2 and 18 of two bits each, so that every width of 1 is one bit from one of 0.
    """
    header = bits_of((1, 1), (2, 2), (0, 5), (len(distances) - 1, 5), (14, 4))
    order = (16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1)
    header += bits_of(*((2 * (symbol in (0, 1, 2, 18)), 3) for symbol in order))
    zero, one, two, run = "00", "01", "10", "11"
    widths = run + bits_of((97 - 11, 7)) + one + two
    widths += run + bits_of((138 - 11, 7)) + run + bits_of((19 - 11, 7)) + two
    widths += "".join(one if width else zero for width in distances)
    body = "0" * len(letters) + "10" + "11"
    bits = header + widths + body
    bits += "0" * (-len(bits) % 8)
    return bytes(int(bits[at : at + 8][::-1], 2) for at in range(0, len(bits), 8))


@pytest.mark.spec("EXPORT-10")
@pytest.mark.parametrize(
    ("distances", "good"),
    [([1], True), ([1, 1], True), ([0], False), ([1, 0], False), ([0, 1], False)],
    ids=str,
)
def test_a_distance_code_that_nothing_uses_has_one_form(distances: list[int], good: bool) -> None:
    packed = dynamic_block(distances)
    assert zlib.decompress(packed, -15) == b"ab"
    if good:
        refuse_idle_bits(packed, b"ab")
    else:
        with pytest.raises(MalformedError):
            refuse_idle_bits(packed, b"ab")


@pytest.mark.spec("EXPORT-10")
@pytest.mark.parametrize("distances", [[1], [1, 1]], ids=str)
def test_twins_of_the_good_forms_are_refused(distances: list[int]) -> None:
    packed = dynamic_block(distances)
    found = twins(packed, b"ab")
    assert found
    for twin in found:
        with pytest.raises(MalformedError):
            refuse_idle_bits(twin, b"ab")


@pytest.mark.spec("EXPORT-1")
def test_empty_blocks_without_end_are_refused() -> None:
    packed = bytes.fromhex("000000ffff") * 64 + deflate(b"ab")
    assert zlib.decompress(packed, -15) == b"ab"
    with pytest.raises(LimitError):
        refuse_idle_bits(packed, b"ab")
    refuse_idle_bits(packed[5:], b"ab")


@pytest.mark.spec("EXPORT-8")
@given(packed=st.binary(max_size=120))
def test_any_stream_that_zlib_takes_is_taken_or_refused(packed: bytes) -> None:
    inflater = zlib.decompressobj(-15)
    try:
        content = inflater.decompress(packed, 2**16)
    except zlib.error:
        return
    if inflater.eof and not inflater.unused_data:
        try:
            refuse_idle_bits(packed, content)
        except Dp3tError:
            return
        for twin in twins(packed, content):
            with pytest.raises(Dp3tError):
                refuse_idle_bits(twin, content)


@pytest.mark.parametrize("content", [b"", b"other", b"ab" * 9])
def test_content_of_another_stream_ends_in_a_refusal_and_never_in_a_loop(content: bytes) -> None:
    for packed in (b"", b"\x07", b"\x03", deflate(b"ab")[:-1], bytes(20), b"\x04" * 40):
        with pytest.raises(MalformedError):
            refuse_idle_bits(packed, content)
