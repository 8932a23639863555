"""A group of blocks encrypted, and a filter probed between its rounds.

The filter is asked for the identifiers of the last group but one, so that its loads are on their
way while the processor encrypts. Of a filter that is too large for the nearer caches the words are
fetched one group ahead.
"""

from collections.abc import Callable, Iterator
from typing import Any, cast

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from dp3t.proximity.kernels.aes import (
    QUAD,
    WORD,
    Aes,
    Form,
    array_data,
    clear_blocks,
    round_keys,
)
from dp3t.proximity.kernels.layout import PROBE_SHIFTS

GROUP = 16
"""How many blocks are encrypted together: enough to keep every unit of the processor busy."""
TURNS = 4
"""Results of so many groups are at hand: those encrypted, the two before, and one of no use."""
BUFFER = TURNS * 2 * GROUP
"""Words of 64 bits in which a group hands its results on: each time identifiers and the words they
point to."""
LARGE_FILTER_SHIFT = 64 - 16
"""Filters of 2**16 words, 512 KiB, or more are larger than the nearer caches."""

BYTE = ir.IntType(8)
HALF = ir.VectorType(QUAD, GROUP // 2)


class _Group:
    """One call of `group`: its arguments, and what is emitted of it."""

    def __init__(self, context: Any, builder: Any, signature: Any, arguments: Any) -> None:
        self.builder = builder
        self.filter = array_data(context, builder, signature, arguments, 3)
        buffer = array_data(context, builder, signature, arguments, 5)
        self.shift, turn = arguments[4], arguments[6]

        def results(earlier: int) -> Any:
            which = builder.and_(builder.sub(turn, QUAD(earlier)), QUAD(TURNS - 1))
            return builder.gep(buffer, [builder.mul(which, QUAD(2 * GROUP))])

        self.now, self.next, self.before = map(results, range(3))
        self.found: list[Any] = []

    def half(self, side: Any, at: int) -> Any:
        return self.builder.bitcast(self.builder.gep(side, [QUAD(at)]), HALF.as_pointer())

    def fetch(self) -> None:
        """Emit that the words of a large filter for the next call are brought near."""
        builder = self.builder
        kind = ir.FunctionType(ir.VoidType(), [BYTE.as_pointer(), WORD, WORD, WORD])
        prefetch = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0")
        large = builder.icmp_unsigned("<=", self.shift, QUAD(LARGE_FILTER_SHIFT))
        with builder.if_then(large):
            for at in range(GROUP):
                word = builder.load(builder.gep(self.next, [QUAD(GROUP + at)]))
                place = builder.bitcast(builder.gep(self.filter, [word]), BYTE.as_pointer())
                builder.call(prefetch, [place, WORD(0), WORD(3), WORD(1)])

    def probe(self) -> Iterator[None]:
        """Emit, step by step, which identifiers of the last group but one may be heard."""
        builder = self.builder
        for first in range(0, GROUP, GROUP // 2):
            words = ir.Constant(HALF, ir.Undefined)
            for at in range(GROUP // 2):
                word = builder.load(builder.gep(self.before, [QUAD(GROUP + first + at)]))
                loaded = builder.load(builder.gep(self.filter, [word]))
                words = builder.insert_element(words, loaded, WORD(at))
                yield
            self.found.append(self._hits(words, first))
            yield

    def _hits(self, words: Any, first: int) -> Any:
        builder = self.builder
        heads = builder.load(self.half(self.before, first), align=8)
        rotate = cgutils.get_or_insert_function(
            builder.module, ir.FunctionType(HALF, [HALF] * 3), f"llvm.fshr.v{GROUP // 2}i64"
        )
        bits = ir.Constant(HALF, [1] * (GROUP // 2))
        for shift in PROBE_SHIFTS:  # a rotation looks at the last six bits of its count
            named = builder.lshr(heads, ir.Constant(HALF, [shift] * (GROUP // 2)))
            bits = builder.and_(bits, builder.call(rotate, [words, words, named]))
        hits = builder.icmp_unsigned("!=", bits, ir.Constant(HALF, [0] * (GROUP // 2)))
        return builder.zext(builder.bitcast(hits, BYTE), QUAD)

    def keep(self, aes: Aes, encrypted: list[Any]) -> None:
        """Emit that the identifiers' first halves and places are kept for the next call."""
        builder = self.builder
        per_half = GROUP // 2 // aes.width
        shift = builder.insert_element(ir.Constant(HALF, ir.Undefined), self.shift, WORD(0))
        shift = builder.shuffle_vector(
            shift, shift, ir.Constant(ir.VectorType(WORD, GROUP // 2), [0] * (GROUP // 2))
        )
        for side in range(2):
            heads = _first_halves(builder, encrypted[side * per_half : (side + 1) * per_half])
            at = side * GROUP // 2
            builder.store(heads, self.half(self.now, at), align=8)
            builder.store(builder.lshr(heads, shift), self.half(self.now, GROUP + at), align=8)


def _first_halves(builder: Any, vectors: list[Any]) -> Any:
    """Return the first eight bytes of every block of some vectors, as one vector."""
    order = list(range(0, 2 * vectors[0].type.count, 2))
    while len(vectors) > 1:
        index = ir.Constant(ir.VectorType(WORD, len(order)), order)
        pairs = zip(vectors[::2], vectors[1::2], strict=True)
        vectors = [builder.shuffle_vector(one, other, index) for one, other in pairs]
        order = list(range(2 * len(order)))
    return vectors[0]


def group(form: Form | None) -> Callable[..., Any]:
    """Return `f(round_keys, lane, counter, filter, shift, buffer, turn)` for compiled code.

    A call encrypts sixteen blocks and returns, as 16 bits, which identifiers of the last call but
    one the filter may hold; `buffer[32 * ((turn - 2) % 4) + i]` is the first half of identifier i
    of that call. Without a form nothing is encrypted: only the filter is asked.

    The arguments are the round keys of all lanes and the number of one, the second half of the
    first block, the words of the filter, by how much a head is shifted to name its word, `BUFFER`
    words of 64 bits that begin as zeros, and 0 to 3 in turn.
    """

    def emit(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        one = _Group(context, builder, signature, arguments)
        one.fetch()
        steps = one.probe()
        if form is not None:
            aes = form.aes(builder)
            expanded = array_data(context, builder, signature, arguments, 0)
            keys = round_keys(aes, form, expanded, arguments[1])
            blocks = aes.encrypt(clear_blocks(aes, form, arguments[2], GROUP), keys, steps)
        for _ in steps:
            pass
        if form is not None:
            one.keep(aes, blocks)
        low, high = one.found
        return builder.or_(low, builder.shl(high, QUAD(GROUP // 2)))

    def typed(
        _typing: Any,
        expanded: Any,
        lane: Any,
        counter: Any,
        words: Any,
        shift: Any,
        buffer: Any,
        turn: Any,
    ) -> Any:
        return types.uint64(expanded, lane, counter, words, shift, buffer, turn), emit

    return cast(Callable[..., Any], intrinsic(typed))


def plain_group(form: Form) -> Callable[..., Any]:
    """Return `f(round_keys, counter)` for compiled code: sixteen blocks under the first key, xored.

    It is what the instructions alone take.
    """

    def emit(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        aes = form.aes(builder)
        expanded = array_data(context, builder, signature, arguments, 0)
        keys = round_keys(aes, form, expanded, QUAD(0))
        blocks = clear_blocks(aes, form, arguments[1], GROUP)
        first, *rest = aes.encrypt(blocks, keys, iter(()))
        for each in rest:
            first = builder.xor(first, each)
        total = builder.extract_element(first, WORD(0))
        for at in range(1, 2 * aes.width):
            total = builder.xor(total, builder.extract_element(first, WORD(at)))
        return total

    def typed(_typing: Any, expanded: Any, counter: Any) -> Any:
        return types.uint64(expanded, counter), emit

    return cast(Callable[..., Any], intrinsic(typed))


def lowest_bit() -> Callable[..., Any]:
    """Return `f(word)` for compiled code: the place of the lowest bit set in 64; one is set."""

    def emit(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.cttz(arguments[0], ir.IntType(1)(1))

    def typed(_typing: Any, word: Any) -> Any:
        return types.int64(word), emit

    return cast(Callable[..., Any], intrinsic(typed))


def reversed_bytes(width: int) -> Callable[..., Any]:
    """Return `f(word)` for compiled code: the bytes of a word of 32 or 64 bits in reverse."""
    kind = types.uint32 if width == 32 else types.uint64

    def emit(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.bswap(arguments[0])

    def typed(_typing: Any, word: Any) -> Any:
        return kind(kind), emit

    return cast(Callable[..., Any], intrinsic(typed))
