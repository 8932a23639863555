"""The server's secrets: one JSON file that only the server's user can read.

It holds the signing keys, those of key files and of the log, the key under which codes, commitments
and published keys are stored, and a digest of the operator's token. It is replaced as a whole or
not at all.
"""

import os
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, BinaryIO, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from dp3t import Instant, MalformedError, PolicyError, Rand
from dp3t.primitives import equal, sha256
from dp3t.publication import SigningKey, VerificationKey
from dp3t.publication.transparency import NoteSigner
from dp3t_server.config import first_fault
from dp3t_server.durable import replace_file
from dp3t_server.export_keys import (
    MOST_EXPORT_KEYS,
    ExportKey,
    ExportKeyDocument,
    first_export_key,
)

TOKEN_BYTES = 32
DIGEST_KEY_BYTES = 32
MOST_RECEIPT_KEYS = 8
WARNING_DAYS = 60
"""How long before the last signing key ends a server begins to warn [SERVER-42]."""

_DAY_SECONDS = 86_400
_LOG_SEED_BYTES = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Secrets:
    """What the file holds.

    Attributes:
        digest_key: 32 bytes under which codes, commitments and published keys are stored.
        token_digest: SHA-256 of the operator's token.
        signing: the signing keys, by the beginning of their validity.
        log: what signs the transparency log; None in a file from before there was one.
        export: the keys that sign GAEN key files, by the beginning of their validity; none in a
            file of an earlier release.
        receipts: the keys that sign receipts of entry declarations, by the beginning of their
            validity; none where no declarations are taken.
    """

    digest_key: bytes = field(repr=False)
    token_digest: bytes = field(repr=False)
    signing: tuple[SigningKey, ...]
    export: tuple[ExportKey, ...] = ()
    log: NoteSigner | None = None
    receipts: tuple[SigningKey, ...] = ()

    @property
    def log_signer(self) -> NoteSigner:
        """What signs the transparency log.

        Raises:
            PolicyError: there is none yet; the next start of the server makes one.
        """
        if self.log is None:
            raise PolicyError("the file of keys has none for the log; start the server once")
        return self.log

    def signing_key_at(self, release: Instant) -> SigningKey:
        """Return the newest key that may sign a batch of a release [SERVER-25].

        Raises:
            PolicyError: none may; a new one has to be made.
        """
        return self._required_at(release)[-1]

    def index_key_at(self, issued: Instant) -> SigningKey:
        """Return the oldest key that may sign an index [SERVER-25].

        Its successors stand in the index, so that a reader can be away for as long as it lives.

        Raises:
            PolicyError: none may; a new one has to be made.
        """
        return self._required_at(issued)[0]

    def announced(self, now: Instant) -> VerificationKey:
        """Return the key an app has to embed today: the one that signs the index.

        Where no key is valid it is the first to come, or else the last.
        """
        to_come = [key for key in self.signing if key.valid_from > now]
        return (self._valid_at(now) or to_come or self.signing[-1:])[0].public()

    @property
    def last_end(self) -> Instant:
        """The moment from which no key may sign any more."""
        return max(key.valid_until for key in self.signing)

    def is_ending(self, now: Instant) -> bool:
        """Return whether the last key ends within `WARNING_DAYS`, or has ended [SERVER-42]."""
        return self.last_end <= now + WARNING_DAYS * _DAY_SECONDS

    def _valid_at(self, moment: Instant) -> list[SigningKey]:
        return [key for key in self.signing if key.valid_from <= moment < key.valid_until]

    def _required_at(self, moment: Instant) -> list[SigningKey]:
        valid = self._valid_at(moment)
        if not valid:
            raise PolicyError(
                f"no signing key is valid at {moment}; make one with `dp3t-server keys rotate`"
            )
        return valid

    def public_since(self, moment: Instant) -> list[VerificationKey]:
        """Return the public halves of the keys that are valid at a moment or later."""
        return [key.public() for key in self.signing if key.valid_until > moment]

    def is_token(self, token: str) -> bool:
        """Return whether this is the operator's token, in constant time [SERVER-29]."""
        return equal(sha256(token.encode(errors="surrogateescape")), self.token_digest)

    def with_signing_key(self, key: SigningKey) -> Self:
        """Return the secrets with one more signing key."""
        signing = sorted((*self.signing, key), key=lambda each: each.valid_from)
        return replace(self, signing=tuple(signing))

    def with_export_key(self, *, key_id: str) -> Self:
        """Return the secrets with the first key for key files where there is none yet."""
        return replace(
            self, export=self.export or (first_export_key(self.digest_key, key_id=key_id),)
        )

    def with_receipt_key(self, key: SigningKey, *, now: Instant) -> Self:
        """Return the secrets with one more key of receipts, without those that have ended.

        Raises:
            PolicyError: there are as many as the file holds.
        """
        going_on = [each for each in self.receipts if each.valid_until > now]
        if len(going_on) >= MOST_RECEIPT_KEYS:
            raise PolicyError(f"there are {MOST_RECEIPT_KEYS} keys of receipts already")
        receipts = sorted((*going_on, key), key=lambda each: each.valid_from)
        return replace(self, receipts=tuple(receipts))

    def without_ended(self, *, before: Instant) -> Self:
        """Return the secrets without the signing keys whose validity ended earlier."""
        signing = tuple(key for key in self.signing if key.valid_until >= before)
        return replace(self, signing=signing)

    def with_token(self, token: str) -> Self:
        """Return the secrets with another operator's token."""
        return replace(self, token_digest=sha256(token.encode()))


def key_as_json(key: VerificationKey) -> dict[str, object]:
    """Return a public key as people and programs read it; times are Unix seconds."""
    return {
        "key_id": key.key_id.hex(),
        "public": key.public.hex(),
        "valid_from": key.valid_from,
        "valid_until": key.valid_until,
    }


def write_signing_key(path: Path, key: SigningKey) -> None:
    """Write a signing key to a file of its own that only this user can read.

    Raises:
        PolicyError: there is a file already, perhaps with a key that nobody else has.
    """
    if path.exists():
        raise PolicyError(f"{path} is there already; keys are not overwritten")
    write_private(path, _SigningKeyDocument.of(key).model_dump_json(indent=2) + "\n")


def read_signing_key(path: Path) -> SigningKey:
    """Return the key that `write_signing_key` wrote.

    Raises:
        PolicyError: others can read the file.
        MalformedError: it holds no key; the message holds none of it.
        OSError: it cannot be read.
    """
    try:
        return _SigningKeyDocument.model_validate_json(_read_private(path)).key()
    except ValidationError as error:
        raise MalformedError(f"the file of the key: {first_fault(error)}") from None


def new_log_signer(region: str, *, rand: Rand) -> NoteSigner:
    """Draw the key of a region's transparency log, which has it for as long as it exists."""
    return NoteSigner(name=f"dp3t/{region}/{rand(4).hex()}", seed=rand(_LOG_SEED_BYTES))


def new_token(*, rand: Rand) -> str:
    """Draw an operator's token: 64 hexadecimal digits [SERVER-30]."""
    return rand(TOKEN_BYTES).hex()


def new_signing_key(*, valid_from: Instant, lifetime_days: int, rand: Rand) -> SigningKey:
    """Draw a signing key that is valid for `lifetime_days` from a moment."""
    valid_until = Instant(valid_from + lifetime_days * _DAY_SECONDS)
    return SigningKey.generate(valid_from=valid_from, valid_until=valid_until, rand=rand)


class SecretsFile:
    """The file, which is looked at for each use, so that a change takes effect at once."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._known: tuple[tuple[int, ...], Secrets] | None = None

    def exists(self) -> bool:
        """Return whether there is a file."""
        return self.path.exists()

    def load(self) -> Secrets:
        """Read the secrets.

        Raises:
            PolicyError: others can read the file [SERVER-32].
            MalformedError: the file is damaged; the message holds none of it.
            OSError: it cannot be read.
        """
        with self.path.open("rb") as file:
            status = _private(file, self.path)
            version = (status.st_ino, status.st_ctime_ns, status.st_mtime_ns, status.st_size)
            if self._known is None or self._known[0] != version:
                self._known = version, _Document.parse(file.read()).secrets()
        return self._known[1]

    def replace(self, secrets: Secrets) -> None:
        """Replace the file at once and durably; the caller sees to it that nobody else does."""
        write_private(self.path, _Document.of(secrets).model_dump_json(indent=2) + "\n")


def _read_private(path: Path) -> bytes:
    with path.open("rb") as file:
        _private(file, path)
        return file.read()


def _private(file: BinaryIO, path: Path) -> os.stat_result:
    status = os.fstat(file.fileno())
    if status.st_mode & 0o077:
        raise PolicyError(f"others can read {path}; make it private with chmod 600")
    return status


def write_private(path: Path, text: str) -> None:
    """Write or replace, at once and durably, a file that only this user can read [SERVER-32].

    Raises:
        OSError: it cannot be written; the error names this file, not the one that comes before it.
    """
    try:
        replace_file(path, text.encode(), mode=0o600)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from None


_Hex32 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class _SigningKeyDocument(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, hide_input_in_errors=True)

    seed: _Hex32
    valid_from: int
    valid_until: int

    @classmethod
    def of(cls, key: SigningKey) -> Self:
        return cls(seed=key.seed.hex(), valid_from=key.valid_from, valid_until=key.valid_until)

    def key(self) -> SigningKey:
        return SigningKey(
            seed=bytes.fromhex(self.seed),
            valid_from=Instant(self.valid_from),
            valid_until=Instant(self.valid_until),
        )


def _by_beginning(documents: Iterable[_SigningKeyDocument]) -> tuple[SigningKey, ...]:
    return tuple(sorted((each.key() for each in documents), key=lambda key: key.valid_from))


class _LogDocument(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, hide_input_in_errors=True)

    name: Annotated[str, Field(min_length=1, max_length=255, pattern=r"^[!-*,-~]+$")]
    seed: _Hex32

    @classmethod
    def of(cls, signer: NoteSigner) -> Self:
        return cls(name=signer.name, seed=signer.seed.hex())

    def signer(self) -> NoteSigner:
        return NoteSigner(name=self.name, seed=bytes.fromhex(self.seed))


class _Document(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, hide_input_in_errors=True)

    version: Literal[1] = 1
    code_digest_key: _Hex32  # `Secrets.digest_key`: the file keeps its first name
    operator_token_sha256: _Hex32
    signing_keys: Annotated[list[_SigningKeyDocument], Field(min_length=1, max_length=64)]
    log: _LogDocument | None = None
    export_keys: Annotated[list[ExportKeyDocument], Field(max_length=MOST_EXPORT_KEYS)] = []
    receipt_keys: Annotated[list[_SigningKeyDocument], Field(max_length=MOST_RECEIPT_KEYS)] = []

    @classmethod
    def parse(cls, data: bytes) -> Self:
        try:
            return cls.model_validate_json(data)
        except ValidationError as error:
            raise MalformedError(f"the file of keys: {first_fault(error)}") from None

    @classmethod
    def of(cls, secrets: Secrets) -> Self:
        return cls(
            code_digest_key=secrets.digest_key.hex(),
            operator_token_sha256=secrets.token_digest.hex(),
            signing_keys=[_SigningKeyDocument.of(key) for key in secrets.signing],
            log=_LogDocument.of(secrets.log) if secrets.log else None,
            export_keys=[ExportKeyDocument.of(key) for key in secrets.export],
            receipt_keys=[_SigningKeyDocument.of(key) for key in secrets.receipts],
        )

    def secrets(self) -> Secrets:
        return Secrets(
            digest_key=bytes.fromhex(self.code_digest_key),
            token_digest=bytes.fromhex(self.operator_token_sha256),
            signing=_by_beginning(self.signing_keys),
            receipts=_by_beginning(self.receipt_keys),
            log=self.log.signer() if self.log else None,
            export=tuple(
                sorted((key.key() for key in self.export_keys), key=lambda key: key.valid_from)
            ),
        )
