"""The second witness for pairings and identities agrees with the world before it is asked about us.

`MCL` marks what mcl gave, initialised as CrowdNotifier's library does it.
"""

import json
from typing import Any

import pytest

import oracle_pairing as curve
import oracle_presence
from oracle_pairing import GENERATOR_G1, GENERATOR_G2
from shared_data import shared

REFERENCE = "libcrowdnotifier dc8fe5c, lib/src/v3/testvectors.ts"
DRAFT = "draft-irtf-cfrg-pairing-friendly-curves-11, 4.2.1"
G1 = (
    "bbc622db0af03afbef1a7af93fe8556c58ac1b173f3a4ea105b974974f8c68c3"
    "0faca94f8c63952694d79731a7d3f197"
)
G2 = (
    "b8bd21c1c85680d4efbb05a82603ac0b77d1e37a640b51b4023b40fad47ae4c65110c52d27050826910a8ff0b2a24a02"
    "7e2b045d057dace5575d941312f14c3349507fdcbb61dab51ab62099d0d06b59654f2788a0d3ac7d609f7152602be093"
)
H1 = (
    "fedac1d0a622fe75dab45632ef76c254cc6fa1a3e32f1cd13040ff27f0480000"
    "148d6541dca4d890c7f686d202fdfa04"
)
PAYLOAD = b"Parse this as bytes"
ANOTHER = bytes.fromhex(
    "326a14a0037a5fa357f66496617d1d3d8a5caa5e8447bc337882689cc25a108d2c170b5ffc"
)
IDENTITY = "166c3a8cf1f168f0664f17dec7ca1af5377188762568582014a40764768539e0"
MCL = "mcl 1.28, init(BLS12_381)"


def mcl() -> dict[str, Any]:
    values: dict[str, Any] = json.loads(shared("vectors/crowdnotifier_ibe.json").read_bytes())
    return values


def test_prime_and_order_are_the_printed_ones() -> None:
    assert hex(curve.PRIME) == (
        "0x1a0111ea397fe69a4b1ba7b6434bacd764774b84f38512bf"
        "6730d2a0f6b0f6241eabfffeb153ffffb9feffffffffaaab"
    ), DRAFT
    order = "0x73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001"
    assert hex(curve.ORDER) == order, DRAFT
    assert hex(curve.COFACTOR_G1) == "0x396c8c005555e1568c00aaab0000aaab", DRAFT


def test_generators_are_on_their_curves_have_the_order_and_are_written_as_mcl_writes_them() -> None:
    assert curve.has_order(GENERATOR_G1, curve.ORDER)
    assert curve.has_order(GENERATOR_G2, curve.ORDER)
    assert curve.encode_g1(GENERATOR_G1).hex() == G1, MCL
    assert curve.encode_g2(GENERATOR_G2).hex() == G2, MCL
    assert curve.decode_g1(bytes.fromhex(G1)) == GENERATOR_G1
    assert curve.decode_g2(bytes.fromhex(G2)) == GENERATOR_G2


def test_a_whole_curve_has_the_order_of_cofactor_and_group() -> None:
    (point, _) = curve.points_at((4, 0), b=curve.B1)
    (twisted, _) = curve.points_at((1, 1), b=curve.B2)
    for one, cofactor in ((point, curve.COFACTOR_G1), (twisted, curve.COFACTOR_G2)):
        assert not curve.has_order(one, curve.ORDER)
        assert curve.has_order(one, curve.ORDER * cofactor)


def test_no_point_of_g1_has_a_coordinate_outside_the_prime_field() -> None:
    assert curve.points_at((1, 0), b=curve.B1) == []


def test_an_identity_is_hashed_to_the_point_of_mcl() -> None:
    assert curve.encode_g1(curve.hash_to_g1(bytes.fromhex(IDENTITY))).hex() == H1, MCL


def test_the_pairing_is_mcls_to_the_last_byte() -> None:
    found = curve.encode_gt(curve.pairing(GENERATOR_G1, GENERATOR_G2)).hex()
    assert found == mcl()["generators"]["e_g1_g2"], MCL


def test_an_encryption_by_mcl_and_libsodium_is_made_again() -> None:
    (known,) = mcl()["vectors"]
    names = ("mpk", "id", "m", "x", "nonce")
    made = oracle_presence.encrypt(*(bytes.fromhex(known[name]) for name in names))
    assert made.hex() == known["c1"] + known["c2"] + known["nonce"] + known["c3"]
    share, identity = bytes.fromhex(known["msk_LE"]), bytes.fromhex(known["id"])
    assert oracle_presence.public(share).hex() == known["mpk"]
    assert oracle_presence.partial_key(share, identity).hex() == known["skid"]
    assert curve.encode_g1(curve.hash_to_g1(identity)).hex() == known["H1_id"]
    seed = bytes.fromhex(known["x"]) + identity + bytes.fromhex(known["m"])
    assert curve.scalar_of_hash(seed).to_bytes(32, "little").hex() == known["r_LE"]


def test_identities_are_those_of_the_reference() -> None:
    assert oracle_presence.preid(PAYLOAD).hex() == (
        "c74376a98ffc85c4085410bf00d84331f90a7710f1504c57c66d20fda17e5578"
    ), REFERENCE
    assert oracle_presence.identity(PAYLOAD, 12).hex() == IDENTITY, REFERENCE
    assert oracle_presence.identity(b"Another Identity Test", 886_432).hex() == (
        "334c02682989c3489978dffffe9f377d67000f93e384c88ead006eb12ca2cce8"
    ), REFERENCE


@pytest.mark.parametrize(
    ("payload", "secrets"),
    [
        (
            PAYLOAD,
            "4ef68b947b90cf073f5e3df233d0b779b772a989b90d99958e1374a58bfeb730"
            "9a5f04141dede47d737daa4b70c304463b69fa774b96dc3c76d8bbdc36957a22"
            "276208f25177b33d55739bbba7d7d131b3c2622e87703c2d9cbb4893da49934b",
        ),
        (
            ANOTHER,
            "d7022f7c92ace91fca8bdefe834b96deceb8d272aa0fdfc185113c84b7be2c03"
            "46d6d60c1250670f435da32452ef1c378f7388e64b284f4a02db7a38c7a8f9aa"
            "887f3323598ca3fb812c77b694adf33c52e4545473a9fe697775ea66e9fffaf6",
        ),
    ],
)
def test_secrets_of_a_payload_are_those_of_the_reference(payload: bytes, secrets: str) -> None:
    assert b"".join(oracle_presence.entry_secrets(payload)).hex() == secrets, REFERENCE
