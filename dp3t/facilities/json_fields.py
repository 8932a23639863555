"""Fields that several acts have: words of an alphabet, digests, days and moments."""

import re

from dp3t.codec import Fields
from dp3t.errors import MalformedError
from dp3t.facilities.local_time import LocalDay
from dp3t.params import LAST_DAY, LAST_INSTANT
from dp3t.timeline import Instant

DIGEST_BYTES = 32
HIGHEST_NUMBER = 2**32 - 1
_LONGEST = 2**12
_HEXADECIMAL = re.compile(r"[0-9a-f]*")


def take_text(fields: Fields, name: str) -> str:
    """Take a text; whoever keeps it checks its length."""
    return fields.text(name, longest=_LONGEST)


def take_octets(fields: Fields, name: str, *, length: int = DIGEST_BYTES) -> bytes:
    """Take bytes that stand there in lower-case hexadecimal."""
    return octets_of(take_text(fields, name), length=length, what=name)


def take_optional_octets(fields: Fields, name: str, *, length: int = DIGEST_BYTES) -> bytes:
    """Take bytes that may be absent: the empty text then, and the result is empty."""
    text = take_text(fields, name)
    return octets_of(text, length=length, what=name) if text else b""


def take_day(fields: Fields, name: str) -> LocalDay:
    """Take a local day."""
    return LocalDay(fields.integer(name, 0, LAST_DAY))


def take_instant(fields: Fields, name: str) -> Instant:
    """Take a moment."""
    return Instant(fields.integer(name, 0, LAST_INSTANT))


def octets_of(text: str, *, length: int, what: str) -> bytes:
    """Return the bytes of lower-case hexadecimal, of which there is one spelling.

    Raises:
        MalformedError: another length or spelling.
    """
    if len(text) != 2 * length or not _HEXADECIMAL.fullmatch(text):
        raise MalformedError(f"{what} is not {length} bytes in lower-case hexadecimal")
    return bytes.fromhex(text)


def require_octets(data: bytes, *, what: str, optional: bool = False) -> None:
    """Raise MalformedError unless there are 32 bytes, or none where that is allowed."""
    if len(data) != DIGEST_BYTES and not (optional and not data):
        raise MalformedError(f"{what} has {len(data)} bytes, not {DIGEST_BYTES}")


def require_day(day: LocalDay, *, what: str) -> None:
    """Raise MalformedError unless a day lies between 1970 and 2106."""
    require_range(day, 0, LAST_DAY, what=what)


def require_range(number: int, lowest: int, highest: int, *, what: str) -> None:
    """Raise MalformedError unless a number lies in [lowest, highest]."""
    if not lowest <= number <= highest:
        raise MalformedError(f"{what} is out of range")


def require_word(text: str, alphabet: re.Pattern[str], *, what: str) -> None:
    """Raise MalformedError unless the whole text matches."""
    if not alphabet.fullmatch(text):
        raise MalformedError(f"{what} is not a word of its alphabet")
