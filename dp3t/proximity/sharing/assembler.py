"""The receiver's side: shares of many phones, interleaved, become sightings of identifiers.

A phone keeps this in memory only [SHARING-13]. Fewer shares than the threshold tell nothing.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from dp3t.errors import LimitError, MalformedError
from dp3t.proximity.advertisement import EphID
from dp3t.proximity.sharing.correction import decode
from dp3t.proximity.sharing.polynomial import Polynomial
from dp3t.proximity.sharing.share import Share, Sharing, secret_of, unambiguous
from dp3t.timeline import Instant, require_instant

GROUP_SECONDS = 900
"""How long a group stays open: an epoch of the white paper."""

MAX_GROUPS = 2**12
MAX_SIGHTINGS = 2**15
MAX_SIGHTINGS_PER_GROUP = 2**10
MAX_FAILED_CORRECTIONS = 32
"""How often a group may fail to be corrected before a phone stops trying."""


class Heard(NamedTuple):
    """One sighting of an identifier: an advertisement that carried a share of it.

    Attributes:
        identifier: what was shared.
        at: when the share was received.
        rssi_dbm: how strongly.
    """

    identifier: EphID
    at: Instant
    rssi_dbm: int


class _Sighting(NamedTuple):
    point: tuple[int, int]
    at: Instant
    rssi_dbm: int


@dataclass(slots=True)
class _Recovered:
    """A polynomial that the shares of a group agreed on."""

    polynomial: Polynomial
    identifier: EphID
    on: set[tuple[int, int]]


@dataclass(slots=True)
class _Group:
    """What was heard under one tag."""

    first: Instant
    sightings: list[_Sighting] = field(default_factory=list)
    points: set[tuple[int, int]] = field(default_factory=set)
    recovered: list[_Recovered] = field(default_factory=list)
    failed: int = 0

    def hear(self, sighting: _Sighting, *, threshold: int) -> Iterator[Heard]:
        """Keep a sighting; yield what it is of, and what it uncovers."""
        new = sighting.point not in self.points
        self.sightings.append(sighting)
        self.points.add(sighting.point)
        yield from self.recognized(sighting)
        found = self._recover(threshold) if new else None
        if found:
            self.recovered.append(found)
            yield from (_heard(found, each) for each in self.sightings if each.point in found.on)

    def recognized(self, sighting: _Sighting) -> Iterator[Heard]:
        """Yield the sighting once for each polynomial found before that it lies on."""
        for known in self.recovered:
            if known.polynomial.passes(*sighting.point):
                known.on.add(sighting.point)
                yield _heard(known, sighting)

    def _recover(self, threshold: int) -> _Recovered | None:
        """Return the polynomial that the shares agree on, where it is one not found before.

        One more wrong share becomes correctable with every second share, so only then it pays to
        try; and not at all while a polynomial found before explains the shares well enough.
        """
        points = unambiguous(self.points)
        spare = len(points) - threshold
        if spare < 0 or spare % 2 or self.failed >= MAX_FAILED_CORRECTIONS:
            return None
        for known in self.recovered:
            if 2 * len(points.items() - known.on) <= spare:
                return None
        polynomial = decode(points, threshold=threshold)
        if polynomial is None:
            self.failed += 1
            return None
        on = {point for point in self.points if polynomial.passes(*point)}
        return _Recovered(polynomial, secret_of(polynomial), on)


class Assembler:
    """The groups that a phone hears shares of."""

    def __init__(self, sharing: Sharing) -> None:
        """Begin with no group.

        Args:
            sharing: the region's.
        """
        self._sharing = sharing
        self._groups: dict[bytes, _Group] = {}  # the one heard last stands last
        self._sightings = 0
        self._swept = Instant(0)

    def hear(self, service_data: bytes, *, at: Instant, rssi_dbm: int) -> list[Heard]:
        """Take a share and return every sighting that it makes known [SHARING-10] [SHARING-11].

        That is nothing below the threshold, all sightings so far when it is reached, and then one
        for each share.

        Args:
            service_data: 20 bytes.
            at: when it was received.
            rssi_dbm: how strongly, -128 to 127.

        Raises:
            MalformedError: not a share, or of a place beyond the region's n.
            LimitError: the group is full, and the share is not of an identifier recovered from it.
            TypeError: a moment that is no whole number.
            ValueError: an impossible moment.
        """
        require_instant(at)
        share = Share.decode(service_data)
        if share.place > self._sharing.shares:
            raise MalformedError(f"no group has more than {self._sharing.shares} shares")
        self.expire(now=at)
        group = self._groups.pop(share.tag, None) or _Group(at)
        self._groups[share.tag] = group
        group.first = min(group.first, at)
        sighting = _Sighting(share.point, at, rssi_dbm)
        if len(group.sightings) >= MAX_SIGHTINGS_PER_GROUP:
            return _beyond(group, sighting)
        heard = list(group.hear(sighting, threshold=self._sharing.threshold))
        self._sightings += 1
        self._evict()
        return heard

    def expire(self, *, now: Instant) -> None:
        """Drop every group whose first share is `GROUP_SECONDS` old [SHARING-12]."""
        if now == self._swept:
            return
        self._swept = now
        oldest = now - GROUP_SECONDS
        for tag in [tag for tag, group in self._groups.items() if group.first <= oldest]:
            self._drop(tag)

    def __len__(self) -> int:
        """Return how many groups are open."""
        return len(self._groups)

    def _evict(self) -> None:
        """Drop the groups heard least recently where there are too many [SHARING-12]."""
        while len(self._groups) > MAX_GROUPS or self._sightings > MAX_SIGHTINGS:
            self._drop(next(iter(self._groups)))

    def _drop(self, tag: bytes) -> None:
        self._sightings -= len(self._groups.pop(tag).sightings)


def _heard(found: _Recovered, sighting: _Sighting) -> Heard:
    return Heard(found.identifier, sighting.at, sighting.rssi_dbm)


def _beyond(group: _Group, sighting: _Sighting) -> list[Heard]:
    heard = list(group.recognized(sighting))
    if not heard:
        raise LimitError("too many shares were heard under one tag")
    return heard
