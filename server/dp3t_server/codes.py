"""Issuing upload codes."""

from dataclasses import dataclass, field

from dp3t import Day, Instant, UploadCode, day_of, day_start, random_from_os
from dp3t_server.parts import Parts

MAX_CODES = 1_000
_HOUR_SECONDS = 3_600


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedCodes:
    """New codes and the moment at which they stop being good."""

    codes: tuple[UploadCode, ...] = field(repr=False)
    expires: Instant


async def issue_codes(parts: Parts, count: int, *, now: Instant) -> IssuedCodes:
    """Draw and store 1 to 1000 codes that are good until the end of a UTC day [SERVER-19]."""
    if not 1 <= count <= MAX_CODES:
        raise ValueError(f"between 1 and {MAX_CODES} codes at a time")
    lifetime_seconds = parts.config.code_lifetime_hours * _HOUR_SECONDS
    expires_day = Day(day_of(Instant(now + lifetime_seconds)) + 1)
    codes = tuple(UploadCode.generate(rand=random_from_os) for _ in range(count))
    key = parts.secrets.load().code_digest_key
    async with parts.store.writing() as transaction:
        await transaction.add_codes((code.digest(key) for code in codes), expires_day=expires_day)
    return IssuedCodes(codes=codes, expires=day_start(expires_day))
