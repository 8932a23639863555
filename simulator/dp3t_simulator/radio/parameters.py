"""Parameters of the radio: a small file that a fit to captures has written."""

import tomllib
from dataclasses import dataclass
from importlib.resources import files

TX_POWER_DBM = -29
"""What every phone's metadata tell, so that attenuation = TX_POWER_DBM - RSSI.

The phones of the captures send with -24 dBm and add 5 dB to what they receive, by the calibration
that exposure notification had for them; RSSI here is as in the captures, without the 5 dB.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class RadioParameters:
    """A fit; all losses in dB.

    Attributes:
        loss_at_1_m_db: attenuation at one metre of the average phone and body.
        exponent: of distance; 2 in free space.
        shortest_cm: below it loss does not fall.
        models: of phones: share of all, and what it adds as sender and as receiver.
        body_sd_db, pair_sd_db, fading_sd_db: standard deviations of what a person adds, a pair, and
            a single scan.
        sensitivity_dbm: half of the adverts of this strength are heard.
        sensitivity_width_db: scale of the logistic curve around it.
        scan_loss: share of scans that hear nothing, however near.
        scan_period_seconds, scan_jitter_seconds: number k of a day's scans begins at phase + period
            k + jitter, uniform from 0 to below this.
    """

    loss_at_1_m_db: float
    exponent: float
    shortest_cm: int
    models: tuple["PhoneModel", ...]
    body_sd_db: float
    pair_sd_db: float
    fading_sd_db: float
    sensitivity_dbm: float
    sensitivity_width_db: float
    scan_loss: float
    scan_period_seconds: int
    scan_jitter_seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneModel:
    """A model of phones: what it adds to the loss."""

    name: str
    share: float
    sent_db: float
    received_db: float


def shipped(fit: str) -> RadioParameters:
    """Return the parameters of a fit that comes with the simulator, by its name.

    Raises:
        ValueError: no such fit.
    """
    path = files("dp3t_simulator.radio") / "data" / f"{fit}.toml"
    if not fit.replace("-", "").isalnum() or not path.is_file():
        raise ValueError("there is no radio fit of that name")
    return parsed(path.read_text(encoding="utf-8"))


def parsed(document: str) -> RadioParameters:
    """Return the parameters that a TOML document holds."""
    given = tomllib.loads(document)
    models = tuple(PhoneModel(**each) for each in given["models"])
    return RadioParameters(**(given["parameters"] | {"models": models}))
