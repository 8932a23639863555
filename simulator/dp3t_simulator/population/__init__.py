"""Who there is: populations made from demographic tables, or known from measured contacts."""

from dp3t_simulator.population.building import build, populate
from dp3t_simulator.population.measurement import measured
from dp3t_simulator.population.population import (
    NO_GROUP,
    SCHOOL,
    WORK,
    MeasuredContacts,
    Population,
)
from dp3t_simulator.population.table import PRESETS, smartphones_by_age

__all__ = [
    "NO_GROUP",
    "PRESETS",
    "SCHOOL",
    "WORK",
    "MeasuredContacts",
    "Population",
    "build",
    "measured",
    "populate",
    "smartphones_by_age",
]
