"""How far an estimate is from the truth, by the number of reports and by what each may tell."""

from dataclasses import asdict, dataclass
from statistics import fmean

import numpy as np

from dp3t.symptoms.estimate import PARTS, share

REPORTS = (50, 100, 200, 500, 1_000, 2_000, 5_000)
TURNED = (250, 333, 400, 450)
SHARE = 0.05
"""What is true in all communes of this table."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Error:
    """What estimates of one kind are like.

    Attributes:
        reports: of a commune and day.
        turned_per_mille: of 1,000 answers, how many are turned round.
        mean_points: mean distance from the truth, in points of a hundred.
        width_points: mean width of the interval, in points of a hundred.
        held: how often the interval holds the truth.
        bare_points: the mean distance if answers were sent as they are.
    """

    reports: int
    turned_per_mille: int
    mean_points: float
    width_points: float
    held: float
    bare_points: float


def errors(*, communes: int, rand: np.random.Generator) -> list[dict[str, float]]:
    """Return the errors of every number of reports and every chance.

    Args:
        communes: how many are simulated for each.
        rand: the dice.
    """
    return [
        asdict(_error(reports, turned, communes=communes, rand=rand))
        for turned in TURNED
        for reports in REPORTS
    ]


def _error(reports: int, turned: int, *, communes: int, rand: np.random.Generator) -> Error:
    """Simulate communes: who is ill is drawn, then each answer is turned round or not."""
    ill = rand.binomial(reports, SHARE, communes)
    chance = turned / 1_000
    positives = rand.binomial(ill, 1 - chance) + rand.binomial(reports - ill, chance)
    found = [share(reports, int(yes), turned_per_mille=turned) for yes in positives]
    true = SHARE * PARTS
    points = 100 / PARTS
    return Error(
        reports=reports,
        turned_per_mille=turned,
        mean_points=points * fmean(abs(each.likely - true) for each in found),
        width_points=points * fmean(each.high - each.low for each in found),
        held=fmean(each.low <= true <= each.high for each in found),
        bare_points=100 * fmean(abs(ill / reports - SHARE)),
    )
