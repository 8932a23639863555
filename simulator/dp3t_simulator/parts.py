"""Arrays in parts, for several threads."""

from typing import Any

import numpy as np
from numpy.typing import NDArray


def cut(rows: NDArray[Any], parts: int) -> list[NDArray[Any]]:
    """Return an array in so many parts of about one length, at least 1; of one part, itself."""
    return [rows] if parts == 1 else np.array_split(rows, parts)
