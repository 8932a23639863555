"""The columns of a table of facilities: what is wrong with a field, and what a number says."""

import re
from collections.abc import Callable, Mapping
from typing import NamedTuple
from unicodedata import normalize

from dp3t.errors import MalformedError
from dp3t.facilities.facility import (
    COMMUNE,
    FACILITY_ID,
    FACILITY_KIND,
    LATITUDES,
    LONGITUDES,
    MAX_ADDRESS,
    MAX_NAME,
)
from dp3t.facilities.texts import require_line

DEGREE = 1_000_000
"""How many microdegrees a degree has."""

_FRACTION_DIGITS = 6
_DEGREES = re.compile(r"(-?)([0-9]{1,3})(?:[.,]([0-9]{1,20}))?")
_WEEKDAYS = re.compile(r"(?=.*1)[01]{7}")
_KEY = re.compile(r"[0-9a-f]{64}")


class Fault(NamedTuple):
    """What is wrong with a field: a code, and the limit that its text names, if any."""

    code: str
    limit: str = ""


def tidy(text: str) -> str:
    """Return a field without the spaces around it, in form C [FACILITY-8]."""
    return normalize("NFC", text.strip(" \t\u00a0"))


def microdegrees(text: str) -> int:
    """Return decimal degrees as the nearest microdegree, halves away from zero [FACILITY-3].

    Raises:
        MalformedError: no decimal number of at most three digits and twenty behind the point.
    """
    found = _DEGREES.fullmatch(text)
    if found is None:
        raise MalformedError("the position is no decimal number of degrees")
    sign, whole, behind = found[1], found[2], found[3] or ""
    kept = int(behind[:_FRACTION_DIGITS].ljust(_FRACTION_DIGITS, "0"))
    size = int(whole) * DEGREE + kept + (behind[_FRACTION_DIGITS:] >= "5")
    return -size if sign else size


def _line(most: int) -> Callable[[str], Fault | None]:
    def fault(text: str) -> Fault | None:
        if len(text) > most:
            return Fault("long", str(most))
        try:
            require_line(text, longest=most, what="the field")
        except MalformedError:
            return Fault("characters")
        return None

    return fault


def _word(alphabet: re.Pattern[str], code: str) -> Callable[[str], Fault | None]:
    return lambda text: None if alphabet.fullmatch(text) else Fault(code)


def _degrees(between: tuple[int, int]) -> Callable[[str], Fault | None]:
    def fault(text: str) -> Fault | None:
        try:
            found = microdegrees(text)
        except MalformedError:
            return Fault("number")
        inside = between[0] <= found <= between[1]
        return None if inside else Fault("range", str(between[1] // DEGREE))

    return fault


COLUMNS: Mapping[str, Callable[[str], Fault | None]] = {
    "id": _word(FACILITY_ID, "id"),
    "kind": _word(FACILITY_KIND, "kind"),
    "name": _line(MAX_NAME),
    "address": _line(MAX_ADDRESS),
    "latitude": _degrees(LATITUDES),
    "longitude": _degrees(LONGITUDES),
    "commune": _word(COMMUNE, "commune"),
    "weekdays": _word(_WEEKDAYS, "weekdays"),
    "public_key": _word(_KEY, "key"),
}
"""What is wrong with a tidy field of each column, if anything [FACILITY-8]."""

OPTIONAL_COLUMN = "public_key"
"""Which column a table need not have, and of which a field can be empty."""
