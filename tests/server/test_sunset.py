"""The end of the service: it stops, erases, and says so where everybody reads it."""

import json
from pathlib import Path

import pytest
from sqlalchemy import func, select

from authorizations import AUTHORITY, config, statement_of
from databases import sqlite_only
from dp3t import Instant, Phone, PolicyError, day_of, random_from_os, release_after
from dp3t.client import Client
from dp3t.proximity import DISCLOSURE_BYTES
from dp3t.publication import Commitment
from dp3t_server import tables
from dp3t_server.clock import SimulatedClock, SystemClock
from dp3t_server.sunset import end_service
from key_server import DAY, NOW, SLOT, InnerServer, in_process, lowcost_record, run_program

NEXT = release_after(NOW)
SERVER_CONFIG = config()


async def rows(server: InnerServer) -> dict[str, int]:
    """Return how many rows each table has."""
    async with server.parts.store.database.reading() as connection:
        return {
            name: (await connection.execute(select(func.count()).select_from(table))).scalar_one()
            for name, table in tables.metadata.tables.items()
        }


async def end(server: InnerServer, *, at_once: bool = False) -> Instant:
    return await end_service(server.parts, at_once=at_once, now=server.clock.now())


async def filled(server: InnerServer) -> None:
    """Publish a key, let another wait, issue a code, authorise a day and take a disclosure."""
    await server.upload(await server.code(), lowcost_record())
    await server.move_to(NEXT)
    await server.upload(await server.code(), lowcost_record(NEXT))
    await server.code()
    commitment = Commitment(design="gaen", first_day=day_of(NEXT), hashes=(bytes(32),))
    signed = statement_of(commitment, since=day_of(NEXT)).sign(AUTHORITY)
    await server.ask("POST", "/v1/operator/statements", {"statement": signed.hex()})
    await server.ask("POST", "/v1/disclosures", bytes(DISCLOSURE_BYTES))


@pytest.mark.spec("OPERATING-23")
async def test_nothing_is_taken_or_permitted_any_more(server: InnerServer) -> None:
    code = await server.code()
    assert await end(server) == server.clock.now() // SLOT * SLOT
    assert await server.upload(code, lowcost_record()) == "unknown-code"
    for path, body in (
        ("codes", {"count": 1}),
        ("activations", {"code": "0123456789012345678968", "first_day": "2021-07-01"}),
    ):
        status, answer = await server.ask("POST", f"/v1/operator/{path}", body)
        assert (status, answer["error"]["code"]) == (409, "refused")
        assert path != "codes" or "ended" in answer["error"]["message"]
    commitment = Commitment(design="gaen", first_day=day_of(NOW), hashes=(bytes(32),))
    signed = statement_of(commitment, since=day_of(NOW)).sign(AUTHORITY)
    status, answer = await server.ask(
        "POST", "/v1/operator/statements", {"statement": signed.hex()}
    )
    assert (status, answer["error"]["code"]) == (409, "refused")
    _, answer = await server.ask("POST", "/v1/disclosures", bytes(DISCLOSURE_BYTES))
    assert answer["accepted"] is False
    assert (await rows(server))["disclosures"] == 0


@pytest.mark.spec("OPERATING-23", "OPERATING-24")
async def test_what_was_acknowledged_is_published_and_what_permits_is_erased(
    server: InnerServer,
) -> None:
    """The keys of phones that broadcast them still come out later, then their batches end."""
    await filled(server)
    await end(server)
    found = await rows(server)
    assert (found["codes"], found["commitments"], found["published_keys"]) == (0, 0, 0)
    assert (found["pending_keys"], found["batches"], found["disclosures"]) == (1, 1, 1)
    await server.move_to(NEXT + SLOT)
    assert len(await server.published()) == 2
    await server.move_to(NEXT + 40 * DAY)
    found = await rows(server)
    assert (found["pending_keys"], found["batches"], found["disclosures"]) == (0, 0, 0)
    assert found["log_files"] > 0
    assert (await server.index()).sunset == NEXT


@pytest.mark.spec("OPERATING-24")
async def test_at_once_nothing_is_left_but_the_word_of_it(server: InnerServer) -> None:
    await filled(server)
    await end(server, at_once=True)
    kept = {name for name, count in (await rows(server)).items() if count}
    assert kept == {"current_index", "locks", "log_files", "log_head", "ownership", "sunset"}
    index = await server.index()
    assert (index.entries, index.days, index.sunset) == ((), (), NEXT)
    assert (await server.ask("GET", f"/v1/batches/lowcost-{NEXT}"))[0] == 404


@sqlite_only
@pytest.mark.spec("OPERATING-24", "SERVER-28")
async def test_what_is_erased_at_once_is_gone_from_the_files(tmp_path: Path) -> None:
    record = lowcost_record()
    async with in_process(tmp_path) as server:
        await server.upload(await server.code(), record)
        await end(server, at_once=True)
        for path in server.data.path.glob("server.sqlite3*"):
            assert record.key not in path.read_bytes(), path


@pytest.mark.spec("INDEX-16", "OPERATING-23")
async def test_phones_hear_of_it_and_send_nothing(server: InnerServer) -> None:
    await end(server)
    now = server.clock.now()
    phone = Phone.create("lowcost", now=Instant(now - DAY), rand=random_from_os)
    phone.tick(now, rand=random_from_os)
    phone.report(since=day_of(now), now=now, rand=random_from_os)
    async with Client(server.url, view=server.view()) as client:
        await client.update(phone, now=Instant(now + 30 * DAY))  # it never expires
        with pytest.raises(PolicyError, match="the service has ended"):
            await client.upload(phone)


@pytest.mark.spec("OPERATING-23")
async def test_health_says_so_also_after_weeks_without_a_publication(tmp_path: Path) -> None:
    async with in_process(tmp_path) as server:
        await end(server, at_once=True)
        number = (await server.index()).number
    for days in (1, 90):
        clock = SimulatedClock(Instant(NOW + days * DAY))
        async with in_process(tmp_path, clock=clock) as server:
            _, health = await server.ask("GET", "/v1/health")
            assert (health["status"], health["sunset"]) == ("ended", NOW // SLOT * SLOT)
            assert (await server.index()).number == number


@pytest.mark.spec("OPERATING-24")
async def test_a_publisher_in_the_middle_of_a_slot_publishes_nothing_that_was_erased(
    server: InnerServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    await server.upload(await server.code(), lowcost_record())
    publisher, real = server.parts.publisher, server.parts.publisher._commit
    ended = False

    async def late(*args: object) -> None:
        nonlocal ended
        if not ended:
            ended = True
            async with server.parts.store.writing() as transaction:
                await transaction.index.end_service()
                await transaction.empty(tables.pending_keys, tables.slots)
        await real(*args)  # type: ignore[arg-type]  # passed on unseen

    monkeypatch.setattr(publisher, "_commit", late)
    await server.ask("POST", "/v1/operator/clock", {"now": NEXT})
    assert (await rows(server))["batches"] == 0


async def test_twice_is_as_good_as_once_and_can_bring_the_rest_forward(
    server: InnerServer,
) -> None:
    await filled(server)
    first = await end(server)
    await server.move_to(NEXT + SLOT)
    assert await end(server) == first
    assert (await rows(server))["batches"] == 2
    assert await end(server, at_once=True) == first
    assert (await rows(server))["batches"] == 0


@sqlite_only
async def test_the_command_asks_for_a_yes(tmp_path: Path) -> None:
    async with in_process(tmp_path, clock=SystemClock()):
        pass
    given = ("sunset", "--data", str(tmp_path / "data"))
    status, output, errors = await run_program(*given)
    assert (status, output) == (2, "")
    assert "--yes" in errors
    status, output, _ = await run_program(*given, "--yes", "--json")
    assert status == 0
    assert json.loads(output)["erased"] == "permits"
