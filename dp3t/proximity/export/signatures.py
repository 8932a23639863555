"""Which signatures of a key file count, and when a file is trusted."""

from collections.abc import Mapping, Sequence

from dp3t.errors import UnknownKeyError, VerificationError
from dp3t.primitives import P256PublicKey
from dp3t.proximity.export.content import ECDSA_P256_SHA256, SignatureInfo
from dp3t.proximity.export.messages import Signature

TrustedExportKeys = Mapping[str, P256PublicKey] | Sequence[P256PublicKey]
"""Keys the caller vouches for, by name ("310-v1") or without names."""


def require_trusted(
    export_bin: bytes,
    signatures: Sequence[Signature],
    *,
    keys: TrustedExportKeys,
    threshold: int,
) -> tuple[SignatureInfo, ...]:
    """Return the signatures that trusted keys verify, in the order of the file.

    Raises:
        UnknownKeyError: every signature names a key that is not trusted.
        VerificationError: fewer different trusted keys than `threshold` verify a signature
            [EXPORT-20], or one that names a trusted key does not verify under it [EXPORT-22].
        ValueError: the threshold is not between 1 and the number of trusted keys.
    """
    if not 1 <= threshold <= len(keys):
        raise ValueError("a threshold lies between 1 and the number of trusted keys")
    verified, signers, unknown = list[SignatureInfo](), set[bytes](), 0
    for signature in signatures:
        candidates = _candidates(signature.info, keys)
        signer = _signer(export_bin, signature, candidates)
        if signer is not None:
            verified.append(signature.info)
            signers.add(signer.to_bytes())
        elif not candidates:
            unknown += 1
        elif _named(signature.info, keys):
            raise VerificationError(
                f"the signature named {signature.info.name} does not verify under the key "
                "trusted by that name"
            )
    if unknown == len(signatures):
        names = ", ".join(signature.info.name for signature in signatures)
        raise UnknownKeyError(f"no trusted key has the name of a signature: {names}")
    if not signers:
        raise VerificationError("no signature of the key file verifies under a trusted key")
    if len(signers) < threshold:
        raise VerificationError(
            f"{len(signers)} of at least {threshold} trusted keys have signed the key file"
        )
    return tuple(verified)


def _named(info: SignatureInfo, keys: TrustedExportKeys) -> bool:
    return isinstance(keys, Mapping) and bool(info.key_id)


def _candidates(info: SignatureInfo, keys: TrustedExportKeys) -> list[P256PublicKey]:
    """Return the trusted keys under which a signature may count [EXPORT-21]."""
    if not isinstance(keys, Mapping):
        return list(keys)
    if _named(info, keys):
        return [keys[info.name]] if info.name in keys else []
    return list(keys.values())


def _signer(
    export_bin: bytes, signature: Signature, candidates: Sequence[P256PublicKey]
) -> P256PublicKey | None:
    if signature.info.algorithm != ECDSA_P256_SHA256:
        return None
    for key in candidates:
        try:
            key.verify(export_bin, signature.signature)
        except VerificationError:
            continue
        return key
    return None
