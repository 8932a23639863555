"""What of a design and a configuration decides what phones find, as numbers for compiled loops."""

from typing import NamedTuple

from dp3t import Day, Parameters, Slot, day_start, slot_start
from dp3t.proximity import design as design_named
from dp3t.proximity.exposure import CLOSE_ATTENUATION_DB, MAX_GAP_SECONDS
from dp3t.proximity.exposure.configuration import Configuration
from dp3t.proximity.exposure.presets import preset
from dp3t_simulator.radio import TX_POWER_DBM
from dp3t_simulator.scenario.errors import ScenarioError
from dp3t_simulator.scenario.settings import Scenario

DAY_SECONDS = day_start(Day(1))
SLOT_SECONDS = slot_start(Slot(1))
UNDERSTOOD = ("dp3t", "swisscovid", "gaen-v2")
"""The configurations whose scores are computed here [WARNINGS-8]."""

_INTERVALS = "gaen"
_WINDOWS = "hybrid"


class Law(NamedTuple):
    """Which sightings count, and how they are put together.

    Attributes:
        identifier_seconds: for how long an identifier is broadcast.
        period_seconds: of the period under which a receiver files it; 0 where intervals decide.
        drift_identifiers: how many identifiers before and after its own one counts; intervals only.
        skew_seconds: how near to the end of a period a sighting counts for the next one too.
        windows: whether only windows with somebody near are published.
        timed: whether all sightings of a pair on a day are weighed as one contact.
        tells_onset: whether keys tell the days since the onset of symptoms.
        retention_days: how long phones remember.
        tx_power_dbm: what attenuation is counted from.
        close_db: the greatest attenuation of somebody near.
        gap_seconds: the longest gap between sightings in contact.
    """

    identifier_seconds: int
    period_seconds: int
    drift_identifiers: int
    skew_seconds: int
    windows: bool
    timed: bool
    tells_onset: bool
    retention_days: int
    tx_power_dbm: int
    close_db: int
    gap_seconds: int


def parameters_of(scenario: Scenario) -> Parameters:
    """Return the parameters of the phones in a scenario: standard ones, but for the memory."""
    return Parameters(retention_days=scenario.app.retention_days)


def law_of(scenario: Scenario) -> Law:
    """Return how the design of a scenario counts [WARNINGS-4] [WARNINGS-6].

    Raises:
        dp3t.MalformedError: no design of that name.
    """
    design, parameters = design_named(scenario.app.design), parameters_of(scenario)
    periods = {
        "lowcost": DAY_SECONDS,
        "unlinkable": parameters.epoch_seconds,
        _WINDOWS: parameters.window_seconds,
        _INTERVALS: 0,
    }
    return Law(
        identifier_seconds=design.epoch_seconds(parameters),
        period_seconds=periods[design.name],
        drift_identifiers=parameters.clock_drift_intervals,
        skew_seconds=parameters.clock_skew_seconds,
        windows=design.asks_who_was_close,
        timed=not design.coarsens,
        tells_onset=design.name == _INTERVALS,
        retention_days=parameters.retention_days,
        tx_power_dbm=TX_POWER_DBM,
        close_db=CLOSE_ATTENUATION_DB,
        gap_seconds=MAX_GAP_SECONDS,
    )


def configuration_of(scenario: Scenario) -> Configuration:
    """Return the configuration of a scenario, if it is one of those understood here [WARNINGS-8].

    Raises:
        ScenarioError: another one.
    """
    name = scenario.app.configuration
    if name not in UNDERSTOOD:
        raise ScenarioError(
            f"app.configuration is {name}, which fidelity fast does not compute; "
            f"it computes {', '.join(UNDERSTOOD)}"
        )
    return preset(name)
