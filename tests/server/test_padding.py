"""Padding in what the server publishes: every slot, for every design, and to be built again."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

import authorizations
from authorizations import SINCE, each_design, send
from batches import records_of
from dp3t import (
    STANDARD,
    Batch,
    Instant,
    MalformedError,
    VerificationError,
    random_from_os,
    release_after,
)
from dp3t.primitives import sha256
from dp3t.proximity import DESIGN_NAMES, design, pad_records
from dp3t.proximity.report_type import ReportType
from dp3t.publication import HEADER_BYTES, BatchName, KeyRecord, slot_random
from dp3t.publication.answer import receipt_in
from dp3t_server.clock import SimulatedClock
from dp3t_server.config import Config
from dp3t_server.keys import new_signing_key
from dp3t_server.memories import key_digest
from dp3t_server.padding_source import PaddingSource
from dp3t_server.publisher import Publisher
from dp3t_server.slot_files import BatchFile, Padding, batch_file
from dp3t_server.store import Transaction
from dp3t_server.sunset import end_service
from dp3t_server.tables import padding_sources, pending_keys, published_keys, slots
from key_server import (
    DAY,
    NOW,
    SLOT,
    InnerServer,
    gaen_record,
    in_process,
    lowcost_record,
    upload_of,
)

NEXT = release_after(NOW)
LATER = Instant(NEXT + SLOT)
LAST = Instant(LATER + SLOT)
MINIMUM = 60
SERVER_CONFIG = Config(min_batch_keys=MINIMUM)


async def batches(server: InnerServer, release: Instant) -> dict[str, Batch]:
    """Return the batches of a release by their designs."""
    return {one.design: one for one in await server.batches() if one.release == release}


async def table(server: InnerServer, which: Any) -> list[Any]:
    async with server.parts.store.database.reading() as connection:
        return list((await connection.execute(which.select())).all())


def name_of(design_name: str, release: Instant) -> BatchName:
    return BatchName(design=design_name, region="VN", release=release)


async def rebuilt(
    server: InnerServer,
    release: Instant,
    accepted: list[KeyRecord],
    *,
    source: PaddingSource | None = None,
    design_name: str = "gaen",
) -> BatchFile:
    """Return what an auditor builds from the records and the seed."""
    async with server.parts.store.database.reading() as connection:
        query = select(slots.c.seed).where(slots.c.release == release)
        seed = (await connection.execute(query)).scalar_one()
    return batch_file(
        sorted(accepted, key=lambda record: record.key),
        name=name_of(design_name, release),
        seed=seed,
        parameters=STANDARD,
        key=server.parts.secrets.load().signing_key_at(release),
        padding=Padding(minimum=MINIMUM, source=source),
    )


@pytest.mark.spec("SERVER-78", "PADDING-1", "PADDING-2")
async def test_every_design_has_a_batch_at_each_release_with_the_minimum_of_keys(
    server: InnerServer,
) -> None:
    assert await server.upload(await server.code(), record := lowcost_record()) == "accepted"
    for release in (NEXT, LATER):
        moved = await server.move_to(release)
        assert [one["keys"] for one in moved] == [0, 0, int(release == NEXT), 0]
        found = await batches(server, release)
        assert sorted(found) == sorted(DESIGN_NAMES)
        for table_of_keys in (found[name] for name in ("lowcost", "hybrid", "gaen")):
            assert len(list(records_of(table_of_keys))) >= MINIMUM
        assert (record in list(records_of(found["lowcost"]))) == (release == NEXT)


@each_design
@pytest.mark.spec("SERVER-78", "PADDING-10", "SERVER-52")
async def test_the_batch_holds_what_was_reported_and_the_tables_digests_of_all_of_it(
    server: InnerServer, name: str
) -> None:
    report = authorizations.phone(name).report(since=SINCE)
    assert await send(server, await server.code(), report) == "accepted"
    await server.move_to(LATER)
    assert await table(server, pending_keys) == []
    remembered = [row for row in await table(server, published_keys) if row.design == name]
    assert len(remembered) >= max(2 * MINIMUM, len(report.records))  # padding as well as reports
    found = [one for one in await server.batches() if one.design == name]
    if name == "unlinkable":
        return
    published = [record for one in found for record in records_of(one)]
    assert set(report.records) <= set(published)
    digest_key = server.parts.secrets.load().digest_key
    digests = {key_digest(name, one.key, digest_key=digest_key) for one in published}
    assert {row.digest for row in remembered} == digests


@pytest.mark.spec("SERVER-78", "SERVER-56", "PADDING-6", "PADDING-9")
async def test_records_seed_and_the_last_batch_with_records_give_each_batch_again(
    tmp_path: Path, database: str
) -> None:
    """Two slots without records copy the one with, not one another."""
    config = SERVER_CONFIG.with_settings(database=database)
    async with in_process(tmp_path, config=config) as server:
        records = [gaen_record(days_ago=days) for days in (1, 2, 3)]
        await server.upload(await server.code(), *records)
        more, source = gaen_record(days_ago=5), None
        for release, accepted in ((NEXT, records), (LATER, []), (LAST, [])):
            await server.move_to(release)
            again = await rebuilt(server, release, accepted, source=source)
            source = again.source or source
            assert again.data == await server.get(f"/v1/batches/gaen-{release}")
            assert (again.source is None) == (not accepted)
            (row,) = await table(server, padding_sources)
            assert (row.design, row.release) == ("gaen", NEXT)
        await server.upload(await server.code(), more)
        await server.move_to(after := Instant(LAST + SLOT))
        again = await rebuilt(server, after, [more])
        assert again.data == await server.get(f"/v1/batches/gaen-{after}")
        (row,) = await table(server, padding_sources)
        assert row.release == after
        assert json.loads(row.attributes) == [[list(more.attributes), MINIMUM]]


@pytest.mark.spec("SERVER-78", "PADDING-5", "PADDING-6")
async def test_padding_has_the_attributes_of_what_was_reported_and_then_of_the_last_batch(
    server: InnerServer,
) -> None:
    records = [gaen_record(days_ago=days) for days in (1, 2, 3)]
    await server.upload(await server.code(), *records)
    for release in (NEXT, LATER):
        await server.move_to(release)
        found = list(records_of((await batches(server, release))["gaen"]))
        assert {one.attributes for one in found} == {one.attributes for one in records}
    last = Instant(NEXT + DAY)
    await server.move_to(last)
    found = list(records_of((await batches(server, last))["gaen"]))
    assert {one.attributes[0] for one in found} == {one.attributes[0] + 144 for one in records}


@pytest.mark.spec("SERVER-78", "SERVER-58", "SERVER-22")
async def test_who_takes_a_slot_over_builds_the_same_padding(
    tmp_path: Path, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The commit of the first fails; what it built and what is published are the same."""
    built: dict[str, list[bytes]] = {}

    def noted(*args: Any, **options: Any) -> BatchFile:
        file = batch_file(*args, **options)
        built.setdefault(file.name.encode().hex(), []).append(sha256(file.data))
        return file

    async def broken(*_: object, **__: object) -> None:
        raise OSError("injected")

    config = SERVER_CONFIG.with_settings(database=database)
    async with in_process(tmp_path, config=config) as server:
        await server.upload(await server.code(), gaen_record())
        await server.move_to(NEXT)
        monkeypatch.setattr("dp3t_server.key_content.batch_file", noted)
        with monkeypatch.context() as patch:
            patch.setattr(Transaction, "erase", broken)
            with pytest.raises(OSError, match="injected"):
                await server.parts.publisher.publish(LATER)
        parts, clock = server.parts, SimulatedClock(Instant(2**31))
        other = Publisher(
            parts.store,
            parts.secrets,
            parts.config,
            holder=server.data.path / "other",
            lease_clock=clock,
        )
        assert len((await other.publish(LATER)).batches) == len(DESIGN_NAMES)
        assert {len(each) for each in built.values()} == {2}
        assert all(one == again for one, again in built.values())
        before = await batches(server, LATER)
        assert (await other.publish(LATER)).batches == ()
        assert await batches(server, LATER) == before


@pytest.mark.spec("PADDING-11")
async def test_revisions_are_neither_counted_nor_copied(server: InnerServer) -> None:
    """They stand beside the padding; a batch of them alone is padded like an empty one."""
    keys = [gaen_record(days_ago=days) for days in (2, 3, 4)]
    await server.upload(await server.code(), *keys)
    await server.move_to(NEXT)
    fresh = gaen_record(days_ago=2)
    for at, release in ((0, LATER), (1, LAST)):
        start, period, _, onset = keys[at].attributes
        revoked = KeyRecord((start, period, int(ReportType.REVOKED), onset), keys[at].key)
        await server.upload(await server.code(), revoked, *([fresh] if release == LAST else []))
        await server.move_to(release)
        found = list(records_of((await batches(server, release))["gaen"]))
        assert revoked in found
        others = [one for one in found if one != revoked]
        assert len(others) == MINIMUM
        assert {one.attributes[2] for one in others} == {ReportType.CONFIRMED_TEST}
        if release == LATER:
            assert {one.attributes for one in others} == {one.attributes for one in keys}
        else:
            assert {one.attributes for one in others} == {fresh.attributes}
    (row,) = await table(server, padding_sources)
    assert (row.release, json.loads(row.attributes)) == (
        LAST,
        [[list(fresh.attributes), MINIMUM]],
    )


@pytest.mark.spec("SERVER-78", "PADDING-2")
@pytest.mark.parametrize("minimum", [0, 1, 2, 3])
async def test_a_batch_with_enough_keys_gets_no_padding(tmp_path: Path, minimum: int) -> None:
    config = Config(min_batch_keys=minimum, designs=("gaen",))
    async with in_process(tmp_path, config=config) as server:
        records = [gaen_record(), gaen_record()]
        await server.upload(await server.code(), *records)
        await server.move_to(NEXT)
        found = list(records_of((await batches(server, NEXT))["gaen"]))
        assert set(records) <= set(found)
        assert len(found) == max(2, minimum)
        await server.move_to(LATER)
        assert len(await batches(server, LATER)) == int(minimum > 0)
        assert len(await table(server, padding_sources)) == int(minimum > 0)


@pytest.mark.spec("SERVER-78", "OPERATING-24")
async def test_where_the_service_has_ended_only_what_is_due_comes_out(server: InnerServer) -> None:
    """Padded, as ever; or nothing would ever be the last batch."""
    await server.upload(await server.code(), gaen_record())
    await end_service(server.parts, at_once=False, now=NOW)
    await server.move_to(NEXT)
    found = await batches(server, NEXT)
    assert len(list(records_of(found.pop("gaen")))) == MINIMUM
    assert found == {}
    await server.move_to(LATER)
    assert await batches(server, LATER) == {}
    await end_service(server.parts, at_once=True, now=LATER)
    assert await table(server, padding_sources) == []


@pytest.mark.spec("SERVER-79")
async def test_what_padding_is_drawn_from_is_erased_with_its_batch(server: InnerServer) -> None:
    await server.upload(await server.code(), lowcost_record())
    await server.move_to(NEXT)
    days = server.parts.config.retention_days
    midnight = NEXT - NEXT % DAY
    await server.move_to(midnight + (days + 1) * DAY - 1)
    assert len(await table(server, padding_sources)) == 1
    await server.move_to(midnight + (days + 1) * DAY)
    assert await table(server, padding_sources) == []
    later = await batches(server, Instant(midnight + (days + 1) * DAY))
    assert len(list(records_of(later["lowcost"]))) >= MINIMUM


@pytest.mark.spec("PADDING-8")
async def test_the_first_two_days_of_1970_are_not_padded(tmp_path: Path) -> None:
    clock = SimulatedClock(Instant(SLOT))
    async with in_process(tmp_path, config=SERVER_CONFIG, clock=clock) as server:
        await server.move_to(2 * DAY - 1)
        empty = await batches(server, Instant(2 * DAY - SLOT))
        assert [list(records_of(empty[name])) for name in ("gaen", "lowcost")] == [[], []]
        await server.move_to(2 * DAY)
        assert len(await batches(server, Instant(2 * DAY))) == len(DESIGN_NAMES)


def test_a_batch_file_is_what_the_library_pads() -> None:
    """And nothing where padding is off."""
    record = gaen_record()
    name, seed = name_of("gaen", NEXT), bytes(32)
    rand = slot_random(seed, purpose="padding", name=name)
    padded = pad_records(
        [record],
        minimum=MINIMUM,
        design=design("gaen"),
        release=NEXT,
        parameters=STANDARD,
        rand=rand,
    )
    source = PaddingSource.of(padded, release=NEXT)
    assert source.counts == {record.attributes: MINIMUM}
    assert list(source.earlier()[1]) == [record.attributes] * MINIMUM


@pytest.mark.spec("SERVER-36")
@pytest.mark.parametrize("number", [-1, 65_537, "many"])
def test_a_minimum_out_of_its_range_is_refused(number: object) -> None:
    with pytest.raises(MalformedError, match="min_batch_keys"):
        Config().with_settings(min_batch_keys=number)
    assert Config().min_batch_keys == 256


@pytest.mark.spec("SERVER-40", "SERVER-78")
def test_a_part_that_fits_is_padded_like_a_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    records = sorted((gaen_record(days_ago=days) for days in range(1, 6)), key=lambda one: one.key)
    signing = new_signing_key(valid_from=NOW, lifetime_days=2, rand=random_from_os)

    def built(some: list[KeyRecord]) -> BatchFile:
        return batch_file(
            some,
            name=name_of("gaen", NEXT),
            seed=bytes(32),
            parameters=STANDARD,
            key=signing,
            padding=Padding(minimum=4),
        )

    alone = built(records[:2])
    monkeypatch.setattr("dp3t.publication.records.MAX_GROUPS", 4)
    assert built(records) == alone
    assert len(list(records_of(Batch.decode(alone.data[HEADER_BYTES:])))) == 4


@pytest.mark.spec("PADDING-10", "SERVER-15", "SERVER-52", "SERVER-68")
@pytest.mark.parametrize("make", [gaen_record, lowcost_record])
async def test_who_reports_the_keys_of_a_batch_learns_nothing_of_padding(
    server: InnerServer, make: Callable[..., KeyRecord]
) -> None:
    """Neither is published again, and neither is promised."""
    real = make()
    await server.upload(await server.code(), real)
    await server.move_to(NEXT)
    name = "gaen" if make is gaen_record else "lowcost"
    out = list(records_of((await batches(server, NEXT))[name]))
    padding = next(one for one in out if one != real)
    for record in (real, padding):
        body = upload_of(await server.code(), record)
        async with server.session.post(server.url + "/v1/reports", data=body) as response:
            receipt = receipt_in(await response.read())
        assert receipt is not None
        with pytest.raises(VerificationError):
            receipt.verify([record], design=name, region="VN", trusted=server.trusted())
    assert await server.upload(await server.code(), *out) == "accepted"
    await server.move_to(LAST)
    found = [batch for batch in await server.batches() if batch.design == name]
    again = [one.key for batch in found for one in records_of(batch)]
    assert all(again.count(one.key) == 1 for one in out)
