"""The real server as a process of its own, on a free loopback port, with a temporary database."""

import asyncio
import base64
import json
import sys
from collections.abc import AsyncIterator, Iterable
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
UNPADDED = "min_batch_keys = 0\n"
"""Without padding, whose keys two dozen phones on one computer would match for a minute."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A running server and its operator's door.

    Attributes:
        url: where it listens.
        view: its public key and the key of its log, as an app would embed them.
        session: the HTTP session of the operator.
        token: the operator's.
        folder: where it keeps everything.
    """

    url: str
    view: ServerView
    session: aiohttp.ClientSession
    token: str
    folder: Path

    async def set_clock(self, now: Instant) -> None:
        """Let the server's time pass until `now`; it publishes what becomes due."""
        await self._operate("clock", {"now": now})

    async def issue_code(self, *, traces: bool = False) -> UploadCode:
        """Ask for one upload code, as an official does: for a report, or for a venue's owner."""
        match await self._operate("codes", {"count": 1, "traces": traces}):
            case {"codes": [{"code": str(code)}]}:
                return UploadCode.parse(code)
        raise TransportError("the server's codes are not understood")

    async def trace_uploads(self) -> dict[str, bytes]:
        """Return what venue owners have uploaded, by name."""
        match await self._operate("trace-uploads"):
            case {"trace_uploads": list(found), "more": False}:
                return {each["name"]: base64.b64decode(each["sealed"]) for each in found}
        raise TransportError("the server's uploads are not understood")

    async def erase_trace_upload(self, name: str) -> None:
        """Erase an upload that the officials have."""
        await self._operate(f"trace-uploads/{name}", method="DELETE")

    async def publish_traces(self, traces: Iterable[bytes]) -> None:
        """Approve traces: the server publishes them with its next release."""
        await self._operate("traces", {"traces": [trace.hex() for trace in sorted(traces)]})

    def files(self) -> list[bytes]:
        """Return everything that it keeps: the bytes of each of its files."""
        return [path.read_bytes() for path in sorted(self.folder.rglob("*")) if path.is_file()]

    async def _operate(
        self, route: str, body: object = None, *, method: str = ""
    ) -> dict[str, object]:
        """Ask with POST if there is a body, otherwise with GET unless another method is given."""
        headers = {"Authorization": f"Bearer {self.token}"}
        url = f"{self.url}/v1/operator/{route}"
        method = method or ("GET" if body is None else "POST")
        async with self.session.request(method, url, json=body, headers=headers) as response:
            if response.status != 200:
                raise TransportError(f"the operator's request was answered {response.status}")
            answer: dict[str, object] = await response.json()
            return answer


@asynccontextmanager
async def running_server(*, start: Instant, settings: str = UNPADDED) -> AsyncIterator[Server]:
    """Start a server whose clock stands at `start`, and stop it afterwards.

    Args:
        start: what its clock shows until it is set.
        settings: the text of its file of settings.

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
        file = Path(folder, "demo.toml")
        file.write_text(settings, encoding="utf-8")
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "dp3t_server", "run", "--config", str(file)),
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
                    folder=Path(folder),
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
