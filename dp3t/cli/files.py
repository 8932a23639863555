"""Faults of a file's content name the file."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dp3t.errors import MalformedError, VerificationError


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Put the path before the fault of what is malformed or not authentic inside."""
    try:
        yield
    except (MalformedError, VerificationError) as error:
        raise type(error)(f"{path}: {error}") from None
