"""Columns of integers in few bytes: runs of equal numbers, of the differences where it helps.

The groups of a batch are sorted, so that in a column of attributes the same step from row to row
often comes many times. A run is written once with its length, and every column has one form.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, groupby, pairwise

from dp3t.codec import Value
from dp3t.errors import LimitError, MalformedError

SHORTEST_RUN = 3
"""Two equal small numbers are shorter written out than as a run."""


def encode_runs(numbers: Iterable[int]) -> list[Value]:
    """Return the numbers, each run of three or more as a list of number and length [BATCH-6]."""
    items: list[Value] = []
    for number, run in groupby(numbers):
        length = sum(1 for _ in run)
        if length < SHORTEST_RUN:
            items += [number] * length
        else:
            items.append([number, length])
    return items


def decode_runs(value: Value, *, most: int) -> list[int]:
    """Return the numbers that `encode_runs` wrote.

    Raises:
        LimitError: more than `most` numbers.
        MalformedError: anything that `encode_runs` does not write.
    """
    if not isinstance(value, list):
        raise MalformedError("a column is not a list")
    numbers: list[int] = []
    for item in value:
        number, length = _run(item)
        if length > most - len(numbers):
            raise LimitError(f"a column has more than {most} rows")
        numbers += [number] * length
    if encode_runs(numbers) != value:
        raise MalformedError("a column is not in runs as long as can be")
    return numbers


def differences(numbers: Sequence[int]) -> Iterator[int]:
    """Yield the first number and then each step to the next."""
    return (after - before for before, after in pairwise((0, *numbers)))


def sums(steps: Iterable[int]) -> list[int]:
    """Return what `differences` was given."""
    return list(accumulate(steps))


def _run(item: Value) -> tuple[int, int]:
    number, length = item if isinstance(item, list) and len(item) == 2 else (item, 1)
    if type(number) is not int or type(length) is not int:
        raise MalformedError("a column holds something other than integers and runs")
    return number, length
