"""From strengths to points that can be judged: one radio for all phones, or one for each model."""

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass

from benchmarks.radio.precision import Point
from dp3t.proximity.exposure.calibration import Calibration

DEFECTS = {
    "dropped-identifiers": "leave out identifiers that were set before a scenario opened",
    "limit-twice": "count a point exactly at the limit of distance as right and as wrong",
    "receiver-model": "take the sender's model from the table, which has the receiver's there",
    "swapped-calibration": "take power from the receiver's model and correction from the sender's",
}
"""What the experimenters' scripts did, by the names of `--reproduce`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """A sighting as the judgement needs it.

    Attributes:
        rssi_dbm: how strongly it was heard.
        distance_m: how far apart the two were; None where nobody knows.
        receiver_model: the receiver's model.
        sender_model: the sender's.
    """

    rssi_dbm: int
    distance_m: float | None
    receiver_model: str
    sender_model: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Radio:
    """How attenuation follows from strength.

    Attributes:
        name: for print.
        for_all: the calibration of every model; None where `by_model` holds.
        by_model: calibrations by model; sightings of other models are left out.
    """

    name: str
    for_all: Calibration | None = None
    by_model: Mapping[str, Calibration] | None = None

    def attenuation_db(self, heard: Heard, *, swapped: bool = False) -> int | None:
        """Return the attenuation of a sighting, None where a calibration is missing.

        Args:
            heard: the sighting.
            swapped: as the experimenters' scripts did.
        """
        receiver = self._of(heard.receiver_model)
        sender = self._of(heard.sender_model)
        if receiver is None or sender is None:
            return None
        if swapped:
            receiver, sender = sender, receiver
        return receiver.attenuation_db(heard.rssi_dbm, tx_power_dbm=sender.tx_power_dbm)

    def _of(self, model: str) -> Calibration | None:
        return self.for_all if self.by_model is None else self.by_model.get(model)


def uniform(tx_power_dbm: int, rx_correction_db: int) -> Radio:
    """Return the radio that takes all phones for alike."""
    return Radio(
        name=f"TX {tx_power_dbm:+d} dBm, RX {rx_correction_db:+d} dB",
        for_all=Calibration(tx_power_dbm=tx_power_dbm, rx_correction_db=rx_correction_db),
    )


def points(heard: Iterable[Heard], radio: Radio, reproduced: Set[str] = frozenset()) -> list[Point]:
    """Return the sightings of which attenuation and distance are known."""
    swapped = "swapped-calibration" in reproduced
    found = []
    for each in heard:
        attenuation = radio.attenuation_db(each, swapped=swapped)
        if attenuation is not None and each.distance_m is not None:
            found.append(Point(attenuation, each.distance_m))
    return found
