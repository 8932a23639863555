"""Second witness of spec/proximity/scoring.md, from the facts about Google's and CWA's rules.

Slow and plain on purpose: attenuation is looked up second by second, and fractions are exact. Cases
go in and come out as the JSON of the case files. Standard library only, nothing of ours.
"""

from fractions import Fraction
from itertools import pairwise
from math import floor
from typing import Any

Case = dict[str, Any]
Point = tuple[int, int]

HALF = Fraction(1, 2)


def half_up(value: Fraction) -> int:
    return floor(value + HALF)


def attenuation_at(line: list[Point], second: int) -> Point:
    """Return the last point at or before a second."""
    return [point for point in line if point[0] <= second][-1]


def line_of(points: list[Point], interval: int) -> list[Point]:
    """Return the points with one more at each end; the first of several at one second stays."""
    half = interval // 2
    line = [(points[0][0] - half, points[0][1]), *points, (points[-1][0] + half, points[-1][1])]
    seen: dict[int, int] = {}
    for at, attenuation in line:
        seen.setdefault(at, attenuation)
    return sorted(seen.items())


def runs(points: list[Point], longest_gap: int) -> list[list[Point]]:
    found = [[points[0]]] if points else []
    for before, after in pairwise(points):
        if after[0] - before[0] > longest_gap:
            found.append([])
        found[-1].append(after)
    return found


def seconds_below(line: list[Point], threshold: int, interpolation: bool) -> int:
    """Return for how long a line is below a threshold."""
    below = 0
    for (start, first), (end, last) in pairwise(line):
        turn = end
        if interpolation and first != last:
            moment = half_up(start + Fraction(threshold - first, last - first) * (end - start))
            turn = moment if start < moment < end else end
        left = first < threshold
        right = left if turn == end else not left
        below += sum(left if second < turn else right for second in range(start, end))
    return below


def times(line: list[Point], thresholds: list[int], interpolation: bool) -> list[int]:
    total = line[-1][0] - line[0][0]
    below = [seconds_below(line, each, interpolation) for each in thresholds]
    return [high - low for low, high in zip([0, *below], [*below, total], strict=True)]


def v1(case: Case) -> Case | None:
    """Return the result of a case of GAEN's first generation."""
    config = case["config"]
    points = [(t, max(tx - rssi, 0)) for t, rssi, tx in case["sightings_t_rssi_tx"]]
    exposures = []
    for run in runs(points, case["max_interpolation_s"]):
        blocks = Fraction(run[-1][0] - run[0][0] + 300, 300)
        whole = floor(blocks)
        duration = 300 * (whole if blocks - whole <= HALF else whole + 1)
        if duration < case["min_exposure_bucketized_s"]:
            continue
        line = line_of(run, case["scan_interval_s"])
        span = range(line[0][0], line[-1][0])
        total = sum(attenuation_at(line, second)[1] for second in span)
        attenuation = half_up(Fraction(total, len(span))) if span else 0
        level = case["transmission_risk_level"]
        score = (
            config["attenuation"][bucket_over(attenuation, [73, 63, 51, 33, 27, 15, 10])]
            * config["days"][
                bucket_over(int(case["now_minus_key_day_days"]), [13, 11, 9, 7, 5, 3, 1])
            ]
            * config["duration"][sum(duration // 60 > most for most in range(0, 31, 5))]
            * ([1, *config["transmission"]][level])
        )
        exposures.append(
            {
                "attenuation": attenuation,
                "attenuation_durations": times(line, config["thresholds"], case["interpolation"]),
                "duration_s": duration,
                "risk_score": 0 if score < config["minimum_risk_score"] else score,
            }
        )
    if not exposures:
        return None
    scores = [each["risk_score"] for each in exposures]
    return {
        "attenuation_durations": [
            sum(column)
            for column in zip(*(each["attenuation_durations"] for each in exposures), strict=True)
        ],
        "exposures": exposures,
        "max_risk_score": max(scores),
        "total_risk_score": sum(scores),
    }


def bucket_over(value: int, bounds: list[int]) -> int:
    """Return the place of the first bound that a value exceeds; bounds descend."""
    return next((place for place, bound in enumerate(bounds) if value > bound), len(bounds))


def v2_windows(case: Case) -> list[Case]:
    """Return the exposure windows of a case."""
    mapping, onset, base = case["mapping"], case["dsos"], case["base_epoch"]
    infectiousness = mapping["when_missing"]
    days = mapping["days_to_infectiousness"]
    whole = days is not None and (mapping["others"] is not None or len(days) == 29)
    if whole and onset is not None and -14 <= onset <= 14:
        infectiousness = days.get(str(onset), mapping["others"])
    kind = case["report_type"]
    if kind not in (1, 2, 3, 4, 5):
        kind = mapping["report_type_when_missing"]
    windows: list[Case] = []
    previous: int | None = None
    for t, rssi, tx, before, version in case["sightings_t_rssi_tx_prev_version"]:
        at = base + t
        fresh = not windows or at >= windows[-1]["epoch_seconds"] + 30 * 60
        if fresh:
            windows.append(
                {
                    "calibration_confidence": (version & 0b1100) // 4,
                    "epoch_seconds": at,
                    "infectiousness": infectiousness,
                    "report_type": kind,
                    "scan_instances": [],
                }
            )
        scans = windows[-1]["scan_instances"]
        if fresh or previous is None or 2 * (at - previous) > 3 * (4 + 13):
            # the second 0 of 1970 stands for no scan before
            unknown = before is None or base + before == 0
            minutes = 2 if unknown else min(5, at // 60 - (base + before) // 60)
            scans.append({"attenuations": [], "seconds_since_last_scan": 60 * minutes})
        scans[-1]["attenuations"].append(max(tx - rssi, 0))
        previous = at
    for window in windows:
        for scan in window["scan_instances"]:
            heard = scan["attenuations"]
            scan["min"] = min(heard)
            scan["typical"] = half_up(Fraction(sum(heard), len(heard)))
    return windows


def v2_daily_summaries(case: Case, today: int, drop_uninfectious: bool = False) -> list[Case]:
    """Return the daily summaries of a case, oldest first."""
    config = case["config"]
    days: dict[int, dict[int, list[float]]] = {}
    limit = config["days_since_exposure_threshold"]
    for window in case["windows"]:
        day = window["epoch_seconds"] // 86400
        if window["report_type"] not in (1, 2, 3, 4) or (limit > 0 and today - day > limit):
            continue
        sums = days.setdefault(day, {kind: [0.0, 0.0, 0.0] for kind in (1, 2, 3, 4)})
        if drop_uninfectious and not window["infectiousness"]:
            continue
        buckets = {0: 0, 1: 0, 2: 0, 3: 0}
        for scan in window["scan_instances"]:
            heard = scan["attenuations"]
            typical = half_up(Fraction(sum(heard), len(heard))) if heard else 0
            place = [typical <= edge for edge in (*config["thresholds"], typical)].index(True)
            buckets[place] += scan["seconds_since_last_scan"]
        weighted = 0.0
        for place, seconds in buckets.items():
            weighted = weighted + seconds * config["bucket_weights"][place]
        kind = window["report_type"]
        score = weighted * config["report_type_weights"][kind]
        score = score * config["infectiousness_weights"][window["infectiousness"]]
        if not score < config["minimum_window_score"]:
            greatest, total, time = sums[kind]
            sums[kind] = [max(greatest, score), total + score, time + weighted]
    return [
        {
            "day": _day_total(days[day]),
            "days_since_epoch": day,
            **{f"report_type_{kind}": _named(data) for kind, data in days[day].items()},
        }
        for day in sorted(days)
    ]


def _day_total(sums: dict[int, list[float]]) -> Case:
    total = [0.0, 0.0, 0.0]
    for greatest, score, time in sums.values():
        total = [max(total[0], greatest), total[1] + score, total[2] + time]
    return _named(total)


def _named(data: list[float]) -> Case:
    return dict(zip(("max", "sum", "weighted_duration_sum"), data, strict=True))


def strongest_of_scans(points: list[Point]) -> list[Point]:
    """Return of each chain of points at most 25.5 s apart the nearest."""
    chains: list[list[Point]] = []
    for point in points:
        if not chains or point[0] - chains[-1][-1][0] > 25.5:
            chains.append([])
        chains[-1].append(point)
    return [min(chain, key=lambda point: point[1]) for chain in chains]


def exposure_score(senders: list[list[Point]], rule: Case) -> Case:
    """Return DP-3T's score of a day in which senders were heard."""
    joint = [0] * len(rule["bucket_weights"])
    for points in senders:
        for run in runs(strongest_of_scans(points), rule["max_gap_seconds"]):
            line = line_of(run, rule["scan_interval_seconds"])
            found = times(line, rule["thresholds_db"], False)
            joint = [before + more for before, more in zip(joint, found, strict=True)]
    score = 0.0
    for seconds, weight in zip(joint, rule["bucket_weights"], strict=True):
        score += min(seconds, rule["cap_minutes"] * 60) * weight
    return {"bucket_seconds": joint, "score": score / 60}


def cwa(windows: list[Case], rule: Case) -> list[Case]:
    """Return Corona-Warn-App's risk of each day with a window that counts."""
    days: dict[int, list[tuple[float, int, int]]] = {}
    for window in windows:
        offsets = {1: 6, 2: 4, 3: 2, 4: 0}
        if window["report_type"] not in offsets:
            continue
        level = offsets[window["report_type"]] + (2 if window["infectiousness"] == 2 else 1)
        value = {1: 0, 2: 0, 3: 0.6, 4: 0.8, 5: 1.0, 6: 1.2, 7: 1.4, 8: 1.6}[level]
        scans = [
            (min(scan["attenuations"]), max(scan["seconds_since_last_scan"], 0))
            for scan in window["scan_instances"]
        ]
        near = sum(seconds for least, seconds in scans if least < 79)
        if not value or Fraction(near, 60) < rule.get("min_near_minutes", 0):
            continue
        weighted = 0.0
        for least, seconds in scans:
            weight = 0.8 if least < 63 else 1.0 if least < 73 else 0.1 if least < 79 else 0.0
            weighted += seconds * weight
        entry = value * (weighted / 60), level, window["calibration_confidence"]
        days.setdefault(window["epoch_seconds"] // 86400, []).append(entry)
    found = []
    for day in sorted(days):
        total = 0.0
        for minutes, _, _ in days[day]:
            total += minutes
        if rule.get("round_days"):
            total = half_up(Fraction(total * 10)) / 10
        low = {entry[1:] for entry in days[day] if entry[0] < 9}
        high = {entry[1:] for entry in days[day] if entry[0] >= 9}
        found.append(
            {
                "day": day,
                "minutes": total,
                "level": "high" if total >= 9 else "low" if total >= 5 else "none",
                "low_encounters": len(low),
                "high_encounters": len(high),
            }
        )
    return found


def readings(match: Case, calibration: Case) -> list[tuple[int, int, int | None]]:
    """Return (second, attenuation, previous scan) of a match, as it is weighed.

    Seconds count from the first sighting, or from `origin` where a match of a key names one.
    """
    power = match["tx_power_dbm"]
    power = calibration["tx_power_dbm"] if power is None else power
    first = match.get("origin", match["sightings"][0][0])
    starts = [match["sightings"][0][0] - first]
    found = []
    for offset, rssi in match["sightings"]:
        at = offset - first
        if at - starts[-1] > 25.5:
            starts.append(at)
        if power is not None:
            attenuation = power - (rssi + calibration["rx_correction_db"])
            attenuation = max(0, min(255, attenuation))
            found.append((starts[-1], attenuation, starts[-2] if len(starts) > 1 else None))
    return found


def by_key(matches: list[Case]) -> list[Case]:
    """Return the matches of GAEN keys as one match for each key and day, of seconds of the day."""
    revoked = {each["key"] for each in matches if each["attributes"][2] == 5}
    found: dict[tuple[int, str], Case] = {}
    for each in matches:
        day, (_, _, report_type, onset) = each["slot"] // 12, each["attributes"]
        if each["key"] in revoked:
            continue
        whole = {
            "slot": day * 12,
            "tx_power_dbm": each["tx_power_dbm"],
            "sightings": [],
            "origin": 0,
            "report_type": report_type,
            "dsos": None if onset == 127 else onset,
        }
        heard = found.setdefault((day, each["key"]), whole)["sightings"]
        heard += [[each["slot"] % 12 * 7200 + at, rssi] for at, rssi in each["sightings"]]
        heard.sort()
    return list(found.values())


def as_windows(match: Case, calibration: Case, mapping: Case) -> list[Case]:
    """Return the exposure windows of a match of which nothing but the radio is known."""
    case = {
        "mapping": mapping,
        "dsos": match.get("dsos"),
        "base_epoch": 86400 * (match["slot"] // 12),
        "report_type": match.get("report_type", 0),
        "sightings_t_rssi_tx_prev_version": [
            [at, -attenuation, 0, before, 0x50]
            for at, attenuation, before in readings(match, calibration)
        ],
    }
    return v2_windows(case)
