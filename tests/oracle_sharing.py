"""The second witness of secret sharing: schoolbook arithmetic, Lagrange's formula, trial of all.

It shares no algorithm with the library: products are long division of polynomials over bits, a
wrong share is found by trying every set of k shares, and an assembler starts from nothing after
each share it hears.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations

Point = tuple[int, bytes]
Event = tuple[int, bytes, int]
"""Moment, service data, signal strength."""

Sighting = tuple[bytes, int, int]
"""Identifier, moment, signal strength."""


def multiply(one: int, other: int) -> int:
    """Return a product in GF(2^8), by long division by x^8 + x^4 + x^3 + x + 1."""
    product = 0
    for bit in range(8):
        if other >> bit & 1:
            product ^= one << bit
    for bit in range(14, 7, -1):
        if product >> bit & 1:
            product ^= 0x11B << bit - 8
    return product


def inverse(element: int) -> int:
    """Return the inverse, found by trial."""
    return next(candidate for candidate in range(256) if multiply(element, candidate) == 1)


def value(identifier: bytes, coefficients: bytes, place: int) -> bytes:
    """Return a share: the sum of coefficients times powers of the place, byte by byte."""
    rows = [identifier] + [coefficients[at : at + 16] for at in range(0, len(coefficients), 16)]
    total, power = bytes(16), 1
    for row in rows:
        total = bytes(a ^ multiply(b, power) for a, b in zip(total, row, strict=True))
        power = multiply(power, place)
    return total


def split(identifier: bytes, coefficients: bytes, tag: bytes, shares: int) -> list[bytes]:
    """Return the service data of a whole group."""
    return [
        bytes([place]) + tag + value(identifier, coefficients, place)
        for place in range(1, shares + 1)
    ]


def interpolate(points: Sequence[Point], place: int) -> bytes:
    """Return the value at a place of the polynomial through points, by Lagrange's formula."""
    total = bytes(16)
    for here, row in points:
        weight = 1
        for there, _ in points:
            if there != here:
                weight = multiply(weight, multiply(place ^ there, inverse(here ^ there)))
        total = bytes(a ^ multiply(b, weight) for a, b in zip(total, row, strict=True))
    return total


def agreed(points: Mapping[int, bytes], threshold: int) -> list[Point] | None:
    """Return k points whose polynomial all but floor((m - k) / 2) of m points lie on."""
    most_wrong = (len(points) - threshold) // 2
    for chosen in combinations(points.items(), threshold):
        wrong = sum(interpolate(chosen, place) != row for place, row in points.items())
        if wrong <= most_wrong:
            return list(chosen)
    return None


def undisputed(points: Iterable[Point]) -> dict[int, bytes]:
    """Return the points at whose place no other was heard."""
    every = set(points)
    places = [place for place, _ in every]
    return {place: row for place, row in every if places.count(place) == 1}


def assemble(
    events: Sequence[Event], *, threshold: int, group_seconds: int = 900
) -> list[list[Sighting]]:
    """Return what each share makes known. The moments do not decrease."""
    heard: list[list[Sighting]] = []
    begun: dict[bytes, int] = {}
    groups: dict[bytes, list[Event]] = {}
    polynomials: dict[bytes, list[list[Point]]] = {}
    for moment, service_data, rssi in events:
        tag = service_data[1:4]
        if tag not in groups or moment - begun[tag] >= group_seconds:
            begun[tag], groups[tag], polynomials[tag] = moment, [], []
        groups[tag].append((moment, service_data, rssi))
        known = polynomials[tag]
        found = [(interpolate(p, 0), moment, rssi) for p in known if _on(p, service_data)]
        points = undisputed((data[0], data[4:]) for _, data, _ in groups[tag])
        polynomial = agreed(points, threshold) if len(points) >= threshold else None
        if polynomial and not any(_same(polynomial, other) for other in known):
            known.append(polynomial)
            found += [
                (interpolate(polynomial, 0), at, strength)
                for at, data, strength in groups[tag]
                if _on(polynomial, data)
            ]
        heard.append(found)
    return heard


def _on(polynomial: Sequence[Point], service_data: bytes) -> bool:
    return interpolate(polynomial, service_data[0]) == service_data[4:]


def _same(one: Sequence[Point], other: Sequence[Point]) -> bool:
    return all(interpolate(one, place) == row for place, row in other)
