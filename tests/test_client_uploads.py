"""The client's uploads: reports that tests committed to, and dummies."""

from collections.abc import AsyncIterator
from random import Random

import pytest

from dp3t import (
    Instant,
    MalformedError,
    Metadata,
    Phone,
    TransportError,
    UnauthorizedError,
    UploadCode,
    day_of,
    release_after,
)
from dp3t.proximity import DESIGN_NAMES
from dp3t.publication import Promise, Receipt, Upload, Verdict, due_after, encode_answer
from dp3t.publication.report import REFUSALS
from file_server import NOON, RAND, Pair, Publisher, client_of, serving

LATER = Instant(release_after(NOON) + 60)


@pytest.fixture
async def publisher() -> AsyncIterator[Publisher]:
    async with serving() as served:
        yield served


@pytest.fixture
def pair() -> Pair:
    return Pair.met()


@pytest.mark.spec("CLIENT-4", "PHONE-24")
@pytest.mark.parametrize("name", DESIGN_NAMES)
async def test_a_report_that_a_test_committed_to_needs_no_code(
    publisher: Publisher, name: str
) -> None:
    """Valid: its openings go up; what is refused stays with the report."""
    phone = Phone.create(name, now=NOON, rand=RAND)
    phone.commit(now=LATER, rand=RAND)
    phone.report_committed(since=day_of(NOON), now=LATER, rand=RAND)
    expected = phone.openings, phone.pending
    publisher.answer = encode_answer("uncovered-keys")
    async with client_of(publisher) as client:
        with pytest.raises(UnauthorizedError, match="uncovered-keys"):
            await client.upload(phone)
        assert (phone.openings, phone.pending) == expected
        publisher.answer = encode_answer()
        await client.upload(phone)
    assert (phone.openings, phone.pending) == (None, None)
    assert publisher.uploads[0] == publisher.uploads[1]
    sent = Upload.decode(publisher.uploads[1])
    assert (sent.authorization, sent.report) == expected
    assert len(publisher.uploads[1]) == phone.design.upload_bytes(phone.parameters)


async def test_a_report_without_a_commitment_is_not_uploaded_without_a_code(
    publisher: Publisher, pair: Pair
) -> None:
    async with client_of(publisher) as client:
        with pytest.raises(ValueError, match="needs a code"):
            await client.upload(pair.patient)
    assert not publisher.requests
    assert pair.patient.pending is not None


class TestReceipts:
    """What the server promises goes to the phone, if somebody it trusts has signed it."""

    @staticmethod
    def receipt(publisher: Publisher, phone: Phone, *, region: str = "VN-HN") -> Receipt:
        assert phone.pending is not None
        promise = Promise.of(
            phone.pending.records,
            design=phone.design.name,
            region=region,
            published_by=due_after(release_after(NOON)),
        )
        return Receipt.sign(promise, key=publisher.key)

    @pytest.mark.spec("CLIENT-11", "CLIENT-12")
    @pytest.mark.parametrize("published", [True, False])
    async def test_a_promise_is_followed_to_its_end(
        self, publisher: Publisher, pair: Pair, published: bool
    ) -> None:
        phone, batch = pair.patient, pair.batch()
        receipt = self.receipt(publisher, phone)
        publisher.answer = encode_answer(receipt=receipt)
        async with client_of(publisher) as client:
            await client.update(phone, now=NOON)
            await client.upload(phone, UploadCode.generate(rand=RAND))
            assert [one.check.receipt for one in phone.receipts] == [receipt]
            if published:
                publisher.publish(batch)
            publisher.issued = receipt.published_by
            phone.tick(receipt.published_by, rand=RAND)
            await client.update(phone, now=receipt.published_by)
        verdict = Verdict.KEPT if published else Verdict.MISSING
        assert [one.verdict for one in phone.receipts] == [verdict]

    @pytest.mark.spec("CLIENT-12")
    async def test_a_batch_that_is_refused_leaves_the_promise_open(
        self, publisher: Publisher, pair: Pair
    ) -> None:
        phone, entry = pair.patient, publisher.publish(pair.batch())
        receipt = self.receipt(publisher, phone)
        publisher.answer = encode_answer(receipt=receipt)
        publisher.issued = receipt.published_by
        publisher.tamper[f"/v1/batches/{entry.name}"] = lambda data: data[:-1] + b"!"
        phone.tick(receipt.published_by, rand=RAND)
        async with client_of(publisher) as client:
            with pytest.raises(MalformedError):
                await client.update(phone, now=receipt.published_by)
            await client.upload(phone, UploadCode.generate(rand=RAND))
            with pytest.raises(MalformedError):
                await client.update(phone, now=receipt.published_by)
            assert [one.verdict for one in phone.receipts] == [Verdict.WAITING]
            publisher.tamper.clear()
            await client.update(phone, now=receipt.published_by)
        assert [one.verdict for one in phone.receipts] == [Verdict.KEPT]

    @pytest.mark.spec("CLIENT-11")
    async def test_a_receipt_for_another_region_or_a_decoy_is_none(
        self, publisher: Publisher, pair: Pair
    ) -> None:
        """The report is accepted all the same and not sent again."""
        async with client_of(publisher) as client:
            await client.update(pair.patient, now=NOON)
            publisher.answer = encode_answer(
                receipt=self.receipt(publisher, pair.patient, region="LA")
            )
            await client.upload(pair.patient, UploadCode.generate(rand=RAND))
        assert (pair.patient.pending, pair.patient.receipts) == (None, ())

    @pytest.mark.spec("CLIENT-11")
    @pytest.mark.parametrize("known", [True, False])
    async def test_a_client_without_an_index_takes_the_regions_of_the_phone(
        self, publisher: Publisher, pair: Pair, known: bool
    ) -> None:
        phone = pair.patient
        if known:
            publisher.publish(pair.batch())
            async with client_of(publisher) as client:
                await client.update(phone, now=release_after(NOON))
        publisher.answer = encode_answer(receipt=self.receipt(publisher, phone))
        async with client_of(publisher) as client:
            await client.upload(phone, UploadCode.generate(rand=RAND))
        assert len(phone.receipts) == known
        assert phone.pending is None


def due(phone: Phone) -> Instant:
    """Return a moment at which one dummy or more are due."""
    moment = NOON
    while not phone.dummy_due(moment):
        moment = Instant(moment + 3600)
    return moment


class TestDummies:
    """Uploads that hide the real ones."""

    @pytest.mark.spec("CLIENT-10", "DUMMY-7", "DUMMY-9")
    @pytest.mark.parametrize("name", DESIGN_NAMES)
    async def test_a_dummy_is_the_one_request_that_a_report_is(
        self, publisher: Publisher, name: str
    ) -> None:
        """Valid: the same route, headers and length; another code, and keys of nobody."""
        phone = Phone.create(name, now=NOON, rand=RAND)
        phone.report(since=day_of(NOON), now=LATER, rand=RAND)
        async with client_of(publisher) as client:
            await client.upload(phone, UploadCode.generate(rand=RAND))
            sent = await client.send_dummies(phone, now=due(phone), rand=RAND)
        assert len(publisher.requests) == len(publisher.uploads) == 1 + sent
        assert {path for path, _ in publisher.requests} == {"/v1/reports"}
        headers = [headers for _, headers in publisher.requests]
        assert all(one == headers[0] for one in headers)
        assert {len(body) for body in publisher.uploads} == {
            phone.design.upload_bytes(phone.parameters)
        }
        uploads = [Upload.decode(body) for body in publisher.uploads]
        codes = [upload.authorization for upload in uploads]
        assert all(isinstance(code, UploadCode) for code in codes)
        assert len({str(code.to_value()) for code in codes}) == len(codes)
        keys = [record.key for upload in uploads for record in upload.report.records]
        assert len(set(keys)) == len(keys)

    @pytest.mark.spec("CLIENT-10", "DUMMY-5", "DUMMY-13")
    async def test_dummies_and_matches_go_on_around_a_report(
        self, publisher: Publisher, pair: Pair
    ) -> None:
        """Valid: a pending report neither goes up with a dummy nor stands in for one."""
        phone = pair.patient
        words = pair.contact.advertisement(NOON, metadata=Metadata(tx_power_dbm=-24))
        phone.hear(words, now=NOON, rssi_dbm=-60)
        pending, now = phone.pending, due(phone)
        assert pending is not None
        async with client_of(publisher) as client:
            assert await client.send_dummies(phone, now=now, rand=RAND) > 0
            assert phone.pending == pending
            for body in publisher.uploads:
                keys = {record.key for record in Upload.decode(body).report.records}
                assert keys.isdisjoint(record.key for record in pending.records)
            await client.upload(phone, UploadCode.generate(rand=RAND))
            pair.contact.report(since=day_of(NOON), now=NOON, rand=RAND)
            publisher.publish(Pair(pair.contact, phone).batch())
            await client.update(phone, now=LATER)
            assert phone.exposures
            before = len(publisher.uploads)
            later = Instant(now + 60 * 86_400)
            assert await client.send_dummies(phone, now=later, rand=RAND) > 0
        assert len(publisher.uploads) > before

    @pytest.mark.spec("CLIENT-10", "DUMMY-4")
    @pytest.mark.parametrize("refusal", [None, *REFUSALS])
    async def test_every_answer_ends_a_dummy(
        self, publisher: Publisher, pair: Pair, refusal: str | None
    ) -> None:
        publisher.answer = encode_answer(refusal)
        now = due(pair.contact)
        async with client_of(publisher) as client:
            sent = await client.send_dummies(pair.contact, now=now, rand=RAND)
            assert sent == len(publisher.uploads) > 0
            assert not pair.contact.dummy_due(now)
            assert await client.send_dummies(pair.contact, now=now, rand=RAND) == 0
        assert len(publisher.uploads) == sent

    @pytest.mark.spec("CLIENT-10", "DUMMY-8")
    @pytest.mark.parametrize("fault", ["500", "302", "garbage", "nobody"])
    async def test_a_dummy_without_an_answer_stays_due_as_a_report_stays_pending(
        self, publisher: Publisher, pair: Pair, fault: str
    ) -> None:
        """Invalid: each call makes one request, fails alike, and changes nothing."""
        phone = pair.patient
        now, before = due(phone), phone.to_value()
        if fault.isdigit():
            publisher.status["/v1/reports"] = int(fault)
        elif fault == "garbage":
            publisher.answer = bytes(256)
        else:
            publisher.url = "http://127.0.0.1:9"
        raised = []
        async with client_of(publisher) as client:
            for send in (
                client.upload(phone, UploadCode.generate(rand=RAND)),
                client.send_dummies(phone, now=now, rand=RAND),
            ):
                with pytest.raises(TransportError) as failure:
                    await send
                raised.append((type(failure.value), str(failure.value)))
        assert raised[0] == raised[1]
        assert phone.to_value() == before
        assert phone.dummy_due(now)
        assert len(publisher.requests) == (0 if fault == "nobody" else 2)

    @pytest.mark.spec("DUMMY-4", "DUMMY-8")
    async def test_overdue_dummies_go_up_one_after_another(
        self, publisher: Publisher, pair: Pair
    ) -> None:
        """Valid: where one of them gets no answer the others wait for the next call."""
        phone, answers = pair.contact, [encode_answer("unknown-code")] * 2 + [b"?"]
        now = Instant(NOON + 100 * 86_400)
        publisher.answers = iter(answers)
        async with client_of(publisher) as client:
            with pytest.raises(TransportError):
                await client.send_dummies(phone, now=now, rand=Random(3).randbytes)
            assert len(publisher.uploads) == 3
            sent = await client.send_dummies(phone, now=now, rand=Random(3).randbytes)
        assert sent == len(publisher.uploads) - 3 > 0
        assert not phone.dummy_due(now)


@pytest.mark.spec("DISCLOSURE-5")
async def test_a_client_discloses_nothing_by_itself(publisher: Publisher, pair: Pair) -> None:
    """Invalid: in what it does without being asked nothing goes to the disclosures."""
    publisher.publish(pair.batch())
    async with client_of(publisher) as client:
        await client.update(pair.contact, now=LATER)
        assert pair.contact.exposures
        await client.send_dummies(pair.contact, now=due(pair.contact), rand=RAND)
        await client.upload(pair.patient, UploadCode.generate(rand=RAND))
        await client.update(pair.patient, now=LATER)
    asked = {path for path, _ in publisher.requests}
    assert asked == {"/v1/index", "/v1/reports", "/v1/batches/lowcost-1625493600"}
