"""spec/simulator/warnings.md: both fidelities give the same rows, every morning."""

import pytest

from dp3t_simulator.scenario.settings import (
    AppSettings,
    DiseaseSettings,
    PresenceSettings,
    RadioSettings,
    Scenario,
    TestingSettings,
)
from dp3t_simulator.warnings.protocol.differential import Comparison, compared

PEOPLE, DAYS = 2_000, 21


def world(
    name: str,
    *,
    loss: float | None = None,
    presence: PresenceSettings | None = None,
    **app: object,
) -> Scenario:
    """Return many infected, all of them tested, and about 500 phones whose owners upload."""
    return Scenario(
        name=name,
        people=PEOPLE,
        days=DAYS,
        disease=DiseaseSettings(seeds=150),
        testing=TestingSettings(symptomatic_probability=1.0, sensitivity=1.0),
        app=AppSettings(uptake=0.27, upload_consent=1.0, **app),  # type: ignore[arg-type]  # by name
        presence=presence or PresenceSettings(),
        radio=RadioSettings(loss=loss),
    )


SCENARIOS = {
    "lowcost": world(
        "check-ins, clocks minutes off, uploads a day late",
        presence=PresenceSettings(enabled=True, check_in=0.4, trace_probability=0.15),
        design="lowcost",
        configuration="dp3t",
        clock_skew_seconds=600.0,
        online_daily=0.6,
        upload_delay_days=1,
    ),
    "unlinkable": world(
        "clocks so far off that some epochs are missed, and days held back",
        loss=0.3,
        design="unlinkable",
        configuration="swisscovid",
        clock_skew_seconds=200.0,
        online_daily=0.7,
        redaction=0.4,
    ),
    "hybrid": world(
        "clocks hours off, a memory of a week, sums of fractions, uploads on symptoms",
        design="hybrid",
        configuration="gaen-v2",
        upload_on="symptoms",
        clock_skew_seconds=5000.0,
        online_daily=0.5,
        redaction=0.3,
        retention_days=7,
    ),
    "gaen": world(
        "clocks hours off, uploads two days late",
        loss=0.3,
        design="gaen",
        configuration="gaen-v2",
        clock_skew_seconds=7000.0,
        online_daily=0.5,
        upload_delay_days=2,
        redaction=0.3,
    ),
}


@pytest.mark.spec("WARNINGS-1", "WARNINGS-4", "WARNINGS-5", "WARNINGS-7", "WARNINGS-10")
@pytest.mark.parametrize("design", SCENARIOS)
def test_phones_of_the_library_find_what_loops_over_arrays_compute(design: str) -> None:
    result = compared(SCENARIOS[design], seed=11)
    assert result.differences == []
    require_substance(result)


def require_substance(result: Comparison) -> None:
    """Nothing is equal to nothing: a world without warnings shows nothing."""
    assert result.uploads > 25
    assert result.exposures > 60
    assert result.notices > 5
    assert result.size_bytes > 3_000
