"""Patients for a benchmark: reports of the library's own key rings, drawn with seeded dice.

A ring is set up, rotates through the days and releases what a report holds.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random  # noqa: TID251 - a seed makes the data repeatable

from benchmarks.sizes.white_paper import CONTAGIOUS_DAYS
from dp3t.params import DAY_SECONDS, RELEASE_SLOT_SECONDS, STANDARD, Parameters
from dp3t.primitives import Rand
from dp3t.proximity.cuckoo.budget import FINGERPRINT_BYTES
from dp3t.proximity.cuckoo.layout import LOADED, OF_SLOTS
from dp3t.proximity.designs import design_named
from dp3t.proximity.interface import EVERYTHING, KeyRing, Selection
from dp3t.publication.records import KeyRecord
from dp3t.timeline import Day, Instant, Stretch, day_start

SEED = 1
BATCHES_PER_DAY = DAY_SECONDS // RELEASE_SLOT_SECONDS
TODAY = Day(18_395)
MIDNIGHT = day_start(TODAY)

_FIRST_DAY = Day(TODAY - CONTAGIOUS_DAYS)
_REDACTED_SECONDS = 8 * 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A design with its parameters.

    Attributes:
        label: names the choice in the results.
        design: the design's name.
        parameters: what it runs under.
        key_bytes: length of a published key; of the unlinkable design, what an item costs in a
            filter at its maximum load.
        limit: how many times that a key may cost in a signed batch of 1,000 or more.
        step_seconds: how long a key lasts.
    """

    label: str
    design: str
    parameters: Parameters = STANDARD
    key_bytes: float
    limit: float = 1.1
    step_seconds: int


CHOICES = (
    Choice(label="lowcost", design="lowcost", key_bytes=32, step_seconds=DAY_SECONDS),
    Choice(
        label="unlinkable",
        design="unlinkable",
        key_bytes=FINGERPRINT_BYTES * OF_SLOTS / LOADED,
        limit=1.05,
        step_seconds=STANDARD.epoch_seconds,
    ),
    *(
        Choice(
            label=f"hybrid-{hours}h",
            design="hybrid",
            parameters=Parameters(window_minutes=60 * hours),
            key_bytes=16,
            step_seconds=3600 * hours,
        )
        for hours in (4, 2)
    ),
    Choice(label="gaen", design="gaen", key_bytes=16, step_seconds=DAY_SECONDS),
)


def seeded(choice: Choice, name: str) -> Random:
    """Return dice of their own for each choice and purpose."""
    return Random(f"{SEED} {choice.label} {name}")  # noqa: S311 - not a secret


def _rotated(choice: Choice, ring: KeyRing, span: Stretch, *, rand: Rand) -> KeyRing:
    """Return a ring that was rotated to `span.start` as it is at `span.end`, never off between."""
    step = choice.step_seconds
    for moment in (*range(span.start // step * step + step, span.end, step), span.end):
        ring = ring.rotated(now=Instant(moment), parameters=choice.parameters, rand=rand)
    return ring


def _fresh(choice: Choice, *, days: int, now: Instant, rand: Rand) -> KeyRing:
    """Return at `now` the ring of a phone set up at a midnight, `days` before today's."""
    start = Instant(MIDNIGHT - days * DAY_SECONDS)
    ring = design_named(choice.design).generate(now=start, parameters=choice.parameters, rand=rand)
    return _rotated(choice, ring, Stretch(start, now), rand=rand)


def _released(
    choice: Choice,
    ring: KeyRing,
    *,
    now: Instant,
    rand: Rand,
    since: Day = _FIRST_DAY,
    onset: Day | None = None,
    selection: Selection = EVERYTHING,
) -> list[KeyRecord]:
    keys, _ = ring.released(
        since=since,
        onset=onset,
        now=now,
        parameters=choice.parameters,
        rand=rand,
        selection=selection,
    )
    return [key.record() for key in keys]


def five_days(choice: Choice, *, rand: Rand, selection: Selection = EVERYTHING) -> list[KeyRecord]:
    """Return the report that holds five days and nothing else.

    The unlinkable design leaves out the current epoch: that is the report of the first second
    after. The others put the current key in: that is the report of the last second.
    """
    now = MIDNIGHT if choice.design == "unlinkable" else Instant(MIDNIGHT - 1)
    ring = _fresh(choice, days=CONTAGIOUS_DAYS, now=now, rand=rand)
    return _released(choice, ring, now=now, rand=rand, selection=selection)


def with_today(choice: Choice, *, rand: Rand) -> Iterator[list[KeyRecord]]:
    """Yield what one phone would report in the middle of each two hours of the sixth day."""
    at = MIDNIGHT
    ring = _fresh(choice, days=CONTAGIOUS_DAYS, now=at, rand=rand)
    for slot in range(BATCHES_PER_DAY):
        now = Instant(MIDNIGHT + slot * RELEASE_SLOT_SECONDS + RELEASE_SLOT_SECONDS // 2)
        ring = _rotated(choice, ring, Stretch(at, now), rand=rand)
        yield _released(choice, ring, now=now, rand=rand)
        at = now


def mixed(choice: Choice, dice: Random) -> list[KeyRecord]:
    """Return a report of 1 to 14 days and a part of today, with a day of first symptoms."""
    days = dice.randint(1, STANDARD.retention_days)
    now = Instant(MIDNIGHT + DAY_SECONDS // 2 + dice.randrange(RELEASE_SLOT_SECONDS))
    ring = _fresh(choice, days=days, now=now, rand=dice.randbytes)
    since = Day(TODAY - days)
    onset = Day(since + dice.randint(0, days))
    return _released(choice, ring, now=now, rand=dice.randbytes, since=since, onset=onset)


def nights() -> Iterator[Stretch]:
    """Yield the first eight hours of each contagious day."""
    for days in range(1, CONTAGIOUS_DAYS + 1):
        start = MIDNIGHT - days * DAY_SECONDS
        yield Stretch(Instant(start), Instant(start + _REDACTED_SECONDS))
