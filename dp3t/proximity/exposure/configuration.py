"""How a health authority weighs contacts: one rule, a look-back and a threshold, as one value."""

from dataclasses import dataclass

from dp3t.proximity.exposure.scoring.cwa import CwaRule
from dp3t.proximity.exposure.scoring.daily_summaries import DailySummariesRule
from dp3t.proximity.exposure.scoring.exposure_score import ExposureScoreRule
from dp3t.proximity.exposure.scoring.gaen_v1 import GaenV1Rule
from dp3t.proximity.exposure.scoring.gaen_v2 import DataMapping

MAX_LOOK_BACK_DAYS = 63
MAX_NOTIFY_AT = 1e9


@dataclass(frozen=True, slots=True, kw_only=True)
class GaenV2Rule:
    """GAEN's second generation as one rule.

    Attributes:
        mapping: what a key's data mean.
        summaries: how windows are weighed.
    """

    mapping: DataMapping
    summaries: DailySummariesRule


Rule = ExposureScoreRule | GaenV1Rule | GaenV2Rule | CwaRule

ALGORITHMS: dict[str, type[Rule]] = {
    "dp3t": ExposureScoreRule,
    "gaen-v1": GaenV1Rule,
    "gaen-v2": GaenV2Rule,
    "cwa": CwaRule,
}
"""The rules by the names that configuration files use."""

_UNITS: dict[type[Rule], str] = {
    ExposureScoreRule: "minutes",
    GaenV1Rule: "risk score",
    GaenV2Rule: "weighted seconds",
    CwaRule: "normalized minutes",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """How contacts are weighed, and when a person is warned.

    Attributes:
        source: where the values come from, in one sentence.
        look_back_days: contacts of earlier days count no more; 0 to 63, today being 0.
        notify_at: a day with this score or more is warned of; more than 0, at most 10^9.
        rule: the algorithm with its parameters.

    Raises:
        ValueError: a value outside its range.
    """

    source: str
    look_back_days: int
    notify_at: float
    rule: Rule

    def __post_init__(self) -> None:
        if not 0 <= self.look_back_days <= MAX_LOOK_BACK_DAYS:
            raise ValueError(f"the look-back lies between 0 and {MAX_LOOK_BACK_DAYS} days")
        if not 0 < self.notify_at <= MAX_NOTIFY_AT:
            raise ValueError("the score to notify at is positive, at most 10^9")

    @property
    def algorithm(self) -> str:
        """The name of the rule's algorithm."""
        return next(name for name, kind in ALGORITHMS.items() if type(self.rule) is kind)

    @property
    def unit(self) -> str:
        """What the scores count."""
        return _UNITS[type(self.rule)]
