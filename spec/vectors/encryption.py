"""Cases of the encryption chapter: to an identity, with its key, and everything that is refused."""

from collections.abc import Iterator
from dataclasses import replace

from dp3t.errors import VerificationError
from dp3t.presence.encryption import Ciphertext, IdentityKey, encrypt, partial_key
from dp3t.presence.pairing import ORDER, G1Point, G2Point, Scalar, pairing_digest
from dp3t.primitives import Rand, seal_secretbox, sha256
from spec.vectors.builders.points import BAD_POINTS

Case = dict[str, object]

_SOURCE = "mcl 1.28, init(BLS12_381), and libsodium's crypto_secretbox"
_MCL_SHARE = Scalar.from_bytes(bytes([*range(1, 32), 0]))
_MCL_IDENTITY = bytes.fromhex("166c3a8cf1f168f0664f17dec7ca1af5377188762568582014a40764768539e0")
_X, _NONCE = bytes(range(32)), bytes(range(24))
_OWNER, _AUTHORITY = Scalar.of_hash(b"the owner's share"), Scalar.of_hash(b"the authority's")
_PUBLIC = G2Point.of(_OWNER).plus(G2Point.of(_AUTHORITY))
_IDENTITY, _NEXT_HOUR = b"\1" * 32, b"\2" * 32
_MESSAGE = "Chợ Hàn".encode()


def build() -> dict[str, object]:
    """Return the vector file."""
    return {
        "spec": ["ENCRYPTION-1", "ENCRYPTION-3"],
        "source": f"the case named mcl: {_SOURCE}; all else ours",
        "cases": [*_encrypted(), *_keys(), *_altered(), *_foreign(), *_bad_points(), *_under()],
    }


def _rand(x: bytes = _X, nonce: bytes = _NONCE) -> Rand:
    draws = iter((x, nonce))
    return lambda _: next(draws)


def _key(identity: bytes) -> IdentityKey:
    parts = (partial_key(share, identity=identity) for share in (_OWNER, _AUTHORITY))
    one, other = parts
    return IdentityKey(identity=identity, key=one.plus(other))


def _sealed() -> Ciphertext:
    return encrypt(_PUBLIC, identity=_IDENTITY, message=_MESSAGE, rand=_rand())


def _encrypted() -> Iterator[Case]:
    mcl = G2Point.of(_MCL_SHARE), _MCL_IDENTITY
    ours = _PUBLIC, _IDENTITY
    for name, (public_key, identity), message in (
        ("mcl", mcl, b"Hello CrowdNotifier"),
        ("nothing", ours, b""),
        ("of-two-blocks", ours, bytes(range(100))),
    ):
        ciphertext = encrypt(public_key, identity=identity, message=message, rand=_rand())
        yield {
            "id": f"encrypt-{name}",
            "operation": "encrypt",
            "spec": ["ENCRYPTION-1", "ENCRYPTION-2"],
            "public_key": public_key.to_bytes().hex(),
            "identity": identity.hex(),
            "message": message.hex(),
            "x": _X.hex(),
            "nonce": _NONCE.hex(),
            "ciphertext": ciphertext.encode().hex(),
            "result": "valid",
        }


def _keys() -> Iterator[Case]:
    for name, shares, identity in (
        ("of-two-shares", (_OWNER, _AUTHORITY), _IDENTITY),
        ("of-the-next-hour", (_OWNER, _AUTHORITY), _NEXT_HOUR),
        ("of-one-share-twice", (_OWNER, _OWNER), _IDENTITY),
    ):
        one, other = (partial_key(share, identity=identity) for share in shares)
        yield {
            "id": f"key-{name}",
            "operation": "key",
            "spec": ["ENCRYPTION-4"],
            "shares": [share.to_bytes().hex() for share in shares],
            "identity": identity.hex(),
            "parts": [one.to_bytes().hex(), other.to_bytes().hex()],
            "key": one.plus(other).to_bytes().hex(),
            "public_key": G2Point.of(shares[0]).plus(G2Point.of(shares[1])).to_bytes().hex(),
            "result": "valid",
        }


def _case(name: str, ciphertext: bytes, *, result: str, key: IdentityKey | None = None) -> Case:
    key = key or _key(_IDENTITY)
    clause = "ENCRYPTION-7" if name.startswith("c1-point") else "ENCRYPTION-3"
    return {
        "id": f"decrypt-{name}",
        "operation": "decrypt",
        "spec": ["ENCRYPTION-1"] if name.endswith("-bytes") else [clause],
        "identity": key.identity.hex(),
        "key": key.key.to_bytes().hex(),
        "ciphertext": ciphertext.hex(),
        **({"message": _MESSAGE.hex()} if result == "valid" else {}),
        "result": result,
    }


def _altered() -> Iterator[Case]:
    sealed = _sealed()
    data = sealed.encode()
    yield _case("as-it-was-encrypted", data, result="valid")
    for name, at, mask in (
        ("c1-negated", 95, 0x80),
        ("c2-first-bit-flipped", 96, 1),
        ("c2-last-bit-flipped", 127, 0x80),
        ("nonce-first-bit-flipped", 128, 1),
        ("nonce-last-bit-flipped", 151, 0x80),
        ("tag-flipped", 152, 1),
        ("message-flipped", len(data) - 1, 0x80),
    ):
        flipped = data[:at] + bytes([data[at] ^ mask]) + data[at + 1 :]
        yield _case(name, flipped, result="unauthentic")
    elsewhere = replace(sealed, c1=G2Point.of(_OWNER).to_bytes())
    yield _case("c1-another-point", elsewhere.encode(), result="unauthentic")
    yield _case("cut-by-one-byte", data[:-1], result="unauthentic")
    yield _case("one-byte-longer", data + b"\0", result="unauthentic")
    yield _case("167-bytes", data[:167], result="malformed")
    yield _case("no-bytes", b"", result="malformed")


def _foreign() -> Iterator[Case]:
    """Keys of others, and ciphertexts that were not made as the chapter says."""
    data, key = _sealed().encode(), _key(_IDENTITY)
    renamed = replace(key, identity=_NEXT_HOUR)
    alone = replace(key, key=partial_key(_OWNER, identity=_IDENTITY))
    negated = replace(key, key=key.key.times(Scalar(ORDER - 1)))
    for name, other in (
        ("with-the-key-under-another-name", renamed),
        ("with-the-key-of-the-next-hour", _key(_NEXT_HOUR)),
        ("with-one-share-alone", alone),
        ("with-the-key-negated", negated),
    ):
        yield _case(name, data, key=other, result="unauthentic")
    yield _case("with-an-r-of-ones-own", _mauled(Scalar(7)), result="unauthentic")


def _mauled(exponent: Scalar) -> bytes:
    """Return a ciphertext whose box opens and whose c1 does not follow from its message."""
    mask = pairing_digest(G1Point.hashed(_IDENTITY).times(exponent), _PUBLIC)
    return Ciphertext(
        c1=G2Point.of(exponent).to_bytes(),
        c2=bytes(one ^ other for one, other in zip(_X, mask, strict=True)),
        nonce=_NONCE,
        c3=seal_secretbox(sha256(_X), _NONCE, _MESSAGE),
    ).encode()


def _bad_points() -> Iterator[Case]:
    rest = _sealed().encode()[96:]
    for group, name, point, _ in BAD_POINTS:
        if group == 2 and len(point) == 192:
            yield _case(f"c1-point-{name}", bytes.fromhex(point) + rest, result="malformed")


def _under() -> Iterator[Case]:
    key = _key(_IDENTITY)
    for name, one, public_key in (
        ("right", key, _PUBLIC),
        ("key-of-the-next-hour", replace(_key(_NEXT_HOUR), identity=_IDENTITY), _PUBLIC),
        ("key-with-another-name", replace(key, identity=_NEXT_HOUR), _PUBLIC),
        ("one-share-alone", replace(key, key=partial_key(_OWNER, identity=_IDENTITY)), _PUBLIC),
        ("key-negated", replace(key, key=key.key.times(Scalar(ORDER - 1))), _PUBLIC),
        ("another-public-key", key, G2Point.of(_OWNER)),
    ):
        try:
            one.require_under(public_key)
            result = "valid"
        except VerificationError:
            result = "unauthentic"
        yield {
            "id": f"under-{name}",
            "operation": "under",
            "spec": ["ENCRYPTION-5"],
            "shares": [share.to_bytes().hex() for share in (_OWNER, _AUTHORITY)],
            "identity": one.identity.hex(),
            "key": one.key.to_bytes().hex(),
            "public_key": public_key.to_bytes().hex(),
            "result": result,
        }
