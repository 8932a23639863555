"""Was one of these published identifiers heard here, at a time when that means something?

A published key expands into identifiers, each valid for a stretch of time. An observation matches
when it was made before the key was public [MATCHING-1] and inside that stretch [MATCHING-2].
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from dp3t.params import EPHID_BYTES, RELEASE_SLOT_SECONDS, Parameters
from dp3t.proximity.advertisement import EphID, Metadata
from dp3t.proximity.interface import Expansion, TracingKey
from dp3t.proximity.observations import Observation, ObservationStore
from dp3t.timeline import Day, Instant, slot_start


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """An observation of an identifier of a published key.

    Attributes:
        observation: what was heard, only the sightings that count.
        metadata: what the sender said of its radio; None where it is missing or not understood.
    """

    observation: Observation
    metadata: Metadata | None

    @property
    def day(self) -> Day:
        """The UTC day of the contact."""
        return self.observation.day


def find(
    observations: ObservationStore, expansions: Iterable[Expansion], *, release: Instant
) -> Iterator[Observation]:
    """Yield the observations that fall into an expansion, cut to the sightings that count.

    Args:
        observations: what the phone heard.
        expansions: published identifiers with their validity.
        release: when they became public; a multiple of 7200 s.
    """
    for expansion in expansions:
        identifiers = expansion.identifiers
        for place in range(len(identifiers) // EPHID_BYTES):
            at = place * EPHID_BYTES
            for observation in observations.lookup(EphID(identifiers[at : at + EPHID_BYTES])):
                if slot_start(observation.slot) >= release:
                    continue
                counted = _counted(observation, *expansion.validity(place))
                if counted is not None:
                    yield counted


def match(
    observations: ObservationStore,
    keys: Iterable[TracingKey],
    *,
    release: Instant,
    parameters: Parameters,
) -> Iterator[Match]:
    """Yield every match of published keys with what a phone heard.

    Args:
        observations: what the phone heard.
        keys: the keys of one batch.
        release: the batch's release time.
        parameters: the region's.

    Raises:
        MalformedError: a key that no honest server publishes.
    """
    for key in keys:
        expansions = key.expand(before=release, parameters=parameters)
        for observation in find(observations, expansions, release=release):
            metadata = key.open_metadata(observation.service_data)
            yield Match(observation=observation, metadata=metadata)


def _counted(observation: Observation, start: Instant, end: Instant) -> Observation | None:
    if observation.coarse:
        begin = slot_start(observation.slot)
        inside = start <= begin and begin + RELEASE_SLOT_SECONDS <= end
        return observation if inside else None
    times = zip(observation.times(), observation.sightings, strict=True)
    counted = tuple(sighting for at, sighting in times if start <= at < end)
    return replace(observation, sightings=counted) if counted else None
