"""The reverse proxies of `server/deploy`, run for real before a server of a test.

A test changes only where things are: addresses, ports, folders and the certificate.
"""

import asyncio
import os
import shutil
import socket
import ssl
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest

from key_server import KeyServer
from project import ROOT

DEPLOY = ROOT / "server" / "deploy"
OTHER_ADDRESS, THIRD_ADDRESS = "127.0.0.2", "127.0.0.3"
"""Addresses of this machine that are neither the operator's nor the proxy's."""

_PATIENCE_SECONDS = 10
_SAME_USER = "user root;" if os.geteuid() == 0 else ""  # folders of tests are their user's alone
_TEMPORARY = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReverseProxy:
    """A proxy that runs.

    Attributes:
        url: where it listens.
        folder: everything it writes is in there.
        log: what it printed.
    """

    url: str
    folder: Path
    log: Path

    @asynccontextmanager
    async def before(
        self, server: KeyServer, *, address: str = "127.0.0.1"
    ) -> AsyncIterator[KeyServer]:
        """Yield the server as a client at an address reaches it through the proxy."""
        connector = aiohttp.TCPConnector(ssl=_anybody(), local_addr=(address, 0))
        async with aiohttp.ClientSession(connector=connector) as session:
            yield KeyServer(url=self.url, session=session, data=server.data)


def required(program: str) -> str:
    """Return where a program is; the test is skipped where it is not installed."""
    path = shutil.which(program, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
    if path is None:
        pytest.skip(f"{program} is not installed")
    return path


def nginx_configuration(folder: Path, *, server_port: int, port: int) -> Path:
    """Write the configuration for a folder; return where it is."""
    _certificate(folder)
    (folder / "upstream.conf").write_text(_moved("upstream.conf", {"8080": str(server_port)}))
    own = "".join(f"    {name}_temp_path {folder}/{name};\n" for name in _TEMPORARY)
    places = {
        "/etc/nginx/dp3t/": f"{folder}/",
        "/var/cache/nginx/dp3t": f"{folder}/cache",
        "listen 443 ssl;": f"listen 127.0.0.1:{port} ssl;",
        "http {\n": "http {\n" + own,
    }
    configuration = folder / "nginx.conf"
    configuration.write_text(_moved("nginx.conf", places))
    return configuration


def caddy_configuration(folder: Path, *, server_port: int, port: int) -> Path:
    """Write the configuration for a folder; return where it is."""
    _certificate(folder)
    certificate = f"\ttls {folder}/tls.pem {folder}/tls.key\n"
    places = {
        "admin off\n": "admin off\n\tauto_https disable_redirects\n",
        "keys.example.org {\n": f"https://127.0.0.1:{port} {{\n{certificate}",
        "127.0.0.1:8080": f"127.0.0.1:{server_port}",
    }
    configuration = folder / "Caddyfile"
    configuration.write_text(_moved("Caddyfile", places))
    return configuration


@asynccontextmanager
async def running(program: str, folder: Path, *, server: str) -> AsyncIterator[ReverseProxy]:
    """Run nginx or Caddy before the server at a URL, in a folder of its own."""
    folder.mkdir()
    path, port = required(program), _free_port()
    server_port = int(server.rpartition(":")[2])
    if program == "nginx":
        configuration = nginx_configuration(folder, server_port=server_port, port=port)
        how = ["-c", str(configuration), "-g", f"daemon off; {_SAME_USER} pid {folder}/pid;"]
    else:
        configuration = caddy_configuration(folder, server_port=server_port, port=port)
        how = ["run", "--config", str(configuration), "--adapter", "caddyfile"]
    log = folder / "log"
    home = {**os.environ, "HOME": str(folder), "XDG_DATA_HOME": str(folder)}
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            path, *how, stdout=output, stderr=output, env=home, cwd=folder
        )
    try:
        await _listening(port, process, log)
        yield ReverseProxy(url=f"https://127.0.0.1:{port}", folder=folder, log=log)
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def _listening(port: int, process: asyncio.subprocess.Process, log: Path) -> None:
    async with asyncio.timeout(_PATIENCE_SECONDS):
        while process.returncode is None:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.05)
                continue
            writer.close()
            await writer.wait_closed()
            return
    raise AssertionError(log.read_text())


def _moved(name: str, places: dict[str, str]) -> str:
    """Return a file of the deployment with its places changed, each of which it has."""
    text = (DEPLOY / name).read_text(encoding="utf-8")
    for place, other in places.items():
        assert place in text, f"{name} no longer says {place}"
        text = text.replace(place, other)
    return text


def _certificate(folder: Path) -> None:
    command = [required("openssl"), "req", "-x509", "-newkey", "ec"]
    command += ["-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]
    command += ["-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"]
    command += ["-keyout", str(folder / "tls.key"), "-out", str(folder / "tls.pem")]
    subprocess.run(command, check=True, capture_output=True)


def _anybody() -> ssl.SSLContext:
    """Return a client's side of TLS that believes every certificate."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port
