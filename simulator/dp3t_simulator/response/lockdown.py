"""Which share of contacts a lockdown leaves, by day and circle."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from dp3t_simulator.draws import threshold
from dp3t_simulator.meetings.layers import LAYERS, Layer
from dp3t_simulator.scenario.settings import LockdownStep

Thresholds = NDArray[np.uint64]


def kept_shares(steps: Iterable[LockdownStep], days: int) -> NDArray[np.float64]:
    """Return which share of contacts remains, by day and layer [SIMRESP-11].

    Where steps overlap, the lowest share holds. Measured contacts, whose circle nobody knows, count
    as occasional ones.
    """
    shares = np.ones((days, LAYERS))
    for step in steps:
        during = shares[step.from_day : step.to_day]
        during[:] = np.minimum(during, _of_layers(step))
    return shares


def kept_thresholds(steps: Iterable[LockdownStep], days: int) -> Thresholds:
    """Return below which bits a contact takes place, by day and layer: see `draws.happens`."""
    shares = kept_shares(steps, days)
    found = np.empty(shares.shape, dtype=np.uint64)
    for share in np.unique(shares):
        found[shares == share] = threshold(float(share))
    return found


def _of_layers(step: LockdownStep) -> NDArray[np.float64]:
    """Return the shares of one step in the order of the layers."""
    shares = np.ones(LAYERS)
    shares[Layer.HOUSEHOLD] = step.household
    shares[Layer.SCHOOL] = step.school
    shares[Layer.WORK] = step.work
    shares[Layer.OCCASIONAL] = shares[Layer.MEASURED] = step.occasional
    shares[Layer.VENUE] = step.venue
    return shares
