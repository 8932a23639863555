"""spec/proximity/export.md, "Bits that mean nothing": deflate streams one bit apart."""

import contextlib
import zlib
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dp3t.errors import Dp3tError, LimitError, MalformedError
from dp3t.proximity.export.idle_bits import FAST_LEVELS, refuse_idle_bits

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
    content: bytes,
    *,
    strategy: str = "default",
    level: int = 6,
    flushed: int = 0,
    memory: int = zlib.DEF_MEM_LEVEL,
) -> bytes:
    """Compress, in one piece or in two with an empty stored block behind each."""
    compressor = zlib.compressobj(level, wbits=-15, memLevel=memory, strategy=STRATEGIES[strategy])
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
        ("like ours", 4, 1),
        ("32 bytes", 50, 1),
        ("32 bytes", 50, 3),
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
        usual = level not in FAST_LEVELS or (strategy == "default" and not flushed)
        assert kind == "two letters" or not usual, "streams of random keys are good as written"
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


def walked(packed: bytes, content: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """Check a stream as if zlib had no fast levels."""
    with monkeypatch.context() as patch:
        patch.setattr("dp3t.proximity.export.idle_bits.FAST_LEVELS", ())
        refuse_idle_bits(packed, content)


@pytest.mark.spec("EXPORT-31")
@pytest.mark.parametrize("level", FAST_LEVELS)
def test_a_fast_stream_is_good_even_where_it_has_a_closer_twin(
    level: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = content_of("32 bytes", 300)
    fast = deflate(content, level=level)
    with pytest.raises(MalformedError):
        walked(fast, content, monkeypatch)
    refuse_idle_bits(fast, content)


@pytest.mark.spec("EXPORT-32")
@pytest.mark.parametrize("level", FAST_LEVELS)
def test_a_twin_of_a_fast_stream_is_refused_even_where_it_is_the_closer_one(
    level: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    closer = 0
    for records in range(5, 25):
        content = content_of("32 bytes", records)
        for twin in twins(deflate(content, level=level), content):
            with pytest.raises(MalformedError):
                refuse_idle_bits(twin, content)
            with contextlib.suppress(MalformedError):
                walked(twin, content, monkeypatch)
                closer += 1
    assert closer, "no twin here would have been good but for the fast stream"


@pytest.mark.spec("EXPORT-31", "EXPORT-32")
def test_of_two_fast_streams_one_bit_apart_the_lower_level_is_good(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Such have not been seen; two streams of level 1 stand in for levels 1 and 2."""
    content = content_of("32 bytes", 50)
    one = deflate(content, level=1)
    other = twins(one, content)[0]
    written = iter([one, one, other])

    class Compressor:
        def compress(self, content: bytes) -> bytes:
            return next(written)

        def flush(self) -> bytes:
            return b""

    monkeypatch.setattr(
        "dp3t.proximity.export.idle_bits.zlib.compressobj", lambda *_, **__: Compressor()
    )
    refuse_idle_bits(one, content)
    with pytest.raises(MalformedError):
        refuse_idle_bits(other, content)


@pytest.mark.spec("EXPORT-1")
@pytest.mark.parametrize("level", [4, 6, 9])
@pytest.mark.parametrize("records", [1000, 5000])
def test_the_small_blocks_of_a_compressor_with_little_memory_are_not_too_many(
    records: int, level: int
) -> None:
    content = content_of("32 bytes", records)
    refuse_idle_bits(deflate(content, level=level, memory=1), content)


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


@pytest.mark.spec("EXPORT-1")
@pytest.mark.parametrize(("count", "good"), [(80, True), (100, False)], ids=str)
def test_dynamic_blocks_are_counted_apart(count: int, good: bool) -> None:
    random = Random("blocks")
    pieces = [bytes(random.choices(b"abcdefgh", k=256)) for _ in range(count)]
    content = b"".join(pieces)
    compressor = zlib.compressobj(wbits=-15, strategy=zlib.Z_HUFFMAN_ONLY)
    packed = b"".join(compressor.compress(each) + compressor.flush(zlib.Z_BLOCK) for each in pieces)
    packed += compressor.flush()
    if good:
        refuse_idle_bits(packed, content)
    else:
        with pytest.raises(LimitError):
            refuse_idle_bits(packed, content)


@pytest.mark.spec("EXPORT-33")
def test_twins_are_followed_only_so_far(monkeypatch: pytest.MonkeyPatch) -> None:
    content = content_of("32 bytes", 1000)
    packed = deflate(content, memory=1)
    refuse_idle_bits(packed, content)
    monkeypatch.setattr("dp3t.proximity.export.idle_bits.MAX_FOLLOWED", 0)
    monkeypatch.setattr("dp3t.proximity.export.idle_bits.BYTES_PER_FOLLOWED", 1000)
    with pytest.raises(LimitError):
        refuse_idle_bits(packed, content)


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
