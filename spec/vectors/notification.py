"""Cases of the notification chapter: the code of a moment, and what a hotline accepts."""

from collections.abc import Iterator

from dp3t.errors import Dp3tError, MalformedError, VerificationError
from dp3t.publication.notification import check_notification_code, notification_code
from dp3t.timeline import Day, Instant, day_of

Case = dict[str, object]

_TWEAK = bytes(range(32))
_DAY = Day(18_500)
_NOW = Instant(18_503 * 86_400 + 43_200)
_CODES = {
    "code": (_TWEAK, _DAY, _NOW),
    "code-last-second-of-the-step": (_TWEAK, _DAY, _NOW + 299),
    "code-next-step": (_TWEAK, _DAY, _NOW + 300),
    "code-next-day": (_TWEAK, _DAY + 1, _NOW),
    "code-exposed-today": (_TWEAK, 18_503, _NOW),
    "code-other-tweak": (bytes(31) + b"\1", _DAY, _NOW),
    "code-first-instant": (bytes(32), 0, 0),
    "code-last-instant": (b"\xff" * 32, 49_710, 2**32 - 1),
}
_AGES = {
    "check-same-second": (0, "valid"),
    "check-five-minutes-later": (300, "valid"),
    "check-last-second-of-the-half-hour": (1799, "valid"),
    "check-after-the-half-hour": (1800, "unauthentic"),
    "check-of-the-next-step": (-1, "unauthentic"),
}


def build() -> dict[str, object]:
    """Return the vector file."""
    return {
        "spec": ["NOTIFICATION-1", "NOTIFICATION-3"],
        "source": "ours; DP-3T best practices, pages 18 to 20, print no code",
        "cases": [*_codes(), _code_of_tomorrow(), _leading_zero(), *_ages(), *_faults()],
    }


def _codes() -> Iterator[Case]:
    for name, (tweak, day, now) in _CODES.items():
        yield _code(name, tweak, Day(day), Instant(now))


def _code(name: str, tweak: bytes, day: Day, now: Instant) -> Case:
    return {
        "id": name,
        "operation": "code",
        "spec": ["NOTIFICATION-1"],
        "tweak": tweak.hex(),
        "exposure_day": day,
        "now": now,
        "code": notification_code(tweak, exposure_day=day, now=now),
        "result": "valid",
    }


def _code_of_tomorrow() -> Case:
    return {
        "id": "code-exposed-tomorrow",
        "operation": "code",
        "spec": ["NOTIFICATION-2"],
        "tweak": _TWEAK.hex(),
        "exposure_day": day_of(_NOW) + 1,
        "now": _NOW,
        "result": "policy",
    }


def _leading_zero() -> Case:
    now = _NOW
    while not notification_code(_TWEAK, exposure_day=_DAY, now=now).startswith("0"):
        now = Instant(now + 300)
    return _code("code-with-a-leading-zero", _TWEAK, _DAY, now)


def _ages() -> Iterator[Case]:
    code = notification_code(_TWEAK, exposure_day=_DAY, now=_NOW)
    for name, (age_seconds, expected) in _AGES.items():
        yield _check(name, code, _DAY, _NOW + age_seconds, expected)


def _faults() -> Iterator[Case]:
    code = notification_code(_TWEAK, exposure_day=_DAY, now=_NOW)
    other = str((int(code[0]) + 1) % 10)
    yield _check("check-two-groups", f"{code[:3]} {code[3:]}", _DAY, _NOW, "valid")
    yield _check("check-hyphens", "-".join(code), _DAY, _NOW, "valid")
    yield _check("check-wrong-digit", other + code[1:], _DAY, _NOW, "unauthentic")
    yield _check("check-wrong-day", code, Day(_DAY + 1), _NOW, "unauthentic")
    yield _check("check-day-of-the-future", code, Day(day_of(_NOW) + 1), _NOW, "policy")
    yield _check("check-five-digits", code[:5], _DAY, _NOW, "malformed")
    yield _check("check-seven-digits", code + "0", _DAY, _NOW, "malformed")
    yield _check("check-letter", code[:5] + "o", _DAY, _NOW, "malformed")
    yield _check("check-other-digits", "\u0661" * 6, _DAY, _NOW, "malformed")
    yield _check("check-newline", code + "\n", _DAY, _NOW, "malformed")
    yield _check("check-empty", "", _DAY, _NOW, "malformed")


def _check(name: str, text: str, day: Day, now: int, expected: str) -> Case:
    try:
        check_notification_code(text, _TWEAK, exposure_day=day, now=Instant(now))
        result = "valid"
    except MalformedError:
        result = "malformed"
    except VerificationError:
        result = "unauthentic"
    except Dp3tError:
        result = "policy"
    if result != expected:
        raise AssertionError(f"{name} is {result}")
    return {
        "id": name,
        "operation": "check",
        "spec": ["NOTIFICATION-2" if result == "policy" else "NOTIFICATION-3"],
        "tweak": _TWEAK.hex(),
        "exposure_day": day,
        "now": now,
        "text": text,
        "result": result,
    }
