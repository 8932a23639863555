"""The grammar of deflate (RFC 1951): Huffman codes and block headers, read without inflating.

zlib inflates. This reader serves `idle_bits`, which asks what each bit of a stream means.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

WINDOW_BYTES = 64
"""How far `window` looks: more than the 48 bits of the longest token."""

END_SYMBOL = 256
_ORDER_OF_WIDTHS = (16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15)
_RUNS = {16: (3, 2), 17: (3, 3), 18: (11, 7)}
"""Shortest run and number of extra bits of the symbols that repeat a width."""


class Code(NamedTuple):
    """A Huffman code as a table over the next bits: symbol << 4 | width, or 0 for no symbol."""

    table: list[int]
    mask: int


_NO_CODE = Code([0], 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A block whose header is read.

    Attributes:
        body: the bit at which the tokens begin, or at which a stored block ends.
        stored: the content of a stored block.
        idle: a bit of the header can change and the content stay.
        idle_without_match: so it can if no token of the block uses the distance code.
    """

    final: bool
    body: int
    stored: bytes | None = None
    literals: Code = _NO_CODE
    distances: Code = _NO_CODE
    idle: bool = False
    idle_without_match: bool = False


class _Run(NamedTuple):
    """A width, or a repetition of one, as a header lists it; ordered by how many it spells."""

    times: int
    symbol: int
    end: int

    def widths(self, before: Sequence[int]) -> list[int]:
        """Return the widths it spells after those before it."""
        if self.symbol == 16:
            return [*before[-1:]] * self.times
        return [self.symbol if self.symbol < 16 else 0] * self.times


def window(packed: bytes, at: int) -> int:
    """Return the bits that follow a place counted in bits, as an integer, first bit lowest."""
    return int.from_bytes(packed[at // 8 : at // 8 + WINDOW_BYTES], "little") >> at % 8


def is_dynamic(packed: bytes, at: int) -> bool:
    """Return whether a block whose header begins at a bit has codes of its own."""
    return window(packed, at) >> 1 & 3 == 2


def open_block(packed: bytes, at: int) -> Block | None:
    """Return the block whose header begins at a bit; None if there is no valid one."""
    header = window(packed, at)
    final, kind, at = bool(header & 1), header >> 1 & 3, at + 3
    if kind == 0:
        return _open_stored(packed, at, final=final)
    if kind == 1:
        return Block(final=final, body=at, literals=_FIXED_LITERALS, distances=_FIXED_DISTANCES)
    return _open_dynamic(packed, at, final=final) if kind == 2 else None


def _open_stored(packed: bytes, at: int, *, final: bool) -> Block | None:
    padding = window(packed, at) & (1 << -at % 8) - 1
    start = (at + 7) // 8
    length = int.from_bytes(packed[start : start + 2], "little")
    check = int.from_bytes(packed[start + 2 : start + 4], "little")
    end = start + 4 + length
    if length ^ check != 0xFFFF or end > len(packed):
        return None
    stored = packed[start + 4 : end]
    return Block(final=final, body=8 * end, stored=stored, idle=bool(padding))


def _open_dynamic(packed: bytes, at: int, *, final: bool) -> Block | None:
    header = window(packed, at)
    literals, distances = 257 + (header & 31), 1 + (header >> 5 & 31)
    listed = 4 + (header >> 10 & 15)
    meta = [0] * 19
    for place, symbol in enumerate(_ORDER_OF_WIDTHS[:listed]):
        meta[symbol] = header >> 14 + 3 * place & 7
    meta_code = _code(meta)
    if meta_code is None or literals > 286 or distances > 30:
        return None
    reader = _Widths(packed, meta_code, at + 14 + 3 * listed, literals + distances)
    widths = reader.read()
    if widths is None or not widths[END_SYMBOL]:
        return None
    literal_code, distance_code = _code(widths[:literals]), _code(widths[literals:], lone=True)
    if literal_code is None or distance_code is None:
        return None
    idle, idle_without_match = _idle_distances(widths[literals:], meta)
    return Block(
        final=final,
        body=reader.at,
        literals=literal_code,
        distances=distance_code,
        idle=idle or reader.has_twin(widths),
        idle_without_match=idle_without_match,
    )


class _Widths:
    """The list of widths in a dynamic header."""

    def __init__(self, packed: bytes, code: Code, at: int, count: int) -> None:
        self._packed = packed
        self._code = code
        self._start = at
        self._count = count
        self.at = at

    def read(self) -> list[int] | None:
        """Return the widths and leave `at` behind them; None if they are invalid."""
        widths = list[int]()
        for run in self._runs(self._start):
            widths += run.widths(widths)
            self.at = run.end
            if len(widths) >= self._count:
                break
        return widths if len(widths) == self._count else None

    def has_twin(self, widths: list[int]) -> bool:
        """Return whether one bit can change so that a longer run spells the same widths.

        Of two such lists the one with the longer run is right: writers repeat where they can.
        """
        at, place = self._start, 0
        for run in self._runs(self._start):
            bits = window(self._packed, at)
            for flipped in range(run.end - at):
                twin = self._run(at, bits ^ 1 << flipped)
                if twin and twin > run and self._spells(twin, widths, place):
                    return True
            at, place = run.end, place + run.times
            if place == self._count:
                break
        return False

    def _spells(self, run: _Run, widths: list[int], place: int) -> bool:
        """Return whether the list goes on from a run to spell the widths and end where it did."""
        following = self._runs(run.end)
        while run.widths(widths[:place]) == widths[place : place + run.times]:
            place += run.times
            if place == self._count:
                return run.end == self.at
            successor = next(following, None)
            if successor is None:
                return False
            run = successor
        return False

    def _runs(self, at: int) -> Iterator[_Run]:
        while run := self._run(at, window(self._packed, at)):
            yield run
            at = run.end

    def _run(self, at: int, bits: int) -> _Run | None:
        symbol, width = divmod(self._code.table[bits & self._code.mask], 16)
        least, extra = _RUNS.get(symbol, (1, 0))
        end = at + width + extra
        if not width or end > 8 * len(self._packed):
            return None
        return _Run(least + (bits >> width & (1 << extra) - 1), symbol, end)


def _code(widths: Sequence[int], *, lone: bool = False) -> Code | None:
    """Return the canonical code with these widths, or None if they give none.

    A code is complete, or `lone`: it has at most one symbol, of width 1.
    """
    most = max(widths)
    room = (1 << most) - sum(1 << most - width for width in widths if width)
    if room < 0 or (room and not (lone and most <= 1)):
        return None
    table, word = [0] * (1 << most), 0
    for width in range(1, most + 1):
        for symbol, each in enumerate(widths):
            if each == width:
                first = int(f"{word:0{width}b}"[::-1], 2)
                table[first :: 1 << width] = [symbol << 4 | width] * (1 << most - width)
                word += 1
        word <<= 1
    return Code(table, (1 << most) - 1)


def _idle_distances(widths: Sequence[int], meta: Sequence[int]) -> tuple[bool, bool]:
    """Return whether a distance code is idle, and whether it is unless a match uses it.

    A flipped bit can take one symbol away from a code of two, or the only one from a code of one.
    So a lone symbol is allowed where it is the last listed and used, or the only one listed; and no
    symbol only where a width of 1 could not have stood instead.
    """
    symbols = sum(map(bool, widths))
    if symbols > 1:
        return False, False
    if symbols == 0:
        return bool(meta[1]), False
    return not widths[-1], len(widths) > 1


def _complete(widths: Sequence[int]) -> Code:
    code = _code(widths)
    if code is None:
        raise AssertionError("the fixed codes are complete")
    return code


_FIXED_LITERALS = _complete([8] * 144 + [9] * 112 + [7] * 24 + [8] * 8)
_FIXED_DISTANCES = _complete([5] * 32)
