"""Scoring cases with known results: from the JSON of a case to the JSON of its result.

The form is that of the cases which Google's own classes were run on; spec/proximity/scoring.md
describes it. A field that is not described is a fault, unless it is a remark.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from dp3t.errors import MalformedError
from dp3t.proximity.exposure.scoring.daily_summaries import (
    DailySummariesRule,
    DailySummary,
    SummaryData,
    daily_summaries,
)
from dp3t.proximity.exposure.scoring.gaen_v1 import GaenV1Rule, KeyRisk, key_risk
from dp3t.proximity.exposure.scoring.gaen_v2 import (
    MAX_DAYS_FROM_ONSET,
    DataMapping,
    ExposureWindow,
    Infectiousness,
    ReportType,
    ScanInstance,
    exposure_windows,
)
from dp3t.proximity.exposure.scoring.json_fields import INT_MAX, JsonFields
from dp3t.proximity.exposure.scoring.readings import Reading
from dp3t.timeline import Day

_INTERVAL_SECONDS = 600
_MAX_ROLLING_START = INT_MAX // _INTERVAL_SECONDS
_UNREAD_WEIGHTS = tuple(
    f"{what}_weight" for what in ("attenuation", "days", "duration", "transmission")
)
"""Google reserved them and reads none."""

SECTIONS: Mapping[str, str] = {
    "v1": "result",
    "v2_windows": "windows",
    "v2_daily_summaries": "summaries",
}
"""The lists of a file, and the field that holds the known result."""


def result_of(section: str, case: object, *, today: Day) -> Any:
    """Return the result of one case in the form in which a file holds it [SCORING-26].

    Args:
        section: a key of `SECTIONS`.
        case: the object; its known result is not read.
        today: the present day.

    Raises:
        MalformedError: no result can be computed.
    """
    fields = JsonFields(case, where="the case")
    try:
        result = _result(section, fields, today)
    except ValueError as error:
        raise MalformedError(f"{fields.where}: {error}") from None
    fields.require_all_read("name", SECTIONS[section])
    return result


def _result(section: str, case: JsonFields, today: Day) -> Any:
    if section == "v1":
        return _key_risk_as_json(_key_risk(case))
    if section == "v2_windows":
        return [_window_as_json(window) for window in _windows(case)]
    return [_summary_as_json(summary) for summary in _summaries(case, today=today)]


def _key_risk(case: JsonFields) -> KeyRisk | None:
    config = case.inner("config")
    rule = GaenV1Rule(
        attenuation_scores=config.integers("attenuation"),
        days_scores=config.integers("days"),
        duration_scores=config.integers("duration"),
        transmission_scores=config.integers("transmission"),
        minimum_risk_score=config.integer("minimum_risk_score"),
        thresholds_db=config.integers("thresholds"),
        scan_interval_seconds=case.integer("scan_interval_s"),
        max_gap_seconds=case.integer("max_interpolation_s"),
        min_duration_seconds=case.integer("min_exposure_bucketized_s"),
        interpolate=case.boolean("interpolation"),
    )
    config.require_all_read(*_UNREAD_WEIGHTS)
    start = case.integer("rolling_start_interval_number", 0, _MAX_ROLLING_START) * _INTERVAL_SECONDS
    return key_risk(
        [
            Reading(start + at, max(tx - rssi, 0))
            for at, rssi, tx in _in_order(case.rows("sightings_t_rssi_tx", width=3))
        ],
        rule=rule,
        transmission_risk_level=case.integer("transmission_risk_level"),
        days_since_key_day=int(case.number("now_minus_key_day_days")),
    )


def _windows(case: JsonFields) -> tuple[ExposureWindow, ...]:
    base = case.integer("base_epoch", 0)
    rows = case.rows("sightings_t_rssi_tx_prev_version", width=5, may_be_null=3)
    onset = case.raw("dsos")
    return exposure_windows(
        [
            Reading(
                base + at,
                max(tx - rssi, 0),
                calibration_confidence=version >> 2 & 3,
                # Java knows no null here: the scan of the second 0 is the unknown one
                previous_scan_seconds=None if before is None else (base + before) or None,
            )
            for at, rssi, tx, before, version in _in_order(rows)
        ],
        mapping=_mapping(case.inner("mapping")),
        report_type=case.integer("report_type"),
        days_since_onset=None if onset is None else case.integer("dsos"),
    )


def _in_order(rows: Iterable[list[Any]]) -> Iterator[list[Any]]:
    """Yield rows as long as none lies before the one ahead of it."""
    last = None
    for row in rows:
        if last is not None and row[0] < last:
            raise ValueError(f"the sightings are not in order of time: {row[0]} s after {last} s")
        last = row[0]
        yield row


def _mapping(fields: JsonFields) -> DataMapping:
    mapping = DataMapping(
        infectiousness_by_day=_infectiousness_by_day(fields),
        infectiousness_when_missing=fields.integer("when_missing"),
        report_type_when_missing=fields.integer("report_type_when_missing"),
    )
    fields.require_all_read("others")
    return mapping


def _infectiousness_by_day(fields: JsonFields) -> tuple[int, ...]:
    """Return the entries of a list, or of days and a value for all others; none for null.

    Without a value for the others only the days named have an entry, so rarely there are 29.
    """
    if fields.raw("days_to_infectiousness") is None:
        return ()
    if isinstance(fields.raw("days_to_infectiousness"), list):
        return fields.integers("days_to_infectiousness")
    by_day = fields.inner("days_to_infectiousness")
    days = [str(day) for day in range(-MAX_DAYS_FROM_ONSET, MAX_DAYS_FROM_ONSET + 1)]
    if not set(by_day.raw_fields()) <= set(days):
        raise ValueError("a day of the mapping lies not between -14 and 14")
    if "others" not in fields or fields.raw("others") is None:
        return tuple(by_day.integer(day) for day in days if day in by_day)
    others = fields.integer("others")
    return tuple(by_day.integer(day) if day in by_day else others for day in days)


def _summaries(case: JsonFields, *, today: Day) -> tuple[DailySummary, ...]:
    config = case.inner("config")
    rule = DailySummariesRule(
        thresholds_db=config.integers("thresholds"),
        bucket_weights=config.numbers("bucket_weights"),
        infectiousness_weights=config.numbers("infectiousness_weights"),
        report_type_weights=config.numbers("report_type_weights"),
        days_since_exposure_threshold=config.integer("days_since_exposure_threshold"),
        minimum_window_score=config.number("minimum_window_score"),
    )
    config.require_all_read()
    windows = [
        window_of(window.raw_fields(), where=window.where)
        for window in case.inners("windows")
        if window.integer("report_type") in tuple(ReportType)  # no other type has a summary
    ]
    return daily_summaries(windows, rule=rule, today=today)


def window_of(value: object, *, where: str = "a window") -> ExposureWindow:
    """Return a window from the form in which a file holds it.

    Args:
        value: the object.
        where: how a fault names it.

    Raises:
        MalformedError: a field that is missing or of another type.
        ValueError: a report type or an infectiousness that does not exist.
    """
    fields = JsonFields(value, where=where)
    window = ExposureWindow(
        start_seconds=fields.integer("epoch_seconds", 0),
        infectiousness=Infectiousness(fields.integer("infectiousness")),
        report_type=ReportType(fields.integer("report_type")),
        calibration_confidence=fields.integer("calibration_confidence", 0, 3),
        scans=tuple(_scan(scan) for scan in fields.inners("scan_instances")),
    )
    fields.require_all_read()
    return window


def _scan(fields: JsonFields) -> ScanInstance:
    attenuations = fields.integers("attenuations")
    scan = ScanInstance(attenuations, fields.integer("seconds_since_last_scan"))
    fields.require_all_read("min", "typical")
    return scan


def _key_risk_as_json(risk: KeyRisk | None) -> dict[str, Any] | None:
    if risk is None:
        return None
    return {
        "attenuation_durations": list(risk.seconds_by_attenuation),
        "exposures": [
            {
                "attenuation": exposure.attenuation_db,
                "attenuation_durations": list(exposure.seconds_by_attenuation),
                "duration_s": exposure.seconds,
                "risk_score": exposure.risk_score,
            }
            for exposure in risk.exposures
        ],
        "max_risk_score": risk.max_risk_score,
        "total_risk_score": risk.total_risk_score,
    }


def _window_as_json(window: ExposureWindow) -> dict[str, Any]:
    return {
        "calibration_confidence": window.calibration_confidence,
        "epoch_seconds": window.start_seconds,
        "infectiousness": int(window.infectiousness),
        "report_type": int(window.report_type),
        "scan_instances": [
            {
                "attenuations": list(scan.attenuations_db),
                "min": scan.least_db,
                "seconds_since_last_scan": scan.seconds,
                "typical": scan.typical_db,
            }
            for scan in window.scans
        ],
    }


def _summary_as_json(summary: DailySummary) -> dict[str, Any]:
    return {
        "day": _data_as_json(summary.data),
        "days_since_epoch": int(summary.day),
        **{
            f"report_type_{kind:d}": _data_as_json(data)
            for kind, data in summary.by_report_type.items()
        },
    }


def _data_as_json(data: SummaryData) -> dict[str, float]:
    return {
        "max": data.maximum,
        "sum": data.total,
        "weighted_duration_sum": data.weighted_seconds,
    }
