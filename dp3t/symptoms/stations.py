"""The keys of the communes' health stations: one list for the country, signed by the authority.

A phone fetches the whole list, so nobody learns from that which commune it is in [HELP-2].
"""

from dataclasses import dataclass

from dp3t.canonical_json import JsonValue
from dp3t.codec import Fields, Value, from_hex
from dp3t.errors import MalformedError, PolicyError
from dp3t.primitives import X25519_KEY_BYTES, X25519PublicKey
from dp3t.publication.signing import SigningKey, TrustedKeys
from dp3t.symptoms.documents import (
    HIGHEST_NUMBER,
    current,
    moment,
    open_document,
    require_document,
    require_lifetime,
    sign_document,
)
from dp3t.symptoms.words import Texts, require_commune, require_telephone
from dp3t.timeline import Instant

MAX_STATIONS = 2**14
MAX_STATION_KEYS_BYTES = 2**23
MAX_NAME_BYTES = 120
STATION_KEYS_CONTEXT = "dp3t station keys 1"
_VERSION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Station:
    """A key of a commune's health station, and how to call there.

    Attributes:
        commune: five digits.
        name: of the station.
        telephone: of the station.
        key: to which requests are sealed.
        valid_from: first moment at which one may seal to it.
        valid_until: first moment at which one may no longer.

    Raises:
        MalformedError: a code, a number or a lifetime that none has.
    """

    commune: str
    name: Texts
    telephone: str
    key: X25519PublicKey
    valid_from: Instant
    valid_until: Instant

    def __post_init__(self) -> None:
        require_commune(self.commune)
        require_telephone(self.telephone, what="a station's telephone")
        require_lifetime(self.valid_from, self.valid_until, what="a station's keys")

    def to_value(self) -> JsonValue:
        """Return the station for encoding."""
        return {
            "commune": self.commune,
            "key": self.key.to_bytes().hex(),
            "name": self.name.to_value(),
            "telephone": self.telephone,
            "valid_from": self.valid_from,
            "valid_until": self.valid_until,
        }

    @classmethod
    def from_value(cls, value: Value) -> "Station":
        """Return a station that `to_value` described; MalformedError otherwise."""
        fields = Fields(value, what="a station")
        key = fields.text("key", longest=2 * X25519_KEY_BYTES)
        station = cls(
            commune=fields.text("commune", longest=5),
            name=Texts.of(
                fields.nested("name"), longest_bytes=MAX_NAME_BYTES, what="a station's name"
            ),
            telephone=fields.text("telephone", longest=16),
            key=X25519PublicKey(_lower_hex(key)),
            valid_from=moment(fields, "valid_from"),
            valid_until=moment(fields, "valid_until"),
        )
        fields.done()
        return station


@dataclass(frozen=True, slots=True, kw_only=True)
class StationKeys:
    """The list of all stations.

    Attributes:
        number: of the document, higher in each that replaces another; 1 to 2^32 - 1.
        valid_from: first moment at which it holds.
        valid_until: first moment at which it no longer holds.
        stations: ascending by commune and by the start of the key's lifetime, no pair twice.

    Raises:
        MalformedError: an order, a number or a lifetime that none has.
    """

    number: int
    valid_from: Instant
    valid_until: Instant
    stations: tuple[Station, ...]

    def __post_init__(self) -> None:
        require_document(self, what="station keys")
        order = [(station.commune, station.valid_from) for station in self.stations]
        if not 1 <= len(order) <= MAX_STATIONS or order != sorted(set(order)):
            raise MalformedError("stations are none, too many, twice or out of order")

    def sign(self, key: SigningKey) -> bytes:
        """Return the signed document [HELP-1]."""
        value: JsonValue = {
            "number": self.number,
            "stations": [station.to_value() for station in self.stations],
            "valid_from": self.valid_from,
            "valid_until": self.valid_until,
            "version": _VERSION,
        }
        return sign_document(value, key, context=STATION_KEYS_CONTEXT)

    @classmethod
    def open(
        cls, data: bytes, *, trusted: TrustedKeys, now: Instant, newest: int = 0
    ) -> "StationKeys":
        """Return the list in a signed document [HELP-1] [HELP-3].

        Args:
            data: the document.
            trusted: the authority's keys.
            now: the present.
            newest: the highest number seen before; a lower one is not taken.

        Raises:
            MalformedError: not such a document.
            VerificationError: not signed by the authority, or not with a key of that time.
            ExpiredError: it is replaced or no longer holds.
            TooEarlyError: it does not hold yet.
        """
        value, signer = open_document(
            data, context=STATION_KEYS_CONTEXT, trusted=trusted, limit_bytes=MAX_STATION_KEYS_BYTES
        )
        return current(cls.of_value(value), signer, now=now, newest=newest, what="station keys")

    @classmethod
    def of_value(cls, value: Value) -> "StationKeys":
        """Return the list that a document describes; MalformedError otherwise [HELP-1]."""
        fields = Fields(value, what="the station keys")
        fields.version(_VERSION)
        stations = fields.items("stations", most=MAX_STATIONS)
        keys = cls(
            number=fields.integer("number", 1, HIGHEST_NUMBER),
            valid_from=moment(fields, "valid_from"),
            valid_until=moment(fields, "valid_until"),
            stations=tuple(map(Station.from_value, stations)),
        )
        fields.done()
        return keys

    def station(self, commune: str, *, now: Instant) -> Station:
        """Return the station of a commune with its newest key of the moment [HELP-4].

        Raises:
            PolicyError: it has none at that moment; the message does not name the commune.
        """
        for station in reversed(self.stations):
            if station.commune == commune and station.valid_from <= now < station.valid_until:
                return station
        raise PolicyError("no station of that commune has a key at this moment")


def _lower_hex(text: str) -> bytes:
    """Return the bytes of lower-case hexadecimal: there is one spelling of a key."""
    data = from_hex(text, length=X25519_KEY_BYTES, what="a station's key")
    if data.hex() != text:
        raise MalformedError("a station's key is not lower-case hexadecimal")
    return data
