"""Polynomials whose coefficients are vectors: one polynomial for each byte of an identifier."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from dp3t.params import EPHID_BYTES
from dp3t.primitives import Rand
from dp3t.proximity.sharing.gf256 import inverse, scale


@dataclass(frozen=True, slots=True)
class Polynomial:
    """A polynomial in Newton's form: c0 + c1 (x - n0) + c2 (x - n0)(x - n1) + ...

    With all nodes zero these are the usual coefficients. Addition and subtraction are both XOR.

    Attributes:
        nodes: one place for each coefficient; the last is not used.
        coefficients: vectors of 16 bytes.
    """

    nodes: tuple[int, ...]
    coefficients: tuple[int, ...] = field(repr=False)

    def at(self, place: int) -> int:
        """Return the vector at a place, 0 to 255, by Horner's rule."""
        value = 0
        for node, coefficient in zip(
            reversed(self.nodes), reversed(self.coefficients), strict=True
        ):
            value = scale(value, place ^ node) ^ coefficient
        return value

    def passes(self, place: int, value: int) -> bool:
        """Return whether a point lies on the polynomial."""
        return self.at(place) == value


def drawn(secret: bytes, *, threshold: int, rand: Rand) -> Polynomial:
    """Return a random polynomial with `threshold` coefficients and the secret at zero [SHARING-3].

    The coefficients are read from one draw of 16 (threshold - 1) bytes, that of x first. The
    highest may be zero: refusing that would tell something about the secret.
    """
    return from_coefficients(secret, rand(EPHID_BYTES * (threshold - 1)))


def from_coefficients(secret: bytes, coefficients: bytes) -> Polynomial:
    """Return the polynomial with the secret at zero and the given 16-byte coefficients."""
    data = secret + coefficients
    starts = range(0, len(data), EPHID_BYTES)
    vectors = tuple(int.from_bytes(data[at : at + EPHID_BYTES], "big") for at in starts)
    return Polynomial((0,) * len(vectors), vectors)


def through(points: Sequence[tuple[int, int]]) -> Polynomial:
    """Return the polynomial of lowest degree through points at distinct places [SHARING-7]."""
    nodes = tuple(place for place, _ in points)
    coefficients = [value for _, value in points]
    for level in range(1, len(nodes)):
        for at in range(len(nodes) - 1, level - 1, -1):
            difference = coefficients[at] ^ coefficients[at - 1]
            coefficients[at] = scale(difference, inverse(nodes[at] ^ nodes[at - level]))
    return Polynomial(nodes, tuple(coefficients))
