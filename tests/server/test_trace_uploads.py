"""Owners' uploads at the server: permitted once, kept, handed to the operator, never read."""

import asyncio
import json
from pathlib import Path

import pytest
from sqlalchemy import event

from databases import sqlite_only
from dp3t import UploadCode, day_of, random_from_os
from dp3t.presence import TRACE_UPLOAD_BYTES, TraceUpload
from dp3t.presence.pretrace import pre_trace
from dp3t.publication import ANSWER_BYTES
from dp3t_server import parcels
from dp3t_server.config import Config
from dp3t_server.sunset import end_service
from gatherings import AUTHORITY, HOUR, MARKET, REFERENCE, stretch
from gatherings import NOW as PRESENT
from key_server import DAY, NOW, SLOT, InnerServer, in_process, lowcost_record, upload_of
from server_traces import (
    PRESENCE_ON,
    UPLOADS,
    box,
    listed_boxes,
    name_of,
    rows,
    send_body,
    send_box,
    trace_code,
    trace_codes,
)

SERVER_CONFIG = PRESENCE_ON


@pytest.mark.spec("TRACE-SERVER-2", "TRACE-SERVER-9", "TRACE-SERVER-10")
async def test_a_box_is_kept_byte_by_byte_until_the_operator_erases_it(
    server: InnerServer,
) -> None:
    one, other = box(), box()
    for code, sealed in zip(await trace_codes(server, 2), (one, other), strict=True):
        assert await send_box(server, code, sealed) == "accepted"
    assert await listed_boxes(server) == {name_of(one): one, name_of(other): other}
    status, answer = await server.ask("DELETE", f"{UPLOADS}/{name_of(one)}")
    assert (status, answer) == (200, {"erased": 1})
    assert await listed_boxes(server) == {name_of(other): other}


@pytest.mark.spec("TRACE-SERVER-2", "SERVER-9")
async def test_answers_differ_in_nothing_but_their_text(tmp_path: Path) -> None:
    """Accepted, refused for each of the reasons, and a report's answer: one shape."""
    shapes, texts = set(), set()
    async with in_process(tmp_path, config=Config(presence=True, max_trace_uploads=1)) as server:
        good, other, report = *await trace_codes(server, 2), await server.code()
        requests = [
            *(("/v1/traces", TraceUpload(code, box()).encode()) for code in (good, good, other)),
            ("/v1/traces", TraceUpload(UploadCode.generate(rand=random_from_os), box()).encode()),
            ("/v1/reports", upload_of(report, lowcost_record())),
        ]
        for path, body in requests:
            async with server.session.post(server.url + path, data=body) as response:
                data = await response.read()
                lengths = tuple((key, len(value)) for key, value in response.headers.items())
                shapes.add((response.status, len(data), lengths))
                texts.add(json.loads(data).get("refusal"))
    ((status, length, _),) = shapes
    assert (status, length) == (200, ANSWER_BYTES)
    assert texts == {None, "used-code", "full", "unknown-code"}


@pytest.mark.spec("TRACE-SERVER-2", "UPLOAD-2")
@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 400, "malformed"),
        (bytes(TRACE_UPLOAD_BYTES), 400, "malformed"),
        (bytes(TRACE_UPLOAD_BYTES - 1), 400, "malformed"),
        (bytes(TRACE_UPLOAD_BYTES + 1), 413, "too-large"),
        (bytes(2**20), 413, "too-large"),
    ],
)
async def test_a_body_that_is_no_upload_is_refused_and_not_kept(
    server: InnerServer, body: bytes, status: int, code: str
) -> None:
    found, answer = await server.ask("POST", "/v1/traces", body)
    assert (found, answer["error"]["code"]) == (status, code)
    assert await rows(server, "trace_uploads") == []


@pytest.mark.spec("TRACE-SERVER-4", "TRACE-SERVER-3")
async def test_a_code_for_reports_permits_no_trace_and_one_for_traces_no_report(
    server: InnerServer,
) -> None:
    """Negative: good, spent or expired, either is as unknown as one that nobody issued."""
    reporting, tracing = await server.code(), await trace_code(server)
    used_reporting, used_tracing = await server.code(), await trace_code(server)
    assert await server.upload(used_reporting, lowcost_record()) == "accepted"
    assert await send_box(server, used_tracing, box()) == "accepted"
    before = {table: await rows(server, table) for table in ("codes", "pending_keys")}
    for now in (NOW, NOW + 3 * DAY):
        await server.move_to(now)
        for code in (reporting, used_reporting):
            assert await send_box(server, code, box()) == "unknown-code"
        for code in (tracing, used_tracing):
            assert await server.upload(code, lowcost_record()) == "unknown-code"
        if now == NOW:
            assert before == {table: await rows(server, table) for table in before}
    assert len(await listed_boxes(server)) == 1


@pytest.mark.spec("TRACE-SERVER-4")
async def test_a_code_for_something_else_costs_the_server_what_an_unknown_one_does(
    server: InnerServer,
) -> None:
    """Negative: the same statements in the same order, so that no time tells, and none writes."""
    said = list[str]()
    engine = server.parts.store.database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", lambda *args: said.append(str(args[2])))
    wrong, unknown = await server.code(), UploadCode.generate(rand=random_from_os)
    tracing = await trace_code(server)
    runs = []
    for code in (wrong, unknown):
        said.clear()
        assert await send_box(server, code, box()) == "unknown-code"
        runs.append(said.copy())
    for code in (tracing, unknown):
        said.clear()
        assert await server.upload(code, lowcost_record()) == "unknown-code"
        runs.append(said.copy())
    assert runs[0] == runs[1]
    assert runs[2] == runs[3]
    assert not [each for run in runs for each in run if not each.startswith(("SELECT", "BEGIN"))]


@pytest.mark.spec("TRACE-SERVER-2", "OPERATING-1")
async def test_whatever_is_decided_the_answer_leaves_at_its_moment(tmp_path: Path) -> None:
    step = 0.3
    config = Config(presence=True, answer_milliseconds=int(1000 * step))
    async with in_process(tmp_path, config=config) as server:
        good, wrong = await trace_code(server), await server.code()
        unknown, loop = UploadCode.generate(rand=random_from_os), asyncio.get_running_loop()
        for code, outcome in (
            (good, "accepted"),
            (wrong, "unknown-code"),
            (unknown, "unknown-code"),
        ):
            began = loop.time()
            assert await send_box(server, code, box()) == outcome
            steps = (loop.time() - began) / step
            assert steps >= 1, outcome


@pytest.mark.spec("TRACE-SERVER-3")
async def test_a_code_for_traces_is_never_activated(server: InnerServer) -> None:
    """Negative: neither is one issued inactive, nor can activating turn it into a report's."""
    wanted = {"count": 1, "traces": True, "inactive": True}
    status, answer = await server.ask("POST", "/v1/operator/codes", wanted)
    assert (status, answer["error"]["code"]) == (409, "refused")
    code = await trace_code(server)
    activation = {"code": code.display(), "first_day": "2021-07-01"}
    status, answer = await server.ask("POST", "/v1/operator/activations", activation)
    assert (status, answer["error"]["code"]) == (409, "refused")
    assert await server.upload(code, lowcost_record()) == "unknown-code"
    assert await send_box(server, code, box()) == "accepted"


@pytest.mark.spec("TRACE-SERVER-3")
async def test_a_region_that_takes_no_simple_codes_issues_those_for_traces(
    tmp_path: Path,
) -> None:
    config = Config(presence=True, authorizations=("bound",))
    async with in_process(tmp_path, config=config) as server:
        assert await send_box(server, await trace_code(server), box()) == "accepted"


@pytest.mark.spec("TRACE-SERVER-1")
async def test_a_server_without_presence_has_no_route_and_issues_no_code(tmp_path: Path) -> None:
    async with in_process(tmp_path) as server:
        for method, path in (
            ("POST", "/v1/traces"),
            ("GET", UPLOADS),
            ("DELETE", f"{UPLOADS}/{'0' * 64}"),
            ("POST", "/v1/operator/traces"),
        ):
            status, answer = await server.ask(method, path, b"" if method == "POST" else None)
            assert (status, answer["error"]["code"]) == (404, "not-found"), path
        status, answer = await server.ask(
            "POST", "/v1/operator/codes", {"count": 1, "traces": True}
        )
        assert (status, answer["error"]["code"]) == (409, "refused")


@pytest.mark.spec("TRACE-SERVER-7")
async def test_an_owner_who_lost_the_answer_asks_again_and_is_told_accepted(
    server: InnerServer,
) -> None:
    code, sealed = await trace_code(server), box()
    for now in (NOW, NOW + 3 * DAY):  # also once the code has expired
        await server.move_to(now)
        assert await send_box(server, code, sealed) == "accepted"
    assert list(await listed_boxes(server)) == [name_of(sealed)]
    await server.ask("DELETE", f"{UPLOADS}/{name_of(sealed)}")
    assert await send_box(server, code, sealed) == "accepted"
    assert await listed_boxes(server) == {}


@pytest.mark.spec("TRACE-SERVER-7")
async def test_another_box_under_a_spent_code_is_refused(server: InnerServer) -> None:
    """Negative: one code is good for one upload, however many come at once."""
    code, boxes = await trace_code(server), [box() for _ in range(8)]
    outcomes = await asyncio.gather(*(send_box(server, code, sealed) for sealed in boxes))
    assert sorted(outcomes) == ["accepted", *["used-code"] * 7]
    kept = [sealed for sealed, outcome in zip(boxes, outcomes, strict=True) if outcome[0] == "a"]
    assert list((await listed_boxes(server)).values()) == kept


@pytest.mark.spec("TRACE-SERVER-2", "SERVER-19")
async def test_a_code_that_has_expired_is_refused_by_name(server: InnerServer) -> None:
    code = await trace_code(server)
    await server.move_to((day_of(NOW) + 2) * DAY)
    assert await send_box(server, code, box()) == "expired-code"


@pytest.mark.spec("OPERATING-11", "TRACE-SERVER-4")
async def test_a_code_for_traces_can_be_revoked(server: InnerServer) -> None:
    code = await trace_code(server)
    assert (await server.ask("POST", "/v1/operator/revocations", {"code": code.display()}))[
        0
    ] == 200
    assert await send_box(server, code, box()) == "unknown-code"


@pytest.mark.spec("TRACE-SERVER-8")
async def test_a_full_store_refuses_loses_nothing_and_leaves_the_code_good(
    tmp_path: Path,
) -> None:
    async with in_process(tmp_path, config=Config(presence=True, max_trace_uploads=2)) as server:
        *codes, late = await trace_codes(server, 3)
        kept, waiting = [box(), box()], box()
        for code, sealed in zip(codes, kept, strict=True):
            assert await send_box(server, code, sealed) == "accepted"
        assert await send_box(server, late, waiting) == "full"
        unknown = UploadCode.generate(rand=random_from_os)
        assert await send_box(server, unknown, box()) == "unknown-code"  # nothing told a stranger
        assert sorted((await listed_boxes(server)).values()) == sorted(kept)
        await server.ask("DELETE", f"{UPLOADS}/{name_of(kept[0])}")
        assert await send_box(server, late, waiting) == "accepted"


@pytest.mark.spec("TRACE-SERVER-5")
async def test_where_the_code_cannot_be_spent_nothing_is_kept(
    server: InnerServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Negative: both or neither."""

    async def fail(*_: object) -> None:
        raise OSError("injected")

    code = await trace_code(server)
    with monkeypatch.context() as patch:
        patch.setattr("dp3t_server.authorizations.Codes.spend", fail)
        status, _ = await server.ask("POST", "/v1/traces", TraceUpload(code, box()).encode())
        assert status == 503
    assert await rows(server, "trace_uploads") == []
    assert await send_box(server, code, box()) == "accepted"


@pytest.mark.spec("TRACE-SERVER-6", "SERVER-18")
async def test_nothing_is_stored_but_name_bytes_and_day(server: InnerServer) -> None:
    """Negative: no time, no order, no code; and with the code nothing that leads to the box."""
    code, sealed = await trace_code(server), box()
    body = TraceUpload(code, sealed).encode()
    assert await send_body(server, body) == "accepted"
    digest = bytes.fromhex(name_of(sealed))
    assert await rows(server, "trace_uploads") == [(digest, day_of(NOW) + 8, sealed)]
    ((stored, expires_day, used, binding, until, first, promised, purpose),) = await rows(
        server, "codes"
    )
    key = server.parts.secrets.load().digest_key
    assert (stored, binding, used) == (code.digest(key), code.binding(body), 1)
    assert (expires_day, until, first, purpose) == (day_of(NOW) + 2, None, None, "trace")
    assert isinstance(promised, bytes)
    assert promised != bytes(8)  # masked, though nothing is promised


def stored(server: InnerServer) -> bytes:
    """Return all bytes of the database's files."""
    files = sorted(server.data.path.glob("server.sqlite3*"))
    return b"".join(path.read_bytes() for path in files)


@pytest.mark.spec("TRACE-SERVER-6", "SERVER-20")
@sqlite_only
async def test_neither_files_nor_logs_tell_payload_code_or_address(
    server: InnerServer, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    """Negative: all that is read is the sealed bytes, until they are erased; no log has a line."""
    code, payload = await trace_code(server), MARKET.entry.payload
    made = pre_trace(MARKET, stretch=stretch(0, HOUR), reference=REFERENCE, now=PRESENT)
    sealed = made.seal(AUTHORITY.public(), rand=random_from_os)
    capfd.readouterr()
    caplog.clear()
    headers = {"X-Forwarded-For": "203.0.113.77", "User-Agent": "owner-app"}
    body = TraceUpload(code, sealed).encode()
    async with server.session.post(
        server.url + "/v1/traces", data=body, headers=headers
    ) as response:
        assert response.status == 200
    await send_box(server, code, box())
    await listed_boxes(server)
    files = stored(server)
    assert sealed[1_000:1_064] in files
    await server.ask("DELETE", f"{UPLOADS}/{name_of(sealed)}")
    await server.move_to(NOW + SLOT)
    files += stored(server)
    shown = capfd.readouterr()
    said = (shown.out + shown.err + "".join(str(vars(each)) for each in caplog.records)).encode()
    texts = (MARKET.entry.description, MARKET.entry.address, REFERENCE, "203.0.113.77", "owner-app")
    codes = (code.digits(), code.display(), "127.0.0.1")
    for hidden in (payload, body[:64], *(text.encode() for text in (*texts, *codes))):
        assert hidden not in files, hidden
        assert hidden not in said, hidden
    for word in (b"trace", name_of(sealed).encode(), b"used-code"):
        assert word not in said
    left = stored(server)
    assert sealed[1_000:1_064] not in left


@pytest.mark.spec("TRACE-SERVER-9")
async def test_pages_go_by_name_and_leave_nothing_out(
    server: InnerServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parcels, "PAGE", 3)
    boxes = [box() for _ in range(7)]
    for code, sealed in zip(await trace_codes(server, 7), boxes, strict=True):
        assert await send_box(server, code, sealed) == "accepted"
    assert list(await listed_boxes(server)) == sorted(map(name_of, boxes))
    status, answer = await server.ask("GET", f"{UPLOADS}?page=2")
    assert (status, answer["error"]["code"]) == (400, "malformed")


@pytest.mark.spec("TRACE-SERVER-10")
@pytest.mark.parametrize("unknown", ["0" * 64, "short", "F" * 64])
async def test_erasing_what_is_not_there_erases_nothing(server: InnerServer, unknown: str) -> None:
    await send_box(server, await trace_code(server), box())
    status, answer = await server.ask("DELETE", f"{UPLOADS}/{unknown}")
    assert (status, answer["error"]["code"]) == (404, "not-found")
    assert len(await listed_boxes(server)) == 1


@pytest.mark.spec("TRACE-SERVER-11")
async def test_a_box_is_erased_when_its_days_are_over(
    server: InnerServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    await send_box(server, await trace_code(server), box())
    midnight = (day_of(NOW) + 8) * DAY
    await server.move_to(midnight - 1)
    assert len(await listed_boxes(server)) == 1
    with monkeypatch.context() as patch:
        patch.setattr(parcels, "day_of", lambda _: day_of(NOW) + 8)
        assert await listed_boxes(server) == {}  # also where no publication has erased it
    await server.move_to(midnight)
    assert await rows(server, "trace_uploads") == []


@pytest.mark.spec("TRACE-SERVER-20")
async def test_where_the_service_has_ended_no_upload_is_taken_and_what_came_can_be_fetched(
    server: InnerServer,
) -> None:
    code, late = await trace_codes(server, 2)
    await send_box(server, code, sealed := box())
    await end_service(server.parts, at_once=False, now=NOW)
    assert await send_box(server, late, box()) == "unknown-code"
    wanted = {"count": 1, "traces": True}
    assert (await server.ask("POST", "/v1/operator/codes", wanted))[0] == 409
    assert list((await listed_boxes(server)).values()) == [sealed]
    await end_service(server.parts, at_once=True, now=NOW)
    assert await listed_boxes(server) == {}


async def test_uploads_have_a_limit_of_their_own(tmp_path: Path) -> None:
    """Who reports as often as allowed can still upload a trace, and no oftener than reports."""
    config = Config(presence=True, reports_per_minute=2, answer_milliseconds=0)
    async with in_process(tmp_path, config=config) as server:
        statuses = []
        for path in ("/v1/reports", "/v1/traces"):
            for _ in range(3):
                status, _ = await server.ask("POST", path, b"")
                statuses.append(status)
        assert statuses == [400, 400, 429] * 2
