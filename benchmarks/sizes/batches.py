"""What a server publishes of patients: batches of their reports, in real signed files."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from benchmarks.sizes.patients import (
    BATCHES_PER_DAY,
    MIDNIGHT,
    Choice,
    five_days,
    mixed,
    nights,
    seeded,
    with_today,
)
from dp3t.params import DAY_SECONDS, RELEASE_SLOT_SECONDS, STANDARD
from dp3t.primitives import Rand
from dp3t.proximity.cuckoo.filter import CuckooFilter
from dp3t.proximity.designs import design_named
from dp3t.proximity.interface import Selection
from dp3t.publication.batch import Batch, BatchName
from dp3t.publication.index import Index
from dp3t.publication.listing import IndexEntry
from dp3t.publication.records import KeyRecord, KeyTable
from dp3t.publication.signing import SigningKey, TrustedKeys
from dp3t.publication.transparency import (
    Checkpoint,
    NoteKeyType,
    NoteSigner,
    consistency_tiles,
    inclusion_tiles,
)
from dp3t.publication.transparency.merkle import HASH_BYTES
from dp3t.timeline import Instant

BOUND_KEYS = 1000
"""From how many keys on a batch has to keep to its bound."""

_REGION = "XX"


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """One signed batch.

    Attributes:
        patients: whose keys it publishes.
        keys: how many; the items of a filter.
        file_bytes: length of the signed file.
        tries: how many tables were filled until all items of the filter had room; 0 for keys.
    """

    patients: int
    keys: int
    file_bytes: int
    tries: int

    def overhead(self, choice: Choice) -> float:
        """Return the length of the file as a multiple of what its keys cost alone."""
        return self.file_bytes / (self.keys * choice.key_bytes)


@dataclass(frozen=True, slots=True, kw_only=True)
class PerPatient:
    """What a patient costs in batches of so many.

    Attributes:
        five_days: the report holds the paper's five days exactly.
        redacted: the same, with eight hours of each day held back; None where a design cannot.
        with_today: five days and the part of today that is over, a batch for every two hours.
        index_bytes: what the indexes of one day cost, fetched with every batch.
    """

    five_days: Published
    redacted: Published | None
    with_today: tuple[Published, ...]
    index_bytes: int


def measure_row(choice: Choice, patients: tuple[int, ...], name: str) -> list[Published]:
    """Return a batch of five-day reports for each number of patients, which ascend.

    The smaller batches hold the first of the same patients, so that nobody is drawn twice.
    """
    rand = seeded(choice, name).randbytes
    reports = [five_days(choice, rand=rand) for _ in range(patients[-1])]
    return [_published(choice, reports[:count], rand=rand) for count in patients]


def measure_patient(choice: Choice, patients: int) -> PerPatient:
    """Return what a patient costs, in batches of so many patients."""
    rand = seeded(choice, "patient").randbytes
    redacted = None
    if choice.design != "lowcost":  # a chain can leave nothing out
        awake = Selection(redacted=tuple(nights()))
        reports = [five_days(choice, rand=rand, selection=awake) for _ in range(patients)]
        redacted = _published(choice, reports, rand=rand)
    days = [list(with_today(choice, rand=rand)) for _ in range(patients)]
    return PerPatient(
        five_days=measure_row(choice, (patients,), "five days")[0],
        redacted=redacted,
        with_today=tuple(_published(choice, slot, rand=rand) for slot in zip(*days, strict=True)),
        index_bytes=_index_bytes(choice, rand=rand),
    )


def measure_bound(choice: Choice) -> list[Published]:
    """Return two batches of just 1,000 keys: of equal reports, and of reports all different.

    The second has contagious windows of 1 to 14 days, and patients who report at different moments
    and know their first day of symptoms, so that few keys share their attributes.
    """
    rand, dice = seeded(choice, "bound").randbytes, seeded(choice, "mixed")
    return [
        _published(choice, _a_thousand(lambda: five_days(choice, rand=rand)), rand=rand),
        _published(choice, _a_thousand(lambda: mixed(choice, dice)), rand=rand),
    ]


def _a_thousand(draw: Callable[[], list[KeyRecord]]) -> list[list[KeyRecord]]:
    reports: list[list[KeyRecord]] = []
    while sum(map(len, reports)) < BOUND_KEYS:
        reports.append(draw())
    return reports


def _published(choice: Choice, reports: Sequence[list[KeyRecord]], *, rand: Rand) -> Published:
    """Return the batch of some reports, opened again and found to hold every key.

    Raises:
        AssertionError: it does not.
    """
    release = Instant(MIDNIGHT + 2 * DAY_SECONDS)
    key = _signing_key(rand)
    tries = 0

    def counted(length: int) -> bytes:
        nonlocal tries
        tries += 1  # a filter draws a salt for each try, and nothing else draws
        return rand(length)

    batch = design_named(choice.design).publish(
        (record for report in reports for record in report),
        name=BatchName(design=choice.design, region=_REGION, release=release),
        parameters=choice.parameters,
        rand=counted,
    )
    file = batch.sign(key)
    keys = sum(map(len, reports))
    if _held(Batch.open(file, trusted=TrustedKeys([key.public()]))) != keys:
        raise AssertionError("the signed file does not hold every key")
    return Published(patients=len(reports), keys=keys, file_bytes=len(file), tries=tries)


def _held(batch: Batch) -> int:
    if batch.design == "unlinkable":
        return len(CuckooFilter.decode(batch.content, batch_id=batch.name.encode()))
    return len(KeyTable.decode(batch.content))


def _signing_key(rand: Rand) -> SigningKey:
    lifetime = 60 * DAY_SECONDS
    return SigningKey.generate(
        valid_from=Instant(MIDNIGHT - lifetime),
        valid_until=Instant(MIDNIGHT + lifetime),
        rand=rand,
    )


_LOGGED_BEFORE = 50_000
"""How many files a log of one year and four designs holds: three kinds a slot and design."""


def _index_bytes(choice: Choice, *, rand: Rand) -> int:
    """Return what twelve looks at the index cost on one day, each of fourteen days and of today.

    Beside the index itself each look needs the tiles of the log that prove that it continues and
    holds the newest batch, and once a day the list of the day that leaves the index.
    """
    key = _signing_key(rand)
    first = MIDNIGHT - STANDARD.retention_days * DAY_SECONDS
    releases = [
        Instant(moment) for moment in range(first, MIDNIGHT + DAY_SECONDS, RELEASE_SLOT_SECONDS)
    ]
    signer = NoteSigner(name="keys.example.org/log", seed=rand(32))
    entries = [
        IndexEntry(
            release=release,
            design=choice.design,
            size_bytes=2**16,
            digest=rand(32),
            leaf=_LOGGED_BEFORE + place,
        )
        for place, release in enumerate(releases)
    ]
    total = 0
    for end in range(len(entries) - BATCHES_PER_DAY + 1, len(entries) + 1):
        size = _LOGGED_BEFORE + end
        checkpoint = Checkpoint(origin=signer.name, size=size, root=rand(32)).sign(signer)
        index, days = Index.of(
            entries[:end],
            keys=[key.public()],
            region=_REGION,
            number=end,
            issued=releases[end - 1],
            log_key=signer.key(NoteKeyType.LOG).encode(),
            checkpoint=checkpoint,
        )
        tiles = {*consistency_tiles(size - 1, size), *inclusion_tiles(size - 1, size)}
        total += len(index.sign(key)) + HASH_BYTES * sum(tile.width for tile in tiles)
    return total + len(days[-1].encode())
