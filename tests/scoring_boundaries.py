"""Cases on both sides of every boundary of Google's rules; results by the oracle, not by us."""

from collections.abc import Iterator, Sequence
from itertools import product
from typing import Any

import oracle_scoring as oracle

Case = dict[str, Any]

TODAY_OF_BOUNDARIES = 18_420
_MIDNIGHT = 18_400 * 86_400
_PRIMES = [2, 3, 5, 7, 1, 4, 6, 8]
"""Different for each entry, so that a wrong bucket gives a wrong score."""


def boundaries() -> dict[str, list[Case]]:
    """Return the lists of a file of cases."""
    return {
        "v1": [_solved(each, "result", oracle.v1(each)) for each in _v1()],
        "v2_windows": [_solved(each, "windows", oracle.v2_windows(each)) for each in _v2_windows()],
        "v2_daily_summaries": [
            _solved(each, "summaries", oracle.v2_daily_summaries(each, TODAY_OF_BOUNDARIES))
            for each in _v2_daily_summaries()
        ],
    }


def _solved(case: Case, field: str, result: object) -> Case:
    return case | {field: result}


def _one_v1(name: str, points: list[tuple[int, int]], **changes: Any) -> Case:
    config = {
        "attenuation": _PRIMES,
        "days": _PRIMES[::-1],
        "duration": _PRIMES,
        "transmission": _PRIMES[::-1],
        "minimum_risk_score": 1,
        "thresholds": [50, 74],
    }
    return {
        "name": name,
        "config": config | changes.pop("config", {}),
        "interpolation": False,
        "max_interpolation_s": 600,
        "min_exposure_bucketized_s": 1,
        "now_minus_key_day_days": 0,
        "rolling_start_interval_number": _MIDNIGHT // 600,
        "scan_interval_s": 300,
        "sightings_t_rssi_tx": [[at, -db, 0] for at, db in points],
        "transmission_risk_level": 1,
    } | changes


def _v1() -> Iterator[Case]:
    for bound, step in product((73, 63, 51, 33, 27, 15, 10, 1), (0, 1)):
        yield _one_v1(f"{bound + step} dB", [(0, bound + step)])
    for bound, step in product((14, 12, 10, 8, 6, 4, 2), (-1, 0)):
        yield _one_v1(f"{bound + step} days", [(0, 40)], now_minus_key_day_days=bound + step)
    yield _one_v1("1.99 days", [(0, 40)], now_minus_key_day_days=1.99)
    for minutes, step in product(range(0, 36, 5), (0, 150, 151)):
        points = [(at, 40) for at in range(0, 60 * minutes + 1, 300)]
        yield _one_v1(f"{minutes} min and {step} s", [*points, (60 * minutes + step, 40)])
    for level in range(9):
        yield _one_v1(f"level {level}", [(0, 40)], transmission_risk_level=level)
    for least in (1, 56, 57, 4096):
        yield _one_v1(f"minimum {least}", [(0, 40)], config={"minimum_risk_score": least})
    for gap, longest in ((600, 600), (601, 600), (60, 60), (61, 60), (1, 1)):
        yield _one_v1(
            f"gap {gap} of {longest}",
            [(0, 40), (gap, 60), (gap + 30, 80)],
            max_interpolation_s=longest,
        )
    for least in (0, 300, 301, 600, 601):
        yield _one_v1(
            f"at least {least} s", [(0, 40), (700, 40), (1000, 50)], min_exposure_bucketized_s=least
        )
    for low, high in ((0, 255), (50, 50), (49, 51), (0, 0), (255, 255)):
        yield _one_v1(
            f"thresholds {low} {high}",
            [(0, 49), (100, 50), (200, 51)],
            config={"thresholds": [low, high]},
        )
    for interval in (1, 2, 3, 6, 240, 299, 301):
        yield _one_v1(f"interval {interval}", [(0, 1), (10, 4), (50, 5)], scan_interval_s=interval)
    for first, last in ((40, 60), (60, 40), (50, 74), (74, 50), (49, 50), (30, 90), (50, 50)):
        for seconds in (1, 7, 300, 600):
            yield _one_v1(
                f"interpolated {first} to {last} in {seconds}",
                [(0, first), (seconds, last)],
                interpolation=True,
            )
    yield _one_v1("none", [])
    yield _one_v1("same second", [(0, 60), (0, 40), (300, 50), (300, 90)])
    yield _one_v1("mean of a half", [(0, 50), (150, 51), (300, 51)])
    yield _one_v1("nearer than it claims", [], sightings_t_rssi_tx=[[0, -10, -20], [60, 20, 20]])


def _one_v2(name: str, rows: Sequence[object], **changes: Any) -> Case:
    mapping = {
        "days_to_infectiousness": {"-14": 1, "-1": 2, "0": 2, "13": 1, "14": 2},
        "others": 0,
        "when_missing": 1,
        "report_type_when_missing": 3,
    }
    return {
        "name": name,
        "base_epoch": _MIDNIGHT,
        "dsos": 0,
        "report_type": 1,
        "mapping": mapping | changes.pop("mapping", {}),
        "sightings_t_rssi_tx_prev_version": rows,
    } | changes


def _v2_windows() -> Iterator[Case]:
    for gap in (0, 25, 26, 1799, 1800, 1801, 3600):
        rows = [[0, -50, 0, None, 64], [gap, -60, 0, 0, 76], [gap + 9, -70, 0, 0, 76]]
        yield _one_v2(f"gap {gap}", rows)
    for at, before in product((0, 59, 60, 119, 299, 300, 301), (-1, -60, -61, -299, 0)):
        yield _one_v2(f"scan at {at} after {before}", [[at, -50, 0, before, 64]])
    for onset in (-2147483648, -15, -14, -13, -1, 0, 1, 13, 14, 15, None):
        yield _one_v2(f"onset {onset}", [[0, -50, 0, None, 64]], dsos=onset)
    for kind in (-1, 0, 1, 2, 3, 4, 5, 6, 7, 99):
        yield _one_v2(f"report type {kind}", [[0, -50, 0, None, 64]], report_type=kind)
    for version in (0, 0x40, 0x44, 0x48, 0x4C, 0x43, 0xFF):
        rows = [[0, -50, 0, None, version], [300, -50, 0, 0, 0xC]]
        yield _one_v2(f"version {version}", rows)
    for missing in (0, 1, 2):
        changes = {"when_missing": missing, "days_to_infectiousness": None}
        yield _one_v2(f"no mapping, {missing}", [[0, -50, 0, None, 64]], mapping=changes)
    every_day = {str(day): 1 + (day == 0) for day in range(-14, 15)}
    for name, days in (("all", every_day), ("some", {"0": 2}), ("no", {})):
        unnamed: Case = {"others": None, "days_to_infectiousness": days}
        yield _one_v2(f"{name} days, no others", [[0, -50, 0, None, 64]], mapping=unnamed)
    for length in (1, 2, 3, 70):
        rows = [[25 * at, -50 - at % 3, -at % 2, 0, 64] for at in range(length)]
        yield _one_v2(f"chain of {length}", rows)
    for base, before in product((0, 1, _MIDNIGHT), (0, -1)):
        rows = [[600, -50, 0, before if base else 0, 64]]
        yield _one_v2(f"base {base}, scan at {before}", rows, base_epoch=base)
    yield _one_v2("none", [])
    yield _one_v2("clamped", [[0, -10, -20, None, 64], [1, 20, 20, None, 64]])
    yield _one_v2("mean of a half", [[0, -50, 0, None, 64], [1, -51, 0, None, 64]])


def _window(
    levels: list[list[int]], *, day: int = 18_400, kind: int = 1, infectious: int = 1, last: int = 0
) -> Case:
    return {
        "calibration_confidence": 0,
        "epoch_seconds": day * 86_400 + last,
        "infectiousness": infectious,
        "report_type": kind,
        "scan_instances": [
            {"attenuations": heard, "seconds_since_last_scan": 300 - 60 * place}
            for place, heard in enumerate(levels)
        ],
    }


def _one_summary(name: str, windows: list[Case], **changes: Any) -> Case:
    config = {
        "thresholds": [30, 50, 70],
        "bucket_weights": [1.5, 1.0, 0.5, 0.1],
        "infectiousness_weights": [0.0, 1.0, 2.0],
        "report_type_weights": [0.0, 1.0, 0.5, 0.25, 2.5, 0.0],
        "minimum_window_score": 0.0,
        "days_since_exposure_threshold": 0,
    }
    return {"name": name, "config": config | changes, "windows": windows}


def _v2_daily_summaries() -> Iterator[Case]:
    for bound, step in product((30, 50, 70), (0, 1)):
        yield _one_summary(f"typical {bound + step}", [_window([[bound + step]])])
    yield _one_summary("typical 30.5", [_window([[30, 31], [50, 51, 50], []])])
    for kind, infectious in product(range(8), range(3)):
        window = _window([[40], [80]], kind=kind, infectious=infectious)
        yield _one_summary(f"type {kind}, infectiousness {infectious}", [window])
    for least in (299.9, 300, 300.1):
        yield _one_summary(f"least {least}", [_window([[40]])], minimum_window_score=least)
    for limit in (0, 1, 19, 20, 21):
        windows = [_window([[40]]), _window([[20]], day=18_401, last=86_399)]
        yield _one_summary(f"limit {limit}", windows, days_since_exposure_threshold=limit)
    tenths = [_window([[80]], kind=kind, last=kind) for kind in (1, 2, 3, 4)] * 7
    for weight in (0.1, 0.7, 1.1, 2.5):
        weights = [0.3, 0.9, 1.7, weight]
        types = [0.0, 1.3, 0.7, weight, 2.3, 0.0]
        yield _one_summary(
            f"fractions, {weight}", tenths, bucket_weights=weights, report_type_weights=types
        )
    edges = [_window([[0], [1], [254], [255], [256]])]
    yield _one_summary("widest thresholds", edges, thresholds=[0, 254, 255])
    yield _one_summary("no weights", edges, bucket_weights=[0, 0, 0, 0])
    yield _one_summary("no scan", [_window([])])
    yield _one_summary("days out of order", [_window([[40]], day=18_402), _window([[40]])])
