"""Values other people printed, against which both witnesses are held.

Every row says where it stands. Bytes are hexadecimal; messages are as in the source.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Known:
    """Inputs and the output that the source prints for them."""

    source: str
    inputs: tuple[bytes, ...]
    output: bytes

    def __str__(self) -> str:
        return self.source


def _known(source: str, output: str, *inputs: str | bytes) -> Known:
    octets = tuple(i if isinstance(i, bytes) else bytes.fromhex(i) for i in inputs)
    return Known(source, octets, bytes.fromhex(output))


_COUNTED_16 = bytes(range(16))
_COUNTED_32 = bytes(range(32))
_BLOCK = "00112233445566778899aabbccddeeff"

AES_BLOCK = (
    _known("FIPS 197 C.1", "69c4e0d86a7b0430d8cdb78070b4c55a", _COUNTED_16, _BLOCK),
    _known("FIPS 197 C.3", "8ea2b7ca516745bfeafc49904b496089", _COUNTED_32, _BLOCK),
)
"""Key, block; AES-128 and AES-256."""

_COUNTER = "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff"
_PLAIN = "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51"
AES_CTR = (
    _known(
        "SP 800-38A F.5.1",
        "874d6191b620e3261bef6864990db6ce9806f66b7970fdff8617187bb9fffdff",
        "2b7e151628aed2a6abf7158809cf4f3c",
        _COUNTER,
        _PLAIN,
    ),
    _known(
        "SP 800-38A F.5.5",
        "601ec313775789a5b7a7f504bbf3d228f443e3ca4d62b59aca84e990cacaf5c5",
        "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4",
        _COUNTER,
        _PLAIN,
    ),
)
"""Key, initial counter block, data; AES-128 and AES-256."""

HMAC_SHA256 = (
    _known(
        "RFC 4231 case 1",
        "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
        b"\x0b" * 20,
        b"Hi There",
    ),
    _known(
        "RFC 4231 case 2",
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
        b"Jefe",
        b"what do ya want for nothing?",
    ),
    _known(
        "RFC 4231 case 6",
        "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
        b"\xaa" * 131,
        b"Test Using Larger Than Block-Size Key - Hash Key First",
    ),
)
"""Key, message."""

HKDF_SHA256_SALTED = _known(
    "RFC 5869 A.1",
    "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865",
    b"\x0b" * 22,
    "f0f1f2f3f4f5f6f7f8f9",
    "000102030405060708090a0b0c",
)
"""Key, info, salt."""

HKDF_SHA256 = _known(
    "RFC 5869 A.3",
    "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8",
    b"\x0b" * 22,
    b"",
)
"""Key, info; the salt is empty."""

PBKDF2_SHA256 = _known(
    "RFC 7914 11",
    "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc"
    "49ca9cccf179b645991664b39d77ef317c71b845b1e30bd509112041d3a19783",
    b"passwd",
    b"salt",
)
"""Password, salt; one round."""

PBKDF2_SHA256_80000 = _known(
    "RFC 7914 11",
    "4ddcd8f60b98be21830cee5ef22701f9641a4418d04c0414aeff08876b34ab56"
    "a1d425a1225833549adb841b51c9b3176a272bdebba1d078478f62b397f33c8d",
    b"Password",
    b"NaCl",
)
"""Password, salt; 80,000 rounds."""

ED25519 = (
    _known(
        "RFC 8032 7.1 test 1",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555"
        "fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        b"",
    ),
    _known(
        "RFC 8032 7.1 test 2",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da0"
        "85ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
    ),
)
"""Seed, public key, message; the output is the signature."""

P256_PRIVATE = 0xC9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721
P256_PUBLIC = bytes.fromhex(
    "0460fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6"
    "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299"
)
P256_SIGNATURES = (
    _known(
        "RFC 6979 A.2.5 sample",
        "3046"
        "022100efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716"
        "022100f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8",
        b"sample",
    ),
    _known(
        "RFC 6979 A.2.5 test",
        "3045"
        "022100f1abb023518351cd71d881567b1ea663ed3efcf6c5132b354f28d3b0b7d38367"
        "0220019f4113742a2b14bd25926b49c649155f267e60d3814b4c0cc84250e46f0083",
        b"test",
    ),
)
"""Message; the output is r and s as the RFC prints them, in DER. The key is P256_PRIVATE."""

P256_NONCE_SAMPLE = 0xA6E3C57DD01ABE90086538398355DD4C3B17AA873382B0F24D6129493D8AAD60
"""k for "sample", RFC 6979 A.2.5."""

XCHACHA20_POLY1305 = _known(
    "draft-irtf-cfrg-xchacha-03 A.3.1",
    "bd6d179d3e83d43b9576579493c0e939572a1700252bfaccbed2902c21396cbb"
    "731c7f1b0b4aa6440bf3a82f4eda7e39ae64c6708c54c216cb96b72e1213b452"
    "2f8c9ba40db5d945b11b69b982c1bb9e3f3fac2bc369488f76b2383565d3fff9"
    "21f9664c97637da9768812f615c68b13b52e"
    "c0875924c1c7987947deafd8780acf49",
    bytes(range(0x80, 0xA0)),
    bytes(range(0x40, 0x58)),
    "50515253c0c1c2c3c4c5c6c7",
    b"Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, "
    b"sunscreen would be it.",
)
"""Key, nonce, additional data, plaintext; the output is ciphertext and tag."""

_ALICE = "77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a"
_ALICE_PUBLIC = "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a"
_BOB = "5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb"
_BOB_PUBLIC = "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f"
_SHARED = "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742"
_NINE = (9).to_bytes(32, "little")

X25519 = (
    _known(
        "RFC 7748 5.2, first",
        "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552",
        "a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4",
        "e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c",
    ),
    _known(
        "RFC 7748 5.2, second, with the highest bit set",
        "95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957",
        "4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d",
        "e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493",
    ),
    _known("RFC 7748 6.1, Alice's public key", _ALICE_PUBLIC, _ALICE, _NINE),
    _known("RFC 7748 6.1, Bob's public key", _BOB_PUBLIC, _BOB, _NINE),
    _known("RFC 7748 6.1, the shared secret", _SHARED, _ALICE, _BOB_PUBLIC),
    _known("RFC 7748 6.1, the shared secret again", _SHARED, _BOB, _ALICE_PUBLIC),
)
"""Scalar, u-coordinate."""

X25519_ITERATED = _known(
    "RFC 7748 5.2, after 1,000 iterations",
    "684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51",
    _NINE,
)

NACL_BOX_KEY = _known(
    "Cryptography in NaCl, section 8, firstkey",
    "1b27556473e985d462cd51197a9a46c76009549eac6474f206c4ee0844f68389",
    _ALICE,
    _BOB_PUBLIC,
)
"""A private and a public key; what both sides of crypto_box derive."""

NACL_BOX = _known(
    "NaCl tests/box.c",
    "f3ffc7703f9400e52a7dfb4b3d3305d98e993b9f48681273c29650ba32fc76ce"
    "48332ea7164d96a4476fb8c531a1186ac0dfc17c98dce87b4da7f011ec48c972"
    "71d2c20f9b928fe2270d6fb863d51738b48eeee314a7cc8ab932164548e526ae"
    "90224368517acfeabd6bb3732bc0e9da99832b61ca01b6de56244a9e88d5f9b3"
    "7973f622a43d14a6599b1f654cb45a74e355a5",
    _ALICE,
    _BOB_PUBLIC,
    "69696ee955b62b73cd62bda875fc73d68219e0036b7a0b37",
    "be075fc53c81f2d5cf141316ebeb0c7b5228c52a4c62cbd44b66849b64244ffc"
    "e5ecbaaf33bd751a1ac728d45e6c61296cdc3c01233561f41db66cce314adb31"
    "0e3be8250c46f06dceea3a7fa1348057e2f6556ad6b1318a024a838f21af1fde"
    "048977eb48f59ffd4924ca1c60902e52f0a089bc76897040e082f93776384864"
    "5e0705",
)
"""Private key, public key, nonce, message; tag and ciphertext."""
