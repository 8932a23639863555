"""How kernels are compiled, and how compiled code on disk is known to be of these very sources."""

import sys
from collections.abc import Callable
from importlib.resources import files
from typing import Any, TypeVar, cast

from numba import njit
from numba.core.caching import IndexDataCacheFile

from dp3t.primitives import sha256

Kernel = TypeVar("Kernel", bound=Callable[..., Any])


def _sources() -> bytes:
    """Return a digest of every source in this folder; nothing where there are none."""
    entries = sorted(files(__package__).iterdir(), key=lambda entry: entry.name)
    sources = [entry for entry in entries if entry.name.endswith(".py")]
    digests = [sha256(entry.name.encode()) + sha256(entry.read_bytes()) for entry in sources]
    return sha256(b"".join(digests)) if digests else b""


SOURCES = _sources()
"""numba knows code on disk by the file of the kernel alone, though what a kernel calls stands in
others too."""


def native(kernel: Kernel) -> Kernel:
    """Return the kernel compiled on first use, kept on disk where that is possible.

    The code is loaded again as long as no source in this folder changes. Then it is compiled anew
    and takes the place of the old: the names of files on disk depend on nothing but the kernel and
    the version of Python.
    """
    if SOURCES:
        try:
            compiled = njit(nogil=True, cache=True)(kernel)
        except RuntimeError:  # no directory to write to
            return cast(Kernel, njit(nogil=True)(kernel))
        if _known_by_sources(compiled, kernel.__name__):
            return cast(Kernel, compiled)
    return cast(Kernel, njit(nogil=True)(kernel))


def _known_by_sources(compiled: Any, name: str) -> bool:
    """Let the sources decide which code is loaded from disk; return whether numba allows it."""
    cache: Any = getattr(compiled, "_cache", None)
    if not isinstance(getattr(cache, "_cache_file", None), IndexDataCacheFile):
        return False
    python = sys.implementation.cache_tag + getattr(sys, "abiflags", "")
    cache._cache_file = IndexDataCacheFile(cache.cache_path, f"dp3t.{name}.{python}", SOURCES)
    return True


def called(part: Kernel) -> Kernel:
    """Return a part of a kernel, compiled with each kernel that calls it and kept with it."""
    return cast(Kernel, njit(part))


def pasted(part: Kernel) -> Kernel:
    """Return a part of a kernel that is put where it is called; a call would count references."""
    return cast(Kernel, njit(inline="always")(part))
