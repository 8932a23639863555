"""Whether the library is installed that checks and makes up the points of traces."""

from importlib.util import find_spec


def are_installed() -> bool:
    """Return whether it is, without loading it."""
    return find_spec("pymcl") is not None
