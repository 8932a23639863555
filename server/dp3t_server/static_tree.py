"""What a server has published, as a folder that any web server or CDN can hand out.

The files lie at the very paths of the live server, so that a client is given another address and
nothing else [STATIC-1]. What a file names is there before it: whoever reads the folder while it is
written sees the former state or the new one, each whole [STATIC-2].
"""

import fcntl
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from dp3t import MalformedError, PolicyError
from dp3t.primitives import sha256
from dp3t.publication import HEADER_BYTES, Index
from dp3t.publication.transparency import SignedCheckpoint
from dp3t_server.durable import replace_file, settle
from dp3t_server.log_store import continues
from dp3t_server.published import Published, published
from dp3t_server.store import Store

_LOCK = ".dp3t-publish.lock"
_FOLDER_MODE, _FILE_MODE = 0o755, 0o644


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What one call did to a folder.

    Attributes:
        files: how many files are published.
        new: how many of them were written now.
        removed: how many were taken away: nobody may read them any more.
    """

    files: int
    new: int
    removed: int


async def write_tree(store: Store, folder: Path) -> Written:
    """Bring a folder to what the database has published, in one state of it.

    Raises:
        PolicyError: nothing is published yet; or the folder holds a newer index than the database,
            which then was restored from a copy or is another server's [STATIC-3]; or something
            else, which is not overwritten.
        OSError: the folder cannot be written.
    """
    if (folder / "v1").exists() and not (folder / _LOCK).exists():
        raise PolicyError(f"{folder}/v1 was not made by this command; choose another folder")
    _make_folder(folder)
    with _alone(folder):
        shown = _digests(folder)  # at first: a database ends a transaction that idles for long
        async with store.reading() as transaction:
            files = await published(transaction)
            if not files:
                raise PolicyError("nothing is published yet")
            tiles = await transaction.log.files()
            _require_no_step_back(folder / files[-1].path, await files[-1].load(), tiles)
            new = 0
            for file in files:
                if shown.get(file.path) != file.digest:
                    _write(folder, file.path, await file.load())
                    new += 1
        removed = _remove_others(folder, files)
    return Written(files=len(files), new=new, removed=removed)


def _require_no_step_back(path: Path, data: bytes, tiles: Mapping[str, bytes]) -> None:
    """Refuse to show phones an older index, or another log, than they have seen [STATIC-3]."""
    try:
        shown = Index.decode(path.read_bytes()[HEADER_BYTES:])
    except FileNotFoundError:
        return
    except MalformedError:
        raise PolicyError(f"{path} is no index of this release; choose another folder") from None
    ours = Index.decode(data[HEADER_BYTES:])
    if shown.region != ours.region or shown.log_key != ours.log_key:
        raise PolicyError(f"{path} is of another server or region; choose another folder")
    if shown.number > ours.number:
        raise PolicyError(
            f"{path} is newer than what the database holds: number {shown.number} after "
            f"{ours.number}; was the database restored from a copy?"
        )
    new, old = (SignedCheckpoint.parse(each.checkpoint) for each in (ours, shown))
    if not continues(old, new, tiles):
        raise PolicyError(
            f"{path} names a log that is not the beginning of the database's: phones that have "
            "seen it would refuse this one; was the database restored from a copy?"
        )


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Keep every other writer of the folder waiting."""
    lock = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT, _FILE_MODE)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


def _digests(folder: Path) -> dict[str, bytes]:
    """Return the digest of every file of a tree, by its path."""
    files = (path for path in (folder / "v1").rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): sha256(path.read_bytes()) for path in files}


def _write(folder: Path, path: str, data: bytes) -> None:
    """Replace a file at once and durably; web servers can read it whatever the umask."""
    place = folder / path
    for parent in list(place.relative_to(folder).parents)[-2::-1]:
        _make_folder(folder / parent)
    replace_file(place, data, mode=_FILE_MODE)


def _make_folder(path: Path) -> None:
    if not path.is_dir():
        path.mkdir(parents=True)
        path.chmod(_FOLDER_MODE)
        settle(path.parent)


def _remove_others(folder: Path, files: list[Published]) -> int:
    """Take away what is published no more, and what a killed writer left behind."""
    known, removed = {folder / file.path for file in files}, 0
    for path in sorted((folder / "v1").rglob("*"), reverse=True):
        if path.is_dir():
            if not any(path.iterdir()):
                path.rmdir()
        elif path not in known:
            path.unlink()
            removed += 1
    return removed
