"""Cases of the low-cost chapter: keys, identifiers, what a record may be and how far it reaches."""

from collections.abc import Iterator

from dp3t.errors import PolicyError
from dp3t.params import EPHID_BYTES, STANDARD, Parameters
from dp3t.primitives import hmac_sha256
from dp3t.proximity.lowcost import (
    BROADCAST_LABEL,
    LowCostKey,
    LowCostRing,
    identifiers_of_day,
    next_day_key,
)
from dp3t.timeline import Day, Instant
from spec.vectors.builders.records import record_cases

_SOURCE = "DP-3T reference_implementation fa2aafc, utils/testvectors_lowcost.py, shuffling off"
_PRINTED = {
    "published-day-0": (
        "0000000000000000000000000000000000000000000000000000000000000000",
        {
            0: "eb0958c011492732c59e3ed2a5eef01d",
            1: "0a61d3d58d430c4d3d9ef809598f55b2",
            2: "0520fb9af787c6c534e86ec5f9639900",
            95: "c2ff48f3a5ee557ee6a05b837eeae882",
        },
    ),
    "published-day-1": (
        "66687aadf862bd776c8fc18b8e9f8e20089714856ee233b3902a591d0d5f2925",
        {
            0: "04cab76af57ca373de1d52689fae06c1",
            1: "ab7747084efb743a6aa1b19bab2f0ca3",
            2: "f417c16279d7f718465f958e17466550",
            95: "ef29522dfc8a12a302777bc669793fba",
        },
    ),
}
_KEY = bytes(range(32))
_DAY = Day(18_377)
_NOON = 18_377 * 86_400 + 43_200
_RECORDS: dict[str, tuple[list[int], int, str]] = {
    "record": ([_DAY], 32, "valid"),
    "record-day-0": ([0], 32, "valid"),
    "record-last-day": ([49_710], 32, "valid"),
    "record-day-before-1970": ([-1], 32, "malformed"),
    "record-day-after-2106": ([49_711], 32, "malformed"),
    "record-without-attributes": ([], 32, "malformed"),
    "record-with-two-attributes": ([_DAY, 0], 32, "malformed"),
    "record-of-gaen": ([2_642_976, 144, 1, 127], 16, "malformed"),
    "record-key-31-bytes": ([_DAY], 31, "malformed"),
    "record-key-33-bytes": ([_DAY], 33, "malformed"),
}
_REACHES = {
    "reach-release-in-the-middle-of-the-day": (_DAY, _NOON),
    "reach-release-at-the-midnight-that-ends-the-day": (_DAY, (_DAY + 1) * 86_400),
    "reach-release-one-slot-later": (_DAY, (_DAY + 1) * 86_400 + 7_200),
    "reach-days-after-the-report": (Day(_DAY - 4), _NOON),
    "reach-as-old-as-is-kept": (Day(_DAY - 14), _NOON),
    "reach-older-than-is-kept": (Day(_DAY - 30), _NOON),
    "reach-longest-chain": (Day(_DAY - 127), _NOON),
    "reach-chain-too-long": (Day(_DAY - 128), _NOON),
    "reach-release-before-the-day": (_DAY, _DAY * 86_400),
    "reach-key-of-the-future": (Day(_DAY + 2), _NOON),
}
_ACCEPTANCES = {
    "accept-today": _DAY,
    "accept-28-days-ago": Day(_DAY - 28),
    "refuse-29-days-ago": Day(_DAY - 29),
    "refuse-tomorrow": Day(_DAY + 1),
}


def build() -> dict[str, object]:
    """Return the vector file."""
    return {
        "spec": [f"LOWCOST-{n}" for n in (2, 3, 4, 8, 9, 10, 13)],
        "source": f"cases named published: {_SOURCE}, which prints the identifiers listed under "
        "`printed`; all else ours",
        "cases": [
            *_published(),
            _chain(),
            *_epochs(),
            *_broadcasts(),
            *record_cases(_RECORDS, clause="LOWCOST-9"),
            *_reaches(),
            *_acceptances(),
        ],
    }


def _split(identifiers: bytes) -> list[str]:
    starts = range(0, len(identifiers), EPHID_BYTES)
    return [identifiers[start : start + EPHID_BYTES].hex() for start in starts]


def _published() -> Iterator[dict[str, object]]:
    for name, (key, printed) in _PRINTED.items():
        yield {
            "id": name,
            "comment": _SOURCE,
            "operation": "derive",
            "spec": ["LOWCOST-3"],
            "epoch_minutes": 15,
            "key": key,
            "stream_key": hmac_sha256(bytes.fromhex(key), BROADCAST_LABEL).hex(),
            "identifiers": _split(identifiers_of_day(bytes.fromhex(key), parameters=STANDARD)),
            "printed": {str(place): identifier for place, identifier in printed.items()},
            "result": "valid",
        }


def _chain() -> dict[str, object]:
    keys = [_KEY]
    for _ in range(14):
        keys.append(next_day_key(keys[-1]))
    return {
        "id": "chain-of-15-days",
        "operation": "chain",
        "spec": ["LOWCOST-2"],
        "keys": [key.hex() for key in keys],
        "result": "valid",
    }


def _epochs() -> Iterator[dict[str, object]]:
    for minutes in (1, 5, 10, 30, 60, 120):
        parameters = Parameters(epoch_minutes=minutes)
        identifiers = _split(identifiers_of_day(_KEY, parameters=parameters))
        yield {
            "id": f"epochs-of-{minutes}-minutes",
            "comment": "only how many there are and which is last depends on the length",
            "operation": "count",
            "spec": ["LOWCOST-3"],
            "epoch_minutes": minutes,
            "key": _KEY.hex(),
            "count": len(identifiers),
            "first": identifiers[0],
            "last": identifiers[-1],
            "result": "valid",
        }


def _broadcasts() -> Iterator[dict[str, object]]:
    parameters = Parameters(epoch_minutes=120)
    order = (7, 2, 11, 0, 5, 9, 1, 10, 3, 8, 4, 6)
    for name, day, second in (
        ("broadcast-first-second-of-the-day", _DAY, 0),
        ("broadcast-last-second-of-an-epoch", _DAY, 7_199),
        ("broadcast-first-second-of-an-epoch", _DAY, 7_200),
        ("broadcast-last-second-of-the-day", _DAY, 86_399),
        ("broadcast-two-days-after-the-oldest-key", Day(_DAY + 2), 40_000),
    ):
        now = Instant(day * 86_400 + second)
        ring = LowCostRing(first_day=_DAY, first_key=_KEY, today=day, order=order)
        yield {
            "id": name,
            "operation": "broadcast",
            "spec": ["LOWCOST-2", "LOWCOST-4"],
            "epoch_minutes": 120,
            "first_day": _DAY,
            "first_key": _KEY.hex(),
            "order": list(order),
            "now": now,
            "identifier": ring.identifier(now=now, parameters=parameters).hex(),
            "result": "valid",
        }


def _reaches() -> Iterator[dict[str, object]]:
    for name, (day, release) in _REACHES.items():
        expansions = LowCostKey(day, _KEY).expand(before=Instant(release), parameters=STANDARD)
        yield {
            "id": name,
            "comment": "which days' identifiers a reader derives, and the first of each",
            "operation": "expand",
            "spec": ["LOWCOST-8", "LOWCOST-13"],
            "day": day,
            "key": _KEY.hex(),
            "release": release,
            "retention_days": STANDARD.retention_days,
            "clock_skew_seconds": STANDARD.clock_skew_seconds,
            "days": [
                {
                    "start": expansion.start,
                    "end": expansion.validity(0).end,
                    "first": expansion.identifiers[:EPHID_BYTES].hex(),
                }
                for expansion in expansions
            ],
            "result": "valid",
        }


def _acceptances() -> Iterator[dict[str, object]]:
    for name, day in _ACCEPTANCES.items():
        try:
            LowCostKey(day, _KEY).require_publishable(now=Instant(_NOON), parameters=STANDARD)
            result = "valid"
        except PolicyError:
            result = "policy"
        yield {
            "id": name,
            "operation": "accept",
            "spec": ["LOWCOST-10"],
            "day": day,
            "now": _NOON,
            "retention_days": STANDARD.retention_days,
            "clock_skew_seconds": STANDARD.clock_skew_seconds,
            "result": result,
        }
