"""What one release slot publishes: a signed batch of a twelfth of a day's reports, with padding."""

from dataclasses import dataclass
from itertools import islice

from benchmarks.sizes.patients import (
    BATCHES_PER_DAY,
    CHOICES,
    MIDNIGHT,
    Choice,
    seeded,
    with_today,
)
from dp3t.params import DAY_SECONDS
from dp3t.primitives import Rand
from dp3t.proximity.designs import design_named
from dp3t.proximity.padding import pad_records
from dp3t.publication.batch import Batch, BatchName
from dp3t.publication.records import KeyRecord
from dp3t.publication.signing import SigningKey, TrustedKeys
from dp3t.timeline import Instant

DESIGNS = tuple(choice for choice in CHOICES if choice.label != "hybrid-2h")
"""The four designs under the standard parameters."""

MIN_BATCH_KEYS = 256
REGION = "XX"
RELEASE = Instant(MIDNIGHT + 2 * DAY_SECONDS)

_MIDDAY = BATCHES_PER_DAY // 2
_LIFETIME_SECONDS = 60 * DAY_SECONDS


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """One slot of a day with so many accepted reports.

    Attributes:
        reports: how many reports it publishes.
        keys: how many keys these are.
        padding_keys: how many there are beside them that nobody has reported.
        batch_bytes: length of the signed file.
        unpadded_bytes: what it would be without padding.
    """

    reports: int
    keys: int
    padding_keys: int
    batch_bytes: int
    unpadded_bytes: int


def measure_slot(choice: Choice, *, reports_per_day: int) -> Slot:
    """Return the slot of a day whose reports come evenly, each of five days and half of today.

    One patient's report is drawn from the design's own key ring. The others have fresh keys at its
    place, as the length of a batch does not depend on which keys are in it.
    """
    rand = seeded(choice, f"{reports_per_day} reports").randbytes
    outline = next(islice(with_today(choice, rand=rand), _MIDDAY, None))
    reports = round(reports_per_day / BATCHES_PER_DAY)
    records = [
        KeyRecord(record.attributes, rand(len(record.key)))
        for _ in range(reports)
        for record in outline
    ]
    padded = pad_records(
        records,
        minimum=MIN_BATCH_KEYS,
        design=design_named(choice.design),
        release=RELEASE,
        parameters=choice.parameters,
        rand=rand,
    )
    whole = _file_bytes(choice, padded, rand=rand)
    alone = _file_bytes(choice, records, rand=rand) if len(padded) > len(records) else whole
    return Slot(
        reports=reports,
        keys=len(records),
        padding_keys=len(padded) - len(records),
        batch_bytes=whole,
        unpadded_bytes=alone,
    )


def signing_key(rand: Rand) -> SigningKey:
    """Return a key that may sign everything here."""
    return SigningKey.generate(
        valid_from=Instant(MIDNIGHT - _LIFETIME_SECONDS),
        valid_until=Instant(MIDNIGHT + _LIFETIME_SECONDS),
        rand=rand,
    )


def _file_bytes(
    choice: Choice, records: list[KeyRecord] | tuple[KeyRecord, ...], *, rand: Rand
) -> int:
    """Return the length of the signed batch of some records, which opens again."""
    name = BatchName(design=choice.design, region=REGION, release=RELEASE)
    design, key = design_named(choice.design), signing_key(rand)
    batch = design.publish(records, name=name, parameters=choice.parameters, rand=rand)
    file = batch.sign(key)
    Batch.open(file, trusted=TrustedKeys([key.public()]))
    return len(file)
