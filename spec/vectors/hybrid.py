"""Cases of the hybrid chapter: seeds, windows, orders, records, reach and released windows."""

from collections.abc import Iterator

from dp3t.errors import PolicyError
from dp3t.params import EPHID_BYTES, LAST_INSTANT, STANDARD, Parameters
from dp3t.primitives import hmac_sha256
from dp3t.proximity.hybrid import (
    HYBRID_LABEL,
    SEED_BYTES,
    HybridKey,
    HybridRing,
    identifiers_of_window,
    window_of,
)
from dp3t.proximity.interface import Selection
from dp3t.timeline import Day, Instant, Stretch
from spec.vectors.builders.records import record_cases

_DAY = 18_377
_MIDNIGHT = _DAY * 86_400
_NOON = _MIDNIGHT + 43_200
_WINDOW = _NOON // 14_400
_SEED = bytes(range(16))
_SEEDS = {"seed-of-zeros": bytes(16), "seed-0-to-15": _SEED}
_LENGTHS = {  # epoch_minutes, window_minutes
    "shortest": (10, 10),
    "two-hours": (15, 120),
    "four-hours": (15, 240),
    "45-minutes": (15, 45),
    "100-minutes": (10, 100),
    "23-hours": (15, 1380),
    "one-day-as-gaen": (10, 1440),
    "most-identifiers": (1, 1440),
}
_MOMENTS = {  # epoch_minutes, window_minutes, moment
    "first-second-of-1970": (15, 240, 0),
    "last-second-of-a-window": (15, 240, _NOON - 1),
    "first-second-of-a-window": (15, 240, _NOON),
    "before-midnight-one-day": (15, 1440, _MIDNIGHT - 1),
    "midnight-one-day": (15, 1440, _MIDNIGHT),
    "before-midnight-100-minutes": (10, 100, _MIDNIGHT - 1),
    "midnight-within-100-minutes": (10, 100, _MIDNIGHT),
    "midnight-within-23-hours": (15, 1380, _MIDNIGHT),
    "last-second-four-hours": (15, 240, LAST_INSTANT),
    "last-second-ten-minutes": (10, 10, LAST_INSTANT),
    "last-second-23-hours": (15, 1380, LAST_INSTANT),
}
_BROADCASTS = {  # epoch_minutes, window_minutes, order, moment
    "first-second-of-the-window": (60, 240, (2, 0, 3, 1), _NOON),
    "last-second-of-an-epoch": (60, 240, (2, 0, 3, 1), _NOON + 3_599),
    "first-second-of-an-epoch": (60, 240, (2, 0, 3, 1), _NOON + 3_600),
    "last-second-of-the-window": (60, 240, (2, 0, 3, 1), _NOON + 14_399),
    "before-midnight-100-minutes": (20, 100, (4, 2, 0, 1, 3), _MIDNIGHT - 1),
    "midnight-within-100-minutes": (20, 100, (4, 2, 0, 1, 3), _MIDNIGHT),
    "one-epoch-a-window": (10, 10, (0,), _NOON),
}
_RECORDS = {
    "record": ([_WINDOW], 16, "valid"),
    "record-window-0": ([0], 16, "valid"),
    "record-last-window": ([7_158_278], 16, "valid"),
    "record-window-before-1970": ([-1], 16, "malformed"),
    "record-window-after-2106": ([7_158_279], 16, "malformed"),
    "record-without-attributes": ([], 16, "malformed"),
    "record-with-two-attributes": ([_WINDOW, 0], 16, "malformed"),
    "record-of-gaen": ([2_642_976, 144, 1, 127], 16, "malformed"),
    "record-of-unlinkable": ([1_762_781], 32, "malformed"),
    "record-key-15-bytes": ([_WINDOW], 15, "malformed"),
    "record-key-17-bytes": ([_WINDOW], 17, "malformed"),
}
_LAST_OF_28_DAYS = (_DAY - 28) * 6
_ACCEPTANCES = {  # window, now
    "accept-the-present-window": (_WINDOW, _NOON),
    "accept-the-next-window-one-skew-early": (_WINDOW + 1, _NOON + 14_340),
    "refuse-the-next-window-a-second-earlier": (_WINDOW + 1, _NOON + 14_339),
    "refuse-tomorrow": (_WINDOW + 6, _NOON),
    "refuse-the-last-window": (7_158_278, _NOON),
    "accept-the-first-window-of-28-days-ago": (_LAST_OF_28_DAYS, _NOON),
    "refuse-the-last-window-of-29-days-ago": (_LAST_OF_28_DAYS - 1, _NOON),
}
_REACHES = {  # window_minutes, window, release; a skew of 0 where the name says so
    "reach-release-in-the-window": (240, _WINDOW, _NOON + 7_200),
    "reach-release-at-the-end-of-the-window": (240, _WINDOW, _NOON + 14_400),
    "reach-release-at-the-start-of-the-window": (240, _WINDOW, _NOON),
    "reach-release-before-the-window": (240, _WINDOW + 1, _NOON),
    "reach-window-of-the-future": (240, 7_158_278, _NOON),
    "reach-first-window-kept": (240, (_DAY - 14) * 6, _NOON),
    "reach-only-the-skew-is-kept": (240, (_DAY - 14) * 6 - 1, _NOON),
    "reach-older-than-is-kept": (240, (_DAY - 14) * 6 - 2, _NOON),
    "reach-across-midnight": (105, _MIDNIGHT // 6_300, _MIDNIGHT),
    "reach-window-0": (240, 0, 7_200),
    "reach-without-skew-release-at-the-start-of-the-window": (120, _NOON // 7_200, _NOON),
    "reach-without-skew-first-window-kept": (240, (_DAY - 14) * 6, _NOON),
    "reach-without-skew-ended-as-the-oldest-day-began": (240, (_DAY - 14) * 6 - 1, _NOON),
}


def build() -> dict[str, object]:
    """Return the vector file."""
    return {
        "spec": [f"HYBRID-{n}" for n in (2, 3, 4, 7, 8, 9, 11, 12)],
        "source": "ours; nobody else has published vectors of this design",
        "cases": [
            *_derivations(),
            *_counts(),
            *_windows(),
            *_broadcasts(),
            *record_cases(_RECORDS, clause="HYBRID-8"),
            *_acceptances(),
            *_reaches(),
            *_reports(),
        ],
    }


def _split(identifiers: bytes) -> list[str]:
    starts = range(0, len(identifiers), EPHID_BYTES)
    return [identifiers[start : start + EPHID_BYTES].hex() for start in starts]


def _derivations() -> Iterator[dict[str, object]]:
    for name, seed in _SEEDS.items():
        yield {
            "id": f"derive-{name}",
            "operation": "derive",
            "spec": ["HYBRID-3"],
            "seed": seed.hex(),
            "stream_key": hmac_sha256(seed, HYBRID_LABEL).hex(),
            "identifiers": _split(identifiers_of_window(seed, count=16)),
            "result": "valid",
        }


def _counts() -> Iterator[dict[str, object]]:
    for name, (epoch, window) in _LENGTHS.items():
        parameters = Parameters(epoch_minutes=epoch, window_minutes=window)
        count = parameters.epochs_per_window
        identifiers = _split(identifiers_of_window(_SEED, count=count))
        yield {
            "id": f"count-{name}",
            "comment": "only how many there are and which is last depends on the lengths",
            "operation": "count",
            "spec": ["HYBRID-3"],
            "epoch_minutes": epoch,
            "window_minutes": window,
            "seed": _SEED.hex(),
            "count": count,
            "first": identifiers[0],
            "last": identifiers[-1],
            "result": "valid",
        }


def _windows() -> Iterator[dict[str, object]]:
    for name, (epoch, minutes, moment) in _MOMENTS.items():
        parameters = Parameters(epoch_minutes=epoch, window_minutes=minutes)
        yield {
            "id": f"window-{name}",
            "operation": "window",
            "spec": ["HYBRID-2"],
            "window_minutes": minutes,
            "moment": moment,
            "window": window_of(Instant(moment), parameters=parameters),
            "result": "valid",
        }


def _broadcasts() -> Iterator[dict[str, object]]:
    for name, (epoch, minutes, order, now) in _BROADCASTS.items():
        parameters = Parameters(epoch_minutes=epoch, window_minutes=minutes)
        window = window_of(Instant(now), parameters=parameters)
        ring = HybridRing(keys=(HybridKey(window, _SEED),), order=order)
        yield {
            "id": f"broadcast-{name}",
            "operation": "broadcast",
            "spec": ["HYBRID-2", "HYBRID-4"],
            "epoch_minutes": epoch,
            "window_minutes": minutes,
            "seed": _SEED.hex(),
            "order": list(order),
            "now": now,
            "window": window,
            "identifier": ring.identifier(now=Instant(now), parameters=parameters).hex(),
            "result": "valid",
        }


def _acceptances() -> Iterator[dict[str, object]]:
    crossing = Parameters(window_minutes=105)
    oldest = (_MIDNIGHT - 28 * 86_400) // 6_300
    cases = {name: (STANDARD, *rest) for name, rest in _ACCEPTANCES.items()}
    cases["accept-by-the-last-second-of-a-window-across-midnight"] = (crossing, oldest, _NOON)
    cases["refuse-the-window-before-it"] = (crossing, oldest - 1, _NOON)
    for name, (parameters, window, now) in cases.items():
        try:
            HybridKey(window, _SEED).require_publishable(now=Instant(now), parameters=parameters)
            result = "valid"
        except PolicyError:
            result = "policy"
        yield {
            "id": name,
            "operation": "accept",
            "spec": ["HYBRID-9"],
            "window_minutes": parameters.window_minutes,
            "window": window,
            "now": now,
            "retention_days": parameters.retention_days,
            "clock_skew_seconds": parameters.clock_skew_seconds,
            "result": result,
        }


def _reaches() -> Iterator[dict[str, object]]:
    for name, (minutes, window, release) in _REACHES.items():
        skew = 0 if "without-skew" in name else STANDARD.clock_skew_seconds
        parameters = Parameters(window_minutes=minutes, clock_skew_seconds=skew)
        found = HybridKey(window, _SEED).expand(before=Instant(release), parameters=parameters)
        yield {
            "id": name,
            "comment": "the identifiers a reader derives, and from when to when they count",
            "operation": "expand",
            "spec": ["HYBRID-11", "HYBRID-12"],
            "epoch_minutes": parameters.epoch_minutes,
            "window_minutes": minutes,
            "retention_days": parameters.retention_days,
            "clock_skew_seconds": parameters.clock_skew_seconds,
            "window": window,
            "seed": _SEED.hex(),
            "release": release,
            "expansions": [
                {
                    "window": expansion.period,
                    "start": expansion.start,
                    "end": expansion.validity(0).end,
                    "identifiers": _split(expansion.identifiers),
                }
                for expansion in found
            ],
            "result": "valid",
        }


def _reports() -> Iterator[dict[str, object]]:
    """Yield reports of a phone that has a seed of each window of six days but two."""
    night = (_MIDNIGHT - 7_200, _MIDNIGHT + 6 * 3_600)
    edge = (_NOON - 14_400, _NOON)
    two, every = _DAY - 2, list(range(_WINDOW - 36, _WINDOW + 1))
    cases: dict[str, tuple[int, int, int, list[tuple[int, int]], list[int] | None]] = {
        "today": (240, 14, _DAY, [], None),
        "two-days-with-gaps": (240, 14, two, [], None),
        "longer-than-the-phone-has-seeds": (240, 14, _DAY - 8, [], None),
        "longer-than-is-kept": (240, 2, _DAY - 60, [], None),
        "a-night-held-back": (240, 14, _DAY - 1, [night], None),
        "held-back-from-edge-to-edge": (240, 14, _DAY, [edge], None),
        "held-back-one-second-more": (240, 14, _DAY, [(edge[0] - 1, edge[1] + 1)], None),
        "everything-held-back": (240, 14, _DAY, [(0, _NOON + 1)], None),
        "nobody-close": (240, 14, two, [], []),
        "somebody-close-in-two-windows": (240, 14, two, [], [_WINDOW - 7, _WINDOW]),
        "close-and-held-back": (240, 14, _DAY, [edge], every),
        "across-midnight": (105, 14, _DAY, [], None),
        "one-day-windows": (1440, 14, two, [], None),
    }
    for name, case in cases.items():
        yield _report(name, *case)


def _report(
    name: str,
    minutes: int,
    retention: int,
    since: int,
    redacted: list[tuple[int, int]],
    close: list[int] | None,
) -> dict[str, object]:
    parameters = Parameters(window_minutes=minutes, retention_days=retention)
    now, last = Instant(_NOON + 60), (_NOON + 60) // (60 * minutes)
    windows = [n for n in range(last - 6 * 1440 // minutes, last + 1) if last - n not in (3, 10)]
    keys = tuple(HybridKey(n, n.to_bytes(SEED_BYTES, "big")) for n in windows)
    ring = HybridRing(keys=keys, order=tuple(range(parameters.epochs_per_window)))
    stretches = tuple(Stretch(Instant(start), Instant(end)) for start, end in redacted)
    selection = Selection(redacted=stretches, close_periods=close)
    released, _ = ring.released(
        since=Day(since), onset=None, now=now, parameters=parameters, rand=_decoy,
        selection=selection,
    )  # fmt: skip
    records = [key.record() for key in released]
    return {
        "id": f"report-{name}",
        "comment": "the seed of window n is n as 16 bytes, big-endian; a decoy is 16 random bytes",
        "operation": "report",
        "spec": ["HYBRID-7"],
        "epoch_minutes": parameters.epoch_minutes,
        "window_minutes": minutes,
        "retention_days": retention,
        "seeds": {
            "first": windows[0],
            "last": last,
            "missing": sorted(set(range(windows[0], last)).difference(windows)),
        },
        "since": since,
        "now": now,
        "redacted": [list(stretch) for stretch in redacted],
        "close_windows": close,
        "first": records[0].attributes[0],
        "count": len(records),
        "decoys": [record.attributes[0] for record in records if record.key == _DECOY],
        "result": "valid",
    }


_DECOY = b"\xff" * SEED_BYTES


def _decoy(length: int) -> bytes:
    return b"\xff" * length if length == SEED_BYTES else bytes(length)
