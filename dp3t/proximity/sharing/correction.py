"""Recovering a polynomial from shares of which some are wrong: Reed-Solomon decoding.

Sixteen columns of bytes are wrong at the same places, for a wrong share is wrong as a whole. So
one column that shows a contradiction is decoded, with Gao's algorithm, and the shares it convicts
are left out for all; until no contradiction is left.
"""

from collections.abc import Mapping, Sequence

from dp3t.proximity.sharing.gf256 import inverse, multiply
from dp3t.proximity.sharing.polynomial import Polynomial, through


def decode(points: Mapping[int, int], *, threshold: int) -> Polynomial | None:
    """Return the polynomial that all but floor((m - k) / 2) of m shares lie on [SHARING-8].

    There is at most one: two would share k points. With m = k every set of shares has one.

    Args:
        points: the vector at each place.
        threshold: k; at most m.

    Returns:
        The polynomial, or None where more shares are wrong.
    """
    correctable = (len(points) - threshold) // 2
    remaining = dict(points)
    while len(points) - len(remaining) <= correctable:
        polynomial = through(list(remaining.items())[:threshold])
        shift = _contradiction(remaining, polynomial)
        if shift is None:
            return polynomial
        column = {place: value >> shift & 0xFF for place, value in remaining.items()}
        wrong = _wrong_places(column, threshold=threshold)
        if not wrong:
            return None
        for place in wrong:
            del remaining[place]
    return None


def _contradiction(points: Mapping[int, int], polynomial: Polynomial) -> int | None:
    """Return where a column stands, in bits, in which some point is off the polynomial."""
    for place, value in points.items():
        difference = polynomial.at(place) ^ value
        if difference:
            return (difference.bit_length() - 1) // 8 * 8
    return None


def _wrong_places(column: Mapping[int, int], *, threshold: int) -> list[int]:
    """Return the places at which a column of bytes is wrong; none where it cannot be decoded.

    Gao (2003): run Euclid on the product of (x - place) and the polynomial through all points, and
    stop half-way; the remainder divided by its cofactor is the polynomial wanted.
    """
    before, now = _vanishing_and_interpolating(column)
    cofactor_before, cofactor = [0], [1]
    while 2 * (len(now) - 1) >= len(column) + threshold:
        quotient, remainder = _divide(before, now)
        before, now = now, remainder
        cofactor_before, cofactor = cofactor, _added(cofactor_before, _times(quotient, cofactor))
    found, remainder = _divide(now, cofactor)
    if any(remainder) or len(found) > threshold:
        return []
    return [place for place, value in column.items() if _value(found, place) != value]


def _vanishing_and_interpolating(column: Mapping[int, int]) -> tuple[list[int], list[int]]:
    """Return the polynomial that is zero at all places, and the one through all points."""
    vanishing, interpolating = [1], [0]
    for place, value in column.items():
        gap = value ^ _value(interpolating, place)
        factor = multiply(gap, inverse(_value(vanishing, place)))
        interpolating = _added(interpolating, [multiply(factor, c) for c in vanishing])
        vanishing = _times(vanishing, [place, 1])
    return vanishing, interpolating


# Polynomials over bytes, lowest coefficient first, the highest not zero except in [0].


def _value(polynomial: Sequence[int], place: int) -> int:
    value = 0
    for coefficient in reversed(polynomial):
        value = multiply(value, place) ^ coefficient
    return value


def _trimmed(polynomial: list[int]) -> list[int]:
    while len(polynomial) > 1 and not polynomial[-1]:
        polynomial.pop()
    return polynomial


def _added(one: Sequence[int], other: Sequence[int]) -> list[int]:
    longer, shorter = (one, other) if len(one) >= len(other) else (other, one)
    total = list(longer)
    for at, coefficient in enumerate(shorter):
        total[at] ^= coefficient
    return _trimmed(total)


def _times(one: Sequence[int], other: Sequence[int]) -> list[int]:
    product = [0] * (len(one) + len(other) - 1)
    for at, left in enumerate(one):
        for further, right in enumerate(other):
            product[at + further] ^= multiply(left, right)
    return _trimmed(product)


def _divide(dividend: Sequence[int], divisor: Sequence[int]) -> tuple[list[int], list[int]]:
    """Return quotient and remainder; the divisor is not zero."""
    remainder = list(dividend)
    quotient = [0] * max(1, len(dividend) - len(divisor) + 1)
    leading = inverse(divisor[-1])
    for at in range(len(dividend) - len(divisor), -1, -1):
        quotient[at] = factor = multiply(remainder[at + len(divisor) - 1], leading)
        for further, coefficient in enumerate(divisor):
            remainder[at + further] ^= multiply(factor, coefficient)
    return _trimmed(quotient), _trimmed(remainder[: max(1, len(divisor) - 1)])
