"""Cases of the pretrace chapter: the owner's step, the seal, and completion with its refusals."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from dp3t.codec import Value, encode
from dp3t.presence.completion import complete
from dp3t.presence.encryption import partial_key
from dp3t.presence.identity import identity_of
from dp3t.presence.pairing import Scalar
from dp3t.presence.pretrace import PRE_TRACE_BYTES, PreTrace, pre_trace
from dp3t.presence.trace import Trace
from dp3t.presence.venue import VenueCode, set_up, share_with
from dp3t.primitives import (
    SEALED_BOX_OVERHEAD_BYTES,
    X25519PrivateKey,
    open_box,
    seal_box,
    seeded_random,
)
from dp3t.timeline import Instant, Stretch

Case = dict[str, object]

AUTHORITY = X25519PrivateKey(
    bytes.fromhex("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb")
)
TEN = Instant(18_813 * 86_400 + 36_000)
NOW = Instant(TEN + 86_400)
EPHEMERAL = bytes.fromhex("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a")
OTHER = X25519PrivateKey(EPHEMERAL)
_CONTENT_BYTES = PRE_TRACE_BYTES - SEALED_BOX_OVERHEAD_BYTES
_REFERENCE = "7K2-4411"
_TEXT = "Mời bạn gọi 19003228.\nPlease call 19003228."
_ASKED = (1_800, 9_000)


def venue(
    name: str,
    *,
    authority: X25519PrivateKey = AUTHORITY,
    start: Instant | None = None,
    end: Instant | None = None,
) -> VenueCode:
    """Return the venue of a name, its keys drawn from it."""
    return set_up(
        description=name,
        address="Đà Nẵng",
        authority=authority.public(),
        rand=seeded_random(bytes(32), label=name.encode()),
        start=start,
        end=end,
    )


MARKET = venue("Chợ Hàn")
_SCHOOL = venue("Trường học")


def build() -> dict[str, object]:
    """Return the vector file."""
    return {
        "spec": ["PRETRACE-5"],
        "source": "ours; written from the chapter, re-derived by tests/oracle_pretrace.py",
        "cases": [*_made(), *_not_made(), *_sealed(), *_unread(), *_completed(), *_refused()],
    }


def _stretch(start: int, end: int) -> Stretch:
    return Stretch(Instant(TEN + start), Instant(TEN + end))


def half_of(start: int, end: int, code: VenueCode = MARKET) -> PreTrace:
    """Return an owner's half for a stretch from and to so many seconds after ten."""
    return pre_trace(code, stretch=_stretch(start, end), reference=_REFERENCE, now=NOW)


def _made() -> Iterator[Case]:
    for name, start, end in (
        ("one-hour", 0, 3_600),
        ("one-second", 3_599, 3_600),
        ("second-hour-begun", 0, 3_601),
        ("three-hours", *_ASKED),
        ("over-midnight", 13 * 3_600, 15 * 3_600),
    ):
        half = half_of(start, end)
        yield {
            "id": f"make-{name}",
            "comment": "a key for each hour that the stretch touches",
            "spec": ["PRETRACE-2", "PRETRACE-5"],
            "flags": [],
            "operation": "make",
            "share": MARKET.share.to_bytes().hex(),
            **_asked(half),
            "keys": [key.hex() for key in half.keys],
            "content": encode(half.to_value()).hex(),
            "result": "valid",
        }


def _asked(half: PreTrace, **changes: object) -> Case:
    request = half.request
    return {
        "payload": half.payload.hex(),
        "sealed_share": half.sealed_share.hex(),
        "reference": request.reference,
        "start": request.stretch.start,
        "end": request.stretch.end,
        "now": NOW,
        **changes,
    }


def _not_made() -> Iterator[Case]:
    midnight = TEN - TEN % 86_400 + 11 * 86_400
    faults: dict[str, tuple[str, str, Case]] = {
        "reference-empty": ("malformed", "PRETRACE-1", {"reference": ""}),
        "reference-with-small-letter": ("malformed", "PRETRACE-1", {"reference": "7k2"}),
        "reference-of-17": ("malformed", "PRETRACE-1", {"reference": "A" * 17}),
        "stretch-empty": ("malformed", "PRETRACE-1", {"end": TEN}),
        "stretch-backwards": ("malformed", "PRETRACE-1", {"end": TEN - 1}),
        "end-after-2106": ("malformed", "PRETRACE-1", {"end": 2**32}),
        "241-hours": ("limit", "PRETRACE-1", {"end": TEN + 240 * 3_600 + 1}),
        "hour-not-over": ("policy", "PRETRACE-3", {"now": TEN + 3_599}),
        "hour-to-come": ("policy", "PRETRACE-3", {"now": TEN - 1}),
        "hour-of-eleven-days-ago": ("policy", "PRETRACE-3", {"now": midnight}),
    }
    for name, (result, clause, changes) in faults.items():
        yield {
            "id": f"make-{name}",
            "comment": "one fault",
            "spec": [clause],
            "flags": ["request"],
            "operation": "make",
            "share": MARKET.share.to_bytes().hex(),
            **_asked(half_of(0, 3_600), **changes),
            "result": result,
        }


def _sealed() -> Iterator[Case]:
    half = half_of(0, 3_600)
    sealed = half.seal(AUTHORITY.public(), rand=lambda _: EPHEMERAL)
    yield {
        "id": "seal",
        "comment": "the content is padded to 16,336 bytes",
        "spec": ["PRETRACE-6"],
        "flags": [],
        "operation": "seal",
        "ephemeral_key": EPHEMERAL.hex(),
        "public_key": AUTHORITY.public().to_bytes().hex(),
        "private_key": AUTHORITY.to_bytes().hex(),
        "content": encode(half.to_value()).hex(),
        "sealed": sealed.hex(),
        "result": "valid",
    }
    altered = sealed[:-1] + bytes([sealed[-1] ^ 1])
    unpadded = seal_box(AUTHORITY.public(), bytes(_CONTENT_BYTES), rand=lambda _: EPHEMERAL)
    for name, data, private, result in (
        ("altered", altered, AUTHORITY, "unauthentic"),
        ("sealed-to-another-key", sealed, OTHER, "unauthentic"),
        ("one-byte-short", sealed[:-1], AUTHORITY, "malformed"),
        ("not-padded", unpadded, AUTHORITY, "malformed"),
    ):
        yield {
            "id": f"open-{name}",
            "comment": "one fault",
            "spec": ["PRETRACE-7"],
            "flags": ["sealed"],
            "operation": "open",
            "private_key": private.to_bytes().hex(),
            "sealed": data.hex(),
            "result": result,
        }


def _unread() -> Iterator[Case]:
    good = half_of(0, 3_600).to_value()
    if not isinstance(good, dict):
        raise TypeError("a pre-trace is a map")
    changes: dict[str, Mapping[str, Value]] = {
        "version-2": {"version": 2},
        "unknown-field": {"region": "VN"},
        "payload-of-1025-bytes": {"payload": bytes(1025)},
        "sealed-share-of-79-bytes": {"sealed_share": bytes(79)},
        "keys-of-two-hours": {"keys": bytes(96)},
        "keys-one-byte-short": {"keys": bytes(47)},
        "keys-as-a-list": {"keys": [bytes(48)]},
        "reference-as-bytes": {"reference": b"A"},
        "start-after-end": {"start": TEN + 7_200},
        "241-hours": {"end": TEN + 240 * 3_600 + 1, "keys": bytes(241 * 48)},
    }
    contents = {name: encode({**good, **change}) for name, change in changes.items()}
    for name in good:
        contents[f"without-{name}"] = encode({k: v for k, v in good.items() if k != name})
    contents["bytes-after-the-map"] = encode(good) + b"\0\x01"
    for name, content in contents.items():
        limit = name in ("payload-of-1025-bytes", "241-hours")
        yield {
            "id": f"read-{name}",
            "comment": "well padded and sealed, so that only this fault is left",
            "flags": ["content"],
            "operation": "read",
            "content": content.hex(),
            "result": "limit" if limit else "malformed",
        }


def _completion(half: PreTrace, **changes: object) -> Case:
    request = half.request
    return {
        "private_key": AUTHORITY.to_bytes().hex(),
        "content": encode(half.to_value()).hex(),
        "reference": request.reference,
        "start": request.stretch.start,
        "end": request.stretch.end,
        "text": _TEXT,
        "now": NOW,
        "draws": [bytes([number]).hex() * 24 for number in range(len(half.keys))],
        "published": [],
        **changes,
    }


def traces_of(half: PreTrace, published: tuple[Trace, ...] = ()) -> tuple[Trace, ...]:
    """Return what the authority makes of an owner's half."""
    draws = iter(range(len(half.keys)))
    return complete(
        half,
        AUTHORITY,
        request=half.request,
        text=_TEXT,
        now=NOW,
        rand=lambda length: bytes([next(draws)]) * length,
        published=published,
    )


def _hex(traces: tuple[Trace, ...]) -> list[str]:
    return [trace.encode().hex() for trace in traces]


def _completed() -> Iterator[Case]:
    whole, early = half_of(*_ASKED), half_of(0, 1_200)
    first = traces_of(whole)
    for name, comment, half, published in (
        ("three-hours", "every message holds the whole stretch", whole, ()),
        ("over-midnight", "the day is the hour's", half_of(13 * 3_600, 15 * 3_600), ()),
        (
            "code-of-the-day-before",
            "some stay over",
            half_of(0, 3_600, _valid(-86_400, -36_000)),
            (),
        ),
        ("published-by-half", "what is published is left out", whole, first[:1]),
        (
            "second-gathering",
            "the same hour, another stretch",
            half_of(1_200, 3_000),
            traces_of(early),
        ),
    ):
        yield {
            "id": f"complete-{name}",
            "comment": comment,
            "spec": ["PRETRACE-13", "PRETRACE-14", "PRETRACE-16", "PRETRACE-17"],
            "flags": [],
            "operation": "complete",
            **_completion(half, published=_hex(published)),
            "traces": _hex(traces_of(half, published)),
            "result": "valid",
        }


def _refused() -> Iterator[Case]:
    for name, (result, clause, case) in {**_wrong_requests(), **_wrong_halves()}.items():
        yield {
            "id": f"complete-{name}",
            "comment": "one fault",
            "spec": [clause],
            "flags": ["completion"],
            "operation": "complete",
            **case,
            "result": result,
        }


def _wrong_requests() -> Mapping[str, tuple[str, str, Case]]:
    half = half_of(*_ASKED)
    start, end = half.request.stretch
    midnight = TEN - TEN % 86_400 + 11 * 86_400
    again = _hex(traces_of(half))
    return {
        "reference-of-another-request": _policy(9, half, reference="7K2-4412"),
        "stretch-longer-than-asked": _policy(10, half, end=end - 1),
        "stretch-shorter-than-asked": _policy(10, half, end=end + 1),
        "another-stretch": _policy(10, half, start=start + 86_400, end=end + 86_400),
        "hour-not-over": _policy(11, half, now=TEN + 3 * 3_600 - 1),
        "hour-of-eleven-days-ago": _policy(11, half, now=midnight),
        "replay": _policy(17, half, published=again),
        "text-of-281-bytes": ("malformed", "PRETRACE-16", _completion(half, text="x" * 281)),
    }


def _policy(clause: int, half: PreTrace, **changes: object) -> tuple[str, str, Case]:
    return "policy", f"PRETRACE-{clause}", _completion(half, **changes)


def _wrong_halves() -> Mapping[str, tuple[str, str, Case]]:
    half, other = half_of(0, 3_600), half_of(0, 3_600, _SCHOOL)
    code = half.payload
    halves = {
        "payload-cut": ("malformed", 13, replace(half, payload=code[:-1])),
        "payload-of-version-9": ("malformed", 13, replace(half, payload=b"\x08\x09" + code[2:])),
        "code-not-valid-yet": ("policy", 13, half_of(0, 3_600, _valid(3_600, 7_200))),
        "code-no-longer-valid": ("policy", 13, half_of(3_600, 7_200, _valid(-90_000, -82_800))),
        "share-of-another-authority": ("unauthentic", 12, half_of(0, 3_600, _elsewhere())),
        "share-of-another-venue": (
            "unauthentic", 14, replace(half, sealed_share=other.sealed_share)
        ),
        "share-zero": ("malformed", 12, replace(half, sealed_share=_share(bytes(32)))),
        "share-not-reduced": ("malformed", 12, replace(half, sealed_share=_share(b"\xff" * 32))),
        "payload-of-another-venue": ("unauthentic", 14, replace(half, payload=other.payload)),
        "keys-of-another-venue": ("unauthentic", 14, replace(half, keys=other.keys)),
        "keys-of-another-hour": ("unauthentic", 14, replace(half, keys=half_of(-3_600, 0).keys)),
        "keys-in-another-order": ("unauthentic", 14, _reversed(half_of(0, 7_200))),
        "public-key-substituted": ("unauthentic", 18, _suppression()),
        "key-not-on-the-curve": _key((1).to_bytes(48, "little")),
        "key-outside-the-subgroup": _key((4).to_bytes(48, "little")),
        "key-neutral": _key(bytes(48)),
        "key-coordinate-too-large": _key(b"\xff" * 48),
        "key-cancels-the-authoritys": _key(_cancelling()),
    }  # fmt: skip
    return {
        name: (result, f"PRETRACE-{clause}", _completion(each))
        for name, (result, clause, each) in halves.items()
    }


def _valid(start: int, end: int) -> VenueCode:
    return venue("Đám cưới", start=Instant(TEN + start), end=Instant(TEN + end))


def _elsewhere() -> VenueCode:
    return venue("Chợ Cồn", authority=OTHER)


def _share(content: bytes) -> bytes:
    return seal_box(AUTHORITY.public(), content, rand=lambda _: EPHEMERAL)


def _reversed(half: PreTrace) -> PreTrace:
    return replace(half, keys=tuple(reversed(half.keys)))


def _key(data: bytes) -> tuple[str, int, PreTrace]:
    return "malformed", 15, replace(half_of(0, 3_600), keys=(data,))


def _suppression() -> PreTrace:
    """Return what somebody sends who knows the entry code alone: two shares of their own."""
    rand = seeded_random(bytes(32), label=b"somebody")
    share = Scalar.generate(rand=rand)
    shared = share_with(AUTHORITY.public(), share=share, rand=rand)
    return half_of(0, 3_600, replace(MARKET, share=share, sealed_share=shared.sealed_share))


def _cancelling() -> bytes:
    """Return the negative of the authority's part."""
    theirs = Scalar.from_bytes(open_box(AUTHORITY, MARKET.sealed_share))
    part = partial_key(theirs, identity=identity_of(MARKET.payload, start=TEN)).to_bytes()
    return part[:-1] + bytes([part[-1] ^ 0x80])
