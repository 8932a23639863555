"""The second witness agrees with the world before it is asked about us."""

import ast
import io
import json
import sys
import zipfile
from base64 import b64decode
from collections.abc import Callable
from pathlib import Path

import pytest

import oracle
import oracle_crypto
import oracle_dummy
import oracle_entry
import oracle_entry_receipt
import oracle_scoring
import oracle_seal
import oracle_sharing
import oracle_slip
import oracle_stream
import published
from oracle_scoring import Case
from published import Known
from shared_data import shared

TESTS = Path(__file__).resolve().parents[1]

LOWCOST_SOURCE = "DP-3T reference_implementation fa2aafc, utils/testvectors_lowcost.py"
SCORING_SOURCE = "exposure-notifications-internals aaada6c, KeyExposureEvaluator.java, run"
GAEN_SOURCE = "exposure-notifications-internals aaada6c, TestVectors.java (v1.2)"


@pytest.mark.parametrize("known", published.AES_BLOCK, ids=str)
def test_aes_block(known: Known) -> None:
    assert oracle_crypto.aes_encrypt_block(*known.inputs) == known.output


@pytest.mark.parametrize("known", published.AES_CTR, ids=str)
def test_aes_ctr_across_blocks(known: Known) -> None:
    assert oracle_crypto.aes_ctr(*known.inputs) == known.output
    assert oracle_crypto.aes_ctr(known.inputs[0], known.inputs[1], known.output) == known.inputs[2]


@pytest.mark.parametrize("known", published.HMAC_SHA256, ids=str)
def test_hmac(known: Known) -> None:
    assert oracle_crypto.hmac_sha256(*known.inputs) == known.output


def test_hkdf_with_and_without_salt() -> None:
    key, info, salt = published.HKDF_SHA256_SALTED.inputs
    derived = oracle_crypto.hkdf_sha256(key, info, 42, salt=salt)
    assert derived == published.HKDF_SHA256_SALTED.output
    key, info = published.HKDF_SHA256.inputs
    assert oracle_crypto.hkdf_sha256(key, info, 42) == published.HKDF_SHA256.output


def test_pbkdf2() -> None:
    for known, rounds in ((published.PBKDF2_SHA256, 1), (published.PBKDF2_SHA256_80000, 80_000)):
        password, salt = known.inputs
        derived = oracle_entry_receipt.pbkdf2_sha256(password, salt, rounds, 64)
        assert derived == known.output, known


@pytest.mark.parametrize("known", published.ED25519, ids=str)
def test_ed25519_signs_and_verifies(known: Known) -> None:
    seed, public, message = known.inputs
    assert oracle_crypto.ed25519_sign(seed, message) == (public, known.output)
    assert oracle_crypto.ed25519_verifies(public, message, known.output)
    assert not oracle_crypto.ed25519_verifies(public, message + b"x", known.output)


@pytest.mark.parametrize("known", published.X25519, ids=str)
def test_x25519(known: Known) -> None:
    assert oracle_seal.x25519(*known.inputs) == known.output


def test_x25519_iterated() -> None:
    (point,) = published.X25519_ITERATED.inputs
    scalar = point
    for _ in range(1000):
        scalar, point = oracle_seal.x25519(scalar, point), scalar
    assert scalar == published.X25519_ITERATED.output


def test_nacl_box() -> None:
    private, public, nonce, message = published.NACL_BOX.inputs
    key = oracle_seal.box_key(private, public)
    assert key == published.NACL_BOX_KEY.output
    assert oracle_seal.secretbox(key, nonce, message) == published.NACL_BOX.output
    assert oracle_seal.secretbox_open(key, nonce, published.NACL_BOX.output) == message
    with pytest.raises(oracle_seal.OracleError):
        oracle_seal.secretbox_open(key, nonce, published.NACL_BOX.output[:-1])


@pytest.mark.parametrize("known", published.P256_SIGNATURES, ids=str)
def test_p256_signs_and_verifies(known: Known) -> None:
    (message,) = known.inputs
    assert oracle_crypto.p256_public(published.P256_PRIVATE) == published.P256_PUBLIC
    assert oracle_crypto.p256_sign(published.P256_PRIVATE, message) == known.output
    assert oracle_crypto.p256_verifies(published.P256_PUBLIC, message, known.output)
    assert not oracle_crypto.p256_verifies(published.P256_PUBLIC, message + b"x", known.output)
    assert not oracle_crypto.p256_verifies(published.P256_PUBLIC, message, known.output[:-1])


def test_p256_nonce_is_the_printed_one() -> None:
    nonce = oracle_crypto.p256_nonce(published.P256_PRIVATE, b"sample")
    assert nonce == published.P256_NONCE_SAMPLE


@pytest.mark.parametrize(
    ("day_key", "identifiers"),
    [
        (
            bytes(32),
            {
                0: "eb0958c011492732c59e3ed2a5eef01d",
                1: "0a61d3d58d430c4d3d9ef809598f55b2",
                2: "0520fb9af787c6c534e86ec5f9639900",
                95: "c2ff48f3a5ee557ee6a05b837eeae882",
            },
        ),
        (
            bytes.fromhex("66687aadf862bd776c8fc18b8e9f8e20089714856ee233b3902a591d0d5f2925"),
            {
                0: "04cab76af57ca373de1d52689fae06c1",
                1: "ab7747084efb743a6aa1b19bab2f0ca3",
                2: "f417c16279d7f718465f958e17466550",
                95: "ef29522dfc8a12a302777bc669793fba",
            },
        ),
    ],
    ids=["SK_0", "SK_1"],
)
def test_lowcost_identifiers_are_upstreams(day_key: bytes, identifiers: dict[int, str]) -> None:
    derived = oracle.lowcost_identifiers(day_key, 96)
    assert {index: derived[index].hex() for index in identifiers} == identifiers, LOWCOST_SOURCE


def test_lowcost_chain_is_upstreams() -> None:
    second = "66687aadf862bd776c8fc18b8e9f8e20089714856ee233b3902a591d0d5f2925"
    assert oracle.lowcost_next_key(bytes(32)).hex() == second, LOWCOST_SOURCE


def test_gaen_derivations_are_googles() -> None:
    tek, first = bytes.fromhex("75c734c6dd1a782de7a965da5eb93125"), 2642976
    metadata = bytes.fromhex("40080000")
    assert oracle.gaen_rpik(tek).hex() == "185ad91db69ec7dd048960f1f3ba6175", GAEN_SOURCE
    assert oracle.gaen_aemk(tek).hex() == "d57c46af7a1d83965b9bed8bd152936a", GAEN_SOURCE
    assert oracle.gaen_rpi(tek, first).hex() == "8be6cd371c5c891604bfbe49df845096", GAEN_SOURCE
    assert oracle.gaen_rpi(tek, first + 1).hex() == "3c9a1de5dd6b02afa7fded7b570b3e56"
    assert oracle.gaen_rpi(tek, first + 143).hex() == "f431b62ecf443102ce4ed0407de54bd4"
    assert oracle.gaen_aem(tek, first, metadata).hex() == "72033874", GAEN_SOURCE
    assert oracle.gaen_aem(tek, first + 1, metadata).hex() == "c29211b1", GAEN_SOURCE


@pytest.mark.parametrize(
    ("text", "digits", "source"),
    [
        ("794", "44", "ISO/IEC 7064, example for MOD 97-10"),
        ("5493001KJTIIGC8Y1R", "12", "a Legal Entity Identifier, ISO 17442"),
        ("WEST12345698765432GB", "82", "the example IBAN of ISO 13616"),
    ],
)
def test_check_digits(text: str, digits: str, source: str) -> None:
    assert oracle.mod_97_10(text) == digits, source


@pytest.mark.parametrize(
    ("one", "other", "product", "section"),
    [(0x57, 0x83, 0xC1, "4.2"), (0x57, 0x10, 0x07, "4.2.1"), (0x57, 0x13, 0xFE, "4.2.1")],
)
def test_products_are_those_of_fips_197(one: int, other: int, product: int, section: str) -> None:
    assert oracle_sharing.multiply(one, other) == product, f"FIPS 197 (2001), {section}"


def test_messagepack_is_that_of_its_home_page() -> None:
    encoded = oracle.msgpack_encode({"schema": 0, "compact": True})
    assert encoded == b"\x82\xa7compact\xc3\xa6schema\x00"


def test_protocol_buffers_are_those_of_their_encoding_guide() -> None:
    assert oracle.protobuf([(1, 150)]).hex() == "089601"
    assert oracle.protobuf([(2, b"testing")]) == b"\x12\x07testing"
    assert [oracle.zigzag(n) for n in (0, -1, 1, -2, 2147483647, -2147483648)] == [
        0, 1, 2, 3, 4294967294, 4294967295,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("tail", "critical", "source"),
    [
        (oracle_dummy.kolmogorov_tail, {1.2238: 0.10, 1.3581: 0.05, 1.6276: 0.01}, "Smirnov 1948"),
        (oracle_dummy.kuiper_tail, {1.620: 0.10, 1.747: 0.05, 2.001: 0.01}, "Stephens 1970"),
        (lambda x: oracle_dummy.wilson_hilferty(x, 10), {15.987: 0.10, 23.209: 0.01}, "any table"),
        (lambda x: oracle_dummy.wilson_hilferty(x, 30), {40.256: 0.10, 50.892: 0.01}, "any table"),
    ],
    ids=["Kolmogorov", "Kuiper", "chi-square-10", "chi-square-30"],
)
def test_tails_are_those_of_printed_tables(
    tail: Callable[[float], float], critical: dict[float, float], source: str
) -> None:
    for value, probability in critical.items():
        assert tail(value) == pytest.approx(probability, rel=0.02), source


def test_zip_is_what_python_writes_and_reads() -> None:
    entries = [("export.bin", b"some bytes"), ("export.sig", b"")]
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_STORED) as archive:
        for name, data in entries:
            info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            info.create_system = 0
            info.external_attr = 0o600 << 16
            archive.writestr(info, data)
    assert oracle.zip_stored(entries, attributes=0o600 << 16) == written.getvalue()


def v1_case(*sightings: tuple[int, int], interval: int = 300, interpolation: bool = False) -> Case:
    tables = ("attenuation", "days", "duration", "transmission")
    return {
        "config": {
            **{name: [*range(1, 9)] for name in tables},
            "minimum_risk_score": 1,
            "thresholds": [50, 74],
        },
        "interpolation": interpolation,
        "max_interpolation_s": 600,
        "min_exposure_bucketized_s": 1,
        "now_minus_key_day_days": 0,
        "scan_interval_s": interval,
        "sightings_t_rssi_tx": [[at, -db, 0] for at, db in sightings],
        "transmission_risk_level": 1,
    }


@pytest.mark.parametrize(
    ("case", "attenuation", "seconds", "times"),
    [
        (v1_case((0, 1), (10, 4), (50, 5), interval=6), 3, 300, [56, 0, 0]),
        (v1_case((0, 50), (150, 50)), 50, 300, [0, 450, 0]),
        (v1_case((0, 50), (151, 50)), 50, 600, [0, 451, 0]),
        (v1_case((0, 50), (450, 50)), 50, 600, [0, 750, 0]),
        (v1_case((0, 50), (451, 50)), 50, 900, [0, 751, 0]),
        (v1_case((0, 40), (300, 60), (600, 80)), 53, 900, [450, 300, 150]),
        (v1_case((0, 40), (300, 60), (600, 80), interpolation=True), 53, 900, [300, 360, 240]),
    ],
)
def test_scoring_agrees_with_googles_classes(
    case: Case, attenuation: int, seconds: int, times: list[int]
) -> None:
    result = oracle_scoring.v1(case)
    assert result is not None
    (exposure,) = result["exposures"]
    assert exposure["attenuation"] == attenuation, SCORING_SOURCE
    assert exposure["duration_s"] == seconds, SCORING_SOURCE
    assert exposure["attenuation_durations"] == times, SCORING_SOURCE


def test_scoring_agrees_with_googles_classes_on_all_cases_they_were_run_on() -> None:
    file = json.loads(shared("vectors/gaen_risk_scoring.json").read_bytes())
    for case in file["v1"]:
        assert oracle_scoring.v1(case) == case["result"], case["name"]
    for case in file["v2_windows"]:
        assert oracle_scoring.v2_windows(case) == case["windows"], case["name"]
    for case in file["v2_daily_summaries"]:
        found = oracle_scoring.v2_daily_summaries(case, 18_410)
        assert found == case["summaries"], case["name"]


def test_scoring_agrees_with_the_exposure_score_of_dp3t() -> None:
    """The most of a day is 30 + 15 minutes; half an hour in between is enough to warn."""
    rule = {
        "thresholds_db": [50, 55],
        "bucket_weights": [1.0, 0.5, 0.0],
        "cap_minutes": 30,
        "scan_interval_seconds": 300,
        "max_gap_seconds": 600,
    }
    hour = range(0, 3600, 300)
    near, between, far = ([(at, db) for at in hour] for db in (40, 52, 60))
    assert oracle_scoring.exposure_score([near, between, far], rule)["score"] == 45
    assert oracle_scoring.exposure_score([between], rule)["score"] == 15
    assert oracle_scoring.exposure_score([far], rule)["score"] == 0


def test_messages_are_those_of_the_encoding_guide_of_protocol_buffers() -> None:
    number, text = (1, 150), (2, b"testing")
    assert oracle_entry.message(number) == bytes.fromhex("089601")
    assert oracle_entry.message(text) == bytes.fromhex("120774657374696e67")
    assert oracle_entry.message((3, oracle_entry.message(number))) == bytes.fromhex("1a03089601")
    assert oracle_entry.fields(bytes.fromhex("089601120774657374696e67")) == [number, text]


def test_the_name_of_a_place_is_corona_warn_apps() -> None:
    for case in json.loads(shared("vectors/cwa_presence.json").read_bytes())["locationId"]:
        payload, name = (b64decode(case[key]) for key in ("payload_b64", "id_b64"))
        assert oracle_entry.location_id(payload) == name
        head, *_ = oracle_entry.fields(payload)
        assert head == (1, 1)


@pytest.mark.parametrize(
    ("data", "text"), [(b"", ""), (b"f", "MY"), (b"foob", "MZXW6YQ"), (b"foobar", "MZXW6YTBOI")]
)
def test_base32_is_that_of_rfc_4648_without_padding(data: bytes, text: str) -> None:
    assert oracle_slip.base32(data) == text


def test_streams_mix_as_splitmix64_does() -> None:
    """Its outputs for the seed 1234567, as its authors' C program prints them (Vigna, 2015)."""
    assert [oracle_stream.absorb(1234567, number) for number in range(5)] == [
        6457827717110365317,
        3203168211198807973,
        9817491932198370423,
        4593380528125082431,
        16408922859458223821,
    ]


def test_the_oracle_imports_only_the_standard_library() -> None:
    modules = sorted(TESTS.glob("oracle*.py"))
    assert [path.stem for path in modules] == [
        "oracle",
        "oracle_aead",
        "oracle_arrivals",
        "oracle_board",
        "oracle_commitment",
        "oracle_crypto",
        "oracle_cuckoo",
        "oracle_dummy",
        "oracle_entry",
        "oracle_entry_receipt",
        "oracle_facilities",
        "oracle_gate",
        "oracle_hpke",
        "oracle_key_files",
        "oracle_notification",
        "oracle_outbreak",
        "oracle_padding",
        "oracle_pairing",
        "oracle_presence",
        "oracle_pretrace",
        "oracle_receipt",
        "oracle_record",
        "oracle_scoring",
        "oracle_seal",
        "oracle_seed",
        "oracle_sharing",
        "oracle_slip",
        "oracle_statistics",
        "oracle_stream",
        "oracle_symptoms",
        "oracle_tokens",
        "oracle_trace",
        "oracle_transparency",
    ]
    for module in modules:
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            for name in names:
                root = name.partition(".")[0]
                ours = root in {path.stem for path in modules}
                assert root in sys.stdlib_module_names or ours, module.name
                assert root not in ("hmac", "secrets"), module.name
