"""A network of contacts that stays as it is: pairs of people, and how much each pair meets."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ContactNetwork:
    """Pairs, each once, in order.

    Attributes:
        people: how many there are, numbered from 0; some may have no contact.
        first, second: whom each pair joins; first below second.
        weight: how much the pair meets, above 0, in the unit of where the network is from.
    """

    people: int
    first: NDArray[np.int64]
    second: NDArray[np.int64]
    weight: NDArray[np.float64]

    def __post_init__(self) -> None:
        """Check what is promised above.

        Raises:
            ValueError: it does not hold.
        """
        if not len(self.first) == len(self.second) == len(self.weight):
            raise ValueError("the columns of a network have one length")
        pairs = self.first * self.people + self.second
        if not (np.diff(pairs) > 0).all() or not (self.first < self.second).all():
            raise ValueError("the pairs of a network are in order, each once, its first below")
        if len(pairs) and not (self.first.min() >= 0 and self.second.max() < self.people):
            raise ValueError("the people of a network are numbered from 0")
        if not (np.isfinite(self.weight) & (self.weight > 0)).all():
            raise ValueError("weights are positive numbers")

    def __len__(self) -> int:
        """Return how many pairs there are."""
        return len(self.first)
