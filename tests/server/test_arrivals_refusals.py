"""Entry declarations that a server does not take, each refused by name, and by whom it is asked."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from dp3t import Day, VerificationError, day_start
from dp3t.arrivals import (
    MAX_WITHDRAWN,
    SUBMISSION_ANSWER_BYTES,
    SUBMISSION_BYTES,
    WITHDRAWAL_BYTES,
    Envelope,
    Submission,
)
from dp3t.publication import ANSWER_BYTES
from dp3t_server.arrivals_store import ArrivalsStore
from dp3t_server.sunset import end_service
from key_server import DAY, HOUR, NOW, InnerServer, in_process
from server_arrivals import (
    ARRIVALS_ON,
    BORDER,
    TODAY,
    Declared,
    declared,
    desk,
    hand_in,
    listed,
    open_desk,
    sealed_for,
    take_back,
)
from server_traces import rows

SERVER_CONFIG = ARRIVALS_ON
DECLARE, WITHDRAW = "/v1/arrivals/declarations", "/v1/arrivals/withdrawals"
ROUTES = (
    ("GET", "/v1/arrivals/keys"),
    ("POST", DECLARE),
    ("POST", WITHDRAW),
    ("GET", "/v1/arrivals/withdrawn"),
    ("GET", "/v1/arrivals/gate-marks"),
    ("POST", "/v1/arrivals/gate-marks"),
    ("GET", "/v1/operator/arrivals/declarations"),
    ("DELETE", f"/v1/operator/arrivals/declarations/{'0' * 64}"),
)


@pytest.mark.spec("ARRIVALS-SERVER-1")
async def test_a_server_without_declarations_has_none_of_the_routes(tmp_path: Path) -> None:
    async with in_process(tmp_path) as server:
        for method, path in ROUTES:
            status, answer = await server.ask(method, path, b"" if method == "POST" else None)
            assert (status, answer["error"]["code"]) == (404, "not-found"), path


@pytest.mark.spec("ARRIVALS-SERVER-10", "ARRIVALS-SERVER-13", "ARRIVALS-SERVER-14")
async def test_what_is_the_officials_nobody_else_gets(server: InnerServer) -> None:
    """Negative: without the token and with a wrong one."""
    for method, path in ROUTES[4:]:
        for token in ("", "wrong"):
            body = b"" if method == "POST" else None
            status, answer = await server.ask(method, path, body, token=token)
            assert (status, answer["error"]["code"]) == (401, "unauthorized"), path


@pytest.mark.spec("ARRIVALS-SERVER-5", "RECIPIENTS-5")
async def test_keys_that_are_not_the_installed_ones_are_named(tmp_path: Path) -> None:
    async with in_process(tmp_path, config=ARRIVALS_ON) as server:
        assert await hand_in(server, declared()) == "unknown-keys"
        await open_desk(server, number=4)
        assert await hand_in(server, declared(number=3)) == "replaced-keys"
        assert await hand_in(server, declared(number=5)) == "unknown-keys"
        good = declared(number=4)
        assert (await hand_in(server, good)).startswith("DP3T")
        await server.move_to(NOW + 89 * DAY)  # the document's last moment is past
        late = declared(number=4, entry_day=TODAY + 89)
        assert await hand_in(server, late) == "replaced-keys"


@pytest.mark.spec("ARRIVALS-SERVER-5", "SEALING-7")
async def test_days_that_are_over_or_far_ahead_are_named(server: InnerServer) -> None:
    await open_desk(server)
    for entry_day, expiry_day, fits in (
        (TODAY + 15, TODAY + 36, True),
        (TODAY + 16, TODAY + 37, False),
        (TODAY - 1, TODAY + 1, True),
        (TODAY - 1, TODAY, False),
        (TODAY - 2, TODAY + 19, False),
        (0, 1, False),
        (49_705, 49_709, False),
    ):
        outcome = await hand_in(server, declared(entry_day=entry_day, expiry_day=expiry_day))
        assert (outcome[:4] == "DP3T", outcome == "days") == (fits, not fits), entry_day
    closes = day_start(TODAY) + 41 * HOUR
    await server.move_to(closes - 1)
    assert (await hand_in(server, declared())).startswith("DP3T")
    await server.move_to(closes)
    assert await hand_in(server, declared()) == "days"


@pytest.mark.spec("ARRIVALS-SERVER-5")
async def test_a_full_server_takes_no_first_declaration_and_each_correction(
    tmp_path: Path,
) -> None:
    config = ARRIVALS_ON.with_settings(max_declarations=2)
    async with desk(tmp_path, config) as (server, _):
        one, two, new = declared(), declared(), declared()
        for each in (one, two):
            assert (await hand_in(server, each)).startswith("DP3T")
        assert await hand_in(server, new) == "full"
        assert (await hand_in(server, one)).startswith("DP3T")  # it is there
        assert (await hand_in(server, new, one.withdrawal)).startswith("DP3T")
        assert set(await listed(server)) == {two.name, new.name}
        assert await take_back(server, two.withdrawal)
        assert (await hand_in(server, declared())).startswith("DP3T")


@pytest.mark.spec("ARRIVALS-SERVER-5", "ARRIVALS-SERVER-8")
async def test_where_the_list_of_withdrawn_receipts_is_full_nothing_is_lost(
    server: InnerServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def full(_: object) -> int:
        return MAX_WITHDRAWN

    await open_desk(server)
    one = declared()
    await hand_in(server, one)
    with monkeypatch.context() as patch:
        patch.setattr(ArrivalsStore, "withdrawals", full)
        assert await hand_in(server, declared(), one.withdrawal) == "full"
        status, answer = await server.ask("POST", WITHDRAW, one.withdrawal.encode())
        assert (status, answer["error"]["code"]) == (503, "unavailable")
    assert list(await listed(server)) == [one.name]
    assert await take_back(server, one.withdrawal)


@pytest.mark.spec("ARRIVALS-SERVER-5", "OPERATING-23")
async def test_where_the_service_has_ended_none_is_taken_and_those_there_can_be_withdrawn(
    server: InnerServer,
) -> None:
    await open_desk(server)
    one, two = declared(), declared()
    text = await hand_in(server, one)
    await hand_in(server, two)
    await end_service(server.parts, at_once=False, now=NOW)
    assert await hand_in(server, declared()) == "full"
    assert await hand_in(server, one) == text
    assert await take_back(server, two.withdrawal)
    assert list(await listed(server)) == [one.name]
    await server.move_to(NOW + 22 * DAY)
    for table in ("declarations", "sealed_declarations", "withdrawn_receipts"):
        assert await rows(server, table) == [], table
    await end_service(server.parts, at_once=True, now=NOW)
    assert await rows(server, "arrivals_keys") == []


@pytest.mark.spec("SUBMISSION-1", "SUBMISSION-2", "SEALING-1", "SEALING-2")
async def test_what_is_no_declaration_or_withdrawal_is_refused_and_not_kept(
    server: InnerServer,
) -> None:
    await open_desk(server)
    good = Submission(declared().envelope).encode()
    version, point = bytearray(good), bytearray(good)
    version[64], point[64 + 13] = 2, ord("a")
    for path, body, fault in (
        (DECLARE, b"", "malformed"),
        (DECLARE, good[:-1], "malformed"),
        (DECLARE, good + b"\0", "too-large"),
        (DECLARE, bytes(SUBMISSION_BYTES), "malformed"),
        (DECLARE, bytes(version), "malformed"),
        (DECLARE, bytes(point), "malformed"),
        (DECLARE, bytes(32) + good[32:64].replace(b"\0", b"\1") + good[64:], "malformed"),
        (WITHDRAW, b"", "malformed"),
        (WITHDRAW, bytes(WITHDRAWAL_BYTES), "malformed"),
        (WITHDRAW, b"\1" * (WITHDRAWAL_BYTES - 1), "malformed"),
        (WITHDRAW, b"\1" * (WITHDRAWAL_BYTES + 1), "too-large"),
    ):
        status, answer = await server.ask("POST", path, body)
        assert answer["error"]["code"] == fault, len(body)
        assert status == (413 if fault == "too-large" else 400)
    assert await rows(server, "declarations") == []


@pytest.mark.spec("SUBMISSION-1")
@pytest.mark.parametrize("path", [DECLARE, WITHDRAW, "/v1/arrivals/gate-marks"])
async def test_ten_megabytes_are_refused_before_they_are_sent(
    server: InnerServer, path: str
) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", int(server.url.rpartition(":")[2]))
    token = server.data.token.read_text().strip()
    head = f"Host: a\r\nAuthorization: Bearer {token}\r\nContent-Length: 10000000\r\n\r\n"
    writer.write(f"POST {path} HTTP/1.1\r\n{head}".encode())
    assert b" 413 " in await reader.readline()
    writer.close()
    await writer.wait_closed()


@pytest.mark.spec("SUBMISSION-1")
async def test_a_long_body_of_unannounced_length_is_refused(server: InnerServer) -> None:
    async def body() -> AsyncIterator[bytes]:
        for _ in range(3):
            yield bytes(SUBMISSION_BYTES)

    async with server.session.post(server.url + DECLARE, data=body()) as response:
        assert response.status == 413


@pytest.mark.spec("SEALING-4", "SUBMISSION-5")
async def test_an_altered_declaration_opens_nowhere_and_has_a_receipt_of_its_own(
    server: InnerServer,
) -> None:
    """Negative: somebody on the way moves a declaration to another day, and gains nothing."""
    await open_desk(server)
    one = sealed_for("48")
    header = replace(one.envelope.header, entry_day=Day(TODAY + 1))
    altered = Declared(replace(one.envelope, header=header), one.withdrawal)
    receipt = await hand_in(server, altered)
    assert receipt != await hand_in(server, one)
    (kept,) = [
        Envelope.decode(each)
        for name, each in (await listed(server)).items()
        if name == altered.name
    ]
    with pytest.raises(VerificationError):
        kept.open(BORDER, role="border")


@pytest.mark.spec("SUBMISSION-3", "SUBMISSION-4", "SERVER-9")
async def test_answers_differ_in_nothing_but_their_text(tmp_path: Path) -> None:
    """A receipt, each refusal: one shape; and so for withdrawals."""
    config = ARRIVALS_ON.with_settings(max_declarations=1)
    shapes, said = set(), set()
    async with desk(tmp_path, config, number=2) as (server, _):
        one = declared(number=2)
        bodies = [
            *(
                (DECLARE, Submission(each.envelope, corrects).encode())
                for each, corrects in (
                    (one, None),
                    (declared(number=2), None),
                    (declared(number=1), None),
                    (declared(number=3), None),
                    (declared(number=2, entry_day=TODAY - 9), None),
                    (declared(number=2), declared().withdrawal),
                )
            ),
            (WITHDRAW, declared().withdrawal.encode()),
            (WITHDRAW, one.withdrawal.encode()),
        ]
        for path, body in bodies:
            async with server.session.post(server.url + path, data=body) as response:
                data = await response.read()
                lengths = tuple((key, len(value)) for key, value in response.headers.items())
                shapes.add((path, response.status, len(data), lengths))
                said.add((path, json.loads(data).get("refusal")))
    assert {(path, status, length) for path, status, length, _ in shapes} == {
        (DECLARE, 200, SUBMISSION_ANSWER_BYTES),
        (WITHDRAW, 200, ANSWER_BYTES),
    }
    assert len(shapes) == 2
    words = {"full", "replaced-keys", "unknown-keys", "days", "unknown-declaration"}
    assert said == {
        *((DECLARE, word) for word in (None, *words)),
        *((WITHDRAW, word) for word in (None, "unknown-declaration")),
    }


@pytest.mark.spec("ARRIVALS-SERVER-19", "OPERATING-1")
async def test_whatever_is_decided_the_answer_leaves_at_its_moment(tmp_path: Path) -> None:
    step = 0.3
    config = ARRIVALS_ON.with_settings(answer_milliseconds=int(1000 * step))
    async with desk(tmp_path, config) as (server, _):
        one, loop = declared(), asyncio.get_running_loop()
        for act in (
            lambda: hand_in(server, one),
            lambda: hand_in(server, declared(number=9)),
            lambda: take_back(server, declared().withdrawal),
            lambda: take_back(server, one.withdrawal),
        ):
            began = loop.time()
            await act()
            assert loop.time() - began >= step


@pytest.mark.spec("ARRIVALS-SERVER-19", "OPERATING-4")
async def test_a_client_declares_and_withdraws_so_often_in_a_minute_and_no_more(
    tmp_path: Path,
) -> None:
    config = ARRIVALS_ON.with_settings(reports_per_minute=3, declarations_per_minute=4)
    async with desk(tmp_path, config) as (server, _):
        for path, body, allowed in (
            (DECLARE, Submission(declared(number=9).envelope).encode(), 4),
            (WITHDRAW, declared().withdrawal.encode(), 3),
        ):
            found = [(await server.ask("POST", path, body))[0] for _ in range(6)]
            assert found == [200] * allowed + [429] * (6 - allowed)
            assert (await server.ask("POST", path, bytes(10**5)))[0] == 429  # not 413: unread
