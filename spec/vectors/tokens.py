"""Cases of the tokens chapter: blinding, signing, and what a token is and is not."""

from collections.abc import Iterator
from dataclasses import replace

from dp3t.params import LAST_DAY
from dp3t.primitives import Rand
from dp3t.publication.tokens import PendingToken, Token, TokenKey
from dp3t.timeline import Day
from spec.vectors.signing import Case, flipped

P = int(
    "dcf979c4b404b539b8e7e1d56145453cde1523c31e91e9bac51748c4cc58c4c5bcaa121d9e8c5c37c1c9535e"
    "afb6ee41afd845170cc1a2fedfcf2fb57e0f3721535e4a25f3f43bd0bff802f1dcea83ba8b92c54309bd0511"
    "307ecb19bf4c7f3dc6981183e4db2df52afac7d749a1206bb3014c3b0b1c921ce7623047fa9f8597",
    16,
)
Q = int(
    "b9d0a86c8e4b45602ee5ae88e741abb1e1590db0d1d64905a5b6216c3b5622dcb6ae4d3763addaf9e2142d00"
    "9d30413e9c299d738e9a221feb0d64452a83c57c44b1531d44201ef375738332d1004aa0b5da49d9057c1c69"
    "69e5e44ff2032cd2a8b9ad37f5af5ff8721090c79823bd3b33929aa90cb1523ce66fa465b2d7cd0f",
    16,
)
N = P * Q
"""An RSA key for these cases alone."""

MODULUS = N.to_bytes(256, "big")
TODAY = Day(18_813)
SCOPE = "symptoms"
KEY = TokenKey(TODAY, SCOPE, MODULUS)
_NONCE, _PREFIX, _SALT = bytes(range(32)), bytes(range(32, 64)), bytes(range(64, 112))
_FACTOR = int.from_bytes(bytes(range(1, 255)), "big")


def build() -> dict[str, object]:
    """Return the vector file."""
    return {
        "spec": ["TOKENS-3", "TOKENS-4", "TOKENS-5"],
        "source": "ours, from the chapter and RFC 9474; re-derived by tests/oracle_tokens.py",
        "key": {"p": f"{P:x}", "q": f"{Q:x}", "modulus": MODULUS.hex()},
        "cases": [
            *_tokens(),
            *_signatures(),
            *_decoded(),
            *_verified(),
        ],
    }


def signature_of(blinded: bytes) -> bytes:
    """Return the blind signature of this file's key, by the textbook."""
    private = pow(65_537, -1, (P - 1) * (Q - 1))
    return pow(int.from_bytes(blinded, "big"), private, N).to_bytes(len(blinded), "big")


def pending(factor: int = _FACTOR, *, key: TokenKey = KEY, nonce: bytes = _NONCE) -> PendingToken:
    """Return a token that is asked for, with what is drawn given."""
    return PendingToken.begin(key, rand=_drawing(nonce, _PREFIX, _SALT, _drawn(factor)))


def _drawn(factor: int) -> bytes:
    return (factor - 1).to_bytes(256, "big")  # what is drawn is below the modulus less one


def _drawing(*parts: bytes) -> Rand:
    left = list(parts)

    def rand(length: int) -> bytes:
        part = left.pop(0)
        if len(part) != length:
            raise ValueError("another length is drawn")
        return part

    return rand


def _token(nonce: bytes = _NONCE) -> Token:
    asked = pending(nonce=nonce)
    return asked.finish(signature_of(asked.blinded))


def _tokens() -> Iterator[Case]:
    for name, factor in {"factor": _FACTOR, "factor-one": 1, "factor-greatest": N - 1}.items():
        asked = pending(factor)
        answer = signature_of(asked.blinded)
        token = asked.finish(answer)
        yield {
            "id": f"token-{name}",
            "comment": "blinded, signed and unblinded; the token is the same for every factor",
            "spec": ["TOKENS-3", "TOKENS-4", "TOKENS-5", "TOKENS-11"],
            "flags": [],
            "operation": "token",
            "scope": SCOPE,
            "day": TODAY,
            "nonce": _NONCE.hex(),
            "prefix": _PREFIX.hex(),
            "salt": _SALT.hex(),
            "factor": f"{factor:0512x}",
            "blinded": asked.blinded.hex(),
            "inverse": asked.inverse.hex(),
            "blind_signature": answer.hex(),
            "token": token.encode().hex(),
            "nullifier": token.nullifier.hex(),
            "result": "valid",
        }
    answer = signature_of(pending().blinded)
    for name, data, result in (
        ("signature-of-something-else", signature_of(b"\x02" * 256), "unauthentic"),
        ("signature-altered", flipped(answer, 200), "unauthentic"),
        ("signature-short", answer[:-1], "malformed"),
        ("signature-long", answer + b"\0", "malformed"),
        ("signature-zero", bytes(256), "unauthentic"),
    ):
        yield {
            "id": name,
            "comment": "what the issuer answers is no signature of what was blinded",
            "spec": ["TOKENS-5"],
            "flags": ["signature"],
            "operation": "finish",
            "pending": pending().encode().hex(),
            "blind_signature": data.hex(),
            "result": result,
        }


def _signatures() -> Iterator[Case]:
    good = pending().blinded
    numbers = {
        "zero": 0,
        "one": 1,
        "modulus-less-one": N - 1,
        "modulus": N,
        "modulus-plus-two": N + 2,
    }
    wrong = {name: number.to_bytes(256, "big") for name, number in numbers.items()}
    wrong |= {
        "multiple-of-p": (5 * P).to_bytes(256, "big"),
        "multiple-of-q": Q.to_bytes(256, "big"),
    }
    wrong |= {"short": good[:-1], "long": b"\0" + good, "empty": b""}
    for name, blinded in {"good": good, "two": (2).to_bytes(256, "big")}.items():
        yield {
            "id": f"sign-{name}",
            "comment": "any number in range is signed; what it is, nobody sees",
            "spec": ["TOKENS-6", "TOKENS-7"],
            "flags": [],
            "operation": "sign",
            "blinded": blinded.hex(),
            "blind_signature": signature_of(blinded).hex(),
            "result": "valid",
        }
    for name, blinded in wrong.items():
        yield {
            "id": f"sign-{name}",
            "comment": "no honest blinding gives this number",
            "spec": ["TOKENS-6"],
            "flags": ["blinded"],
            "operation": "sign",
            "blinded": blinded.hex(),
            "result": "malformed",
        }


def _decoded() -> Iterator[Case]:
    good = _token().encode()
    padded = SCOPE.encode().ljust(16, b"\0")
    scopes = {
        "scope-empty": bytes(16),
        "scope-in-capitals": padded.upper(),
        "scope-with-a-gap": b"symp\0toms".ljust(16, b"\0"),
        "scope-not-ascii": b"\xc3\xa9".ljust(16, b"\0"),
        "scope-begins-with-hyphen": b"-".ljust(16, b"\0"),
        "scope-with-digit": b"symptoms1".ljust(16, b"\0"),
    }
    wrong = {name: good[:1] + scope + good[17:] for name, scope in scopes.items()}
    wrong |= {
        "token-empty": b"",
        "token-truncated": good[:-1],
        "token-byte-after-the-end": good + b"\0",
        "token-version-0": b"\0" + good[1:],
        "token-version-2": b"\x02" + good[1:],
        "token-day-after-the-last": good[:17] + (LAST_DAY + 1).to_bytes(4, "big") + good[21:],
    }
    for name, data in wrong.items():
        yield {
            "id": name,
            "comment": "one fault; the rest is a good token",
            "spec": ["TOKENS-3"],
            "flags": ["form"],
            "operation": "decode",
            "token": data.hex(),
            "result": "malformed",
        }


def _verified() -> Iterator[Case]:
    good, token = _token().encode(), _token()
    number = int.from_bytes(token.signature, "big")
    negative = replace(token, signature=(N - number).to_bytes(256, "big")).encode()
    altered = {
        "nonce-altered": flipped(good, 30),
        "prefix-altered": flipped(good, 60),
        "signature-altered-in-token": flipped(good, 300),
        "day-altered": flipped(good, 20),
        "signature-negated": negative,
        "signature-not-below-the-modulus": good[:85] + b"\xff" * 256,
    }
    for name, data in {"verified": good, **altered}.items():
        yield {
            "id": name,
            "comment": "under the key of its own day and scope",
            "spec": ["TOKENS-5"],
            "flags": [] if data == good else ["signature"],
            "operation": "verify",
            "token": data.hex(),
            "result": "valid" if data == good else "unauthentic",
        }
    for name, scope, today, result in (
        ("good-today", SCOPE, TODAY, "valid"),
        ("of-yesterday", SCOPE, TODAY + 1, "policy"),
        ("of-tomorrow", SCOPE, TODAY - 1, "policy"),
        ("of-another-scope", "objections", TODAY, "policy"),
    ):
        yield {
            "id": name,
            "comment": "a token is good for its scope on its day",
            "spec": ["TOKENS-10"],
            "flags": ["day"],
            "operation": "good",
            "token": good.hex(),
            "scope": scope,
            "today": today,
            "result": result,
        }
