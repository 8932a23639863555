"""Cases of the matching chapter: each of the four conditions, on both sides of each boundary.

The verdicts are written by hand from the chapter; the tests hold the library and a second reading
of the chapter to them.
"""

from collections.abc import Iterator
from itertools import chain

from dp3t.params import EPHID_BYTES, STANDARD
from dp3t.proximity.gaen import identifiers
from dp3t.proximity.hybrid import identifiers_of_window
from dp3t.proximity.lowcost import identifiers_of_day, next_day_key
from dp3t.proximity.unlinkable import identifier_of_seed

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

# name: (day of the identifier less the key's day, moment heard, coarse, release, skew, matches)
_LOWCOST = {
    "publication-last-second-before": (0, _RELEASE - 1, False, _RELEASE, 60, True),
    "publication-the-second-itself": (0, _RELEASE, False, _RELEASE, 60, False),
    "publication-first-second-of-the-slot-before": (0, _RELEASE - 7200, False, _RELEASE, 60, True),
    "publication-hours-after": (0, _RELEASE + 9000, False, _RELEASE, 60, False),
    "publication-coarse-slot-before": (0, _RELEASE - 1, True, _RELEASE, 60, True),
    "publication-coarse-slot-after": (0, _RELEASE + 1, True, _RELEASE, 60, False),
    "publication-coarse-same-day-old-batch": (0, _RELEASE + 30_000, True, _RELEASE, 60, False),
    "day-first-second": (0, _MIDNIGHT, False, _LATER, 0, True),
    "day-second-before-it": (0, _MIDNIGHT - 1, False, _LATER, 0, False),
    "day-last-second": (0, _MIDNIGHT + 86_399, False, _LATER, 0, True),
    "day-second-after-it": (0, _MIDNIGHT + 86_400, False, _LATER, 0, False),
    "day-coarse-first-slot": (0, _MIDNIGHT, True, _LATER, 0, True),
    "day-coarse-slot-before-it": (0, _MIDNIGHT - 1, True, _LATER, 0, False),
    "day-coarse-last-slot": (0, _MIDNIGHT + 86_399, True, _LATER, 0, True),
    "day-coarse-slot-after-it": (0, _MIDNIGHT + 86_400, True, _LATER, 0, False),
    "skew-first-second": (0, _MIDNIGHT - 60, False, _LATER, 60, True),
    "skew-second-before-it": (0, _MIDNIGHT - 61, False, _LATER, 60, False),
    "skew-last-second": (0, _MIDNIGHT + 86_459, False, _LATER, 60, True),
    "skew-second-after-it": (0, _MIDNIGHT + 86_460, False, _LATER, 60, False),
    "skew-coarse-first-second": (0, _MIDNIGHT - 60, True, _LATER, 60, True),
    "skew-coarse-second-before-it": (0, _MIDNIGHT - 61, True, _LATER, 60, False),
    "skew-does-not-reach-past-the-release": (0, _LATER, False, _LATER, 60, False),
    "chain-next-day-on-its-day": (1, _MIDNIGHT + 90_000, False, _LATER, 60, True),
    "chain-next-day-a-day-early": (1, _MIDNIGHT + 3600, False, _LATER, 60, False),
    "chain-last-day-before-the-release": (2, _LATER - 1, False, _LATER, 60, True),
    "chain-day-of-the-release-that-has-not-begun": (3, _LATER, False, _LATER, 60, False),
    "chain-day-before-the-key": (-1, _MIDNIGHT - 3600, False, _LATER, 60, False),
    "chain-oldest-day-kept": (0, _MIDNIGHT, False, _MIDNIGHT + 14 * 86_400, 60, True),
    "chain-day-no-longer-kept": (0, _MIDNIGHT, False, _MIDNIGHT + 15 * 86_400, 60, False),
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
    "boundary": ["MATCHING-2"],
    "day": ["MATCHING-2", "LOWCOST-8"],
    "skew": ["MATCHING-2", "MATCHING-6"],
    "chain": ["MATCHING-2", "LOWCOST-8", "LOWCOST-13"],
    "drift": ["MATCHING-2", "GAEN-6"],
    "period": ["MATCHING-2", "GAEN-7"],
    "key": ["GAEN-15"],
}
_CLAUSES_OF_DESIGN = {
    "lowcost-skew": ["LOWCOST-8"],
    "hybrid-boundary": ["HYBRID-11"],
    "hybrid-skew": ["HYBRID-11"],
    "unlinkable-boundary": ["UNLINKABLE-5"],
    "unlinkable-skew": ["UNLINKABLE-6"],
    "unlinkable-publication": ["UNLINKABLE-13"],
}


def build() -> dict[str, object]:
    """Return the vector file."""
    return {
        "spec": sorted({"MATCHING-4", *chain(*_CLAUSES.values(), *_CLAUSES_OF_DESIGN.values())}),
        "source": "ours; verdicts written from spec/proximity/matching.md",
        "cases": [*_lowcost(), *_hybrid(), *_unlinkable(), *_gaen()],
    }


def _lowcost() -> Iterator[dict[str, object]]:
    for name, (offset, heard_at, coarse, release, skew, matches) in _LOWCOST.items():
        yield {
            **_case("lowcost", name, coarse, matches),
            "attributes": [_DAY],
            "key": _DAY_KEY.hex(),
            "identifier": _lowcost_identifier(offset).hex(),
            "clock_skew_seconds": skew,
            "heard_at": heard_at,
            "release": release,
        }


def _hybrid() -> Iterator[dict[str, object]]:
    """A window from eight to twelve, with a release at ten and one days later."""
    start, length = _MIDNIGHT + 28_800, STANDARD.window_seconds
    identifier = identifiers_of_window(_TEK, count=6)[5 * EPHID_BYTES :]
    for name, (heard_at, coarse, release, skew, matches) in {
        **_around_release(start + 7200),
        **_around_period(start, start + length),
    }.items():
        yield {
            **_case("hybrid", name, coarse, matches),
            "attributes": [start // length],
            "key": _TEK.hex(),
            "identifier": identifier.hex(),
            "clock_skew_seconds": skew,
            "heard_at": heard_at,
            "release": release,
        }


def _unlinkable() -> Iterator[dict[str, object]]:
    """The epoch that ends at ten, with a release then and one days later."""
    end, length = _MIDNIGHT + 36_000, STANDARD.epoch_seconds
    for name, (heard_at, coarse, release, skew, matches) in {
        **_around_release(end),
        **_around_period(end - length, end),
    }.items():
        yield {
            **_case("unlinkable", name, coarse, matches),
            "attributes": [end // length - 1],
            "key": _DAY_KEY.hex(),
            "identifier": identifier_of_seed(_DAY_KEY).hex(),
            "clock_skew_seconds": skew,
            "heard_at": heard_at,
            "release": release,
        }


def _around_release(release: int) -> dict[str, tuple[int, bool, int, int, bool]]:
    """Return name: (moment heard, coarse, release, skew, matches)."""
    return {
        "publication-last-second-before": (release - 1, False, release, 60, True),
        "publication-the-second-itself": (release, False, release, 60, False),
        "publication-coarse-slot-before": (release - 1, True, release, 60, True),
        "publication-coarse-slot-after": (release + 1, True, release, 60, False),
    }


def _around_period(start: int, end: int) -> dict[str, tuple[int, bool, int, int, bool]]:
    """Return name: (moment heard, coarse, release, skew, matches)."""
    return {
        "boundary-first-second": (start, False, _LATER, 0, True),
        "boundary-second-before-it": (start - 1, False, _LATER, 0, False),
        "boundary-last-second": (end - 1, False, _LATER, 0, True),
        "boundary-second-after-it": (end, False, _LATER, 0, False),
        "boundary-coarse-first-second": (start, True, _LATER, 0, True),
        "boundary-coarse-second-before-it": (start - 1, True, _LATER, 0, False),
        "skew-first-second": (start - 60, False, _LATER, 60, True),
        "skew-second-before-it": (start - 61, False, _LATER, 60, False),
        "skew-last-second": (end + 59, False, _LATER, 60, True),
        "skew-second-after-it": (end + 60, False, _LATER, 60, False),
        "skew-coarse-first-second": (start - 60, True, _LATER, 60, True),
        "skew-coarse-second-before-it": (start - 61, True, _LATER, 60, False),
    }


def _gaen() -> Iterator[dict[str, object]]:
    for name, (interval, heard_at, coarse, release, drift, matches) in _GAEN.items():
        yield {
            **_case("gaen", name, coarse, matches),
            "attributes": [_START, _PERIOD, 1, 127],
            "key": _TEK.hex(),
            "identifier": identifiers(_TEK, [interval]).hex(),
            "clock_drift_intervals": drift,
            "heard_at": heard_at,
            "release": release,
        }


def _case(design: str, name: str, coarse: bool, matches: bool) -> dict[str, object]:
    word = name.partition("-")[0]
    clauses = [*_CLAUSES[word], *_CLAUSES_OF_DESIGN.get(f"{design}-{word}", [])]
    return {
        "id": f"{design}-{name}",
        "design": design,
        "spec": [*clauses, "MATCHING-4"] if coarse and design == "gaen" else clauses,
        "coarse": coarse,
        "clock_drift_intervals": STANDARD.clock_drift_intervals,
        "clock_skew_seconds": STANDARD.clock_skew_seconds,
        "epoch_minutes": STANDARD.epoch_minutes,
        "retention_days": STANDARD.retention_days,
        "window_minutes": STANDARD.window_minutes,
        "result": "match" if matches else "no-match",
    }


def _lowcost_identifier(offset: int) -> bytes:
    """Return identifier 5 of the day so many days after the published key's."""
    key = _YESTERDAYS_KEY
    for _ in range(offset + 1):
        key = next_day_key(key)
    return identifiers_of_day(key, parameters=STANDARD)[5 * EPHID_BYTES : 6 * EPHID_BYTES]
