"""Was one of these published identifiers heard here, at a time when that means something?

A published key expands into identifiers, each valid for a stretch of time. An observation matches
when it was made before the key was public [MATCHING-1] and inside that stretch [MATCHING-2].
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from dp3t.codec import Fields, Value
from dp3t.params import RELEASE_SLOT_SECONDS, Parameters
from dp3t.proximity.advertisement import Metadata
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

    def to_value(self) -> Value:
        """Return the match for encoding."""
        metadata = b"" if self.metadata is None else self.metadata.encode()
        return {"metadata": metadata, "observation": self.observation.to_value()}

    @classmethod
    def from_value(cls, value: Value) -> "Match":
        """Return a match that `to_value` described; MalformedError otherwise."""
        fields = Fields(value, what="a match")
        metadata = fields.octets("metadata")
        observation = Observation.from_value(fields.value("observation"))
        fields.done()
        known = Metadata.decode(metadata) if metadata else None
        return cls(observation=observation, metadata=known)


def find(
    observations: ObservationStore, expansions: Iterable[Expansion], *, release: Instant
) -> Iterator[Observation]:
    """Yield the observations that match [MATCHING-1] [MATCHING-2], cut to what counts [MATCHING-3].

    Args:
        observations: what the phone heard.
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
    """
    for key in keys:
        expansions = key.expand(before=release, parameters=parameters)
        for observation in find(observations, expansions, release=release):
            metadata = key.open_metadata(observation.service_data)
            yield Match(observation=observation, metadata=metadata)


def _counted(observation: Observation, start: Instant, end: Instant) -> Observation | None:
    # A sighting whose moment is no longer known counts only if its whole slot would.
    if observation.coarse:
        begin = slot_start(observation.slot)
        inside = start <= begin and begin + RELEASE_SLOT_SECONDS <= end
        return observation if inside else None
    times = zip(observation.times(), observation.sightings, strict=True)
    counted = tuple(sighting for at, sighting in times if start <= at < end)
    return replace(observation, sightings=counted) if counted else None
