"""What a phone asks for: one look at the server for every release, and a dummy every five days."""

from collections.abc import Iterator
from itertools import pairwise

from benchmarks.distribution.exchange import CHANGES, NEVER, Exchange
from benchmarks.distribution.slots import REGION, signing_key
from benchmarks.sizes.patients import BATCHES_PER_DAY, MIDNIGHT, Choice, seeded
from dp3t.params import DAY_SECONDS, RELEASE_SLOT_SECONDS, STANDARD
from dp3t.primitives import Rand
from dp3t.proximity.designs import design_named
from dp3t.publication.answer import ANSWER_BYTES
from dp3t.publication.dummy import MEAN_DELAY_SECONDS
from dp3t.publication.index import Index
from dp3t.publication.listing import DayList, IndexEntry
from dp3t.publication.transparency import (
    Checkpoint,
    NoteKeyType,
    NoteSigner,
    consistency_tiles,
    inclusion_tiles,
)
from dp3t.publication.transparency.merkle import HASH_BYTES
from dp3t.timeline import Instant, slot_of

LOG_DAYS = 365
"""The log is as old as that in the end: the tiles are those of a year's mean day."""

DUMMIES_PER_DAY = DAY_SECONDS / MEAN_DELAY_SECONDS

_LAST = LOG_DAYS * BATCHES_PER_DAY
_NUMBERS_PER_SLOT = 2**16  # as the server counts: `server/dp3t_server/announcement.py`


def a_day(choice: Choice, *, batch_bytes: int) -> list[Exchange]:
    """Return what a phone asks for on a day; it has read what was published on the days before.

    Each look finds a new index, which the server signs for every release; the list of the day that
    has left the index; and the newest batch. Tiles of the log are in `tiles_of`.
    """
    rand = seeded(choice, "looks").randbytes
    entries = _entries(choice, batch_bytes=batch_bytes, rand=rand)
    listed = list[DayList]()
    asked = list[Exchange]()
    for end in range(len(entries) - BATCHES_PER_DAY + 1, len(entries) + 1):
        index, listed = _index(entries[:end], rand=rand)
        asked.append(Exchange(kind="index", path="/v1/index", body_bytes=len(index), cache=CHANGES))
        newest = entries[end - 1]
        asked.append(
            Exchange(
                kind="batches", path=f"/v1/batches/{newest.name}", body_bytes=newest.size_bytes
            )
        )
    left = listed[-1]
    asked.append(
        Exchange(kind="lists", path=f"/v1/days/{left.day}", body_bytes=left.entry().size_bytes)
    )
    return asked


def tiles_of(size: int) -> list[Exchange]:
    """Return the tiles that a look needs which finds the log grown by one entry, to a size.

    They prove that the log continues and that it holds the newest batch.
    """
    tiles = {*consistency_tiles(size - 1, size), *inclusion_tiles(size - 1, size)}
    return [
        Exchange(kind="tiles", path=f"/v1/log/{tile.path}", body_bytes=tile.width * HASH_BYTES)
        for tile in sorted(tiles, key=lambda tile: tile.path)
    ]


def tiles_of_a_year() -> Iterator[Exchange]:
    """Yield the tiles of every look of the log's first year."""
    for _, size in pairwise(range(1, _LAST + 1)):
        yield from tiles_of(size)


def dummy(choice: Choice) -> Exchange:
    """Return one dummy, which is as long as a report."""
    length = design_named(choice.design).upload_bytes(choice.parameters)
    return Exchange(
        kind="dummies",
        path="/v1/reports",
        body_bytes=ANSWER_BYTES,
        cache=NEVER,
        upload_bytes=length,
    )


def _entries(choice: Choice, *, batch_bytes: int, rand: Rand) -> list[IndexEntry]:
    """Return the batches of fourteen days and of today, the last ones of the log."""
    first = MIDNIGHT - STANDARD.retention_days * DAY_SECONDS
    releases = range(first, MIDNIGHT + DAY_SECONDS, RELEASE_SLOT_SECONDS)
    return [
        IndexEntry(
            release=Instant(release),
            design=choice.design,
            size_bytes=batch_bytes,
            digest=rand(32),
            leaf=_LAST - len(releases) + place,
        )
        for place, release in enumerate(releases)
    ]


def _index(entries: list[IndexEntry], *, rand: Rand) -> tuple[bytes, list[DayList]]:
    """Return the signed index of some batches, and the lists that it names."""
    key, signer = signing_key(rand), NoteSigner(name=f"dp3t/{REGION}/00000000", seed=rand(32))
    issued, size = entries[-1].release, entries[-1].leaf + 1
    index, days = Index.of(
        entries,
        keys=[key.public()],
        region=REGION,
        number=slot_of(issued) * _NUMBERS_PER_SLOT,
        issued=issued,
        log_key=signer.key(NoteKeyType.LOG).encode(),
        checkpoint=Checkpoint(origin=signer.name, size=size, root=rand(32)).sign(signer),
    )
    return index.sign(key), days
