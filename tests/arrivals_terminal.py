"""An authority, travellers and gates, set up by the program's own commands."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from declarations import FULL, NOW
from dp3t.arrivals.sealing import Envelope
from dp3t.arrivals.submission import entry_receipt_for
from dp3t.cli import arrivals
from dp3t.cli.moments import iso_moment
from dp3t.cli.signing_key import read_signing_key
from dp3t.timeline import Instant
from terminal import Terminal

DAY = 86_400
LANDED = Instant(NOW + DAY)
POINT = str(FULL["arrival_point"])
DOCUMENT = f"{FULL['document_number']},{FULL['birth_date']},{FULL['document_expiry']}"
OTHERS_DOCUMENT = f"X{FULL['document_number']},{FULL['birth_date']},{FULL['document_expiry']}"


@dataclass(slots=True)
class Airport:
    """Runs `dp3t arrivals` in a folder of its own."""

    terminal: Terminal
    folder: Path
    authority: str = ""

    def at(self, name: str) -> Path:
        return self.folder / name

    def run(self, *arguments: object) -> tuple[int, str, str]:
        return self.terminal.run(arrivals.app, *arguments)

    def done(self, *arguments: object, status: int = 0) -> dict[str, Any]:
        """Run a command with `--json`; return its document."""
        code, out, err = self.run(*arguments, "--json")
        assert (code, err) == (status, "")
        found: dict[str, Any] = json.loads(out)
        return found

    def refused(self, *arguments: object) -> str:
        """Run a command that fails; return the one line that it says."""
        code, out, err = self.run(*arguments)
        assert (code, out, err.count("\n")) == (2, "", 1)
        return err

    def found(self) -> None:
        """Make the authority's keys and the document that names them."""
        since = ("--from", NOW - 30 * DAY)
        border = self.done("keys", "recipient", self.at("border.key"))["public"]
        province = self.done("keys", "recipient", self.at("province.key"))["public"]
        self.authority = self.done("keys", "signer", self.at("authority.json"), *since)["public"]
        receipts = self.done("keys", "signer", self.at("receipts.json"), *since)["key"]
        self.done(
            *("keys", "sign", "--number", 4, *since, "--days", 90, "--border", border),
            *("--province", f"{FULL['province']}={province}", "--receipts", receipts),
            *("--key", self.at("authority.json"), "--out", self.at("keys")),
        )

    @property
    def trust(self) -> tuple[object, ...]:
        return ("--keys", self.at("keys"), "--authority", self.authority)

    def sealed(self, name: str = "one") -> Envelope:
        """Return a traveller's sealed declaration."""
        self.at("answers.json").write_text(json.dumps(FULL))
        self.done(
            *("declare", self.at("answers.json"), *self.trust, "--now", NOW),
            *("--out", self.at(name), "--withdrawal", self.at(f"{name}.withdrawal")),
        )
        return Envelope.decode(self.at(name).read_bytes())

    def receipt(self, name: str = "one") -> str:
        """Return what a server gives for a traveller's declaration."""
        said = entry_receipt_for(self.sealed(name), opens_hours=19, closes_hours=41)
        return said.sign(read_signing_key(self.at("receipts.json")))

    def gates(self, *names: str) -> None:
        """Set gates up."""
        self.done("gate", "secret", self.at("gates.secret"))
        for name in names:
            self.done("gate", "create", self.at(name), "--name", name, "--point", POINT)

    def admit(
        self,
        gate: str,
        receipt: object,
        *,
        document: str = DOCUMENT,
        now: int = LANDED,
        status: int = 0,
    ) -> dict[str, Any]:
        """Have somebody come to a gate."""
        return self.done(
            *("gate", "admit", self.at(gate), receipt, "--document", document, "--now", now),
            *("--secret", self.at("gates.secret"), *self.trust),
            status=status,
        )

    def moment(self, now: int = LANDED) -> str:
        return iso_moment(Instant(now - now % 60))
