"""Cases of the pairing chapter: scalars, points of both groups, hashes to them, and pairings.

The points to be refused were computed by `tests/oracle_pairing.py`; the tests show again that
each has the order that its case says.
"""

from collections.abc import Iterator

from dp3t.presence.pairing import (
    ORDER,
    G1Point,
    G2Point,
    Scalar,
    has_logarithm,
    pairing_digest,
)
from spec.vectors.builders.points import BAD_POINTS, GENERATOR_G1, GENERATOR_G2, MCL_PAIRING

Case = dict[str, object]

_SOURCE = "mcl 1.28, init(BLS12_381); the generators are the curve's"
_SECRET = Scalar.of_hash(b"a secret")
_OTHER = Scalar.of_hash(b"another")
_BRANCHES = {
    0: "first-candidate-t-cut-to-380-bits",
    1: "third-candidate-t-a-square",
    3: "second-candidate",
    4: "third-candidate",
    6: "first-candidate-t-a-square",
    28: "second-candidate-t-a-square",
}
"""Identities, one byte repeated, that take the ways through the hash to G1."""


def build() -> dict[str, object]:
    """Return the vector file."""
    return {
        "spec": ["PAIRING-1", "PAIRING-3"],
        "source": f"cases named mcl: {_SOURCE}; all else ours",
        "cases": [
            *_scalars(),
            *_hashed_scalars(),
            *_points(),
            *_bad_points(),
            *_hashed_points(),
            *_multiples(),
            *_sums(),
            *_pairings(),
            *_logarithms(),
        ],
    }


def _little(number: int, length: int = 32) -> str:
    return number.to_bytes(length, "little").hex()


def _scalars() -> Iterator[Case]:
    for name, data, result in (
        ("one", _little(1), "valid"),
        ("the-largest", _little(ORDER - 1), "valid"),
        ("zero", _little(0), "malformed"),
        ("the-order", _little(ORDER), "malformed"),
        ("the-order-and-one", _little(ORDER + 1), "malformed"),
        ("all-ones", "ff" * 32, "malformed"),
        ("31-bytes", "01" * 31, "malformed"),
        ("33-bytes", _little(1, 33), "malformed"),
        ("no-bytes", "", "malformed"),
    ):
        yield {
            "id": f"scalar-{name}",
            "operation": "scalar",
            "spec": ["PAIRING-1", "PAIRING-2"],
            "scalar": data,
            "result": result,
        }


def _hashed_scalars() -> Iterator[Case]:
    for name, data in (("of-nothing", b""), ("of-text", b"dp3t"), ("cut-to-254-bits", b"\6")):
        yield {
            "id": f"hashed-scalar-{name}",
            "operation": "hash-to-scalar",
            "spec": ["PAIRING-5"],
            "data": data.hex(),
            "scalar": Scalar.of_hash(data).to_bytes().hex(),
            "result": "valid",
        }


def _points() -> Iterator[Case]:
    for group, name, data in (
        (1, "mcl-generator", GENERATOR_G1),
        (1, "generator-negated", _negated(GENERATOR_G1)),
        (2, "mcl-generator", GENERATOR_G2),
        (2, "generator-negated", _negated(GENERATOR_G2)),
    ):
        yield {
            "id": f"g{group}-{name}",
            "operation": "point",
            "group": group,
            "point": data,
            "result": "valid",
        }


def _negated(point: str) -> str:
    return point[:-2] + f"{int(point[-2:], 16) ^ 0x80:02x}"


def _bad_points() -> Iterator[Case]:
    for group, name, data, order in BAD_POINTS:
        yield {
            "id": f"g{group}-{name}",
            "operation": "point",
            "spec": ["PAIRING-1", "PAIRING-3"] if order else ["PAIRING-3"],
            "group": group,
            "point": data,
            **({"order": order} if order else {}),
            "result": "malformed",
        }


def _hashed_points() -> Iterator[Case]:
    identities = {name: bytes([byte]) * 32 for byte, name in _BRANCHES.items()}
    known = "166c3a8cf1f168f0664f17dec7ca1af5377188762568582014a40764768539e0"
    for name, identity in {"mcl": bytes.fromhex(known), **identities}.items():
        yield {
            "id": f"hashed-point-{name}",
            "operation": "hash-to-point",
            "spec": ["PAIRING-6"],
            "identity": identity.hex(),
            "point": G1Point.hashed(identity).to_bytes().hex(),
            "result": "valid",
        }


def _multiples() -> Iterator[Case]:
    base = G1Point.hashed(bytes(32))
    for name, scalar in (
        ("one", Scalar(1)),
        ("the-largest", Scalar(ORDER - 1)),
        ("any", _SECRET),
    ):
        yield {
            "id": f"times-{name}",
            "operation": "times",
            "spec": ["PAIRING-1"],
            "scalar": scalar.to_bytes().hex(),
            "base": base.to_bytes().hex(),
            "product": base.times(scalar).to_bytes().hex(),
            "public": G2Point.of(scalar).to_bytes().hex(),
            "result": "valid",
        }


def _sums() -> Iterator[Case]:
    scalars = [("any", _SECRET, _OTHER), ("itself", _SECRET, _SECRET)]
    base = G1Point.hashed(bytes(32))
    for name, one, other in scalars:
        sums = one.plus(other), base.times(one), base.times(other), G2Point.of(one)
        yield {
            "id": f"plus-{name}",
            "operation": "plus",
            "spec": ["PAIRING-1"],
            "scalars": [one.to_bytes().hex(), other.to_bytes().hex()],
            "base": base.to_bytes().hex(),
            "scalar": sums[0].to_bytes().hex(),
            "g1": sums[1].plus(sums[2]).to_bytes().hex(),
            "g2": sums[3].plus(G2Point.of(other)).to_bytes().hex(),
            "result": "valid",
        }
    yield {
        "id": "plus-its-negative",
        "operation": "plus",
        "spec": ["PAIRING-9"],
        "scalars": [_little(5), _little(ORDER - 5)],
        "base": base.to_bytes().hex(),
        "result": "malformed",
    }


def _pairings() -> Iterator[Case]:
    generators = GENERATOR_G1, GENERATOR_G2
    hashed = G1Point.hashed(bytes(32)).to_bytes().hex()
    public = G2Point.of(_SECRET).to_bytes().hex()
    for name, one, other in (("mcl-generators", *generators), ("any", hashed, public)):
        points = G1Point.from_bytes(bytes.fromhex(one)), G2Point.from_bytes(bytes.fromhex(other))
        yield {
            "id": f"pairing-{name}",
            "operation": "pair",
            "spec": ["PAIRING-7"],
            "g1": one,
            "g2": other,
            **({"pairing": MCL_PAIRING} if name == "mcl-generators" else {}),
            "digest": pairing_digest(*points).hex(),
            "result": "valid",
        }


def _logarithms() -> Iterator[Case]:
    base = G1Point.hashed(b"an identity".ljust(32))
    right = base.times(_SECRET)
    for name, point, secret in (
        ("right", right, _SECRET),
        ("of-another-base", G1Point.hashed(bytes(32)).times(_SECRET), _SECRET),
        ("of-another-secret", right, _OTHER),
        ("of-one-share-of-two", right, _SECRET.plus(_OTHER)),
        ("negated", right.times(Scalar(ORDER - 1)), _SECRET),
    ):
        public = G2Point.of(secret)
        yield {
            "id": f"logarithm-{name}",
            "operation": "logarithm",
            "spec": ["PAIRING-8"],
            "point": point.to_bytes().hex(),
            "base": base.to_bytes().hex(),
            "public": public.to_bytes().hex(),
            "secret": secret.to_bytes().hex(),
            "agrees": has_logarithm(point, base=base, public=public),
            "result": "valid",
        }
