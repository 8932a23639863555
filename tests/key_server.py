"""A key server for tests: the real application in this process, or the real program in its own."""

import asyncio
import json
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp

import terminal
from api_contract import Witness
from batches import records_of
from databases import database_setting
from dp3t import Instant, TrustedKeys, UploadCode, day_of, instant, random_from_os
from dp3t.publication import Batch, Index, IndexEntry, KeyRecord, Report, ServerView, Upload
from dp3t_server.app import application
from dp3t_server.app_keys import PARTS
from dp3t_server.clock import Clock, SimulatedClock
from dp3t_server.config import Config
from dp3t_server.database import Database
from dp3t_server.keys import SecretsFile
from dp3t_server.parts import DataDirectory, Parts
from dp3t_server.transport import listening
from forked_programs import ForkedProgram, forked, started
from statements import share_statements

share_statements()

NOW = instant(datetime(2021, 7, 5, 10, 30, tzinfo=UTC))
"""Half an hour into a release slot."""

HOUR = 3_600
DAY = 24 * HOUR
SLOT = 2 * HOUR


def lowcost_record(now: Instant = NOW, *, days_ago: int = 2) -> KeyRecord:
    """Return a fresh day key."""
    return KeyRecord((day_of(now) - days_ago,), random_from_os(32))


def gaen_record(now: Instant = NOW, *, days_ago: int = 2, period: int = 144) -> KeyRecord:
    """Return a fresh key of Exposure Notification that begins at midnight."""
    return KeyRecord(((day_of(now) - days_ago) * 144, period, 1, 127), random_from_os(16))


def report_of(*records: KeyRecord) -> Report:
    """Return a report of one design; the length of the key tells which."""
    return Report(design="lowcost" if len(records[0].key) == 32 else "gaen", records=records)


def upload_of(code: UploadCode, *records: KeyRecord) -> bytes:
    """Return an upload's bytes."""
    report = report_of(*records)
    return Upload(code, report).encode(to_bytes=Config().upload_sizes[report.design])


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyServer:
    """A running server as tests see it: through HTTP, and from its files."""

    url: str
    session: aiohttp.ClientSession
    data: DataDirectory

    async def ask(
        self, method: str, path: str, body: object = None, *, token: str | None = None
    ) -> tuple[int, dict[str, Any]]:
        """Send JSON or bytes as the operator; return status and JSON."""
        shown = self.data.token.read_text().strip() if token is None else token
        data = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {shown}"} if shown else {}
        async with self.session.request(
            method, self.url + path, data=data, headers=headers
        ) as response:
            answer: dict[str, Any] = json.loads(await response.read())
            return response.status, answer

    async def codes(self, count: int = 1) -> list[UploadCode]:
        """Issue codes as the operator."""
        status, answer = await self.ask("POST", "/v1/operator/codes", {"count": count})
        assert status == 200, answer
        return [UploadCode.parse(each["code"]) for each in answer["codes"]]

    async def code(self) -> UploadCode:
        """Issue one code."""
        return (await self.codes())[0]

    async def upload(self, code: UploadCode, *records: KeyRecord) -> str:
        """Upload records; return "accepted" or why not."""
        return await self.send(upload_of(code, *records))

    async def send(self, body: bytes) -> str:
        """Upload a body; return "accepted" or why not."""
        async with self.session.post(self.url + "/v1/reports", data=body) as response:
            assert response.status == 200
            answer = json.loads(await response.read())
        return "accepted" if answer["accepted"] else str(answer["refusal"])

    async def move_to(self, now: int) -> list[dict[str, Any]]:
        """Move the simulated clock; return the batches this published."""
        status, answer = await self.ask("POST", "/v1/operator/clock", {"now": now})
        assert status == 200, answer
        batches: list[dict[str, Any]] = answer["batches"]
        return batches

    async def get(self, path: str) -> bytes:
        """Fetch a file."""
        async with self.session.get(self.url + path) as response:
            assert response.status == 200, path
            return await response.read()

    async def index(self, trusted: TrustedKeys | None = None) -> Index:
        """Fetch and verify the index, by default with every key the server has."""
        _, health = await self.ask("GET", "/v1/health")
        now = Instant(health["last_release"])
        return Index.open(await self.get("/v1/index"), trusted=trusted or self.trusted(), now=now)

    async def listed(self) -> list[IndexEntry]:
        """Fetch what the index and its lists of days say of every batch, oldest first."""
        index = await self.index()
        days = [
            day.open(await self.get(f"/v1/days/{day.name}"), region=index.region)
            for day in index.days
        ]
        return [*(entry for day in days for entry in day.entries), *index.entries]

    async def batches(self) -> list[Batch]:
        """Fetch and verify every batch."""
        found = []
        for entry in await self.listed():
            data = await self.get(f"/v1/batches/{entry.name}")
            entry.require_describes(data)
            found.append(Batch.open(data, trusted=self.trusted()))
        return found

    async def published(self) -> list[KeyRecord]:
        """Return every published record, as often as it was published."""
        return [record for batch in await self.batches() for record in records_of(batch)]

    def view(self) -> ServerView:
        """Return what a new app knows of the server."""
        return ServerView(trusted=self.trusted())

    def trusted(self) -> TrustedKeys:
        """Return the public half of every key in the server's file."""
        secrets = SecretsFile(self.data.secrets).load()
        return TrustedKeys(key.public() for key in secrets.signing)


@dataclass(frozen=True, slots=True, kw_only=True)
class InnerServer(KeyServer):
    """A server in this process, whose parts tests can reach."""

    parts: Parts
    clock: Clock

    @property
    def where(self) -> Path | str:
        """Where its database is, as `Database` takes it."""
        return self.parts.config.database or self.data.database


def unhurried(config: Config) -> Config:
    """Return settings that neither wait, limit nor pad, where a test did not choose otherwise.

    They allow revisions, which a server does not by itself.
    """
    kinds = ("reads", "reports", "disclosures", "wrong_tokens")
    waiting = {"answer_milliseconds", *(f"{kind}_per_minute" for kind in kinds)}
    off = {*waiting, "min_batch_keys"} - config.model_fields_set
    revisions = "revisions" not in config.model_fields_set or config.revisions
    return config.with_settings(**dict.fromkeys(off, 0), revisions=revisions)


@asynccontextmanager
async def in_process(
    folder: Path, *, clock: Clock | None = None, config: Config | None = None
) -> AsyncIterator[InnerServer]:
    """Run the real application on a free port, its simulated clock at NOW unless one is given.

    It answers at once and limits nobody, unless the settings say otherwise. In the end every answer
    must have been one that `spec/openapi.yaml` describes.
    """
    data, settings = DataDirectory(folder / "data"), unhurried(config or Config())
    if not settings.database:
        settings = settings.with_settings(database=database_setting(folder))
    if not settings.database:
        await _lay_tables(data)
    time = clock or SimulatedClock(NOW)
    app, witness = application(settings, data, time), Witness()
    app.on_response_prepare.append(witness.look)
    async with (
        listening(app, settings, host="127.0.0.1", port=0) as url,
        aiohttp.ClientSession() as session,
    ):
        yield InnerServer(url=url, session=session, data=data, parts=app[PARTS], clock=time)
    assert witness.breaches == []


async def _lay_tables(data: DataDirectory) -> None:
    """Put a database without rows where a first start would make one, in a third of its time."""
    if data.path.exists():
        return
    data.path.mkdir(mode=0o700, parents=True)
    if not _TABLES:
        made = data.path / "tables"
        await (await Database.open(made)).close()
        _TABLES.append(made.read_bytes())
        made.unlink()
    data.database.touch(mode=0o600)
    data.database.write_bytes(_TABLES[0])


_TABLES: list[bytes] = []
"""The file of a database that was just migrated, once for all tests of this process."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OuterServer(KeyServer):
    """A server in a process of its own."""

    ready: dict[str, object]
    process: asyncio.subprocess.Process | ForkedProgram

    async def stop(self) -> int:
        """Tell it to stop; return its exit status."""
        self.process.terminate()
        return await self.process.wait()

    async def kill(self) -> None:
        """Kill it without warning."""
        self.process.kill()
        await self.process.wait()


@asynccontextmanager
async def in_its_own_process(
    folder: Path, *arguments: str, log: Path | None = None, anew: bool = False
) -> AsyncIterator[OuterServer]:
    """Run `dp3t-server run` on a free port; kill it in the end if it still runs.

    It is forked from a process that has loaded it, or started anew with a database to be made.
    """
    data, errors = DataDirectory(folder / "data"), log or Path(os.devnull)
    given = ("run", "--data", str(data.path), "--port", "0", *_with_settings(folder, arguments))
    start = started if anew else forked
    process = await start("dp3t_server.__main__", *given, errors=errors)
    assert process.stdout is not None
    try:
        ready: dict[str, object] = json.loads(await process.stdout.readline())
        async with aiohttp.ClientSession() as session:
            yield OuterServer(
                url=str(ready["listening"]),
                session=session,
                data=data,
                ready=ready,
                process=process,
            )
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


def _with_settings(folder: Path, arguments: tuple[str, ...]) -> tuple[str, ...]:
    """Say in the settings what a test did not choose: its database, and that nothing is padded."""
    given, settings = "", folder / "settings.toml"
    if "--config" in arguments:
        at = arguments.index("--config")
        given = Path(arguments[at + 1]).read_text()
        arguments = (*arguments[:at], *arguments[at + 2 :])
    if "min_batch_keys" not in given:
        given = f"min_batch_keys = 0\n{given}"
    if "database" not in given:
        given = f'database = "{database_setting(folder)}"\n{given}'
    settings.write_text(given)
    return ("--config", str(settings), *arguments)


async def run_program(*arguments: str) -> tuple[int, str, str]:
    """Run `dp3t-server` to its end in a process of its own; return status, output and errors."""
    ran = await asyncio.to_thread(terminal.dp3t_server, *arguments)
    return ran.returncode, ran.stdout, ran.stderr


def keys_of(records: Sequence[KeyRecord]) -> list[bytes]:
    """Return the keys of records, sorted."""
    return sorted(record.key for record in records)
