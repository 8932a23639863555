"""Functions that are compiled when they are first called, and kept compiled on the disk."""

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from numba import njit

from dp3t_simulator.kept import QuickCache
from dp3t_simulator.widened import widen

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

    def _kept(**options):
        jit = njit(cache=True, nogil=True, **options)

        def keep(function):
            found = jit(function)
            found._cache = QuickCache(function)
            widen(found)
            return found

        return keep

    compiled = _kept()
    inlined = _kept(inline="always")
    uncounted = _kept(_nrt=False)
