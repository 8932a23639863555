"""Keys that are reported again with another report type, through HTTP and to the batches."""

import asyncio
import threading
from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest
from sqlalchemy import update

from batches import records_of
from dp3t import Instant, Metadata, Phone, day_of, random_from_os, release_after
from dp3t.client import Client
from dp3t.proximity import revision_allowed
from dp3t.proximity.report_type import ReportType
from dp3t.publication import KeyRecord, Receipt, Upload, due_after
from dp3t.publication.answer import receipt_in
from dp3t_server import key_content
from dp3t_server.config import Config
from dp3t_server.database import Database
from dp3t_server.reports import Reports
from dp3t_server.slot_files import BatchFile, batch_file
from dp3t_server.slots import Lease
from dp3t_server.store import Store, Transaction
from dp3t_server.tables import published_keys
from key_server import (
    DAY,
    HOUR,
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
CONFIRMED, CLINICAL, SELF_REPORT, REVOKED = (
    ReportType.CONFIRMED_TEST,
    ReportType.CLINICAL_DIAGNOSIS,
    ReportType.SELF_REPORT,
    ReportType.REVOKED,
)


def typed(record: KeyRecord, kind: int, *, onset: int = 127) -> KeyRecord:
    """Return a record of GAEN with another report type."""
    start, period, _, _ = record.attributes
    return replace(record, attributes=(start, period, int(kind), onset))


async def report(server: InnerServer, *records: KeyRecord) -> Receipt | None:
    """Upload with a fresh code; return the receipt where the records are promised."""
    body = upload_of(await server.code(), *records)
    async with server.session.post(server.url + "/v1/reports", data=body) as response:
        answer = await response.read()
    assert b'"accepted": true' in answer
    found = receipt_in(answer)
    assert found is not None
    try:
        found.verify(records, design="gaen", region="VN", trusted=server.trusted())
    except Exception:
        return None
    return found


async def batches(server: InnerServer) -> dict[Instant, list[KeyRecord]]:
    """Return the records of every batch of GAEN by its release."""
    found = await server.batches()
    return {one.release: list(records_of(one)) for one in found if one.design == "gaen"}


async def published(server: InnerServer, *records: KeyRecord) -> None:
    """Let some records be out."""
    await server.upload(await server.code(), *records)
    await server.move_to(NEXT)
    assert await batches(server) == {NEXT: sorted(records)}


@pytest.mark.spec("SERVER-72", "REVISION-1", "SERVER-15")
async def test_a_key_that_is_out_comes_again_with_the_types_that_may_follow_and_no_other(
    server: InnerServer,
) -> None:
    pairs = list(product(ReportType, repeat=2))
    keys = [gaen_record() for _ in pairs]
    await published(server, *(typed(key, old) for key, (old, _) in zip(keys, pairs, strict=True)))
    again = [typed(key, new) for key, (_, new) in zip(keys, pairs, strict=True)]
    assert await report(server, *again) is None
    await server.move_to(LATER)
    allowed = [one for one, pair in zip(again, pairs, strict=True) if revision_allowed(*pair)]
    assert len(allowed) == 6
    assert (await batches(server))[LATER] == sorted(allowed)


@pytest.mark.spec("SERVER-72", "SERVER-68", "REVISION-2")
async def test_a_revision_is_promised_and_keeps_start_and_period(server: InnerServer) -> None:
    key = typed(gaen_record(), SELF_REPORT)
    start, period, _, _ = key.attributes
    await published(server, key)
    for other in ((start, period - 1, 1, 0), (start - 144, period, 1, 0)):
        assert await report(server, replace(key, attributes=other)) is None
    revised = typed(key, CONFIRMED, onset=2)
    read = await report(server, revised)
    assert read is not None
    assert read.published_by == due_after(LATER)
    await server.move_to(LATER)
    assert await batches(server) == {NEXT: [key], LATER: [revised]}


@pytest.mark.spec("SERVER-72", "REVISION-2")
async def test_a_key_is_revised_once_whether_the_revision_waits_or_is_out(
    server: InnerServer,
) -> None:
    key = typed(gaen_record(), SELF_REPORT)
    await published(server, key)
    revised, revoked = typed(key, CLINICAL), typed(key, REVOKED)
    assert await report(server, revised) is not None
    assert await report(server, revoked) is None
    await server.move_to(LATER)
    assert await report(server, revoked) is None
    await server.move_to(NOW + DAY)
    assert await batches(server) == {NEXT: [key], LATER: [revised]}


@pytest.mark.spec("SERVER-73")
async def test_a_key_that_waits_is_published_as_promised_and_revised_in_the_batch_after(
    server: InnerServer,
) -> None:
    key = typed(gaen_record(), SELF_REPORT)
    revised = typed(key, CONFIRMED)
    first, second = await report(server, key), await report(server, revised)
    assert first is not None
    assert second is not None
    assert (first.published_by, second.published_by) == (due_after(NEXT), due_after(LATER))
    assert await report(server, typed(key, REVOKED)) is None
    assert await report(server, revised) == second
    await server.move_to(NEXT)
    assert await report(server, revised) == second
    await server.move_to(NOW + DAY)
    assert await batches(server) == {NEXT: [key], LATER: [revised]}


@pytest.mark.spec("SERVER-73", "SERVER-68")
async def test_what_revises_a_key_that_is_late_is_promised_for_the_release_after_that(
    server: InnerServer,
) -> None:
    """Its slot was never begun; a later one is being published."""
    key = typed(gaen_record(), SELF_REPORT)
    await report(server, key)
    async with server.parts.store.writing() as transaction:
        lease = Lease(holder=bytes(16), now=0, seconds=0)
        assert await transaction.slots.begin(LATER, seed=bytes(32), lease=lease)
    read = await report(server, typed(key, CONFIRMED))
    assert read is not None
    assert read.published_by == due_after(LAST)


@pytest.mark.spec("SERVER-72")
async def test_of_two_revisions_in_one_report_the_first_counts(server: InnerServer) -> None:
    out, waiting = typed(gaen_record(), SELF_REPORT), typed(gaen_record(), SELF_REPORT)
    await published(server, out)
    await report(server, waiting)
    both = [typed(key, kind) for key in (out, waiting) for kind in (CONFIRMED, REVOKED)]
    assert await report(server, *both) is None
    await server.move_to(NOW + DAY)
    first = [typed(key, CONFIRMED) for key in (out, waiting)]
    assert await batches(server) == {
        NEXT: [out],
        LATER: sorted([waiting, first[0]]),
        LAST: [first[1]],
    }


@pytest.mark.spec("SERVER-15")
async def test_designs_without_report_types_know_no_revision(server: InnerServer) -> None:
    record = lowcost_record()
    await server.upload(await server.code(), record)
    await server.move_to(NEXT)
    other = KeyRecord((record.attributes[0] - 1,), record.key)
    assert await server.upload(await server.code(), other) == "accepted"
    await server.move_to(NOW + DAY)
    assert await server.published() == [record]
    async with server.parts.store.database.reading() as connection:
        (row,) = (await connection.execute(published_keys.select())).all()
    assert row.attributes is None


@pytest.mark.spec("SERVER-52", "SERVER-72")
async def test_what_was_out_before_attributes_were_kept_is_not_revised(
    server: InnerServer,
) -> None:
    key = typed(gaen_record(), SELF_REPORT)
    await published(server, key)
    async with server.parts.store.database.writing() as connection:
        await connection.execute(update(published_keys).values(attributes=None))
    assert await report(server, typed(key, CONFIRMED)) is None
    await server.move_to(NOW + DAY)
    assert await server.published() == [key]


@pytest.mark.spec("SERVER-52")
async def test_attributes_are_kept_until_the_revision_is_out(server: InnerServer) -> None:
    key = typed(gaen_record(), SELF_REPORT)
    await published(server, key)

    async def kept() -> str | None:
        async with server.parts.store.database.reading() as connection:
            (row,) = (await connection.execute(published_keys.select())).all()
        found: str | None = row.attributes
        return found

    assert await kept() == str(list(key.attributes))
    await report(server, typed(key, CONFIRMED))
    await server.move_to(LATER)
    assert await kept() is None


@pytest.mark.spec("SERVER-72", "SERVER-15")
async def test_nobody_revises_a_key_unless_the_operator_allows_it(tmp_path: Path) -> None:
    """Invalid: a stranger with a code takes back what others have reported."""
    assert Config().revisions is False
    async with in_process(tmp_path, config=Config(revisions=False)) as server:
        record = gaen_record()
        await report(server, record)
        await server.move_to(NEXT)
        assert await report(server, typed(record, REVOKED)) is None
        await server.move_to(LATER)
        assert await server.published() == [record]


class TestAtOnce:
    """Whatever happens at the same time, on both kinds of database."""

    @staticmethod
    async def accept(server: InnerServer, store: Store, *records: KeyRecord) -> None:
        body = upload_of(await server.code(), *records)
        reports = Reports(store, Config(revisions=True), secrets=server.parts.secrets)
        decision = await reports.accept(Upload.decode(body), body, now=Instant(NEXT + 60))
        assert decision.refusal is None

    @pytest.mark.spec("SERVER-73")
    async def test_of_two_revisions_at_once_exactly_one_is_published(
        self, tmp_path: Path, database: str
    ) -> None:
        async with in_process(tmp_path, config=Config(database=database)) as server:
            out = [typed(gaen_record(), SELF_REPORT) for _ in range(6)]
            await published(server, *out)
            waiting = [typed(gaen_record(), SELF_REPORT) for _ in range(6)]
            await server.upload(await server.code(), *waiting)
            other = Database(server.where)
            try:
                await asyncio.gather(
                    *(
                        self.accept(server, store, *(typed(key, kind) for key in keys))
                        for keys in ([*out, *waiting], [*waiting[::-1], *out[::-1]])
                        for store, kind in (
                            (server.parts.store, CONFIRMED),
                            (Store(other), REVOKED),
                        )
                    )
                )
            finally:
                await other.close()
            await server.move_to(NOW + DAY)
            found = await batches(server)
        assert sorted(one.key for one in found[LATER]) == sorted(
            one.key for one in [*out, *waiting]
        )
        revised = [one for release in (LATER, LAST) for one in found[release]]
        for key in (*out, *waiting):
            assert len([one for one in revised if one.key == key.key and one != key]) == 1

    @pytest.mark.spec("SERVER-73", "SERVER-56")
    async def test_a_revision_while_the_files_are_built_comes_with_the_next(
        self, tmp_path: Path, database: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Of a key in the slot under way, of one that waits longer, and of one that is out."""
        building, go_on = threading.Event(), threading.Event()

        def slowly(*args: object, **options: object) -> BatchFile:
            building.set()
            assert go_on.wait(30)
            return batch_file(*args, **options)  # type: ignore[arg-type]  # passed on unseen

        async with in_process(tmp_path, config=Config(database=database)) as server:
            out, due, today = (typed(gaen_record(days_ago=days), SELF_REPORT) for days in (3, 2, 0))
            await published(server, out)
            await report(server, due, today)
            monkeypatch.setattr(key_content, "batch_file", slowly)
            publishing = asyncio.create_task(server.parts.publisher.publish(LATER))
            await asyncio.to_thread(building.wait)
            read = await report(server, *(typed(key, REVOKED) for key in (out, due, today)))
            go_on.set()
            await publishing
            midnight = Instant(NOW - NOW % DAY + DAY)
            assert read is not None
            assert read.published_by == due_after(Instant(midnight + SLOT))
            await server.move_to(midnight + SLOT)
            assert await batches(server) == {
                NEXT: [out],
                LATER: [due],
                LAST: sorted([typed(out, REVOKED), typed(due, REVOKED)]),
                midnight: [today],
                midnight + SLOT: [typed(today, REVOKED)],
            }

    @pytest.mark.spec("SERVER-73", "SERVER-23")
    @pytest.mark.parametrize("after", [False, True], ids=["before-erasing", "after-erasing"])
    async def test_a_revision_is_not_lost_to_the_commit_of_the_publication(
        self, tmp_path: Path, database: str, monkeypatch: pytest.MonkeyPatch, after: bool
    ) -> None:
        """The upload comes just before, or just after, the waiting rows are erased."""
        erase, uploads = Transaction.erase_published, list[asyncio.Task[Receipt | None]]()
        async with in_process(tmp_path, config=Config(database=database)) as server:
            key = typed(gaen_record(), SELF_REPORT)
            await report(server, key)

            async def meanwhile(self: Transaction, *args: object, **options: object) -> None:
                if after:
                    await erase(self, *args, **options)  # type: ignore[arg-type]  # unseen
                uploads.append(asyncio.create_task(report(server, typed(key, REVOKED))))
                await asyncio.sleep(0.4)
                if not after:
                    await erase(self, *args, **options)  # type: ignore[arg-type]  # unseen

            monkeypatch.setattr(Transaction, "erase_published", meanwhile)
            await server.parts.publisher.publish(NEXT)
            monkeypatch.undo()
            assert await uploads[0] is not None
            await server.move_to(NOW + DAY)
            assert await batches(server) == {NEXT: [key], LATER: [typed(key, REVOKED)]}


class TestPhones:
    """What the person who was near hears of it."""

    @staticmethod
    def live(phone: Phone, first: int, until: int) -> None:
        for moment in (*range(first, until, 6 * HOUR), until):
            phone.tick(Instant(moment), rand=random_from_os)

    @pytest.mark.spec("SERVER-72", "MATCHING-8", "CLIENT-2")
    async def test_a_warning_is_withdrawn_when_the_keys_are_revoked(
        self, server: InnerServer
    ) -> None:
        met = Instant(NOW - 2 * DAY)
        patient, contact = (
            Phone.create("gaen", now=Instant(met - DAY), rand=random_from_os) for _ in range(2)
        )
        for phone in (patient, contact):
            self.live(phone, met - DAY, met)
        words = patient.advertisement(met, metadata=Metadata(tx_power_dbm=-24))
        for second in range(0, 300, 20):
            contact.hear(words, now=Instant(met + second), rssi_dbm=-60)
        for phone in (patient, contact):
            self.live(phone, met, NOW)
        made = patient.report(since=day_of(met), now=NOW, rand=random_from_os)
        async with Client(server.url, view=server.view()) as client:
            await client.upload(patient, await server.code())
            await server.move_to(NOW + DAY)
            self.live(contact, NOW, NOW + DAY)
            assert (await client.update(contact, now=Instant(NOW + DAY))).matches
            assert contact.exposures
            revoked = [typed(one, REVOKED) for one in made.records]
            assert await report(server, *revoked) is not None
            await server.move_to(NOW + 2 * DAY)
            self.live(contact, NOW + DAY, NOW + 2 * DAY)
            await client.update(contact, now=Instant(NOW + 2 * DAY))
        assert contact.exposures == ()
