"""The second witness for entry declarations: documents of keys, envelopes and parts.

Written from `spec/arrivals`. HPKE is that of `oracle_hpke`, signatures are those of `oracle`.
"""

import json
from collections.abc import Mapping
from typing import Any

import oracle_hpke
from oracle import signed_file
from oracle_crypto import sha256

CONTENT_BYTES = {"border": 16_384, "province": 8_192}


def text(value: object) -> bytes:
    """Return canonical JSON."""
    written = json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return written.encode()


def keys_document(seed: bytes, said: Mapping[str, object]) -> bytes:
    """Return a signed document of keys."""
    return signed_file(seed, "dp3t arrivals keys 1", text(said))


def header(said: Mapping[str, Any]) -> bytes:
    """Return the 81 bytes."""
    numbers = (said["keys_number"], said["expiry_day"], said["entry_day"])
    fields = [number.to_bytes(4, "big") for number in numbers]
    fields += [said["arrival_point"].encode(), sha256(bytes.fromhex(said["withdrawal_secret"]))]
    return b"\1" + b"".join(fields) + bytes.fromhex(said["binding"])


def context(head: bytes, role: str) -> bytes:
    """Return to what a part is bound."""
    return b"dp3t declaration 1\0" + role.encode() + b"\0" + head


def filled(content: bytes, role: str) -> bytes:
    """Return a content, filled up."""
    return (content + b"\x80").ljust(CONTENT_BYTES[role], b"\0")


def part(ephemeral: bytes, public: bytes, head: bytes, role: str, content: bytes) -> bytes:
    """Return a sealed part."""
    return oracle_hpke.seal(ephemeral, public, context(head, role), filled(content, role))


def split(envelope: bytes) -> dict[str, bytes]:
    """Return what an envelope consists of."""
    behind = 81 + 16_432
    return {
        "header": envelope[:81],
        "border": envelope[81:behind],
        "province": envelope[behind:],
    }


def opened(private: bytes, envelope: bytes, role: str) -> Any:
    """Return what a part says, or raise OracleError."""
    parts = split(envelope)
    padded = oracle_hpke.unseal(private, parts[role], context(parts["header"], role))
    return json.loads(padded.rstrip(b"\0").removesuffix(b"\x80"))
