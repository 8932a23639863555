"""The real server as a process of its own, on a free loopback port, with a temporary database."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

import aiohttp

from dp3t.cli.boundary import NotInstalledError
from dp3t.codec import from_hex
from dp3t.errors import TransportError
from dp3t.publication.authorization import UploadCode
from dp3t.publication.server_view import ServerView
from dp3t.publication.signing import TrustedKeys, VerificationKey
from dp3t.timeline import Instant

_START_SECONDS = 30
_STOP_SECONDS = 10
_SETTINGS = "min_batch_keys = 0\n"
"""Without padding, whose keys two dozen phones on one computer would match for a minute."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A running server and its operator's door.

    Attributes:
        url: where it listens.
        view: its public key and the key of its log, as an app would embed them.
        session: the HTTP session of the operator.
        token: the operator's.
    """

    url: str
    view: ServerView
    session: aiohttp.ClientSession
    token: str

    async def set_clock(self, now: Instant) -> None:
        """Let the server's time pass until `now`; it publishes what becomes due."""
        await self._operate("clock", {"now": now})

    async def issue_code(self) -> UploadCode:
        """Ask for one upload code, as an official at a test centre does."""
        match await self._operate("codes", {"count": 1}):
            case {"codes": [{"code": str(code)}]}:
                return UploadCode.parse(code)
        raise TransportError("the server's codes are not understood")

    async def _operate(self, route: str, body: object) -> dict[str, object]:
        headers = {"Authorization": f"Bearer {self.token}"}
        url = f"{self.url}/v1/operator/{route}"
        async with self.session.post(url, json=body, headers=headers) as response:
            if response.status != 200:
                raise TransportError(f"the operator's request was answered {response.status}")
            answer: dict[str, object] = await response.json()
            return answer


@asynccontextmanager
async def running_server(*, start: Instant) -> AsyncIterator[Server]:
    """Start a server whose clock stands at `start`, and stop it afterwards.

    Raises:
        NotInstalledError: without the packages of the server.
        TransportError: it does not start.
    """
    for package in (
        "dp3t_server",
        "sqlalchemy",
        "aiosqlite",
        "alembic",
        "prometheus_client",
        "pydantic",
    ):
        if find_spec(package) is None:
            raise NotInstalledError(package, extra="all")
    with TemporaryDirectory(prefix="dp3t-demo-") as folder:
        settings = Path(folder, "demo.toml")
        settings.write_text(_SETTINGS, encoding="utf-8")
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "dp3t_server", "run", "--config", str(settings)),
            *("--data", folder, "--port", "0", "--simulated-clock", str(start)),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        log = asyncio.create_task(_tail(process.stderr))
        try:
            ready = await _ready_line(process, log)
            async with aiohttp.ClientSession() as session:
                public = from_hex(ready["public_key"], length=32, what="the public key")
                yield Server(
                    url=ready["listening"],
                    view=ServerView(
                        trusted=TrustedKeys([VerificationKey.pinned(public)]),
                        log_key=ready["log_key"],
                    ),
                    session=session,
                    token=Path(ready["operator_token_file"]).read_text().strip(),
                )
        finally:
            await _stop(process)
            await log


async def _ready_line(
    process: asyncio.subprocess.Process, log: asyncio.Task[str]
) -> dict[str, str]:
    assert process.stdout is not None  # noqa: S101 - asked for above
    try:
        line = await asyncio.wait_for(process.stdout.readline(), _START_SECONDS)
        ready: dict[str, str] = json.loads(line)
    except (TimeoutError, ValueError):
        await _stop(process)
        last = (await log).strip().rpartition("\n")[2]
        raise TransportError(f"the server did not start: {last}") from None
    return ready


async def _tail(stream: asyncio.StreamReader | None) -> str:
    """Read a stream to its end, so that its writer never blocks; keep the last 4 KiB."""
    kept = b""
    while stream is not None and (chunk := await stream.read(4096)):
        kept = (kept + chunk)[-4096:]
    return kept.decode(errors="replace")


async def _stop(process: asyncio.subprocess.Process) -> None:
    if process.returncode is not None:
        return
    process.terminate()
    try:
        await asyncio.wait_for(process.wait(), _STOP_SECONDS)
    except TimeoutError:
        process.kill()
        await process.wait()
