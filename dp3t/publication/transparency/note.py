"""Signed notes: text with signature lines, in the form of C2SP signed-note.

A log signs its checkpoints with type 0x01, a witness cosigns them with type 0x04, which adds the
time. Both are Ed25519. A signature line names its key by a name and four bytes of a hash. A reader
ignores the lines of keys it does not know, and refuses a note for one bad line of a key it does.
"""

import re
from base64 import b64decode, b64encode
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import IntEnum

from dp3t.errors import LimitError, MalformedError, UnknownKeyError, VerificationError
from dp3t.primitives import (
    ED25519_PUBLIC_BYTES,
    ED25519_SEED_BYTES,
    ED25519_SIGNATURE_BYTES,
    ed25519_public,
    ed25519_sign,
    ed25519_verify,
    sha256,
)
from dp3t.timeline import Instant, require_instant

MAX_NOTE_BYTES = 2**16
MAX_SIGNATURES = 64
MAX_KEY_NAME_BYTES = 255
NOTE_KEY_ID_BYTES = 4

_DASH = "\N{EM DASH} "
_TIMESTAMP_BYTES = 8
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")
_VKEY_ID = re.compile(r"[0-9a-f]{8}", re.ASCII)


class NoteKeyType(IntEnum):
    """What a key signs; the number goes into its id [TRANSPARENCY-16]."""

    LOG = 0x01
    WITNESS = 0x04


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteSignature:
    """A signature line.

    Attributes:
        name: name of the key.
        key_id: 4 bytes.
        data: at least one byte; of a witness, the time and the signature.

    Raises:
        MalformedError: a line that no note may have [TRANSPARENCY-15].
    """

    name: str
    key_id: bytes
    data: bytes

    def __post_init__(self) -> None:
        _require_key_name(self.name)
        if len(self.key_id) != NOTE_KEY_ID_BYTES or not self.data:
            raise MalformedError("a signature of a note is a key id of 4 bytes and more")

    def line(self) -> str:
        """Return the line with its newline [TRANSPARENCY-14]."""
        return f"{_DASH}{self.name} {to_base64(self.key_id + self.data)}\n"

    @classmethod
    def parse(cls, line: str) -> "NoteSignature":
        """Return the signature that a line without its newline holds.

        Raises:
            MalformedError: not a signature line [TRANSPARENCY-15].
        """
        name, _, encoded = line.removeprefix(_DASH).rpartition(" ")
        if not line.startswith(_DASH):
            raise MalformedError("a signature line begins with an em dash and a space")
        data = from_base64(encoded, what="a signature of a note")
        return cls(name=name, key_id=data[:NOTE_KEY_ID_BYTES], data=data[NOTE_KEY_ID_BYTES:])


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteKey:
    """A public key that signs notes under a name.

    Attributes:
        name: 1 to 255 bytes of UTF-8 without space, plus or control characters.
        type: what it signs.
        public: 32 bytes, Ed25519.

    Raises:
        MalformedError: a key that signs no note.
    """

    name: str
    type: NoteKeyType
    public: bytes

    def __post_init__(self) -> None:
        _require_key_name(self.name)
        if len(self.public) != ED25519_PUBLIC_BYTES:
            raise MalformedError(f"an Ed25519 public key has {ED25519_PUBLIC_BYTES} bytes")

    @property
    def key_id(self) -> bytes:
        """The first 4 bytes of SHA-256 of name, newline, type and public key [TRANSPARENCY-16]."""
        hashed = self.name.encode() + b"\n" + bytes([self.type]) + self.public
        return sha256(hashed)[:NOTE_KEY_ID_BYTES]

    def encode(self) -> str:
        """Return the key as text: name, id and key with a plus between them [TRANSPARENCY-17]."""
        return f"{self.name}+{self.key_id.hex()}+{to_base64(bytes([self.type]) + self.public)}"

    @classmethod
    def decode(cls, text: str) -> "NoteKey":
        """Return the key that a text describes [TRANSPARENCY-17].

        Raises:
            MalformedError: not such a text, a type other than 1 and 4, or the id of another key.
        """
        name, _, rest = text.partition("+")
        key_id, _, encoded = rest.partition("+")
        data = from_base64(encoded, what="a key of a note")
        if data[:1] not in (b"\1", b"\4") or not _VKEY_ID.fullmatch(key_id):
            raise MalformedError("not an Ed25519 key of a log or a witness")
        key = cls(name=name, type=NoteKeyType(data[0]), public=data[1:])
        if key.key_id.hex() != key_id:
            raise MalformedError(f"the key of {name} has another id than its text says")
        return key

    def check(self, text: str, signature: NoteSignature) -> Instant | None:
        """Check a signature of this key over a text; return its time if it has one.

        Raises:
            VerificationError: it does not verify.
        """
        data = signature.data
        if self.type is NoteKeyType.LOG:
            ed25519_verify(self.public, text.encode(), data)
            return None
        if len(data) != _TIMESTAMP_BYTES + ED25519_SIGNATURE_BYTES:
            raise VerificationError(f"the cosignature of {self.name} has another length")
        at = Instant(int.from_bytes(data[:_TIMESTAMP_BYTES], "big"))
        ed25519_verify(self.public, _cosigned(text, at), data[_TIMESTAMP_BYTES:])
        return at


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteSigner:
    """A private key that signs notes under a name. Its repr hides the seed.

    Raises:
        MalformedError: a seed of another length than 32 bytes, or a name that no key may have.
    """

    name: str
    seed: bytes = field(repr=False)

    def __post_init__(self) -> None:
        _require_key_name(self.name)
        if len(self.seed) != ED25519_SEED_BYTES:
            raise MalformedError(f"an Ed25519 seed has {ED25519_SEED_BYTES} bytes")

    def key(self, kind: NoteKeyType) -> NoteKey:
        """Return what readers need to check one type of signature."""
        return NoteKey(name=self.name, type=kind, public=ed25519_public(self.seed))

    def sign(self, text: str) -> NoteSignature:
        """Return a log's signature of a text that ends in a newline [TRANSPARENCY-14]."""
        data = ed25519_sign(self.seed, text.encode())
        return NoteSignature(name=self.name, key_id=self.key(NoteKeyType.LOG).key_id, data=data)

    def cosign(self, text: str, *, at: Instant) -> NoteSignature:
        """Return a witness's signature of a checkpoint at a moment [TRANSPARENCY-28]."""
        require_instant(at)
        data = at.to_bytes(_TIMESTAMP_BYTES, "big") + ed25519_sign(self.seed, _cosigned(text, at))
        return NoteSignature(name=self.name, key_id=self.key(NoteKeyType.WITNESS).key_id, data=data)


@dataclass(frozen=True, slots=True)
class Note:
    """A text and its signature lines.

    Attributes:
        text: ends in a newline.
        signatures: 1 to 64, each of another key.
    """

    text: str
    signatures: tuple[NoteSignature, ...]

    def encode(self) -> bytes:
        """Return the signed note [TRANSPARENCY-14]."""
        return (self.text + "\n" + "".join(each.line() for each in self.signatures)).encode()

    @classmethod
    def decode(cls, data: bytes) -> "Note":
        """Return the note whose only form these bytes are; nothing is verified [TRANSPARENCY-15].

        Raises:
            MalformedError: any other bytes; LimitError where they or the signatures are too many.
        """
        if len(data) > MAX_NOTE_BYTES:
            raise LimitError(f"a note has at most {MAX_NOTE_BYTES} bytes")
        try:
            whole = data.decode()
        except UnicodeDecodeError:
            raise MalformedError("a note is UTF-8") from None
        text, blank, lines = whole.rpartition("\n\n")
        if not blank or not text or not lines.endswith("\n") or _CONTROL.search(whole):
            raise MalformedError("a note is lines of text, an empty line and signature lines")
        signed = lines[:-1].split("\n")
        if len(signed) > MAX_SIGNATURES:
            raise LimitError(f"a note has at most {MAX_SIGNATURES} signatures")
        signatures = tuple(map(NoteSignature.parse, signed))
        if len({(each.name, each.key_id) for each in signatures}) != len(signatures):
            raise MalformedError("a note has two signatures of one key")
        return cls(text + "\n", signatures)

    def verified(self, keys: Iterable[NoteKey]) -> dict[NoteKey, Instant | None]:
        """Return which of the keys signed, and when where the signature says it [TRANSPARENCY-18].

        Raises:
            UnknownKeyError: none of them did.
            VerificationError: a signature of one of them does not verify.
        """
        known = {(key.name, key.key_id): key for key in keys}
        found = dict[NoteKey, Instant | None]()
        for signature in self.signatures:
            key = known.get((signature.name, signature.key_id))
            if key is not None:
                found[key] = key.check(self.text, signature)
        if not found:
            raise UnknownKeyError("the note is signed by no key that is trusted for it")
        return found


def to_base64(data: bytes) -> str:
    """Return bytes in the standard Base 64 of RFC 4648, section 4, with padding."""
    return b64encode(data).decode()


def from_base64(text: str, *, what: str) -> bytes:
    """Return the bytes whose only Base 64 this is.

    Raises:
        MalformedError: any other text, one with stray bits or without its padding for instance.
    """
    try:
        data = b64decode(text, validate=True)
    except ValueError:
        raise MalformedError(f"{what} is not Base 64") from None
    if to_base64(data) != text:
        raise MalformedError(f"{what} is not in canonical Base 64")
    return data


def _cosigned(text: str, at: Instant) -> bytes:
    return f"cosignature/v1\ntime {at}\n{text}".encode()


def _require_key_name(name: str) -> None:
    if not name or any(c.isspace() or c == "+" for c in name) or _CONTROL.search(name):
        raise MalformedError("a key of a note has a name without space and plus")
    try:
        length = len(name.encode())
    except UnicodeEncodeError:
        raise MalformedError("the name of a key of a note is not Unicode") from None
    if length > MAX_KEY_NAME_BYTES:
        raise LimitError(f"the name of a key of a note has at most {MAX_KEY_NAME_BYTES} bytes")
