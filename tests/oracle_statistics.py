"""The second witness for the statistics of symptoms: surveys, reports, budgets, shares, the alarm.

Written from `spec/symptoms`. Everything is calculated with decimal numbers of fifty digits or with
fractions, where the library uses binary ones.
"""

from collections.abc import Mapping, Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal, localcontext
from fractions import Fraction
from typing import Any

from oracle import msgpack_encode, signed_file

Z_SQUARED = Decimal("3.841458820694124")
PARTS = 100_000


def survey(seed: bytes, payload: str) -> bytes:
    """Return a signed survey."""
    return signed_file(seed, "dp3t symptom survey 1", payload.encode())


def cost(turned_per_mille: int) -> int:
    """Return the cost of a report in thousandths of epsilon."""
    with localcontext(prec=50):
        odds = Decimal(1_000 - turned_per_mille) / Decimal(turned_per_mille)
        return int((1_000 * odds.ln()).to_integral_value(ROUND_CEILING))


def estimates_file(seed: bytes, payload: str) -> bytes:
    """Return signed estimates."""
    return signed_file(seed, "dp3t symptom estimates 1", payload.encode())


def cost_of_window(said: Mapping[str, Any]) -> int:
    """Return what all reports of 28 days can cost."""
    windows = (28 + said["window_days"] - 1) // said["window_days"]
    reports: int = min(28, windows * said["most_reports"])
    return cost(said["turned_per_mille"]) * reports


def is_tolerable(said: Mapping[str, Any]) -> bool:
    """Return whether an app takes a survey."""
    once, ever = cost(said["turned_per_mille"]), cost_of_window(said)
    return once <= 1_100 and ever <= 4_400 and said["min_reports"] >= 20


def report(number: int, commune: str, positive: bool, token: bytes) -> bytes:
    """Return a report."""
    return b"\1" + number.to_bytes(4, "big") + commune.encode() + bytes([positive]) + token


def budget(
    surveys: Mapping[str, Mapping[str, int]],
    steps: Sequence[Mapping[str, Any]],
    agreed: Mapping[str, int],
    declined: Mapping[str, int],
) -> tuple[list[str], bytes]:
    """Return what becomes of each draw, and the budget that is stored after the last."""
    spent: dict[int, dict[int, int]] = {}
    drawn: dict[int, int] = {}
    results = []
    for step in steps:
        member, day, held = step["member"], step["day"], surveys[step["survey"]]
        own = {d: c for d, c in spent.get(member, {}).items() if d > day - 28}
        price = cost(held["turned_per_mille"])
        recent = [d for d in own if d > day - held["window_days"]]
        if drawn.get(member) == day:
            results.append("replay")
        elif drawn.get(member, -1) > day:
            results.append("clock")
        elif sum(own.values()) + price > 4_400 or len(recent) >= held["most_reports"]:
            results.append("policy")
        else:
            drawn[member] = day
            reports = step["number"] < held["report_per_mille"]
            spent[member] = own | ({day: price} if reports else {})
            results.append("drawn" if reports else "not-drawn")
    value = {
        "agreed": _rows({name: agreed[name] for name in agreed if name not in declined}),
        "declined": _rows(declined),
        "drawn": [{"day": day, "member": member} for member, day in sorted(drawn.items())],
        "spent": [
            {"day": day, "epsilon_thousandths": price, "member": member}
            for member, own in sorted(spent.items())
            for day, price in sorted(own.items())
        ],
        "version": 1,
    }
    return results, msgpack_encode(value)


def _rows(said: Mapping[str, int]) -> list[dict[str, int]]:
    return [{"member": member, "survey": said[str(member)]} for member in sorted(map(int, said))]


def share(reports: int, positives: int, turned_per_mille: int) -> tuple[int, int, int]:
    """Return the lower end, the share and the upper end, in parts."""
    turned = Fraction(turned_per_mille, 1_000)
    likely = PARTS * (Fraction(positives, reports) - turned) / (1 - 2 * turned)
    with localcontext(prec=50):
        n, f = Decimal(reports), Decimal(turned_per_mille) / 1_000
        k = sorted((f * n, Decimal(positives), (1 - f) * n))[1]
        centre = (k + Z_SQUARED / 2) / (n + Z_SQUARED)
        half = (Z_SQUARED * (k * (n - k) / n + Z_SQUARED / 4)).sqrt() / (n + Z_SQUARED)
        low, high = (PARTS * (end - f) / (1 - 2 * f) for end in (centre - half, centre + half))
        ends = int(low.to_integral_value(ROUND_FLOOR)), int(high.to_integral_value(ROUND_CEILING))
    return _within(ends[0]), _within((likely + Fraction(1, 2)).__floor__()), _within(ends[1])


def _within(parts: int) -> int:
    return max(0, min(PARTS, parts))


def estimates(case: Mapping[str, Any]) -> dict[str, object]:
    """Return what the estimates of a day say."""
    rows = []
    for commune, (reports, positives) in sorted(case["counts"].items()):
        if reports >= case["min_reports"]:
            low, likely, high = share(reports, positives, case["turned_per_mille"])
            rows.append(
                {
                    "commune": commune,
                    "reports": reports,
                    "positives": positives,
                    "low": low,
                    "share": likely,
                    "high": high,
                }
            )
    names = ("day", "issued", "min_reports", "region", "survey", "turned_per_mille")
    return {"communes": rows, "version": 1, **{name: case[name] for name in names}}


def alarm(counts: Mapping[int, tuple[int, int]]) -> tuple[list[Decimal | None], list[int]]:
    """Return the average after each day, none without a residual, and the days of alarm."""
    averages: list[Decimal | None] = []
    alarms = []
    average, steps, last = Decimal(0), 0, None
    with localcontext(prec=50):
        for day in sorted(counts):
            found = _residual(day, counts)
            if found is None:
                averages.append(None)
                continue
            if last is not None and day - last - 1 > 7:
                average, steps = Decimal(0), 0
            average = Decimal("0.75") * average + Decimal("0.25") * found
            steps, last = steps + 1, day
            square = Decimal("0.25") / Decimal("1.75") * (1 - Decimal("0.75") ** (2 * steps))
            averages.append(average)
            if average > Decimal("2.998") * square.sqrt():
                alarms.append(day)
    return averages, alarms


def _residual(day: int, counts: Mapping[int, tuple[int, int]]) -> Decimal | None:
    known = [counts[day - ago] for ago in range(8, 36) if day - ago in counts]
    reports, positives = (sum(each[part] for each in known) for part in (0, 1))
    if len(known) < 14 or positives in (0, reports):
        return None
    usual = Fraction(positives, reports)
    chance = usual * (1 - usual)
    pearson = sum((k - n * usual) ** 2 / (n * chance) for n, k in known)
    dispersion = max(Fraction(1), Fraction(pearson) / (len(known) - 1))
    n, k = counts[day]
    variance = chance * dispersion * (Fraction(1, n) + Fraction(1, reports))
    above = Fraction(k, n) - usual
    return _decimal(above) / _decimal(variance).sqrt()


def _decimal(value: Fraction) -> Decimal:
    return Decimal(value.numerator) / Decimal(value.denominator)
