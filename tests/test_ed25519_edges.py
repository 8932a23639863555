"""Ed25519 at its edges: what passes in one piece passes in parts, and the oracle agrees.

The signatures are made from known scalars so that they meet every equation they can: what is
refused is refused for its points or for their encoding.
"""

from collections.abc import Callable, Sequence
from functools import partial
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import oracle_crypto as oracle
from dp3t import primitives
from dp3t.errors import VerificationError
from vectors import load

PRIME = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
SIGN = 1 << 255
MESSAGE = b"a message in parts"
SECRET, NONCE = 31415926535897932384626433832795, 27182818284590452353602874713526


def of_order_8() -> oracle.Ed25519Point:
    """Return the point of order 8 that comes of the smallest y."""
    for y in range(2, 50):
        try:
            torsion = oracle.ed25519_multiply(ORDER, oracle.ed25519_decode(encoded(y)))
        except ValueError:
            continue
        if oracle.ed25519_multiply(4, torsion) != (0, 1):
            return torsion
    raise AssertionError("half of all points have one")


def encoded(number: int) -> bytes:
    return number.to_bytes(32, "little")


TORSION = [oracle.ed25519_multiply(times, of_order_8()) for times in range(8)]
SMALL = [oracle.ed25519_encode(torsion) for torsion in TORSION]


def point(scalar: int, torsion: int = 0) -> bytes:
    """Return a multiple of the base point, moved by a point of small order."""
    of_base = oracle.ed25519_multiply(scalar, oracle.ED25519_BASE)
    return oracle.ed25519_encode(oracle.ed25519_add(of_base, TORSION[torsion]))


def signed(public: bytes, r: bytes, *, secret: int = SECRET, nonce: int = NONCE) -> bytes:
    """Return R and the S that meets the equation, but for points of small order."""
    challenge = oracle.ed25519_hash(r, public, MESSAGE) % ORDER
    return r + encoded((nonce + challenge * secret) % ORDER)


def accepted(public: bytes, signature: bytes) -> bool:
    """Return the verdict of both ways and of the oracle, which has to be one."""
    verdicts = {
        oracle.ed25519_verifies(public, MESSAGE, signature),
        passes(partial(primitives.ed25519_verify, public, MESSAGE, signature)),
        in_parts(public, signature, [MESSAGE]),
        in_parts(public, signature, [MESSAGE[:5], b"", MESSAGE[5:]]),
    }
    (verdict,) = verdicts
    return verdict


def in_parts(public: bytes, signature: bytes, parts: Sequence[bytes]) -> bool:
    return passes(partial(primitives.ed25519_verify_parts, public, iter(parts), signature))


def passes(verify: Callable[[], None]) -> bool:
    try:
        verify()
    except VerificationError:
        return False
    return True


@pytest.mark.spec("SIGNING-9")
@pytest.mark.parametrize(("of_key", "of_r"), list(product(range(8), repeat=2)))
def test_points_moved_by_small_order_pass_exactly_where_the_moves_cancel(
    of_key: int, of_r: int
) -> None:
    """With the cofactor all 64 would pass; without it those where R moves as -h·A does."""
    public, r = point(SECRET, of_key), point(NONCE, of_r)
    challenge = oracle.ed25519_hash(r, public, MESSAGE) % ORDER
    cancels = (of_r + challenge * of_key) % 8 == 0
    assert accepted(public, signed(public, r)) is cancels


def test_some_mixed_keys_pass_so_the_whole_is_given_to_the_library() -> None:
    """A key moved by small order is no valid point, and yet some of its signatures verify."""
    moved = point(SECRET, 1)
    assert any(accepted(moved, signed(moved, point(NONCE, of_r))) for of_r in range(8))


@pytest.mark.spec("SIGNING-9")
@pytest.mark.parametrize("r", SMALL)
def test_an_r_of_small_order_is_refused_though_its_equation_holds(r: bytes) -> None:
    public = point(SECRET)
    assert not accepted(public, signed(public, r, nonce=0))


@pytest.mark.spec("SIGNING-9")
@pytest.mark.parametrize(("public", "r"), list(product(SMALL, (SMALL[0], SMALL[4], point(NONCE)))))
def test_a_key_of_small_order_is_refused(public: bytes, r: bytes) -> None:
    nonce = NONCE if r == point(NONCE) else 0
    assert not accepted(public, signed(public, r, secret=0, nonce=nonce))


ANOTHER_FORM = {
    "y-neutral-plus-p": PRIME + 1,
    "neutral-with-a-sign": 1 | SIGN,
    "neutral-with-both": PRIME + 1 | SIGN,
    "zero-plus-p": PRIME,
    "zero-plus-p-with-a-sign": PRIME | SIGN,
    "minus-one-with-a-sign": PRIME - 1 | SIGN,
    "y-3-plus-p": PRIME + 3,
    "all-ones": 2**256 - 1,
    "not-on-the-curve": 2,
}
"""Encodings of no point, or of one that has another."""


@pytest.mark.spec("SIGNING-9")
@pytest.mark.parametrize("odd", list(ANOTHER_FORM.values()), ids=list(ANOTHER_FORM))
def test_a_point_in_another_form_is_neither_key_nor_r(odd: int) -> None:
    public = point(SECRET)
    assert not accepted(public, signed(public, encoded(odd), nonce=0))
    assert not accepted(encoded(odd), signed(encoded(odd), point(NONCE), secret=0))


@pytest.mark.spec("SIGNING-9")
@pytest.mark.parametrize("times", range(1, 16))
def test_an_s_that_is_not_reduced_is_refused(times: int) -> None:
    public = point(SECRET)
    good = signed(public, point(NONCE))
    shifted = int.from_bytes(good[32:], "little") + times * ORDER
    assert accepted(public, good)
    assert not accepted(public, good[:32] + encoded(shifted))


@pytest.mark.spec("SIGNING-9")
@pytest.mark.parametrize("s", [0, 1, 8, ORDER - 1, ORDER, ORDER + 1, 8 * ORDER, 2**252, 2**256 - 1])
def test_an_s_at_an_edge_does_not_fit_another_r(s: int) -> None:
    assert not accepted(point(SECRET), point(NONCE) + encoded(s))
    assert not accepted(point(SECRET), point(s % ORDER or 1) + encoded(s))


def test_the_negative_of_r_or_of_the_key_is_refused() -> None:
    public, r = point(SECRET), point(NONCE)
    good = signed(public, r)
    turned = bytes([*r[:31], r[31] ^ 0x80])
    assert not accepted(public, turned + good[32:])
    assert not accepted(bytes([*public[:31], public[31] ^ 0x80]), good)


@settings(max_examples=30)
@given(
    secret=st.integers(1, ORDER - 1),
    nonce=st.integers(1, ORDER - 1),
    of_key=st.integers(0, 7),
    of_r=st.integers(0, 7),
    flipped=st.none() | st.integers(0, 511),
)
def test_both_ways_and_the_oracle_agree_on_any_made_signature(
    secret: int, nonce: int, of_key: int, of_r: int, flipped: int | None
) -> None:
    public, r = point(secret, of_key), point(nonce, of_r)
    signature = bytearray(signed(public, r, secret=secret, nonce=nonce))
    if flipped is not None:
        signature[flipped // 8] ^= 1 << flipped % 8
    passed = accepted(public, bytes(signature))
    assert passed or flipped is not None or of_key or of_r


@pytest.mark.parametrize("length", [0, 31, 33, 63, 65, 96])
def test_a_key_or_signature_of_another_length_is_refused(length: int) -> None:
    public = point(SECRET)
    good = signed(public, point(NONCE))
    stretched = (good + bytes(32))[:length]
    assert not passes(partial(primitives.ed25519_verify, public, MESSAGE, stretched))
    assert not in_parts(public, stretched, [MESSAGE])
    odd = (public + bytes(64))[:length]
    assert not passes(partial(primitives.ed25519_verify, odd, MESSAGE, good))
    assert not in_parts(odd, good, [MESSAGE])


ODD_R = {"r-of-small-order": 1, "r-moved-by-small-order": 2}
"""The order of R + h·A - S·B, by the name of the vector."""


@pytest.mark.parametrize("name", list(ODD_R))
def test_the_vectors_with_an_odd_r_meet_the_equation_with_the_cofactor(name: str) -> None:
    """So they are refused for R, not for a wrong S."""
    (case,) = (each for each in load("signing")["cases"] if each["id"] == name)
    file, public = bytes.fromhex(case["file"]), bytes.fromhex(case["trusted"][0]["public"])
    context = case["context"].encode()
    r, s, message = file[8:40], file[40:72], bytes([len(context)]) + context + file[:8] + file[72:]
    challenge = oracle.ed25519_hash(r, public, message) % ORDER
    of_key = oracle.ed25519_multiply(challenge, oracle.ed25519_decode(public))
    less = oracle.ed25519_multiply(ORDER - int.from_bytes(s, "little") % ORDER, oracle.ED25519_BASE)
    left = oracle.ed25519_add(oracle.ed25519_add(oracle.ed25519_decode(r), of_key), less)
    order = next(times for times in (1, 2, 4, 8) if oracle.ed25519_multiply(times, left) == (0, 1))
    assert order == ODD_R[name]
    assert not in_parts(public, file[8:72], [message])
