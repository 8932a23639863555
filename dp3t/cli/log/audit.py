"""An audit: everything that a server has published, held against its log.

Phones check that what they fetch is logged. An auditor checks the rest: that the log grew from what
it was, names no file twice, and that nothing it holds is kept from phones.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from dp3t.cli.log.site import LOG, Site, proof_between, tile_files
from dp3t.errors import VerificationError
from dp3t.publication.index import Index
from dp3t.publication.listing import IndexEntry
from dp3t.publication.signing import HEADER_BYTES, TrustedKeys
from dp3t.publication.transparency import (
    BATCH_KIND,
    CHECKPOINT_PATH,
    Entry,
    LogPolicy,
    SignedCheckpoint,
    Tile,
    audit,
    compare,
)
from dp3t.publication.transparency.tiles import ENTRIES, TILE_WIDTH, tile_with
from dp3t.timeline import Day, Instant, day_of

Tell = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Audited:
    """What an audit found, all of it in order.

    Attributes:
        checkpoint: the newest checkpoint.
        entries: how many entries the log has.
        known: how many of them an earlier audit knew.
        listed: how many batches the index and its lists of days name.
        bytes_read: length of those files that were fetched and compared.
        number: the number of the index.
    """

    checkpoint: SignedCheckpoint
    entries: int
    known: int
    listed: int
    bytes_read: int
    number: int


async def audited(
    site: Site,
    policy: LogPolicy,
    *,
    known: SignedCheckpoint | None,
    trusted: TrustedKeys | None,
    files: bool,
    retention_days: int,
    now: Instant,
    tell: Tell,
) -> Audited:
    """Audit a server.

    Args:
        site: where its files lie.
        policy: the log's keys.
        known: what the last audit saw.
        trusted: keys that may sign the index; without them its signature is not looked at, but its
            expiry is.
        files: whether to fetch and compare every batch.
        retention_days: for how many days before today the server keeps batches.
        now: the present.
        tell: hears how many files of how many were read.

    Raises:
        Dp3tError: what is wrong. SplitViewError carries the proof that the log has forked.
    """
    index = _opened(await site.read("v1/index"), trusted, now=now)
    newest = policy.open(await site.read(f"{LOG}/{CHECKPOINT_PATH}"))
    entries = await log_entries(site, newest)
    if known is not None:
        await require_grown(site, known, newest)
    seen = policy.open(index.checkpoint)
    await require_grown(site, seen, newest)
    listed = await _listed(site, index)
    _require_logged(listed, entries[: seen.checkpoint.size], index)
    since = Day(day_of(index.issued) - retention_days)
    _require_listed(entries, listed, index, covers=seen.checkpoint.size, since=since)
    read = 0
    for done, entry in enumerate(listed if files else (), start=1):
        data = await site.read(f"v1/batches/{entry.name}")
        entry.require_describes(data)
        read += len(data)
        tell(done, len(listed))
    return Audited(
        checkpoint=newest,
        entries=len(entries),
        known=known.checkpoint.size if known else 0,
        listed=len(listed),
        bytes_read=read,
        number=index.number,
    )


async def log_entries(site: Site, newest: SignedCheckpoint) -> tuple[Entry, ...]:
    """Return the whole log, once it is known to be what the checkpoint signs.

    Raises:
        VerificationError: it is not.
        TransportError: a part of it cannot be read.
    """
    size = newest.checkpoint.size
    files = await tile_files(site, _bundles(size))
    return audit(newest.checkpoint, files.__getitem__)


def _bundles(size: int) -> Iterable[Tile]:
    return (tile_with(ENTRIES, first, size) for first in range(0, size, TILE_WIDTH))


async def require_grown(site: Site, one: SignedCheckpoint, newest: SignedCheckpoint) -> None:
    """Check that the newest checkpoint continues another one.

    Raises:
        SplitViewError: the log has forked.
        VerificationError: it has become shorter.
    """
    old, new = one.checkpoint.size, newest.checkpoint.size
    if old > new:
        raise VerificationError(f"the log has {new} entries, and had {old}")
    await _require_continued(site, one, newest)


async def _require_continued(site: Site, one: SignedCheckpoint, other: SignedCheckpoint) -> None:
    """Check that the larger of two checkpoints continues the smaller, by the tiles of its size."""
    old, new = sorted((one.checkpoint.size, other.checkpoint.size))
    proof = await proof_between(site, old, new) if 0 < old < new else ()
    compare(one, other, proof)


async def require_one_history(
    site: Site, policy: LogPolicy, one: SignedCheckpoint, other: SignedCheckpoint
) -> None:
    """Check that two checkpoints are of one log that grew.

    Where their sizes differ, both are held against the newest checkpoint of the site: a log keeps
    the partial tiles of its newest size, and erases those of older ones after a while.

    Args:
        site: where the log lies; not asked about two checkpoints of one size.
        policy: the log's keys.
        one: a checkpoint that `policy` has opened.
        other: another one.

    Raises:
        SplitViewError: the log has forked; it carries the evidence, of which one checkpoint may be
            the newest.
        Dp3tError: they are of two logs, or the tiles prove nothing.
    """
    if one.checkpoint.size == other.checkpoint.size:
        compare(one, other)
        return
    newest = policy.open(await site.read(f"{LOG}/{CHECKPOINT_PATH}"))
    last = max(newest, one, other, key=lambda each: each.checkpoint.size)
    for each in (one, other):
        await _require_continued(site, each, last)


def _opened(data: bytes, trusted: TrustedKeys | None, *, now: Instant) -> Index:
    if trusted is not None:
        return Index.open(data, trusted=trusted, now=now)
    index = Index.decode(data[HEADER_BYTES:])
    index.require_fresh(now)
    return index


async def _listed(site: Site, index: Index) -> list[IndexEntry]:
    """Return what the index and its lists of days name, oldest first."""
    found = list[IndexEntry]()
    for day in index.days:
        data = await site.read(f"v1/days/{day.name}")
        found += day.open(data, region=index.region).entries
    return [*found, *index.entries]


def _require_logged(listed: list[IndexEntry], entries: tuple[Entry, ...], index: Index) -> None:
    """Check that the log, as far as the index covers it, holds what the index names."""
    for batch in listed:
        if batch.leaf >= len(entries) or entries[batch.leaf] != batch.logged(index.region):
            raise VerificationError(f"the log does not hold batch {batch.name} where it should")


def _require_listed(
    entries: tuple[Entry, ...], listed: list[IndexEntry], index: Index, *, covers: int, since: Day
) -> None:
    """Check that the index hides nothing that the log holds.

    Of days before `since` nothing is missed: the batches were erased. What came after the first
    `covers` entries is for the next index, unless this one should have been replaced since.
    """
    named = {batch.name for batch in listed}
    for place, entry in enumerate(entries):
        if entry.kind != BATCH_KIND or entry.region != index.region or index.sunset is not None:
            continue
        is_due = place < covers or entry.moment >= index.expires
        name = f"{entry.name}-{entry.moment}"
        if is_due and day_of(entry.moment) >= since and name not in named:
            raise VerificationError(f"the log holds batch {name}, and the index does not list it")
