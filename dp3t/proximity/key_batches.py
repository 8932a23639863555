"""Batches of designs that publish keys: every phone derives the identifiers and looks them up."""

from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field

from dp3t.errors import MalformedError
from dp3t.params import Parameters
from dp3t.primitives import Rand
from dp3t.proximity.advertisement import EphID
from dp3t.proximity.interface import Design, Match, TracingKey
from dp3t.proximity.kernels.engine import candidates, plans, worthwhile
from dp3t.proximity.matching import find
from dp3t.proximity.observations import ObservationStore
from dp3t.proximity.revisions import settled
from dp3t.publication.batch import Batch, BatchName
from dp3t.publication.records import KeyGroup, KeyRecord, KeyTable
from dp3t.timeline import Instant

PROGRESS_KEYS = 2**9
"""After so many keys without a kernel progress is told: a few hundredths of a second."""


class PublishesKeys:
    """The part of a design that all have whose batches are tables of keys."""

    def identity(self, identifier: EphID, *, period: int) -> bytes:
        """Return the identifier itself: it is what a phone keeps."""
        return identifier

    def publish(
        self: Design,
        records: Iterable[KeyRecord],
        *,
        name: BatchName,
        parameters: Parameters,
        rand: Rand,
    ) -> Batch:
        """Return the batch that publishes some records, a table of keys [BATCH-2].

        Of records with the same attributes one is looked at: these and the length of the key decide
        whether it is the design's.
        """
        table = KeyTable.of(records)
        for group in table.groups:
            self.tracing_key(_first(group))
        return Batch(name, table.encode())

    def match(
        self: Design,
        observations: ObservationStore,
        batch: Batch,
        *,
        parameters: Parameters,
        progress: Callable[[int], None] | None = None,
    ) -> Iterator[Match]:
        """Return every match of a verified batch with what a phone heard [MATCHING-1]."""
        return match_table(
            observations,
            KeyTable.decode(batch.content),
            self,
            release=batch.release,
            parameters=parameters,
            progress=progress,
        )

    def prepared(self: Design, batch: Batch, *, parameters: Parameters) -> "PreparedKeys":
        """Return a batch whose keys are expanded, for many phones."""
        return PreparedKeys.of(batch, self, parameters=parameters)


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparedKeys:
    """A batch of keys, and which of them every identifier follows from.

    Attributes:
        batch: the batch.
        parameters: the region's.
        design: the batch's.
        keys: those that are valid, in their order.
        origins: for each identifier the numbers of its keys.
    """

    batch: Batch
    parameters: Parameters
    design: Design
    keys: list[TracingKey] = field(repr=False)
    origins: dict[bytes, tuple[int, ...]] = field(repr=False)

    @classmethod
    def of(cls, batch: Batch, design: Design, *, parameters: Parameters) -> "PreparedKeys":
        """Expand every key once; MalformedError as in `Design.match`."""
        keys = keys_of(batch, design)
        origins: dict[bytes, tuple[int, ...]] = {}
        for number, key in enumerate(keys):
            own = (number,)  # one tuple for all identifiers of the key
            for expansion in key.expand(before=batch.release, parameters=parameters):
                for identifier in expansion.split():
                    earlier = origins.get(identifier)
                    origins[identifier] = own if earlier is None else (*earlier, number)
        return cls(batch=batch, parameters=parameters, design=design, keys=keys, origins=origins)

    def match(self, observations: ObservationStore) -> Iterator[Match]:
        """Yield the matches of the keys of which an identifier was heard: the others have none."""
        heard = observations.among(self.origins)
        numbers = sorted({number for one in heard for number in self.origins[one]})
        matches = match_keys(
            observations,
            (self.keys[number] for number in numbers),
            release=self.batch.release,
            parameters=self.parameters,
        )
        return settled([matches], design=self.design)


def match_table(
    observations: ObservationStore,
    table: KeyTable,
    design: Design,
    *,
    release: Instant,
    parameters: Parameters,
    progress: Callable[[int], None] | None = None,
) -> Iterator[Match]:
    """Return every match of a table of keys with what a phone heard, each once [MATCHING-7].

    Where several keys name one sighting, the match is that of the key that stands [MATCHING-8], so
    all are looked at before the first match is given. Keys that are not valid for the design are
    passed over [PHONE-11]. Many keys go through a kernel first where this machine has one, with the
    same result [KERNELS-1].

    Args:
        observations: what the phone heard.
        table: the keys of one batch.
        design: the batch's.
        release: the batch's release time.
        parameters: the region's.
        progress: is called with how many keys have been looked at since the last call, as the
            matches are taken; in the end with all of the table, valid or not [KERNELS-7].

    Raises:
        MalformedError: the table has keys, and none is valid.
    """
    told = _Told(progress)
    keys: Iterable[TracingKey]
    if worthwhile(design.name, keys=len(table)):
        planned = plans(
            design.name, _valid_groups(table, design), release=release, parameters=parameters
        )
        found = candidates(design.name, planned, observations, progress=told)
        keys = map(design.tracing_key, found)
    else:
        valid = _valid_keys(table, design)
        keys = valid if progress is None else told.each(valid)
    matches = match_keys(observations, keys, release=release, parameters=parameters)
    return settled([told.after(matches, total=len(table))], design=design)


def match_tables(
    observations: ObservationStore,
    tables: Iterable[KeyTable],
    design: Design,
    *,
    release: Instant,
    parameters: Parameters,
    progress: Callable[[int], None] | None = None,
) -> Iterator[Match]:
    """Yield the matches of the parts of a key file, each sighting once [MATCHING-7].

    Only one table is held at a time, so a file is matched in the memory of its largest part; what
    a later one says of a key stands, unless an earlier has revoked it [MATCHING-8]. The matches
    come after the last table. A kernel lets other threads run, so several cores take several
    streams of tables, whose matches `revisions.settled` puts together. Arguments and errors are
    those of `match_table`; `progress` hears of every table.
    """
    parts = (
        match_table(
            observations,
            table,
            design,
            release=release,
            parameters=parameters,
            progress=progress,
        )
        for table in tables
    )
    return settled(parts, design=design)


class _Told:
    """How many keys of one table `progress` has heard of."""

    def __init__(self, progress: Callable[[int], None] | None) -> None:
        self._progress = progress
        self._keys = 0

    def __call__(self, keys: int) -> None:
        self._keys += keys
        if self._progress is not None and keys:
            self._progress(keys)

    def each(self, keys: Iterable[TracingKey]) -> Iterator[TracingKey]:
        """Yield the keys, and tell after every 512th."""
        for number, key in enumerate(keys, 1):
            yield key
            if number % PROGRESS_KEYS == 0:
                self(PROGRESS_KEYS)

    def after(self, matches: Iterable[Match], *, total: int) -> Iterator[Match]:
        """Yield the matches, and tell in the end of the keys that nobody looked at."""
        yield from matches
        self(total - self._keys)


def keys_of(batch: Batch, design: Design) -> list[TracingKey]:
    """Return the keys of a batch that are valid for the design [PHONE-11].

    Raises:
        MalformedError: the content is no table of keys, or none of its keys is valid.
    """
    return _valid_keys(KeyTable.decode(batch.content), design)


def _valid_keys(table: KeyTable, design: Design) -> list[TracingKey]:
    keys: list[TracingKey] = []
    for record in table:
        with suppress(MalformedError):
            keys.append(design.tracing_key(record))
    _require_some(keys, table)
    return keys


def _valid_groups(table: KeyTable, design: Design) -> list[tuple[KeyGroup, TracingKey]]:
    """Return the groups whose keys are valid, each with its first key.

    In a design that has a kernel the attributes and the length of a key decide.
    """
    groups: list[tuple[KeyGroup, TracingKey]] = []
    for group in table.groups:
        with suppress(MalformedError):
            groups.append((group, design.tracing_key(_first(group))))
    _require_some(groups, table)
    return groups


def _first(group: KeyGroup) -> KeyRecord:
    return KeyRecord(group.attributes, group.keys[: group.key_bytes])


def _require_some(valid: Collection[object], table: KeyTable) -> None:
    if table.groups and not valid:
        raise MalformedError("no key of the batch is valid for its design")


def match_keys(
    observations: ObservationStore,
    keys: Iterable[TracingKey],
    *,
    release: Instant,
    parameters: Parameters,
) -> Iterator[Match]:
    """Yield every match of published keys with what a phone heard, as often as keys are repeated.

    Args:
        observations: what the phone heard.
        keys: the keys of one batch.
        release: the batch's release time.
        parameters: the region's.
    """
    for key in keys:
        expansions = key.expand(before=release, parameters=parameters)
        for observation in find(observations, expansions, release=release):
            yield Match(
                observation=observation,
                metadata=key.open_metadata(observation.kept),
                key=key.record(),
                release=release,
            )
