"""Phones of the hybrid design whose seeds are known, under many lengths of windows."""

import pytest

from dp3t.params import STANDARD, Parameters
from dp3t.proximity.advertisement import Metadata
from dp3t.proximity.hybrid import Hybrid, HybridKey, HybridRing
from dp3t.timeline import Day, Instant, day_start
from vectors import Case

DAY = Day(18_377)
MIDNIGHT = day_start(DAY)
NOON = Instant(MIDNIGHT + 43_200)
WINDOW = NOON // 14_400
SEED = bytes(range(16))
DESIGN = Hybrid()
METADATA = Metadata(tx_power_dbm=-12)
LENGTHS = {
    "10-minutes": Parameters(epoch_minutes=10, window_minutes=10),
    "45-minutes": Parameters(window_minutes=45),
    "100-minutes": Parameters(epoch_minutes=10, window_minutes=100),
    "105-minutes": Parameters(window_minutes=105, retention_days=1),
    "2-hours": Parameters(window_minutes=120),
    "4-hours": STANDARD,
    "23-hours": Parameters(window_minutes=1380, retention_days=2),
    "one-day": Parameters(epoch_minutes=10, window_minutes=1440),
    "one-day-of-minutes": Parameters(epoch_minutes=1, window_minutes=1440, retention_days=63),
}
every_length = pytest.mark.parametrize("parameters", LENGTHS.values(), ids=LENGTHS)


def seed_of(window: int) -> bytes:
    return window.to_bytes(16, "big")


def ring_of(*windows: int, parameters: Parameters = STANDARD) -> HybridRing:
    return HybridRing(
        keys=tuple(HybridKey(window, seed_of(window)) for window in windows),
        order=tuple(range(parameters.epochs_per_window)),
    )


def minutes(case: Case) -> Parameters:
    """Return the parameters that a case names."""
    names = ("epoch_minutes", "window_minutes", "retention_days", "clock_skew_seconds")
    return Parameters(**{name: case[name] for name in names if name in case})
