"""Cases of the dummy chapter: delays, schedules, what an observer computes, what a log shows."""

from collections.abc import Callable, Iterator

from dp3t.codec import encode
from dp3t.errors import TooEarlyError
from dp3t.primitives import sha256
from dp3t.publication.clumping import check_clumping
from dp3t.publication.dummy import (
    MEAN_DELAY_SECONDS,
    DummySchedule,
    approximate_posterior,
    exponential_delay,
    posterior,
)
from dp3t.publication.request_log import read_log
from dp3t.timeline import Instant

Case = dict[str, object]

_DAY = 86_400
_NOW = Instant(18_500 * _DAY + 43_200)
_ONE, _HALF, _QUARTER, _EIGHTH = 2**64 - 1, 2**63, 2**62, 2**61
_DELAYS = {
    "delay-shortest": ([0, 0], "a draw that is equal ends the run: 1 is odd"),
    "delay-one-draw": ([_HALF, _ONE], "half a mean"),
    "delay-longest-without-refusal": ([_ONE, _ONE], "rounded up to the whole mean"),
    "delay-even-run-is-refused": ([_HALF, _QUARTER, _ONE, _QUARTER, _HALF], "one mean is added"),
    "delay-run-of-three": ([_HALF, _QUARTER, _EIGHTH, _ONE], "the first draw counts"),
    "delay-two-refusals": (
        [_HALF, 0, 0, _ONE, _HALF, _HALF, 1, 2],
        "two means, and next to nothing",
    ),
}
_SCHEDULES = {
    "next-on-time": (_NOW, _NOW, "from when the last one was due"),
    "next-one-hour-late": (_NOW - 3_600, _NOW, "not from when the last one was sent"),
    "next-is-overdue-too": (_NOW - 10 * _DAY, _NOW, "the phone was off; send another one"),
    "next-fourteen-days-late": (_NOW - 14 * _DAY, _NOW, "as far back as a phone catches up"),
    "next-a-year-late": (_NOW - 365 * _DAY, _NOW, "counts as fourteen days"),
    "next-beyond-the-last-instant": (2**32 - 2, 2**32 - 1, "the schedule ends in 2106"),
    "next-not-due": (_NOW + 1, _NOW, "what was sent was no dummy"),
    "next-after-the-end": (2**32 - 1, 2**32 - 1, "nothing is due any more"),
}
_SCHEDULE_CLAUSES = {
    "next-beyond-the-last-instant": ["DUMMY-15"],
    "next-not-due": ["DUMMY-16"],
    "next-after-the-end": ["DUMMY-15", "DUMMY-16"],
}
_STATES: dict[str, tuple[dict[str, int | bytes | bool], str]] = {
    "state": ({"next_due": _NOW}, "valid"),
    "state-first-instant": ({"next_due": 0}, "valid"),
    "state-last-instant": ({"next_due": 2**32 - 1}, "valid"),
    "state-empty": ({}, "malformed"),
    "state-before-1970": ({"next_due": -1}, "malformed"),
    "state-after-2106": ({"next_due": 2**32}, "malformed"),
    "state-bytes": ({"next_due": b"\0"}, "malformed"),
    "state-boolean": ({"next_due": True}, "malformed"),
    "state-keeps-the-past": ({"last_sent": _NOW, "next_due": _NOW}, "malformed"),
}
_LOGS = {
    "log-empty": ("", 0, "valid"),
    "log-of-one-phone": ("1593000000\n1593000060\n", 2, "valid"),
    "log-without-a-last-newline": ("1593000000", 1, "valid"),
    "log-of-two-phones": ("a,1593000000\nb, 1593000060\r\n\n", 2, "valid"),
    "log-with-a-report": ("a,1593000000,report\na,1593000060\n", 2, "valid"),
    "log-with-a-mark-of-order": ("\ufeffa,1593000000\n", 1, "valid"),
    "log-last-instant": ("4294967295\n", 1, "valid"),
    "log-after-2106": ("4294967296\n", 0, "malformed"),
    "log-negative": ("-1\n", 0, "malformed"),
    "log-fraction": ("1593000000.5\n", 0, "malformed"),
    "log-calendar": ("a,2020-06-24T12:00:00Z\n", 0, "malformed"),
    "log-phone-without-time": ("a,\n", 0, "malformed"),
    "log-phone-without-name": (",1593000000\n", 0, "malformed"),
    "log-phone-name-too-long": ("a" * 65 + ",1593000000\n", 0, "malformed"),
    "log-four-cells": ("a,b,1593000000,report\n", 0, "malformed"),
    "log-unknown-mark": ("a,1593000000,real\n", 0, "malformed"),
    "log-some-lines-name-a-phone": ("a,1593000000\n1593000060\n", 0, "malformed"),
    "log-other-digits": ("\u0661\u0665\u0669\u0663\n", 0, "malformed"),
}
_CHECKS: dict[str, tuple[int, int, Callable[[int], int]]] = {
    "check-honest": (100, 30, lambda at: at),
    "check-honest-but-short": (20, 30, lambda at: at),
    "check-second-0-of-a-minute": (40, 30, lambda at: at - at % 60),
    "check-first-minute-of-an-hour": (40, 30, lambda at: at - at % 3600 + at % 60),
    "check-by-night": (40, 30, lambda at: at - at % _DAY + at % 14_400),
    "check-catching-up-once-a-week": (
        40,
        60,
        lambda at: at - at % (7 * _DAY) + 9 * _DAY + at % 100,
    ),
}


def build() -> dict[str, object]:
    """Return the vector file."""
    return {
        "spec": [f"DUMMY-{n}" for n in (1, 2, 3, 10, 11, 12)],
        "source": "posterior cases named example: DP-3T best practices, page 8, which rounds to "
        "two digits; all else ours. Posteriors and p-values are compared within one part in 10^6.",
        "cases": [
            *_delays(),
            *_schedules(),
            *_states(),
            *_posteriors(),
            *_read_logs(),
            *_checks(),
        ],
    }


def _reader(data: bytes) -> Callable[[int], bytes]:
    at = 0

    def rand(length: int) -> bytes:
        nonlocal at
        at += length
        return data[at - length : at]

    return rand


def _stream(seed: str) -> Callable[[int], bytes]:
    """Return randomness for logs: SHA-256 of a label and a counter."""
    return _reader(b"".join(sha256(f"{seed} {number}".encode()) for number in range(400)))


def _delays() -> Iterator[Case]:
    for name, (draws, comment) in _DELAYS.items():
        random = b"".join(draw.to_bytes(8, "big") for draw in draws)
        yield _delay(name, comment, random, MEAN_DELAY_SECONDS)
    for number in range(6):
        name, mean_seconds = f"delay-random-{number}", (60, 432_000, 8_640_000)[number % 3]
        random = b"".join(sha256(bytes([number, block])) for block in range(4))
        yield _delay(name, "128 bytes, of which the first are used", random, mean_seconds)


def _delay(name: str, comment: str, random: bytes, mean_seconds: int) -> Case:
    return {
        "id": name,
        "comment": comment,
        "operation": "delay",
        "spec": ["DUMMY-1"],
        "mean_seconds": mean_seconds,
        "random": random.hex(),
        "delay_seconds": exponential_delay(mean_seconds=mean_seconds, rand=_reader(random)),
        "result": "valid",
    }


def _schedules() -> Iterator[Case]:
    random = _HALF.to_bytes(8, "big") + _ONE.to_bytes(8, "big")
    first = DummySchedule.first(now=_NOW, rand=_reader(random))
    yield {
        "id": "first",
        "comment": "one delay after the start",
        "operation": "first",
        "spec": ["DUMMY-2"],
        "now": _NOW,
        "random": random.hex(),
        "next_due": first.next_due,
        "result": "valid",
    }
    for name, (due, now, comment) in _SCHEDULES.items():
        case: Case = {
            "id": name,
            "comment": comment,
            "operation": "next",
            "spec": _SCHEDULE_CLAUSES.get(name, ["DUMMY-3", "DUMMY-4"]),
            "due": due,
            "now": now,
            "random": random.hex(),
        }
        try:
            schedule = DummySchedule(Instant(due))
            found = schedule.after(now=Instant(now), rand=_reader(random))
            yield case | {"next_due": found.next_due, "result": "valid"}
        except TooEarlyError:
            yield case | {"result": "policy"}


def _states() -> Iterator[Case]:
    for name, (value, result) in _STATES.items():
        yield {
            "id": name,
            "operation": "state",
            "spec": ["DUMMY-6"],
            "encoded": encode(value).hex(),
            "result": result,
        }


def _posteriors() -> Iterator[Case]:
    rows = [(f"example-{n}-uploads", n, 10.0, 2.5e-4, 0.2) for n in (0, 1, 5, 10, 16)]
    rows += [
        ("someone-with-symptoms", 1, 10.0, 0.3, 0.2),
        ("as-many-as-expected", 2, 10.0, 0.3, 0.2),
        ("certain-before", 3, 10.0, 1.0, 0.2),
        ("impossible-before", 3, 10.0, 0.0, 0.2),
        ("one-day-many-dummies", 1, 1.0, 2.5e-5, 4.0),
    ]
    for name, uploads, days, probability, rate in rows:
        yield {
            "id": name,
            "operation": "posterior",
            "spec": ["DUMMY-10"],
            "uploads": uploads,
            "days": days,
            "probability": probability,
            "dummies_per_day": rate,
            "posterior": posterior(
                uploads=uploads, days=days, probability=probability, dummies_per_day=rate
            ),
            "approximation": approximate_posterior(
                uploads=uploads, probability_per_day=probability / days, dummies_per_day=rate
            ),
            "result": "valid",
        }


def _read_logs() -> Iterator[Case]:
    for name, (log, requests, result) in _LOGS.items():
        yield {
            "id": name,
            "operation": "log",
            "spec": ["DUMMY-12"],
            "log": log,
            "requests": requests,
            "result": result,
        }


def _checks() -> Iterator[Case]:
    for name, (phones, days, moved) in _CHECKS.items():
        log = "".join(_lines(phones, days, moved))
        found = check_clumping(read_log(log.encode()))
        yield {
            "id": name,
            "operation": "check",
            "spec": ["DUMMY-11"],
            "log": log,
            "verdict": found.verdict,
            "tests": [
                {"test": each.test, "sample": each.sample, "p_value": each.p_value}
                for each in found.findings
            ],
            "result": "valid",
        }


def _lines(phones: int, days: int, moved: Callable[[int], int]) -> Iterator[str]:
    for phone in range(phones):
        rand = _stream(str(phone))
        at = _NOW + int.from_bytes(rand(8), "big") % _DAY
        while (at := at + exponential_delay(rand=rand)) < _NOW + days * _DAY:
            yield f"{phone},{moved(at)}\n"
