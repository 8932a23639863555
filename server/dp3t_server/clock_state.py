"""What the operating system says of its clock."""

import ctypes
import sys

_BUFFER_BYTES = 512
"""More than a `struct timex` has on any Linux."""

_UNSYNCHRONISED = 5
"""`TIME_ERROR`, what `adjtimex` answers while nothing disciplines the clock."""


def is_synchronised() -> bool | None:
    """Return whether a time service keeps the clock; None where the system does not say.

    It asks Linux by `adjtimex` with no mode, which changes nothing and needs no right.
    """
    if not sys.platform.startswith("linux"):
        return None
    try:
        ask = ctypes.CDLL(None).adjtimex
    except (OSError, AttributeError):
        return None
    answer: int = ask(ctypes.create_string_buffer(_BUFFER_BYTES))
    return None if answer < 0 else answer != _UNSYNCHRONISED
