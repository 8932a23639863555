"""Association matrices, as Firth et al. 2020 keep the Haslemere network: who met whom, how often.

Their file `am_list.RData` (github.com/biouea/covidhm) holds a list of matrices. The first counts
for each pair the days, of three, on which the two came within four metres.
"""

from pathlib import Path

import numpy as np

from dp3t import LimitError, MalformedError
from dp3t_simulator.contacts.network import ContactNetwork
from dp3t_simulator.contacts.r_data import MAX_BYTES, RValue, RVector, read_r_data


def read_association(path: Path, *, item: int = 1) -> ContactNetwork:
    """Return the network of one matrix of an `.RData` file [SIMULATOR-7].

    Args:
        path: the file; it holds one value, a matrix or a list of them.
        item: which matrix of a list, from 1.

    Raises:
        LimitError: it is larger than 256 MiB, also when decompressed.
        UnsupportedVersionError: it is compressed otherwise than by gzip, or of another version.
        MalformedError: anything else that is not such a file; a matrix that is not square and
            symmetric, or that has a number that is negative or none. Messages name the file.
        OSError: the file cannot be read.
    """
    if path.stat().st_size > MAX_BYTES:
        raise LimitError(f"{path}: an .RData file has at most {MAX_BYTES} bytes")
    try:
        return _network(_matrix(read_r_data(path.read_bytes()), item))
    except MalformedError as error:
        raise type(error)(f"{path}: {error}") from None


def _matrix(
    values: dict[str, RValue], item: int
) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """Return a matrix of weights, 0 where two do not meet."""
    if len(values) != 1:
        raise MalformedError(f"{len(values)} values, and not one")
    (value,) = values.values()
    if isinstance(value, RVector) and isinstance(value.values, tuple):
        if not 1 <= item <= len(value.values):
            raise MalformedError(f"item {item} of a list of {len(value.values)}")
        value = value.values[item - 1]
    if not isinstance(value, RVector) or isinstance(value.values, tuple):
        raise MalformedError("no matrix of numbers")
    shape = value.attributes.get("dim")
    if not isinstance(shape, RVector) or isinstance(shape.values, tuple):
        raise MalformedError("a vector, and not a matrix")
    sides = [float(side) for side in shape.values]
    if len(sides) != 2 or sides[0] != sides[1] or sides[0] < 0:
        raise MalformedError("a matrix that is not square")
    if sides[0] * sides[1] != len(value.values):
        raise MalformedError("a matrix whose sides do not fit its numbers")
    people = int(sides[0])
    return value.values.reshape((people, people)).astype(np.float64)


def _network(matrix: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> ContactNetwork:
    """Return the pairs of a matrix; its diagonal says nothing."""
    off_diagonal = matrix.copy()
    np.fill_diagonal(off_diagonal, 0)
    if not (np.isfinite(off_diagonal) & (off_diagonal >= 0)).all():
        raise MalformedError("a matrix has a number that is negative, infinite or missing")
    if not np.array_equal(off_diagonal, off_diagonal.T):
        raise MalformedError("a matrix is not symmetric")
    first, second = np.nonzero(np.triu(off_diagonal))
    return ContactNetwork(
        people=len(matrix), first=first, second=second, weight=off_diagonal[first, second]
    )
