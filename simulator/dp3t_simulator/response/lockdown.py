"""Which share of contacts a lockdown leaves, by day and layer."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from dp3t_simulator.draws import threshold
from dp3t_simulator.meetings.layers import LAYERS, Layer
from dp3t_simulator.meetings.table import Meetings
from dp3t_simulator.scenario.settings import LockdownStep

Thresholds = NDArray[np.uint64]


def kept_shares(steps: Iterable[LockdownStep], days: int) -> NDArray[np.float64]:
    """Return which share of contacts remains, by day and layer [RESPONSE-11].

    Where steps overlap, the lowest share holds. Measured contacts, whose circle nobody knows, count
    as occasional ones.
    """
    shares = np.ones((days, LAYERS))
    for step in steps:
        during = shares[step.from_day : step.to_day]
        during[:] = np.minimum(during, _of_layers(step))
    return shares


def locked(meetings: Meetings, steps: Iterable[LockdownStep]) -> Meetings:
    """Return the same meetings under a lockdown."""
    shares = kept_shares(steps, len(meetings.meets))
    return meetings._replace(
        meets=_fewer(meetings.meets, shares),
        visits=_fewer(meetings.visits, shares[:, Layer.VENUE]),
    )


def _fewer(below: Thresholds, shares: NDArray[np.float64]) -> Thresholds:
    """Return thresholds of what happens as often as before times a share."""
    chances = below.astype(np.float64) / 2.0**64 * shares
    fewer = [threshold(float(chance)) for chance in chances.flat]
    return np.array(fewer, dtype=np.uint64).reshape(below.shape)


def _of_layers(step: LockdownStep) -> NDArray[np.float64]:
    """Return the shares of one step in the order of the layers."""
    shares = np.ones(LAYERS)
    shares[Layer.HOUSEHOLD] = step.household
    shares[Layer.SCHOOL] = step.school
    shares[Layer.WORK] = step.work
    shares[Layer.OCCASIONAL] = shares[Layer.MEASURED] = step.occasional
    shares[Layer.VENUE] = step.venue
    return shares
