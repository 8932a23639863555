"""The health authority's key, in a file that only its owner can read."""

import os
from pathlib import Path

from dp3t.cli.files import naming, write_whole
from dp3t.codec import from_hex
from dp3t.errors import PolicyError
from dp3t.primitives import X25519_KEY_BYTES, X25519PrivateKey, random_from_os

_FILE_BYTES = 2 * X25519_KEY_BYTES + 2  # hexadecimal, and how a line may end


def make_key(path: Path) -> str:
    """Write a new private key; return its public half, 64 hexadecimal digits.

    Raises:
        PolicyError: the file exists.
    """
    key = X25519PrivateKey.generate(rand=random_from_os)
    write_whole(path, f"{key.to_bytes().hex()}\n".encode(), mode=0o600, force=False)
    return key.public().to_bytes().hex()


def read_key(path: Path) -> X25519PrivateKey:
    """Read a key.

    Raises:
        PolicyError: others can read the file.
        MalformedError: it holds no key; the message does not hold what it does.
    """
    data = read_private(path, _FILE_BYTES)
    with naming(path):
        line = data.decode("ascii", errors="replace").rstrip("\r\n")
        return X25519PrivateKey(from_hex(line, length=X25519_KEY_BYTES, what="the private key"))


def read_private(path: Path, most_bytes: int) -> bytes:
    """Return the beginning of a file that only its owner can read, one byte more than it may have.

    Raises:
        PolicyError: others can read the file.
    """
    with path.open("rb") as file:
        if os.fstat(file.fileno()).st_mode & 0o077:
            raise PolicyError(f"others can read {path}; make it private with chmod 600")
        return file.read(most_bytes + 1)
