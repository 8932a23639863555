"""What a GAEN key file says, as values that keep its ranges."""

import re
from dataclasses import dataclass

from dp3t.errors import LimitError, MalformedError
from dp3t.params import LAST_INSTANT
from dp3t.proximity.gaen import TemporaryExposureKey
from dp3t.timeline import Instant

MAX_KEYS = 1_000_000
"""Most keys in one file, revised ones included."""

MAX_BATCH_SIZE = 1_000_000
MAX_SIGNATURES = 10
MAX_TRANSMISSION_RISK = 8
MAX_VARIANT = 4
ECDSA_P256_SHA256 = "1.2.840.10045.4.3.2"
"""The object identifier of the one algorithm whose signatures count."""

_REGION = re.compile(r"[!-~]{0,64}")
_NAME_PART = re.compile(r"[A-Za-z0-9_]{0,64}")
_ALGORITHM = re.compile(r"[0-9.]{0,64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportedKey:
    """A published key with what key files alone say about it.

    Attributes:
        key: the key, its intervals, report type and days since onset.
        transmission_risk: 0 to 8; 0 says nothing. Servers set it, phones no longer use it.
        variant_of_concern: 0 to 4; 0 says nothing.

    Raises:
        MalformedError: a value outside its range [EXPORT-13].
    """

    key: TemporaryExposureKey
    transmission_risk: int = 0
    variant_of_concern: int = 0

    def __post_init__(self) -> None:
        if not 0 <= self.transmission_risk <= MAX_TRANSMISSION_RISK:
            raise MalformedError("a transmission risk lies between 0 and 8")
        if not 0 <= self.variant_of_concern <= MAX_VARIANT:
            raise MalformedError("a variant of concern lies between 0 and 4")


@dataclass(frozen=True, slots=True, kw_only=True)
class SignatureInfo:
    """Which key made a signature, and how.

    Attributes:
        key_id: letters, digits and underscores, at most 64; may be empty for a lone signature.
        key_version: the same.
        algorithm: an object identifier in dotted form.

    Raises:
        MalformedError: a text of another form [EXPORT-13].
    """

    key_id: str
    key_version: str
    algorithm: str = ECDSA_P256_SHA256

    def __post_init__(self) -> None:
        if not (_NAME_PART.fullmatch(self.key_id) and _NAME_PART.fullmatch(self.key_version)):
            raise MalformedError("a key's id and version have up to 64 letters, digits and _")
        if not _ALGORITHM.fullmatch(self.algorithm):
            raise MalformedError("a signature algorithm is an object identifier")

    @property
    def name(self) -> str:
        """Return what trusted keys are named by, for example "310-v1"."""
        return f"{self.key_id}-{self.key_version}"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyExport:
    """One key file.

    Attributes:
        start: first moment of the window in which the keys arrived.
        end: last moment of that window.
        region: up to 64 printable ASCII characters.
        batch_number: 1 to batch_size.
        batch_size: how many files the window has, up to 1,000,000.
        signature_infos: 1 to 10, each with a name of its own.
        keys: in the order of the file.
        revised_keys: keys published before that now say something else.
        verified: the signatures that a trusted key has verified; empty if nobody checked.

    Raises:
        MalformedError: a value outside its range [EXPORT-13] [EXPORT-19].
        LimitError: too many keys [EXPORT-1].
    """

    start: Instant
    end: Instant
    region: str
    batch_number: int
    batch_size: int
    signature_infos: tuple[SignatureInfo, ...]
    keys: tuple[ExportedKey, ...]
    revised_keys: tuple[ExportedKey, ...] = ()
    verified: tuple[SignatureInfo, ...] = ()

    def __post_init__(self) -> None:
        if not 0 <= self.start <= self.end <= LAST_INSTANT:
            raise MalformedError("a key file's window lies between 1970 and 2106, end after start")
        if not _REGION.fullmatch(self.region):
            raise MalformedError("a region has up to 64 printable ASCII characters, no space")
        if not 1 <= self.batch_number <= self.batch_size <= MAX_BATCH_SIZE:
            raise MalformedError("a batch number lies between 1 and the batch size of at most 10^6")
        require_key_count(len(self.keys) + len(self.revised_keys))
        require_names(self.signature_infos)


def require_key_count(count: int) -> None:
    """Raise LimitError for more keys than one file may hold [EXPORT-1]."""
    if count > MAX_KEYS:
        raise LimitError(f"a key file holds at most {MAX_KEYS} keys")


def require_names(infos: tuple[SignatureInfo, ...]) -> None:
    """Raise MalformedError unless 1 to 10 signatures can be told apart [EXPORT-18] [EXPORT-19]."""
    if not 1 <= len(infos) <= MAX_SIGNATURES:
        raise MalformedError(f"a key file has 1 to {MAX_SIGNATURES} signatures, not {len(infos)}")
    if len({info.name for info in infos}) < len(infos):
        raise MalformedError("two signatures of a key file have the same name")
    if len(infos) > 1 and not all(info.key_id for info in infos):
        raise MalformedError("a signature without a key id is not the only one")
