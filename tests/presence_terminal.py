"""A health authority and venues, set up by the program's own commands."""

import json
import stat
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dp3t.cli.presence import app
from terminal import Terminal

NAME = "Chợ Bến Thành"
ADDRESS = "Quận 1, Thành phố Hồ Chí Minh"
REFERENCE = "7K2-4411"
TEXT = "Xin đi xét nghiệm. Please take a test."
HOUR = 3600
NOW = int(time.time())
SINCE, UNTIL = NOW - 6 * HOUR, NOW - 2 * HOUR
"""Some hours that are over, for which a venue is asked."""

ASKED = ("--reference", REFERENCE, "--since", SINCE, "--until", UNTIL)


@dataclass(frozen=True, slots=True)
class Desk:
    """A terminal in a folder, and what was done there."""

    terminal: Terminal
    folder: Path

    def done(self, *arguments: object) -> dict[str, Any]:
        """Run a command with `--json`; return its document."""
        status, out, err = self.terminal.run(app, *arguments, "--json")
        assert (status, err) == (0, "")
        found: dict[str, Any] = json.loads(out)
        return found

    def said(self, *arguments: object) -> str:
        """Run a command; return what a person sees."""
        status, out, err = self.terminal.run(app, *arguments)
        assert (status, err) == (0, "")
        return out

    def refused(self, *arguments: object) -> str:
        """Run what is refused; return the one line."""
        status, out, err = self.terminal.run(app, *arguments)
        assert (status, out, err.count("\n")) == (2, "", 1)
        return err

    def at(self, name: str) -> Path:
        """Return a place in the folder."""
        return self.folder / name

    def authority(self, name: str = "authority.key") -> str:
        """Make an authority's key; return its public half."""
        return self.said("authority", "keygen", "--out", self.at(name)).strip()

    def venue(self, public: str, *more: object, name: str = NAME, file: str = "venue") -> Path:
        """Set a venue up; return its private code's file."""
        given = ("--name", name, "--address", ADDRESS, "--authority", public)
        self.done("venue", "create", *given, "--trace", self.at(file), *more)
        return self.at(file)

    def upload(self, public: str, code: Path, file: str = "upload") -> Path:
        """Make what an official asks a venue for; return the sealed file."""
        sealed = self.at(file)
        given = (*ASKED, "--authority", public, "--out", sealed)
        self.done("venue", "trace", code, *given)
        return sealed

    def complete(self, *files: Path, out: str = "traces.json", text: str = TEXT) -> dict[str, Any]:
        """Finish the traces of uploads as the authority; return the document."""
        given = (*ASKED, "--private-key", self.at("authority.key"), "--text", text)
        return self.done("authority", "complete", *files, *given, "--out", self.at(out))


def mode_of(path: Path) -> int:
    """Return who may do what with a file."""
    return stat.S_IMODE(path.stat().st_mode)
