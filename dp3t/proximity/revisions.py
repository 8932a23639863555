"""One word for each sighting: what stands where keys are published more than once.

A server may repeat a key, revise what it says of it, or revoke it, in the same release or in a
later one, and batches come in any order.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from dp3t.proximity.interface import Design, Match
from dp3t.proximity.observations import Kept
from dp3t.proximity.report_type import ReportType
from dp3t.timeline import Instant, Slot

_SUREST_LAST = (
    ReportType.UNKNOWN,
    ReportType.RECURSIVE,
    ReportType.SELF_REPORT,
    ReportType.CLINICAL_DIAGNOSIS,
    ReportType.CONFIRMED_TEST,
    ReportType.REVOKED,
)
"""As far as one follows another on a phone of Google's: what is told becomes surer."""


class Standing(NamedTuple):
    """By what one match of a sighting is set against another; the greater stands [MATCHING-8].

    Attributes:
        revoked: whether its key is revoked.
        release: when the key was published.
        part: number of the part of the key file that it stands in; 0 in a batch.
        sureness: of its report type.
        attributes: of its record; none where the key is not known.
        key: of its record.
    """

    revoked: bool
    release: Instant
    part: int
    sureness: int
    attributes: tuple[int, ...]
    key: bytes


def place_of(match: Match) -> tuple[Slot, Kept]:
    """Return what a sighting is known by: there is one match for each [MATCHING-7]."""
    return match.observation.slot, match.observation.kept


def standing_of(match: Match, *, design: Design, part: int = 0) -> Standing:
    """Return by what a match is set against another of the same sighting.

    Raises:
        MalformedError: its key is none of the design.
    """
    if match.key is None:
        return Standing(False, match.release, part, 0, (), b"")
    kind = ReportType(design.tracing_key(match.key).report_type)
    sureness = _SUREST_LAST.index(kind)
    revoked = kind is ReportType.REVOKED
    return Standing(revoked, match.release, part, sureness, match.key.attributes, match.key.key)


def settled(parts: Iterable[Iterable[Match]], *, design: Design) -> Iterator[Match]:
    """Yield the one match that stands for each sighting, in the order of first finding it.

    Args:
        parts: the matches of each part, in the order of the parts in a key file; revised keys come
            last. Parts that were matched at the same time are settled together afterwards.
        design: that of the keys.
    """
    found: dict[tuple[Slot, Kept], tuple[Standing, Match]] = {}
    for number, part in enumerate(parts):
        for match in part:
            place, standing = place_of(match), standing_of(match, design=design, part=number)
            if place not in found or standing > found[place][0]:
                found[place] = standing, match
    yield from (match for _, match in found.values())


def unrevoked(matches: Iterable[Match], *, design: Design) -> list[Match]:
    """Return the matches without those of keys that are revoked [MATCHING-9]."""
    listed = list(matches)
    revoked = {
        match.key.key
        for match in listed
        if match.key is not None and standing_of(match, design=design).revoked
    }
    return [match for match in listed if match.key is None or match.key.key not in revoked]
