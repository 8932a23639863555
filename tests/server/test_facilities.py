"""spec/facilities/facilities-server.md: taking acts, pages in the log, what is shown."""

import asyncio
import json
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from databases import sqlite_only
from dp3t import Instant, random_from_os
from dp3t.facilities import Answer, Attestation, FacilityMap, Words, act_digest, compare
from dp3t.publication import HEADER_BYTES, Index
from dp3t_server.clock import SimulatedClock
from dp3t_server.facility_handed_in import HandedIn
from dp3t_server.facility_live import MOST_LISTENERS, MOST_OF_ONE_CLIENT, RELOAD, Live
from dp3t_server.facility_pages import make_page
from dp3t_server.facility_record import Record as KeptRecord
from dp3t_server.facility_shown import MAP_SECONDS
from key_server import NOW, InnerServer, in_process
from server_facilities import (
    ACTS,
    FACILITIES_ON,
    FOR_AUTHORITY,
    OBJECTIONS,
    audited,
    enrolled,
    handed_in,
    objection_of,
    send,
)
from server_tokens import stored
from spec.vectors.builders.facility_record import REGION, attestation

SERVER_CONFIG = FACILITIES_ON
LATER = Instant(NOW + 10)


async def shown(server: InnerServer) -> FacilityMap:
    data = await server.get("/v1/facilities/map")
    now = server.clock.now()
    return FacilityMap.open(data, trusted=server.trusted(), region=REGION, now=now)


async def state_of(server: InnerServer, name: str) -> str:
    _, place = await server.ask("GET", f"/v1/facilities/places/{name}")
    return str(place["state"])


def move(server: InnerServer, seconds: int) -> None:
    assert isinstance(server.clock, SimulatedClock)
    server.clock.move_to(Instant(server.clock.now() + seconds))


@pytest.mark.spec("FACILITIES-SERVER-2", "FACILITIES-SERVER-3", "FACILITIES-SERVER-10")
async def test_a_day_attested_is_on_the_map(server: InnerServer) -> None:
    record = await enrolled(server, "le-loi", "tran-phu")
    assert [row.state for row in (await shown(server)).rows] == ["overdue"] * 2
    answer = await send(server, record.attest("le-loi", NOW))
    assert answer == {"number": 4, "received": NOW, "refusal": None}
    await asyncio.sleep(MAP_SECONDS)
    found = await shown(server)
    assert [row.state for row in found.rows] == ["safe", "overdue"]
    assert (found.acts, found.rows[0].late) == (5, True)


@pytest.mark.spec("FACILITIES-SERVER-4")
async def test_what_the_record_has_is_not_added_again(server: InnerServer) -> None:
    record = await enrolled(server, "le-loi")
    signed = record.attest("le-loi", NOW)
    first = await send(server, signed)
    move(server, 60)
    assert await send(server, signed) == first
    _, length = await server.ask("GET", "/v1/facilities/pages")
    assert length["acts"] == first["number"] + 1


@pytest.mark.spec("FACILITIES-SERVER-2", "FACILITIES-SERVER-3")
async def test_an_act_that_the_record_refuses_is_not_stored(server: InnerServer) -> None:
    record = await enrolled(server, "le-loi")
    kept = list(record.acts)
    good = record.attest("le-loi", NOW)
    forged = good[:10] + bytes([good[10] ^ 1]) + good[11:]
    elsewhere = record.sign("tran-phu", Attestation, NOW, **attestation("tran-phu", NOW))
    for signed, refusal in ((forged, "wrong-key"), (elsewhere, "unknown-facility")):
        answer = await send(server, signed)
        assert answer == {"number": None, "received": None, "refusal": refusal}
    status, _ = await server.ask("POST", ACTS, handed_in(good[:80]))
    assert status == 400
    assert (await shown(server)).acts == len(kept)


@pytest.mark.spec("FACILITIES-SERVER-2", "FACILITIES-SERVER-4")
async def test_acts_that_come_at_once_are_judged_each_by_itself(server: InnerServer) -> None:
    """Valid: one of each facility, one of them twice, and its next; invalid: one without a key."""
    record = await enrolled(server, "hung-vuong", "le-loi", "tran-phu")
    acts = [record.attest(name, NOW) for name in ("hung-vuong", "le-loi", "tran-phu")]
    again = record.attest("le-loi", NOW, corrects=act_digest(acts[1]))
    other = record.sign("tran-phu", Attestation, NOW, **attestation("hung-vuong", NOW))
    taken = await asyncio.gather(
        *(send(server, each) for each in (*acts, other, acts[1], again)),
        send(server, record.close("tran-phu", NOW, from_day=0), path=FOR_AUTHORITY),
    )
    assert [each["refusal"] for each in taken] == [None] * 3 + ["wrong-key"] + [None] * 3
    numbers = [each["number"] for each in taken if each["number"] is not None]
    assert sorted(set(numbers)) == [5, 6, 7, 8, 9]
    assert taken[4]["number"] == taken[1]["number"] < taken[5]["number"]
    assert await make_page(server.parts, now=NOW)
    found = await audited(server)
    assert (found.faults, found.board.acts) == ([], 10)


@pytest.mark.spec("FACILITIES-SERVER-3", "FACILITIES-SERVER-6")
async def test_each_act_has_its_own_route(server: InnerServer) -> None:
    record = await enrolled(server, "le-loi")
    attested, closed = record.attest("le-loi", NOW), record.close("le-loi", NOW, from_day=0)
    for path, signed in ((OBJECTIONS, attested), (ACTS, closed), (FOR_AUTHORITY, attested)):
        status, answer = await server.ask("POST", path, handed_in(signed))
        assert (status, answer["error"]["code"]) == (400, "malformed"), path
    async with server.session.post(server.url + FOR_AUTHORITY, json=handed_in(closed)) as response:
        assert response.status == 401


@pytest.mark.spec("FACILITIES-SERVER-7", "FACILITIES-SERVER-8")
async def test_every_act_comes_into_a_page_that_the_log_holds(server: InnerServer) -> None:
    record = await enrolled(server, "le-loi")
    assert await make_page(server.parts, now=NOW)
    assert not await make_page(server.parts, now=NOW)
    await send(server, record.attest("le-loi", NOW))
    assert await make_page(server.parts, now=LATER)
    found = await audited(server)
    assert (found.faults, found.pages, found.board.acts) == ([], 2, 4)
    await asyncio.sleep(MAP_SECONDS)
    assert compare(found.board, await shown(server)) == ()
    index = Index.decode((await server.get("/v1/index"))[HEADER_BYTES:])
    async with server.parts.store.reading() as transaction:
        head = await transaction.log.head()
    assert head is not None
    assert index.checkpoint == head.note
    status, _ = await server.ask("GET", "/v1/facilities/pages/2")
    assert status == 404


@pytest.mark.spec("FACILITIES-SERVER-7")
async def test_what_waits_when_the_server_stops_is_in_a_page(tmp_path: Path) -> None:
    async with in_process(tmp_path, config=FACILITIES_ON) as server:
        record = await enrolled(server, "le-loi")
    async with in_process(tmp_path, config=FACILITIES_ON) as server:
        assert (await send(server, record.attest("le-loi", NOW)))["number"] == 3
        assert (await audited(server)).board.acts == 3


@pytest.mark.spec("FACILITIES-SERVER-5", "OBJECTION-4")
async def test_somebody_objects_once_to_each_facility_and_day(server: InnerServer) -> None:
    record = await enrolled(server, "le-loi", "tran-phu")
    for name in ("le-loi", "tran-phu"):
        await send(server, record.attest(name, NOW))
    one, other = await objection_of(server, "le-loi", "tran-phu")
    assert (await send(server, one, path=OBJECTIONS))["number"] == 7
    assert (await send(server, other, path=OBJECTIONS))["number"] == 8
    assert await state_of(server, "le-loi") == "contested"
    again = await send(server, one, path=OBJECTIONS)
    assert again["number"] == 7
    (third,) = await objection_of(server, "le-loi")
    assert (await send(server, third, path=OBJECTIONS))["refusal"] is None
    assert await make_page(server.parts, now=NOW)
    found = await audited(server)
    assert (found.faults, found.board.acts) == ([], 10)


@sqlite_only
@pytest.mark.spec("FACILITIES-SERVER-9", "FACILITIES-SERVER-13")
async def test_words_that_are_struck_leave_the_database(server: InnerServer) -> None:
    record = await enrolled(server, "le-loi")
    words = Words.write("Mrs Hoa of the kitchen has a cough", rand=random_from_os)
    (signed,) = await objection_of(server, "le-loi", words=words)
    assert (await send(server, signed, path=OBJECTIONS))["refusal"] == "wrong-words"
    assert (await send(server, signed, words, path=OBJECTIONS))["refusal"] is None
    _, place = await server.ask("GET", "/v1/facilities/places/le-loi")
    assert [each["words"] for each in place["acts"] if each["words"]] == [words.to_json()]
    assert b"kitchen" in stored(server)
    answer = await send(server, record.strike(signed, NOW), path=FOR_AUTHORITY)
    assert answer["refusal"] is None
    _, place = await server.ask("GET", "/v1/facilities/places/le-loi")
    assert [each["struck"] for each in place["acts"]] == [False, True, False]
    assert b"kitchen" not in stored(server)


async def next_event(stream: Any) -> tuple[str, dict[str, Any]]:
    """Return the name and the data of the next event."""
    async with asyncio.timeout(5):
        block = await stream.content.readuntil(b"\n\n")
    lines = dict(line.split(": ", 1) for line in block.decode().strip().splitlines())
    return lines["event"], json.loads(lines["data"])


@pytest.mark.spec("FACILITIES-SERVER-11", "FACILITIES-SERVER-12")
async def test_who_listens_is_told_of_acts_and_of_the_time_of_day(server: InnerServer) -> None:
    record = await enrolled(server, "le-loi", "tran-phu")
    acts = (await shown(server)).acts
    url = f"{server.url}/v1/facilities/live?after={acts}"
    async with server.session.get(url) as stream:
        assert (await next_event(stream))[1]["changed"] == []
        await send(server, record.attest("le-loi", NOW))
        name, told = await next_event(stream)
        assert (name, told["acts"]) == ("states", acts + 1)
        assert [(row["facility"], row["state"]) for row in told["changed"]] == [("le-loi", "safe")]
        move(server, 86_400 - 10 * 3_600)  # the next morning, before the deadline
        _, told = await next_event(stream)
        assert {row["state"] for row in told["changed"]} == {"due"}
    for after in (f"{acts}&made={NOW}", "99"):
        async with server.session.get(f"{server.url}/v1/facilities/live?after={after}") as stream:
            assert await next_event(stream) == ("reload", {})
            assert stream.content.at_eof() or await stream.content.read() == b""
    status, _ = await server.ask("GET", "/v1/facilities/live?after=x")
    assert status == 400


@pytest.mark.spec("FACILITIES-SERVER-2", "FACILITIES-SERVER-11")
async def test_another_process_on_the_database_follows(server: InnerServer) -> None:
    record = await enrolled(server, "le-loi")
    other = KeptRecord(server.parts, server.clock)
    await other.follow()
    with other.live.listening() as listener:
        await send(server, record.attest("le-loi", NOW))
        await other.follow()
        assert b"safe" in await anext(listener.messages())
    taken = await other.take(HandedIn.of(record.close("le-loi", NOW, from_day=0), None))
    assert taken.number == 4
    async with asyncio.timeout(2):
        while await state_of(server, "le-loi") != "closed":
            await asyncio.sleep(0.1)


@pytest.mark.spec("FACILITIES-SERVER-14")
async def test_what_the_authority_has_settled_is_shown(tmp_path: Path) -> None:
    place = tmp_path / "outline.geojson"
    place.write_text('{"type": "FeatureCollection", "features": []}')
    config = FACILITIES_ON.with_settings(facility_boundaries=str(place))
    async with in_process(tmp_path, config=config) as server:
        _, before = await server.ask("GET", "/v1/facilities/settings")
        assert (before["settings"], before["today"], before["checklists"]) == (None, -1, [])
        assert (await server.ask("GET", "/v1/facilities/map"))[0] == 404
        record = await enrolled(server)
        _, after = await server.ask("GET", "/v1/facilities/settings")
        assert after["settings"]["deadline_minutes"] == 600
        assert [each["facility_kind"] for each in after["checklists"]] == ["school"]
        assert after["chain"]["previous"] == act_digest(record.acts[-1][1]).hex()
        assert json.loads(await server.get("/v1/facilities/boundaries"))["features"] == []


@pytest.mark.spec("FACILITIES-SERVER-15")
async def test_who_hands_in_too_much_is_refused(tmp_path: Path) -> None:
    config = FACILITIES_ON.with_settings(acts_per_minute=2)
    async with in_process(tmp_path, config=config) as server:
        record = await enrolled(server, "le-loi")
        signed = record.attest("le-loi", NOW)
        for _ in range(2):
            assert (await send(server, signed))["refusal"] is None
        status, answer = await server.ask("POST", ACTS, handed_in(signed))
        assert (status, answer["error"]["code"]) == (429, "too-many-requests")


@pytest.mark.spec("FACILITIES-SERVER-15")
def test_one_client_takes_only_so_many_places_of_those_who_listen() -> None:
    live = Live()
    with ExitStack() as listening:
        for _ in range(MOST_OF_ONE_CLIENT):
            listening.enter_context(live.listening(b"a school"))
        assert not live.has_room(b"a school")
        assert live.has_room(b"a person")
        for number in range(MOST_LISTENERS - MOST_OF_ONE_CLIENT):
            listening.enter_context(live.listening(number.to_bytes(4, "big")))
        assert not live.has_room(b"a person")
    assert live.has_room(b"a school")


@pytest.mark.spec("FACILITIES-SERVER-12")
async def test_who_does_not_read_is_told_to_fetch_the_map_anew() -> None:
    live = Live()
    with live.listening() as listener:
        for number in range(1_000):
            live.tell(b"%d" % number)
        messages = listener.messages()
        assert [await anext(messages) for _ in range(2)] == [RELOAD, b"768"]


@pytest.mark.spec("FACILITIES-SERVER-11")
async def test_acts_about_nobody_are_told_to_nobody(server: InnerServer) -> None:
    record = await enrolled(server, "le-loi")
    acts = (await shown(server)).acts
    (objection,) = await objection_of(server, "le-loi")
    async with server.session.get(f"{server.url}/v1/facilities/live?after={acts}") as stream:
        await next_event(stream)
        await send(server, objection, path=OBJECTIONS)
        _, told = await next_event(stream)
        assert (told["acts"], len(told["changed"])) == (acts + 2, 1)
        words = Words(bytes(16), "soap is here")
        said = {"objection": act_digest(objection), "words": words.commitment()}
        await send(server, record.put("le-loi", Answer, NOW, facility="le-loi", **said), words)
        assert [row["facility"] for row in (await next_event(stream))[1]["changed"]] == ["le-loi"]


@sqlite_only
@pytest.mark.spec("FACILITIES-SERVER-16")
async def test_nothing_of_who_objects_is_logged_or_kept(
    server: InnerServer, caplog: pytest.LogCaptureFixture
) -> None:
    await enrolled(server, "le-loi")
    words = Words.write("no soap", rand=random_from_os)
    (signed,) = await objection_of(server, "le-loi", words=words)
    with caplog.at_level("DEBUG"):
        headers = {"User-Agent": "a telling browser", "X-Forwarded-For": "203.0.113.77"}
        url = server.url + OBJECTIONS
        async with server.session.post(
            url, json=handed_in(signed, words), headers=headers
        ) as response:
            assert (await response.json())["refusal"] is None
    for told in ("telling", "203.0.113.77", "127.0.0.1", "soap"):
        assert told not in caplog.text
    held = stored(server)
    assert b"soap" in held
    assert b"telling" not in held
    assert b"203.0.113.77" not in held
