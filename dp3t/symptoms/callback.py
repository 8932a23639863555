"""How a station reaches who asked for help: the person chooses one way [HELP-5]."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from dp3t.codec import Fields
from dp3t.errors import MalformedError
from dp3t.params import LAST_DAY
from dp3t.primitives import Rand, random_below
from dp3t.symptoms.words import require_telephone, require_text
from dp3t.timeline import Day

MAX_ADDRESS_BYTES = 300
_CODE_DIGITS = 8
_CODE = re.compile(r"[0-9]{8}")
_DAY_HOURS = 24


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class CallMe:
    """The station calls.

    Attributes:
        telephone: 3 to 15 digits, perhaps after a plus sign.
        from_hour: first hour of the day, by the clock of Viet Nam, at which it may call; 0 to 23.
        until_hour: the hour from which on it may not; up to 24.

    Raises:
        MalformedError: no such number or hours.
    """

    telephone: str
    from_hour: int = 0
    until_hour: int = _DAY_HOURS

    def __post_init__(self) -> None:
        require_telephone(self.telephone, what="the telephone")
        _require_hours(self.from_hour, self.until_hour)

    def __repr__(self) -> str:
        return "CallMe(hidden)"

    def to_value(self) -> Mapping[str, int | str]:
        """Return the way for encoding."""
        return {
            "from_hour": self.from_hour,
            "kind": "call",
            "telephone": self.telephone,
            "until_hour": self.until_hour,
        }


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class VisitMe:
    """Somebody of the station comes.

    Attributes:
        address: one line of 1 to 300 bytes.
        day: on which, by the calendar of Viet Nam, in days since 1970-01-01.
        from_hour: first hour, by the clock of Viet Nam, at which they may come; 0 to 23.
        until_hour: the hour from which on they may not; up to 24.

    Raises:
        MalformedError: no such address, day or hours.
    """

    address: str
    day: Day
    from_hour: int = 0
    until_hour: int = _DAY_HOURS

    def __post_init__(self) -> None:
        require_text(self.address, longest_bytes=MAX_ADDRESS_BYTES, what="the address")
        if not 0 <= self.day <= LAST_DAY:
            raise MalformedError("the day of the visit is out of range")
        _require_hours(self.from_hour, self.until_hour)

    def __repr__(self) -> str:
        return "VisitMe(hidden)"

    def to_value(self) -> Mapping[str, int | str]:
        """Return the way for encoding."""
        return {
            "address": self.address,
            "day": self.day,
            "from_hour": self.from_hour,
            "kind": "visit",
            "until_hour": self.until_hour,
        }


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class ICallYou:
    """The person calls the station and says a code: the station learns no number and no address.

    Attributes:
        code: eight digits, by which the station finds the request.

    Raises:
        MalformedError: no such code.
    """

    code: str

    def __post_init__(self) -> None:
        if not _CODE.fullmatch(self.code):
            raise MalformedError(f"the code has {_CODE_DIGITS} digits")

    @classmethod
    def draw(cls, *, rand: Rand) -> "ICallYou":
        """Draw a code."""
        return cls(code=f"{random_below(10**_CODE_DIGITS, rand=rand):0{_CODE_DIGITS}}")

    def __repr__(self) -> str:
        return "ICallYou(hidden)"

    def to_value(self) -> Mapping[str, int | str]:
        """Return the way for encoding."""
        return {"code": self.code, "kind": "code"}


Callback = CallMe | VisitMe | ICallYou


def callback_of(fields: Fields) -> Callback:
    """Return a way that `to_value` described; MalformedError otherwise."""
    callback: Callback
    match fields.text("kind", longest=8):
        case "call":
            telephone = fields.text("telephone", longest=16)
            callback = CallMe(telephone=telephone, **_hours(fields))
        case "visit":
            address = fields.text("address", longest=MAX_ADDRESS_BYTES)
            day = Day(fields.integer("day", 0, LAST_DAY))
            callback = VisitMe(address=address, day=day, **_hours(fields))
        case "code":
            callback = ICallYou(code=fields.text("code", longest=_CODE_DIGITS))
        case _:
            raise MalformedError("the way to reach the person is none of three")
    fields.done()
    return callback


def _hours(fields: Fields) -> dict[str, int]:
    return {name: fields.integer(name, 0, _DAY_HOURS) for name in ("from_hour", "until_hour")}


def _require_hours(start: int, end: int) -> None:
    if not 0 <= start < end <= _DAY_HOURS:
        raise MalformedError("the hours begin before they end, within one day")
