"""What a target of the fuzz loop is, and decoders of values and of texts."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from dp3t.codec import Value, decode

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Target:
    """A decoder and inputs it accepts.

    Attributes:
        decode: the decoder.
        good: at least one good input.
    """

    decode: Callable[[bytes], object]
    good: tuple[bytes, ...]


def of_value(read: Callable[[Value], object]) -> Callable[[bytes], object]:
    """Return a decoder of the encoding of what `read` reads."""
    return lambda data: read(decode(data, limit_bytes=2**20))


def of_text(read: Callable[[str], object]) -> Callable[[bytes], object]:
    return lambda data: read(data.decode("utf-8", errors="replace"))


def again(read: Callable[[bytes], T], write: Callable[[T], bytes]) -> Callable[[bytes], object]:
    """Return a decoder of a form of which there is one, so that it is written as it was read."""

    def read_and_write(data: bytes) -> object:
        value = read(data)
        assert write(value) == data, "a second form of the same value is read"
        return value

    return read_and_write
