"""spec/simulator/warnings.md: the comparison of both fidelities notices small errors."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from dp3t_simulator.interfaces import Morning, Uploads, VenueTraces, World
from dp3t_simulator.scenario.settings import (
    AppSettings,
    DiseaseSettings,
    Scenario,
    TestingSettings,
)
from dp3t_simulator.warnings.fast import FastNotification
from dp3t_simulator.warnings.protocol.differential import compared, differences
from dp3t_simulator.warnings.protocol.notification import ProtocolNotification


def village(design: str, *, clock_skew_seconds: float) -> Scenario:
    return Scenario(
        name="a village",
        people=300,
        days=16,
        disease=DiseaseSettings(seeds=80),
        testing=TestingSettings(symptomatic_probability=1.0, sensitivity=1.0),
        app=AppSettings(
            uptake=0.5,
            upload_consent=1.0,
            upload_delay_days=3 if design == "gaen" else 0,  # days on which the onset matters
            design=design,
            configuration="gaen-v2" if design == "gaen" else "dp3t",
            clock_skew_seconds=clock_skew_seconds,
            online_daily=0.5,
            redaction=0.5,
            retention_days=5,
        ),
    )


class Mutant(FastNotification):
    """Loops that are wrong in one place."""

    def __init__(self, world: World, **wrong: Any) -> None:
        super().__init__(world)
        self._law = self._law._replace(**wrong)


class WithoutClocks(FastNotification):
    """Loops that think that every clock is right."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self._habits = self._habits._replace(skew=np.zeros_like(self._habits.skew))


class WithoutRedaction(FastNotification):
    """Loops that publish what people hold back."""

    def morning(self, day: int, uploads: Uploads, traces: VenueTraces) -> Morning:
        nothing = np.full_like(uploads.redacted, -1)
        return super().morning(day, uploads._replace(redacted=nothing), traces)


class SinceADayLater(FastNotification):
    """Loops that leave out the first day of every report."""

    def morning(self, day: int, uploads: Uploads, traces: VenueTraces) -> Morning:
        return super().morning(day, uploads._replace(since=uploads.since + np.int16(1)), traces)


def law(**wrong: Any) -> Callable[[World], FastNotification]:
    return lambda world: Mutant(world, **wrong)


Wrong = dict[str, Callable[[World], FastNotification]]
ANYWHERE: Wrong = {
    "a memory that is a day too long": law(retention_days=6),
    "a memory that is a day too short": law(retention_days=4),
    "gaps that end too early": law(gap_seconds=249),
    "clocks that are right": WithoutClocks,
    "nothing is held back": WithoutRedaction,
    "a day less in every report": SinceADayLater,
}
MUTANTS: dict[str, Wrong] = {
    "unlinkable": ANYWHERE
    | {
        "epochs of the other design": law(identifier_seconds=600),
        "periods a minute too long": law(period_seconds=960),
        "boundaries without tolerance": law(skew_seconds=0),
        "transmit power off by one": law(tx_power_dbm=-28),
    },
    "hybrid": ANYWHERE
    | {
        "windows of six hours": law(period_seconds=21_600),
        "boundaries with another tolerance": law(skew_seconds=600),
        "all windows are published": law(windows=False),
        "somebody at 60 dB is not close": law(close_db=60),
    },
    "gaen": ANYWHERE
    | {
        "epochs of the other design": law(identifier_seconds=900),
        "an interval less": law(drift_identifiers=11),
        "an interval more": law(drift_identifiers=13),
        "contacts of one identifier": law(timed=False),
        "no onset is told": law(tells_onset=False),
    },
}
SEEDS = range(5, 9)
CLOCKS = {"unlinkable": 300.0, "hybrid": 4000.0, "gaen": 7200.0}


class Panel(ProtocolNotification):
    """Phones of the library, and mutants that see the same mornings.

    Attributes:
        differing: the mutants that have given another row.
    """

    def __init__(self, world: World, mutants: Wrong):
        super().__init__(world)
        self.differing: set[str] = set()
        self._mutants = {name: make(world) for name, make in mutants.items()}

    def morning(self, day: int, uploads: Uploads, traces: VenueTraces) -> Morning:
        found = super().morning(day, uploads, traces)
        for name, mutant in self._mutants.items():
            if differences(day, found, mutant.morning(day, uploads, traces)):
                self.differing.add(name)
        return found

    def close(self) -> None:
        super().close()
        for mutant in self._mutants.values():
            mutant.close()


@pytest.mark.spec("WARNINGS-1", "WARNINGS-3", "WARNINGS-4", "WARNINGS-5", "WARNINGS-6")
@pytest.mark.parametrize("design", MUTANTS)
def test_every_error_of_one_side_is_a_difference(design: str) -> None:
    """Invalid: epochs, clocks, days held back and memories that are wrong by a little."""
    unnoticed = MUTANTS[design]
    for seed in SEEDS:  # a village in which few report shows no error in what they report
        noticed = noticed_in(village(design, clock_skew_seconds=CLOCKS[design]), seed, unnoticed)
        unnoticed = {name: unnoticed[name] for name in unnoticed.keys() - noticed}
    assert not unnoticed


def noticed_in(scenario: Scenario, seed: int, wrong: Wrong) -> set[str]:
    """Return which wrong loops a village shows to be wrong; the right ones agree with phones."""
    panels = []

    def panel(world: World) -> Panel:
        panels.append(Panel(world, wrong))
        return panels[0]

    assert compared(scenario, seed=seed, other=panel).differences == []
    return panels[0].differing
