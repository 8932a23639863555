"""A phone's day in bytes and requests, and what millions of phones ask of whoever answers them."""

from collections.abc import Iterable
from dataclasses import dataclass

from benchmarks.distribution.exchange import (
    FRAMING,
    HANDSHAKE_DOWN_BYTES,
    HANDSHAKE_UP_BYTES,
    Exchange,
    request_head,
    unchanged_head,
)
from benchmarks.distribution.looks import DUMMIES_PER_DAY, LOG_DAYS, a_day, dummy, tiles_of_a_year
from benchmarks.distribution.slots import Slot
from benchmarks.sizes.patients import BATCHES_PER_DAY, Choice
from dp3t.params import DAY_SECONDS, STANDARD

PHONES = (10_000_000, 100_000_000)
PEAK = 8
"""All phones look within a quarter of an hour after a release instead of within two hours."""

LINE_BITS_PER_SECOND = 1_000_000_000
"""One machine: a line of one gigabit a second."""

NODES = 200
"""One CDN: so many places, each of which asks the origin for itself."""

INDEX_SECONDS = 60
"""For how long a node of it keeps the index."""

PARTS = ("batches", "padding", "index", "tiles", "lists", "overhead", "dummies")
"""What a phone's bytes are; dummies with their answers and all that goes with them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneDay:
    """One phone's mean day.

    Attributes:
        parts: bytes in both directions, by what they are.
        down_bytes: bytes to the phone, with everything.
        up_bytes: bytes from the phone.
        requests: how many it sends, dummies included.
        connections: how many it opens.
        first_look_bytes: what the first look of a new phone brings, of fourteen days and today.
    """

    parts: dict[str, float]
    down_bytes: float
    up_bytes: float
    requests: float
    connections: float
    first_look_bytes: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Fleet:
    """What many phones ask for together.

    Attributes:
        phones: how many they are.
        requests_per_second: mean, of reads.
        peak_requests_per_second: the same within the quarter of an hour after a release.
        connections_per_second: mean, each with a handshake.
        uploads_per_second: dummies, mean.
        egress_bytes_per_day: to the phones.
        egress_bits_per_second: mean.
        peak_egress_bits_per_second: the same within the quarter of an hour after a release.
    """

    phones: int
    requests_per_second: float
    peak_requests_per_second: float
    connections_per_second: float
    uploads_per_second: float
    egress_bytes_per_day: float
    egress_bits_per_second: float
    peak_egress_bits_per_second: float


def year_of_tiles() -> dict[str, float]:
    """Return what the tiles of the log cost on the mean day of its first year."""
    asked = list(tiles_of_a_year())
    return {
        "requests": len(asked) / LOG_DAYS,
        "body_bytes": sum(each.body_bytes for each in asked) / LOG_DAYS,
        "down_bytes": sum(each.down_bytes for each in asked) / LOG_DAYS,
        "up_bytes": sum(each.up_bytes for each in asked) / LOG_DAYS,
    }


def phone_day(choice: Choice, slot: Slot, *, tiles: dict[str, float]) -> PhoneDay:
    """Return the day of a phone that looks every two hours, once for each release."""
    asked = a_day(choice, batch_bytes=slot.batch_bytes)
    bodies = {kind: _bodies(asked, kind) for kind in ("index", "lists", "batches")}
    padding = BATCHES_PER_DAY * (slot.batch_bytes - slot.unpadded_bytes)
    down = sum(each.down_bytes for each in asked) + tiles["down_bytes"]
    up = sum(each.up_bytes for each in asked) + tiles["up_bytes"]
    down = FRAMING * down + BATCHES_PER_DAY * HANDSHAKE_DOWN_BYTES
    up = FRAMING * up + BATCHES_PER_DAY * HANDSHAKE_UP_BYTES
    dummy_down, dummy_up = _dummies(choice)
    files = sum(bodies.values()) + tiles["body_bytes"]
    return PhoneDay(
        parts={
            "batches": bodies["batches"] - padding,
            "padding": padding,
            "index": bodies["index"],
            "tiles": tiles["body_bytes"],
            "lists": bodies["lists"],
            "overhead": down + up - files,
            "dummies": dummy_down + dummy_up,
        },
        down_bytes=down + dummy_down,
        up_bytes=up + dummy_up,
        requests=len(asked) + tiles["requests"] + DUMMIES_PER_DAY,
        connections=BATCHES_PER_DAY + DUMMIES_PER_DAY,
        first_look_bytes=(STANDARD.retention_days + 0.5) * bodies["batches"],
    )


def fleet(day: PhoneDay, *, phones: int) -> Fleet:
    """Return what so many phones ask for together."""
    reads = phones * (day.requests - DUMMIES_PER_DAY) / DAY_SECONDS
    egress = phones * day.down_bytes
    bits = 8 * egress / DAY_SECONDS
    return Fleet(
        phones=phones,
        requests_per_second=reads,
        peak_requests_per_second=PEAK * reads,
        connections_per_second=phones * day.connections / DAY_SECONDS,
        uploads_per_second=phones * DUMMIES_PER_DAY / DAY_SECONDS,
        egress_bytes_per_day=egress,
        egress_bits_per_second=bits,
        peak_egress_bits_per_second=PEAK * bits,
    )


def phones_of_a_line(day: PhoneDay) -> int:
    """Return how many phones fill the line of one machine at the peak."""
    return int(LINE_BITS_PER_SECOND / 8 * DAY_SECONDS / day.down_bytes / PEAK)


def origin(choice: Choice, slot: Slot, *, tiles: dict[str, float]) -> dict[str, float]:
    """Return what is left for the server behind a CDN: requests a second, and bytes a day.

    Each node asks for each file once, and for the index every minute, mostly to hear that it is
    the same. How many phones there are makes no difference.
    """
    asked = a_day(choice, batch_bytes=slot.batch_bytes)
    looks = DAY_SECONDS / INDEX_SECONDS
    files = sum(each.down_bytes for each in asked) + tiles["down_bytes"]
    unchanged = (looks - BATCHES_PER_DAY) * len(unchanged_head())
    requests = looks + len(asked) - BATCHES_PER_DAY + tiles["requests"]
    return {
        "requests_per_second": NODES * requests / DAY_SECONDS,
        "egress_bytes_per_day": NODES * (files + unchanged),
    }


def unchanged_look_bytes() -> float:
    """Return what a look costs that finds the index still the same, in both directions."""
    heads = len(request_head("/v1/index", tagged=True)) + len(unchanged_head())
    return FRAMING * heads + HANDSHAKE_DOWN_BYTES + HANDSHAKE_UP_BYTES


def _bodies(asked: Iterable[Exchange], kind: str) -> int:
    return sum(each.body_bytes for each in asked if each.kind == kind)


def _dummies(choice: Choice) -> tuple[float, float]:
    """Return the bytes of a day's dummies, each on a connection of its own, down and up."""
    one = dummy(choice)
    down = FRAMING * one.down_bytes + HANDSHAKE_DOWN_BYTES
    up = FRAMING * one.up_bytes + HANDSHAKE_UP_BYTES
    return DUMMIES_PER_DAY * down, DUMMIES_PER_DAY * up
