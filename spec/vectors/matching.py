"""Cases of the matching chapter: each of the four conditions, on both sides of each boundary.

The verdicts are written by hand from the chapter; the tests hold the library and a second reading
of the chapter to them.
"""

from collections.abc import Iterator
from itertools import chain

from dp3t.params import EPHID_BYTES, STANDARD
from dp3t.proximity.gaen import identifiers
from dp3t.proximity.lowcost import identifiers_of_day, next_day_key

_DAY = 18_377
_MIDNIGHT = _DAY * 86_400
_RELEASE = _MIDNIGHT + 14 * 3600
_LATER = _MIDNIGHT + 3 * 86_400
_YESTERDAYS_KEY = bytes(range(32))
_DAY_KEY = next_day_key(_YESTERDAYS_KEY)
_TEK = bytes(range(16))
_START = _DAY * 144
_PERIOD = 100
_J = _START + 60
_AT_J = _J * 600

# name: (day of the identifier less the key's day, moment heard, coarse, release, matches)
_LOWCOST = {
    "publication-last-second-before": (0, _RELEASE - 1, False, _RELEASE, True),
    "publication-the-second-itself": (0, _RELEASE, False, _RELEASE, False),
    "publication-first-second-of-the-slot-before": (0, _RELEASE - 7200, False, _RELEASE, True),
    "publication-hours-after": (0, _RELEASE + 9000, False, _RELEASE, False),
    "publication-coarse-slot-before": (0, _RELEASE - 1, True, _RELEASE, True),
    "publication-coarse-slot-after": (0, _RELEASE + 1, True, _RELEASE, False),
    "publication-coarse-same-day-old-batch": (0, _RELEASE + 30_000, True, _RELEASE, False),
    "day-first-second": (0, _MIDNIGHT, False, _LATER, True),
    "day-second-before-it": (0, _MIDNIGHT - 1, False, _LATER, False),
    "day-last-second": (0, _MIDNIGHT + 86_399, False, _LATER, True),
    "day-second-after-it": (0, _MIDNIGHT + 86_400, False, _LATER, False),
    "day-coarse-first-slot": (0, _MIDNIGHT, True, _LATER, True),
    "day-coarse-slot-before-it": (0, _MIDNIGHT - 1, True, _LATER, False),
    "day-coarse-last-slot": (0, _MIDNIGHT + 86_399, True, _LATER, True),
    "day-coarse-slot-after-it": (0, _MIDNIGHT + 86_400, True, _LATER, False),
    "chain-next-day-on-its-day": (1, _MIDNIGHT + 90_000, False, _LATER, True),
    "chain-next-day-a-day-early": (1, _MIDNIGHT + 3600, False, _LATER, False),
    "chain-last-day-before-the-release": (2, _LATER - 1, False, _LATER, True),
    "chain-day-of-the-release-that-has-not-begun": (3, _LATER, False, _LATER, False),
    "chain-day-before-the-key": (-1, _MIDNIGHT - 3600, False, _LATER, False),
    "chain-oldest-day-kept": (0, _MIDNIGHT, False, _MIDNIGHT + 14 * 86_400, True),
    "chain-day-no-longer-kept": (0, _MIDNIGHT, False, _MIDNIGHT + 15 * 86_400, False),
}

# name: (interval of the identifier, moment heard, coarse, release, drift, matches)
_GAEN = {
    "publication-last-second-before": (_J, _AT_J - 1, False, _AT_J, 12, True),
    "publication-the-second-itself": (_J, _AT_J, False, _AT_J, 12, False),
    "publication-in-its-interval-after": (_J, _AT_J + 5000, False, _AT_J, 12, False),
    "drift-first-second": (_J, _AT_J - 7200, False, _LATER, 12, True),
    "drift-second-before-it": (_J, _AT_J - 7201, False, _LATER, 12, False),
    "drift-last-second": (_J, _AT_J + 7799, False, _LATER, 12, True),
    "drift-second-after-it": (_J, _AT_J + 7800, False, _LATER, 12, False),
    "drift-1-first-second": (_J, _AT_J - 600, False, _LATER, 1, True),
    "drift-1-second-before-it": (_J, _AT_J - 601, False, _LATER, 1, False),
    "drift-1-last-second": (_J, _AT_J + 1199, False, _LATER, 1, True),
    "drift-1-second-after-it": (_J, _AT_J + 1200, False, _LATER, 1, False),
    "drift-0-first-second": (_J, _AT_J, False, _LATER, 0, True),
    "drift-0-second-before-it": (_J, _AT_J - 1, False, _LATER, 0, False),
    "drift-0-last-second": (_J, _AT_J + 599, False, _LATER, 0, True),
    "drift-0-second-after-it": (_J, _AT_J + 600, False, _LATER, 0, False),
    "drift-across-midnight": (_START, _START * 600 - 7200, False, _LATER, 12, True),
    "drift-coarse-slot-inside": (_J, _AT_J, True, _LATER, 12, True),
    "drift-coarse-slot-half-outside": (_J, _AT_J + 7300, True, _LATER, 12, False),
    "period-first-interval": (_START, _START * 600, False, _LATER, 12, True),
    "period-interval-before-it": (_START - 1, _START * 600 - 300, False, _LATER, 12, False),
    "period-last-interval": (
        _START + _PERIOD - 1,
        (_START + _PERIOD) * 600 - 300,
        False,
        _LATER,
        12,
        True,
    ),
    "period-interval-after-it": (
        _START + _PERIOD,
        (_START + _PERIOD) * 600 + 300,
        False,
        _LATER,
        12,
        False,
    ),
    "key-no-longer-kept": (_J, _AT_J, False, _MIDNIGHT + 15 * 86_400, 12, False),
}
_CLAUSES = {
    "publication": ["MATCHING-1"],
    "day": ["MATCHING-2", "LOWCOST-8"],
    "chain": ["MATCHING-2", "LOWCOST-8", "LOWCOST-13"],
    "drift": ["MATCHING-2", "GAEN-6"],
    "period": ["MATCHING-2", "GAEN-7"],
    "key": ["GAEN-15"],
}


def build() -> dict[str, object]:
    """Return the vector file."""
    return {
        "spec": sorted({"MATCHING-4", *chain(*_CLAUSES.values())}),
        "source": "ours; verdicts written from spec/proximity/matching.md",
        "cases": [*_lowcost(), *_gaen()],
    }


def _lowcost() -> Iterator[dict[str, object]]:
    for name, (offset, heard_at, coarse, release, matches) in _LOWCOST.items():
        yield {
            **_case(name, coarse, matches),
            "id": f"lowcost-{name}",
            "design": "lowcost",
            "attributes": [_DAY],
            "key": _DAY_KEY.hex(),
            "identifier": _lowcost_identifier(offset).hex(),
            "clock_drift_intervals": STANDARD.clock_drift_intervals,
            "heard_at": heard_at,
            "release": release,
        }


def _gaen() -> Iterator[dict[str, object]]:
    for name, (interval, heard_at, coarse, release, drift, matches) in _GAEN.items():
        yield {
            **_case(name, coarse, matches),
            "id": f"gaen-{name}",
            "design": "gaen",
            "attributes": [_START, _PERIOD, 1, 127],
            "key": _TEK.hex(),
            "identifier": identifiers(_TEK, [interval]).hex(),
            "clock_drift_intervals": drift,
            "heard_at": heard_at,
            "release": release,
        }


def _case(name: str, coarse: bool, matches: bool) -> dict[str, object]:
    clauses = _CLAUSES[name.partition("-")[0]]
    return {
        "spec": [*clauses, "MATCHING-4"] if coarse else clauses,
        "coarse": coarse,
        "epoch_minutes": STANDARD.epoch_minutes,
        "retention_days": STANDARD.retention_days,
        "result": "match" if matches else "no-match",
    }


def _lowcost_identifier(offset: int) -> bytes:
    """Return identifier 5 of the day so many days after the published key's."""
    key = _YESTERDAYS_KEY
    for _ in range(offset + 1):
        key = next_day_key(key)
    return identifiers_of_day(key, parameters=STANDARD)[5 * EPHID_BYTES : 6 * EPHID_BYTES]
