"""spec/vectors/exposure.json, replayed by the library and by the second witness."""

from dataclasses import asdict
from typing import Any

import pytest

import oracle_scoring as oracle
from dp3t.errors import MalformedError
from dp3t.proximity.advertisement import Metadata
from dp3t.proximity.designs import design_named
from dp3t.proximity.exposure.assessment import assess
from dp3t.proximity.exposure.calibration import Calibration, calibration_table
from dp3t.proximity.exposure.configuration_file import load_configuration
from dp3t.proximity.exposure.presets import PRESETS
from dp3t.proximity.interface import Match
from dp3t.proximity.observations import NO_PERIOD, Kept, Observation, Sighting
from dp3t.publication.records import KeyRecord
from vectors import Case, vector_cases

OWN = {"tx_power_dbm": None, "rx_correction_db": 0}
SCORE = {
    "thresholds_db": [50, 55],
    "bucket_weights": [1.0, 0.5, 0.0],
    "cap_minutes": 30,
    "scan_interval_seconds": 300,
    "max_gap_seconds": 600,
}
NARROW_NET = {
    "thresholds": [55, 67, 75],
    "bucket_weights": [1.75, 1.0, 0.33, 0.0],
    "infectiousness_weights": [0.0, 0.3, 1.0],
    "report_type_weights": [0.0, 1.0, 1.0, 1.0, 1.0, 0.0],
    "minimum_window_score": 0.0,
    "days_since_exposure_threshold": 0,
}
FOURS = {
    **{name: [4] * 8 for name in ("attenuation", "days", "duration", "transmission")},
    "minimum_risk_score": 4,
    "thresholds": [50, 74],
}
INFECTIOUS_DAYS = {
    "days_to_infectiousness": {str(day): 2 if -2 <= day <= 3 else 1 for day in range(-4, 6)},
    "others": 0,
}
LOOK_BACK = {"dp3t": 14, "swisscovid": 10, "gaen-v1": 14, "gaen-v2": 14, "cwa": 10}
NOTIFY_AT = {"dp3t": 15, "swisscovid": 15, "gaen-v1": 4, "gaen-v2": 900, "cwa": 9}


@pytest.mark.parametrize("case", vector_cases("exposure", operation="attenuation"))
def test_attenuations(case: Case) -> None:
    own, sender, rssi = case["calibration"], case["tx_power_dbm"], case["rssi_dbm"]
    known = case["attenuation_db"]
    assert Calibration(**own).attenuation_db(rssi, tx_power_dbm=sender) == known
    heard = oracle.readings({"tx_power_dbm": sender, "sightings": [[0, rssi]]}, own)
    assert [attenuation for _, attenuation, _ in heard] == ([] if known is None else [known])


@pytest.mark.parametrize("case", vector_cases("exposure", operation="calibration", result="valid"))
def test_tables_that_are_read(case: Case) -> None:
    found = {
        model: {**asdict(each), "confidence": each.confidence.name.lower()}
        for model, each in calibration_table(case["text"]).items()
    }
    assert found == case["value"]


@pytest.mark.parametrize(
    "case", vector_cases("exposure", operation="calibration", result="malformed")
)
def test_tables_that_are_refused(case: Case) -> None:
    with pytest.raises(MalformedError):
        calibration_table(case["text"])


def listed(value: Any) -> Any:
    """Return a value as JSON holds it."""
    if isinstance(value, dict):
        return {name: listed(each) for name, each in value.items()}
    return [listed(each) for each in value] if isinstance(value, tuple) else value


@pytest.mark.parametrize(
    "case", vector_cases("exposure", operation="configuration", result="valid")
)
def test_configurations_that_are_read(case: Case) -> None:
    found = load_configuration(case["text"])
    assert listed({"algorithm": found.algorithm, **asdict(found)}) == case["value"]


@pytest.mark.parametrize(
    "case", vector_cases("exposure", operation="configuration", result="malformed")
)
def test_configurations_that_are_refused(case: Case) -> None:
    with pytest.raises(MalformedError):
        load_configuration(case["text"])


every_assessment = pytest.mark.parametrize(
    "case",
    [
        *vector_cases("exposure", operation="assess"),
        *vector_cases("exposure", operation="assess-keys"),
    ],
)


def match_of(described: Case) -> Match:
    power = described["tx_power_dbm"]
    key = None
    if "key" in described:
        key = KeyRecord(tuple(described["attributes"]), bytes.fromhex(described["key"]))
    return Match(
        observation=Observation(
            kept=Kept(bytes(16), NO_PERIOD, b""),
            slot=described["slot"],
            coarse=False,
            sightings=tuple(Sighting(*each) for each in described["sightings"]),
        ),
        metadata=None if power is None else Metadata(tx_power_dbm=power),
        key=key,
    )


@every_assessment
def test_assessments(case: Case) -> None:
    design = design_named("gaen" if case["operation"] == "assess-keys" else "lowcost")
    found = assess(
        [match_of(each) for each in case["matches"]],
        design=design,
        configuration=PRESETS[case["preset"]],
        today=case["today"],
    )
    assert [asdict(each) for each in found] == case["days"]


@every_assessment
def test_assessments_of_the_second_witness(case: Case) -> None:
    name, today, matches = case["preset"], case["today"], case["matches"]
    if case["operation"] == "assess-keys":
        matches = oracle.by_key(matches)
    days = {each["slot"] // 12 for each in matches}
    known = []
    for day in sorted(day for day in days if today - day <= LOOK_BACK[name]):
        of_day = [each for each in matches if each["slot"] // 12 == day]
        score = witnessed(name, of_day, age=today - day)
        known.append({"day": day, "score": score, "notify": score >= NOTIFY_AT[name]})
    assert known == case["days"]


def witnessed(name: str, matches: list[Case], *, age: int) -> float:
    senders = [
        [reading[:2] for reading in oracle.readings(each, OWN)]
        for each in matches
        if each["tx_power_dbm"] is not None
    ]
    mapping = {"days_to_infectiousness": None, "report_type_when_missing": 1}
    if name in ("dp3t", "swisscovid"):
        score: float = oracle.exposure_score(senders, SCORE)["score"]
        return score
    if name == "gaen-v1":
        return float(max(risk(points, age) for points in senders))
    if name == "gaen-v2":
        windows = windows_of(matches, {**mapping, **INFECTIOUS_DAYS, "when_missing": 2})
        days = oracle.v2_daily_summaries({"config": NARROW_NET, "windows": windows}, 0)
        return sum(float(each["day"]["sum"]) for each in days)
    windows = windows_of(matches, {**mapping, "when_missing": 1})
    return sum(float(each["minutes"]) for each in oracle.cwa(windows, {}))


def windows_of(matches: list[Case], mapping: Case) -> list[Case]:
    return [window for each in matches for window in oracle.as_windows(each, OWN, mapping)]


def risk(points: list[tuple[int, int]], age: int) -> int:
    case = {
        "config": FOURS,
        "interpolation": False,
        "max_interpolation_s": 600,
        "min_exposure_bucketized_s": 1,
        "now_minus_key_day_days": age,
        "scan_interval_s": 300,
        "sightings_t_rssi_tx": [[at, -db, 0] for at, db in points],
        "transmission_risk_level": 0,
    }
    result = oracle.v1(case)
    return 0 if result is None else int(result["max_risk_score"])
