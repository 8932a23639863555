"""How isolation and tracing lower reproduction: the renewal equation of Ferretti et al. 2020.

Science 368:eabb6936, supplement, equations 8 to 29. Infections are told apart by how long before
them their infector was infected. One generation after another is an integral operator, and its
dominant eigenvalue is the reproduction number. Gauss-Legendre quadrature makes the operator a
matrix, whose eigenvalues for the disease of the paper are exact to six decimals.
"""

from dataclasses import dataclass
from math import erf, inf, log, sqrt

import numpy as np
from numpy.typing import NDArray

NODES = 96
HORIZON_DAYS = 25.0
"""When infectiousness is over: what lies beyond is 10⁻²⁸ of the whole."""

_TOLERANCE = 1e-12

Column = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Disease:
    """An infection; what is not said otherwise is as estimated by Ferretti et al. for early 2020.

    Attributes:
        doubling_days: in how many days cases double without any measure.
        incubation_log_mean: mean of the logarithm of the incubation period in days.
        incubation_log_sd: its standard deviation.
        generation_shape: shape of the Weibull distribution of generation times.
        generation_scale_days: its scale.
        asymptomatic_fraction: share of the infected who never have symptoms, 0 to below 1.
        asymptomatic_infectiousness: theirs, relative to that of the others; at least 0.
        environmental_fraction: share of transmissions by surfaces, which nobody can trace, 0 to 1.

    Raises:
        ValueError: a value outside its range.
    """

    doubling_days: float = 5.0
    incubation_log_mean: float = 1.644
    incubation_log_sd: float = 0.363
    generation_shape: float = 2.826
    generation_scale_days: float = 5.665
    asymptomatic_fraction: float = 0.4
    asymptomatic_infectiousness: float = 0.1
    environmental_fraction: float = 0.1

    def __post_init__(self) -> None:
        for name in ("doubling_days", "incubation_log_sd", "generation_scale_days"):
            if not 0 < getattr(self, name) < inf:
                raise ValueError(f"{name} is a positive number")
        if not 1 <= self.generation_shape < inf:
            raise ValueError("generation_shape is at least 1")
        if not -inf < self.incubation_log_mean < inf:
            raise ValueError("incubation_log_mean is a number")
        if not 0 <= self.asymptomatic_fraction < 1:
            raise ValueError("asymptomatic_fraction is at least 0 and below 1")
        if not 0 <= self.asymptomatic_infectiousness < inf:
            raise ValueError("asymptomatic_infectiousness is at least 0")
        if not 0 <= self.environmental_fraction <= 1:
            raise ValueError("environmental_fraction lies between 0 and 1")


FERRETTI_2020 = Disease()


def basic_reproduction_number(disease: Disease) -> float:
    """Return R0: how many one infects without any measure, from the doubling time [SIMULATOR-1]."""
    growth = log(2) / disease.doubling_days
    days, weights = _nodes(disease)
    return float(1 / np.sum(weights * _generation(days, disease) * np.exp(-growth * days)))


def presymptomatic_share(disease: Disease) -> float:
    """Return the share, among those who get symptoms, of transmissions before them [SIMULATOR-2].

    In the paper's letters RP / (RP + RS): direct transmissions only.
    """
    days, weights = _nodes(disease)
    before = 1 - _fallen_ill(days, disease)
    return float(np.sum(weights * _generation(days, disease) * before))


class NextGeneration:
    """The operator that takes one generation of infections to the next.

    Args:
        disease: what spreads.
        delay_days: from symptoms until the case isolates and the contacts quarantine; at least 0.
            The paper has 0. Later, the case has reached the state `delay_days` ago that counts now.

    Raises:
        ValueError: a delay that is negative or not finite.
    """

    def __init__(self, disease: Disease = FERRETTI_2020, *, delay_days: float = 0.0) -> None:
        if not 0 <= delay_days < inf:
            raise ValueError("delay_days is a number of at least 0")
        days, self._weights = _nodes(disease)
        self._rate = basic_reproduction_number(disease) * _generation(days, disease)
        self._found = _noticed(days - delay_days, disease)
        self._later = _noticed(days[:, np.newaxis] + days - delay_days, disease)
        self._traceable = 1 - disease.environmental_fraction

    def reproduction_number(
        self, *, isolation: float, tracing: float, asked_once: bool = False
    ) -> float:
        """Return how many one infects under both measures [SIMULATOR-1].

        Args:
            isolation: success of isolating a case with symptoms, 0 to 1.
            tracing: success of quarantining a contact that can be traced, 0 to 1.
            asked_once: whether nobody is traced whom a case infects after it was found. In the
                paper they are traced as if it had not been; with perfect isolation there are none.

        Raises:
            ValueError: a success outside its range.
        """
        for success in (isolation, tracing):
            if not 0 <= success <= 1:
                raise ValueError("a success lies between 0 and 1")
        # of an infector it is known that it infected: found cases that isolate do not
        free = 1 - (isolation if asked_once else 1.0) * self._found
        caught = np.ones_like(self._later)  # of one surely found the contacts to come: the limit
        np.divide(self._later - self._found, free, out=caught, where=free > 0)
        untraced = 1 - tracing * self._traceable * caught
        infecting = self._rate * (1 - isolation * self._found)
        return _dominant_eigenvalue(infecting[:, np.newaxis] * untraced * self._weights)

    def tracing_threshold(self, *, isolation: float) -> float | None:
        """Return the success of tracing from which on an epidemic shrinks [SIMULATOR-3].

        Returns:
            0 where isolation alone is enough; None where perfect tracing is not.

        Raises:
            ValueError: a success outside 0 to 1.
        """
        if self.reproduction_number(isolation=isolation, tracing=0.0) <= 1:
            return 0.0
        if self.reproduction_number(isolation=isolation, tracing=1.0) > 1:
            return None
        low, high = 0.0, 1.0
        while high - low > 1e-9:
            middle = (low + high) / 2
            grows = self.reproduction_number(isolation=isolation, tracing=middle) > 1
            low, high = (middle, high) if grows else (low, middle)
        return high

    def threshold_curve(self, steps: int) -> list[tuple[float, float]]:
        """Return successes of isolation from 0 to 1 that have a threshold, and the threshold.

        Args:
            steps: how many steps there are from 0 to 1, at least 1.
        """
        successes = [step / steps for step in range(steps + 1)]
        found = [(each, self.tracing_threshold(isolation=each)) for each in successes]
        return [(each, threshold) for each, threshold in found if threshold is not None]


def _nodes(disease: Disease) -> tuple[Column, Column]:
    """Return ages of infection in days, and the weights of their quadrature."""
    horizon = HORIZON_DAYS * disease.generation_scale_days / FERRETTI_2020.generation_scale_days
    places, weights = np.polynomial.legendre.leggauss(NODES)
    return (places + 1) * horizon / 2, weights * horizon / 2


def _generation(days: Column, disease: Disease) -> Column:
    """Return the density of the generation time, per day."""
    shape, relative = disease.generation_shape, days / disease.generation_scale_days
    steep = relative ** (shape - 1) * np.exp(-(relative**shape))
    density: Column = shape / disease.generation_scale_days * steep
    return density


def _fallen_ill(days: Column, disease: Disease) -> Column:
    """Return which share of those who get symptoms have had them at an age of infection."""
    logs = np.log(np.maximum(days, np.finfo(float).tiny))
    deviations = (logs - disease.incubation_log_mean) / disease.incubation_log_sd
    return np.array([(1 + erf(x / sqrt(2))) / 2 for x in deviations.flat]).reshape(days.shape)


def _noticed(days: Column, disease: Disease) -> Column:
    """Return the same share among all infected, each counted by how infectious they are."""
    symptomatic = 1 - disease.asymptomatic_fraction
    silent = disease.asymptomatic_fraction * disease.asymptomatic_infectiousness
    share: Column = symptomatic / (symptomatic + silent) * _fallen_ill(days, disease)
    return share


def _dominant_eigenvalue(matrix: Column) -> float:
    """Return it by iterating a matrix without negative entries, as the supplement does."""
    vector = np.full(len(matrix), 1 / len(matrix))
    value = previous = 0.0
    for _ in range(1000):
        vector = matrix @ vector
        value = float(vector.sum())
        if abs(value - previous) <= _TOLERANCE * value:
            break
        vector, previous = vector / value, value
    return value
