"""The operator's side of the server: commands, codes, and what officials fetch and erase."""

import asyncio
import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from dp3t.arrivals.sealing import ENVELOPE_BYTES
from dp3t.cli.arrivals.operator import Operator
from dp3t.cli.demo.declarations.authority import SINCE, Authority
from dp3t.cli.demo.server_process import Server
from dp3t.cli.moments import iso_moment
from dp3t.cli.sealed_pages import SealedKind
from dp3t.codec import from_hex
from dp3t.errors import TransportError
from dp3t.publication.authorization import UploadCode
from dp3t.publication.signing import VerificationKey
from dp3t.symptoms.help import HELP_BYTES
from dp3t.timeline import Instant

DECLARATIONS = SealedKind(
    one="declaration",
    listed="declarations",
    length_bytes=ENVELOPE_BYTES,
    most_page_bytes=2**22,
)
HELP_REQUESTS = SealedKind(
    one="request for help",
    listed="help_requests",
    length_bytes=HELP_BYTES,
    most_page_bytes=2**22,
)
_ROUTES = {DECLARATIONS.one: "arrivals/declarations", HELP_REQUESTS.one: "symptoms/help"}
_STORY_DAYS = 3_650


@dataclass(frozen=True, slots=True)
class Office:
    """Who runs the server, with its token and its commands."""

    server: Server

    @property
    def gates(self) -> Operator:
        """Through which gates exchange marks."""
        return Operator(self.server.url, self.server.token)

    async def install_survey(self, authority: Authority) -> None:
        """Install the survey by the command that a real operator uses."""
        await self._install("symptoms", "install", "survey", document=authority.survey())

    async def install_others(self, authority: Authority) -> None:
        """Install the authority's other documents, likewise."""
        rules, stations = authority.rules(), authority.station_keys()
        await asyncio.gather(
            self._install_keys(authority),
            self._install("symptoms", "install", "rules", document=rules),
            self._install("symptoms", "install", "stations", document=stations),
        )

    async def _install_keys(self, authority: Authority) -> None:
        """Have keys of receipts made and listed: one for today, and one of the story's years.

        Whoever installs the document looks at the real clock, and the server at the story's.
        """
        today = await self._receipt_key()
        story = await self._receipt_key("--from", iso_moment(SINCE), "--days", str(_STORY_DAYS))
        document = authority.recipient_keys((story, today))
        await self._install("arrivals", "install", document=document)

    async def _receipt_key(self, *options: str) -> VerificationKey:
        said = await self._command("arrivals", "receipt-key", "--json", *options)
        public, valid_from, valid_until = str(json.loads(said)["key"]).split(",")
        return VerificationKey(
            public=from_hex(public, length=32, what="the key of receipts"),
            valid_from=Instant(int(valid_from)),
            valid_until=Instant(int(valid_until)),
        )

    async def _install(self, *words: str, document: bytes) -> None:
        file = Path(self.server.folder, f"{words[-1]}.signed")
        file.write_bytes(document)
        try:
            await self._command(*words, str(file))
        finally:
            file.unlink()

    async def _command(self, *words: str) -> str:
        """Run a command of the server; return what it prints.

        Raises:
            TransportError: it fails; the message has the command's own line.
        """
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "dp3t_server", *words, "--data", str(self.server.folder)),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            said, complaint = await process.communicate()
        except asyncio.CancelledError:
            process.kill()
            raise
        if process.returncode:
            last = complaint.decode(errors="replace").strip().rpartition("\n")[2]
            raise TransportError(f"dp3t-server {' '.join(words[:2])} failed: {last}")
        return said.decode()

    async def token_codes(self, count: int) -> list[UploadCode]:
        """Issue codes for anonymous tokens, as a station hands them out in person."""
        body = json.dumps({"count": count, "tokens": True}).encode()
        answer = json.loads(await self._ask("POST", "codes", body))
        return [UploadCode.parse(each["code"]) for each in answer["codes"]]

    async def fetch(self, kind: SealedKind) -> Mapping[str, bytes]:
        """Return everything sealed of a kind that the server keeps, by its name."""
        found = dict[str, bytes]()
        more, after = True, ""
        while more:
            data = await self._ask("GET", _ROUTES[kind.one] + (f"?after={after}" if after else ""))
            page = kind.parse(data, place="the server's answer")
            names = [each["name"] for each in json.loads(data)[kind.listed]]
            found |= dict(zip(names, page.sealed, strict=True))
            more, after = bool(page.more), page.last
        return found

    async def erase(self, kind: SealedKind, name: str) -> None:
        """Have something erased that the officials have."""
        await self._ask("DELETE", f"{_ROUTES[kind.one]}/{name}")

    async def _ask(self, method: str, route: str, body: bytes | None = None) -> bytes:
        headers = {"Authorization": f"Bearer {self.server.token}"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        url = f"{self.server.url}/v1/operator/{route}"
        async with self.server.session.request(method, url, data=body, headers=headers) as answer:
            if answer.status != 200:
                raise TransportError(f"the operator's request was answered {answer.status}")
            return await answer.read()
