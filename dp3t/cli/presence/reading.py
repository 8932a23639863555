"""Codes that a person gives: typed, or in a picture."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from dp3t.cli.files import naming
from dp3t.errors import LimitError, MalformedError
from dp3t.presence.card import CARD_SCHEME, Card
from dp3t.presence.entry import EntryCode

MAX_PICTURE_BYTES = 2**25
"""What is read of a picture; nothing else that is read here is as large."""


def read_up_to(path: Path, limit_bytes: int) -> bytes:
    """Return what a file holds.

    Raises:
        LimitError: more bytes than that.
    """
    with path.open("rb") as file:
        data = file.read(limit_bytes + 1)
    require_length(data, limit_bytes)
    return data


def require_length(data: bytes, limit_bytes: int) -> None:
    """Raise LimitError where there is more than may be."""
    if len(data) > limit_bytes:
        raise LimitError(f"has more than {limit_bytes} bytes")


def text_in_picture(picture: bytes, wanted: Callable[[str], bool], *, what: str) -> str:
    """Return the text of the one code in a picture that is wanted.

    Raises:
        MalformedError: there is none, or several, or no picture.
    """
    from dp3t.cli.presence.images import read_codes

    codes = read_codes(picture, wanted=lambda code: wanted(code.text))
    found = [code.text for code in codes if wanted(code.text)]
    if len(found) != 1:
        raise MalformedError(f"the picture shows {len(found)} {what}s, not one")
    return found[0]


def is_card(text: str) -> bool:
    """Return whether a code says of itself that it is a card, good or not."""
    return text.strip().upper().startswith(CARD_SCHEME)


def entry_given(value: str) -> EntryCode:
    """Return the entry code that a link or a picture of the poster gives.

    Raises:
        MalformedError: it gives none, or several.
    """
    if "://" in value:
        with naming("--entry"):
            return EntryCode.from_link(value)
    path = Path(value)
    with naming(path):
        picture = read_up_to(path, MAX_PICTURE_BYTES)
        return EntryCode.from_link(text_in_picture(picture, _is_entry, what="entry code"))


def card_given(value: str) -> Card:
    """Return the card that its text or a picture gives.

    Raises:
        MalformedError: it gives none, or several.
    """
    if is_card(value):
        with naming("--card"):
            return Card.from_text(value)
    path = Path(value)
    with naming(path):
        picture = read_up_to(path, MAX_PICTURE_BYTES)
        return Card.from_text(text_in_picture(picture, is_card, what="card"))


def _is_entry(text: str) -> bool:
    with suppress(MalformedError):
        return bool(EntryCode.from_link(text).payload)
    return False
