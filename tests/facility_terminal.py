"""A district beside a server: its record as `dp3t facilities` sees it."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from dp3t import Instant
from dp3t.cli.commands import app
from dp3t.facilities import FacilityMap, MapRow, RecordPage
from dp3t.publication import HEADER_BYTES, SigningKey
from dp3t_server.clock import SimulatedClock
from dp3t_server.facility_pages import make_page
from dp3t_server.keys import SecretsFile
from key_server import DAY, NOW, InnerServer
from server_facilities import enrolled, objection_of, send
from server_tokens import token_code
from spec.vectors.builders.facility_record import AUTHORITY, Record
from terminal import Terminal

MAP = "v1/facilities/map"
LE_LOI = "le-loi,school,Trường Lê Lợi,1 Lê Lợi,16.46,107.59,19789,1111111,"
TRAN_PHU = "tran-phu,school,Trường Trần Phú,2 Trần Phú,16.47,107.60,19789,1111110,"
Acts = tuple[tuple[Instant, bytes], ...]


@dataclass(slots=True)
class District:
    """Runs `dp3t facilities` beside a server."""

    terminal: Terminal
    server: InnerServer
    folder: Path
    log_key: str = ""

    def at(self, name: str) -> Path:
        return self.folder / name

    @property
    def now(self) -> Instant:
        return self.server.clock.now()

    def move(self, seconds: int) -> None:
        assert isinstance(self.server.clock, SimulatedClock)
        self.server.clock.move_to(Instant(self.now + seconds))

    async def redrawn(self) -> None:
        """Wait until the map shows every act: it is drawn once a second."""
        length = json.loads(await self.server.get("/v1/facilities/pages"))
        while True:
            data = await self.server.get(f"/{MAP}")
            if FacilityMap.decode(data[HEADER_BYTES:]).acts == length["acts"]:
                return
            await asyncio.sleep(0.1)

    async def run(self, *arguments: object) -> tuple[int, str, str]:
        """Run a command while the server in this process answers it."""
        return await asyncio.to_thread(self.terminal.run, app, "facilities", *arguments)

    async def done(self, *arguments: object, status: int = 0) -> dict[str, Any]:
        """Run a command with `--json`; return its document."""
        code, out, err = await self.run(*arguments, "--json")
        assert (code, err) == (status, ""), err
        found: dict[str, Any] = json.loads(out)
        return found

    async def refused(self, *arguments: object) -> str:
        """Run a command that fails; return the one line that it says."""
        code, out, err = await self.run(*arguments)
        assert (code, out, err.count("\n")) == (2, "", 1), out
        return err

    @property
    def trust(self) -> tuple[object, ...]:
        keys = SecretsFile(self.server.data.secrets).load().signing
        return (
            *("--authority", AUTHORITY.public().public.hex(), "--log-key", self.log_key),
            *(part for key in keys for part in ("--public-key", key.public().public.hex())),
        )

    def key(self) -> SigningKey:
        """Return the server's key: what a dishonest operator signs with."""
        return SecretsFile(self.server.data.secrets).load().signing_key_at(self.now)

    def prepare(self) -> None:
        """Write the authority's key and the operator's token to files."""
        self.at("authority.json").write_text(
            json.dumps({"seed": AUTHORITY.seed.hex(), "valid_from": 0, "valid_until": 2**32 - 1})
        )
        self.at("token").write_text(self.server.data.token.read_text())
        for name in ("authority.json", "token"):
            self.at(name).chmod(0o600)

    @property
    def official(self) -> tuple[object, ...]:
        return (
            *("--server", self.server.url, "--now", self.now),
            *("--authority-key", self.at("authority.json"), "--token-file", self.at("token")),
        )

    async def settle(self) -> None:
        """Settle the region and publish the list of schools by the program's own commands."""
        names = ("--name-vi", "Sở Y tế", "--name-en", "Department of Health")
        await self.done("settings", *names, *self.official)
        await self.done("checklist", "publish", "school", *self.official)

    def table(self, *rows: str) -> Path:
        """Write a table of facilities."""
        head = "id,kind,name,address,latitude,longitude,commune,weekdays,public_key"
        self.at("table.csv").write_text("\n".join((head, *rows)) + "\n")
        return self.at("table.csv")

    @property
    def at_server(self) -> tuple[object, ...]:
        return ("--server", self.server.url, "--now", self.now)

    def desk(self, name: str = "le-loi") -> tuple[object, ...]:
        """Return with what a facility acts."""
        return ("--key", self.at("keys") / f"{name}.json", *self.at_server)

    async def enrol(self, *rows: str) -> None:
        """Settle the region and enrol facilities."""
        await self.settle()
        keys = ("--keys", self.at("keys"))
        await self.done("enrol", self.table(*rows), *keys, *self.official)

    async def tokens(self) -> Path:
        """Fetch tokens for objections with a code from the station; return their file."""
        code = await token_code(self.server)
        key = next(iter(self.server.trusted())).public.hex()
        given = ("--server", self.server.url, "--out", self.at("tokens"), "--now", self.now)
        first = ("--code", code.digits(), "--public-key", key, "--scope", "objections")
        status, _, err = await asyncio.to_thread(
            self.terminal.run, app, "tokens", "fetch", *given, *first, "--json"
        )
        assert (status, err) == (0, "")
        return self.at("tokens")

    async def verified(self, *more: object, status: int = 0) -> dict[str, Any]:
        await self.redrawn()
        return await self.done(
            *("verify", *self.trust, "--now", self.now, "--wait", 0, *more), status=status
        )

    async def lived(self) -> Record:
        """Live two days: two schools attest, somebody objects to one; each day has its page."""
        record = await enrolled(self.server, "le-loi", "tran-phu", now=self.now)
        for name in ("le-loi", "tran-phu"):
            await send(self.server, record.attest(name, NOW))
        (objected,) = await objection_of(self.server, "tran-phu")
        await send(self.server, objected, path="/v1/facilities/objections")
        assert await make_page(self.server.parts, now=self.now)
        self.move(DAY)
        await send(self.server, record.attest("le-loi", self.now))
        assert await make_page(self.server.parts, now=self.now)
        self.log_key = (await self.server.index()).log_key
        return record


def sign_page(
    folder: Path, number: int, key: SigningKey, change: Callable[[Acts], Acts]
) -> RecordPage:
    """Have a dishonest server sign a page of a folder with other acts; return what it was."""
    path = folder / f"v1/facilities/pages/{number}"
    page = RecordPage.decode(path.read_bytes()[HEADER_BYTES:])
    path.write_bytes(replace(page, acts=change(page.acts)).sign(key))
    return page


def sign_map(folder: Path, key: SigningKey, **changes: Any) -> None:
    """Have a dishonest server sign another map."""
    shown = FacilityMap.decode((folder / MAP).read_bytes()[HEADER_BYTES:])
    (folder / MAP).write_bytes(replace(shown, **changes).sign(key))


def rows_of(folder: Path) -> tuple[MapRow, ...]:
    """Return what the map of a folder shows."""
    return FacilityMap.decode((folder / MAP).read_bytes()[HEADER_BYTES:]).rows
