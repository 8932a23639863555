"""The field of the shares: GF(2^8) with the polynomial of AES, 0x11b [SHARING-2].

A *vector* is sixteen bytes as one integer, big-endian, each an element of its own. What is secret
is only ever a vector: it is shifted, masked and added, and is neither an index nor a condition.
The places of shares are public, so they may look up tables.
"""

COLUMNS = 16

_ONES = int.from_bytes(b"\x01" * COLUMNS, "big")
_REDUCTION = 0x1B


def scale(vector: int, factor: int) -> int:
    """Return the vector with each of its bytes multiplied by `factor`, 0 to 255."""
    product = 0
    for bit in range(8):
        product ^= vector * (factor >> bit & 1)
        carries = vector >> 7 & _ONES
        vector = (vector ^ carries << 7) << 1 ^ carries * _REDUCTION
    return product


def _powers_of_three() -> list[int]:
    powers = [1]
    for _ in range(254):
        powers.append(scale(powers[-1], 3))
    return powers


_POWER = _powers_of_three() * 2
_LOGARITHM = {power: exponent for exponent, power in enumerate(_POWER[:255])}


def multiply(one: int, other: int) -> int:
    """Return the product of two public elements."""
    if not one or not other:
        return 0
    return _POWER[_LOGARITHM[one] + _LOGARITHM[other]]


def inverse(element: int) -> int:
    """Return the inverse of a public element.

    Raises:
        ZeroDivisionError: zero has none.
    """
    if not element:
        raise ZeroDivisionError("zero has no inverse")
    return _POWER[255 - _LOGARITHM[element]]
