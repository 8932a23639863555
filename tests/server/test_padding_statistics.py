"""Telling padding from real keys in what a live server has published."""

from pathlib import Path
from random import Random
from statistics import mean

import pytest

from batches import records_of
from dp3t import Batch, Instant
from dp3t.proximity import design
from dp3t.proximity.padding import moved
from dp3t.publication import KeyRecord, Report, Upload
from dp3t_server.clock import SimulatedClock
from dp3t_server.config import Config
from key_server import DAY, InnerServer, in_process
from padding_statistics import (
    DETECTORS,
    GIVEN,
    MINIMUM,
    PARAMETERS,
    RELEASE,
    Sample,
    classified,
    reports,
)

PHONES = {"lowcost": range(4, 200), "gaen": range(1, 17), "hybrid": range(1, 7)}
DAYS = 20
LIMIT = 5.0
"""Standard errors, as in the test of the library."""

_AT_ONCE = 20
"""How many keys one upload holds here, of whichever phones: the server does not look at that."""


def config(name: str) -> Config:
    return Config(
        designs=(name,), min_batch_keys=MINIMUM, key_files=False, signing_key_lifetime_days=400
    ).with_settings(**GIVEN)


def later(name: str, records: list[KeyRecord], days: int) -> list[KeyRecord]:
    """Return keys with attributes of some days later, or earlier."""
    return [
        KeyRecord(
            moved(one.attributes, days=days, design=design(name), parameters=PARAMETERS), one.key
        )
        for one in records
    ]


async def report(server: InnerServer, name: str, records: list[KeyRecord]) -> None:
    """Upload keys, some at a time."""
    parts = [records[at : at + _AT_ONCE] for at in range(0, len(records), _AT_ONCE)]
    size = server.parts.config.upload_sizes[name]
    for code, part in zip(await server.codes(len(parts)), parts, strict=True):
        body = Upload(code, Report(design=name, records=tuple(part))).encode(to_bytes=size)
        assert await server.send(body) == "accepted"


async def published(server: InnerServer, name: str) -> tuple[list[Sample], list[Sample]]:
    """Return a batch of each day with real keys that are known, and the one before it without.

    Attributes are those of the first day, so that days can be compared.
    """
    with_keys, without = list[Sample](), list[Sample]()
    for days in range(DAYS):
        dice = Random(f"{name} {days}")
        real = reports(name, dice.choice(PHONES[name]), dice)
        release = RELEASE + days * DAY
        await server.move_to(release - 60)
        await report(server, name, later(name, real, days))
        await server.move_to(release)
        for at, found in ((release - 7_200, without), (release, with_keys)):
            data = await server.get(f"/v1/batches/{name}-{at}")
            records = list(records_of(Batch.open(data, trusted=server.trusted())))
            keys = frozenset(one.key for one in real)
            found.append(Sample(name, later(name, records, -days), keys))
    return with_keys, without


@pytest.mark.spec("SERVER-78", "PADDING-5", "PADDING-6", "PADDING-9")
@pytest.mark.parametrize("name", PHONES)
async def test_nothing_that_is_looked_at_tells_padding_from_what_was_reported(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The dice always fall alike. A batch without reports looks like the one of the day before."""
    monkeypatch.setattr("dp3t_server.publisher.random_from_os", Random(name).randbytes)
    clock = SimulatedClock(Instant(RELEASE - DAY))
    async with in_process(tmp_path, clock=clock, config=config(name)) as server:
        found, without = await published(server, name)
    assert all(one.real <= {each.key for each in one.records} for one in found)
    assert all(len(one.records) >= MINIMUM for one in (*found, *without))
    padded = [one for one in found if len(one.real) < len(one.records)]
    assert len(padded) > DAYS / 2
    scores = {each: detect(padded) for each, detect in DETECTORS.items()}
    if name != "lowcost":
        del scores["evenness"]
    assert {each: score for each, score in scores.items() if score > LIMIT} == {}
    assert abs(mean(classified(padded)) - 0.5) < 0.1
    for before, empty in zip(found, without[1:], strict=False):
        assert not {one.key for one in empty.records} & {one.key for one in before.records}
        known = {one.attributes for one in later(name, list(before.records), -1)}
        assert {one.attributes for one in empty.records} <= known
