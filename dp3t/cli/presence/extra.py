"""The extra that these commands need: pairings, QR codes and pictures are no part of the core."""

from collections.abc import Iterator
from contextlib import contextmanager

from dp3t.cli.boundary import NotInstalledError

_EXTRAS = dict.fromkeys(
    ("matplotlib", "numpy", "PIL", "pymcl", "segno", "zxingcpp"), "presence"
) | {"aiohttp": "client"}


@contextmanager
def extra_needed() -> Iterator[None]:
    """Name the extra where one of its packages is not installed.

    Raises:
        NotInstalledError: one is not.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        if error.name not in _EXTRAS:
            raise
        raise NotInstalledError(error.name, extra=_EXTRAS[error.name]) from None
