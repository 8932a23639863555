"""Dummy uploads: when a phone sends them, and what an observer can conclude from what it counts.

An upload is larger than a fetch, so a phone that uploads only for a patient gives the patient away.
Dummies are a Poisson process: their moments follow from the dice and from nothing that a user does.
"""

from dataclasses import dataclass, field

from dp3t.codec import Fields, Value
from dp3t.errors import TooEarlyError
from dp3t.params import DAY_SECONDS, LAST_INSTANT
from dp3t.primitives import Rand
from dp3t.timeline import Instant

MEAN_DELAY_SECONDS = 5 * DAY_SECONDS
"""From one dummy to the next on average: 0.2 dummies a day."""

CATCH_UP_DAYS = 14
"""What was due longer ago is not sent any more."""

_DRAW_BYTES = 8
_SHORTEST_MEAN_SECONDS = 60
_LONGEST_MEAN_SECONDS = 100 * DAY_SECONDS


def exponential_delay(*, mean_seconds: int = MEAN_DELAY_SECONDS, rand: Rand) -> int:
    """Draw an exponential delay, in whole seconds, rounded up; at least 1 [DUMMY-1].

    This is von Neumann's method: it compares random numbers and takes no logarithm, so that the
    same randomness gives the same delay in every language.

    Args:
        mean_seconds: 60 to 8,640,000.
        rand: asked for 8 bytes at a time, about four times on average.

    Raises:
        ValueError: a mean out of range.
    """
    if not _SHORTEST_MEAN_SECONDS <= mean_seconds <= _LONGEST_MEAN_SECONDS:
        raise ValueError("the mean delay lies between one minute and 100 days")
    means = 0
    while (fraction := _fraction(rand)) is None:
        means += 1
    return mean_seconds * means + (mean_seconds * fraction >> 8 * _DRAW_BYTES) + 1


def _fraction(rand: Rand) -> int | None:
    """Return the first of a falling run of draws if the run is of odd length.

    A run that starts with u has odd length with probability e to the power of -u, which is how much
    rarer u is under the exponential law than under the uniform one.
    """
    first = last = _draw(rand)
    odd = True
    while (draw := _draw(rand)) < last:
        last, odd = draw, not odd
    return first if odd else None


def _draw(rand: Rand) -> int:
    return int.from_bytes(rand(_DRAW_BYTES), "big")


@dataclass(frozen=True, slots=True)
class DummySchedule:
    """When the next dummy is due; what was before is not kept [DUMMY-6].

    Whoever knows the moment can tell a report from a dummy, so the repr hides it.

    Attributes:
        next_due: that moment.
    """

    next_due: Instant = field(repr=False)

    @classmethod
    def first(
        cls, *, now: Instant, mean_seconds: int = MEAN_DELAY_SECONDS, rand: Rand
    ) -> "DummySchedule":
        """Return the schedule of an app that is installed at `now` [DUMMY-2]."""
        return cls(_later(now, mean_seconds, rand))

    def due(self, *, now: Instant) -> bool:
        """Say whether a dummy is to be sent at `now` [DUMMY-4]; none at the end [DUMMY-15]."""
        return self.next_due <= now and self.next_due < LAST_INSTANT

    def after(
        self, *, now: Instant, mean_seconds: int = MEAN_DELAY_SECONDS, rand: Rand
    ) -> "DummySchedule":
        """Return the schedule once the dummy that was due has been sent [DUMMY-3].

        The delay counts from when that dummy was due, not from when it was sent, so the new one may
        be overdue too. What was due more than CATCH_UP_DAYS ago counts as due then.

        Raises:
            TooEarlyError: none is due at `now`; what was sent was no dummy [DUMMY-5] [DUMMY-16].
        """
        if not self.due(now=now):
            raise TooEarlyError("no dummy is due")
        oldest = max(0, now - CATCH_UP_DAYS * DAY_SECONDS)
        return DummySchedule(_later(max(self.next_due, oldest), mean_seconds, rand))

    def to_value(self) -> Value:
        """Return the schedule for sealing."""
        return {"next_due": self.next_due}

    @classmethod
    def from_value(cls, value: Value) -> "DummySchedule":
        """Return a schedule that `to_value` described; MalformedError otherwise."""
        fields = Fields(value, what="the dummy schedule")
        next_due = fields.integer("next_due", 0, LAST_INSTANT)
        fields.done()
        return cls(Instant(next_due))


def _later(moment: int, mean_seconds: int, rand: Rand) -> Instant:
    delay = exponential_delay(mean_seconds=mean_seconds, rand=rand)
    return Instant(min(moment + delay, LAST_INSTANT))


def posterior(
    *,
    uploads: int,
    days: float,
    probability: float,
    dummies_per_day: float = DAY_SECONDS / MEAN_DELAY_SECONDS,
) -> float:
    """Return how probable a report is to an observer who counts a phone's uploads [DUMMY-10].

    Args:
        uploads: how many were seen; at least 0.
        days: for how long the phone was watched; more than 0.
        probability: that the phone makes one report in those days, as the observer held it before
            counting; 0 to 1.
        dummies_per_day: the rate of the schedule; more than 0.

    Raises:
        ValueError: a number out of range.
    """
    if uploads < 0 or not 0 <= probability <= 1:
        raise ValueError("uploads are counted from 0, and a probability lies between 0 and 1")
    if not (0 < days < float("inf") and 0 < dummies_per_day < float("inf")):
        raise ValueError("the days and the rate are positive")
    if uploads == 0:
        return 0.0
    report = uploads * probability
    return report / (report + days * dummies_per_day * (1 - probability))


def approximate_posterior(
    *,
    uploads: int,
    probability_per_day: float,
    dummies_per_day: float = DAY_SECONDS / MEAN_DELAY_SECONDS,
) -> float:
    """Return about what `posterior` gives for rare reports; it exceeds 1 where they are not rare.

    How long the phone was watched no longer matters.

    Raises:
        ValueError: a number out of range.
    """
    if uploads < 0 or not (probability_per_day >= 0 and 0 < dummies_per_day < float("inf")):
        raise ValueError("a count, a probability or a rate is out of range")
    return uploads / dummies_per_day * probability_per_day
