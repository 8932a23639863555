"""Tokens for objections, for vectors and tests: a key for each day, from a handful of primes."""

from itertools import combinations

from dp3t.facilities.objection import OBJECTIONS_SCOPE, objection_key_of
from dp3t.primitives import seeded_random, sha256
from dp3t.publication.signing import SigningKey
from dp3t.publication.token_keys import TokenKeys
from dp3t.publication.tokens import TOKEN_DAYS, PendingToken, Token, TokenKey
from dp3t.timeline import Day, Instant, day_of
from spec.vectors.tokens import P, Q

_MORE_PRIMES = (
    int(
        "e8b83bb5918a79fe667c9ca567667b20b4f624580a906ddbebb93693bbc968d76b9d2224c50f244cfcf591f3"
        "066570020e2bc0756f4e2092a32bfc02e686f073bfc2ded9ddd9abc191cfde3a50c579b45192ca512a591b3a"
        "73a922036ebf7e289d1b97fe3672fe190ab74a6beb28616ecd567aedaab05b8365caffa50e4430cf",
        16,
    ),
    int(
        "e1b079e6ad2cb3cb2e7eca98df62b2c9dac039cc0f50562e554292d90a79305040a8444d24acec5d13e55f00"
        "2125f47e66ba55a7b4c3ad326a0ace869706ec12d81c9ce33d511ba3ace6e94be181dae7a64f2344ff515745"
        "0f1171d461d98dc39fcbb348475d5501d957f074c71e89bf87c8d80ac8d19b981d5a15be713408bb",
        16,
    ),
    int(
        "d5185328fbf25fa4fc2d04c1e5c8bd76078a4da69c05ad188e7cf28dff3b542ef936200a9e5068c7775291b5"
        "28762c984e890edf4488803a2e293af37bddb667e763560432f174d6886d41558d9e3bc9bf12ebcd05de02c8"
        "d59139d57ce4cde9e87c3f531aec2c4b50315a925f367c71186e80b81aa20aa45086d6fba19c7c8d",
        16,
    ),
)
_PAIRS = tuple(combinations((P, Q, *_MORE_PRIMES), 2))
"""Ten pairs, so the keys of seven days in a row are all different."""


def primes_of(day: int) -> tuple[int, int]:
    """Return the primes of the key of a UTC day."""
    return _PAIRS[day % len(_PAIRS)]


def token_key(day: int, *, scope: str = OBJECTIONS_SCOPE) -> TokenKey:
    """Return the key of a UTC day."""
    p, q = primes_of(day)
    return TokenKey(Day(day), scope, (p * q).to_bytes(256, "big"))


def token_list(received: Instant, *, key: SigningKey, region: str) -> bytes:
    """Return the signed list of a UTC day."""
    first = day_of(received)
    keys = tuple(token_key(first + ahead) for ahead in range(TOKEN_DAYS))
    return TokenKeys(region=region, issued=received, keys=keys).sign(key)


def token(seed: bytes, day: int, *, scope: str = OBJECTIONS_SCOPE) -> Token:
    """Return a token of a UTC day whose nonce is the public half of a seed of 32 bytes."""
    nonce = objection_key_of(seed).public().public
    rand = seeded_random(sha256(seed), label=b"token")
    asked = PendingToken.begin(token_key(day, scope=scope), rand=rand, nonce=nonce)
    return asked.finish(_signed(asked.blinded, *primes_of(day)))


def _signed(blinded: bytes, p: int, q: int) -> bytes:
    """Return the blind signature by the textbook, with the two primes apart."""
    number, d = int.from_bytes(blinded, "big"), pow(65_537, -1, (p - 1) * (q - 1))
    of_p, of_q = pow(number, d % (p - 1), p), pow(number, d % (q - 1), q)
    signature = of_q + q * ((of_p - of_q) * pow(q, -1, p) % p)
    return signature.to_bytes(len(blinded), "big")
