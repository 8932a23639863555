"""Tables of the radio for compiled loops."""

from statistics import NormalDist
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from dp3t_simulator.draws import stream_key
from dp3t_simulator.radio.kernel import COARSE, FINE, STEPS_PER_DB, RadioModel
from dp3t_simulator.radio.parameters import TX_POWER_DBM, PhoneModel, RadioParameters, shipped

LAYERS = 6
FARTHEST_CM = 3000
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
    """Return the radio of parameters; a share of lost scans may stand in for theirs."""
    lost = parameters.scan_loss if scan_loss is None else scan_loss
    if not 0 <= lost <= 1:
        raise ValueError("the share of lost scans lies between 0 and 1")
    return RadioModel(
        scan_key=stream_key(seed, "radio: scans"),
        device_key=stream_key(seed, "radio: devices"),
        body_key=stream_key(seed, "radio: bodies"),
        pair_key=stream_key(seed, "radio: pairs"),
        fading_key=stream_key(seed, "radio: fading"),
        period=parameters.scan_period_seconds,
        jitter=parameters.scan_jitter_seconds,
        path=_path(parameters),
        sent=_by_share(parameters.models, [each.sent_db for each in parameters.models]),
        received=_by_share(parameters.models, [each.received_db for each in parameters.models]),
        body=np.tile(_normal(parameters.body_sd_db), (LAYERS, 1)),
        pair=_normal(parameters.pair_sd_db),
        fading=_normal(parameters.fading_sd_db),
        heard=_heard(parameters, lost),
        tx_power_dbm=TX_POWER_DBM,
    )


def _path(parameters: RadioParameters) -> NDArray[np.int32]:
    metres = np.maximum(np.arange(FARTHEST_CM + 1), parameters.shortest_cm) / 100
    return _steps(parameters.loss_at_1_m_db + 10 * parameters.exponent * np.log10(metres))


def _by_share(models: tuple[PhoneModel, ...], values: list[float]) -> NDArray[np.int32]:
    ends = np.cumsum([each.share for each in models])
    chosen = np.searchsorted(ends / ends[-1], (np.arange(COARSE) + 0.5) / COARSE)
    return _steps(np.array(values)[chosen])


def _normal(sd_db: float) -> NDArray[np.int32]:
    normal = NormalDist()
    return _steps(sd_db * np.array([normal.inv_cdf((i + 0.5) / FINE) for i in range(FINE)]))


def _heard(parameters: RadioParameters, lost: float) -> NDArray[np.uint64]:
    above = (-np.arange(128) - parameters.sensitivity_dbm) / parameters.sensitivity_width_db
    share = (1 - lost) / (1 + np.exp(-above))
    adverts: NDArray[np.uint64] = np.rint(share * 2.0**32).astype(np.uint64)
    return adverts


def _steps(db: NDArray[np.float64]) -> NDArray[np.int32]:
    return np.rint(db * STEPS_PER_DB).astype(np.int32)
