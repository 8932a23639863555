"""The server's receipts: what an answer promises, and what phones find of it in the batches."""

import hashlib
from pathlib import Path

import pytest
from sqlalchemy import Delete, Update, delete, update

import authorizations
from authorizations import bound, config, each_design
from dp3t import (
    Day,
    Instant,
    Phone,
    Stretch,
    UploadCode,
    VerificationError,
    day_of,
    random_from_os,
    release_after,
)
from dp3t.client import Client
from dp3t.proximity import published_records, revises
from dp3t.publication import (
    ANSWER_BYTES,
    KeyRecord,
    Receipt,
    Report,
    SigningKey,
    Verdict,
    due_after,
    encode_answer,
    verify_evidence,
)
from dp3t.publication.answer import receipt_in
from dp3t.publication.receipt_check import REACH_SECONDS
from dp3t_server.config import Config
from dp3t_server.promises import masked, unmasked
from dp3t_server.slots import Lease
from dp3t_server.tables import commitments, pending_keys
from key_server import (
    DAY,
    HOUR,
    NOW,
    SLOT,
    InnerServer,
    gaen_record,
    in_process,
    lowcost_record,
    report_of,
    upload_of,
)
from tested_phones import body_of

RAND = random_from_os
NEXT = release_after(NOW)
MIDNIGHT = Instant(NOW - NOW % DAY + DAY)
SINCE = Day(day_of(NOW) - 3)
SERVER_CONFIG = config()


async def answer(server: InnerServer, body: bytes) -> bytes:
    """Upload; return the answer as it is."""
    async with server.session.post(server.url + "/v1/reports", data=body) as response:
        assert response.status == 200
        return await response.read()


async def receipt(server: InnerServer, body: bytes, *, refusal: str | None = None) -> Receipt:
    """Upload; return what stands in the answer where a receipt does."""
    found = await answer(server, body)
    read = receipt_in(found)
    assert read is not None
    assert found == encode_answer(refusal, receipt=read)
    assert len(found) == ANSWER_BYTES
    return read


def promises(server: InnerServer, read: Receipt, report: Report) -> bool:
    """Return whether a receipt promises a report."""
    try:
        read.verify(report.records, design=report.design, region="VN", trusted=server.trusted())
    except VerificationError:
        return False
    return True


def lived(name: str) -> Phone:
    """Return a phone that was installed four days ago."""
    born = NOW - 4 * DAY
    phone = Phone.create(name, now=Instant(born), rand=RAND)
    wait(phone, born, NOW)
    return phone


def wait(phone: Phone, now: int, until: int) -> None:
    for moment in (*range(now, until, 6 * HOUR), until):
        phone.tick(Instant(moment), rand=RAND)


class TestPhones:
    """Real phones and clients, and the real server."""

    @staticmethod
    async def followed(server: InnerServer, phone: Phone, tamper: Delete | Update | None) -> None:
        """Let a phone report, the server publish, and the phone fetch until the promise is due."""
        async with Client(server.url, view=server.view()) as client:
            await client.update(phone, now=NOW)
            phone.report(since=SINCE, now=NOW, rand=RAND)
            await client.upload(phone, await server.code())
            (kept,) = phone.receipts
            assert kept.verdict is Verdict.WAITING
            if tamper is not None:
                async with server.parts.store.database.writing() as connection:
                    assert (await connection.execute(tamper)).rowcount
            await server.move_to(kept.published_by)
            wait(phone, NOW, kept.published_by)
            await client.update(phone, now=kept.published_by)

    @each_design
    @pytest.mark.spec("SERVER-68", "RECEIPT-2", "RECEIPT-3")
    async def test_a_phone_finds_what_was_promised(self, server: InnerServer, name: str) -> None:
        phone = lived(name)
        await self.followed(server, phone, None)
        (kept,) = phone.receipts
        assert kept.verdict is Verdict.KEPT
        last = max(entry.release for entry in await server.listed() if entry.design == name)
        assert kept.published_by == due_after(last)

    @each_design
    @pytest.mark.spec("SERVER-68")
    async def test_a_server_that_drops_the_keys_is_convicted(
        self, server: InnerServer, name: str
    ) -> None:
        phone = lived(name)
        await self.followed(server, phone, delete(pending_keys))
        assert await self.convicted(server, phone) is Verdict.MISSING

    @pytest.mark.parametrize("name", ["lowcost", "hybrid", "gaen"])
    async def test_a_server_that_alters_the_attributes_is_convicted(
        self, server: InnerServer, name: str
    ) -> None:
        altered = {"gaen": "[2710000, 144, 1, 0]"}.get(name, "[18700]")
        phone = lived(name)
        await self.followed(server, phone, update(pending_keys).values(attributes=altered))
        assert await self.convicted(server, phone) is Verdict.ALTERED

    @staticmethod
    async def convicted(server: InnerServer, phone: Phone) -> Verdict:
        """Return what the phone finds, and anybody with the public files from its evidence."""
        (broken,) = phone.receipts
        check, due = broken.check, broken.published_by
        design = check.report.design
        listed = [entry for entry in await server.listed() if entry.design == design]
        verdict = verify_evidence(
            check.receipt,
            check.report,
            region="VN",
            listed=listed,
            complete=Stretch(Instant(due - REACH_SECONDS), due),
            files=[await server.get(f"/v1/batches/{entry.name}") for entry in listed],
            trusted=server.trusted(),
            published=published_records,
            revises=revises(design),
        )
        assert verdict is broken.verdict
        return verdict


class TestRepeated:
    """Whoever lost the answer gets the same again."""

    @pytest.mark.spec("SERVER-70")
    async def test_a_repeated_upload_is_answered_with_the_same_bytes(
        self, tmp_path: Path, database: str
    ) -> None:
        """Also when its keys are out, when they came out late, and when the code has expired."""
        async with in_process(tmp_path, config=config(database=database)) as server:
            report = report_of(gaen_record(), gaen_record(days_ago=0))
            body = upload_of(await server.code(), *report.records)
            first = await answer(server, body)
            read = await receipt(server, body)
            assert promises(server, read, report)
            assert read.published_by == due_after(MIDNIGHT)
            assert await answer(server, body) == first
            await server.parts.publisher.publish(Instant(MIDNIGHT + 3 * SLOT))
            assert await answer(server, body) == first
            await server.move_to(NOW + 4 * DAY)
            assert await answer(server, body) == first

    @pytest.mark.spec("SERVER-70", "SERVER-71")
    async def test_so_is_one_that_openings_authorise_and_its_days_stay_apart(
        self, server: InnerServer
    ) -> None:
        report, openings = await bound(server, authorizations.phone())
        body = body_of(openings, report)
        first = await answer(server, body)
        assert promises(server, await receipt(server, body), report)
        await server.move_to(NOW + 2 * DAY)
        assert await answer(server, body) == first
        async with server.parts.store.database.reading() as connection:
            rows = (await connection.execute(commitments.select())).all()
        assert len({row.promised for row in rows}) == len(rows) > 1

    @pytest.mark.spec("SERVER-70")
    async def test_what_was_accepted_before_there_were_receipts_is_accepted_without(
        self, server: InnerServer
    ) -> None:
        record = lowcost_record()
        body = upload_of(await server.code(), record)
        await answer(server, body)
        async with server.parts.store.database.writing() as connection:
            await connection.exec_driver_sql("UPDATE codes SET promised = NULL")
        assert not promises(server, await receipt(server, body), report_of(record))

    @pytest.mark.spec("SERVER-71")
    def test_what_is_stored_tells_nothing_without_the_upload(self) -> None:
        mask = hashlib.sha256(b"dp3t promised 1" + b"a" + b"body").digest()[:8]
        found = int.from_bytes(masked(NEXT, digest=b"a", body=b"body")) ^ int.from_bytes(mask)
        assert found == NEXT
        stored = masked(NEXT, digest=b"a", body=b"body")
        assert unmasked(stored, digest=b"a", body=b"body") == NEXT
        assert stored != masked(NEXT, digest=b"b", body=b"body")
        assert stored != masked(NEXT, digest=b"a", body=b"other")
        assert NEXT.to_bytes(8) != stored
        assert unmasked(masked(None, digest=b"a", body=b""), digest=b"a", body=b"") is None
        assert unmasked(None, digest=b"a", body=b"body") is None


class TestPromised:
    """For which reports, and by when."""

    @pytest.mark.spec("SERVER-68", "SERVER-16")
    async def test_a_slot_that_was_begun_moves_the_promise(
        self, tmp_path: Path, database: str
    ) -> None:
        async with in_process(tmp_path, config=Config(database=database)) as server:
            async with server.parts.store.writing() as transaction:
                lease = Lease(holder=bytes(16), now=0, seconds=0)
                assert await transaction.slots.begin(NEXT, seed=bytes(32), lease=lease)
            record = lowcost_record()
            read = await receipt(server, upload_of(await server.code(), record))
            assert promises(server, read, report_of(record))
            assert read.published_by == due_after(Instant(NEXT + SLOT))

    @pytest.mark.spec("SERVER-68")
    async def test_a_key_that_waits_already_is_promised_as_it_was_reported_first(
        self, server: InnerServer
    ) -> None:
        record, other = lowcost_record(), lowcost_record(days_ago=3)
        altered = KeyRecord(other.attributes, record.key)
        for reported, promised in (
            ([record], True),
            ([record], True),
            ([altered], False),
            ([record, altered], False),
            ([altered, other], False),
            ([record, other], True),
        ):
            body = upload_of(await server.code(), *reported)
            read = await receipt(server, body)
            assert promises(server, read, report_of(*reported)) is promised
            assert promises(server, await receipt(server, body), report_of(*reported)) is promised

    @pytest.mark.spec("SERVER-68")
    async def test_a_key_that_is_out_is_promised_to_nobody(self, server: InnerServer) -> None:
        record = lowcost_record()
        await server.upload(await server.code(), record)
        await server.move_to(NEXT)
        body = upload_of(await server.code(), record, lowcost_record())
        read = await receipt(server, body)
        assert not promises(server, read, report_of(record))

    @pytest.mark.spec("SERVER-68")
    @pytest.mark.parametrize(("apart", "promised"), [(2 * DAY, True), (2 * DAY + SLOT, False)])
    async def test_releases_too_far_apart_are_not_promised(
        self, server: InnerServer, apart: int, promised: bool
    ) -> None:
        one, other = gaen_record(), gaen_record()
        await server.upload(await server.code(), one)
        later = update(pending_keys).values(release=NEXT + apart)
        async with server.parts.store.database.writing() as connection:
            await connection.execute(later)
        report = report_of(one, other)
        read = await receipt(server, upload_of(await server.code(), *report.records))
        assert promises(server, read, report) is promised


class TestRefused:
    """What looks like a receipt and is none."""

    @pytest.mark.spec("RECEIPT-5", "SERVER-69")
    async def test_a_refusal_holds_a_signature_that_promises_nothing(
        self, server: InnerServer
    ) -> None:
        spent, good = await server.codes(2)
        await server.upload(spent, lowcost_record())
        record, old = lowcost_record(), lowcost_record(days_ago=40)
        for code, sent, refusal in (
            (UploadCode.generate(rand=RAND), record, "unknown-code"),
            (spent, record, "used-code"),
            (good, old, "refused-keys"),
        ):
            body = upload_of(code, sent)
            reads = [await receipt(server, body, refusal=refusal) for _ in range(2)]
            assert not any(promises(server, read, report_of(sent)) for read in reads)
            assert reads[0].signature != reads[1].signature
            assert {read.published_by for read in reads} == {due_after(NEXT)}
            (key,) = server.parts.secrets.load().signing
            assert {read.key_id for read in reads} == {key.public().key_id}

    @pytest.mark.spec("SERVER-69")
    async def test_every_answer_costs_one_signature(
        self, server: InnerServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        signed = list[int]()

        def counted(key: SigningKey, payload: bytes, *, context: str) -> bytes:
            signed.append(len(payload))
            return sign(key, payload, context=context)

        sign = SigningKey.sign
        code, record = await server.code(), lowcost_record()
        known, unknown = upload_of(code, record), upload_of(UploadCode.generate(rand=RAND), record)
        monkeypatch.setattr(SigningKey, "sign", counted)
        for body in (known, known, unknown, upload_of(code, lowcost_record())):
            await answer(server, body)
        assert len(signed) == 4
        assert len(set(signed)) == 1

    @pytest.mark.spec("SERVER-69")
    async def test_where_no_key_can_sign_no_answer_holds_a_receipt(self, tmp_path: Path) -> None:
        short = Config(signing_key_lifetime_days=2)
        async with in_process(tmp_path, config=short) as server:
            await server.move_to(end := server.parts.secrets.load().last_end - 1)
            body = upload_of(await server.code(), lowcost_record(Instant(end)))
            assert await answer(server, body) == encode_answer()
            unknown = upload_of(UploadCode.generate(rand=RAND), lowcost_record())
            assert await answer(server, unknown) == encode_answer("unknown-code")
