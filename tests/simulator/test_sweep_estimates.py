from math import sqrt
from statistics import mean, stdev

import pytest

from dp3t_simulator.sweep.estimates import Band, Difference, band, difference, student_quantile


@pytest.mark.parametrize(
    ("freedom", "published"),
    [
        *((1, 12.706), (2, 4.303), (3, 3.182), (4, 2.776), (5, 2.571), (6, 2.447), (7, 2.365)),
        *((8, 2.306), (9, 2.262), (19, 2.093), (30, 2.042), (100, 1.984), (10**6, 1.960)),
    ],
)
@pytest.mark.spec("SWEEP-6")
def test_quantiles_are_those_of_students_table(freedom: int, published: float) -> None:
    assert round(student_quantile(freedom), 3) == published


@pytest.mark.spec("SWEEP-6")
def test_an_interval_is_the_mean_and_its_standard_error_times_the_quantile() -> None:
    found = difference([3.0, 5.0, 10.0])
    reach = 4.3027 * stdev([3, 5, 10]) / sqrt(3)
    assert found is not None
    assert found.low is not None
    assert found.high is not None
    assert (found.runs, found.mean) == (3, 6.0)
    assert (found.low, found.high) == pytest.approx((6 - reach, 6 + reach))


@pytest.mark.spec("SWEEP-6")
def test_one_pair_has_a_difference_and_no_interval_and_none_has_nothing() -> None:
    assert difference([4.0]) == Difference(runs=1, mean=4.0, low=None, high=None)
    assert difference([]) is None
    assert band([]) is None


@pytest.mark.spec("SWEEP-6")
def test_bands_are_quantiles_of_the_runs() -> None:
    values = [float(each) for each in range(21)]
    assert band(values[::-1]) == Band(runs=21, median=mean(values), low=1.0, high=19.0)
