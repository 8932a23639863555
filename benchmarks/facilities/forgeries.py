"""Objections that no honest phone sends: each with a token that is none."""

from collections.abc import Iterator
from random import Random  # noqa: TID251 - dice of a program, seeded

from benchmarks.facilities.record import OBJECTIONS, request
from benchmarks.server.client import post
from dp3t import Day, Instant, day_of
from dp3t.facilities import OBJECTIONS_SCOPE, Objection, objection_key_of
from dp3t.publication import Token
from spec.vectors.builders.facility_record import REGION, SETTINGS

REFUSALS = ("bad-token", "malformed")
"""The names by which they are refused."""

_SCOPE, _OTHER_SCOPE = (word.hex().encode() for word in (b"objections", b"symptoms\0\0"))
_NOISE_BYTES = 900


def forgeries(count: int, facilities: list[str], *, now: Instant, seed: int) -> Iterator[bytes]:
    """Yield requests with objections whose tokens are invalid.

    In turn: a signature that is none, a day whose key is another, another scope, and noise. The
    signatures of the first two under their own one-time keys are good.
    """
    random = Random(seed)  # noqa: S311 - the same forgeries each time
    for number in range(count):
        kind = number % 4
        if kind == 3:
            yield post(OBJECTIONS, random.randbytes(_NOISE_BYTES))
            continue
        signed = _signed(random, facilities, now, day=Day(day_of(now) + (kind == 1)))
        if kind == 2:
            signed = signed.replace(_SCOPE, _OTHER_SCOPE)
        yield request(OBJECTIONS, signed)


def _signed(random: Random, facilities: list[str], now: Instant, *, day: Day) -> bytes:
    key = objection_key_of(random.randbytes(32))
    token = Token(
        scope=OBJECTIONS_SCOPE,
        day=day,
        nonce=key.public().public,
        prefix=random.randbytes(32),
        signature=b"\1" + random.randbytes(255),
    )
    return Objection(
        region=REGION,
        made=now,
        facility=random.choice(facilities),
        day=SETTINGS.day_of_place(now),
        task="",
        token=token,
    ).sign(key)
