"""The second witness for BLS12-381 in the byte forms of the mcl library, from the standard library.

Written from "Pairing-Friendly Curves" (draft-irtf-cfrg-pairing-friendly-curves-11, 4.2.1) and, for
mcl's own forms, from `spec/presence/pairing.md`; `tests/house/test_oracle_pairing.py` holds it to
printed generators and to values of mcl itself. Slow (0.15 s for a pairing), and not for secrets.

A coordinate is an element of Fp2, a + bi as (a, b); those of G1 have b = 0, so that both curves
share one arithmetic. An element of Fp12 is six coordinates, of w^0 to w^5 where w^6 = 1 + i.
"""

import hashlib
from functools import lru_cache

Fp2 = tuple[int, int]
Point = tuple[Fp2, Fp2] | None
Fp12 = tuple[Fp2, ...]

Z = 0xD201000000010000
"""The curve's parameter without its sign, which is minus."""
ORDER = Z**4 - Z**2 + 1
PRIME = (Z + 1) ** 2 * ORDER // 3 - Z
COFACTOR_G1 = (Z + 1) ** 2 // 3
COFACTOR_G2 = (Z**8 + 4 * Z**7 + 5 * Z**6 - 4 * Z**4 - 6 * Z**3 - 4 * Z**2 + 4 * Z + 13) // 9
B1: Fp2 = (4, 0)
B2: Fp2 = (4, 4)
"""G1 lies on y^2 = x^3 + 4, G2 on y^2 = x^3 + 4(1 + i)."""

_ZERO: Fp2 = (0, 0)
_ONE: Fp12 = ((1, 0), *(_ZERO,) * 5)
_FINAL = 3 * (PRIME**2 + 1) * ((PRIME**4 - PRIME**2 + 1) // ORDER)
"""What is left of mcl's final exponent, 3(p^12 - 1)/r, after the division by p^6 - 1."""

GENERATOR_G1: Point = (
    (
        0x17F1D3A73197D7942695638C4FA9AC0FC3688C4F9774B905A14E3A3F171BAC586C55E83FF97A1AEFFB3AF00ADB22C6BB,
        0,
    ),
    (
        0x08B3F481E3AAA0F1A09E30ED741D8AE4FCF5E095D5D00AF600DB18CB2C04B3EDD03CC744A2888AE40CAA232946C5E7E1,
        0,
    ),
)
GENERATOR_G2: Point = (
    (
        0x024AA2B2F08F0A91260805272DC51051C6E47AD4FA403B02B4510B647AE3D1770BAC0326A805BBEFD48056C8C121BDB8,
        0x13E02B6052719F607DACD3A088274F65596BD0D09920B61AB5DA61BBDC7F5049334CF11213945D57E5AC7D055D042B7E,
    ),
    (
        0x0CE5D527727D6E118CC9CDC6DA2E351AADFD9BAA8CBDD3A76D429A695160D12C923AC9CC3BACA289E193548608B82801,
        0x0606C4A02EA734CC32ACD2B02BC28B99CB3E287E85A763AF267492AB572E99AB3F370D275CEC1DA1AAA9075FF05F79BE,
    ),
)


class OracleError(Exception):
    """The bytes are no point, or no scalar."""


# --- Fp and Fp2 ---------------------------------------------------------------------------------


def _legendre(a: int) -> int:
    """Return 1 for a square, -1 for another number, 0 for zero."""
    power = pow(a, (PRIME - 1) // 2, PRIME)
    return -1 if power == PRIME - 1 else power


def _add(a: Fp2, b: Fp2) -> Fp2:
    return (a[0] + b[0]) % PRIME, (a[1] + b[1]) % PRIME


def _subtract(a: Fp2, b: Fp2) -> Fp2:
    return (a[0] - b[0]) % PRIME, (a[1] - b[1]) % PRIME


def _multiply(a: Fp2, b: Fp2) -> Fp2:
    return (a[0] * b[0] - a[1] * b[1]) % PRIME, (a[0] * b[1] + a[1] * b[0]) % PRIME


def _scale(a: Fp2, by: int) -> Fp2:
    return a[0] * by % PRIME, a[1] * by % PRIME


def _twist(a: Fp2) -> Fp2:
    """Multiply by 1 + i."""
    return (a[0] - a[1]) % PRIME, (a[0] + a[1]) % PRIME


def _invert(a: Fp2) -> Fp2:
    norm = pow(a[0] * a[0] + a[1] * a[1], -1, PRIME)
    return a[0] * norm % PRIME, -a[1] * norm % PRIME


def _roots(a: Fp2) -> list[Fp2]:
    """Return both square roots of an element of Fp2, or nothing."""
    norm = pow(a[0] * a[0] + a[1] * a[1], (PRIME + 1) // 4, PRIME)
    for sign in (norm, -norm):
        real = pow((a[0] + sign) * pow(2, -1, PRIME), (PRIME + 1) // 4, PRIME)
        imaginary = a[1] * pow(2 * real, -1, PRIME) if real else pow(-a[0], (PRIME + 1) // 4, PRIME)
        root = real, imaginary % PRIME
        if _multiply(root, root) == a:
            return [root, _subtract(_ZERO, root)]
    return []


# --- the curves ---------------------------------------------------------------------------------


def add(p: Point, q: Point) -> Point:
    """Return the sum of two points of one curve; None is the neutral point."""
    if p is None or q is None:
        return q if p is None else p
    if p[0] == q[0] and p[1] != q[1]:
        return None
    slope = _slope(p, q)
    x = _subtract(_multiply(slope, slope), _add(p[0], q[0]))
    return x, _subtract(_multiply(slope, _subtract(p[0], x)), p[1])


def multiply(p: Point, times: int) -> Point:
    """Return a point, so many times; the number is not reduced, the point may be of any order."""
    total: Point = None
    for bit in bin(times)[2:]:
        total = add(total, total)
        if bit == "1":
            total = add(total, p)
    return total


def _slope(p: tuple[Fp2, Fp2], q: tuple[Fp2, Fp2]) -> Fp2:
    if p == q:
        return _multiply(_scale(_multiply(p[0], p[0]), 3), _invert(_scale(p[1], 2)))
    return _multiply(_subtract(q[1], p[1]), _invert(_subtract(q[0], p[0])))


def points_at(x: Fp2, *, b: Fp2) -> list[tuple[Fp2, Fp2]]:
    """Return the points of a curve with this x, in its subgroup or not."""
    roots = _roots(_add(_multiply(_multiply(x, x), x), b))
    return [(x, y) for y in roots if b != B1 or y[1] == 0]


def has_order(p: Point, order: int) -> bool:
    """Return whether a point other than the neutral one, that many times, is the neutral one."""
    return p is not None and multiply(p, order) is None


# --- the pairing --------------------------------------------------------------------------------


def _multiply12(a: Fp12, b: Fp12) -> Fp12:
    total = [(0, 0)] * 11
    for i, (a0, a1) in enumerate(a):
        if a0 or a1:
            for j, (b0, b1) in enumerate(b):
                t0, t1 = total[i + j]
                total[i + j] = t0 + a0 * b0 - a1 * b1, t1 + a0 * b1 + a1 * b0
    high = [*total[6:], _ZERO]
    return tuple(_add(low, _twist(over)) for low, over in zip(total[:6], high, strict=True))


def _conjugate(a: Fp12) -> Fp12:
    """Return a^(p^6): w becomes -w."""
    return tuple(_subtract(_ZERO, c) if at % 2 else c for at, c in enumerate(a))


def _invert12(a: Fp12) -> Fp12:
    """Return 1 / a as conjugate / norm; the norm lies in Fp6, with powers of v = w^2 alone."""
    c0, c1, c2 = _multiply12(a, _conjugate(a))[::2]
    t0 = _subtract(_multiply(c0, c0), _twist(_multiply(c1, c2)))
    t1 = _subtract(_twist(_multiply(c2, c2)), _multiply(c0, c1))
    t2 = _subtract(_multiply(c1, c1), _multiply(c0, c2))
    rest = _twist(_add(_multiply(c2, t1), _multiply(c1, t2)))
    norm = _invert(_add(_multiply(c0, t0), rest))
    inverse = [_multiply(t, norm) for t in (t0, t1, t2)]
    spread: Fp12 = (inverse[0], _ZERO, inverse[1], _ZERO, inverse[2], _ZERO)
    return _multiply12(_conjugate(a), spread)


def power12(a: Fp12, exponent: int) -> Fp12:
    """Return a power of an element of GT."""
    total = _ONE
    for bit in bin(exponent)[2:]:
        total = _multiply12(total, total)
        if bit == "1":
            total = _multiply12(total, a)
    return total


def _line(at: tuple[Fp2, Fp2], to: tuple[Fp2, Fp2], p: tuple[Fp2, Fp2]) -> Fp12:
    """Return the line through two points of G2 at a point of G1, times w^3, which cancels."""
    slope, (x, y) = _slope(at, to), p
    constant = _subtract(_multiply(slope, at[0]), at[1])
    return (constant, _ZERO, _scale(slope, -x[0]), y, _ZERO, _ZERO)


@lru_cache
def pairing(p: Point, q: Point) -> Fp12:
    """Return mcl's pairing: the ate pairing to the power 3, of a point of G1 and one of G2."""
    if p is None or q is None:
        return _ONE
    f, t = _ONE, q
    for bit in bin(Z)[3:]:
        f, t = _multiply12(_multiply12(f, f), _line(t, t, p)), _known(add(t, t))
        if bit == "1":
            f, t = _multiply12(f, _line(t, q, p)), _known(add(t, q))
    f = _conjugate(f)  # the parameter is negative
    return power12(_multiply12(_conjugate(f), _invert12(f)), _FINAL)


def _known(p: Point) -> tuple[Fp2, Fp2]:
    if p is None:
        raise OracleError("a point of small order")
    return p


# --- mcl's byte forms ---------------------------------------------------------------------------


def _little(number: int, length: int = 48) -> bytes:
    return number.to_bytes(length, "little")


def encode_g1(p: Point) -> bytes:
    """Return 48 bytes: x little-endian, its highest bit whether y is odd; zeros if neutral."""
    return bytes(48) if p is None else _little(p[0][0] | (p[1][0] & 1) << 383)


def encode_g2(p: Point) -> bytes:
    """Return 96 bytes: a and b of x, the highest bit of the last whether a of y is odd."""
    return bytes(96) if p is None else _little(p[0][0]) + _little(p[0][1] | (p[1][0] & 1) << 383)


def encode_gt(a: Fp12) -> bytes:
    """Return 576 bytes: the coordinates of w^0, w^2, w^4, w^1, w^3, w^5."""
    return b"".join(_little(part) for at in (0, 2, 4, 1, 3, 5) for part in a[at])


def decode_g1(data: bytes) -> tuple[Fp2, Fp2]:
    """Return the point of order r in 48 bytes, or raise OracleError."""
    number = int.from_bytes(data, "little")
    return _decode((number % 2**383, 0), odd=number >> 383, b=B1, fits=len(data) == 48)


def decode_g2(data: bytes) -> tuple[Fp2, Fp2]:
    """Return the point of order r in 96 bytes, or raise OracleError."""
    low, high = (int.from_bytes(part, "little") for part in (data[:48], data[48:]))
    return _decode((low, high % 2**383), odd=high >> 383, b=B2, fits=len(data) == 96)


def _decode(x: Fp2, *, odd: int, b: Fp2, fits: bool) -> tuple[Fp2, Fp2]:
    if not fits or max(x) >= PRIME:
        raise OracleError("another length, or a coordinate of p or above")
    for point in points_at(x, b=b):
        if point[1][0] & 1 == odd:
            if has_order(point, ORDER):
                return point
            raise OracleError("not of order r")
    raise OracleError("not on the curve")


def _masked(digest: bytes, bits: int, below: int) -> int:
    """Return a number of a digest: so many bits, or one less where that is too large."""
    number = int.from_bytes(digest, "little") & (1 << bits) - 1
    return number if number < below else number & (1 << bits - 1) - 1


def scalar_of_hash(data: bytes) -> int:
    """Return mcl's `Fr.setHashOf`."""
    return _masked(hashlib.sha256(data).digest(), 255, ORDER)


def hash_to_g1(data: bytes) -> Point:
    """Return mcl's `hashAndMapToG1`, the map of Fouque and Tibouchi."""
    t = _masked(hashlib.sha512(data).digest()[:48], 381, PRIME)
    root = pow(-3, (PRIME + 1) // 4, PRIME)
    w = root * t * pow(t * t + 1 + 4, -1, PRIME)
    first = (-t * w + (root - 1) * pow(2, -1, PRIME)) % PRIME
    for x in (first, (-first - 1) % PRIME, (pow(w, -2, PRIME) + 1) % PRIME):
        square = (x**3 + 4) % PRIME
        if _legendre(square) == 1:
            y = pow(square, (PRIME + 1) // 4, PRIME) * (-1 if _legendre(t) == -1 else 1)
            return multiply(((x, 0), (y % PRIME, 0)), COFACTOR_G1)
    raise OracleError("one of the three is always a square")
