"""A facility: a school, a clinic, where it is and on which days it attests."""

import re
from dataclasses import dataclass

from dp3t.canonical_json import JsonValue
from dp3t.codec import Fields
from dp3t.errors import MalformedError
from dp3t.facilities.json_fields import require_range, require_word, take_text
from dp3t.facilities.local_time import WEEKDAYS, LocalDay, weekday_of
from dp3t.facilities.texts import require_line

MAX_NAME = 120
MAX_FACILITIES = 2**16
"""How many facilities a region can have [RECORD-16]."""

MAX_ADDRESS = 200
LATITUDES = (-90_000_000, 90_000_000)
LONGITUDES = (-180_000_000, 180_000_000)
FACILITY_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")
FACILITY_KIND = re.compile(r"[a-z][a-z-]{0,15}")
COMMUNE = re.compile(r"[0-9A-Za-z-]{1,16}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Facility:
    """A facility as the authority describes it [FACILITY-1].

    Attributes:
        facility: its name in the record, 1 to 32 of a to z, 0 to 9 and hyphen, no hyphen first.
        facility_kind: "school", "clinic" or another word of 1 to 16 of a to z and hyphen.
        name: as people call it, 1 to 120 characters.
        address: 1 to 200 characters.
        latitude_microdegrees: north of the equator, -90,000,000 to 90,000,000.
        longitude_microdegrees: east of Greenwich, -180,000,000 to 180,000,000.
        commune: code, 1 to 16 letters, digits and hyphens.
        weekdays: on which it attests, Monday first; at least one.

    Raises:
        MalformedError: a value that the chapter does not allow.
    """

    facility: str
    facility_kind: str
    name: str
    address: str
    latitude_microdegrees: int
    longitude_microdegrees: int
    commune: str
    weekdays: tuple[bool, ...]

    def __post_init__(self) -> None:
        require_facility(self.facility)
        require_facility_kind(self.facility_kind)
        require_line(self.name, longest=MAX_NAME, what="the name of a facility")
        require_line(self.address, longest=MAX_ADDRESS, what="the address of a facility")
        require_range(self.latitude_microdegrees, *LATITUDES, what="latitude")
        require_range(self.longitude_microdegrees, *LONGITUDES, what="longitude")
        require_word(self.commune, COMMUNE, what="commune")
        if len(self.weekdays) != WEEKDAYS or not any(self.weekdays):
            raise MalformedError("weekdays are seven, and one of them at least is attested")

    def attests_on(self, day: LocalDay) -> bool:
        """Return whether a day is one of its weekdays [FACILITY-2]."""
        return self.weekdays[weekday_of(day)]

    def to_json(self) -> dict[str, JsonValue]:
        """Return the fields for encoding."""
        return {
            "address": self.address,
            "commune": self.commune,
            "facility": self.facility,
            "facility_kind": self.facility_kind,
            "latitude": self.latitude_microdegrees,
            "longitude": self.longitude_microdegrees,
            "name": self.name,
            "weekdays": list(self.weekdays),
        }

    @classmethod
    def take(cls, fields: Fields) -> "Facility":
        """Take the fields; MalformedError unless they describe a facility."""
        weekdays = fields.items("weekdays", most=WEEKDAYS)
        if not all(type(each) is bool for each in weekdays):
            raise MalformedError("a weekday is true or false")
        return cls(
            facility=take_text(fields, "facility"),
            facility_kind=take_text(fields, "facility_kind"),
            name=take_text(fields, "name"),
            address=take_text(fields, "address"),
            latitude_microdegrees=fields.integer("latitude", *LATITUDES),
            longitude_microdegrees=fields.integer("longitude", *LONGITUDES),
            commune=take_text(fields, "commune"),
            weekdays=tuple(each is True for each in weekdays),
        )


def require_facility(name: str) -> None:
    """Raise MalformedError unless a facility can have that name in the record."""
    require_word(name, FACILITY_ID, what="facility")


def require_facility_kind(kind: str) -> None:
    """Raise MalformedError unless a kind of facilities can have that name."""
    require_word(kind, FACILITY_KIND, what="facility_kind")
