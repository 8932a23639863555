"""What the processor can do, as numba will use it."""

from llvmlite.binding import get_process_triple
from numba.core import config
from numba.core.codegen import get_host_cpu_features

from dp3t.proximity.kernels.status import UnusableError


def _features() -> set[str]:
    """Return the names of the instruction sets for which numba compiles."""
    if config.CPU_NAME is not None and config.CPU_FEATURES is None:
        return set()  # another processor, whose instruction sets are not listed
    listed = config.CPU_FEATURES
    if listed is None:
        listed = get_host_cpu_features()
    names = {name[1:] for name in listed.split(",") if name.startswith("+")}
    return names | {"aes", "sha2"} if "crypto" in names else names  # so Arm calls both together


FEATURES = _features()
ARM = get_process_triple().startswith(("aarch64", "arm64"))
"""Whether it is an AArch64 processor."""
SUPPORTED = {"aes", "neon" if ARM else "sse4.1"} <= FEATURES
"""Whether the kernels can be compiled at all."""
SHA_INSTRUCTIONS = "sha" in FEATURES or "sha2" in FEATURES
"""Whether the processor has instructions for SHA-256; vectors are faster where they are long."""
WIDTH = 2 if {"vaes", "avx2"} <= FEATURES else 1
"""How many blocks one AES instruction takes."""
LANES = 16 if "avx512f" in FEATURES else 8
"""How many messages are hashed side by side."""


def require_support() -> None:
    """Do nothing where the kernels can be compiled.

    Raises:
        UnusableError: the processor lacks the instructions.
    """
    if not SUPPORTED:
        raise UnusableError("the processor has no AES instructions")
