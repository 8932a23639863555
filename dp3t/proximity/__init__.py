"""Proximity: phones hear each other's identifiers, published keys are matched on the phone."""

from dp3t.proximity.advertisement import EphID, Metadata, ServiceData
from dp3t.proximity.designs import DESIGN_NAMES, design
from dp3t.proximity.interface import (
    Design,
    Expansion,
    KeyRing,
    Match,
    Selection,
    TracingKey,
    Validity,
)
from dp3t.proximity.matching import find
from dp3t.proximity.observations import Kept, Observation, ObservationStore, Sighting

__all__ = [
    "DESIGN_NAMES",
    "Design",
    "EphID",
    "Expansion",
    "Kept",
    "KeyRing",
    "Match",
    "Metadata",
    "Observation",
    "ObservationStore",
    "Selection",
    "ServiceData",
    "Sighting",
    "TracingKey",
    "Validity",
    "design",
    "find",
]
