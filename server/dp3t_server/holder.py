"""Who publishes: a data folder, for as long as one of its processes does.

A folder has 16 random bytes of its own. One process at a time publishes under them; the system
notices when it ends, however it ends, and so the next one takes over what it left, at once. A
process that finds another at work, or stalled, publishes as nobody in particular and waits for the
lease to end [SERVER-57].
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dp3t import random_from_os
from dp3t.primitives import sha256

HOLDER_BYTES = 16


@contextmanager
def holding(path: Path) -> Iterator[bytes]:
    """Yield the holder as which to publish: the folder's, or a fresh one while that is in use."""
    file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield random_from_os(HOLDER_BYTES)
        else:
            machine = os.uname().nodename.encode()  # the folder may have been copied
            yield sha256(_identity(file) + machine)[:HOLDER_BYTES]
    finally:
        os.close(file)


def _identity(file: int) -> bytes:
    known = os.pread(file, HOLDER_BYTES, 0)
    if len(known) == HOLDER_BYTES:
        return known
    fresh = random_from_os(HOLDER_BYTES)
    os.pwrite(file, fresh, 0)
    return fresh
