"""Read a key file: container, signatures, then what was signed."""

from collections.abc import Sequence
from dataclasses import replace

from dp3t.errors import MalformedError
from dp3t.proximity.export.container import read_container
from dp3t.proximity.export.content import KeyExport, SignatureInfo, require_names
from dp3t.proximity.export.idle_bits import refuse_idle_bits
from dp3t.proximity.export.messages import Signature, decode_export, decode_signatures
from dp3t.proximity.export.signatures import TrustedExportKeys, require_trusted

HEADER = b"EK Export v1    "


def read_export(data: bytes, *, keys: TrustedExportKeys | None, threshold: int = 1) -> KeyExport:
    """Return what a GAEN key file says.

    The signatures are verified before the signed message is parsed [EXPORT-20]. The whole file is
    held in memory, up to a million keys.

    Args:
        data: the bytes of the zip file.
        keys: the keys to trust, by name or without names; None reads a file that nobody vouches
            for, and `verified` stays empty.
        threshold: how many different trusted keys have to have signed.

    Raises:
        LimitError: larger than EXPORT-1 allows.
        MalformedError: not a key file, or with a bit changed that no signature covers.
        VerificationError: not signed by enough trusted keys; UnknownKeyError if by none that the
            signatures name.
        ValueError: the threshold is not between 1 and the number of trusted keys.
    """
    members = read_container(data)
    export_bin = members["export.bin"].content
    if not export_bin.startswith(HEADER):
        raise MalformedError('export.bin does not begin with "EK Export v1"')
    signatures = decode_signatures(members["export.sig"].content)
    require_names(tuple(signature.info for signature in signatures))
    verified: tuple[SignatureInfo, ...] = ()
    if keys is not None:
        verified = require_trusted(export_bin, signatures, keys=keys, threshold=threshold)
    for member in members.values():
        if member.packed is not None:
            refuse_idle_bits(member.packed, member.content)
    export = decode_export(export_bin[len(HEADER) :])
    _require_agreement(export, signatures)
    return replace(export, verified=verified)


def _require_agreement(export: KeyExport, signatures: Sequence[Signature]) -> None:
    """Raise MalformedError unless the unsigned member says what the signed one does [EXPORT-18]."""
    if set(export.signature_infos) != {signature.info for signature in signatures}:
        raise MalformedError("export.sig and export.bin name different signatures")
    batch = (export.batch_number, export.batch_size)
    if any((each.batch_number, each.batch_size) != batch for each in signatures):
        raise MalformedError("export.sig and export.bin name different batches")
