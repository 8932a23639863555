"""Some phones of one design in a street: what the tests of every design share."""

from collections.abc import Iterator, Mapping, Sequence
from random import Random

import pytest

from dp3t.codec import Value, encode
from dp3t.params import MINIMAL, STANDARD, Parameters
from dp3t.phone import Phone
from dp3t.proximity import advertisement
from dp3t.proximity.advertisement import EphID, Metadata, identifier_of
from dp3t.proximity.designs import DESIGN_NAMES, design
from dp3t.proximity.interface import Design, TracingKey
from dp3t.publication.batch import Batch, BatchName
from dp3t.publication.report import Report
from dp3t.timeline import Day, Instant, day_start, release_after

DAY = Day(18_377)
MORNING = Instant(day_start(DAY) + 8 * 3600 + 120)
METADATA = Metadata(tx_power_dbm=-24)
PARAMETERS = {"standard": STANDARD, "minimal": MINIMAL}
PERIOD_SECONDS = {
    (name, size): 600 if name == "gaen" else seconds
    for name in DESIGN_NAMES
    for size, seconds in (("standard", 900), ("minimal", 7200))
}

every_design = pytest.mark.parametrize("name", DESIGN_NAMES)
every_size = pytest.mark.parametrize("size", PARAMETERS)


class Street:
    """Some phones of one design, their dice, and a server that signs nothing."""

    def __init__(self, name: str, parameters: Parameters = STANDARD, *, phones: int = 2) -> None:
        self.design: Design = design(name)
        self.parameters = parameters
        self.rand = Random(f"{name} {phones}").randbytes
        self.reported_at = 0
        self.phones = [
            Phone.create(name, now=MORNING, rand=self.rand, parameters=parameters)
            for _ in range(phones)
        ]

    def tick(self, now: int) -> None:
        for phone in self.phones:
            phone.tick(Instant(now), rand=self.rand)

    def say(self, phone: Phone, now: int) -> bytes:
        phone.tick(Instant(now), rand=self.rand)
        return phone.advertisement(Instant(now), metadata=METADATA)

    def meet(self, now: int, *, speaker: int = 0, listener: int = 1) -> bytes:
        self.tick(now)
        words = self.say(self.phones[speaker], now)
        self.phones[listener].hear(words, now=Instant(now), rssi_dbm=-60)
        return words

    def report(self, now: int, *, since: int = 0, patient: int = 0) -> Report:
        self.reported_at = now
        return self.phones[patient].report(since=Day(since), now=Instant(now), rand=self.rand)

    def keys(self, report: Report) -> list[TracingKey]:
        return [self.design.tracing_key(record) for record in report.records]

    def publish(self, report: Report, *, release: int | None = None, region: str = "VN") -> Batch:
        """Return the batch of a report, by default of the first release that may hold it."""
        if release is None:
            ready = max(key.releasable_from(self.parameters) for key in self.keys(report)) - 1
            release = release_after(Instant(max(self.reported_at, ready)))
        name = BatchName(design=self.design.name, region=region, release=Instant(release))
        return self.design.publish(
            report.records, name=name, parameters=self.parameters, rand=self.rand
        )

    def expanded(self, report: Report, *, before: int) -> set[EphID]:
        return {
            identifier
            for key in self.keys(report)
            for expansion in key.expand(before=Instant(before), parameters=self.parameters)
            for identifier in expansion.split()
        }


def identifier(words: bytes) -> EphID:
    return identifier_of(advertisement.ServiceData(words[11:]))


def secrets(value: Value) -> Iterator[bytes]:
    """Yield every byte string of 16 or more bytes in a value."""
    if isinstance(value, bytes):
        if len(value) >= 16:
            yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from secrets(item)
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for item in value:
            yield from secrets(item)


def ring_secrets(phone: Phone) -> set[bytes]:
    value = phone.to_value()
    assert isinstance(value, dict)
    return set(secrets(value["ring"]))


def state(phone: Phone) -> bytes:
    return encode(phone.to_value())
