"""A test, its result and an upload without a code: phones, authority, server, and whoever was near.

The server is the real application, the phones speak to it through the client.
"""

import base64
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from authorizations import config, each_design, state, statement_of
from dp3t import Instant, Metadata, Phone, UnauthorizedError, day_of, random_from_os
from dp3t.client import Client
from dp3t.primitives import X25519PrivateKey
from dp3t.proximity import Disclosure, Standing
from key_server import DAY, HOUR, NOW, InnerServer, in_process

RAND = random_from_os
MET = Instant(NOW - 2 * DAY)
SINCE = day_of(MET)
STATE_KEY = bytes(32)


@pytest_asyncio.fixture
async def server(tmp_path: Path) -> AsyncIterator[InnerServer]:
    """A server that knows one authority."""
    async with in_process(tmp_path, config=config()) as running:
        yield running


def client_of(server: InnerServer) -> Client:
    return Client(server.url, view=server.view())


def phone_of(name: str) -> Phone:
    return Phone.create(name, now=Instant(MET - 3 * DAY), rand=RAND)


def live(phone: Phone, first: int, until: int) -> None:
    for moment in (*range(first, until, 6 * HOUR), until):
        phone.tick(Instant(moment), rand=RAND)


def met(name: str) -> tuple[Phone, Phone]:
    """Return a patient and somebody who stood beside them for five minutes, at the test."""
    patient, contact = phone_of(name), phone_of(name)
    for phone in (patient, contact):
        live(phone, MET - 3 * DAY, MET)
    words = patient.advertisement(MET, metadata=Metadata(tx_power_dbm=-24))
    for second in range(0, 300, 20):
        contact.hear(words, now=Instant(MET + second), rssi_dbm=-60)
    for phone in (patient, contact):
        live(phone, MET, NOW - HOUR)
    return patient, contact


@each_design
@pytest.mark.spec("PHONE-24", "COMMITMENT-11", "COMMITMENT-14", "CLIENT-4")
async def test_who_was_near_is_warned_by_keys_that_the_test_committed_to(
    server: InnerServer, name: str
) -> None:
    """Valid: saved between test and result; refused until the authority has stated it."""
    patient, contact = met(name)
    commitment = patient.commit(now=Instant(NOW - HOUR), rand=RAND)
    patient = Phone.load(patient.save(key=STATE_KEY, rand=RAND), key=STATE_KEY)
    patient.report_committed(since=SINCE, now=NOW, rand=RAND)
    async with client_of(server) as client:
        with pytest.raises(UnauthorizedError, match="uncovered-keys"):
            await client.upload(patient)
        assert await state(server, statement_of(commitment, since=SINCE)) == "ok"
        lost = Phone.load(patient.save(key=STATE_KEY, rand=RAND), key=STATE_KEY)
        await client.upload(patient)
        await client.upload(lost)
        assert (patient.pending, lost.pending) == (None, None)
        later = Instant(NOW + 2 * DAY)
        await server.move_to(later)
        live(contact, NOW, later)
        assert (await client.update(contact, now=later)).matches
    (exposure,) = contact.exposures
    assert (exposure.day, exposure.seconds, exposure.least_attenuation_db) == (SINCE, 280, 36)


@each_design
@pytest.mark.spec("COMMITMENT-7", "COMMITMENT-11")
async def test_more_days_than_the_authority_stated_are_refused(
    server: InnerServer, name: str
) -> None:
    """Invalid: the phone counts a contagious day more; it is refused as a whole."""
    patient, _ = met(name)
    commitment = patient.commit(now=Instant(NOW - HOUR), rand=RAND)
    assert await state(server, statement_of(commitment, since=day_of(NOW))) == "ok"
    patient.report_committed(since=SINCE, now=NOW, rand=RAND)
    async with client_of(server) as client:
        with pytest.raises(UnauthorizedError, match="uncovered-keys"):
            await client.upload(patient)
    assert patient.pending is not None


@each_design
@pytest.mark.spec("COMMITMENT-11")
async def test_another_phones_commitment_permits_nothing(server: InnerServer, name: str) -> None:
    """Invalid: the phone that was tested is not the one that uploads."""
    (tested, other), now = met(name), Instant(NOW - HOUR)
    commitment = tested.commit(now=now, rand=RAND)
    other.commit(now=now, rand=RAND)
    assert await state(server, statement_of(commitment, since=SINCE)) == "ok"
    other.report_committed(since=SINCE, now=NOW, rand=RAND)
    async with client_of(server) as client:
        with pytest.raises(UnauthorizedError, match="uncovered-keys"):
            await client.upload(other)


@each_design
@pytest.mark.spec("CLIENT-10", "DUMMY-7")
async def test_dummies_are_answered_as_uploads_and_publish_nothing(
    server: InnerServer, name: str
) -> None:
    phone = phone_of(name)
    async with client_of(server) as client:
        while not phone.dummy_due(Instant(server.clock.now())):
            await server.move_to(server.clock.now() + DAY)
        now = Instant(server.clock.now())
        assert await client.send_dummies(phone, now=now, rand=RAND) > 0
        assert not phone.dummy_due(now)
    assert sum(batch["keys"] for batch in await server.move_to(now + 2 * DAY)) == 0


@each_design
@pytest.mark.spec("DISCLOSURE-4", "DISCLOSURE-14")
async def test_a_disclosure_reaches_the_official(server: InnerServer, name: str) -> None:
    _, contact = met(name)
    authority = X25519PrivateKey.generate(rand=RAND)
    sealed = contact.disclose(
        days=[SINCE],
        standing=Standing.CASE,
        reference="7K2-4411",
        authority=authority.public(),
        now=NOW,
        rand=RAND,
    )
    async with client_of(server) as client:
        await client.disclose(sealed)
    _, answer = await server.ask("GET", "/v1/operator/disclosures")
    (kept,) = answer["disclosures"]
    opened = Disclosure.open(base64.b64decode(kept["sealed"]), authority, now=NOW)
    (row,) = opened.rows
    assert (row.encounter.day, row.encounter.minutes, row.count) == (SINCE, 5, 1)
