"""The circles in which people meet, with durations, distances and hours of each."""

import tomllib
from dataclasses import dataclass
from enum import IntEnum
from importlib.resources import files
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

FIRST_SECOND = 21_600
"""No contact begins earlier in the day, so that a phone whose clock is off files it under it."""

LAST_SECOND = 78_600
"""No contact ends later in the day."""

QUANTILES = 8
TEMPLATES = QUANTILES * QUANTILES
"""Each pair of a duration and a distance is as likely as any other."""


class Layer(IntEnum):
    """A circle of contacts; the number is its place in arrays."""

    HOUSEHOLD = 0
    SCHOOL = 1
    WORK = 2
    OCCASIONAL = 3
    VENUE = 4
    MEASURED = 5


LAYERS = len(Layer)


@dataclass(frozen=True, slots=True, kw_only=True)
class Templates:
    """What a contact of each layer can be like.

    Attributes:
        duration: seconds, by layer and template; of a venue it is a stay there.
        distance_cm: by layer and template.
        opens: the second of the day from which contacts of a layer begin.
        closes: by which they have ended.
    """

    duration: NDArray[np.int32]
    distance_cm: NDArray[np.int16]
    opens: NDArray[np.int32]
    closes: NDArray[np.int32]


def templates() -> Templates:
    """Return the quantiles of the distributions in `layers.toml` [MEETINGS-3]."""
    text = (files("dp3t_simulator.meetings") / "layers.toml").read_text("utf-8")
    given = tomllib.loads(text)
    duration = np.zeros((LAYERS, TEMPLATES), dtype=np.int32)
    distance_cm = np.zeros((LAYERS, TEMPLATES), dtype=np.int16)
    opens, closes = np.zeros(LAYERS, dtype=np.int32), np.zeros(LAYERS, dtype=np.int32)
    for layer in Layer:
        if layer is Layer.MEASURED:
            continue  # what was measured has durations of its own
        one = given[layer.name.lower()]
        minutes, metres = _quantiles(one["minutes"]), _quantiles(one["metres"])
        duration[layer] = np.repeat(np.round(60 * minutes), QUANTILES)
        distance_cm[layer] = np.tile(np.round(100 * metres), QUANTILES)
        opens[layer], closes[layer] = (round(3600 * hour) for hour in one["hours"])
    return Templates(duration=duration, distance_cm=distance_cm, opens=opens, closes=closes)


def _quantiles(given: dict[str, float]) -> NDArray[np.float64]:
    """Return the middle quantiles of a lognormal distribution, held between two bounds."""
    middles = ((2 * place + 1) / (2 * QUANTILES) for place in range(QUANTILES))
    steps = np.array([NormalDist().inv_cdf(middle) for middle in middles])
    found = given["median"] * np.exp(given["sigma"] * steps)
    return np.clip(found, given["least"], given["most"])
