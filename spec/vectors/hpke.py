"""Cases of the HPKE chapter: what is opened, and what is refused."""

from collections.abc import Iterator

from spec.vectors.builders.hpke import public_of, sealed

Case = dict[str, object]

_PRIVATE = bytes(range(1, 33))
_OTHER = bytes(range(2, 34))
_EPHEMERAL = bytes(range(33, 65))
_CONTEXT = b"dp3t example 1\0bound to this"
_CONTENT = "Sốt, ho từ hôm qua.".encode()


def build() -> dict[str, object]:
    """Return the vector file."""
    return {
        "spec": ["HPKE-1"],
        "source": "ours; re-derived by tests/oracle_hpke.py, which the vectors of RFC 9180 hold",
        "cases": [*_sealings(), *_refusals()],
    }


def _sealings() -> Iterator[Case]:
    for name, context, content in (
        ("content", _CONTEXT, _CONTENT),
        ("empty-content", _CONTEXT, b""),
        ("empty-context", b"", _CONTENT),
        ("whole-blocks", _CONTEXT, bytes(64)),
        ("context-longer-than-a-block-of-the-hash", _CONTEXT + bytes(100), _CONTENT),
    ):
        made = sealed(_EPHEMERAL, public_of(_PRIVATE), context, content)
        yield {
            "id": name,
            "operation": "seal",
            "private": _PRIVATE.hex(),
            "public": public_of(_PRIVATE).hex(),
            "ephemeral": _EPHEMERAL.hex(),
            "context": context.hex(),
            "content": content.hex(),
            "shared_secret": made.shared_secret.hex(),
            "key": made.key.hex(),
            "base_nonce": made.base_nonce.hex(),
            "sealed": made.sealed.hex(),
            "result": "valid",
        }


def _refusals() -> Iterator[Case]:
    good = sealed(_EPHEMERAL, public_of(_PRIVATE), _CONTEXT, _CONTENT).sealed
    other_context = _CONTEXT.replace(b"1", b"2")
    for name, private, context, data in (
        ("another-key", _OTHER, _CONTEXT, good),
        ("another-context", _PRIVATE, other_context, good),
        ("context-cut", _PRIVATE, _CONTEXT[:-1], good),
        ("enc-altered", _PRIVATE, _CONTEXT, bytes([good[0] ^ 1]) + good[1:]),
        ("ciphertext-altered", _PRIVATE, _CONTEXT, good[:32] + bytes([good[32] ^ 1]) + good[33:]),
        ("tag-altered", _PRIVATE, _CONTEXT, good[:-1] + bytes([good[-1] ^ 128])),
        ("cut", _PRIVATE, _CONTEXT, good[:-1]),
        ("longer", _PRIVATE, _CONTEXT, good + b"\0"),
        ("empty", _PRIVATE, _CONTEXT, b""),
        ("enc-only", _PRIVATE, _CONTEXT, good[:32]),
        ("one-byte-too-short", _PRIVATE, _CONTEXT, good[:47]),
        ("enc-of-zeros", _PRIVATE, _CONTEXT, bytes(32) + good[32:]),
        ("enc-of-small-order", _PRIVATE, _CONTEXT, b"\1" + bytes(31) + good[32:]),
    ):
        yield {
            "id": name,
            "spec": ["HPKE-3"],
            "flags": ["sealed"],
            "operation": "open",
            "private": private.hex(),
            "context": context.hex(),
            "sealed": data.hex(),
            "result": "unauthentic",
        }
