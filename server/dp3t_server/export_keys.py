"""The P-256 keys that sign GAEN key files: made, rotated, stored, shown.

Phones know them from Apple and Google, with whom the operator registers each before it signs. So
a new key signs beside the former ones for a while, and none ends unless another has begun.
"""

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field

from dp3t import Instant, PolicyError
from dp3t.primitives import P256PrivateKey, P256PublicKey, hkdf_sha256
from dp3t.proximity import ExportSigner

MOST_SIGNERS = 10
"""How many keys sign at once: a key file has no room for more signatures [EXPORT-1]."""

MOST_EXPORT_KEYS = 64
"""How many the file of secrets holds."""

_FIRST_INFO = b"dp3t export key 1"
_DRAWN_BYTES = 48  # so that the remainder is as good as uniform
_P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_RFC5915_BEFORE = bytes.fromhex("30310201010420")  # version 1, a number of 32 bytes
_RFC5915_AFTER = bytes.fromhex("a00a06082a8648ce3d030107")  # on the curve prime256v1


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportKey:
    """A key, and the releases whose key files it signs.

    Attributes:
        pem: the private key, PKCS#8 in PEM.
        key_id: by which Apple and Google know whose it is: the country's mobile code.
        version: which of the keys of that id it is, `v1`, `v2` and so on.
        valid_from: the first moment for which it signs.
        valid_until: the first moment for which it no longer does; None while it has no end.

    Raises:
        MalformedError: the PEM holds no P-256 key.
    """

    pem: str = field(repr=False)
    key_id: str
    version: str
    valid_from: Instant
    valid_until: Instant | None = None

    def __post_init__(self) -> None:
        self.private()

    def private(self) -> P256PrivateKey:
        """Return what signs."""
        return P256PrivateKey.from_pem(self.pem.encode())

    def public(self) -> P256PublicKey:
        """Return what verifies."""
        return self.private().public()

    @property
    def name(self) -> str:
        """By which phones know the key: id, hyphen, version."""
        return f"{self.key_id}-{self.version}"

    def signs_at(self, release: Instant) -> bool:
        """Return whether it signs the key files of a release."""
        return self.valid_from <= release and not self.has_ended(release)

    def has_ended(self, moment: Instant) -> bool:
        """Return whether it signs at no moment from this one on."""
        return self.valid_until is not None and self.valid_until <= moment

    def as_json(self) -> dict[str, object]:
        """Return the public half as people and programs read it; times are Unix seconds."""
        return {
            "key_id": self.key_id,
            "version": self.version,
            "public": self.public().to_pem().decode(),
            "valid_from": self.valid_from,
            "valid_until": self.valid_until,
        }


def first_export_key(digest_key: bytes, *, key_id: str) -> ExportKey:
    """Return the key of a server that has none yet [KEY-FILES-8].

    It follows from the secret that all machines of the server share, so that they sign alike
    whichever of them is the first to need it.
    """
    drawn = int.from_bytes(hkdf_sha256(digest_key, _FIRST_INFO, _DRAWN_BYTES), "big")
    private = _key_of_number(1 + drawn % (_P256_ORDER - 1))
    return ExportKey(
        pem=private.to_pem().decode(), key_id=key_id, version="v1", valid_from=Instant(0)
    )


def _key_of_number(number: int) -> P256PrivateKey:
    """Return the key that a number is, by way of its form in RFC 5915."""
    coded = b64encode(_RFC5915_BEFORE + number.to_bytes(32) + _RFC5915_AFTER).decode()
    pem = f"-----BEGIN EC PRIVATE KEY-----\n{coded}\n-----END EC PRIVATE KEY-----\n"
    return P256PrivateKey.from_pem(pem.encode())


def with_next_key(
    keys: Sequence[ExportKey],
    private: P256PrivateKey,
    *,
    key_id: str,
    start: Instant,
    ends: Instant,
) -> tuple[ExportKey, ...]:
    """Return keys and one more, after whose beginning the others end [KEY-FILES-9].

    Args:
        keys: those there are, in the order in which they begin, at least one.
        private: the new one.
        key_id: that of the new one.
        start: the first moment for which it signs.
        ends: from when on the others do not; later than `start`.

    Raises:
        PolicyError: another begins at that moment or later, or too many would sign at once.
    """
    if start <= keys[-1].valid_from:
        raise PolicyError("a key for key files begins at that moment or later already")
    ending = [
        replace(each, valid_until=ends) if each.valid_until is None else each for each in keys
    ]
    if len(keys) >= MOST_EXPORT_KEYS:
        raise PolicyError(
            f"there are {len(keys)} keys for key files already; wait until some have ended"
        )
    if sum(each.signs_at(start) for each in ending) >= MOST_SIGNERS:
        raise PolicyError(f"at most {MOST_SIGNERS} keys sign a key file; wait until one has ended")
    number = 1 + max(int(each.version.removeprefix("v")) for each in keys)
    new = ExportKey(
        pem=private.to_pem().decode(), key_id=key_id, version=f"v{number}", valid_from=start
    )
    return (*ending, new)


def signers_at(keys: Sequence[ExportKey], release: Instant) -> list[ExportSigner]:
    """Return those that sign the key files of a release, the newest first [KEY-FILES-7].

    Raises:
        PolicyError: none does.
    """
    found = [each for each in reversed(keys) if each.signs_at(release)]
    if not found:
        raise PolicyError(f"no key may sign key files at {release}; restore keys.json")
    return [ExportSigner(each.private(), each.key_id, each.version) for each in found]


class ExportKeyDocument(BaseModel):
    """One key as the file of secrets holds it."""

    model_config = ConfigDict(extra="forbid", strict=True, hide_input_in_errors=True)

    pem: Annotated[str, Field(max_length=1_024)]
    key_id: Annotated[str, Field(pattern=r"^[A-Za-z0-9_]{1,64}$")]
    version: Annotated[str, Field(pattern=r"^v[1-9][0-9]{0,5}$")]
    valid_from: Annotated[int, Field(ge=0)]
    valid_until: int | None

    @classmethod
    def of(cls, key: ExportKey) -> Self:
        """Return what the file holds of a key."""
        return cls(
            pem=key.pem,
            key_id=key.key_id,
            version=key.version,
            valid_from=key.valid_from,
            valid_until=key.valid_until,
        )

    def key(self) -> ExportKey:
        """Return the key; MalformedError where the PEM holds none."""
        until = self.valid_until
        return ExportKey(
            pem=self.pem,
            key_id=self.key_id,
            version=self.version,
            valid_from=Instant(self.valid_from),
            valid_until=None if until is None else Instant(until),
        )
