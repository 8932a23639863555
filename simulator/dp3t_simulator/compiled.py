"""Functions that are compiled when they are first called, and kept compiled on the disk."""

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from numba import njit

F = TypeVar("F", bound=Callable[..., object])

if TYPE_CHECKING:

    def compiled(function: F) -> F:
        """Return the function as it is: compiling changes its speed alone."""

    def inlined(function: F) -> F:
        """Return the function as it is: inlining changes its speed alone."""

    def uncounted(function: F) -> F:
        """Return the function as it is: compiling changes its speed alone.

        It may take arrays and views of them, and makes none: nobody counts who holds them, which
        for tuples of many arrays takes longer than what a short function does with them.
        """

else:
    compiled = njit(cache=True, nogil=True)
    inlined = njit(cache=True, nogil=True, inline="always")
    uncounted = njit(cache=True, nogil=True, _nrt=False)
