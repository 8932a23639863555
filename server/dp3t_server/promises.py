"""What the server promises of a report it accepts, and what it writes down to promise it again.

An answer can get lost, and whoever repeats the upload is to get the same receipt. So the release of
the last record is kept with what authorised the report, masked: only whoever has the upload, which
is never stored, can read it.
"""

from dataclasses import dataclass, field

from dp3t import Instant, PolicyError, Rand, Report
from dp3t.primitives import sha256
from dp3t.publication import Promise, Receipt, due_after
from dp3t_server.keys import Secrets

MASKED_BYTES = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Signer:
    """Signs receipts, and what looks like one beside a refusal.

    Attributes:
        region: the server's.
        secrets: the keys, read for this answer.
        rand: source of what a decoy promises.
    """

    region: str
    secrets: Secrets
    rand: Rand = field(repr=False)

    def receipt(self, report: Report, *, last_release: Instant, promised: bool) -> Receipt | None:
        """Return the receipt of an answer, with the same work whatever it says [SERVER-69].

        Args:
            report: what was uploaded.
            last_release: of its records, or of what they would have been.
            promised: whether the server will publish them just so; otherwise it is a decoy.

        Returns:
            None where no key may sign at that release: nothing can be published then either.
        """
        promise = Promise.of(
            report.records,
            design=report.design,
            region=self.region,
            published_by=due_after(last_release),
        )
        try:
            key = self.secrets.index_key_at(last_release)
        except PolicyError:
            return None
        if promised:
            return Receipt.sign(promise, key=key)
        return Receipt.decoy(promise, key=key, rand=self.rand)


def masked(last_release: Instant | None, *, digest: bytes, body: bytes) -> bytes:
    """Return the 8 bytes that are stored with a code or a hash of a day [SERVER-71].

    Args:
        last_release: of the records of a report; None where nothing is promised.
        digest: of the code or the hash. So the bytes of the days of one report differ.
        body: the whole upload.
    """
    return _with_mask((last_release or 0).to_bytes(MASKED_BYTES), digest, body)


def unmasked(stored: bytes | None, *, digest: bytes, body: bytes) -> Instant | None:
    """Return what `masked` was given; None, too, where nothing is stored."""
    if stored is None:
        return None
    return Instant(int.from_bytes(_with_mask(stored, digest, body))) or None


def _with_mask(value: bytes, digest: bytes, body: bytes) -> bytes:
    mask = sha256(b"dp3t promised 1" + digest + body)
    return bytes(one ^ other for one, other in zip(value, mask, strict=False))
