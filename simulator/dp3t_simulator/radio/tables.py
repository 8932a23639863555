"""Tables of the radio for compiled loops."""

from statistics import NormalDist
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from dp3t_simulator.draws import stream_key
from dp3t_simulator.radio.kernel import FINE, STEPS_PER_DB, RadioModel
from dp3t_simulator.radio.parameters import RadioParameters, shipped

LAYERS = 6
TABLE_LAYERS = (1, 2)
"""At school and at work phones lie on tables; elsewhere they are carried."""
FARTHEST_CM = 10_000
"""Farther away a phone is heard as from here."""


class RadioSettings(Protocol):
    """What a scenario says about the radio."""

    @property
    def fit(self) -> str:
        """The name of a fit."""

    @property
    def loss(self) -> float | None:
        """Share of scans that hear nothing, however near, in place of the fit's."""


def model(settings: RadioSettings, seed: int) -> RadioModel:
    """Return the radio of a run.

    Raises:
        ValueError: no fit of that name, or a share outside 0 to 1.
    """
    return model_of(shipped(settings.fit), seed, scan_loss=settings.loss)


def model_of(
    parameters: RadioParameters, seed: int, *, scan_loss: float | None = None
) -> RadioModel:
    """Return the radio of parameters; a share of lost scans may stand in for theirs.

    Raises:
        ValueError: a share outside 0 to 1, or a seed outside 0 to 2⁶⁴ - 1.
    """
    lost = parameters.scan_loss if scan_loss is None else scan_loss
    if not 0 <= lost <= 1:
        raise ValueError("the share of lost scans lies between 0 and 1")
    return RadioModel(
        scan_key=stream_key(seed, "radio: scans"),
        phone_key=stream_key(seed, "radio: phones"),
        body_key=stream_key(seed, "radio: bodies"),
        pair_key=stream_key(seed, "radio: pairs"),
        fading_key=stream_key(seed, "radio: fading"),
        period=parameters.scan_period_seconds,
        spread=parameters.scan_spread_seconds,
        path=_path(parameters),
        sent=_repeated([each.sent_db for each in parameters.phones]),
        received=_repeated([each.received_db for each in parameters.phones]),
        body=_bodies(parameters),
        pair=_normal(parameters.pair_sd_db),
        fading=_normal(parameters.fading_sd_db),
        heard=_heard(parameters, lost),
    )


def _path(parameters: RadioParameters) -> NDArray[np.int32]:
    metres = np.maximum(np.arange(FARTHEST_CM + 1), parameters.shortest_cm) / 100
    return _steps(parameters.loss_at_1_m_db + 10 * parameters.exponent * np.log10(metres))


def _repeated(values: list[float]) -> NDArray[np.int32]:
    """Return values, each over as many entries of a table as any other, to within one."""
    return _steps(np.array(values)[np.arange(FINE) * len(values) // FINE])


def _bodies(parameters: RadioParameters) -> NDArray[np.int32]:
    spread = _normal(parameters.body_sd_db)
    table = _steps(np.array(parameters.table_db))
    return np.array([spread + table * (layer in TABLE_LAYERS) for layer in range(LAYERS)])


def _normal(sd_db: float) -> NDArray[np.int32]:
    """Return a normal distribution's quantiles, in the middle of each share."""
    normal = NormalDist()
    return _steps(sd_db * np.array([normal.inv_cdf((i + 0.5) / FINE) for i in range(FINE)]))


def _heard(parameters: RadioParameters, lost: float) -> NDArray[np.uint64]:
    """Return by -RSSI how many of 2³² scans hear it [RADIO-5]."""
    above = (-np.arange(128) - parameters.sensitivity_dbm) / parameters.sensitivity_width_db
    share = (1 - lost) / (1 + np.exp(-above))
    coarse = np.rint(share * 2.0**16)  # so that no rounding of a logarithm shows
    scans: NDArray[np.uint64] = coarse.astype(np.uint64) << np.uint64(16)
    return scans


def _steps(db: NDArray[np.float64]) -> NDArray[np.int32]:
    return np.rint(db * STEPS_PER_DB).astype(np.int32)
