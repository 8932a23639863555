"""The vectors of RFC 9474, appendix A: one key, four variants."""

import json
from dataclasses import dataclass
from pathlib import Path

_CONTENT = json.loads(
    (Path(__file__).parent / "published_blind_rsa.json").read_text(encoding="utf-8")
)

P, Q, MODULUS, PRIVATE = (int(_CONTENT["key"][name], 16) for name in ("p", "q", "n", "d"))
MODULUS_BYTES = bytes.fromhex(_CONTENT["key"]["n"])


@dataclass(frozen=True, slots=True)
class Variant:
    """What the RFC prints of a variant; `factor` is computed from its `inv`."""

    name: str
    message: bytes
    prefix: bytes
    prepared: bytes
    salt: bytes
    encoded: bytes
    inverse: bytes
    factor: int
    blinded: bytes
    blind_signature: bytes
    signature: bytes

    def __str__(self) -> str:
        return self.name


def _variant(name: str, values: dict[str, str]) -> Variant:
    octets = {field: bytes.fromhex(value) for field, value in values.items()}
    return Variant(
        name=name,
        message=octets["msg"],
        prefix=octets["msg_prefix"],
        prepared=octets["prepared_msg"],
        salt=octets["salt"],
        encoded=octets["encoded_msg"],
        inverse=octets["inv"],
        factor=pow(int.from_bytes(octets["inv"], "big"), -1, MODULUS),
        blinded=octets["blinded_msg"],
        blind_signature=octets["blind_sig"],
        signature=octets["sig"],
    )


VARIANTS = [_variant(name, values) for name, values in sorted(_CONTENT["variants"].items())]
SALTED = [variant for variant in VARIANTS if variant.salt]
"""Those of the library's padding, with 48 bytes of salt: with and without a random prefix."""
