"""The operator's token, in a file that only its owner can read."""

from pathlib import Path

from dp3t.cli.authority_key import read_private
from dp3t.errors import MalformedError

_MOST_BYTES = 4096


def read_token(path: Path) -> str:
    """Return the token.

    Raises:
        PolicyError: others can read the file.
        MalformedError: it holds none; the message does not hold what it does.
    """
    data = read_private(path, _MOST_BYTES)
    token = data.decode("ascii", errors="replace").strip()
    if not 0 < len(token) <= _MOST_BYTES or not (token.isascii() and token.isprintable()):
        raise MalformedError(f"{path}: holds no operator's token")
    return token
