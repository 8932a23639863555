"""A machine of the operator: its data folder, and the server that runs there or was killed."""

import asyncio
import json
import signal
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from benchmarks.faults.accounts import Answer, Sent
from benchmarks.faults.processes import Program
from dp3t import Instant, TrustedKeys, UploadCode, VerificationKey

TIMEOUT_SECONDS = 60
_LOST = (aiohttp.ClientError, TimeoutError, OSError)


@dataclass(slots=True, kw_only=True, eq=False)
class Machine:
    """A machine.

    Attributes:
        folder: the data folder of its server.
        settings: the file of settings.
        log: where its processes write what goes wrong.
        session: the way to its server.
        process: its server; None where none was started yet.
        started: how many seconds starts took.
        is_simulated: whether its server goes by a simulated clock.
        url: where its server listens; empty until it says so.
        trusted: the keys of the server, as it announced them in the beginning.
        uploading: how many uploads it has not answered.
        publishing: how many publications it has not answered.
        has_begun_to_publish: set as soon as one was asked for.
        durations: how many seconds publications took.
        mistakes: how many answers had the status 500.
        refusals: how often a report was refused, by the reason.
    """

    folder: Path
    settings: Path
    log: Path
    session: aiohttp.ClientSession
    process: Program | None = None
    started: list[float] = field(default_factory=list)
    is_simulated: bool = False
    url: str = ""
    trusted: TrustedKeys = field(default_factory=TrustedKeys)
    uploading: int = 0
    publishing: int = 0
    has_begun_to_publish: asyncio.Event = field(default_factory=asyncio.Event)
    durations: list[float] = field(default_factory=list)
    mistakes: int = 0
    refusals: Counter[str] = field(default_factory=Counter)
    _spawned: float = 0.0

    @property
    def is_up(self) -> bool:
        """Whether its server has said that it is ready and was not killed since."""
        return bool(self.url)

    def spawn(self, *options: str, clock: Path | None) -> None:
        """Start the server without waiting for it.

        Args:
            options: arguments of `dp3t-server run`.
            clock: the file that its system clock follows.
        """
        settings = ("--config", str(self.settings), "--port", "0")
        self.process = self.program("run", *settings, *options, clock=clock)
        self.is_simulated = clock is None
        self.has_begun_to_publish.clear()
        self._spawned = time.monotonic()

    def program(self, command: str, *options: str, clock: Path | None) -> Program:
        """Start a command of the server on this machine."""
        return Program(
            [command, "--data", str(self.folder), *options],
            output=self.log.with_suffix(f".{command}"),
            log=self.log,
            clock=clock,
        )

    async def ready(self) -> bool:
        """Wait until the server listens; return False where it has ended instead."""
        if self.process is None:
            raise RuntimeError("no server was started")
        async with asyncio.timeout(TIMEOUT_SECONDS):
            line = await self.process.line()
        if not line:
            return False
        said = json.loads(line)
        self.url = said["listening"]
        self.trusted = TrustedKeys(_key(each) for each in said["keys"])
        self.started.append(time.monotonic() - self._spawned)
        return True

    async def stop(self) -> None:
        """Tell the server to end, and wait until it has."""
        if self.process is not None:
            self.process.signal(signal.SIGTERM)
            await self.process.ended()
        self.url = ""

    async def kill(self) -> str:
        """Kill the server without warning; return at which moment."""
        moment = self._moment()
        if self.process is not None:
            await self.process.kill()
        self.url = ""
        return moment

    def _moment(self) -> str:
        if not self.is_up:
            return "starting"
        busy = {"uploads": self.uploading, "publication": self.publishing}
        return " and ".join(name for name, count in busy.items() if count) or "idle"

    async def codes(self, count: int) -> list[UploadCode]:
        """Have codes issued."""
        status, answer = await self.ask("POST", "/v1/operator/codes", {"count": count})
        if status != 200:
            raise OSError(f"no codes were issued: {answer}")
        return [UploadCode.parse(each["code"]) for each in answer["codes"]]

    async def upload(self, sent: Sent) -> None:
        """Send a report and note the answer."""
        self.uploading += 1
        try:
            status, answer = await self._request("POST", "/v1/reports", sent.body)
        except _LOST:
            sent.answers.append(Answer.LOST)
        else:
            sent.answers.append(self._understood(status, answer))
        finally:
            self.uploading -= 1

    def _understood(self, status: int, answer: dict[str, Any]) -> Answer:
        if status != 200:
            return Answer.UNAVAILABLE
        if answer["accepted"]:
            return Answer.ACCEPTED
        self.refusals[answer["refusal"]] += 1
        return Answer.REFUSED

    async def publish(self, at: int | None) -> int | None:
        """Have published what is due; return the status, or None where no answer came.

        Args:
            at: to when to move the server's simulated clock; None where it has another.
        """
        path = "/v1/operator/publish" if at is None else "/v1/operator/clock"
        self.publishing += 1
        self.has_begun_to_publish.set()
        before = time.monotonic()
        try:
            status, _ = await self.ask("POST", path, {} if at is None else {"now": at})
        except _LOST:
            return None
        finally:
            self.publishing -= 1
        self.durations.append(time.monotonic() - before)
        return status

    async def ask(self, method: str, path: str, body: object = None) -> tuple[int, dict[str, Any]]:
        """Send JSON as the operator; return status and JSON."""
        token = (self.folder / "operator-token").read_text().strip()
        data = None if body is None else json.dumps(body).encode()
        return await self._request(method, path, data, Authorization=f"Bearer {token}")

    async def _request(
        self, method: str, path: str, data: bytes | None, **headers: str
    ) -> tuple[int, dict[str, Any]]:
        async with self.session.request(
            method, self.url + path, data=data, headers=headers
        ) as response:
            answer: dict[str, Any] = json.loads(await response.read())
            self.mistakes += response.status == 500
            return response.status, answer

    async def get(self, path: str) -> bytes:
        """Fetch a file.

        Raises:
            LookupError: there is none.
            OSError: the server could not answer.
        """
        async with self.session.get(self.url + path) as response:
            if response.status == 404:
                raise LookupError(path)
            if response.status != 200:
                raise OSError(f"{path} was answered with {response.status}")
            return await response.read()


def _key(said: dict[str, Any]) -> VerificationKey:
    return VerificationKey(
        public=bytes.fromhex(said["public"]),
        valid_from=Instant(said["valid_from"]),
        valid_until=Instant(said["valid_until"]),
    )
