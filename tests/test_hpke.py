"""spec/hpke.md: sealing to a public key and to a context."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import oracle_hpke
from dp3t.errors import VerificationError
from dp3t.primitives import (
    HPKE_OVERHEAD_BYTES,
    X25519PrivateKey,
    hpke_open,
    hpke_seal_with_os_randomness,
)
from oracle_seal import OracleError
from vectors import Case, vector_cases

PRIVATE = X25519PrivateKey(bytes(range(1, 33)))
CONTEXT = b"dp3t example 1\0"

INFO = bytes.fromhex("4f6465206f6e2061204772656369616e2055726e")
PLAINTEXT = bytes.fromhex("4265617574792069732074727574682c20747275746820626561757479")
SOURCE = "draft-irtf-cfrg-hpke 5f503c5, test-vectors.json, the file of RFC 9180 (appendix A)"
PUBLISHED = {
    "X25519, SHA-256, AES-128-GCM (RFC 9180, A.1.1)": {
        "aead": 1,
        "skRm": "4612c550263fc8ad58375df3f557aac531d26850903e55a9f23f21d8534e8ac8",
        "skEm": "52c4a758a802cd8b936eceea314432798d5baf2d7e9235dc084ab1b9cfa2f736",
        "pkRm": "3948cfe0ad1ddb695d780e59077195da6c56506b027329794ab02bca80815c4d",
        "enc": "37fda3567bdbd628e88668c3c8d7e97d1d1253b6d4ea6d44c150f741f1bf4431",
        "shared_secret": "fe0e18c9f024ce43799ae393c7e8fe8fce9d218875e8227b0187c04e7d2ea1fc",
        "key_schedule_context": "00725611c9d98c07c03f60095cd32d400d8347d45ed67097bbad50fc56da742d07"
        "cb6cffde367bb0565ba28bb02c90744a20f5ef37f30523526106f637abb05449",
        "secret": "12fff91991e93b48de37e7daddb52981084bd8aa64289c3788471d9a9712f397",
        "key": "4531685d41d65f03dc48f6b8302c05b0",
        "base_nonce": "56d890e5accaaf011cff4b7d",
        "ct": "f938558b5d72f1a23810b4be2ab4f84331acc02fc97babc53a52ae8218a355a96d8770ac83d07bea"
        "87e13c512a",
    },
    "X25519, SHA-256, AES-256-GCM": {
        "aead": 2,
        "skRm": "497b4502664cfea5d5af0b39934dac72242a74f8480451e1aee7d6a53320333d",
        "skEm": "179d4b53b6365c45b600c4163b61d95cbc2f4d9e36f1695558dce265ab8bab11",
        "pkRm": "430f4b9859665145a6b1ba274024487bd66f03a2dd577d7753c68d7d7d00c00c",
        "enc": "6c93e09869df3402d7bf231bf540fadd35cd56be14f97178f0954db94b7fc256",
        "shared_secret": "3101c54c3a4f87439eaac080699ed9bbcc726ffe44e860c0424ccb7e3e2ead7b",
        "key_schedule_context": "004ce5472ecdd5093ba0aecb8f871ff13f1fbc90ee76f0e18ace1a1b7e565bafa3"
        "06f6ef962c9ee7cea40407b5d60f0f26990472faae3ac44c78366f1cac1ecde1",
        "secret": "2058ac9b02c1f52c1aaf08bedbec9198219751a94ef67b7d5f0c8b6e2b54ebfb",
        "key": "f50b0609186798729ed0564b36ef2ef8044f1f9d05636874d1f46c819c7a669f",
        "base_nonce": "151d9929e2449747889bc923",
        "ct": "e5d84cd531cfb583096e7cfa9641bd3079cf3a91cda813c52deb5f512be9931980a41de125a925cd"
        "ad859d5b7a",
    },
}


class TestSecondWitness:
    """It agrees with what was published before it is asked about us."""

    @pytest.mark.parametrize("name", PUBLISHED)
    def test_it_derives_and_seals_as_published(self, name: str) -> None:
        known = PUBLISHED[name]
        aead = known["aead"]
        assert isinstance(aead, int)
        octets = {key: bytes.fromhex(str(value)) for key, value in known.items() if key != "aead"}
        sender = oracle_hpke.sending(octets["skEm"], octets["pkRm"], INFO, aead=aead)
        recipient = oracle_hpke.receiving(octets["skRm"], octets["enc"], INFO, aead=aead)
        assert sender == recipient, SOURCE
        for field in ("shared_secret", "key_schedule_context", "secret", "key", "base_nonce"):
            assert getattr(sender, field) == octets[field], (SOURCE, field)
        sealed = oracle_hpke.gcm_seal(sender.key, sender.base_nonce, PLAINTEXT, b"Count-0")
        assert sealed == octets["ct"], SOURCE
        opened = oracle_hpke.gcm_open(sender.key, sender.base_nonce, sealed, b"Count-0")
        assert opened == PLAINTEXT

    def test_galois_counter_mode_is_that_of_its_authors(self) -> None:
        """Cases 13 and 14 of "The Galois/Counter Mode of Operation", McGrew and Viega, 2005."""
        key, nonce = bytes(32), bytes(12)
        assert oracle_hpke.gcm_seal(key, nonce, b"").hex() == "530f8afbc74536b9a963b4f1c4cb738b"
        assert oracle_hpke.gcm_seal(key, nonce, bytes(16)).hex() == (
            "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919"
        )


class TestCases:
    """Case by case, by the library and by the second witness."""

    @pytest.mark.parametrize("case", vector_cases("hpke", operation="seal"))
    def test_the_library_opens_what_the_second_witness_seals(self, case: Case) -> None:
        given = {key: bytes.fromhex(case[key]) for key in case if key not in _TEXTS}
        private, context = given["private"], given["context"]
        made = oracle_hpke.seal(given["ephemeral"], given["public"], context, given["content"])
        used = oracle_hpke.sending(given["ephemeral"], given["public"], context)
        assert made == given["sealed"]
        assert (used.shared_secret, used.key, used.base_nonce) == (
            given["shared_secret"],
            given["key"],
            given["base_nonce"],
        )
        assert X25519PrivateKey(private).public().to_bytes() == given["public"]
        opened = hpke_open(X25519PrivateKey(private), made, context=context)
        assert opened == given["content"]

    @pytest.mark.parametrize("case", vector_cases("hpke", operation="open"))
    def test_both_refuse(self, case: Case) -> None:
        private, context, sealed = (
            bytes.fromhex(case[key]) for key in ("private", "context", "sealed")
        )
        with pytest.raises(VerificationError, match="wrong key, wrong context or altered bytes"):
            hpke_open(X25519PrivateKey(private), sealed, context=context)
        with pytest.raises(OracleError):
            oracle_hpke.unseal(private, sealed, context)


_TEXTS = {"id", "operation", "result", "spec", "flags"}


@pytest.mark.spec("HPKE-1")
def test_the_second_witness_opens_what_the_library_seals() -> None:
    sealed = hpke_seal_with_os_randomness(PRIVATE.public(), b"content", context=CONTEXT)
    assert len(sealed) == len(b"content") + HPKE_OVERHEAD_BYTES
    assert oracle_hpke.unseal(PRIVATE.to_bytes(), sealed, CONTEXT) == b"content"


@pytest.mark.spec("HPKE-4")
def test_two_sealings_of_one_content_share_nothing() -> None:
    one, other = (
        hpke_seal_with_os_randomness(PRIVATE.public(), bytes(64), context=CONTEXT) for _ in range(2)
    )
    assert one[:32] != other[:32]
    assert one[32:] != other[32:]


@pytest.mark.spec("HPKE-3")
@settings(max_examples=50, deadline=None)
@given(st.binary(max_size=200), st.binary(max_size=40))
def test_any_bytes_are_refused_alike(data: bytes, context: bytes) -> None:
    with pytest.raises(VerificationError) as refused:
        hpke_open(PRIVATE, data, context=context)
    assert str(refused.value) == (
        "what was sealed does not open: wrong key, wrong context or altered bytes"
    )
