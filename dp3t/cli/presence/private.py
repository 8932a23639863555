"""Private files: a venue's trace code, an authority's key. Others must not be able to read them."""

from pathlib import Path

from dp3t.errors import LimitError, PolicyError


def read_up_to(path: Path, limit_bytes: int) -> bytes:
    """Return what a file holds.

    Raises:
        LimitError: more bytes than that.
    """
    with path.open("rb") as file:
        data = file.read(limit_bytes + 1)
    if len(data) > limit_bytes:
        raise LimitError(f"has more than {limit_bytes} bytes")
    return data


def require_private(path: Path) -> None:
    """Raise PolicyError where others than the owner can read a file."""
    if path.stat().st_mode & 0o077:
        raise PolicyError(f"others can read {path}; make it private with chmod 600")
