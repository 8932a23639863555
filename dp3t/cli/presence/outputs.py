"""The files of a venue: drawn first, written when all are drawn, the private one never replaced."""

import errno
import os
from dataclasses import dataclass, field
from pathlib import Path
from unicodedata import normalize

from dp3t.cli.files import write_whole
from dp3t.cli.presence.options import VIETNAM_UTC_OFFSET
from dp3t.cli.presence.private import PrivateCode, write_private
from dp3t.errors import MalformedError, PolicyError
from dp3t.presence.entry import EntryCode

_KIND_BYTES = 4
"""With so many bytes a PDF begins, and a PNG, and nothing else that is written here."""


@dataclass(slots=True)
class Files:
    """Which pictures a person asked for, and their bytes.

    Attributes:
        pdf: the poster.
        png: the code at the door, alone.
        trace_png: the sheet with the private code.
        link_base: where links lead.
        utc_offset_seconds: how far the clock at the place is ahead of UTC.
    """

    pdf: Path | None
    png: Path | None
    trace_png: Path | None = None
    link_base: str = field(kw_only=True)
    utc_offset_seconds: int = field(default=VIETNAM_UTC_OFFSET, kw_only=True)
    _public: dict[Path, bytes] = field(default_factory=dict, init=False, repr=False)
    _private: dict[Path, bytes] = field(default_factory=dict, init=False, repr=False)

    @property
    def paths(self) -> list[Path]:
        """What was drawn, the private file first."""
        return [*self._private, *self._public]

    def draw(self, entry: EntryCode, code: PrivateCode | None = None) -> None:
        """Draw what was asked for, if it can be written [TERMINAL-42].

        The drawing library is loaded only for that.

        Raises:
            MalformedError: the font lacks a character, the links' base is none, or one file is
                asked for twice.
            PolicyError: there is something else where a public file is to go.
            OSError: there is no such folder.
        """
        asked = [path for path in (self.pdf, self.png, self.trace_png) if path]
        if not asked:
            return
        if len({path.resolve() for path in asked}) < len(asked):
            raise MalformedError("two files have one name")
        from dp3t.cli.presence.drawn import entry_picture, posters, private_picture

        if self.pdf:
            self._public[self.pdf] = posters(
                [entry], link_base=self.link_base, utc_offset_seconds=self.utc_offset_seconds
            )
        if self.png:
            self._public[self.png] = entry_picture(entry, link_base=self.link_base)
        if self.trace_png and code is not None:
            self._private[self.trace_png] = private_picture(code)
        for path in asked:
            _require_folder(path)
        for path, data in self._public.items():
            _require_replaceable(path, data, private=False)

    def write(self) -> None:
        """Write what was drawn.

        Raises:
            PolicyError: the private file exists, or something else where a public one is to go.
        """
        for path, data in self._private.items():
            write_private(path, data)
        for path, data in self._public.items():
            write_picture(path, data)


def write_picture(path: Path, data: bytes, *, private: bool = False) -> None:
    """Write a PDF or PNG; it replaces one of its kind and nothing else [TERMINAL-41].

    Args:
        path: the file.
        data: its bytes.
        private: whether only its owner may read it; others replace no file that is.

    Raises:
        PolicyError: there is something else.
    """
    _require_replaceable(path, data, private=private)
    write_whole(path, data, mode=0o600 if private else 0o644, force=True)


def _require_folder(path: Path) -> None:
    if not path.parent.is_dir():
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(path))


def _require_replaceable(path: Path, data: bytes, *, private: bool) -> None:
    """Raise PolicyError where a file stands that a PDF or PNG does not replace [TERMINAL-41]."""
    if not path.exists():
        return
    with path.open("rb") as file:
        alike = file.read(_KIND_BYTES) == data[:_KIND_BYTES]
    secret = not path.stat().st_mode & 0o077
    if not alike or (secret and not private):
        raise PolicyError(f"{path} exists and stays as it is")


def numbered(out: Path, count: int) -> list[Path]:
    """Return the file where there is one to write, and otherwise as many, numbered from 1."""
    if count == 1:
        return [out]
    return [out.with_name(f"{out.stem}-{place}{out.suffix}") for place in range(1, count + 1)]


def plain(words: str) -> str:
    """Return words as they go into a code: marks joined with their letters, single spaces."""
    return " ".join(normalize("NFC", words).split())
