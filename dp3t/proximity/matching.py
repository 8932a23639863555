"""Was one of these published identifiers heard here, at a time when that means something?

A published key expands into identifiers, each valid for a stretch of time. An observation matches
when it was made before the key was public [MATCHING-1] and inside that stretch [MATCHING-2].
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from dp3t.errors import MalformedError
from dp3t.params import RELEASE_SLOT_SECONDS, Parameters
from dp3t.proximity.advertisement import Metadata, ServiceData, identifier_of, metadata_of
from dp3t.proximity.interface import Expansion
from dp3t.proximity.observations import NO_PERIOD, Kept, Observation, ObservationStore
from dp3t.proximity.periods import Periods
from dp3t.timeline import Day, Instant, Stretch, day_of, day_start, slot_start


def find(
    observations: ObservationStore, expansions: Iterable[Expansion], *, release: Instant
) -> Iterator[Observation]:
    """Yield the observations that match [MATCHING-1] [MATCHING-2], cut to what counts [MATCHING-3].

    Args:
        observations: what the phone heard, kept under the identifiers themselves.
        expansions: published identifiers with their validity.
        release: when they became public; a multiple of 7200 s.

    Raises:
        ValueError: another release; a slot would lie on both sides of it.
    """
    if release % RELEASE_SLOT_SECONDS:
        raise ValueError("a release time is a multiple of 7200 seconds")
    for expansion in expansions:
        identifiers = expansion.split()
        if observations.heard_none_of(identifiers):
            continue
        for place, identifier in enumerate(identifiers):
            for observation in observations.lookup(identifier):
                counted = _counted(observation, expansion, place)
                if counted is not None and heard_before(observation, release):
                    yield counted


def heard_before(observation: Observation, release: Instant) -> bool:
    """Return whether an observation was made before a release [MATCHING-1]."""
    return slot_start(observation.slot) < release


def remembered(stretch: Stretch, *, before: Instant, parameters: Parameters) -> bool:
    """Return whether a phone can have heard something in a stretch and still remember it.

    Args:
        stretch: when hearing it counts.
        before: the moment before which it was heard; the release time.
        parameters: the region's.
    """
    oldest = day_start(Day(day_of(before) - parameters.retention_days))
    return stretch.end > oldest and stretch.start < before


def kept_by_period(
    service_data: ServiceData, *, at: Instant, periods: Periods, skew_seconds: int
) -> tuple[Kept, ...]:
    """Return an advertisement as designs keep it that file identifiers under periods."""
    identifier, metadata = identifier_of(service_data), metadata_of(service_data)
    near = periods.near(at, skew_seconds=skew_seconds)
    return tuple([Kept(identifier, period, metadata) for period in near])


def clear_metadata(kept: Kept) -> Metadata | None:
    """Return metadata that were sent in the clear; None where they are not understood."""
    try:
        return Metadata.decode(kept.metadata)
    except MalformedError:
        return None


def _counted(observation: Observation, expansion: Expansion, place: int) -> Observation | None:
    """Return the observation cut to the sightings that count; None where none does."""
    if observation.kept.period != expansion.period:
        return None
    if expansion.period != NO_PERIOD:
        return observation
    start, end = expansion.validity(place)
    # A sighting whose moment is no longer known counts only if its whole slot would.
    if observation.coarse:
        begin = slot_start(observation.slot)
        inside = start <= begin and begin + RELEASE_SLOT_SECONDS <= end
        return observation if inside else None
    times = zip(observation.times(), observation.sightings, strict=True)
    counted = tuple(sighting for at, sighting in times if start <= at < end)
    return replace(observation, sightings=counted) if counted else None
