"""What is checked of several designs in the same way."""

from collections import Counter
from collections.abc import Iterable, Sequence

from dp3t.codec import decode, encode
from dp3t.errors import Dp3tError, MalformedError
from dp3t.params import STANDARD
from dp3t.proximity.interface import Design, KeyRing, TracingKey
from dp3t.publication.records import KeyRecord


def unevenness(orders: Iterable[Sequence[int]]) -> float:
    """Return chi-square over place and value of orders of the same places.

    Rows and columns add up, so of the n·n cells (n - 1)·(n - 1) are free: the sum over all of them,
    whose mean is n·(n - 1), is scaled to that of the free ones.
    """
    drawn = list(orders)
    places = len(drawn[0])
    seen = Counter((place, value) for order in drawn for place, value in enumerate(order))
    expected = len(drawn) / places
    cells = ((place, value) for place in range(places) for value in range(places))
    statistic = sum((seen[cell] - expected) ** 2 / expected for cell in cells)
    return statistic * (places - 1) / places


def read_damaged(design: Design, ring: KeyRing, damage: bytes) -> None:
    """Put two bytes at each place of a ring's encoding: a ring that says so, or malformed."""
    good = encode(ring.to_value())
    for at in range(len(good)):
        attempt = good[:at] + damage[:2] + good[at + 2 :]
        try:
            read = design.ring(decode(attempt, limit_bytes=2**16), parameters=STANDARD)
        except MalformedError:
            continue
        assert encode(read.to_value()) == attempt


def key_of_record(design: Design, attributes: Iterable[int], key: bytes) -> TracingKey | None:
    """Return the key that a record is, which is this very record; None where it is refused."""
    record = KeyRecord(tuple(attributes), key)
    try:
        found = design.tracing_key(record)
    except Dp3tError:
        return None
    assert found.record() == record
    return found
