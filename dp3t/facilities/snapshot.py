"""The map: the states of all facilities at a moment, signed by the server.

It shows nothing that the record does not say: whoever replays the record finds the same map.
"""

from dataclasses import dataclass

from dp3t.canonical_json import JsonValue, decode_json, encode_json
from dp3t.codec import Fields, Value
from dp3t.errors import LimitError, MalformedError, TooEarlyError, VerificationError
from dp3t.facilities.board import Board
from dp3t.facilities.facility import (
    COMMUNE,
    LATITUDES,
    LONGITUDES,
    MAX_ADDRESS,
    MAX_FACILITIES,
    MAX_NAME,
    require_facility,
    require_facility_kind,
)
from dp3t.facilities.json_fields import (
    HIGHEST_NUMBER,
    require_range,
    require_word,
    take_day,
    take_instant,
)
from dp3t.facilities.local_time import LocalDay
from dp3t.facilities.state import State
from dp3t.facilities.texts import require_line
from dp3t.params import CLOCK_TOLERANCE_SECONDS, LAST_INSTANT, MAX_NAME_LENGTH
from dp3t.publication.batch import require_region
from dp3t.publication.signing import HEADER_BYTES, SigningKey, TrustedKeys
from dp3t.timeline import Instant

MAX_MAP_BYTES = 2**25
"""The longest payload of a map; a signed file has 72 bytes more."""

_CONTEXT = "facility map 1"
_VERSION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class MapRow:
    """A facility on the map [MAP-1].

    Attributes:
        facility: its name in the record.
        facility_kind: "school", "clinic" or another word.
        name: as people call it.
        address: where it is.
        latitude_microdegrees: north of the equator.
        longitude_microdegrees: east of Greenwich.
        commune: code.
        state: today.
        late: whether everything was done today, but not by the deadline.
        objections: how many contest its state.
    """

    facility: str
    facility_kind: str
    name: str
    address: str
    latitude_microdegrees: int
    longitude_microdegrees: int
    commune: str
    state: State
    late: bool
    objections: int

    def __post_init__(self) -> None:
        require_facility(self.facility)
        require_facility_kind(self.facility_kind)
        require_line(self.name, longest=MAX_NAME, what="the name of a facility")
        require_line(self.address, longest=MAX_ADDRESS, what="the address of a facility")
        require_word(self.commune, COMMUNE, what="commune")

    def to_json(self) -> dict[str, JsonValue]:
        """Return the row for encoding."""
        return {
            "address": self.address,
            "commune": self.commune,
            "facility": self.facility,
            "facility_kind": self.facility_kind,
            "late": self.late,
            "latitude": self.latitude_microdegrees,
            "longitude": self.longitude_microdegrees,
            "name": self.name,
            "objections": self.objections,
            "state": self.state.value,
        }

    @classmethod
    def of_value(cls, value: Value) -> "MapRow":
        """Return the row that `to_json` described; MalformedError otherwise."""
        fields = Fields(value, what="a facility of the map")
        row = cls(
            facility=fields.text("facility", longest=MAX_ADDRESS),
            facility_kind=fields.text("facility_kind", longest=MAX_ADDRESS),
            name=fields.text("name", longest=MAX_NAME),
            address=fields.text("address", longest=MAX_ADDRESS),
            latitude_microdegrees=fields.integer("latitude", *LATITUDES),
            longitude_microdegrees=fields.integer("longitude", *LONGITUDES),
            commune=fields.text("commune", longest=MAX_NAME_LENGTH),
            state=_state(fields.text("state", longest=MAX_NAME_LENGTH)),
            late=fields.boolean("late"),
            objections=fields.integer("objections", 0, HIGHEST_NUMBER),
        )
        fields.done()
        return row


@dataclass(frozen=True, slots=True, kw_only=True)
class FacilityMap:
    """The map of a region [MAP-1].

    Attributes:
        region: name of the region.
        made: when the server signed it: the moment of the states.
        day: the local day.
        acts: how many acts of the record it shows.
        pages: how many pages of the record there were.
        rows: the facilities, ascending by name in the record.

    Raises:
        MalformedError: a map that no server makes.
    """

    region: str
    made: Instant
    day: LocalDay
    acts: int
    pages: int
    rows: tuple[MapRow, ...]

    def __post_init__(self) -> None:
        require_region(self.region)
        require_range(self.made, 0, LAST_INSTANT, what="made")
        names = [row.facility for row in self.rows]
        if names != sorted(set(names)):
            raise MalformedError("facilities of a map stand twice or out of order")

    @classmethod
    def of(cls, board: Board, *, made: Instant, pages: int) -> "FacilityMap":
        """Return the map of a board at a moment.

        Args:
            board: a replay of the record.
            made: the moment, no earlier than the last act.
            pages: how many pages of the record there are.

        Raises:
            LookupError: the region has no settings by then.
        """
        day = board.local_day(made)
        if day is None:
            raise LookupError("the region has no settings yet")
        enrolled = (each.facility.facility for each in board.facilities(made))
        return cls(
            region=board.region,
            made=made,
            day=day,
            acts=board.acts,
            pages=pages,
            rows=tuple(row_of(board, name, made) for name in enrolled),
        )

    def encode(self) -> bytes:
        """Return the canonical payload, before signing [MAP-1].

        Raises:
            LimitError: it has too many facilities or bytes.
        """
        if len(self.rows) > MAX_FACILITIES:
            raise LimitError(f"a map has at most {MAX_FACILITIES} facilities")
        payload = encode_json(
            {
                "acts": self.acts,
                "day": self.day,
                "facilities": [row.to_json() for row in self.rows],
                "made": self.made,
                "pages": self.pages,
                "region": self.region,
                "version": _VERSION,
            }
        )
        if len(payload) > MAX_MAP_BYTES:
            raise LimitError(f"a map has at most {MAX_MAP_BYTES} bytes")
        return payload

    @classmethod
    def decode(cls, payload: bytes) -> "FacilityMap":
        """Return the map whose canonical payload this is.

        Raises:
            MalformedError: any other bytes; LimitError where they are too many.
        """
        fields = Fields(decode_json(payload, limit_bytes=MAX_MAP_BYTES), what="a map")
        fields.version(_VERSION)
        rows = fields.items("facilities", most=MAX_FACILITIES)
        found = cls(
            region=fields.text("region", longest=MAX_NAME_LENGTH),
            made=take_instant(fields, "made"),
            day=take_day(fields, "day"),
            acts=fields.integer("acts", 0, HIGHEST_NUMBER),
            pages=fields.integer("pages", 0, HIGHEST_NUMBER),
            rows=tuple(MapRow.of_value(row) for row in rows),
        )
        fields.done()
        return found

    def sign(self, key: SigningKey) -> bytes:
        """Return the signed file.

        Raises:
            UnknownKeyError: the key may not speak for the moment.
            LimitError: the map is too long.
        """
        key.public().require_valid_at(self.made)
        return key.sign(self.encode(), context=_CONTEXT)

    @classmethod
    def open(cls, data: bytes, *, trusted: TrustedKeys, region: str, now: Instant) -> "FacilityMap":
        """Return the map that a server signed [MAP-2].

        Raises:
            MalformedError: no map; LimitError: too long.
            VerificationError: altered, of another region, or by a key that is not trusted then.
            TooEarlyError: made more than two hours after `now`.
        """
        limit = HEADER_BYTES + MAX_MAP_BYTES
        payload, key = trusted.open(data, context=_CONTEXT, limit_bytes=limit)
        found = cls.decode(payload)
        if found.region != region:
            raise VerificationError("the map is of another region")
        key.require_valid_at(found.made)
        if found.made > now + CLOCK_TOLERANCE_SECONDS:
            raise TooEarlyError("the map was made in the future")
        return found


def row_of(board: Board, facility: str, now: Instant) -> MapRow:
    """Return what the map shows of a facility; LookupError where it is not enrolled."""
    described = board.enrolment(facility, now).facility
    today = board.state(facility, now)
    return MapRow(
        facility=facility,
        facility_kind=described.facility_kind,
        name=described.name,
        address=described.address,
        latitude_microdegrees=described.latitude_microdegrees,
        longitude_microdegrees=described.longitude_microdegrees,
        commune=described.commune,
        state=today.state,
        late=today.late,
        objections=board.open_objections(facility, now),
    )


def _state(word: str) -> State:
    if word not in list(State):
        raise MalformedError("the map has no such state")
    return State(word)
