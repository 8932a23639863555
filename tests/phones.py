"""What the tests of the phone share: phones, their words and their saved states."""

from collections.abc import Iterable
from random import Random

import pytest

from dp3t.codec import Value, encode
from dp3t.params import STANDARD, Parameters
from dp3t.phone import Phone
from dp3t.primitives import seal
from dp3t.proximity.advertisement import Metadata
from dp3t.proximity.designs import DESIGN_NAMES, design_named
from dp3t.publication.batch import Batch, BatchName
from dp3t.publication.records import KeyRecord
from dp3t.publication.report import Report
from dp3t.timeline import Day, Instant, day_start

DAY = Day(18_377)
MORNING = Instant(day_start(DAY) + 8 * 3600 + 120)
LATER = Instant(MORNING + 900)
"""The next epoch: a report made then covers the morning's, which is over, in every design."""

RELEASE = Instant(MORNING - MORNING % 7200 + 7200)
"""The first release after both."""

METADATA = Metadata(tx_power_dbm=-24)
STATE_KEY = bytes(range(32))

every_design = pytest.mark.parametrize("name", DESIGN_NAMES)
rand = Random(2020).randbytes


def new(name: str, *, now: int = MORNING, parameters: Parameters = STANDARD) -> Phone:
    return Phone.create(name, now=Instant(now), rand=rand, parameters=parameters)


def say(phone: Phone, now: int = MORNING) -> bytes:
    phone.tick(Instant(now), rand=rand)
    return phone.advertisement(Instant(now), metadata=METADATA)


def hear(phone: Phone, words: bytes, now: int = MORNING, *, rssi_dbm: int = -60) -> None:
    phone.hear(words, now=Instant(now), rssi_dbm=rssi_dbm)


def report(phone: Phone, now: int, *, since: int = 0) -> Report:
    return phone.report(since=Day(since), now=Instant(now), rand=rand)


def batch_of(*reports: Report, release: int, region: str = "VN") -> Batch:
    records = [record for one in reports for record in one.records]
    return batch_with(records, name=reports[0].design, release=release, region=region)


def batch_with(
    records: Iterable[KeyRecord], *, name: str, release: int, region: str = "VN"
) -> Batch:
    batch_name = BatchName(design=name, region=region, release=Instant(release))
    return design_named(name).publish(records, name=batch_name, parameters=STANDARD, rand=rand)


def state(phone: Phone) -> dict[str, Value]:
    value = phone.to_value()
    assert isinstance(value, dict)
    return value


def items(phone: Phone, field: str) -> list[Value]:
    found = state(phone)[field]
    assert isinstance(found, list)
    return found


def sealed(value: Value, *, version: int = 6) -> bytes:
    header = b"dp3t phone" + version.to_bytes(2, "big")
    return header + seal(STATE_KEY, encode(value), header=header, rand=rand)
