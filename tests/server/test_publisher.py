"""Publishing: what goes into which batch, once, whatever fails."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

import pytest
from sqlalchemy import Engine, event, text
from sqlalchemy.exc import IntegrityError

from batches import records_of
from databases import sqlite_only
from dp3t import (
    STANDARD,
    Instant,
    LimitError,
    PolicyError,
    day_of,
    random_from_os,
    release_after,
)
from dp3t.publication import BatchName, KeyRecord
from dp3t.publication import batch as batch_module
from dp3t.publication import records as records_module
from dp3t_server import key_content
from dp3t_server.clock import SimulatedClock
from dp3t_server.config import Config
from dp3t_server.keys import SecretsFile, new_signing_key
from dp3t_server.publisher import latest_release
from dp3t_server.rotation import rotate
from dp3t_server.schedule import Schedule
from dp3t_server.slot_files import batch_file
from key_server import (
    DAY,
    HOUR,
    NOW,
    SLOT,
    InnerServer,
    gaen_record,
    in_process,
    keys_of,
    lowcost_record,
    upload_of,
)

NEXT = release_after(NOW)


class InjectedError(OSError):
    """A failure that a test causes."""


@contextmanager
def failing_at(engine: Engine, count: int) -> Iterator[None]:
    """Let the count-th statement or commit from here fail."""
    left = count

    def fail(*_: object) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            raise InjectedError("injected")

    event.listen(engine, "before_cursor_execute", fail)
    event.listen(engine, "commit", fail)
    try:
        yield
    finally:
        event.remove(engine, "before_cursor_execute", fail)
        event.remove(engine, "commit", fail)


@pytest.mark.spec("SERVER-21")
async def test_a_first_index_exists_from_the_first_start(server: InnerServer) -> None:
    index = await server.index()
    assert (index.issued, index.entries, index.region) == (latest_release(NOW), (), "VN")


@pytest.mark.spec("SERVER-21")
async def test_each_design_gets_a_batch_of_its_own(server: InnerServer) -> None:
    lowcost, gaen = lowcost_record(), gaen_record()
    for code, record in zip(await server.codes(2), (lowcost, gaen), strict=True):
        await server.upload(code, record)
    await server.move_to(NEXT)
    found = [(batch.design, batch.release, *records_of(batch)) for batch in await server.batches()]
    assert sorted(found) == [("gaen", NEXT, gaen), ("lowcost", NEXT, lowcost)]


@pytest.mark.spec("SERVER-21")
async def test_the_index_moves_on_at_each_release_even_without_keys(server: InnerServer) -> None:
    await server.move_to(NEXT + 5 * SLOT + 1)
    index = await server.index()
    assert (index.issued, index.entries) == (NEXT + 5 * SLOT, ())


@pytest.mark.spec("SERVER-22")
async def test_publishing_again_in_the_same_slot_does_nothing(server: InnerServer) -> None:
    await server.upload(await server.code(), lowcost_record())
    await server.move_to(NEXT)
    index = await server.get("/v1/index")
    await server.upload(await server.code(), late := lowcost_record())
    status, answer = await server.ask("POST", "/v1/operator/publish", {})
    assert (status, answer) == (200, {"release": NEXT, "batches": []})
    assert await server.get("/v1/index") == index
    assert late not in await server.published()


@pytest.mark.spec("SERVER-22", "SERVER-4")
async def test_a_record_too_late_for_its_release_goes_out_with_the_next(
    server: InnerServer,
) -> None:
    """A report accepted just before a release can be stored just after its publication."""
    first, late = lowcost_record(), lowcost_record()
    await server.upload(await server.code(), first)
    await server.move_to(NEXT)
    before = await server.get(f"/v1/batches/lowcost-{NEXT}")
    async with server.parts.store.database.writing() as connection:
        await connection.execute(
            text("INSERT INTO pending_keys VALUES ('lowcost', :key, :stands, :release, 0, NULL)"),
            {"key": late.key, "stands": f"[{late.attributes[0]}]", "release": NEXT},
        )
    assert (await server.parts.publisher.publish(Instant(NEXT + 1))).batches == ()
    await server.move_to(NEXT + SLOT)
    assert await server.get(f"/v1/batches/lowcost-{NEXT}") == before
    assert {batch.release: list(records_of(batch)) for batch in await server.batches()} == {
        NEXT: [first],
        NEXT + SLOT: [late],
    }


@pytest.mark.spec("SERVER-21", "SERVER-23")
async def test_what_fell_due_while_the_server_was_down_goes_out_together(tmp_path: Path) -> None:
    early, late = lowcost_record(), gaen_record(days_ago=0)
    async with in_process(tmp_path) as server:
        await server.upload(await server.code(), early)
        await server.upload(await server.code(), late)
    again = Instant(NOW + 2 * DAY)
    async with in_process(tmp_path, clock=SimulatedClock(again)) as server:
        batches = await server.batches()
        assert {batch.release for batch in batches} == {latest_release(again)}
        assert keys_of(await server.published()) == keys_of([early, late])


@pytest.mark.spec("SERVER-37")
async def test_moving_the_clock_publishes_each_release_in_its_order(server: InnerServer) -> None:
    """A day passes in one request; the embargoed key has its own release on the way."""
    await server.upload(await server.code(), lowcost_record())
    await server.upload(await server.code(), gaen_record(days_ago=0))
    batches = await server.move_to(NOW + 2 * DAY)
    midnight = (day_of(NOW) + 1) * DAY
    assert [(batch["design"], batch["release"]) for batch in batches] == [
        ("lowcost", NEXT),
        ("gaen", midnight),
    ]


@pytest.mark.spec("SERVER-23", "SERVER-24", "SERVER-4")
async def test_a_failure_at_any_statement_of_publishing_changes_nothing_and_loses_nothing(
    server: InnerServer,
) -> None:
    """Let the n-th statement fail, for each n, and the commit; then let it succeed."""
    records = [lowcost_record() for _ in range(3)] + [gaen_record() for _ in range(3)]
    for code, record in zip(await server.codes(6), records, strict=True):
        await server.upload(code, record)
    before = await server.get("/v1/index")
    engine = server.parts.store.database.engine.sync_engine
    failures = 0
    while True:
        with failing_at(engine, failures + 1):
            try:
                await server.parts.publisher.publish(NEXT)
            except InjectedError:
                failures += 1
            else:
                break
        if await server.get("/v1/index") != before:
            break  # only what follows the commit failed
    assert failures >= 15
    await server.parts.publisher.publish(NEXT)
    assert keys_of(await server.published()) == keys_of(records)
    assert len(await server.batches()) == 2


@pytest.mark.spec("SERVER-11", "SERVER-23")
async def test_failures_at_random_statements_lose_nothing_and_publish_nothing_twice(
    server: InnerServer,
) -> None:
    dice = random.Random(7)
    engine = server.parts.store.database.engine.sync_engine
    accepted, refused, now = list[KeyRecord](), list[KeyRecord](), NOW
    for code in await server.codes(40):
        record = lowcost_record(now)
        with failing_at(engine, dice.randint(1, 16)):
            status, _ = await server.ask("POST", "/v1/reports", upload_of(code, record))
            (accepted if status == 200 else refused).append(record)
        if dice.random() < 0.3:
            now = Instant(now + SLOT)
            with failing_at(engine, dice.randint(1, 30)):
                await server.ask("POST", "/v1/operator/clock", {"now": now})
    await server.move_to(now + DAY)
    assert accepted
    assert refused
    assert keys_of(await server.published()) == keys_of(accepted)


@pytest.mark.spec("SERVER-24")
async def test_a_publication_that_fails_is_retried_and_shows_in_health(
    server: InnerServer,
) -> None:
    clock = SimulatedClock(NEXT)
    schedule = Schedule(server.parts.publisher, clock)
    path = server.data.secrets
    hidden = path.rename(path.with_name("elsewhere"))
    before = await server.get("/v1/index")
    assert [await schedule.attempt() for _ in range(8)] == [2, 4, 8, 16, 32, 60, 60, 60]
    assert schedule.failures == 8
    assert await server.get("/v1/index") == before
    hidden.rename(path)
    assert await schedule.attempt() == 60
    assert schedule.failures == 0
    assert (await server.index()).issued == NEXT


@pytest.mark.spec("SERVER-24")
async def test_even_a_mistake_in_publishing_is_retried(
    server: InnerServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def mistake(*_: object, **__: object) -> None:
        raise TypeError("a mistake")

    await server.upload(await server.code(), record := lowcost_record())
    schedule = Schedule(server.parts.publisher, SimulatedClock(NEXT))
    with monkeypatch.context() as patch:
        patch.setattr(key_content, "batch_file", mistake)
        await schedule.attempt()
    assert schedule.failures == 1
    await schedule.attempt()
    assert (schedule.failures, await server.published()) == (0, [record])


@pytest.mark.spec("SERVER-24")
async def test_health_says_that_a_due_publication_has_not_happened(server: InnerServer) -> None:
    _, answer = await server.ask("GET", "/v1/health")
    assert (answer["status"], answer["last_release"]) == ("ok", latest_release(NOW))
    assert isinstance(server.clock, SimulatedClock)
    server.clock.move_to(Instant(NEXT + HOUR))
    _, answer = await server.ask("GET", "/v1/health")
    assert answer["status"] == "behind"
    await server.move_to(NEXT + HOUR)
    _, answer = await server.ask("GET", "/v1/health")
    assert (answer["status"], answer["failed_publications"]) == ("ok", 0)


@pytest.mark.spec("SERVER-27")
async def test_batches_are_erased_after_the_retention_period(server: InnerServer) -> None:
    await server.upload(await server.code(), lowcost_record())
    await server.move_to(NEXT)
    path = f"/v1/batches/lowcost-{NEXT}"
    last = (day_of(NEXT) + 15) * DAY - SLOT
    await server.move_to(last)
    assert [entry.release for entry in await server.listed()] == [NEXT]
    await server.get(path)
    await server.move_to(last + SLOT)
    assert await server.listed() == []
    assert (await server.ask("GET", path))[0] == 404


@sqlite_only
@pytest.mark.spec("SERVER-27", "SERVER-28")
async def test_what_is_erased_is_nowhere_in_the_files(server: InnerServer) -> None:
    code, unused = await server.codes(2)
    record = lowcost_record()
    await server.upload(code, record)
    await server.move_to(NEXT)
    key = server.parts.secrets.load().digest_key
    secrets = [record.key, code.digest(key), unused.digest(key)]
    assert all(any(secret in raw for raw in _files(server)) for secret in secrets)
    await server.move_to(NOW + 40 * DAY)
    assert not any(secret in raw for raw in _files(server) for secret in secrets)


def _files(server: InnerServer) -> list[bytes]:
    return [path.read_bytes() for path in server.data.path.iterdir() if "sqlite" in path.name]


@pytest.mark.spec("SERVER-27")
async def test_codes_are_forgotten_when_their_retention_ends(server: InnerServer) -> None:
    spent, unspent = await server.codes(2)
    await server.upload(spent, lowcost_record())
    expired_day = day_of(NOW) + 2
    await server.move_to((expired_day + 15) * DAY - 1)
    now = server.clock.now()
    assert await server.upload(spent, lowcost_record(now)) == "used-code"
    assert await server.upload(unspent, lowcost_record(now)) == "expired-code"
    await server.move_to((expired_day + 15) * DAY)
    assert await server.upload(spent, lowcost_record(now)) == "unknown-code"
    assert await server.upload(unspent, lowcost_record(now)) == "unknown-code"


@pytest.mark.spec("SERVER-24")
async def test_without_a_valid_key_nothing_is_published_and_the_fault_is_named(
    tmp_path: Path,
) -> None:
    async with in_process(tmp_path, config=Config(signing_key_lifetime_days=2)) as server:
        await server.upload(await server.code(), record := lowcost_record())
        late = Instant(NOW + 3 * DAY)
        with pytest.raises(PolicyError, match="keys rotate"):
            await server.parts.publisher.publish(late)
        assert (await server.index()).issued == latest_release(NOW)
        await rotate(server.parts, valid_from=None, now=late)
        await server.parts.publisher.publish(Instant(late + 2 * DAY))
        assert await server.published() == [record]


@pytest.mark.spec("SERVER-40", "SERVER-21", "BATCH-7")
@pytest.mark.parametrize(
    ("module", "limit", "value"),
    [(records_module, "MAX_GROUPS", 3), (batch_module, "MAX_BATCH_BYTES", 400)],
)
async def test_what_one_batch_cannot_hold_goes_out_with_the_next_releases(
    server: InnerServer, monkeypatch: pytest.MonkeyPatch, module: ModuleType, limit: str, value: int
) -> None:
    """Twelve keys of as many days: each release publishes the first of those that wait."""
    monkeypatch.setattr(module, limit, value)
    records = [lowcost_record(days_ago=days) for days in range(12)]
    for code, record in zip(await server.codes(12), records, strict=True):
        assert await server.upload(code, record) == "accepted"
    await server.upload(await server.code(), other := gaen_record())
    said = [await server.move_to(NEXT + place * SLOT) for place in range(8)]
    keys = [batch["keys"] for batches in said for batch in batches if batch["design"] == "lowcost"]
    assert sum(keys) == 12
    assert len(keys) > 1
    assert all(keys)
    parts = [
        keys_of(list(records_of(batch)))
        for batch in await server.batches()
        if batch.design == "lowcost"
    ]
    assert [key for part in parts for key in part] == keys_of(records)
    assert other in await server.published()
    assert len(await server.published()) == 13


@pytest.mark.spec("SERVER-40", "SERVER-37")
async def test_a_part_that_waits_is_neither_doubled_nor_overtaken(
    server: InnerServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Keys that are reported again while they wait or are out, and new ones in between."""
    monkeypatch.setattr(records_module, "MAX_GROUPS", 2)
    records = [lowcost_record(days_ago=days) for days in range(5)]
    for moment in (NEXT, NEXT + SLOT, NEXT + 2 * SLOT):
        for code, record in zip(await server.codes(5), records, strict=True):
            assert await server.upload(code, record) == "accepted"
        await server.upload(await server.code(), fresh := lowcost_record())
        records.append(fresh)
        records = records[-5:]
        await server.move_to(moment)
    await server.move_to(NEXT + DAY)
    found = [record.key for record in await server.published()]
    assert len(found) == len(set(found)) == 8


def test_a_key_that_fits_into_no_batch_is_a_limit_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """It cannot happen with the limits of the format; it must not recurse for ever."""
    monkeypatch.setattr(batch_module, "MAX_BATCH_BYTES", 10)
    key = new_signing_key(valid_from=Instant(0), lifetime_days=2, rand=random_from_os)
    records = [lowcost_record(), lowcost_record()]
    name = BatchName(design="lowcost", region="VN", release=Instant(SLOT))
    with pytest.raises(LimitError):
        batch_file(records, name=name, seed=bytes(32), parameters=STANDARD, key=key)


@pytest.mark.spec("SERVER-23")
async def test_what_waits_for_a_design_that_is_run_no_more_is_published(tmp_path: Path) -> None:
    async with in_process(tmp_path) as server:
        await server.upload(await server.code(), record := lowcost_record())
    clock, config = SimulatedClock(Instant(NOW + 40 * DAY)), Config(designs=("gaen",))
    async with in_process(tmp_path, clock=clock, config=config) as server:
        assert await server.published() == [record]


@pytest.mark.spec("SERVER-4")
async def test_a_second_batch_of_one_name_cannot_be_stored(server: InnerServer) -> None:
    await server.upload(await server.code(), lowcost_record())
    await server.move_to(NEXT)
    name = BatchName(design="lowcost", region="VN", release=NEXT)
    with pytest.raises(IntegrityError):
        async with server.parts.store.writing() as transaction:
            await transaction.add_batch(name, b"another" * 20)


def test_secrets_hide_in_their_repr(tmp_path: Path, server: InnerServer) -> None:
    secrets = SecretsFile(server.data.secrets).load()
    shown = repr(secrets)
    assert secrets.digest_key.hex() not in shown
    assert repr(secrets.digest_key) not in shown
    assert repr(secrets.signing[0].seed) not in shown
