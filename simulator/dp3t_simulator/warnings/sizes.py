"""How many keys reports have, and how long batches are: real batches of two sizes tell."""

from functools import cache
from io import BytesIO
from itertools import count
from typing import NamedTuple

import numpy as np

from dp3t import Day, Instant, Parameters, Rand, day_start
from dp3t.proximity import Design
from dp3t.proximity import design as design_named
from dp3t.publication import HEADER_BYTES, BatchName, KeyRecord
from dp3t_simulator.interfaces import Uploads
from dp3t_simulator.streams import Stream

REPORT_SECONDS = 1_800
"""When a phone reports, in seconds of the day on its clock."""
RELEASE_SECONDS = 7_200
"""When the batch of a day is released."""

_FIRST_DAY = Day(18_809)
_DAYS = 7
_REPORTS = {"unlinkable": (1, 4)}
_OTHER_REPORTS = (8, 64)
_BLOCK = np.arange(2**12)


class BatchSizes(NamedTuple):
    """Sizes under one design and its parameters.

    Attributes:
        keys_daily: for each day that a report speaks for.
        keys_more: beside these.
        fixed_bytes: of a batch without keys, by the fit.
        key_bytes: what each key adds.
    """

    keys_daily: int
    keys_more: int
    fixed_bytes: float
    key_bytes: float

    def keys(self, uploads: Uploads, *, day: int, retention_days: int) -> int:
        """Return how many keys the reports of a day publish [WARNINGS-12]."""
        first = np.maximum(uploads.since.astype(np.int64), day - retention_days)
        days = np.maximum(0, day - first).sum()
        return int(days) * self.keys_daily + len(uploads.person) * self.keys_more

    def batch_bytes(self, keys: int) -> int:
        """Return how long the signed batch is; without keys there is none."""
        return round(self.fixed_bytes + self.key_bytes * keys) if keys else 0


@cache
def sizes_of(name: str, parameters: Parameters) -> BatchSizes:
    """Return sizes for a design, from reports that its own rings make.

    Raises:
        dp3t.MalformedError: no design of that name.
    """
    design = design_named(name)
    one, two = (_report(design, parameters, days=days, number=0) for days in (1, 2))
    daily = len(two) - len(one)
    (few, short), (many, long) = (
        _measured(design, parameters, reports=count) for count in _REPORTS.get(name, _OTHER_REPORTS)
    )
    key_bytes = (long - short) / (many - few)
    return BatchSizes(
        keys_daily=daily,
        keys_more=len(one) - daily,
        fixed_bytes=short - key_bytes * few,
        key_bytes=key_bytes,
    )


def _measured(design: Design, parameters: Parameters, *, reports: int) -> tuple[int, int]:
    """Return how many keys a batch of some reports has, and how many bytes its signed file."""
    records = [
        record
        for number in range(reports)
        for record in _report(design, parameters, days=_DAYS, number=number)
    ]
    release = Instant(day_start(_FIRST_DAY) + RELEASE_SECONDS)
    batch = design.publish(
        records,
        name=BatchName(design=design.name, region="VN", release=release),
        parameters=parameters,
        rand=_rand(0),
    )
    return len(records), HEADER_BYTES + len(batch.encode())


def _report(design: Design, parameters: Parameters, *, days: int, number: int) -> list[KeyRecord]:
    """Return the records of one of several reports that speak for some days, as far as released."""
    since = Day(_FIRST_DAY - days)
    now = Instant(day_start(_FIRST_DAY) + REPORT_SECONDS)
    rand = _rand(number + 1)
    ring = design.generate(now=day_start(since), parameters=parameters, rand=rand)
    for day in range(since + 1, _FIRST_DAY):
        ring = ring.rotated(now=day_start(Day(day)), parameters=parameters, rand=rand)
    keys, _ = ring.rotated(now=now, parameters=parameters, rand=rand).released(
        since=since,
        onset=Day(since + number % days),
        now=now,
        parameters=parameters,
        rand=rand,
    )
    return [
        key.record()
        for key in keys
        if key.releasable_from(parameters) <= day_start(_FIRST_DAY) + RELEASE_SECONDS
    ]


def _rand(number: int) -> Rand:
    """Return a source of bytes that are always the same: they are measured, not used."""
    stream = Stream(number, "warnings: sizes")
    blocks = (stream.bits(block, _BLOCK).tobytes() for block in count())
    left = BytesIO()

    def rand(size: int) -> bytes:
        nonlocal left
        given = left.read(size)
        while len(given) < size:
            left = BytesIO(next(blocks))
            given += left.read(size - len(given))
        return given

    return rand
