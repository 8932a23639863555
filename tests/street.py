"""Some phones of one design in a street: what the tests of every design share."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from random import Random

import pytest

from dp3t.codec import Value, encode
from dp3t.params import MINIMAL, STANDARD, Parameters
from dp3t.phone import Phone
from dp3t.proximity import advertisement
from dp3t.proximity.advertisement import EphID, Metadata, identifier_of
from dp3t.proximity.designs import DESIGN_NAMES, design_named
from dp3t.proximity.interface import Design, Match, TracingKey
from dp3t.publication.batch import Batch, BatchName
from dp3t.publication.report import Report
from dp3t.timeline import Day, Instant, Stretch, day_start, release_after

DAY = Day(18_377)
MORNING = Instant(day_start(DAY) + 8 * 3600 + 120)
"""Further from any boundary than clocks differ: a sighting is kept once."""

NOON = Instant(MORNING + 4 * 3600)
"""The epoch and the window of the morning are over, in both sizes."""

METADATA = Metadata(tx_power_dbm=-24)
PARAMETERS = {"standard": STANDARD, "minimal": MINIMAL}
EPOCH_SECONDS = {
    (name, size): 600 if name == "gaen" else seconds
    for name in DESIGN_NAMES
    for size, seconds in (("standard", 900), ("minimal", 7200))
}
"""For how long an identifier is broadcast."""

KEY_BYTES = {"lowcost": 32, "unlinkable": 32, "hybrid": 16, "gaen": 16}

every_design = pytest.mark.parametrize("name", DESIGN_NAMES)
every_size = pytest.mark.parametrize("size", PARAMETERS)


def key_seconds(name: str, parameters: Parameters) -> int:
    """Return how long a phone's key lasts; keys begin at multiples of it."""
    return {
        "lowcost": 86_400,
        "unlinkable": parameters.epoch_seconds,
        "hybrid": parameters.window_seconds,
        "gaen": 86_400,
    }[name]


class Street:
    """Some phones of one design, their dice, and a server that signs nothing."""

    def __init__(self, name: str, parameters: Parameters = STANDARD, *, phones: int = 2) -> None:
        self.design: Design = design_named(name)
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

    def meet(
        self, now: int, *, speaker: int = 0, listener: int = 1, ahead: int = 0, rssi: int = -60
    ) -> bytes:
        """Let one phone hear another, whose clock is `ahead` seconds ahead of the listener's."""
        words = self.say(self.phones[speaker], now + ahead)
        self.hear(words, now, listener=listener, rssi=rssi)
        return words

    def hear(self, words: bytes, now: int, *, listener: int = 1, rssi: int = -60) -> None:
        phone = self.phones[listener]
        phone.tick(Instant(now), rand=self.rand)
        phone.hear(words, now=Instant(now), rssi_dbm=rssi)

    def report(
        self,
        now: int,
        *,
        since: int = 0,
        patient: int = 0,
        redacted: Iterable[tuple[int, int]] = (),
    ) -> Report:
        self.reported_at = now
        stretches = [Stretch(Instant(start), Instant(end)) for start, end in redacted]
        return self.phones[patient].report(
            since=Day(since), now=Instant(now), rand=self.rand, redacted=stretches
        )

    def found(self, batch: Batch, *, reader: int = 1) -> tuple[Match, ...]:
        """Return what a phone matches, the release time being over."""
        self.phones[reader].tick(batch.release, rand=self.rand)
        found = self.phones[reader].ingest(batch)
        return tuple(one for one in found if isinstance(one, Match))

    def identity(self, words: bytes, now: int) -> bytes:
        """Return under what these words are kept, heard away from any boundary."""
        service_data = advertisement.ServiceData(words[11:])
        kept = self.design.kept(service_data, at=Instant(now), parameters=self.parameters)
        assert len(kept) == 1
        return kept[0].identity

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
    """Return every key of a phone, apart."""
    value = phone.to_value()
    assert isinstance(value, dict)
    width = KEY_BYTES[phone.design.name]
    return {
        one[start : start + width]
        for one in secrets(value["ring"])
        for start in range(0, len(one), width)
    }


def current_secrets(phone: Phone) -> set[bytes]:
    """Return what a report leaves on the phone: an epoch's seed, until the epoch is over."""
    if phone.design.name != "unlinkable":
        return set()
    value = phone.to_value()
    assert isinstance(value, dict)
    (*_, whole) = secrets(value["ring"])
    return {whole[-32:]}


def state(phone: Phone) -> bytes:
    return encode(phone.to_value())
