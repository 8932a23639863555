"""The extra that these commands need: pairings, QR codes and pictures are no part of the core."""

from collections.abc import Iterator
from contextlib import contextmanager

from dp3t.cli.boundary import NotInstalledError

_PACKAGES = ("matplotlib", "numpy", "PIL", "pymcl", "segno", "zxingcpp")


@contextmanager
def extra_needed() -> Iterator[None]:
    """Name the extra where one of its packages is not installed.

    Raises:
        NotInstalledError: one is not.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        if error.name not in _PACKAGES:
            raise
        raise NotInstalledError(error.name, extra="presence") from None
