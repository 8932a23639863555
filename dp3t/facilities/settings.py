"""What the authority settles for its region: the local day, the deadline, how late one may be."""

from dataclasses import dataclass

from dp3t.canonical_json import JsonValue
from dp3t.codec import Fields
from dp3t.facilities.json_fields import require_range
from dp3t.facilities.local_time import LocalDay, local_day_of, local_day_start
from dp3t.facilities.texts import Texts
from dp3t.params import LAST_INSTANT
from dp3t.timeline import Instant

MAX_NAME = 120
_OFFSETS = (-720, 840)
_DEADLINES = (1, 1440)
MAX_LATE_DAYS = 14
_LATE_DAYS = (0, MAX_LATE_DAYS)
MAX_OBJECTION_DAYS = 28
_OBJECTION_DAYS = (1, MAX_OBJECTION_DAYS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How days are counted in a region [CHECKLIST-1].

    Attributes:
        utc_offset_minutes: of the region's clocks, -720 to 840; 420 in Viet Nam.
        deadline_minutes: after local midnight, until when a day is attested; 1 to 1440.
        late_days: how many days later a day may still be attested; 0 to 14.
        objection_days: how many days back one may object; 1 to 28.
        name: of the authority; 1 to 120 characters.

    Raises:
        MalformedError: a value outside its range.
    """

    utc_offset_minutes: int
    deadline_minutes: int
    late_days: int
    objection_days: int
    name: Texts

    def __post_init__(self) -> None:
        require_range(self.utc_offset_minutes, *_OFFSETS, what="utc_offset_minutes")
        require_range(self.deadline_minutes, *_DEADLINES, what="deadline_minutes")
        require_range(self.late_days, *_LATE_DAYS, what="late_days")
        require_range(self.objection_days, *_OBJECTION_DAYS, what="objection_days")
        self.name.require(longest=MAX_NAME, what="the name of the authority")

    def day_of_place(self, now: Instant) -> LocalDay:
        """Return the local day that holds a moment [CHECKLIST-2]."""
        return local_day_of(now, utc_offset_minutes=self.utc_offset_minutes)

    def deadline_of(self, day: LocalDay) -> Instant:
        """Return the first moment at which a local day is attested too late [CHECKLIST-3]."""
        start = local_day_start(day, utc_offset_minutes=self.utc_offset_minutes)
        return Instant(min(max(start + self.deadline_minutes * 60, 0), LAST_INSTANT))

    def to_json(self) -> dict[str, JsonValue]:
        """Return the fields for encoding."""
        return {
            "deadline_minutes": self.deadline_minutes,
            "late_days": self.late_days,
            "name": self.name.to_json(),
            "objection_days": self.objection_days,
            "utc_offset_minutes": self.utc_offset_minutes,
        }

    @classmethod
    def take(cls, fields: Fields) -> "Settings":
        """Take the fields; MalformedError unless they are settings."""
        return cls(
            utc_offset_minutes=fields.integer("utc_offset_minutes", *_OFFSETS),
            deadline_minutes=fields.integer("deadline_minutes", *_DEADLINES),
            late_days=fields.integer("late_days", *_LATE_DAYS),
            objection_days=fields.integer("objection_days", *_OBJECTION_DAYS),
            name=Texts.take(fields, "name"),
        )
