"""Cases of the scoring chapter: each rule on both sides of each of its boundaries."""

from collections.abc import Iterator
from dataclasses import asdict

from dp3t.proximity.exposure.scoring.cases import result_of, window_of
from dp3t.proximity.exposure.scoring.cwa import CwaRule, day_risks
from dp3t.proximity.exposure.scoring.exposure_score import (
    ExposureScoreRule,
    bucket_seconds,
    exposure_score,
)
from dp3t.proximity.exposure.scoring.readings import Reading
from dp3t.timeline import Day

Case = dict[str, object]

_TODAY = Day(18_410)
_DAY = 18_400
_MIDNIGHT = _DAY * 86_400
_ASCENDING = [1, 2, 3, 4, 5, 6, 7, 8]

# name: sightings as (seconds, attenuation), changes of the case, clauses
_KEYS: dict[str, tuple[list[tuple[int, int]], Case, list[str]]] = {
    "no-sighting": ([], {}, ["SCORING-10"]),
    "duration-half-a-step-down": ([(0, 50), (150, 50)], {}, ["SCORING-9"]),
    "duration-more-than-half-up": ([(0, 50), (151, 50)], {}, ["SCORING-9"]),
    "duration-below-the-minimum": (
        [(0, 50), (700, 40), (1000, 40)],
        {"min_exposure_bucketized_s": 301},
        ["SCORING-10"],
    ),
    "nothing-reaches-the-minimum": ([(0, 50)], {"min_exposure_bucketized_s": 301}, ["SCORING-10"]),
    "gap-600-stays": ([(0, 50), (600, 60)], {}, ["SCORING-3"]),
    "gap-601-splits": ([(0, 50), (601, 60)], {}, ["SCORING-3"]),
    "gap-of-another-length": ([(0, 50), (61, 60)], {"max_interpolation_s": 60}, ["SCORING-3"]),
    "odd-interval-is-halved-down": ([(0, 30)], {"scan_interval_s": 301}, ["SCORING-4"]),
    "interval-of-one-second": ([(0, 30)], {"scan_interval_s": 1}, ["SCORING-4", "SCORING-1"]),
    "first-of-the-same-second": ([(0, 30), (0, 70), (300, 30)], {}, ["SCORING-4"]),
    "mean-half-up": ([(0, 50), (150, 51), (300, 51)], {"scan_interval_s": 300}, ["SCORING-5"]),
    "mean-weighs-by-what-begins": (
        [(0, 1), (10, 4), (50, 5)], {"scan_interval_s": 6}, ["SCORING-5"],
    ),
    "thresholds-belong-above": ([(0, 49), (300, 50), (600, 73), (900, 74)], {}, ["SCORING-6"]),
    "interpolated": (
        [(0, 40), (300, 60), (600, 80)], {"interpolation": True}, ["SCORING-7"],
    ),
    "interpolated-half-second-up": (
        [(0, 40), (1, 60), (601, 60)], {"interpolation": True}, ["SCORING-7", "SCORING-1"],
    ),
    "interpolated-falling": ([(0, 80), (100, 20)], {"interpolation": True}, ["SCORING-7"]),
    "level-0-counts-1": ([(0, 50)], {"transmission_risk_level": 0}, ["SCORING-8"]),
    "level-8": ([(0, 50)], {"transmission_risk_level": 8}, ["SCORING-8"]),
    "below-the-minimum-score": (
        [(0, 50)],
        {"config": {"minimum_risk_score": 257}, "transmission_risk_level": 4},
        ["SCORING-8", "SCORING-10"],
    ),
    "the-minimum-score": (
        [(0, 50)],
        {"config": {"minimum_risk_score": 256}, "transmission_risk_level": 4},
        ["SCORING-8"],
    ),
    **{
        f"attenuation-{db}": ([(0, db)], {}, ["SCORING-8"])
        for bound in (73, 63, 51, 33, 27, 15, 10)
        for db in (bound, bound + 1)
    },
    **{
        f"days-{days}": ([(0, 50)], {"now_minus_key_day_days": days}, ["SCORING-8"])
        for bound in (14, 12, 10, 8, 6, 4, 2)
        for days in (bound - 1, bound)
    },
    **{
        f"minutes-{minutes}": (
            [(at, 50) for at in range(0, (minutes - 4) * 60, 300)], {}, ["SCORING-8"],
        )
        for minutes in (5, 10, 15, 20, 25, 30, 35)
    },
}  # fmt: skip

# name: rows of seconds, attenuation, previous scan, first byte of the metadata; changes; clauses
_WINDOWS: dict[str, tuple[list[tuple[int, int, int | None, int]], Case, list[str]]] = {
    "none": ([], {}, ["SCORING-11"]),
    "1799-stays": ([(0, 50, None, 64), (1799, 50, 1500, 64)], {}, ["SCORING-11"]),
    "1800-begins-another": ([(0, 50, None, 64), (1800, 50, 1500, 64)], {}, ["SCORING-11"]),
    "windows-count-from-their-own-start": (
        [(100, 50, None, 64), (1901, 50, 1500, 64), (3700, 50, 3400, 64), (3701, 50, 3400, 64)],
        {},
        ["SCORING-11"],
    ),
    "scan-cut-by-a-window": (
        [(0, 50, None, 64), (1795, 50, 1500, 64), (1805, 60, 1500, 64)], {}, ["SCORING-11"],
    ),
    "confidence-is-the-firsts": (
        [(0, 50, None, 0x5C), (300, 50, 0, 0x54)], {}, ["SCORING-11"],
    ),
    "25-seconds-are-one-scan": ([(0, 50, None, 64), (25, 60, None, 64)], {}, ["SCORING-12"]),
    "26-seconds-are-two": ([(0, 50, None, 64), (26, 60, None, 64)], {}, ["SCORING-12"]),
    "a-chain-grows": ([(at, at, None, 64) for at in range(0, 100, 25)], {}, ["SCORING-12"]),
    "previous-scan-in-the-same-minute": ([(59, 50, 0, 64)], {}, ["SCORING-12"]),
    "previous-scan-a-second-and-a-minute-before": ([(60, 50, 59, 64)], {}, ["SCORING-12"]),
    "previous-scan-five-minutes-before": ([(300, 50, 0, 64)], {}, ["SCORING-12"]),
    "previous-scan-long-before": ([(900, 50, 0, 64)], {}, ["SCORING-12"]),
    "the-first-of-a-scan-says-since-when": (
        [(300, 50, 180, 64), (310, 50, 0, 64)], {}, ["SCORING-12"],
    ),
    "typical-half-up": ([(0, 50, None, 64), (1, 51, None, 64)], {}, ["SCORING-14", "SCORING-1"]),
    "typical-less-than-half-down": (
        [(0, 50, None, 64), (1, 50, None, 64), (2, 51, None, 64)], {}, ["SCORING-14"],
    ),
    **{
        f"onset-{onset}": ([(0, 50, None, 64)], {"dsos": onset}, ["SCORING-13"])
        for onset in (-15, -14, -2, 0, 1, 14, 15, 2**31 - 1)
    },
    **{
        f"report-type-{kind}": ([(0, 50, None, 64)], {"report_type": kind}, ["SCORING-13"])
        for kind in (0, 1, 5, 6)
    },
    "no-mapping": (
        [(0, 50, None, 64)],
        {"mapping": {"days_to_infectiousness": None}},
        ["SCORING-13"],
    ),
}  # fmt: skip


def _one(
    typical: int, seconds: int = 300, *, kind: int = 1, infectious: int = 1, day: int = _DAY
) -> Case:
    scan: Case = {"attenuations": [typical], "seconds_since_last_scan": seconds}
    return _window(scan, kind=kind, infectious=infectious, day=day)


def _window(
    *scans: Case, kind: int = 1, infectious: int = 1, day: int = _DAY, confidence: int = 0
) -> Case:
    return {
        "calibration_confidence": confidence,
        "epoch_seconds": day * 86_400 + 3600,
        "infectiousness": infectious,
        "report_type": kind,
        "scan_instances": list(scans),
    }


_SUMMARIES: dict[str, tuple[list[Case], Case, list[str]]] = {
    "thresholds-belong-below": (
        [_one(typical) for typical in (30, 31, 50, 51, 70, 71)], {}, ["SCORING-15"],
    ),
    "tenths-that-are-not-exact": ([_one(90, 180), _one(90, 420)], {}, ["SCORING-15"]),
    "a-scan-that-heard-nothing": (
        [_window({"attenuations": [], "seconds_since_last_scan": 60})], {}, ["SCORING-14"],
    ),
    "types-and-all": (
        [_one(40), _one(60, kind=2, infectious=2), _one(20, kind=4), _one(20, 60, kind=4)],
        {},
        ["SCORING-16"],
    ),
    "two-days": ([_one(40), _one(40, day=_DAY - 1)], {}, ["SCORING-16"]),
    "the-minimum-of-a-window": (
        [_one(40, 249), _one(40, 250)], {"minimum_window_score": 250.0}, ["SCORING-16"],
    ),
    "no-window-reaches-the-minimum": (
        [_one(40, 249)], {"minimum_window_score": 250.0}, ["SCORING-16"],
    ),
    "revoked-and-unknown": ([_one(40, kind=0), _one(40, kind=5)], {}, ["SCORING-18"]),
    "ten-days-old-of-ten": ([_one(40)], {"days_since_exposure_threshold": 10}, ["SCORING-18"]),
    "ten-days-old-of-nine": ([_one(40)], {"days_since_exposure_threshold": 9}, ["SCORING-18"]),
    "infectiousness-none-counts-its-time": ([_one(40, infectious=0)], {}, ["SCORING-17"]),
}  # fmt: skip

# name: senders as lists of (seconds, attenuation); the cap in minutes; clauses
_SCORES: dict[str, tuple[list[list[tuple[int, int]]], int, list[str]]] = {
    "nobody": ([], 30, ["SCORING-19"]),
    "one-sighting": ([[(0, 40)]], 30, ["SCORING-19"]),
    "49-and-50-and-54-and-55": (
        [[(0, 49)], [(0, 50)], [(0, 54)], [(0, 55)]], 30, ["SCORING-21"],
    ),
    "senders-add-up": ([[(0, 40), (300, 40)], [(0, 40)]], 30, ["SCORING-19"]),
    "fifteen-minutes": ([[(0, 40), (300, 40), (600, 40)]], 30, ["SCORING-20"]),
    "a-second-less": ([[(0, 40), (300, 40), (599, 40)]], 30, ["SCORING-20"]),
    "thirty-minutes-are-the-cap": (
        [[(at, 40) for at in range(0, 3600, 300)], [(at, 52) for at in range(0, 3600, 300)]],
        30,
        ["SCORING-20"],
    ),
    "another-cap": ([[(0, 40), (300, 40), (600, 40)]], 5, ["SCORING-20"]),
    "the-nearest-of-a-scan": ([[(0, 60), (25, 40), (50, 60)]], 30, ["SCORING-2"]),
    "two-scans-26-seconds-apart": ([[(0, 60), (26, 40)]], 30, ["SCORING-2"]),
    "gap-601": ([[(0, 40), (601, 40)]], 30, ["SCORING-3", "SCORING-19"]),
}  # fmt: skip


def _near(db: int, seconds: int = 600) -> Case:
    return {"attenuations": [db, 100], "seconds_since_last_scan": seconds}


_CWA: dict[str, tuple[list[Case], Case, list[str]]] = {
    **{
        f"level-{kind}-{infectious}": (
            [_window(_near(62), kind=kind, infectious=infectious)],
            {},
            ["SCORING-22", "SCORING-23"],
        )
        for kind in (0, 1, 2, 3, 4, 5)
        for infectious in (0, 1, 2)
    },
    **{
        f"attenuation-{db}": ([_window(_near(db), kind=1)], {}, ["SCORING-24"])
        for db in (62, 63, 72, 73, 78, 79)
    },
    "negative-seconds": ([_window(_near(65, -60), _near(65))], {}, ["SCORING-24"]),
    "near-minutes-of-the-filter": (
        [_window(_near(78, 300)), _window(_near(65, 299), _near(79, 300), day=_DAY - 1)],
        {"min_near_minutes": 5.0},
        ["SCORING-23"],
    ),
    "day-of-9-minutes": (
        [_window(_near(65, 270), kind=2), _window(_near(65, 270), kind=3, infectious=2)],
        {},
        ["SCORING-25"],
    ),
    "day-of-5-minutes": ([_window(_near(65, 300), kind=2)], {}, ["SCORING-25"]),
    "day-of-less-than-5": ([_window(_near(65, 299), kind=2)], {}, ["SCORING-25"]),
    "day-of-8.96-minutes": ([_window(_near(65, 448), kind=2, infectious=2)], {}, ["SCORING-25"]),
    "day-of-8.96-minutes-rounded": (
        [_window(_near(65, 448), kind=2, infectious=2)], {"round_days": True}, ["SCORING-25"],
    ),
    "encounters-that-may-be-one-person": (
        [_window(_near(65), kind=2) for _ in range(3)], {}, ["SCORING-25"],
    ),
    "encounters-of-different-confidence": (
        [_window(_near(65), kind=2, confidence=confidence) for confidence in (0, 1, 1)],
        {},
        ["SCORING-25"],
    ),
}  # fmt: skip


def build() -> dict[str, object]:
    """Return the vector file."""
    return {
        "spec": ["SCORING-26"],
        "source": "ours; results derived again by tests/oracle_scoring.py, which gives those of "
        "Google's classes (exposure-notifications-internals aaada6c) for its cases",
        "today": _TODAY,
        "cases": [*_keys(), *_windows(), *_summaries(), *_scores(), *_cwa()],
    }


def _keys() -> Iterator[Case]:
    for name, (sightings, changes, clauses) in _KEYS.items():
        tables = dict.fromkeys(("attenuation", "days", "duration", "transmission"), _ASCENDING)
        config = {**tables, "minimum_risk_score": 1, "thresholds": [50, 74]}
        case: Case = {
            "interpolation": False,
            "max_interpolation_s": 600,
            "min_exposure_bucketized_s": 1,
            "now_minus_key_day_days": 0,
            "rolling_start_interval_number": _MIDNIGHT // 600,
            "scan_interval_s": 300,
            "sightings_t_rssi_tx": [[at, -db, 0] for at, db in sightings],
            "transmission_risk_level": 1,
            "name": name,
        }
        case |= {**changes, "config": _changed(config, changes.get("config"))}
        yield _known("v1", case, "result", clauses)


def _windows() -> Iterator[Case]:
    for name, (rows, changes, clauses) in _WINDOWS.items():
        mapping: Case = {
            "days_to_infectiousness": {"-14": 1, "-2": 1, "0": 2, "14": 2},
            "others": 0,
            "when_missing": 1,
            "report_type_when_missing": 2,
        }
        case: Case = {
            "base_epoch": _MIDNIGHT,
            "dsos": 0,
            "report_type": 1,
            "sightings_t_rssi_tx_prev_version": [
                [at, -db, 0, before, version] for at, db, before, version in rows
            ],
            "name": name,
        }
        case |= {**changes, "mapping": _changed(mapping, changes.get("mapping"))}
        yield _known("v2_windows", case, "windows", clauses)


def _summaries() -> Iterator[Case]:
    for name, (windows, changes, clauses) in _SUMMARIES.items():
        config: Case = {
            "bucket_weights": [1.5, 1.0, 0.5, 0.1],
            "days_since_exposure_threshold": 0,
            "infectiousness_weights": [0.0, 1.0, 2.0],
            "minimum_window_score": 0.0,
            "report_type_weights": [0.0, 1.0, 0.5, 0.25, 2.5, 0.0],
            "thresholds": [30, 50, 70],
        }
        case: Case = {"config": config | changes, "windows": windows, "name": name}
        yield _known("v2_daily_summaries", case, "summaries", clauses)


def _known(section: str, case: Case, field: str, clauses: list[str]) -> Case:
    name = case["name"]
    return {
        "id": f"{section.replace('_', '-')}-{name}",
        "operation": section,
        "spec": clauses,
        "result": "valid",
        "case": case | {field: result_of(section, case, today=_TODAY)},
    }


def _scores() -> Iterator[Case]:
    for name, (senders, cap_minutes, clauses) in _SCORES.items():
        rule = ExposureScoreRule(cap_minutes=cap_minutes)
        seconds = bucket_seconds([[Reading(*each) for each in one] for one in senders], rule=rule)
        yield {
            "id": f"exposure-score-{name}",
            "operation": "exposure-score",
            "spec": clauses,
            "result": "valid",
            "rule": asdict(rule),
            "senders": [[list(each) for each in one] for one in senders],
            "bucket_seconds": list(seconds),
            "score": exposure_score(seconds, rule=rule),
        }


def _cwa() -> Iterator[Case]:
    for name, (windows, changes, clauses) in _CWA.items():
        rule = CwaRule(
            round_days=bool(changes.get("round_days")),
            min_near_minutes=5.0 if changes.get("min_near_minutes") else 0.0,
        )
        risks = day_risks([window_of(window) for window in windows], rule=rule)
        yield {
            "id": f"cwa-{name}",
            "operation": "cwa",
            "spec": clauses,
            "result": "valid",
            "rule": changes,
            "windows": windows,
            "days": [
                {
                    "day": risk.day,
                    "minutes": risk.minutes,
                    "level": risk.level.name.lower(),
                    "low_encounters": risk.low_encounters,
                    "high_encounters": risk.high_encounters,
                }
                for risk in risks
            ],
        }


def _changed(before: Case, changes: object) -> Case:
    return before | changes if isinstance(changes, dict) else before
