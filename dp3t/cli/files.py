"""Files at the terminal: faults name the file, and what is written is there whole or not at all."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile

from dp3t.errors import MalformedError, PolicyError, VerificationError


class FileSource:
    """A file as a `Source`: read a part at a time, opened only while it is read."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.size_bytes = path.stat().st_size

    def read(self, start: int, length: int) -> bytes:
        """Return bytes from a place on, fewer where the file ends."""
        with self._path.open("rb") as file:
            file.seek(start)
            return file.read(length)


@contextmanager
def naming(place: Path | str) -> Iterator[None]:
    """Put a path or an option before the fault of what is malformed or not authentic inside."""
    try:
        yield
    except (MalformedError, VerificationError) as error:
        raise type(error)(f"{place}: {error}") from None


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """Let no other process work with a file that is read, changed and replaced inside."""
    lock = os.open(path.with_name(f".{path.name}.lock"), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


def write_whole(path: Path, data: bytes, *, mode: int, force: bool) -> None:
    """Write a file whole or not at all.

    Raises:
        PolicyError: it exists, and `force` does not say to replace it.
        OSError: it cannot be written; the error names this file, not the one that comes before it.
    """
    if path.exists() and not force:
        raise PolicyError(f"{path} exists and stays as it is")
    try:
        _replace(path, data, mode=mode)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from None


def _replace(path: Path, data: bytes, *, mode: int) -> None:
    with NamedTemporaryFile(dir=path.parent, prefix=".dp3t-", delete=False) as file:
        temporary = Path(file.name)
        try:
            temporary.chmod(mode)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
            temporary.replace(path)
            _sync_folder(path.parent)
        finally:
            temporary.unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    """Have the names in a folder on disk, so that no loss of power takes back a replacement."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
