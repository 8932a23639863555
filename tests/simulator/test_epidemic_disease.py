from math import log
from statistics import NormalDist

import numpy as np
import pytest

from dp3t_simulator.epidemic.disease import AGES, disease
from dp3t_simulator.epidemic.durations import whole_days
from dp3t_simulator.renewal import FERRETTI_2020

DISEASE = disease("sars-cov-2-2020")


@pytest.mark.spec("EPIDEMIC-2")
def test_the_tables_by_age_are_those_of_the_chapter() -> None:
    ages = [5, 15, 25, 35, 45, 55, 65, 75, 85]
    assert DISEASE.susceptibility[ages].tolist() == [
        *(0.35, 0.69, 1.03, 1.03, 1.03, 1.03, 1.27, 1.52, 1.52)
    ]
    assert DISEASE.asymptomatic[ages].tolist() == [
        *(0.456, 0.412, 0.370, 0.332, 0.296, 0.265, 0.238, 0.214, 0.192)
    ]
    assert 100 * DISEASE.hospital[ages] == pytest.approx(
        [0.002, 0.019, 0.079, 0.557, 2.738, 5.048, 9.274, 13.083, 16.276]
    )
    assert 100 * DISEASE.death[ages] == pytest.approx(
        [1.65, 1.25, 2.5, 2.5, 3.15, 8.418, 17.81, 38.016, 70.9]
    )


def test_every_age_that_a_byte_can_hold_has_a_row_and_the_last_band_has_no_end() -> None:
    for table in (DISEASE.susceptibility, DISEASE.asymptomatic, DISEASE.hospital, DISEASE.death):
        assert len(table) == AGES
        assert table[80] == table[255] != table[69]


def test_of_the_oldest_infected_as_many_die_as_in_the_report_the_data_names() -> None:
    with_symptoms = 1 - DISEASE.asymptomatic[80]
    assert with_symptoms * DISEASE.hospital[80] * DISEASE.death[80] == pytest.approx(
        0.093, abs=0.001
    )


@pytest.mark.spec("EPIDEMIC-3")
@pytest.mark.parametrize(
    ("part", "mean", "sd", "least", "most"),
    [
        ("infectiousness", 5.5, 2.14, 1, 14),
        ("incubation", 5.42, 2.7, 1, 21),
        ("to_hospital", 5.14, 2.0, 1, 14),
        ("recovery", 12.0, 5.0, 3, 35),
        ("recovery_asymptomatic", 15.0, 5.0, 3, 35),
        ("recovery_hospital", 8.75, 8.75, 1, 40),
        ("death_hospital", 14.01, 9.08, 1, 60),
    ],
)
def test_durations_have_the_shares_of_a_gamma_distribution_on_whole_days(
    part: str, mean: float, sd: float, least: int, most: int
) -> None:
    shares = getattr(DISEASE, part)
    if part != "infectiousness":
        assert shares[-1] == 1.0
        shares = np.diff(shares, prepend=0.0)
    shape, scale = (mean / sd) ** 2, sd * sd / mean
    steps = 2000  # a second way to the same shares: the density, added up finely
    middles = (np.arange((most + 1) * steps) + 0.5) / steps - 0.5
    inside = np.maximum(middles, 1e-12)
    density = np.where(middles > 0, inside ** (shape - 1) * np.exp(-inside / scale), 0.0)
    expected = density.reshape(most + 1, steps).sum(axis=1)
    expected[:least] = 0
    assert shares == pytest.approx(expected / expected.sum(), abs=2e-5)


def test_a_disease_that_has_no_file_is_told() -> None:
    with pytest.raises(FileNotFoundError):
        disease("measles")


def test_infectiousness_begins_the_day_after_the_infection_and_has_an_end() -> None:
    assert DISEASE.infectiousness[0] == 0 < DISEASE.infectiousness[1]
    assert DISEASE.infectious_days == 14
    assert DISEASE.infectiousness.sum() == pytest.approx(1, abs=1e-12)


def test_a_narrow_distribution_falls_on_its_mean() -> None:
    assert whole_days(mean=3.0, sd=0.15, least=0, most=5).tolist() == pytest.approx(
        [0, 0, 0, 1, 0, 0], abs=0.001
    )


@pytest.mark.spec("EPIDEMIC-14")
def test_the_disease_of_the_paper_has_its_distributions_and_nobody_differs() -> None:
    of = disease("ferretti-2020")
    paper = FERRETTI_2020
    assert set(of.asymptomatic) == {paper.asymptomatic_fraction}
    assert (set(of.susceptibility), set(of.hospital), set(of.death)) == ({1.0}, {0.0}, {0.0})
    days = np.arange(len(of.infectiousness) + 1)
    edges = np.maximum(days - 0.5, 0.0) / paper.generation_scale_days
    shares = np.diff(1 - np.exp(-(edges**paper.generation_shape)))
    shares[0] = 0.0
    assert of.infectiousness == pytest.approx(shares / shares.sum(), abs=1e-12)
    normal = NormalDist(paper.incubation_log_mean, paper.incubation_log_sd)
    for day in (1, 3, 5, 8, 15):  # day k stands for what lasts at most k
        assert of.incubation[day] == pytest.approx(normal.cdf(log(day)), abs=1e-4)
    assert of.incubation[0] == 0.0
    assert of.incubation[-1] == 1.0


@pytest.mark.spec("EPIDEMIC-14")
def test_each_contact_counts_alike_in_the_disease_of_the_paper() -> None:
    weight = disease("ferretti-2020").weight
    assert weight.most_seconds == 4
    assert (weight.per_metre, weight.at_home) == (1.0, 1.0)
