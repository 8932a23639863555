"""Travel documents: the three fields that tell a person, as the machine-readable zone has them.

They are those of ICAO's Basic Access Control (Doc 9303, part 11): who holds the open document can
read them, and the zone's check digits show a character that was read or typed wrongly.
"""

import re
from dataclasses import dataclass, field

from dp3t.errors import MalformedError

MAX_NUMBER_LENGTH = 22
"""What the zone of an identity card holds of a number: 9 characters, and 13 among other data."""

UNKNOWN_DATE = "<<<<<<"

_NUMBER = re.compile(f"[A-Z0-9]{{1,{MAX_NUMBER_LENGTH}}}", re.ASCII)
_SEPARATORS = str.maketrans("", "", " <-./")
_MRZ_DATE = re.compile(
    r"(?:[0-9]{2}|<<)(?:0[1-9]|1[0-2]|<<)(?:0[1-9]|[12][0-9]|3[01]|<<)", re.ASCII
)
_ISO_DATE = re.compile(r"[0-9]{2}([0-9]{2})-([0-9]{2})-([0-9]{2})", re.ASCII)
_ZONE = re.compile(r"[A-Z0-9<]*", re.ASCII)
_WEIGHTS = (7, 3, 1)
_SHORT_NUMBER = 9


@dataclass(frozen=True, slots=True, kw_only=True)
class TravelDocument:
    """What an officer reads from a passport or an identity card.

    Attributes:
        number: of the document, 1 to 22 capital letters and digits.
        birth: of its holder, YYMMDD; `<<` where the document does not say.
        expiry: of the document, likewise.

    Raises:
        MalformedError: another form [ENTRY-RECEIPT-1]; the message does not hold what was given.
    """

    number: str = field(repr=False)
    birth: str = field(repr=False)
    expiry: str = field(repr=False)

    def __post_init__(self) -> None:
        if _NUMBER.fullmatch(self.number) is None:
            raise MalformedError(
                f"a document number is 1 to {MAX_NUMBER_LENGTH} letters A to Z and digits"
            )
        for name, date in (("birth", self.birth), ("expiry", self.expiry)):
            if _MRZ_DATE.fullmatch(date) is None:
                raise MalformedError(f"the date of {name} is no date like 2030-12-31 or 301231")

    @classmethod
    def of(cls, *, number: str, birth: str, expiry: str) -> "TravelDocument":
        """Return a document from what a person types [ENTRY-RECEIPT-2].

        Args:
            number: in small letters too, with spaces, hyphens, full stops, slashes or `<` in it.
            birth: as ISO 8601 or as YYMMDD.
            expiry: likewise; empty for a document without one.

        Raises:
            MalformedError: what no document has.
        """
        number = number.upper() if number.isascii() else ""  # some letters have ASCII capitals
        return cls(
            number=number.translate(_SEPARATORS),
            birth=_short_date(birth),
            expiry=_short_date(expiry) if expiry else UNKNOWN_DATE,
        )

    @classmethod
    def from_zone(cls, zone: str) -> "TravelDocument":
        """Return the document whose machine-readable zone this is [ENTRY-RECEIPT-3].

        Args:
            zone: two lines of 44 or 36 characters, or three of 30, as they are printed; a reader
                may have put them into one line.

        Raises:
            MalformedError: another size or character, or a check digit that is wrong.
        """
        zone = "".join(zone.split())
        if _ZONE.fullmatch(zone) is None:
            raise MalformedError("a machine-readable zone has only A to Z, digits and <")
        if len(zone) == 90:
            return cls._of_zone(zone[5:30], birth=zone[30:37], expiry=zone[38:45])
        if len(zone) not in (72, 88):
            raise MalformedError("a machine-readable zone has 2 lines of 44 or 36, or 3 of 30")
        line = zone[len(zone) // 2 :]
        long_number = line[:10] + line[28:35]
        return cls._of_zone(long_number, birth=line[13:20], expiry=line[21:28])

    @classmethod
    def _of_zone(cls, number: str, *, birth: str, expiry: str) -> "TravelDocument":
        """Return a document from fields with their check digits; other data follow the number's."""
        return cls(
            number=_checked(_with_digit(number), "number").replace("<", ""),
            birth=_checked(birth, "date of birth"),
            expiry=_checked(expiry, "date of expiry"),
        )


def check_digit(characters: str) -> str:
    """Return the check digit of Doc 9303, part 3: weights 7, 3, 1, modulo 10; `<` is nought."""
    values = (0 if each == "<" else int(each, 36) for each in characters)
    return str(sum(value * _WEIGHTS[at % 3] for at, value in enumerate(values)) % 10)


def _with_digit(zone: str) -> str:
    """Return the number and its check digit, which stands after the rest of a long number."""
    head, digit, more = zone[:_SHORT_NUMBER], zone[_SHORT_NUMBER], zone[_SHORT_NUMBER + 1 :]
    if digit != "<":
        return head + digit
    return head + more.partition("<")[0]


def _checked(characters: str, what: str) -> str:
    if check_digit(characters[:-1]) != characters[-1]:
        raise MalformedError(f"the check digit of the {what} is wrong")
    return characters[:-1]


def _short_date(given: str) -> str:
    found = _ISO_DATE.fullmatch(given)
    return "".join(found.groups()) if found else given
