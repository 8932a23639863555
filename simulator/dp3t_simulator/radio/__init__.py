"""What a phone hears of another one near it: when, and how strongly.

`model` makes the tables of a fit, `sightings` runs through one contact. The chapter is
`spec/simulator/radio.md`.
"""

from dp3t_simulator.radio.kernel import RadioModel, room, sightings
from dp3t_simulator.radio.parameters import TX_POWER_DBM
from dp3t_simulator.radio.tables import model

__all__ = ["TX_POWER_DBM", "RadioModel", "model", "room", "sightings"]
