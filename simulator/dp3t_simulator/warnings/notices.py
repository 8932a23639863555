"""What phones tell their owners on a morning, from both kinds of exposure, in one order."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dp3t_simulator.interfaces import Exposures, Notices
from dp3t_simulator.warnings.pair import Numbers


class Warnings(NamedTuple):
    """Days of people of which a phone has found something new.

    Attributes:
        person: whose phone.
        day: of the exposure.
        seconds: how long it was in all.
        score: what the configuration makes of it.
        warned: whether the score has reached the threshold now for the first time.
        kind: `interfaces.PROXIMITY` or `PRESENCE`, the same for all.
    """

    person: Numbers
    day: Numbers
    seconds: Numbers
    score: NDArray[np.float64]
    warned: NDArray[np.bool_]
    kind: int


def told(parts: Sequence[Warnings]) -> tuple[Exposures, Notices]:
    """Return exposures and notices, by person, kind and day."""
    person, day, seconds, score, warned = (
        np.concatenate([part[column] for part in parts]) for column in range(5)
    )
    kinds = [np.full(len(part.person), part.kind, dtype=np.uint8) for part in parts]
    kind = np.concatenate(kinds)
    order = np.lexsort((day, kind, person))
    exposures = Exposures(
        person=person[order].astype(np.int32),
        exposed_day=day[order].astype(np.int16),
        seconds=seconds[order].astype(np.int32),
        score=score[order].astype(np.float64),
        kind=kind[order],
    )
    which = order[warned[order]]
    notices = Notices(
        person=person[which].astype(np.int32),
        exposed_day=day[which].astype(np.int16),
        kind=kind[which],
    )
    return exposures, notices
