"""Whether this machine has the kernels of a design, and if not, why."""

from collections.abc import Callable
from typing import NamedTuple, TypeVar

Tested = TypeVar("Tested")


class Status(NamedTuple):
    """What came of loading and testing kernels.

    Attributes:
        there: whether they are used.
        reason: why they are not, in one line; empty where they are.
    """

    there: bool
    reason: str


class UnusableError(Exception):
    """The kernels cannot be used; the message is the reason, in one line."""


_REASON_LENGTH = 200
"""So much of a compiler's message is kept; it may run over pages."""


def attempt(load: Callable[[], Tested]) -> tuple[Tested | None, Status]:
    """Return what a function loads and tests, or None and the reason [KERNELS-5].

    Args:
        load: imports numba, compiles and tests; it may raise whatever a compiler raises.
    """
    try:
        return load(), Status(there=True, reason="")
    except UnusableError as error:
        reason = str(error)
    except ImportError as error:
        reason = f"numba cannot be imported: {_first_line(error)}"
    except Exception as error:  # whatever keeps numba from compiling, the portable path is there
        reason = f"compilation failed with {type(error).__name__}: {_first_line(error)}"
    return None, Status(there=False, reason=reason)


def _first_line(error: Exception) -> str:
    return next(iter(str(error).strip().splitlines()), "")[:_REASON_LENGTH]
