"""What CrowdNotifier's library is asked: our ciphertexts, our venue, and made-up pre-traces.

    python -m spec.vectors.builders.crowdnotifier_requests > requests.json

`crowdnotifier.ts` answers with `crowdnotifier_record.json`; `spec/vectors/README.md` says how.
"""

import json
import sys
from collections.abc import Iterator
from dataclasses import replace

from dp3t.presence.encryption import Ciphertext, encrypt, partial_key
from dp3t.presence.entry import EntryCode
from dp3t.presence.identity import INTERVAL_SECONDS, identity_of, secrets_of
from dp3t.presence.pairing import G2Point, Scalar, pairing_digest
from dp3t.presence.venue import VenueCode, set_up
from dp3t.presence.visit import VisitMessage
from dp3t.primitives import (
    Rand,
    X25519PrivateKey,
    open_box,
    seal_box,
    seal_secretbox,
    seeded_random,
    sha256,
)
from dp3t.timeline import Instant
from spec.vectors.builders.points import BAD_POINTS

Case = dict[str, str | int]

START = Instant(1_606_132_800)
"""2020-11-23 12:00 UTC, the start of an hour."""

ARRIVAL, DEPARTURE = Instant(START + 1_200), Instant(START + 4_800)
AUTHORITY = X25519PrivateKey(bytes(range(64, 96)))
THEIR_VENUES = (
    {"description": "FooBar", "address": "Lausanne", "country_data": ""},
    {"description": "Chợ Hàn", "address": "119 Trần Phú, Đà Nẵng", "country_data": "0801"},
)
THEIR_VISITS = (
    (START + 1_200, START + 1_800),
    (START + 1_200, START + 4_800),
    (1_606_175_000, 1_606_176_600),
)
"""Within an hour, over an hour's end, over midnight UTC."""


def rand(label: str) -> Rand:
    """Return the source of randomness of one request."""
    return seeded_random(bytes(32), label=label.encode())


def our_venue() -> VenueCode:
    """Return the venue of ours that the reference is asked about."""
    return set_up(
        description="Chợ Cồn",
        address="290 Hùng Vương, Đà Nẵng",
        authority=AUTHORITY.public(),
        rand=rand("venue"),
    )


def authority_share(code: VenueCode) -> Scalar:
    """Return the authority's share of a venue's key."""
    return Scalar.from_bytes(open_box(AUTHORITY, code.sealed_share))


def json_record(payload: bytes) -> bytes:
    """Return the record of a visit as the reference writes it, a Node Buffer inside."""
    key = {"type": "Buffer", "data": list(secrets_of(payload).notification_key)}
    fields = {"arrivalTime": ARRIVAL, "departureTime": DEPARTURE, "notificationKey": key}
    return json.dumps(fields, separators=(",", ":")).encode()


def ciphertexts() -> Iterator[Case]:
    """Yield ciphertexts of ours, each with the key that shall open it or not."""
    code = our_venue()
    identity = identity_of(code.payload, start=START)
    shares = code.share, authority_share(code)
    one, other = (partial_key(share, identity=identity) for share in shares)
    ours = VisitMessage(
        arrival=ARRIVAL,
        departure=Instant(START + INTERVAL_SECONDS),
        notification_key=secrets_of(code.payload).notification_key,
    )
    sealed = {
        name: encrypt(code.entry.public_key, identity=identity, message=message, rand=rand(name))
        for name, message in {
            "our-record": ours.encode(),
            "their-record": json_record(code.payload),
            "nothing": b"",
            "a-kilobyte": bytes(range(256)) * 4,
        }.items()
    }
    sealed |= _altered(sealed["our-record"])
    sealed["an-r-of-ones-own"] = _mauled(code, identity)
    for name, ciphertext in sealed.items():
        yield {
            "id": name,
            "identity": identity.hex(),
            "key": one.plus(other).to_bytes().hex(),
            "ciphertext": ciphertext.encode().hex(),
        }


def _altered(sealed: Ciphertext) -> Iterator[tuple[str, Ciphertext]]:
    def flipped(data: bytes) -> bytes:
        return data[:-1] + bytes([data[-1] ^ 0x80])

    points = {name: point for group, name, point, _ in BAD_POINTS if group == 2}
    outside = bytes.fromhex(points["outside-the-group"])
    yield "c1-negated", replace(sealed, c1=flipped(sealed.c1))
    yield "c1-of-order-13", replace(sealed, c1=bytes.fromhex(points["of-order-13"]))
    yield "c1-outside-the-group", replace(sealed, c1=outside)
    yield "c1-neutral", replace(sealed, c1=bytes(96))
    yield "c2-flipped", replace(sealed, c2=flipped(sealed.c2))
    yield "nonce-flipped", replace(sealed, nonce=flipped(sealed.nonce))
    yield "c3-flipped", replace(sealed, c3=flipped(sealed.c3))


def _mauled(code: VenueCode, identity: bytes) -> Ciphertext:
    """Return a ciphertext whose box opens and whose c1 does not follow from its message."""
    exponent, pad, nonce = Scalar(7), bytes(range(32)), bytes(24)
    hashed = partial_key(exponent, identity=identity)
    mask = pairing_digest(hashed, code.entry.public_key)
    return Ciphertext(
        c1=G2Point.of(exponent).to_bytes(),
        c2=bytes(left ^ right for left, right in zip(pad, mask, strict=True)),
        nonce=nonce,
        c3=seal_secretbox(sha256(pad), nonce, b"m"),
    )


def pre_traces() -> Iterator[Case]:
    """Yield pre-traces for our venue's first hour: an honest one, lies, and one that is believed.

    `suppression` is made by somebody who knows no more than the code at the door: two shares of
    their own, one sealed to the authority's public key, and the public key of the two.
    """
    code = our_venue()
    identity = identity_of(code.payload, start=START)
    mine, theirs = Scalar.of_hash(b"a share of the attacker's"), Scalar.of_hash(b"and another")
    own = {
        "part": partial_key(mine, identity=identity).to_bytes(),
        "sealed_share": seal_box(AUTHORITY.public(), theirs.to_bytes(), rand=rand("suppression")),
    }
    substituted = G2Point.of(mine).plus(G2Point.of(theirs))
    honest = {
        "part": partial_key(code.share, identity=identity).to_bytes(),
        "sealed_share": code.sealed_share,
    }
    for name, made, public_key in (
        ("honest", honest, code.entry.public_key),
        ("suppression", own, substituted),
        ("own-shares-under-the-venues-key", own, code.entry.public_key),
        ("honest-share-under-another-key", honest, substituted),
    ):
        yield {
            "id": name,
            "payload": code.payload.hex(),
            "start": START,
            "identity": identity.hex(),
            "public_key": public_key.to_bytes().hex(),
            **{field: value.hex() for field, value in made.items()},
        }


def payloads() -> Iterator[Case]:
    """Yield entry codes of ours: with and without times, and with a start that is yet to come."""
    entry = our_venue().entry
    for name, start, end in (
        ("without-times", None, None),
        ("valid-now", Instant(1_577_836_800), Instant(4_070_908_800)),
        ("valid-later", Instant(4_070_908_800), Instant(4_102_444_800)),
    ):
        code = EntryCode.create(
            description=entry.description,
            address=entry.address,
            public_key=entry.public_key,
            seed=entry.seed,
            start=start,
            end=end,
        )
        yield {"id": name, "payload": code.payload.hex()}


def points() -> Iterator[Case]:
    """Yield points of the curves that are not of order r, or neutral, or not on the curve."""
    for group, name, point, _ in BAD_POINTS:
        if len(point) == 96 * group:
            yield {"id": f"g{group}-{name}", "group": group, "point": point}


def build() -> dict[str, object]:
    """Return everything that the reference is asked."""
    return {
        "authority_private": AUTHORITY.to_bytes().hex(),
        "authority_public": AUTHORITY.public().to_bytes().hex(),
        "their_venues": THEIR_VENUES,
        "their_visits": THEIR_VISITS,
        "trace_code": our_venue().encode().hex(),
        "payload": our_venue().payload.hex(),
        "start": ARRIVAL,
        "end": DEPARTURE,
        "ciphertexts": list(ciphertexts()),
        "pre_traces": list(pre_traces()),
        "payloads": list(payloads()),
        "points": list(points()),
    }


def render() -> str:
    """Return the requests as the file that `crowdnotifier.ts` reads."""
    return json.dumps(build(), indent=1) + "\n"


if __name__ == "__main__":
    sys.stdout.write(render())
