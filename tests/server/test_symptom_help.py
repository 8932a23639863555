"""Sealed requests for help at the server: kept, handed out, erased, never read."""

import asyncio
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from databases import sqlite_only
from dp3t import Day, Instant
from dp3t.symptoms import HELP_BYTES, HELP_DAYS, HELP_REFUSALS, SealedHelp
from dp3t_server.symptom_documents import install
from dp3t_server.symptom_store import Kind
from key_server import DAY, NOW, InnerServer
from server_symptoms import HELD, HELP, SYMPTOMS_ON, listed_help, send
from server_tokens import TODAY, stored
from server_traces import rows
from stations import HUE, private, request, station, station_keys
from surveys import AUTHORITY
from terminal import dp3t

SERVER_CONFIG = SYMPTOMS_ON.with_settings(max_help_requests=3)
KEYS = replace(
    station_keys(station(HUE, "Huế", start=NOW - DAY, end=NOW + 30 * DAY)),
    valid_from=Instant(NOW - DAY),
    valid_until=Instant(NOW + 30 * DAY),
)


def sealed(**changes: Any) -> bytes:
    """Return a sealed request of the moment."""
    return request(asked=NOW, **changes).seal_with_os_randomness(KEYS)


async def install_stations(server: InnerServer, number: int = 3, *, now: int = NOW) -> bytes:
    """Install a list of stations."""
    data = replace(KEYS, number=number).sign(AUTHORITY)
    assert await install(server.parts, Kind.STATIONS, data, now=Instant(now)) == number
    return data


@pytest.mark.spec("SYMPTOMS-SERVER-2", "SYMPTOMS-SERVER-9", "SYMPTOMS-SERVER-10", "HELP-11")
async def test_a_station_gets_what_was_sealed_to_it_from_the_list_of_all(
    server: InnerServer,
) -> None:
    assert await install_stations(server) == await server.get("/v1/symptoms/stations")
    body = sealed()
    assert await send(server, body, path=HELP) == "accepted"
    assert await send(server, body, path=HELP) == "accepted"
    other = sealed(who="Anh Minh")
    assert await send(server, other, path=HELP) == "accepted"
    listed = await listed_help(server)
    assert listed == {SealedHelp.decode(each).name: each for each in sorted((body, other))}
    assert list(listed) == sorted(listed)
    found = [SealedHelp.decode(each).open([private("Huế")]) for each in listed.values()]
    assert {each.who for each in found} == {"Chị Lệ", "Anh Minh"}
    held = await rows(server, "help_requests")
    assert {row[1] for row in held} == {TODAY + HELP_DAYS}
    assert all(len(row) == 3 for row in held)


@pytest.mark.spec("SYMPTOMS-SERVER-9", "HELP-10")
async def test_what_no_station_would_find_is_refused_by_name(server: InnerServer) -> None:
    """Negative: other stations' lists, other days, and one more than there is room for."""
    assert await send(server, sealed(), path=HELP) == "replaced-keys"
    await install_stations(server)
    for days in (-8, 0, 9):
        late = replace(SealedHelp.decode(sealed()), expires=Day(TODAY + days)).encode()
        assert await send(server, late, path=HELP) == "expiry"
    for _ in range(3):
        assert await send(server, sealed(), path=HELP) == "accepted"
    assert await send(server, sealed(), path=HELP) == "full"
    assert len(await listed_help(server)) == 3
    assert set(HELP_REFUSALS) == {"replaced-keys", "expiry", "full"}
    for length in (HELP_BYTES - 1, HELP_BYTES + 1):
        async with server.session.post(server.url + HELP, data=bytes(length)) as response:
            assert response.status == (400 if length < HELP_BYTES else 413)


@pytest.mark.spec("SYMPTOMS-SERVER-1", "SYMPTOMS-SERVER-9")
async def test_requests_to_a_list_that_was_replaced_are_taken_for_two_days(
    server: InnerServer,
) -> None:
    await install_stations(server)
    await install_stations(server, 4)
    assert await send(server, sealed(), path=HELP) == "accepted"
    await server.move_to(NOW + 2 * DAY)
    assert await send(server, sealed(), path=HELP) == "replaced-keys"


@pytest.mark.spec("SYMPTOMS-SERVER-11", "SYMPTOMS-SERVER-12")
@sqlite_only
async def test_what_is_erased_or_has_had_its_days_leaves_the_file(server: InnerServer) -> None:
    await install_stations(server)
    first, second = sealed(), sealed()
    for body in (first, second):
        assert await send(server, body, path=HELP) == "accepted"
    name = SealedHelp.decode(first).name
    assert await server.ask("DELETE", f"{HELD}/{name}") == (200, {"erased": 1})
    status, _ = await server.ask("DELETE", f"{HELD}/{name}")
    assert status == 404
    assert list(await listed_help(server)) == [SealedHelp.decode(second).name]
    await server.move_to(NOW + (HELP_DAYS - 1) * DAY)
    assert first[9:73] not in stored(server)
    assert second[9:73] in stored(server)
    await server.move_to(NOW + HELP_DAYS * DAY)
    assert await rows(server, "help_requests") == []
    assert second[9:73] not in stored(server)


@pytest.mark.spec("SYMPTOMS-SERVER-10", "SYMPTOMS-SERVER-11", "SERVER-29")
async def test_only_the_operator_lists_and_erases(server: InnerServer) -> None:
    for method, path in (("GET", HELD), ("DELETE", f"{HELD}/{'0' * 64}")):
        status, _ = await server.ask(method, path, token="")
        assert status == 401


@pytest.mark.spec("SYMPTOMS-SERVER-9")
async def test_asking_for_help_logs_nothing(
    server: InnerServer, caplog: pytest.LogCaptureFixture
) -> None:
    await install_stations(server)
    caplog.clear()
    await send(server, sealed(), path=HELP)
    assert not re.search("help|symptom", "".join(str(vars(each)) for each in caplog.records))


@pytest.mark.spec("TERMINAL-59")
async def test_a_station_fetches_and_opens_every_request_at_the_terminal(
    server: InnerServer, tmp_path: Path
) -> None:
    await install_stations(server)
    names = []
    for number in range(3):
        body = sealed(who=f"Chị {number}")
        assert await send(server, body, path=HELP) == "accepted"
        names.append(SealedHelp.decode(body).name)
    key = tmp_path / "key"
    key.touch(mode=0o600)
    key.write_text(private("Huế").to_bytes().hex(), encoding="ascii")
    opening = ("symptoms", "station", "open", "--private-key", str(key))
    given = ("--server", server.url, "--token-file", str(server.data.token), "--json")
    done = await asyncio.to_thread(dp3t, *opening, *given)
    assert (done.returncode, done.stderr) == (0, "")
    found = json.loads(done.stdout)
    assert sorted(each["name"] for each in found["requests"]) == sorted(names)
    assert (found["others"], found["refused"], found["after"]) == (0, [], None)
    for wrong in ((), ("--server", server.url), (*given, str(key))):
        refused = await asyncio.to_thread(dp3t, *opening, *wrong)
        assert (refused.returncode, refused.stdout) == (2, "")
        assert "open needs files, or --server with --token-file" in refused.stderr
