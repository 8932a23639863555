"""What a running server leaves in its data: that it runs, and with which settings."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager

from pydantic import ValidationError

from dp3t import MalformedError, PolicyError
from dp3t_server.config import Config, first_fault
from dp3t_server.keys import write_private
from dp3t_server.parts import DataDirectory


@contextmanager
def claimed(data: DataDirectory, *, shared: bool = False) -> Iterator[None]:
    """Keep every other server away from the data; the system lets go when the process ends.

    Args:
        data: the folder.
        shared: let in others that share it too: those whose database is not in the folder.

    Raises:
        PolicyError: another server runs on the data [SERVER-54].
    """
    data.path.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = os.open(data.lock, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(lock, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        except BlockingIOError:
            raise PolicyError(f"another dp3t-server runs on {data.path}") from None
        yield
    finally:
        os.close(lock)


def record_settings(data: DataDirectory, config: Config) -> None:
    """Write down the settings with which the server runs [SERVER-53].

    They hold no secret but the password of the database, where its URL does.
    """
    folder = os.open(data.path, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)  # others can start at the same moment
        write_private(data.settings, config.model_dump_json(indent=2) + "\n")
    finally:
        os.close(folder)


def recorded_settings(data: DataDirectory) -> Config:
    """Return the settings with which the server was started last.

    Raises:
        PolicyError: an earlier release started it, which wrote none down.
        MalformedError: the file is damaged, or of a release with other settings.
    """
    try:
        return Config.model_validate_json(data.settings.read_bytes())
    except FileNotFoundError:
        raise PolicyError(
            f"{data.settings} is missing: start the server once, or name its --config"
        ) from None
    except ValidationError as error:
        raise MalformedError(f"{data.settings}: {first_fault(error)}") from None
