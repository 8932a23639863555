"""The routes: what they answer, with which headers, and how they fail."""

import asyncio
import hashlib
import json
import re
import zlib
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request
from sqlalchemy import text

from authorizations import AUTHORITY, config, statement_of
from dp3t import __version__, day_of, random_from_os, release_after
from dp3t.proximity import DESIGN_NAMES, DISCLOSURE_BYTES
from dp3t.publication import Commitment
from dp3t_server import app as app_module
from dp3t_server import proximity
from dp3t_server.admission import Admission
from dp3t_server.clock import SimulatedClock, SystemClock
from dp3t_server.config import Config
from dp3t_server.faults import Fault
from dp3t_server.publisher import latest_release
from key_server import DAY, NOW, InnerServer, in_process, lowcost_record, upload_of

CHAPTER = Path(__file__).parents[2] / "spec" / "publication" / "server.md"
NEXT = release_after(NOW)
OPERATORS = ("codes", "activations", "statements", "publish", "clock")


def rows_under(heading: str) -> list[list[str]]:
    """Return the cells of the first table after a heading of the chapter, without backquotes."""
    after = CHAPTER.read_text(encoding="utf-8").partition(f"\n{heading}\n")[2]
    table = re.search(r"(?:^\|.*\n)+", after, re.MULTILINE)
    assert table is not None
    lines = [line.replace("`", "") for line in table[0].splitlines()[2:]]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_the_routes_of_the_specification_are_the_routes_of_the_server() -> None:
    written = {(row[0], row[1]) for row in rows_under("## Routes")}
    assert written == {(route.method, route.path) for route in app_module.routes(simulated=True)}


@pytest.mark.spec("SERVER-5")
def test_the_errors_of_the_specification_are_the_errors_of_the_server() -> None:
    written = {(row[0], int(row[1])) for row in rows_under("### Errors")}
    assert written == {(fault.code, fault.status) for fault in Fault}


@pytest.mark.spec("SERVER-1", "SERVER-2", "SERVER-3")
@pytest.mark.parametrize(
    ("path", "cache"),
    [
        ("/v1/index", "no-cache"),
        (f"/v1/batches/lowcost-{NEXT}", "public, max-age=1209600, immutable"),
    ],
)
async def test_a_file_comes_with_its_tag_and_is_not_sent_twice(
    server: InnerServer, path: str, cache: str
) -> None:
    await server.upload(await server.code(), lowcost_record())
    await server.move_to(NEXT)
    async with server.session.get(server.url + path) as response:
        data = await response.read()
        headers = response.headers.copy()
    assert response.status == 200
    assert headers["Content-Type"] == "application/octet-stream"
    assert headers["Cache-Control"] == cache
    assert re.fullmatch(r'"[0-9a-f]{64}"', headers["ETag"])
    entry = (await server.index()).entries[0]
    assert path == "/v1/index" or headers["ETag"] == f'"{entry.digest.hex()}"'
    for shown, status in {
        headers["ETag"]: 304,
        f'"other", {headers["ETag"]}': 304,
        "*": 304,
        '"other"': 200,
        "nonsense": 200,
    }.items():
        async with server.session.get(
            server.url + path, headers={"If-None-Match": shown}
        ) as response:
            assert response.status == status, shown
            assert await response.read() == (data if status == 200 else b"")
            assert response.headers["ETag"] == headers["ETag"]
            assert response.headers["Cache-Control"] == cache
    async with server.session.head(server.url + path) as response:
        assert (response.status, response.headers["Content-Length"]) == (200, str(len(data)))


@pytest.mark.spec("SERVER-1")
async def test_the_index_changes_its_tag_when_it_changes(server: InnerServer) -> None:
    async with server.session.get(server.url + "/v1/index") as response:
        tag = response.headers["ETag"]
    await server.move_to(NEXT)
    async with server.session.get(
        server.url + "/v1/index", headers={"If-None-Match": tag}
    ) as response:
        assert (response.status, response.headers["ETag"] == tag) == (200, False)


@pytest.mark.spec("SERVER-5")
@pytest.mark.parametrize(
    ("method", "path", "code"),
    [
        ("GET", "/", "not-found"),
        ("GET", "/v2/index", "not-found"),
        ("GET", "/v1/batches/", "not-found"),
        ("GET", "/v1/batches/lowcost-0", "not-found"),
        ("GET", "/v1/batches/lowcost-07200", "not-found"),
        ("GET", "/v1/batches/lowcost-9999999999", "not-found"),
        ("GET", "/v1/batches/lowcost--1", "not-found"),
        ("GET", "/v1/batches/..%2F..%2Fkeys.json", "not-found"),
        ("POST", "/v1/index", "method-not-allowed"),
        ("DELETE", "/v1/batches/lowcost-7200", "method-not-allowed"),
        ("GET", "/v1/reports", "method-not-allowed"),
        ("GET", "/v1/operator/codes", "method-not-allowed"),
    ],
)
async def test_what_does_not_exist_is_refused_in_the_common_shape(
    server: InnerServer, method: str, path: str, code: str
) -> None:
    status, answer = await server.ask(method, path)
    assert answer == {"error": {"code": code, "message": answer["error"]["message"]}}
    assert status == next(fault.status for fault in Fault if fault.code == code)


@pytest.mark.spec("SERVER-5", "SERVER-7")
@pytest.mark.parametrize(
    "request_bytes",
    [
        b"no request at all\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET / HTTP/1.1\r\nHost: x\r\n" + b"X-Long: " + b"y" * 20_000 + b"\r\n\r\n",
        b"GET /v1/index HTTP/1.1\r\nHost: x\r\nExpect: wonders\r\nConnection: close\r\n\r\n",
        b"POST /v1/reports HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
    ],
    ids=["words", "version", "tls", "header", "expect", "length"],
)
async def test_what_is_no_proper_request_is_refused_in_the_common_shape(
    server: InnerServer, request_bytes: bytes
) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", int(server.url.rpartition(":")[2]))
    writer.write(request_bytes)
    raw = await reader.read()
    writer.close()
    await writer.wait_closed()
    head, _, body = raw.partition(b"\r\n\r\n")
    assert b" 400 " in head.partition(b"\r\n")[0]
    assert json.loads(body)["error"]["code"] == "malformed"
    assert [line for line in head.split(b"\r\n") if line.startswith(b"Server")] == [b"Server: dp3t"]
    assert b"aiohttp" not in raw


@pytest.mark.spec("SERVER-7")
async def test_no_answer_names_the_software(server: InnerServer) -> None:
    for path in ("/v1/index", "/v1/health", "/nowhere"):
        async with server.session.get(server.url + path) as response:
            assert response.headers["Server"] == "dp3t"
            shown = str(response.headers).lower()
            assert "aiohttp" not in shown
            assert "python" not in shown


@pytest.mark.spec("SERVER-6")
async def test_a_broken_database_is_unavailable_on_every_route(tmp_path: Path) -> None:
    async with in_process(tmp_path, config=config()) as server:
        await _ask_every_route_of_a_broken_database(server)


async def _ask_every_route_of_a_broken_database(server: InnerServer) -> None:
    commitment = Commitment(design="gaen", first_day=day_of(NOW), hashes=(bytes(32),))
    statement = statement_of(commitment, since=day_of(NOW)).sign(AUTHORITY)
    body = upload_of(await server.code(), lowcost_record())
    async with server.parts.store.database.writing() as connection:
        for table in (
            *("codes", "commitments", "batches", "key_files", "current_index"),
            *("day_lists", "log_files", "log_head", "disclosures", "counters"),
        ):
            await connection.execute(text(f"DROP TABLE {table}"))
    requests: list[tuple[str, str, object]] = [
        ("GET", "/v1/index", None),
        ("GET", "/v1/batches/lowcost-7200", None),
        ("GET", "/v1/days/18813", None),
        ("GET", "/v1/log/checkpoint", None),
        ("GET", "/v1/log/tile/0/000", None),
        ("GET", "/v1/exports/index.txt", None),
        ("GET", "/v1/exports/VN-7200-00001.zip", None),
        ("POST", "/v1/reports", body),
        ("POST", "/v1/disclosures", bytes(DISCLOSURE_BYTES)),
        ("GET", "/v1/operator/disclosures", None),
        ("DELETE", f"/v1/operator/disclosures/{'0' * 64}", None),
        ("GET", "/v1/health", None),
        ("GET", "/v1/ready", None),
        ("POST", "/v1/operator/codes", {"count": 1}),
        (
            "POST",
            "/v1/operator/activations",
            {"code": "0123456789012345678968", "first_day": "2021-07-01"},
        ),
        ("POST", "/v1/operator/statements", {"statement": statement.hex()}),
        ("POST", "/v1/operator/revocations", {"code": "0123456789012345678968"}),
        ("GET", "/v1/operator/stats", None),
        ("POST", "/v1/operator/publish", None),
        ("POST", "/v1/operator/clock", {"now": NEXT}),
    ]
    assert {path for _, path, _ in requests} >= {
        route.path
        for route in app_module.routes(simulated=True)
        if "{" not in route.path and route.path != "/metrics"  # it says that it is broken
    }
    for method, path, sent in requests:
        status, answer = await server.ask(method, path, sent)
        assert (status, answer["error"]["code"]) == (503, "unavailable"), path


@pytest.mark.spec("SERVER-5")
async def test_a_mistake_in_the_server_says_nothing_of_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def mistake(*_: object) -> None:
        raise TypeError("something private")

    monkeypatch.setattr(proximity, "encode_answer", mistake)
    async with in_process(tmp_path) as server:
        body = upload_of(await server.code(), lowcost_record())
        status, answer = await server.ask("POST", "/v1/reports", body)
    assert (status, answer) == (
        500,
        {"error": {"code": "internal", "message": "a mistake in the server"}},
    )


@pytest.mark.spec("SERVER-5")
async def test_a_body_that_does_not_arrive_times_out(tmp_path: Path) -> None:
    async with in_process(tmp_path, config=Config(body_timeout_seconds=1)) as server:
        port = int(server.url.rpartition(":")[2])
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"POST /v1/reports HTTP/1.1\r\nHost: x\r\nContent-Length: 4096\r\n\r\nabc")
        head = await reader.readuntil(b"\r\n\r\n")
        assert b" 408 " in head
        writer.close()
        await writer.wait_closed()


@pytest.mark.spec("SERVER-5")
async def test_more_requests_at_once_than_allowed_are_busy() -> None:
    admission, gate = Admission(1), asyncio.Event()

    async def slow(_: web.Request) -> web.StreamResponse:
        await gate.wait()
        return web.Response()

    request = make_mocked_request("GET", "/")
    first = asyncio.ensure_future(admission.admit(request, slow))
    await asyncio.sleep(0)
    refused = await admission.admit(request, slow)
    gate.set()
    assert (refused.status, refused.headers["Retry-After"]) == (503, "1")
    assert (await first).status == 200
    assert (await admission.admit(request, slow)).status == 200


@pytest.mark.spec("SERVER-29")
@pytest.mark.parametrize("route", OPERATORS)
@pytest.mark.parametrize("token", ["", "wrong", "0" * 64, "\u00e9", "x" * 1000])
async def test_without_the_token_an_operators_route_does_nothing(
    server: InnerServer, route: str, token: str
) -> None:
    before = await server.get("/v1/index")
    body = {"codes": {"count": 1}, "clock": {"now": NOW + DAY}}.get(route, {})
    status, answer = await server.ask("POST", f"/v1/operator/{route}", body, token=token)
    assert (status, answer["error"]["code"]) == (401, "unauthorized")
    assert await server.get("/v1/index") == before
    assert server.clock.now() == NOW


@pytest.mark.spec("SERVER-29")
async def test_the_token_under_another_scheme_is_refused(server: InnerServer) -> None:
    token = server.data.token.read_text().strip()
    for shown in (token, f"Basic {token}", f"Bearer{token}", f"Bearer  {token}"):
        async with server.session.post(
            server.url + "/v1/operator/publish", headers={"Authorization": shown}
        ) as response:
            assert response.status == 401
            assert response.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.spec("SERVER-30")
async def test_the_token_is_64_hexadecimal_digits_and_the_server_keeps_their_digest(
    server: InnerServer,
) -> None:
    token = server.data.token.read_text()
    assert re.fullmatch(r"[0-9a-f]{64}\n", token)
    kept = json.loads(server.data.secrets.read_text())
    assert kept["operator_token_sha256"] == hashlib.sha256(token.strip().encode()).hexdigest()
    assert token.strip() not in server.data.secrets.read_text()


@pytest.mark.spec("SERVER-31")
@pytest.mark.parametrize(
    ("route", "body"),
    [
        ("codes", {}),
        ("codes", {"count": 0}),
        ("codes", {"count": 1001}),
        ("codes", {"count": "1"}),
        ("codes", {"count": True}),
        ("codes", {"count": 1, "days": 3}),
        ("codes", [1]),
        ("publish", {"now": 1}),
        ("clock", {}),
        ("clock", {"now": 2**32}),
        ("clock", {"now": -1}),
        ("clock", {"now": 1.5}),
        ("clock", {"now": NOW, "then": NOW}),
        ("activations", {"code": "0123456789012345678968", "first_day": 1625356800}),
        ("activations", {"code": "0123456789012345678968", "first_day": "1625356800"}),
        ("activations", {"code": "0123456789012345678968", "first_day": "2021-07-04T00:00"}),
        ("activations", {"code": "0123456789012345678968", "first_day": "1969-12-31"}),
        ("codes", b"{"),
        ("codes", b"\xff"),
        ("codes", b"[" * 500),
    ],
)
async def test_an_operators_request_of_another_form_is_malformed(
    server: InnerServer, route: str, body: object
) -> None:
    status, answer = await server.ask("POST", f"/v1/operator/{route}", body)
    assert (status, answer["error"]["code"]) == (400, "malformed")


async def test_an_operators_large_body_is_refused(server: InnerServer) -> None:
    status, _ = await server.ask("POST", "/v1/operator/codes", random_from_os(2000))
    assert status == 413


@pytest.mark.spec("SERVER-38")
async def test_a_simulated_clock_does_not_go_back(server: InnerServer) -> None:
    status, answer = await server.ask("POST", "/v1/operator/clock", {"now": NOW - 1})
    assert (status, answer["error"]["code"]) == (409, "clock-went-back")
    assert server.clock.now() == NOW
    await server.move_to(NOW)


@pytest.mark.spec("SERVER-39")
async def test_under_the_systems_clock_there_is_no_route_to_move_it(tmp_path: Path) -> None:
    async with in_process(tmp_path, clock=SystemClock()) as server:
        status, _ = await server.ask("POST", "/v1/operator/clock", {"now": NOW})
        assert status == 404
        _, answer = await server.ask("GET", "/v1/health")
        assert answer["clock"] == "system"


async def test_health_says_what_the_specification_promises(server: InnerServer) -> None:
    status, answer = await server.ask("GET", "/v1/health", token="")
    (key,) = server.trusted()
    assert (status, answer) == (
        200,
        {
            "status": "ok",
            "database": "reachable",
            "region": "VN",
            "designs": list(DESIGN_NAMES),
            "version": __version__,
            "clock": "simulated",
            "last_release": latest_release(NOW),
            "next_release": NEXT,
            "sunset": None,
            "failed_publications": 0,
            "log_kept": 0,
            "signing_key_valid_until": key.valid_until,
        },
    )


async def test_the_operator_hears_what_is_published(server: InnerServer) -> None:
    await server.upload(await server.code(), lowcost_record(), lowcost_record())
    assert isinstance(server.clock, SimulatedClock)
    server.clock.move_to(NEXT)
    _, answer = await server.ask("POST", "/v1/operator/publish")
    (entry,) = (await server.index()).entries
    size = {"design": "lowcost", "release": NEXT, "keys": 2, "size_bytes": entry.size_bytes}
    assert answer == {"release": NEXT, "batches": [size]}


async def test_a_compressed_upload_is_not_unpacked(server: InnerServer) -> None:
    packed = zlib.compress(upload_of(await server.code(), lowcost_record()))
    headers = {"Content-Encoding": "deflate"}
    async with server.session.post(
        server.url + "/v1/reports", data=packed, headers=headers
    ) as response:
        assert response.status == 400
