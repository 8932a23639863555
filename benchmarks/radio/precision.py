"""How well a threshold of attenuation tells who was near."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple


class Point(NamedTuple):
    """One sighting of which the truth is known."""

    attenuation_db: int
    distance_m: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What "attenuation at most `threshold_db` means at most `distance_m`" is worth.

    Attributes:
        threshold_db: sightings of at most this attenuation are called near.
        distance_m: pairs at most this far apart were near.
        n: how many sightings were judged.
        relevant: how many of them were near.
        tp: called near, rightly.
        fp: called near, wrongly.
    """

    threshold_db: int
    distance_m: float
    n: int
    relevant: int
    tp: int
    fp: int

    @property
    def precision(self) -> float | None:
        """The share of those called near that were; None where none was called near."""
        return self.tp / (self.tp + self.fp) if self.tp + self.fp else None

    @property
    def recall(self) -> float | None:
        """The share of those near that were called near; None where none was near."""
        return self.tp / self.relevant if self.relevant else None


def judge(
    points: Sequence[Point], *, threshold_db: int, distance_m: float, limit_twice: bool = False
) -> Outcome:
    """Judge a threshold.

    Args:
        points: the sightings.
        threshold_db: the threshold, itself called near.
        distance_m: the limit, itself near.
        limit_twice: count a point exactly at the limit as right and as wrong, as the experimenters'
            scripts did.
    """
    called = [distance for attenuation, distance in points if attenuation <= threshold_db]
    return Outcome(
        threshold_db=threshold_db,
        distance_m=distance_m,
        n=len(points),
        relevant=_at_most(distance_m, (point.distance_m for point in points)),
        tp=_at_most(distance_m, called),
        fp=sum(far > distance_m or (limit_twice and far == distance_m) for far in called),
    )


def _at_most(distance_m: float, distances_m: Iterable[float]) -> int:
    return sum(distance <= distance_m for distance in distances_m)
