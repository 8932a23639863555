"""GAEN key files of a release, as a pure function: from a published batch to signed zip files.

Whoever calls it with the same arguments gets the same bytes, as with the batch [KEY-FILES-6].
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from dp3t import Batch, Instant
from dp3t.primitives import sha256
from dp3t.proximity import ExportSigner, exports_of_batch
from dp3t.publication import HEADER_BYTES

GAEN = "gaen"
"""The design whose keys phones with exposure notification know."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyFile:
    """A key file.

    Attributes:
        name: region, release, and which file of the release it is, five digits; with hyphens.
        release: when it is published.
        digest: SHA-256 of the file.
        data: the file.
    """

    name: str
    release: Instant
    digest: bytes
    data: bytes = field(repr=False)

    @classmethod
    def of(cls, data: bytes, *, name: str, release: Instant) -> "KeyFile":
        """Return a key file with its digest."""
        return cls(name=name, release=release, digest=sha256(data), data=data)


def key_files(
    signed: bytes, *, signers: Sequence[ExportSigner], revised: Collection[bytes] = frozenset()
) -> list[KeyFile]:
    """Return the key files that say what a signed batch says, its padding included [KEY-FILES-1].

    Args:
        signed: the batch as the server has signed it; its signature is not verified.
        signers: see `signers_at`.
        revised: the keys of it that an earlier batch has published.

    Raises:
        MalformedError: the batch is not one of GAEN.
    """
    batch = Batch.decode(signed[HEADER_BYTES:])
    files = exports_of_batch(batch, signers=signers, revised=revised)
    return [
        KeyFile.of(data, name=f"{batch.region}-{batch.release}-{number:05d}", release=batch.release)
        for number, data in enumerate(files, start=1)
    ]
