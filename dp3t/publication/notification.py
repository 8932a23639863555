"""Notification codes: what an exposed person reads to a hotline.

An app that has warned its user shows six digits that follow from the day of exposure and the time.
They keep away callers who merely pretend, without effort; the chapter says whom they do not.
"""

from dp3t.errors import MalformedError, TooEarlyError, VerificationError
from dp3t.primitives import equal, hkdf_sha256
from dp3t.timeline import Day, Instant, day_of, day_start

NOTIFICATION_DIGITS = 6
NOTIFICATION_STEP_SECONDS = 300
NOTIFICATION_STEPS_ACCEPTED = 6
TWEAK_BYTES = 32
NOTIFICATION_LABEL = b"dp3t notification code 1"

_HASH_BYTES = 16
_SEPARATORS = str.maketrans("", "", " -")


def notification_code(tweak: bytes, *, exposure_day: Day, now: Instant) -> str:
    """Return the six digits that an app shows at `now` [NOTIFICATION-1].

    Args:
        tweak: 32 bytes that every app and every hotline of the authority has; public.
        exposure_day: the UTC day of the exposure.
        now: the phone's time.

    Raises:
        TooEarlyError: the day lies in the future [NOTIFICATION-2].
        ValueError: a tweak of another length, or a day before 1970.
    """
    _require_past(exposure_day, now)
    return _code(tweak, exposure_day, now // NOTIFICATION_STEP_SECONDS)


def check_notification_code(text: str, tweak: bytes, *, exposure_day: Day, now: Instant) -> None:
    """Check the digits that a caller reads, on the side of the hotline [NOTIFICATION-3].

    Args:
        text: six digits; spaces and hyphens do not count.
        tweak: as in `notification_code`.
        exposure_day: the UTC day that the caller tells.
        now: the hotline's time.

    Raises:
        MalformedError: not six digits.
        TooEarlyError: the day lies in the future.
        VerificationError: not a code of that day and of the last half hour. The message tells
            nothing of the code [NOTIFICATION-4].
        ValueError: a tweak of another length, or a day before 1970.
    """
    digits = text.translate(_SEPARATORS)
    if len(digits) != NOTIFICATION_DIGITS or not (digits.isascii() and digits.isdigit()):
        raise MalformedError(f"a notification code has {NOTIFICATION_DIGITS} digits")
    _require_past(exposure_day, now)
    step = now // NOTIFICATION_STEP_SECONDS
    found = False
    for earlier in range(min(step + 1, NOTIFICATION_STEPS_ACCEPTED)):
        candidate = _code(tweak, exposure_day, step - earlier)
        found |= equal(candidate.encode(), digits.encode())
    if not found:
        raise VerificationError("not a code of that day and of the last half hour")


def display_notification_code(code: str) -> str:
    """Return a code in two groups of three, for a person to read aloud [NOTIFICATION-5]."""
    return f"{code[:3]} {code[3:]}"


def _require_past(exposure_day: Day, now: Instant) -> None:
    if exposure_day < 0:
        raise ValueError("a day lies in 1970 or later")
    if exposure_day > day_of(now):
        raise TooEarlyError("the day of exposure lies in the future")


def _code(tweak: bytes, exposure_day: Day, step: int) -> str:
    if len(tweak) != TWEAK_BYTES:
        raise ValueError(f"a tweak has {TWEAK_BYTES} bytes")
    exposed_ms = 1000 * day_start(exposure_day)
    shown_ms = 1000 * NOTIFICATION_STEP_SECONDS * step
    info = NOTIFICATION_LABEL + exposed_ms.to_bytes(8, "big") + shown_ms.to_bytes(8, "big")
    number = int.from_bytes(hkdf_sha256(tweak, info, _HASH_BYTES), "big")
    return f"{number % 10**NOTIFICATION_DIGITS:0{NOTIFICATION_DIGITS}d}"
