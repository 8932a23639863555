"""Spending anonymous tokens, within the transaction of whoever takes something for them."""

from sqlalchemy.ext.asyncio import AsyncConnection

from dp3t import (
    Day,
    ExpiredError,
    Instant,
    TooEarlyError,
    UnauthorizedError,
    VerificationError,
    day_of,
)
from dp3t.publication import SpendRefusal, Token
from dp3t_server.token_store import TokenStore

_REMEMBERED_DAYS = 2
"""A day longer than the token is good, for processes whose clocks differ."""


async def judge(
    connection: AsyncConnection, token: Token, *, scope: str, now: Instant
) -> SpendRefusal | None:
    """Return why a token would not be taken; None where it would be [TOKENS-12].

    Asked in a reading transaction first, so that a refusal waits for no writer; `spend` decides.
    """
    refusal = await _unfit(connection, token, scope=scope, now=now)
    if refusal is None and await TokenStore(connection).is_spent(token.nullifier):
        return SpendRefusal.SPENT
    return refusal


async def spend(
    connection: AsyncConnection, token: Token, *, scope: str, now: Instant
) -> SpendRefusal | None:
    """Spend a token, or return why not [TOKENS-10] [TOKENS-11].

    It is spent if and only if the transaction commits: whoever takes something for it stores that
    in the same one. Of several that spend it at once, one gets None, and the others wait for it.

    Args:
        connection: an open transaction that writes.
        token: any.
        scope: for what tokens are taken here.
        now: the present.
    """
    refusal = await _unfit(connection, token, scope=scope, now=now)
    if refusal is not None:
        return refusal
    expires = Day(token.day + _REMEMBERED_DAYS)
    is_first = await TokenStore(connection).spend(token.nullifier, expires=expires)
    return None if is_first else SpendRefusal.SPENT


async def _unfit(
    connection: AsyncConnection, token: Token, *, scope: str, now: Instant
) -> SpendRefusal | None:
    try:
        token.require_good(scope=scope, today=day_of(now))
        key = await TokenStore(connection).key(token.scope, token.day)
        if key is None:
            return SpendRefusal.UNKNOWN
        token.verify(key)
    except UnauthorizedError:
        return SpendRefusal.OTHER_SCOPE
    except ExpiredError:
        return SpendRefusal.EXPIRED
    except TooEarlyError:
        return SpendRefusal.EARLY
    except VerificationError:
        return SpendRefusal.UNKNOWN
    return None
