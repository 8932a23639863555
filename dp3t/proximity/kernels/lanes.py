"""SHA-256 over many messages at once, as vector code.

Lane l of every vector belongs to message l. The code is LLVM's own and holds no instruction of one
processor, so it runs on all that numba knows, faster where vectors are longer.
"""

from collections.abc import Callable, Sequence
from itertools import count, islice
from typing import Any, cast

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

WORD = ir.IntType(32)
QUAD = ir.IntType(64)

Vector = Any
"""A value of LLVM; llvmlite has no types."""


def fractions_of_roots(root: int, how_many: int) -> list[int]:
    """Return the first 32 bits of the fractions of the roots of the first primes (FIPS 180-4)."""
    primes = (n for n in count(2) if all(n % p for p in range(2, n)))
    return [_whole_root(prime << 32 * root, root) % 2**32 for prime in islice(primes, how_many)]


def _whole_root(number: int, root: int) -> int:
    low, high = 0, 2**48
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if middle**root <= number else (low, middle - 1)
    return low


INITIAL = fractions_of_roots(2, 8)
ROUND_CONSTANTS = fractions_of_roots(3, 64)


class Sha256:
    """Emits SHA-256 at the place where a builder stands."""

    def __init__(self, builder: Any, lanes: int) -> None:
        self.builder = builder
        self.lanes = lanes
        self.vector = ir.VectorType(WORD, lanes)
        rotation = ir.FunctionType(self.vector, [self.vector] * 3)
        self._rotate = cgutils.get_or_insert_function(
            builder.module, rotation, f"llvm.fshr.v{lanes}i32"
        )

    def constant(self, word: int) -> Vector:
        """Return a vector that holds a word in every lane."""
        return ir.Constant(self.vector, [word] * self.lanes)

    def constants(self, data: bytes) -> list[Vector]:
        """Return whole big-endian words of a message that is the same in every lane."""
        return [
            self.constant(int.from_bytes(data[at : at + 4], "big")) for at in range(0, len(data), 4)
        ]

    def initial(self) -> list[Vector]:
        """Return the state before the first block."""
        return [self.constant(word) for word in INITIAL]

    def last_block(self, words: Sequence[Vector], *, hashed_bytes: int, tail: bytes = b"") -> Any:
        """Return the 16 words of the last block: words, a constant tail, padding and length.

        Args:
            words: the first words of the block.
            hashed_bytes: the length of the whole message.
            tail: bytes that follow, the same in every lane.
        """
        rest = tail + b"\x80"
        rest += bytes(-len(rest) % 4)
        block = [*words, *self.constants(rest)]
        block += [self.constant(0)] * (15 - len(block))
        return [*block, self.constant(8 * hashed_bytes)]

    def keyed(self, key: Sequence[Vector], pad: int) -> list[Vector]:
        """Return the state after HMAC's first block: a key of up to 16 words and a pad byte."""
        mask = self.constant(pad * 0x01010101)
        block = [self.builder.xor(word, mask) for word in key] + [mask] * (16 - len(key))
        return self.compress(self.initial(), block)

    def hmac(self, key: Sequence[Vector], label: bytes) -> list[Vector]:
        """Return HMAC-SHA256 of a constant label under a key in lanes; four compressions."""
        inner = self.compress(
            self.keyed(key, 0x36),
            self.last_block([], tail=label, hashed_bytes=64 + len(label)),
        )
        return self.outer(self.keyed(key, 0x5C), inner)

    def outer(self, state: Sequence[Vector], inner: Sequence[Vector]) -> list[Vector]:
        """Return HMAC's outer hash of an inner one."""
        return self.compress(state, self.last_block(inner, hashed_bytes=96))

    def compress(self, state: Sequence[Vector], block: Sequence[Vector]) -> list[Vector]:
        """Emit one compression, a loop of four times sixteen rounds, and return the new state."""
        builder = self.builder
        before = builder.block
        rounds, schedule, after = map(
            builder.append_basic_block, ("sha.rounds", "sha.schedule", "sha.after")
        )
        builder.branch(rounds)
        builder.position_at_end(rounds)
        place = builder.phi(QUAD)
        place.add_incoming(QUAD(0), before)
        phis = [builder.phi(self.vector) for _ in range(24)]
        for phi, value in zip(phis, [*state, *block], strict=True):
            phi.add_incoming(value, before)
        working, words = self._rounds(phis[:8], phis[8:], place), phis[8:]
        done = builder.add(place, QUAD(16))
        builder.cbranch(builder.icmp_unsigned("<", done, QUAD(64)), schedule, after)
        builder.position_at_end(schedule)
        self._extend(words)
        builder.branch(rounds)
        place.add_incoming(done, schedule)
        for phi, value in zip(phis, [*working, *words], strict=True):
            phi.add_incoming(value, schedule)
        builder.position_at_end(after)
        return [builder.add(old, new) for old, new in zip(state, working, strict=True)]

    def _rounds(self, state: Sequence[Vector], words: Sequence[Vector], place: Any) -> list[Vector]:
        add, xor, and_ = self.builder.add, self.builder.xor, self.builder.and_
        a, b, c, d, e, f, g, h = state
        for index, word in enumerate(words):
            chosen = xor(g, and_(e, xor(f, g)))
            scheduled = add(word, self._round_constant(place, index))
            first = add(add(h, scheduled), add(self._sigma(e, 6, 11, 25), chosen))
            majority = self.builder.or_(and_(a, b), and_(c, self.builder.or_(a, b)))
            second = add(self._sigma(a, 2, 13, 22), majority)
            a, b, c, d, e, f, g, h = add(first, second), a, b, c, add(d, first), e, f, g
        return [a, b, c, d, e, f, g, h]

    def _extend(self, words: list[Vector]) -> None:
        """Replace the last sixteen words of the schedule by the next sixteen."""
        add = self.builder.add
        for at in range(16):
            early, late = words[(at + 1) % 16], words[(at + 14) % 16]
            small = add(self._mixed(early, 7, 18, 3), self._mixed(late, 17, 19, 10))
            words[at] = add(add(words[at], words[(at + 9) % 16]), small)

    def _sigma(self, word: Vector, one: int, two: int, three: int) -> Vector:
        turned = self.builder.xor(self._turned(word, one), self._turned(word, two))
        return self.builder.xor(turned, self._turned(word, three))

    def _mixed(self, word: Vector, one: int, two: int, shift: int) -> Vector:
        turned = self.builder.xor(self._turned(word, one), self._turned(word, two))
        return self.builder.xor(turned, self.builder.lshr(word, self.constant(shift)))

    def _turned(self, word: Vector, bits: int) -> Vector:
        return self.builder.call(self._rotate, [word, word, self.constant(bits)])

    def _round_constant(self, place: Any, index: int) -> Vector:
        table = self._table()
        at = self.builder.add(place, QUAD(index))
        word = self.builder.load(self.builder.gep(table, [QUAD(0), at]))
        one = self.builder.insert_element(ir.Constant(self.vector, ir.Undefined), word, WORD(0))
        zeros = ir.Constant(ir.VectorType(WORD, self.lanes), [0] * self.lanes)
        return self.builder.shuffle_vector(one, one, zeros)

    def _table(self) -> Any:
        module, name = self.builder.module, "dp3t.sha256.constants"
        if name in module.globals:
            return module.get_global(name)
        kind = ir.ArrayType(WORD, len(ROUND_CONSTANTS))
        table = ir.GlobalVariable(module, kind, name)
        table.initializer = ir.Constant(kind, ROUND_CONSTANTS)
        table.global_constant, table.linkage = True, "private"
        return table


Program = Callable[[Sha256, list[Vector]], list[Vector]]
"""Words in lanes to words in lanes."""


def in_lanes(program: Program, *, words: int, lanes: int) -> Callable[..., None]:
    """Return a function for compiled code: `f(taken, given)`, both arrays of uint32.

    Word i of message l stands at `lanes * i + l`. The program takes so many words.
    """

    def emit(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        taken, given = (
            context.make_array(kind)(context, builder, value).data
            for kind, value in zip(signature.args, arguments, strict=True)
        )
        sha = Sha256(builder, lanes)

        def place(base: Any, word: int) -> Any:
            at = builder.gep(base, [QUAD(word * lanes)])
            return builder.bitcast(at, sha.vector.as_pointer())

        vectors = [builder.load(place(taken, word), align=4) for word in range(words)]
        for word, vector in enumerate(program(sha, vectors)):
            builder.store(vector, place(given, word), align=4)
        return context.get_dummy_value()

    def typed(_typing: Any, taken: Any, given: Any) -> Any:
        return types.void(taken, given), emit

    return cast(Callable[..., None], intrinsic(typed))
