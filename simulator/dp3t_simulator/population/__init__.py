"""Who there is: populations made from demographic tables, or known from measured contacts."""

from dp3t_simulator.population.population import (
    NO_GROUP,
    SCHOOL,
    WORK,
    MeasuredContacts,
    Population,
)

__all__ = ["NO_GROUP", "SCHOOL", "WORK", "MeasuredContacts", "Population"]
