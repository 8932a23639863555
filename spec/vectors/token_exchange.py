"""Cases of the tokens chapter: what app and server exchange: lists of keys, requests, answers."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from dp3t.codec import Value, encode, pad
from dp3t.publication.authorization import UploadCode
from dp3t.publication.token_keys import LoggedTokenKeys, TokenKeys
from dp3t.publication.token_request import (
    TOKEN_ANSWER_BYTES,
    TOKEN_REQUEST_BYTES,
    BlindedDay,
    IssueRefusal,
    TokenRequest,
    encode_token_answer,
)
from dp3t.publication.tokens import TOKEN_DAYS, TokenKey
from dp3t.timeline import Day, Instant, day_start
from spec.vectors.signing import FIRST, SECOND, UNTRUSTED, Case, flipped, trusted
from spec.vectors.tokens import MODULUS, SCOPE, TODAY, N

NOON = Instant(day_start(TODAY) + 43_200)
REGION = "VN"
_DIGITS = "0123456789012345678968"


def build() -> dict[str, object]:
    """Return the vector file."""
    return {
        "spec": ["TOKENS-2", "TOKENS-16", "TOKENS-17"],
        "source": "ours; written from the chapter, re-derived by tests/oracle_tokens.py",
        "cases": [*_lists(), *_continued(), *_requests(), *_answers()],
    }


def listed(*, first: Day = TODAY, days: int = TOKEN_DAYS, change: int = 0) -> tuple[TokenKey, ...]:
    """Return keys of some days, each with a modulus of its own, which is odd and no more."""
    return tuple(
        TokenKey(Day(day), SCOPE, (N - 2 * (day + change)).to_bytes(256, "big"))
        for day in range(first, first + days)
    )


def token_keys(*, issued: Instant = NOON, change: int = 0) -> TokenKeys:
    """Return a list as it is issued at a moment."""
    first = Day(issued // 86_400)
    return TokenKeys(region=REGION, issued=issued, keys=listed(first=first, change=change))


def _payload(**changes: Value) -> dict[str, Value]:
    keys: list[Value] = [key.to_value() for key in listed()]
    return {"issued": NOON, "keys": keys, "region": REGION, "version": 1, **changes}


def _lists() -> Iterator[Case]:
    keys = [key.to_value() for key in listed()]
    other: list[Value] = [replace(key, scope="objections").to_value() for key in listed()]
    first: dict[str, Value] = {"day": TODAY, "modulus": MODULUS, "scope": SCOPE}
    payloads: dict[str, dict[str, Value]] = {
        "list-of-six-days": _payload(keys=keys[:6]),
        "list-of-eight-days": _payload(keys=[key.to_value() for key in listed(days=8)]),
        "list-from-tomorrow": _payload(issued=NOON - 86_400),
        "list-from-yesterday": _payload(issued=NOON + 86_400),
        "list-descending": _payload(keys=keys[::-1]),
        "list-without-keys": _payload(keys=[]),
        "list-with-a-modulus-twice": _payload(keys=[first, {**first, "day": TODAY + 1}, *keys[2:]]),
        "list-with-a-second-scope-for-a-day": _payload(keys=[other[0], *keys]),
        "list-with-an-even-modulus": _payload(
            keys=[{**first, "modulus": (N - 1).to_bytes(256, "big")}, *keys[1:]]
        ),
        "list-with-a-modulus-of-2047-bits": _payload(
            keys=[{**first, "modulus": (N >> 1 | 1).to_bytes(256, "big")}, *keys[1:]]
        ),
        "list-with-a-modulus-of-255-bytes": _payload(
            keys=[{**first, "modulus": MODULUS[1:]}, *keys[1:]]
        ),
        "list-version-2": _payload(version=2),
        "list-with-an-unknown-field": _payload(scope=SCOPE),
        "list-with-a-key-with-an-unknown-field": _payload(
            keys=[{**first, "exponent": 3}, *keys[1:]]
        ),
    }
    good = token_keys().sign(FIRST)
    base: Case = {"operation": "open", "trusted": trusted(FIRST), "region": REGION, "now": NOON}
    yield base | {
        "id": "list",
        "comment": "seven days of one scope",
        "spec": ["TOKENS-2", "TOKENS-13"],
        "flags": [],
        "seed": FIRST.seed.hex(),
        "issued": NOON,
        "file": good.hex(),
        "keys": [
            {"day": key.day, "scope": key.scope, "modulus": key.modulus.hex()} for key in listed()
        ],
        "logged": LoggedTokenKeys(good, 7).encode().hex(),
        "leaf": 7,
        "result": "valid",
    }
    for name, payload in payloads.items():
        yield base | {
            "id": name,
            "comment": "well signed, so that only this fault is left",
            "spec": ["TOKENS-1" if "modulus-of" in name or "even" in name else "TOKENS-2"],
            "flags": ["list"],
            "file": FIRST.sign(encode(payload), context="dp3t token keys 1").hex(),
            "result": "malformed",
        }
    tomorrow = day_start(Day(TODAY + 1))
    changes: dict[str, tuple[Mapping[str, object], str]] = {
        "list-by-an-untrusted-key": ({"file": token_keys().sign(UNTRUSTED).hex()}, "unauthentic"),
        "list-by-another-trusted-key": (
            {"file": token_keys().sign(SECOND).hex(), "trusted": trusted(SECOND)},
            "valid",
        ),
        "list-altered": ({"file": flipped(good, 400).hex()}, "unauthentic"),
        "list-of-another-kind": (
            {"file": FIRST.sign(encode(_payload()), context="dp3t index 1").hex()},
            "unauthentic",
        ),
        "list-of-another-region": ({"region": "VN-48"}, "unauthentic"),
        "list-two-hours-early": ({"now": NOON - 7_200}, "valid"),
        "list-from-the-future": ({"now": NOON - 7_201}, "policy"),
        "list-two-hours-late": ({"now": tomorrow + 7_199}, "valid"),
        "list-of-a-day-that-is-over": ({"now": tomorrow + 7_200}, "policy"),
        "list-when-its-signing-key-has-ended": ({"now": FIRST.valid_until + 7_200}, "unauthentic"),
    }
    for name, (change, result) in changes.items():
        yield base | {
            "id": name,
            "comment": "signature, region and moment",
            "spec": ["TOKENS-13"],
            "flags": ["list"],
            "file": good.hex(),
            "result": result,
            **change,
        }


def _continued() -> Iterator[Case]:
    later = Instant(NOON + 86_400)
    lists = {
        "continued-the-next-day": (token_keys(issued=later), "valid"),
        "continued-by-itself": (token_keys(), "valid"),
        "continued-a-week-later": (
            token_keys(issued=Instant(NOON + 7 * 86_400), change=5),
            "valid",
        ),
        "continued-with-other-keys": (token_keys(issued=later, change=5), "unauthentic"),
        "continued-by-an-older-one": (token_keys(issued=Instant(NOON - 1)), "unauthentic"),
        "continued-in-another-region": (replace(token_keys(), region="VN-48"), "unauthentic"),
    }
    for name, (following, result) in lists.items():
        yield {
            "id": name,
            "comment": "what a reader accepts after a list",
            "spec": ["TOKENS-15"],
            "flags": ["list"],
            "operation": "continue",
            "former": token_keys().encode().hex(),
            "following": following.encode().hex(),
            "result": result,
        }


def _wanted(days: Sequence[int] = (0, 1)) -> list[Value]:
    return [{"blinded": bytes([day + 1]) * 256, "day": TODAY + day} for day in days]


def _request(**changes: Value) -> dict[str, Value]:
    return {
        "authorization": UploadCode(_DIGITS).to_value(),
        "scope": SCOPE,
        "version": 1,
        "wanted": _wanted(),
        **changes,
    }


def _requests() -> Iterator[Case]:
    for name, days in {"one-day": (3,), "seven-days": range(7), "two-days": (0, 5)}.items():
        wanted = tuple(BlindedDay(Day(TODAY + day), bytes([day + 1]) * 256) for day in days)
        request = TokenRequest(code=UploadCode(_DIGITS), scope=SCOPE, wanted=wanted)
        yield {
            "id": f"request-of-{name}",
            "comment": "one length, whatever is asked",
            "spec": ["TOKENS-16"],
            "flags": [],
            "operation": "request",
            "body": request.encode().rstrip(b"\0").hex(),
            "body_bytes": TOKEN_REQUEST_BYTES,
            "code": _DIGITS,
            "scope": SCOPE,
            "wanted": [{"day": each.day, "blinded": each.blinded.hex()} for each in wanted],
            "result": "valid",
        }
    wrong: dict[str, dict[str, Value]] = {
        "request-of-no-day": _request(wanted=[]),
        "request-of-a-day-twice": _request(wanted=_wanted((1, 1))),
        "request-descending": _request(wanted=_wanted((1, 0))),
        "request-of-a-wrong-code": _request(authorization={"code": "0" * 22, "form": "code"}),
        "request-with-openings": _request(
            authorization={"days": [], "form": "bound", "randoms": []}
        ),
        "request-of-no-scope": _request(scope=""),
        "request-with-a-short-number": _request(wanted=[{"blinded": bytes(255), "day": TODAY}]),
        "request-with-an-unknown-field": _request(day=TODAY),
        "request-version-2": _request(version=2),
    }
    bodies = {
        name: pad(encode(value), to_bytes=TOKEN_REQUEST_BYTES) for name, value in wrong.items()
    }
    good = pad(encode(_request()), to_bytes=TOKEN_REQUEST_BYTES)
    eight: list[Value] = [{"blinded": bytes(200), "day": TODAY + day} for day in range(8)]
    bodies |= {
        "request-of-eight-days": pad(encode(_request(wanted=eight)), to_bytes=TOKEN_REQUEST_BYTES),
        "request-not-padded": encode(_request()).ljust(TOKEN_REQUEST_BYTES, b"\0"),
        "request-all-zeros": bytes(TOKEN_REQUEST_BYTES),
    }
    for name, body in bodies.items():
        yield {
            "id": name,
            "comment": "of the right length, so that only this fault is left",
            "spec": ["TOKENS-16"],
            "flags": ["request"],
            "operation": "request",
            "body": body.rstrip(b"\0").hex(),
            "body_bytes": TOKEN_REQUEST_BYTES,
            "result": "malformed",
        }
    for name, length in {"request-a-byte-short": -1, "request-a-byte-long": 1}.items():
        yield {
            "id": name,
            "comment": "every request has one length",
            "spec": ["TOKENS-16"],
            "flags": ["request"],
            "operation": "request",
            "body": good.rstrip(b"\0").hex(),
            "body_bytes": TOKEN_REQUEST_BYTES + length,
            "result": "malformed",
        }


def _answers() -> Iterator[Case]:
    signature = b"\x77" * 256
    issued: dict[str, list[bytes | IssueRefusal]] = {
        "answer-one-day": [signature],
        "answer-seven-days": [signature] * 7,
        "answer-some-days": [IssueRefusal.ISSUED, signature, IssueRefusal.NO_KEY],
    }
    for name, each in issued.items():
        yield {
            "id": name,
            "comment": "one length, whatever is answered",
            "spec": ["TOKENS-17"],
            "flags": [],
            "operation": "answer",
            "body": encode_token_answer(each).rstrip(b"\0").hex(),
            "body_bytes": TOKEN_ANSWER_BYTES,
            "days": len(each),
            "issued": [one.value if isinstance(one, IssueRefusal) else one.hex() for one in each],
            "refusal": "",
            "result": "valid",
        }
    for refusal in (IssueRefusal.UNKNOWN_CODE, IssueRefusal.EXPIRED_CODE):
        yield {
            "id": f"answer-{refusal}",
            "comment": "the whole request is refused",
            "spec": ["TOKENS-17"],
            "flags": [],
            "operation": "answer",
            "body": encode_token_answer(refusal).rstrip(b"\0").hex(),
            "body_bytes": TOKEN_ANSWER_BYTES,
            "days": 2,
            "issued": [],
            "refusal": refusal.value,
            "result": "policy",
        }
