"""Cases of the help chapter: lists of stations, and requests sealed to them."""

from collections.abc import Iterator
from typing import Any

from dp3t.canonical_json import JsonValue, encode_json
from dp3t.codec import pad
from dp3t.primitives import X25519PrivateKey
from dp3t.publication.signing import SigningKey
from dp3t.symptoms.callback import Callback, CallMe, ICallYou, VisitMe
from dp3t.symptoms.help import HELP_DAYS, HelpRequest
from dp3t.symptoms.words import AgeBand, Outcome
from dp3t.timeline import Day, Instant, day_of
from spec.vectors.builders.hpke import sealed

Case = dict[str, object]

NOW = Instant(1_643_700_000)
SEED = bytes(range(32))
_PRIVATE = bytes(range(32, 64))
_OTHER = bytes(range(96, 128))
_EPHEMERAL = bytes(range(64, 96))
_DAY = 86_400
_NUMBER = 3
_AUTHORITY = SigningKey(seed=SEED, valid_from=Instant(0), valid_until=Instant(2**32 - 1))


def _station(commune: str, private: bytes, start: int, end: int) -> dict[str, Any]:
    return {
        "commune": commune,
        "key": X25519PrivateKey(private).public().to_bytes().hex(),
        "name": {"vi": "Trạm y tế phường", "en": "Health station of the ward"},
        "telephone": "+842343822325",
        "valid_from": start,
        "valid_until": end,
    }


def _listed(**changes: object) -> dict[str, Any]:
    return {
        "version": 1,
        "number": _NUMBER,
        "valid_from": NOW - _DAY,
        "valid_until": NOW + _DAY,
        "stations": [
            _station("19750", _OTHER, NOW - _DAY, NOW + 60),
            _station("19750", _PRIVATE, NOW, NOW + _DAY),
            _station("20194", _OTHER, NOW - _DAY, NOW + _DAY),
        ],
        **changes,
    }


def _lists() -> Iterator[Case]:
    good = _listed()
    first = good["stations"][0]
    for name, result, said, more in (
        ("list", "valid", good, {}),
        ("list-of-last-number", "valid", _listed(number=2**32 - 1), {}),
        ("list-number-0", "malformed", _listed(number=0), {}),
        ("list-version-2", "malformed", _listed(version=2), {}),
        ("list-empty", "malformed", _listed(stations=[]), {}),
        ("list-station-twice", "malformed", _listed(stations=[first, first]), {}),
        ("list-out-of-order", "malformed", _listed(stations=good["stations"][::-1]), {}),
        ("list-commune-of-4", "malformed", _listed(stations=[{**first, "commune": "1975"}]), {}),
        ("list-key-zero", "malformed", _listed(stations=[{**first, "key": "00" * 32}]), {}),
        ("list-name-missing", "malformed", _listed(stations=[{**first, "name": {"vi": "x"}}]), {}),
        ("list-ended", "policy", good, {"now": NOW + _DAY}),
        ("list-not-yet", "policy", good, {"now": NOW - _DAY - 1}),
        ("list-replaced", "policy", good, {"newest": _NUMBER + 1}),
    ):
        signed = _AUTHORITY.sign(encode_json(said), context="dp3t station keys 1")
        yield {
            "id": name,
            "flags": [] if result == "valid" else ["list"],
            "operation": "stations",
            "spec": ["HELP-3"] if result == "policy" else ["HELP-1"],
            "seed": SEED.hex(),
            "now": NOW,
            "newest": 0,
            "said": said,
            "file": signed.hex(),
            "result": result,
            **more,
        }


_WAYS: dict[str, Callback] = {
    "call": CallMe(telephone="+84912345678", from_hour=8, until_hour=20),
    "visit": VisitMe(address="12 Lê Lợi, Huế", day=Day(day_of(NOW) + 2)),
    "code": ICallYou(code="01234567"),
}


def _request(way: str, **changes: Any) -> HelpRequest:
    fields: dict[str, Any] = {
        "commune": "19750",
        "who": "Chị Lệ",
        "callback": _WAYS[way],
        "message": "Mẹ tôi sốt ba ngày.\nXin gọi lại.",
        "outcome": Outcome.CALL,
        "age_band": AgeBand.OLD,
        "asked": NOW,
    }
    return HelpRequest(**{**fields, **changes})


def _header(number: int = _NUMBER, day: int = day_of(NOW) + HELP_DAYS) -> bytes:
    return b"\1" + number.to_bytes(4, "big") + day.to_bytes(4, "big")


def _sealed(content: bytes, header: bytes, *, context: bytes = b"dp3t help 1\0") -> bytes:
    public = X25519PrivateKey(_PRIVATE).public().to_bytes()
    return header + sealed(_EPHEMERAL, public, context + header, content).sealed


def _filled(said: JsonValue) -> bytes:
    return pad(encode_json(said), to_bytes=4_039)


def _requests() -> Iterator[Case]:
    for name, request in {
        **{way: _request(way) for way in _WAYS},
        "nothing-to-add": _request("code", message="", outcome=None, age_band=AgeBand.UNKNOWN),
        "longest": _request("call", who='"' * 120, message="\\" * 1_200, language="en"),
    }.items():
        said = request.to_value()
        yield {
            "id": f"request-{name}",
            "flags": [],
            "operation": "request",
            "spec": ["HELP-5", "HELP-6", "HELP-7"],
            "private": _PRIVATE.hex(),
            "ephemeral": _EPHEMERAL.hex(),
            "keys_number": _NUMBER,
            "expires": day_of(NOW) + HELP_DAYS,
            "said": said,
            "sealed": _sealed(_filled(said), _header()).hex(),
            "result": "valid",
        }


def _wrong_requests() -> Iterator[Case]:
    said: Any = _request("call").to_value()
    good = _sealed(_filled(said), _header())
    for name, result, data in (
        ("another-context", "unauthentic", _sealed(_filled(said), _header(), context=b"")),
        ("number-altered", "unauthentic", _header(_NUMBER + 1) + good[9:]),
        ("expiry-altered", "unauthentic", _header(day=day_of(NOW) + 8) + good[9:]),
        ("content-altered", "unauthentic", good[:-1] + bytes([good[-1] ^ 1])),
        ("version-2", "malformed", b"\2" + good[1:]),
        ("number-0", "malformed", _header(0) + good[9:]),
        ("a-byte-short", "malformed", good[:-1]),
        ("a-byte-long", "malformed", good + b"\0"),
        ("no-padding", "malformed", _sealed(bytes(4_039), _header())),
        ("another-way", "malformed", _changed(said, callback={"kind": "smoke"})),
        ("two-lines-of-who", "malformed", _changed(said, who="a\nb")),
        ("long-message", "malformed", _changed(said, message="x" * 1_201)),
        ("a-field-more", "malformed", _changed(said, diary="")),
        ("a-field-less", "malformed", _changed({k: said[k] for k in said if k != "who"})),
    ):
        yield {
            "id": name,
            "flags": ["request"],
            "operation": "open",
            "spec": ["HELP-7"] if result == "unauthentic" else ["HELP-9"],
            "private": _PRIVATE.hex(),
            "sealed": data.hex(),
            "result": result,
        }
    yield {
        "id": "another-station",
        "flags": ["request"],
        "operation": "open",
        "spec": ["HELP-8"],
        "private": _OTHER.hex(),
        "sealed": good.hex(),
        "result": "unauthentic",
    }


def _changed(said: Any, **changes: Any) -> bytes:
    return _sealed(_filled({**said, **changes}), _header())


def build() -> dict[str, object]:
    """Return the vector file."""
    return {
        "spec": ["HELP-7"],
        "source": "ours; sealed by builders/hpke.py, re-derived by tests/oracle_symptoms.py",
        "cases": [*_lists(), *_requests(), *_wrong_requests()],
    }
