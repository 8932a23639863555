"""AES with the processor's own instructions, emitted as LLVM's intrinsics.

x86 and Arm cut a round at different places. x86's instruction ends with the round key, Arm's begins
with it and leaves the mixing of columns to a second one.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple, cast

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

WORD, QUAD = ir.IntType(32), ir.IntType(64)
BLOCK = ir.VectorType(QUAD, 2)
OCTETS = ir.VectorType(ir.IntType(8), 16)
COLUMNS = ir.VectorType(WORD, 4)


class Form(NamedTuple):
    """What the blocks of one kind of identifier look like.

    Attributes:
        rounds: 10 for keys of 16 bytes, 14 for 32.
        label: the first eight bytes of every block, little-endian.
        step: by how much the second half of a block grows from one to the next, little-endian.
        aes: emits the instructions.
    """

    rounds: int
    label: int
    step: int
    aes: "Emitter"


class Aes(ABC):
    """Emits AES at the place where a builder stands.

    Attributes:
        width: blocks in one vector.
        vector: its type.
    """

    def __init__(self, builder: Any, width: int = 1) -> None:
        self.builder = builder
        self.width = width
        self.vector = ir.VectorType(QUAD, 2 * width)
        self.zero = ir.Constant(self.vector, [0] * (2 * width))

    @abstractmethod
    def encrypt(self, blocks: list[Any], keys: list[Any], between: Iterator[None]) -> list[Any]:
        """Return the blocks encrypted; in every round two steps of `between` are emitted."""

    @abstractmethod
    def shifted_and_substituted(self, block: Any) -> Any:
        """Return a block after ShiftRows and SubBytes."""

    def repeated(self, block: Any) -> Any:
        """Return a vector that holds a block as often as it can."""
        order = ir.Constant(ir.VectorType(WORD, 2 * self.width), [0, 1] * self.width)
        return self.builder.shuffle_vector(block, block, order)

    def substituted(self, word: Any) -> Any:
        """Return S-boxes of four equal columns; where all are equal, ShiftRows changes nothing."""
        bits = self.builder.bitcast(word, self.vector)
        return self.builder.bitcast(self.shifted_and_substituted(bits), COLUMNS)

    def instruction(self, name: str, operands: list[Any]) -> Any:
        """Emit one of LLVM's intrinsics, whose operands and result have one type."""
        kind = operands[0].type
        signature = ir.FunctionType(kind, [kind] * len(operands))
        function = cgutils.get_or_insert_function(self.builder.module, signature, name)
        return self.builder.call(function, operands)


Emitter = Callable[[Any], Aes]
"""From a builder to what emits AES there."""


class X86Aes(Aes):
    """AES-NI, one block at a time, or VAES, two."""

    def encrypt(self, blocks: list[Any], keys: list[Any], between: Iterator[None]) -> list[Any]:
        """Return the blocks encrypted; see `Aes`."""
        blocks = [self.builder.xor(block, keys[0]) for block in blocks]
        for key in keys[1:-1]:
            blocks = [self._aesni("aesenc", block, key) for block in blocks]
            next(between, None)
            next(between, None)
        return [self._aesni("aesenclast", block, keys[-1]) for block in blocks]

    def shifted_and_substituted(self, block: Any) -> Any:
        """Return a block after ShiftRows and SubBytes."""
        return self._aesni("aesenclast", block, self.zero)

    def _aesni(self, name: str, block: Any, key: Any) -> Any:
        suffix = "" if self.width == 1 else f".{128 * self.width}"
        return self.instruction(f"llvm.x86.aesni.{name}{suffix}", [block, key])


def two_blocks(builder: Any) -> Aes:
    """Return VAES."""
    return X86Aes(builder, 2)


class ArmAes(Aes):
    """The cryptographic extension of AArch64, one block at a time."""

    def encrypt(self, blocks: list[Any], keys: list[Any], between: Iterator[None]) -> list[Any]:
        """Return the blocks encrypted; see `Aes`."""
        for key in keys[:-2]:
            blocks = [self.aesmc(self.aese(block, key)) for block in blocks]
            next(between, None)
            next(between, None)
        blocks = [self.aese(block, keys[-2]) for block in blocks]
        return [self.builder.xor(block, keys[-1]) for block in blocks]

    def shifted_and_substituted(self, block: Any) -> Any:
        """Return a block after ShiftRows and SubBytes."""
        return self.aese(block, self.zero)

    def aese(self, block: Any, key: Any) -> Any:
        """Emit AddRoundKey, ShiftRows and SubBytes."""
        return self._crypto("aese", [block, key])

    def aesmc(self, block: Any) -> Any:
        """Emit MixColumns."""
        return self._crypto("aesmc", [block])

    def _crypto(self, name: str, operands: list[Any]) -> Any:
        octets = [self.builder.bitcast(each, OCTETS) for each in operands]
        done = self.instruction(f"llvm.aarch64.crypto.{name}", octets)
        return self.builder.bitcast(done, self.vector)


def array_data(context: Any, builder: Any, signature: Any, arguments: Any, place: int) -> Any:
    """Return where the array stands that is given as one of the arguments."""
    array = context.make_array(signature.args[place])
    return array(context, builder, arguments[place]).data


def schedule(rounds: int, emitter: Emitter) -> Callable[..., None]:
    """Return `f(keys, first, expanded)` for compiled code: the round keys of four keys.

    `keys` are words of 32 bits as they stand in memory, `expanded` words of 64 bits; both hold key
    after key, and `first` is the number of the first of the four.
    """
    words = 4 if rounds == 10 else 8

    def emit(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        keys = array_data(context, builder, signature, arguments, 0)
        expanded = array_data(context, builder, signature, arguments, 2)
        aes = emitter(builder)
        lanes = [builder.add(arguments[1], QUAD(lane)) for lane in range(4)]

        def column(lane: Any, at: int) -> Any:
            place = builder.gep(keys, [builder.add(builder.mul(lane, QUAD(words)), QUAD(at))])
            return builder.load(builder.bitcast(place, COLUMNS.as_pointer()), align=4)

        recent = [[column(lane, at) for lane in lanes] for at in range(0, words, 4)]
        for number in range(rounds + 1):
            if number >= len(recent):
                recent.append(_next_keys(aes, recent, number, words))
            for lane, key in zip(lanes, recent[number], strict=True):
                at = builder.add(builder.mul(lane, QUAD(2 * rounds + 2)), QUAD(2 * number))
                place = builder.bitcast(builder.gep(expanded, [at]), COLUMNS.as_pointer())
                builder.store(key, place, align=8)
        return context.get_dummy_value()

    def typed(_typing: Any, keys: Any, first: Any, expanded: Any) -> Any:
        return types.void(keys, first, expanded), emit

    return cast(Callable[..., None], intrinsic(typed))


def _next_keys(aes: Aes, recent: list[list[Any]], number: int, words: int) -> list[Any]:
    """Return round key `number` of every lane (FIPS 197, 5.2)."""
    builder = aes.builder
    turns = words == 4 or number % 2 == 0
    constant = _round_constant(number if words == 4 else number // 2) if turns else 0
    zero = ir.Constant(COLUMNS, [0] * 4)

    def moved(key: Any, by: int) -> Any:
        order = [4] * by + list(range(4 - by))
        return builder.shuffle_vector(key, zero, ir.Constant(COLUMNS, order))

    def following(key: Any, last: Any) -> Any:
        word = builder.shuffle_vector(last, zero, ir.Constant(COLUMNS, [3] * 4))
        word = aes.substituted(word)
        if turns:
            low = builder.lshr(word, ir.Constant(COLUMNS, [8] * 4))
            word = builder.or_(low, builder.shl(word, ir.Constant(COLUMNS, [24] * 4)))
        word = builder.xor(word, ir.Constant(COLUMNS, [constant] * 4))
        key = builder.xor(key, moved(key, 1))
        key = builder.xor(key, moved(key, 2))
        return builder.xor(key, word)

    return list(map(following, recent[number - words // 4], recent[number - 1]))


def _round_constant(number: int) -> int:
    """Return the constant of a round, 1 to 10: a power of x in AES's field."""
    value = 1
    for _ in range(number - 1):
        value = value << 1 ^ (0x11B if value & 0x80 else 0)
    return value


def clear_blocks(aes: Aes, form: Form, counter: Any, how_many: int) -> list[Any]:
    """Return blocks in a row, in vectors; `counter` is the second half of the first."""
    builder = aes.builder
    block = builder.insert_element(ir.Constant(BLOCK, [form.label, 0]), counter, WORD(1))
    base = aes.repeated(block)
    vectors = []
    for first in range(0, how_many, aes.width):
        steps = [(first + at) * form.step % 2**64 for at in range(aes.width)]
        halves = [half for step in steps for half in (0, step)]
        vectors.append(builder.add(base, ir.Constant(aes.vector, halves)))
    return vectors


def round_keys(aes: Aes, form: Form, expanded: Any, lane: Any) -> list[Any]:
    """Return the round keys of one lane, each repeated to the width of a vector."""
    builder, keys = aes.builder, []
    first = builder.mul(lane, QUAD(2 * form.rounds + 2))
    for number in range(form.rounds + 1):
        place = builder.gep(expanded, [builder.add(first, QUAD(2 * number))])
        keys.append(builder.load(builder.bitcast(place, BLOCK.as_pointer()), align=8))
    return list(map(aes.repeated, keys))
