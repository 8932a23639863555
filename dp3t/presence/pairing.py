"""BLS12-381 as CrowdNotifier uses it: scalars, points of both groups, and the pairing.

The bytes are those of the mcl library, which every deployed implementation runs. This is the only
file that touches `pymcl`, and it loads it when the first point is made, so that a phone that never
checks in needs neither the library nor the time.
"""

from types import ModuleType
from typing import TYPE_CHECKING, Generic, Self, TypeVar

from dp3t.errors import MalformedError
from dp3t.primitives import Rand, equal, sha256

if TYPE_CHECKING:
    import pymcl

SCALAR_BYTES = 32
G1_BYTES = 48
G2_BYTES = 96
ORDER = 0x73EDA753299D7D483339D80809A1D80553BDA402FFFE5BFEFFFFFFFF00000001
"""The prime order r of all three groups [PAIRING-1]."""

_G = TypeVar("_G", "pymcl.G1", "pymcl.G2")
_SCALAR_MASK = 2**255 - 1
_SMALLER_MASK = 2**254 - 1


class Scalar:
    """A secret exponent, 1 to r - 1. Its repr hides it; it compares in constant time.

    Raises:
        ValueError: a number outside the range.
    """

    __slots__ = ("_bytes", "_number")

    def __init__(self, number: int) -> None:
        if not 0 < number < ORDER:
            raise ValueError("a scalar is 1 to r - 1")
        self._bytes = number.to_bytes(SCALAR_BYTES, "little")
        self._number: pymcl.Fr = _library().Fr.deserialize(self._bytes)

    @classmethod
    def from_bytes(cls, data: bytes) -> "Scalar":
        """Return the scalar in 32 bytes, little-endian [PAIRING-2].

        Raises:
            MalformedError: another length, zero, or r and above.
        """
        if len(data) != SCALAR_BYTES:
            raise MalformedError(f"a scalar has {SCALAR_BYTES} bytes, not {len(data)}")
        number = int.from_bytes(data, "little")
        if not 0 < number < ORDER:
            raise MalformedError("a scalar is neither zero nor as large as the order of the group")
        return cls(number)

    @classmethod
    def generate(cls, *, rand: Rand) -> "Scalar":
        """Draw 32 bytes, of which 255 bits count, until they are in range [PAIRING-4]."""
        while True:
            number = int.from_bytes(rand(SCALAR_BYTES), "little") & _SCALAR_MASK
            if 0 < number < ORDER:
                return cls(number)

    @classmethod
    def of_hash(cls, data: bytes) -> "Scalar":
        """Return the scalar that mcl's `Fr.setHashOf` makes of some bytes [PAIRING-5]."""
        number = int.from_bytes(sha256(data), "little") & _SCALAR_MASK
        if number >= ORDER:
            number &= _SMALLER_MASK
        return cls(number)

    def plus(self, other: "Scalar") -> "Scalar":
        """Return the sum modulo r.

        Raises:
            MalformedError: the scalars cancel each other [PAIRING-9].
        """
        numbers = (int.from_bytes(scalar._bytes, "little") for scalar in (self, other))
        total = sum(numbers) % ORDER
        if not total:
            raise MalformedError("the two scalars cancel each other")
        return Scalar(total)

    def to_bytes(self) -> bytes:
        """Return the 32 bytes, a secret."""
        return self._bytes

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Scalar) and equal(self._bytes, other._bytes)

    def __hash__(self) -> int:
        return hash(self._bytes)

    def __repr__(self) -> str:
        return "Scalar(hidden)"


class _Point(Generic[_G]):
    """What the points of both groups share; none is the neutral one."""

    __slots__ = ("_point",)
    _point: _G

    def __init__(self, point: _G) -> None:
        self._point = point

    def plus(self, other: Self) -> Self:
        """Return the sum.

        Raises:
            MalformedError: the points cancel each other [PAIRING-9].
        """
        total = self._point + other._point
        if total.is_zero():
            raise MalformedError("the two points cancel each other")
        return type(self)(total)

    def to_bytes(self) -> bytes:
        """Return the bytes, as many as every point of the group has."""
        data: bytes = self._point.serialize()
        return data

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and equal(self.to_bytes(), other.to_bytes())

    def __hash__(self) -> int:
        return hash(self.to_bytes())


class G1Point(_Point["pymcl.G1"]):
    """A point of the first group, in which identities and their keys lie."""

    __slots__ = ()

    @classmethod
    def from_bytes(cls, data: bytes) -> "G1Point":
        """Return the point in 48 bytes [PAIRING-3].

        Raises:
            MalformedError: another length, not on the curve, outside the group of order r, or the
                neutral point.
        """
        return cls(_checked(_library().G1, data, length=G1_BYTES, group="G1"))

    @classmethod
    def hashed(cls, identity: bytes) -> "G1Point":
        """Return H1 of an identity: mcl's `hashAndMapToG1`, which is not RFC 9380 [PAIRING-6]."""
        return cls(_library().G1.hash(identity))

    def times(self, scalar: Scalar) -> "G1Point":
        """Return the point, so many times."""
        return G1Point(self._point * scalar._number)

    def __repr__(self) -> str:
        return "G1Point(hidden)"  # it may be the key of an identity that is not public


class G2Point(_Point["pymcl.G2"]):
    """A point of the second group, in which public keys lie."""

    __slots__ = ()

    @classmethod
    def from_bytes(cls, data: bytes) -> "G2Point":
        """Return the point in 96 bytes [PAIRING-3].

        Raises:
            MalformedError: another length, not on the curve, outside the group of order r, or the
                neutral point.
        """
        return cls(_checked(_library().G2, data, length=G2_BYTES, group="G2"))

    @classmethod
    def of(cls, scalar: Scalar) -> "G2Point":
        """Return the generator, so many times: the public half of a scalar."""
        return cls(_library().g2 * scalar._number)

    def __repr__(self) -> str:
        return f"G2Point({self.to_bytes().hex()})"


def pairing_digest(one: G1Point, other: G2Point) -> bytes:
    """Return SHA-256 of the 576 bytes of the pairing of two points [PAIRING-7]."""
    return sha256(_library().pairing(one._point, other._point).serialize())


def has_logarithm(point: G1Point, *, base: G1Point, public: G2Point) -> bool:
    """Return whether `point` is `base` as often as `public` is the generator [PAIRING-8].

    Args:
        point: what is to be checked.
        base: what it shall be a multiple of.
        public: G2Point.of the multiplier, which nobody here knows.
    """
    library = _library()
    left, right = (
        library.pairing(point._point, library.g2),
        library.pairing(base._point, public._point),
    )
    return equal(left.serialize(), right.serialize())


def _checked(kind: type[_G], data: bytes, *, length: int, group: str) -> _G:
    """Return the point of a group in some bytes, or raise MalformedError [PAIRING-3].

    The library refuses what is not of order r.
    """
    if len(data) != length:
        raise MalformedError(f"a point of {group} has {length} bytes, not {len(data)}")
    try:
        point = kind.deserialize(data)
    except ValueError:
        raise MalformedError(f"the bytes are no point of {group}") from None
    if point.is_zero():
        raise MalformedError(f"the neutral point of {group} is nobody's")
    return point


def _library() -> ModuleType:
    """Return the pairing library.

    Raises:
        ModuleNotFoundError: it is not installed.
    """
    try:
        import pymcl
    except ModuleNotFoundError:
        raise ModuleNotFoundError(
            "QR check-in needs a pairing library: pip install 'dp3t[presence]'", name="pymcl"
        ) from None
    return pymcl
