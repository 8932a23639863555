"""Write a key file, the same bytes each time."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from dp3t.errors import MalformedError
from dp3t.primitives import P256PrivateKey
from dp3t.proximity.export.container import write_container
from dp3t.proximity.export.content import ExportedKey, KeyExport, SignatureInfo
from dp3t.proximity.export.messages import Signature, encode_export, encode_signatures
from dp3t.proximity.export.reader import HEADER
from dp3t.timeline import Instant


class Signer(NamedTuple):
    """A signing key and the name that readers know its public half by."""

    private_key: P256PrivateKey
    key_id: str
    key_version: str


def write_export(
    keys: Iterable[ExportedKey],
    *,
    start: Instant,
    end: Instant,
    region: str,
    signers: Sequence[Signer],
    batch_number: int = 1,
    batch_size: int = 1,
    revised_keys: Iterable[ExportedKey] = (),
) -> bytes:
    """Return the bytes of a GAEN key file [EXPORT-24].

    Args:
        keys: in any order; the file does not show it [EXPORT-26].
        start: first moment of the window in which the keys arrived.
        end: last moment of that window.
        region: up to 64 printable ASCII characters.
        signers: 1 to 10, with different names.
        batch_number: 1 to batch_size.
        batch_size: how many files the window has.
        revised_keys: keys published before that now say something else, in any order.

    Raises:
        MalformedError: a value that a reader would refuse, or a key twice in a list [EXPORT-29].
        LimitError: more than fits into one file.
    """
    export = KeyExport(
        start=start,
        end=end,
        region=region,
        batch_number=batch_number,
        batch_size=batch_size,
        signature_infos=tuple(
            SignatureInfo(key_id=signer.key_id, key_version=signer.key_version)
            for signer in map(Signer._make, signers)
        ),
        keys=_ordered(keys),
        revised_keys=_ordered(revised_keys),
    )
    export_bin = HEADER + encode_export(export)
    signatures = [
        Signature(info, batch_number, batch_size, signer[0].sign(export_bin))
        for info, signer in zip(export.signature_infos, signers, strict=True)
    ]
    return write_container(export_bin=export_bin, export_sig=encode_signatures(signatures))


def _ordered(keys: Iterable[ExportedKey]) -> tuple[ExportedKey, ...]:
    ordered = tuple(sorted(keys, key=lambda exported: exported.key.key))
    if len({exported.key.key for exported in ordered}) < len(ordered):
        raise MalformedError("a key stands twice in a list of keys")
    return ordered
