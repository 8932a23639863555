"""Refuse a deflate stream in which one bit can change while its content stays.

zlib has already proved the stream valid and given the content. A second walk, with the content at
hand, looks for bits without a meaning of their own: padding, a distance code that nothing uses, and
tokens that have a twin, another token one bit away that spells the same content. Of two twins one
is allowed: the one that stands lower in the order literal, end of block, match by distance and
length. Compressors take the nearest match, so that is the one they write.

zlib does not at its fast levels. What it writes there is known without a walk: compress the content
again and compare. Such a stream is good as a whole, and then none of its twins is.

A flipped bit that gives a token of another width throws all later tokens out of step. They are
followed for `_PATIENCE` tokens; a stream that still spells the content is taken to go on doing so.
"""

import zlib
from collections.abc import Iterator
from typing import NamedTuple

from dp3t.errors import LimitError, MalformedError
from dp3t.proximity.export.deflate import (
    END_SYMBOL,
    WINDOW_BYTES,
    Block,
    is_dynamic,
    open_block,
    window,
)

MAX_BLOCKS = 64
BYTES_PER_BLOCK = 64
"""zlib, with the least memory it takes, fills a block with 127 symbols."""

BYTES_PER_DYNAMIC_BLOCK = 1024
"""Codes of its own pay for a block of more; reading them takes as long as reading that much."""

MAX_FOLLOWED = 4096
BYTES_PER_FOLLOWED = 2
FOLLOWED_PER_HEADER = 64
"""Random keys need half of this at worst; without a bound, twins could nearly agree for hours."""

FAST_LEVELS = (1, 2, 3)
"""The levels at which zlib does not look for the nearest match."""

_PATIENCE = 64
_TOKEN_MASK = (1 << 48) - 1
"""The longest token: 15 and 5 bits of length, 15 and 13 of distance."""

_LITERAL, _END = -2, -1
"""What stands in a token in place of a distance, in the order that decides between twins."""

_LENGTHS = (
    *((length, 0) for length in range(3, 11)),
    *(((4 + k % 4 << k // 4) + 3, k // 4) for k in range(4, 24)),
    (258, 0),
)
_DISTANCES = (
    *((distance, 0) for distance in range(1, 5)),
    *(((2 + k % 2 << k // 2) + 1, k // 2) for k in range(2, 28)),
)
"""Base value and number of extra bits of each length symbol from 257 and each distance symbol."""

_BYTES = [bytes([value]) for value in range(END_SYMBOL)]


class _Token(NamedTuple):
    """A literal (size is its value), an end of block (size 0), or a match of `size` bytes."""

    distance: int
    size: int
    end: int


def refuse_idle_bits(packed: bytes, content: bytes) -> None:
    """Check a valid deflate stream against the content that it gave [EXPORT-8].

    Twins are refused by [EXPORT-9] and, in headers, by [EXPORT-10], but a fast stream is good
    [EXPORT-31].

    Raises:
        LimitError: more than MAX_BLOCKS and one for each BYTES_PER_BLOCK of content, or for each
            BYTES_PER_DYNAMIC_BLOCK with codes of their own; or twins that
            take too long to follow [EXPORT-33].
        MalformedError: a bit of `packed` can change while the content stays.
    """
    if _is_fast(packed, content):
        return
    walk = _Walk(packed, content)
    at = position = blocks = dynamic_blocks = 0
    final = False
    while not final:
        blocks += 1
        dynamic_blocks += is_dynamic(packed, at)
        if (
            blocks > MAX_BLOCKS + len(content) // BYTES_PER_BLOCK
            or dynamic_blocks > MAX_BLOCKS + len(content) // BYTES_PER_DYNAMIC_BLOCK
        ):
            raise LimitError("the compressed data hold too many blocks for their content")
        block = open_block(packed, at)
        if block is None or block.idle:
            raise MalformedError("the compressed data hold bits that mean nothing")
        at, position = walk.checked(block, position)
        final = block.final
    if at % 8 and packed[at // 8] >> at % 8:
        raise MalformedError("the compressed data end in bits that mean nothing")


def _is_fast(packed: bytes, content: bytes) -> bool:
    """Return whether zlib writes just this stream at a fast level.

    Raises:
        MalformedError: it writes one that is a single bit away [EXPORT-32].
    """
    for level in FAST_LEVELS:
        compressor = zlib.compressobj(level, wbits=-zlib.MAX_WBITS)
        fast = compressor.compress(content) + compressor.flush()
        if fast == packed:
            return True
        if len(fast) == len(packed) and _differing_bits(fast, packed) == 1:
            raise MalformedError("the compressed data mean the same with one bit changed")
    return False


def _differing_bits(one: bytes, other: bytes) -> int:
    return (int.from_bytes(one) ^ int.from_bytes(other)).bit_count()


class _Walk:
    """A stream and its content. Places in the stream count bits, in the content bytes."""

    def __init__(self, packed: bytes, content: bytes) -> None:
        self._packed = packed
        self._content = content
        self._followed_left = MAX_FOLLOWED + len(content) // BYTES_PER_FOLLOWED

    def checked(self, block: Block, position: int) -> tuple[int, int]:
        """Walk a block from a place in the content; return the bit and the place after it."""
        if block.stored is not None:
            return block.body, position + len(block.stored)
        at, matched = block.body, False
        while True:
            at, position = self._past_literals(block, at, position)
            token = self._token(block, at, window(self._packed, at))
            if token is None:
                raise MalformedError("the compressed data are damaged")
            self._refuse_twin(block, at, position, token)
            at = token.end
            if token.distance == _END:
                break
            position += token.size
            matched = True
        if block.idle_without_match and not matched:
            raise MalformedError("the compressed data hold a code that nothing uses")
        return at, position

    def _past_literals(self, block: Block, at: int, position: int) -> tuple[int, int]:
        """Return where the literals end that begin here."""
        table, mask = block.literals
        while True:
            bits = window(self._packed, at)
            last = at + 8 * WINDOW_BYTES - 32
            if at > 8 * len(self._packed):
                raise MalformedError("the compressed data are damaged")
            while at < last:
                entry = table[bits & mask]
                if entry >= END_SYMBOL << 4:
                    return at, position
                width = entry & 15
                bits >>= width
                at += width
                position += 1

    def _refuse_twin(self, block: Block, at: int, position: int, token: _Token) -> None:
        for twin in self._twins(block, at, position, token):
            after = self._after(twin, position)
            if after is None:
                continue
            if twin.end == token.end and _END not in (twin.distance, token.distance):
                same = after == position + token.size  # all later tokens are the same
            else:
                same = self._agrees(block, twin, after)
            if same:
                raise MalformedError("the compressed data mean the same with one bit changed")

    def _twins(self, block: Block, at: int, position: int, token: _Token) -> Iterator[_Token]:
        """Yield the tokens one bit away that come before a token; those are few."""
        table, mask = block.literals
        bits = window(self._packed, at) & _TOKEN_MASK
        width = table[bits & mask] & 15
        following = self._content[position : position + 1]
        for flipped in range(width):
            changed = bits ^ 1 << flipped
            symbol = table[changed & mask] >> 4
            if symbol >= END_SYMBOL or following == _BYTES[symbol]:
                twin = self._token(block, at, changed)
                if twin is not None and twin < token:
                    yield twin
        if token.distance == _END:
            return
        # Behind the first code a change gives another length, which puts all later content out of
        # place, or another distance, which needs a nearer copy of at least three bytes.
        nearest, copied = position - token.distance + 1, self._content[position : position + 3]
        if self._content.find(copied, nearest, position + 2) < 0:
            return
        width += _LENGTHS[(table[bits & mask] >> 4) - END_SYMBOL - 1][1]
        bits, at = bits >> width, at + width
        for flipped in range(token.end - at):
            distance, end = self._distance(block, at, bits ^ 1 << flipped)
            if 0 < distance < token.distance:
                yield _Token(distance, token.size, end)

    def _agrees(self, block: Block, token: _Token, position: int) -> bool:
        """Return whether the stream goes on after a token to spell the content."""
        for _ in range(_PATIENCE):
            self._follow(1)
            at = token.end
            if token.distance == _END:
                if block.final:
                    return position == len(self._content) and (at + 7) // 8 == len(self._packed)
                if is_dynamic(self._packed, at):
                    self._follow(FOLLOWED_PER_HEADER)
                following = open_block(self._packed, at)
                if following is None or following.idle:
                    return False
                block, at = following, following.body
                if block.stored is not None:
                    start, position = position, position + len(block.stored)
                    if self._content[start:position] != block.stored:
                        return False
                    token = _Token(_END, 0, at)
                    continue
            successor = self._token(block, at, window(self._packed, at))
            after = None if successor is None else self._after(successor, position)
            if successor is None or after is None:
                return False
            token, position = successor, after
        return True

    def _follow(self, symbols: int) -> None:
        self._followed_left -= symbols
        if self._followed_left < 0:
            raise LimitError("the compressed data nearly mean the same with many a bit changed")

    def _after(self, token: _Token, position: int) -> int | None:
        """Return the place in the content after a token, or None if it spells something else."""
        if token.distance == _END:
            return position
        if token.distance == _LITERAL:
            spelt = self._content[position : position + 1] == _BYTES[token.size]
            return position + 1 if spelt else None
        start, end = position - token.distance, position + token.size
        if start < 0 or end > len(self._content):
            return None
        spelt = self._content[start : start + token.size] == self._content[position:end]
        return end if spelt else None

    def _token(self, block: Block, at: int, bits: int) -> _Token | None:
        """Return the token at a bit, where `bits` is what stands there; None if there is none."""
        entry = block.literals.table[bits & block.literals.mask]
        symbol, width = entry >> 4, entry & 15
        at += width
        if at > 8 * len(self._packed) or symbol - END_SYMBOL > len(_LENGTHS):
            return None
        if symbol <= END_SYMBOL:
            return _Token(_END, 0, at) if symbol == END_SYMBOL else _Token(_LITERAL, symbol, at)
        bits >>= width
        size, extra = _LENGTHS[symbol - END_SYMBOL - 1]
        size += bits & (1 << extra) - 1
        distance, end = self._distance(block, at + extra, bits >> extra)
        return _Token(distance, size, end) if distance else None

    def _distance(self, block: Block, at: int, bits: int) -> tuple[int, int]:
        """Return the distance at a bit and the bit after it; 0 if there is none."""
        symbol, width = divmod(block.distances.table[bits & block.distances.mask], 16)
        if not width or symbol >= len(_DISTANCES):
            return 0, at
        base, extra = _DISTANCES[symbol]
        end = at + width + extra
        if end > 8 * len(self._packed):
            return 0, at
        return base + (bits >> width & (1 << extra) - 1), end
