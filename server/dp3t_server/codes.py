"""Issuing, activating and revoking upload codes."""

from dataclasses import dataclass, field

from dp3t import (
    Day,
    Instant,
    PolicyError,
    TooEarlyError,
    UploadCode,
    day_of,
    day_start,
    random_from_os,
    release_after,
)
from dp3t_server.authorizations import Purpose
from dp3t_server.config import Config
from dp3t_server.counters import Counted
from dp3t_server.parts import Parts

MAX_CODES = 1_000
_HOUR_SECONDS = 3_600


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedCodes:
    """New codes and the moment at which they stop being good."""

    codes: tuple[UploadCode, ...] = field(repr=False)
    expires: Instant


async def issue_codes(
    parts: Parts,
    count: int,
    *,
    inactive: bool = False,
    purpose: Purpose = Purpose.REPORT,
    now: Instant,
) -> IssuedCodes:
    """Draw and store 1 to 1000 codes that are good until the end of a UTC day [SERVER-19].

    An inactive one is good for nothing before its activation [AUTHORIZATION-8]; a code for a trace
    or for tokens is never inactive [TRACE-SERVER-3] [TOKENS-18].

    Raises:
        PolicyError: the region does not take codes of this kind [AUTHORIZATION-12], or the service
            has ended [OPERATING-23].
    """
    if not 1 <= count <= MAX_CODES:
        raise ValueError(f"between 1 and {MAX_CODES} codes at a time")
    _require_issued(parts, purpose, inactive=inactive)
    hours = _hours(parts.config, purpose, inactive=inactive)
    expires_day = Day(day_of(Instant(now + hours * _HOUR_SECONDS)) + 1)
    codes = tuple(UploadCode.generate(rand=random_from_os) for _ in range(count))
    key = parts.secrets.load().digest_key
    async with parts.store.writing() as transaction:
        digests = [code.digest(key) for code in codes]
        await transaction.codes.add(
            digests, expires_day=expires_day, inactive=inactive, purpose=purpose
        )
        await transaction.require_service()
        await transaction.counters.add(Counted.CODES_ISSUED, count, day=day_of(now))
    return IssuedCodes(codes=codes, expires=day_start(expires_day))


async def activate_code(parts: Parts, code: UploadCode, *, first_day: Day, now: Instant) -> Instant:
    """Make a code good for some hours and for keys since a day [AUTHORIZATION-8].

    Returns:
        The moment at which it stops being good.

    Raises:
        PolicyError: the region takes no such codes, or this one is simple, spent or too old.
        TooEarlyError: the first contagious day lies in the future.
    """
    _require_taken(parts, "activated")
    if first_day > day_of(now):
        raise TooEarlyError("the first contagious day lies in the future")
    last = Instant(now + parts.config.activation_hours * _HOUR_SECONDS - 1)
    until = release_after(last)
    digest = code.digest(parts.secrets.load().digest_key)
    async with parts.store.writing() as transaction:
        await transaction.codes.activate(digest, first_day=first_day, until=until, now=now)
        await transaction.require_service()
    return until


async def revoke_code(parts: Parts, code: UploadCode) -> None:
    """Make a code unknown that is not spent; one that is spent stays so [OPERATING-11].

    Which of the two it was, or whether there was one, is not told: it would tell the operator
    whether a patient has reported.
    """
    digest = code.digest(parts.secrets.load().digest_key)
    async with parts.store.writing() as transaction:
        await transaction.codes.revoke(digest)


def purpose_of(*, traces: bool, tokens: bool) -> Purpose:
    """Return for what codes are that somebody asks for.

    Raises:
        PolicyError: for two things at once.
    """
    if traces and tokens:
        raise PolicyError("a code is for traces or for tokens, not for both")
    if tokens:
        return Purpose.TOKENS
    return Purpose.TRACE if traces else Purpose.REPORT


def _require_issued(parts: Parts, purpose: Purpose, *, inactive: bool) -> None:
    if purpose is Purpose.REPORT:
        _require_taken(parts, "activated" if inactive else "simple")
    elif inactive:
        raise PolicyError("a code for a trace or for tokens needs no activation")
    elif purpose is Purpose.TRACE and not parts.config.presence:
        raise PolicyError("this server takes no traces; see `presence`")
    elif purpose is Purpose.TOKENS and not parts.config.token_scopes:
        raise PolicyError("this server gives no tokens; see `declarations`")


def _hours(config: Config, purpose: Purpose, *, inactive: bool) -> int:
    """Return how long a new code is good, before rounding up to the end of a day."""
    if purpose is Purpose.TOKENS:
        return 24 * config.token_code_days
    return 24 * config.inactive_code_lifetime_days if inactive else config.code_lifetime_hours


def _require_taken(parts: Parts, form: str) -> None:
    if form not in parts.config.authorizations:
        raise PolicyError(f"this server takes no codes of the form {form}; see `authorizations`")
