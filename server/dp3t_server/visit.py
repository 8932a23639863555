"""What the doctor looks at, and how it says what it found."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncConnection

from dp3t import Dp3tError, Instant
from dp3t.cli.language import text
from dp3t_server.config import Config
from dp3t_server.database import Database
from dp3t_server.parts import DataDirectory
from dp3t_server.running import recorded_settings


class State(StrEnum):
    """How bad it is. What the doctor could not look at is a warning."""

    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True)
class Finding:
    """What one look found: how bad it is, and in a sentence what it is."""

    state: State
    message: str


def problem(en: str, vi: str) -> Finding:
    """Return a problem, in the language that was chosen."""
    return Finding(State.PROBLEM, text(en=en, vi=vi))


def warning(en: str, vi: str) -> Finding:
    """Return a warning, in the language that was chosen."""
    return Finding(State.WARNING, text(en=en, vi=vi))


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """What is looked at.

    Attributes:
        data: the server's files.
        config_file: its settings; without, those of its last start.
        now: the present, by the clock that is looked at.
        synchronised: whether the system says that its clock is; None where it does not say.
    """

    data: DataDirectory
    config_file: Path | None
    now: Instant
    synchronised: bool | None

    def settings(self) -> Config:
        """Return the settings with which a server would start.

        Raises:
            Dp3tError: they cannot be read.
        """
        if self.config_file is None:
            return recorded_settings(self.data)
        return Config.load(self.config_file)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """Open the database as it is, and bring it to no other version.

        Raises:
            OSError: it is not there.
            SQLAlchemyError: it cannot be read.
        """
        url = self._url()
        if not url and not self.data.database.exists():
            raise FileNotFoundError(f"{self.data.database} is missing")
        database = Database(url or self.data.database)
        try:
            async with database.reading() as connection:
                yield connection
        finally:
            await database.close()

    def _url(self) -> str:
        """Return where the database is; a file in the folder where no settings can be read."""
        try:
            return self.settings().database
        except (Dp3tError, OSError):
            return ""
