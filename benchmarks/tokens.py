"""What blind signatures cost a server and a phone, beside the cryptography library's RSA-PSS.

    python -m benchmarks.tokens

Blind signing is arithmetic with Python's integers, hidden twice and checked: it has to stay fast
enough for everybody of a commune to ask on one morning. Verification is the library's own, with the
bytes of a token around it.
"""

import statistics
import sys
from collections.abc import Callable
from time import process_time

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import load_der_private_key

from dp3t.primitives import BlindRsaPrivateKey, random_from_os
from dp3t.publication import PendingToken, Token, TokenKey
from dp3t.timeline import Day

ROUNDS = 15
TIMES = {"sign": 20, "verify": 200}
DAY = Day(20_780)
MESSAGE = bytes(96)
HASH = hashes.SHA384()
PSS = padding.PSS(mgf=padding.MGF1(HASH), salt_length=48)
PRIVATE = BlindRsaPrivateKey.generate_from_os()
KEY = TokenKey(DAY, "symptoms", PRIVATE.public().to_bytes())
PENDING = PendingToken.begin(KEY, rand=random_from_os)
TOKEN = PENDING.finish(PRIVATE.sign(PENDING.blinded, rand=random_from_os))
ENCODED = TOKEN.encode()


def library_key() -> rsa.RSAPrivateKey:
    """Return the same key as the cryptography library has it."""
    key = load_der_private_key(PRIVATE.to_bytes(), password=None)
    if not isinstance(key, rsa.RSAPrivateKey):
        raise SystemExit("the key is not of RSA")
    return key


BARE = library_key()
BARE_PUBLIC = BARE.public_key()
BARE_SIGNATURE = BARE.sign(MESSAGE, PSS, HASH)


def verified() -> None:
    """Read and verify a token, as a server does."""
    Token.decode(ENCODED).verify(KEY)


def asked() -> None:
    """Draw and blind a token, as a phone does."""
    PendingToken.begin(KEY, rand=random_from_os)


def finished() -> None:
    """Unblind and check a token, as a phone does."""
    PENDING.finish(ANSWER)


ANSWER = PRIVATE.sign(PENDING.blinded, rand=random_from_os)
WAYS: dict[str, tuple[str, Callable[[], object]]] = {
    "blind signature": ("sign", lambda: PRIVATE.sign(PENDING.blinded, rand=random_from_os)),
    "verification of a token": ("verify", verified),
    "asking for a token": ("verify", asked),
    "unblinding a token": ("verify", finished),
}
BESIDE: dict[str, Callable[[], object]] = {
    "sign": lambda: BARE.sign(MESSAGE, PSS, HASH),
    "verify": lambda: BARE_PUBLIC.verify(BARE_SIGNATURE, MESSAGE, PSS, HASH),
}


def seconds_of(work: Callable[[], object], times: int) -> float:
    """Return how long the processor works for one of many."""
    start = process_time()
    for _ in range(times):
        work()
    return (process_time() - start) / times


def main() -> None:
    """Measure in turn and print the ratios."""
    BARE_PUBLIC.verify(TOKEN.signature, TOKEN.prefix + _message(), PSS, HASH)
    sys.stdout.write(f"{ROUNDS} rounds; ratio = this / the library's RSA-PSS with the same key\n")
    for name, (beside, way) in WAYS.items():
        times = TIMES[beside]
        pairs = [(seconds_of(way, times), seconds_of(BESIDE[beside], times)) for _ in range(ROUNDS)]
        ratios = sorted(ours / bare for ours, bare in pairs)
        microseconds = 1e6 * statistics.median(ours for ours, _ in pairs)
        sys.stdout.write(
            f"{name}: {statistics.median(ratios):.2f} of {beside} "
            f"({ratios[0]:.2f} to {ratios[-1]:.2f}), {microseconds:.0f} µs\n"
        )


def _message() -> bytes:
    """Return what the token signs, so that the library checks it by itself."""
    place = TOKEN.scope.encode().ljust(16, b"\0") + TOKEN.day.to_bytes(4, "big")
    return b"dp3t token 1" + place + TOKEN.nonce


if __name__ == "__main__":
    main()
