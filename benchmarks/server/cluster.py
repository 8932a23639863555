"""A throw-away PostgreSQL server on loopback, which its owner may stop at any moment."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_OPTIONS = "-c listen_addresses=127.0.0.1 -c max_connections=300"


class NoPostgresqlError(Exception):
    """This machine cannot run a PostgreSQL server of our own."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """A PostgreSQL server of our own.

    Attributes:
        folder: where everything of it is.
        port: where it listens on 127.0.0.1.
        fsync: whether a commit waits for the disk; without it only a crash of the machine matters.
    """

    folder: Path
    port: int
    fsync: bool = False

    @property
    def url(self) -> str:
        """The URL of its server, without a database."""
        return f"postgresql://postgres@127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it and wait until it answers."""
        durable = "on" if self.fsync else "off"
        options = f"-p {self.port} -k {self.folder} {_OPTIONS} -c fsync={durable}"
        self._control("start", "-w", "-o", options, "-l", str(self.folder / "log"))

    def stop(self) -> None:
        """Stop it at once, whoever is connected."""
        self._control("stop", "-w", "-m", "immediate")

    def revive(self) -> None:
        """Start it unless it runs: it ends by itself where it cannot write."""
        try:
            self._control("status")
        except subprocess.CalledProcessError:
            self.start()

    def create(self) -> None:
        """Make its files."""
        arguments = ("-A", "trust", "-U", "postgres", "--no-sync", "-E", "UTF8")
        self._run("initdb", "-D", str(self.folder / "data"), *arguments)

    def _control(self, action: str, *arguments: str) -> None:
        self._run("pg_ctl", action, "-D", str(self.folder / "data"), *arguments)

    def _run(self, program: str, *arguments: str) -> None:
        subprocess.run(  # noqa: S603 - the program that was looked up
            [_program(program), *arguments],
            check=True,
            user=_other_user(),
            cwd=self.folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            stdin=subprocess.DEVNULL,
        )


@contextmanager
def running_cluster(*, fsync: bool = False, parent: Path | None = None) -> Iterator[Cluster]:
    """Run a cluster in a temporary folder; it is gone afterwards.

    Args:
        fsync: whether a commit waits for the disk.
        parent: where the folder is made; where the system makes such, unless one is named.

    Raises:
        NoPostgresqlError: PostgreSQL is not installed, or root cannot run it.
    """
    for program in ("initdb", "pg_ctl"):
        _program(program)
    folder = Path(tempfile.mkdtemp(prefix="dp3t-pg-", dir=parent))
    try:
        _give_away(folder)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            running = Cluster(folder, free.getsockname()[1], fsync)
        running.create()
        running.start()
        try:
            yield running
        finally:
            running.revive()
            running.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _program(name: str) -> str:
    """Return where a program of PostgreSQL is; distributions keep them out of the way."""
    places = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    for path in (shutil.which(name), *(shutil.which(name, path=str(one)) for one in places)):
        if path is not None:
            return path
    raise NoPostgresqlError("PostgreSQL is not installed")


def _other_user() -> str | None:
    """PostgreSQL refuses to run as root: return as whom to run it then."""
    return "postgres" if os.geteuid() == 0 else None


def _give_away(folder: Path) -> None:
    if (user := _other_user()) is not None:
        try:
            os.chown(folder, pwd.getpwnam(user).pw_uid, -1)
        except KeyError:
            message = "root cannot run PostgreSQL and there is no user postgres"
            raise NoPostgresqlError(message) from None
