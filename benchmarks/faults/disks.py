"""Disks that run full: a small device of our own where we are root, and a limit of the system.

As root an ext4 file system lies in a file, which is mounted and holds all that a server or its
database writes; another file takes the room away, and writes fail with ENOSPC. Whoever is not root
lets the system forbid a running process to write beyond a place (`RLIMIT_FSIZE`): writes fail with
EFBIG. Both end in the middle of what SQLite writes.
"""

import os
import resource
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

_DEVICE_BYTES = 384 * 2**20
_FILL_BYTES = 2**20


class Disk(Protocol):
    """A disk that runs full."""

    @property
    def folder(self) -> Path:
        """A folder on it."""

    @property
    def kind(self) -> str:
        """How it runs full."""

    def fill(self, processes: Iterable[int], *, room_bytes: int) -> None:
        """Leave the processes only so much room."""

    def free(self, processes: Iterable[int]) -> None:
        """Give them all of it back."""


@dataclass(frozen=True, slots=True)
class Device:
    """A `Disk`: a file system of its own."""

    folder: Path
    kind: str = "device full (ENOSPC)"

    @property
    def _filler(self) -> Path:
        return self.folder / "filler"

    def fill(self, processes: Iterable[int], *, room_bytes: int) -> None:
        """Write until the device is full, whoever uses it, and cut off what is to be left."""
        file = os.open(self._filler, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            taken, step = 0, _FILL_BYTES
            while step >= 2**10:
                try:
                    os.posix_fallocate(file, taken, step)
                    taken += step
                except OSError:
                    step //= 2
            os.ftruncate(file, max(0, taken - room_bytes))
        finally:
            os.close(file)

    def free(self, processes: Iterable[int]) -> None:
        """Remove what fills it."""
        self._filler.unlink(missing_ok=True)


@dataclass(frozen=True, slots=True)
class Limit:
    """A `Disk`: the files of a process may not grow beyond the longest of them."""

    folder: Path
    kind: str = "file limit (EFBIG)"

    def fill(self, processes: Iterable[int], *, room_bytes: int) -> None:
        """Forbid to write beyond the longest log of SQLite, or file, and the room."""
        logs = [path.stat().st_size for path in self.folder.rglob("*-wal")]
        for process in processes:
            _, most = resource.prlimit(process, resource.RLIMIT_FSIZE)
            limit = max(logs, default=0) + room_bytes
            resource.prlimit(process, resource.RLIMIT_FSIZE, (limit, most))

    def free(self, processes: Iterable[int]) -> None:
        """Let them write as far as they like."""
        for process in processes:
            _, most = resource.prlimit(process, resource.RLIMIT_FSIZE)
            resource.prlimit(process, resource.RLIMIT_FSIZE, (most, most))


@contextmanager
def device(folder: Path) -> Iterator[Device | None]:
    """Mount a small file system; None where that is not allowed, or its programs are missing."""
    image, mounted = folder / "image", folder / "disk"
    mounted.mkdir()
    try:
        with image.open("wb") as file:
            file.truncate(_DEVICE_BYTES)
        _run("mkfs.ext4", "-q", "-m", "0", str(image))
        _run("mount", "-o", "loop", str(image), str(mounted))
    except (OSError, subprocess.CalledProcessError):
        yield None
        return
    try:
        yield Device(mounted)
    finally:
        _run("umount", "--lazy", str(mounted))


def _run(program: str, *arguments: str) -> None:
    path = shutil.which(program, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    if path is None:
        raise FileNotFoundError(program)
    subprocess.run([path, *arguments], check=True, capture_output=True)  # noqa: S603 - looked up
