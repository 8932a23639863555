"""Private files: a venue's trace code, an authority's key. Nobody but their owner may read them."""

from pathlib import Path

from dp3t.cli.authority_key import read_private
from dp3t.cli.files import naming, write_whole
from dp3t.errors import LimitError, MalformedError, PolicyError
from dp3t.presence.entry_link import ROTATING_SCHEME, TRACE_SCHEME
from dp3t.presence.rotation import RotatingCode
from dp3t.presence.venue import VenueCode

PrivateCode = VenueCode | RotatingCode

MAX_PICTURE_BYTES = 2**25
"""What is read of a picture; nothing else that is read here is as large."""

_WARNING = (
    "# RIÊNG TƯ: mã truy vết của địa điểm. Không treo lên, không gửi cho ai; cất nơi an toàn.\n"
    "# PRIVATE: a venue's trace code. Do not put it up, do not send it; keep it locked away.\n"
)


def read_up_to(path: Path, limit_bytes: int) -> bytes:
    """Return what a file holds.

    Raises:
        LimitError: more bytes than that.
    """
    with path.open("rb") as file:
        data = file.read(limit_bytes + 1)
    if len(data) > limit_bytes:
        raise LimitError(f"has more than {limit_bytes} bytes")
    return data


def require_absent(*paths: Path | None) -> None:
    """Raise PolicyError where one of some files exists; nothing has been written then."""
    for path in paths:
        if path is not None and path.exists():
            raise PolicyError(f"{path} exists and stays as it is")


def write_private(path: Path, data: bytes) -> None:
    """Write a file that only its owner can read; one that exists stays as it is.

    Raises:
        PolicyError: it exists.
    """
    write_whole(path, data, mode=0o600, force=False)


def write_code(path: Path, code: PrivateCode) -> None:
    """Write a private code as text that says in both languages what it is."""
    write_private(path, f"{_WARNING}{code.text()}\n".encode())


def read_code(path: Path) -> PrivateCode:
    """Return the private code in a text file, or in a picture of its QR code.

    Raises:
        PolicyError: others can read the file.
        MalformedError: it holds none, or several.
    """
    data = read_private(path, MAX_PICTURE_BYTES)
    with naming(path):
        if len(data) > MAX_PICTURE_BYTES:
            raise LimitError(f"has more than {MAX_PICTURE_BYTES} bytes")
        try:
            text = data.decode()
        except UnicodeDecodeError:
            return code_of(_text_in_picture(data))
        return code_of("".join(line for line in text.splitlines() if not line.startswith("#")))


def code_of(text: str) -> PrivateCode:
    """Return the private code that a text spells.

    Raises:
        MalformedError: it spells none; an entry code is named as such.
    """
    if text.strip().lower().startswith(ROTATING_SCHEME):
        return RotatingCode.from_text(text)
    return VenueCode.from_text(text)


def is_private(text: str) -> bool:
    """Return whether a code says of itself that it is private, good or not."""
    return text.strip().lower().startswith((TRACE_SCHEME, ROTATING_SCHEME))


def _text_in_picture(picture: bytes) -> str:
    from dp3t.cli.presence.images import read_codes

    codes = read_codes(picture, wanted=lambda code: is_private(code.text))
    found = [code.text for code in codes if is_private(code.text)]
    if len(found) != 1:
        raise MalformedError(f"the picture shows {len(found)} private trace codes, not one")
    return found[0]
