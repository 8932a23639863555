"""Symptoms of other illnesses, which nobody can tell from those of the epidemic."""

import math

import numpy as np
from numpy.typing import NDArray

from dp3t_simulator.compiled import compiled
from dp3t_simulator.draws import absorb, unit


@compiled
def background(key: np.uint64, day: int, people: int, daily: float) -> NDArray[np.int32]:
    """Return who falls ill with something else on a day, in ascending order [RESPONSE-2].

    Each person does so with the probability `daily`, apart from the others. What is drawn are the
    gaps between them, so that the healthy cost nothing.
    """
    found = np.empty(min(people, 64 + int(people * daily * 1.5)), dtype=np.int32)
    state = absorb(key, day)
    count, person, draw = 0, -1, 0
    while daily > 0.0:
        gap = math.log(1.0 - unit(absorb(state, draw))) / math.log1p(-daily) if daily < 1.0 else 0.0
        if gap >= people - 1 - person:
            break
        person += 1 + int(gap)
        draw += 1
        if count == len(found):
            longer = np.empty(min(people, 2 * count), dtype=np.int32)
            longer[:count] = found
            found = longer
        found[count] = person
        count += 1
    return found[:count]
