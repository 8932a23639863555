"""The reverse proxies of `server/deploy` before a real server: nginx and Caddy."""

import subprocess
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from ipaddress import ip_network
from pathlib import Path

import pytest
import pytest_asyncio

from dp3t import UploadCode, random_from_os
from dp3t.publication import Upload
from dp3t_server.config import Config
from dp3t_server.parts import DataDirectory
from key_server import (
    NOW,
    SLOT,
    InnerServer,
    KeyServer,
    in_its_own_process,
    in_process,
    lowcost_record,
    report_of,
)
from reverse_proxies import (
    OTHER_ADDRESS,
    THIRD_ADDRESS,
    ReverseProxy,
    caddy_configuration,
    nginx_configuration,
    required,
    running,
)

SERVER_CONFIG = Config(trusted_proxies=(ip_network("127.0.0.1"),), reads_per_minute=30)
LARGEST = max(Config().upload_sizes.values())


@pytest_asyncio.fixture(params=["nginx", "caddy"])
async def proxy(
    request: pytest.FixtureRequest, tmp_path: Path, server: InnerServer
) -> AsyncIterator[ReverseProxy]:
    async with running(request.param, tmp_path / "proxy", server=server.url) as started:
        yield started


def test_nginx_takes_its_configuration(tmp_path: Path) -> None:
    path = required("nginx")
    configuration = nginx_configuration(tmp_path, server_port=8080, port=8443)
    command = [path, "-t", "-c", str(configuration), "-g", f"pid {tmp_path}/pid;"]
    tried = subprocess.run(command, capture_output=True, text=True, check=False)
    assert tried.returncode == 0, tried.stderr
    assert "warn" not in tried.stderr


def test_caddy_takes_its_configuration(tmp_path: Path) -> None:
    path = required("caddy")
    configuration = caddy_configuration(tmp_path, server_port=8080, port=8443)
    command = [path, "validate", "--config", str(configuration), "--adapter", "caddyfile"]
    tried = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert tried.returncode == 0, tried.stderr


async def test_a_client_is_limited_by_its_address_whatever_it_says(
    server: InnerServer, proxy: ReverseProxy
) -> None:
    async with (
        proxy.before(server, address=OTHER_ADDRESS) as seen,
        proxy.before(server, address=THIRD_ADDRESS) as other,
    ):
        statuses = [await _status(seen, forged=f"203.0.113.{n}") for n in range(31)]
        assert statuses == [200] * 30 + [429]
        assert await _status(other, forged=OTHER_ADDRESS) == 200


async def test_answers_to_uploads_keep_their_one_size(
    server: InnerServer, proxy: ReverseProxy
) -> None:
    async with proxy.before(server) as seen:
        answers = []
        for code in (await server.code(), UploadCode.generate(rand=random_from_os)):
            body = Upload(code, report_of(lowcost_record())).encode(to_bytes=4_096)
            async with seen.session.post(seen.url + "/v1/reports", data=body) as answer:
                assert answer.headers["Server"] == "dp3t"
                assert answer.headers["Content-Length"] == "256"  # nothing has packed it
                lengths = {name: len(value) for name, value in answer.headers.items()}
                answers.append((answer.status, len(await answer.read()), lengths))
        assert answers[0] == answers[1]
        assert answers[0][:2] == (200, 256)


async def test_the_largest_upload_passes(server: InnerServer, proxy: ReverseProxy) -> None:
    async with proxy.before(server) as seen:
        status, answer = await seen.ask("POST", "/v1/reports", bytes(LARGEST))
        assert (status, answer["error"]["code"]) == (400, "malformed")


@pytest.mark.parametrize("length", [LARGEST + 1, 3 * LARGEST])
async def test_a_larger_body_is_refused_in_the_one_shape(
    server: InnerServer, proxy: ReverseProxy, length: int
) -> None:
    """The server hangs up on a body that it will not read, and a proxy may see that first."""
    async with proxy.before(server) as seen:
        _, answer = await seen.ask("POST", "/v1/reports", bytes(length))
        assert answer["error"]["code"] in ("too-large", "unavailable")


async def test_the_operators_routes_are_for_the_operators_networks_alone(
    server: InnerServer, proxy: ReverseProxy
) -> None:
    async with proxy.before(server) as seen, proxy.before(server, address=OTHER_ADDRESS) as other:
        assert len(await seen.codes()) == 1
        for path in ("/v1/operator/stats", "/operator/", "/metrics"):
            status, answer = await other.ask("GET", path)
            assert (status, answer["error"]["code"]) == (404, "not-found")
        assert (await other.ask("GET", "/v1/health"))[0] == 200


@pytest.mark.parametrize("program", ["nginx", "caddy"])
async def test_so_are_those_of_a_further_region(program: str, tmp_path: Path) -> None:
    settings = tmp_path / "server.toml"
    settings.write_text('[[regions]]\nregion = "VN-48"\n')
    async with (
        in_its_own_process(tmp_path, "--config", str(settings)) as server,
        running(program, tmp_path / "proxy", server=server.url) as proxy,
    ):
        region = KeyServer(
            url=server.url,
            session=server.session,
            data=DataDirectory(server.data.path / "regions" / "VN-48"),
        )
        for address, status in (("127.0.0.1", 200), (OTHER_ADDRESS, 404)):
            async with proxy.before(region, address=address) as seen:
                assert (await seen.ask("GET", "/VN-48/v1/operator/stats"))[0] == status
                assert (await seen.ask("GET", "/VN-48/v1/ready"))[0] == 200


@pytest.mark.parametrize("program", ["nginx", "caddy"])
async def test_a_proxy_without_its_server_says_so_and_writes_no_address(
    program: str, tmp_path: Path
) -> None:
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(in_process(tmp_path))
        async with (
            running(program, tmp_path / "proxy", server=server.url) as proxy,
            proxy.before(server, address=OTHER_ADDRESS) as seen,
        ):
            await seen.ask("GET", "/v1/health")
            await stack.aclose()
            status, answer = await seen.ask("POST", "/v1/reports", bytes(4_096))
            assert (status, answer["error"]["code"]) == (503, "unavailable")
    written = [path.read_bytes() for path in proxy.folder.rglob("*") if path.is_file()]
    assert len(written) > 3
    assert not [text for text in written if OTHER_ADDRESS.encode() in text]


async def test_nginx_keeps_a_batch_and_gives_it_out_without_the_server(tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(in_process(tmp_path))
        assert await server.upload(await server.code(), lowcost_record()) == "accepted"
        await server.move_to(NOW + SLOT)
        name = f"/v1/batches/{(await server.index()).entries[0].name}"
        async with (
            running("nginx", tmp_path / "proxy", server=server.url) as proxy,
            proxy.before(server) as seen,
        ):
            first = await seen.get(name)
            await stack.aclose()
            async with seen.session.get(seen.url + name) as kept:
                assert (kept.status, await kept.read()) == (200, first)
                known = {"If-None-Match": kept.headers["ETag"]}
            async with seen.session.get(seen.url + name, headers=known) as unchanged:
                assert (unchanged.status, await unchanged.read()) == (304, b"")


async def _status(seen: KeyServer, *, forged: str) -> int:
    headers = {"X-Forwarded-For": forged}
    async with seen.session.get(seen.url + "/v1/health", headers=headers) as answer:
        return answer.status
