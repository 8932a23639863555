"""Private files: a venue's trace code, an authority's key. Nobody but their owner may read them."""

from pathlib import Path

from dp3t.cli.authority_key import read_private
from dp3t.cli.files import naming, write_whole
from dp3t.cli.presence.reading import MAX_PICTURE_BYTES, require_length, text_in_picture
from dp3t.errors import PolicyError
from dp3t.presence.entry_link import ROTATING_SCHEME, TRACE_SCHEME
from dp3t.presence.rotation import RotatingCode
from dp3t.presence.venue import VenueCode

PrivateCode = VenueCode | RotatingCode

_WARNING = (
    "# RIÊNG TƯ: mã truy vết của địa điểm. Không treo lên, không gửi cho ai; cất nơi an toàn.\n"
    "# PRIVATE: a venue's trace code. Do not put it up, do not send it; keep it locked away.\n"
)


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
        require_length(data, MAX_PICTURE_BYTES)
        try:
            text = data.decode()
        except UnicodeDecodeError:
            return code_of(text_in_picture(data, is_private, what="private trace code"))
        return code_of(without_comments(text))


def without_comments(text: str) -> str:
    """Return what a private file holds beside the lines that say what it is."""
    return "".join(line for line in text.splitlines() if not line.startswith("#"))


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
