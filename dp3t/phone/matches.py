"""What a phone has found in the batches it has read."""

from collections.abc import Iterator
from dataclasses import replace

from dp3t.codec import Fields, Value
from dp3t.errors import MalformedError
from dp3t.params import LAST_INSTANT, Parameters
from dp3t.proximity.interface import Design, Match, PreparedBatch
from dp3t.proximity.observations import Kept, ObservationStore
from dp3t.proximity.revisions import place_of, standing_of, unrevoked
from dp3t.publication.batch import Batch
from dp3t.timeline import Instant, Slot, checked_release, slot_of, slot_start

MAX_INGESTED = 2**14
_MAX_REGION_LENGTH = 16


class Matches:
    """One match for each sighting, and which batches have been read."""

    def __init__(self, design: Design) -> None:
        """Begin with nothing."""
        self._design = design
        self._found: dict[tuple[Slot, Kept], Match] = {}
        self._ingested: set[tuple[Instant, str]] = set()

    def __iter__(self) -> Iterator[Match]:
        """Yield the matches that count: of keys that are not revoked [MATCHING-9]."""
        return iter(unrevoked(self._found.values(), design=self._design))

    def has_ingested(self, *, release: Instant, region: str) -> bool:
        """Return whether the batch of a region's release time has been read."""
        return (release, region) in self._ingested

    def ingest(
        self,
        batch: Batch | PreparedBatch,
        *,
        observations: ObservationStore,
        parameters: Parameters,
    ) -> tuple[Match, ...]:
        """Match a batch and return what is new [PHONE-6].

        Of a sighting that has matched before, only what its key says is settled anew [PHONE-28].
        It is not returned, and neither is one of a revoked key: the first is no further contact,
        the second is none.

        Raises:
            MalformedError: the batch is of another design or not readable; nothing changes.
            ValueError: it was prepared for other parameters.
        """
        name = batch.name if isinstance(batch, Batch) else batch.batch.name
        if name.design != self._design.name:
            raise MalformedError("the batch belongs to another design")
        if isinstance(batch, Batch):
            matches = list(self._design.match(observations, batch, parameters=parameters))
        elif batch.parameters == parameters:
            matches = list(batch.match(observations))
        else:
            raise ValueError("the batch was prepared for other parameters")
        fresh = {place_of(one) for one in matches} - self._found.keys()
        for one in matches:
            self._settle(one)
        self._ingested.add((name.release, name.region))
        if len(self._ingested) > MAX_INGESTED:  # to fetch an old one again does no harm
            self._ingested.remove(min(self._ingested))
        return tuple(one for one in self if place_of(one) in fresh) if fresh else ()

    def _settle(self, one: Match) -> None:
        """Add a match, or let an earlier one of the same sighting know what its key says now."""
        known = self._found.setdefault(place_of(one), one)
        if standing_of(one, design=self._design) > standing_of(known, design=self._design):
            self._found[place_of(one)] = replace(
                known, metadata=one.metadata, key=one.key, release=one.release
            )

    def regions(self) -> set[str]:
        """Return of which regions batches have been read."""
        return {region for _, region in self._ingested}

    def keep(self, slots: range) -> None:
        """Forget the matches and the batches of all other slots."""
        if any(slot not in slots for slot, _ in self._found):
            self._found = {key: one for key, one in self._found.items() if key[0] in slots}
        if any(slot_of(release) not in slots for release, _ in self._ingested):
            self._ingested = {key for key in self._ingested if slot_of(key[0]) in slots}

    def coarsen(self, *, before: Instant) -> None:
        """Drop the times inside every slot that ends at or before a moment [PHONE-7]."""
        for key, one in self._found.items():
            if not one.observation.coarse and slot_start(Slot(key[0] + 1)) <= before:
                self._found[key] = replace(one, observation=one.observation.coarsened())

    def matches_to_value(self) -> Value:
        """Return the matches for sealing."""
        return [self._found[key].to_value() for key in sorted(self._found)]

    def ingested_to_value(self) -> Value:
        """Return which batches have been read, for sealing."""
        return [
            {"region": region, "release": release} for release, region in sorted(self._ingested)
        ]

    def restore(self, *, matches: list[Value], ingested: list[Value]) -> None:
        """Take back what the two above gave; MalformedError for anything else."""
        for item in matches:
            one = Match.from_value(item)
            standing_of(one, design=self._design)  # its key is one of the design
            self._found[place_of(one)] = one
        for item in ingested:
            entry = Fields(item, what="an ingested batch")
            release = checked_release(entry.integer("release", 0, LAST_INSTANT))
            self._ingested.add((release, entry.text("region", longest=_MAX_REGION_LENGTH)))
            entry.done()
