"""Entry codes: what the QR code at the door says.

The payload is a protocol buffer that several apps write and read. Everything that identifies the
venue follows from its bytes, so they are kept as they were scanned and never encoded again.
"""

import re
from dataclasses import dataclass, field
from enum import IntEnum

from dp3t.errors import LimitError, MalformedError, UnsupportedVersionError
from dp3t.params import LAST_INSTANT
from dp3t.presence import presence_pb2 as pb
from dp3t.presence.entry_link import DEFAULT_BASE, link_of, payload_of
from dp3t.presence.messages import encoded, parsed
from dp3t.presence.pairing import G2Point
from dp3t.primitives import sha256
from dp3t.timeline import Instant, require_instant

MAX_PAYLOAD_BYTES = 1024
MAX_TEXT_CHARACTERS = 100
SEED_LENGTHS = (16, 32)
"""Bytes of a seed: Corona-Warn-App takes 16 and nothing else, CrowdNotifier writes 32 [ENTRY-7]."""
PAYLOAD_VERSIONS = (1, 3, 4)
MAX_STAY_SECONDS = 86_400

_WRITTEN_VERSION = 1
_CWA_GUID = b"CWA-GUID"
_UNSEEN = re.compile(
    r"[\x00-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f"
    r"\u2028-\u202e\u2060-\u206f\u2800\u3164\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e007f]"
)
"""Characters that break a line, turn its direction or show nothing [ENTRY-9]."""

_BLANK = re.compile(r"[\s\u200c\u200d\ufe00-\ufe0f]*")
"""White space, and what some scripts and emoji need beside a character that shows [ENTRY-8]."""


class LocationType(IntEnum):
    """What kind of place it is; the numbers are those of Corona-Warn-App [ENTRY-14]."""

    UNSPECIFIED = 0
    PERMANENT_OTHER = 1
    TEMPORARY_OTHER = 2
    PERMANENT_RETAIL = 3
    PERMANENT_FOOD_SERVICE = 4
    PERMANENT_CRAFT = 5
    PERMANENT_WORKPLACE = 6
    PERMANENT_EDUCATIONAL_INSTITUTION = 7
    PERMANENT_PUBLIC_BUILDING = 8
    TEMPORARY_CULTURAL_EVENT = 9
    TEMPORARY_CLUB_ACTIVITY = 10
    TEMPORARY_PRIVATE_EVENT = 11
    TEMPORARY_WORSHIP_SERVICE = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryCode:
    """An entry code that was read and found good; `parse` and `create` make one.

    Attributes:
        payload: the bytes as they were scanned; whoever has them derives what visitors derive.
        description: what the place is called, 1 to 100 characters that show.
        address: where it is, up to 100 characters that show.
        start: from when the code is valid; None where it says nothing.
        end: until when, no earlier than `start`; None where it says nothing.
        public_key: under which visits are encrypted.
        seed: 16 or 32 random bytes, so that two venues never have one code.
        vendor_data: what one app adds for itself; it may be empty.
    """

    payload: bytes = field(repr=False)
    description: str
    address: str
    start: Instant | None
    end: Instant | None
    public_key: G2Point
    seed: bytes = field(repr=False)
    vendor_data: bytes = field(repr=False)

    @classmethod
    def create(
        cls,
        *,
        description: str,
        address: str,
        public_key: G2Point,
        seed: bytes,
        start: Instant | None = None,
        end: Instant | None = None,
        location_type: LocationType = LocationType.PERMANENT_OTHER,
        default_stay_seconds: int | None = None,
    ) -> "EntryCode":
        """Write an entry code that other apps read too.

        Args:
            description: what the place is called, 1 to 100 characters.
            address: where it is, 1 to 100 characters.
            public_key: the sum of the venue's and the authority's.
            seed: 16 random bytes, or 32 where Corona-Warn-App need not read the code.
            start: from when the code is valid.
            end: until when, no earlier than `start`.
            location_type: what kind of place it is.
            default_stay_seconds: how long a visit lasts if nobody says; whole minutes, at most
                a day.

        Raises:
            MalformedError: a text that no reader takes, a seed of another length, an end before
                the start, or an encoding of more than 1024 bytes (LimitError).
            ValueError: a moment or a stay outside its range.
        """
        return cls._written(
            location=_location(description, address, start, end),
            public_key=public_key,
            seed=seed,
            vendor_data=_cwa_data(location_type, default_stay_seconds),
        )

    def renewed(
        self,
        *,
        seed: bytes,
        start: Instant,
        end: Instant,
        description: str | None = None,
    ) -> "EntryCode":
        """Write a code for the same place with another seed and validity.

        Args:
            seed: 16 random bytes, or 32.
            start: from when the new code is valid.
            end: until when, no earlier than `start`.
            description: another name for the place, or that of an event there.

        Raises:
            MalformedError: as `create`.
            ValueError: a moment outside its range.
        """
        name = self.description if description is None else description
        return self._written(
            location=_location(name, self.address, start, end),
            public_key=self.public_key,
            seed=seed,
            vendor_data=self.vendor_data,
        )

    @classmethod
    def _written(
        cls, *, location: pb.TraceLocation, public_key: G2Point, seed: bytes, vendor_data: bytes
    ) -> "EntryCode":
        """Encode a code and read it as any other reader will [ENTRY-13]."""
        payload = pb.QRCodePayload(
            version=_WRITTEN_VERSION,
            location_data=location,
            crowd_notifier_data=pb.CrowdNotifierData(
                version=_WRITTEN_VERSION,
                public_key=public_key.to_bytes(),
                cryptographic_seed=seed,
            ),
            vendor_data=vendor_data,
        )
        return cls.parse(encoded(payload))

    @classmethod
    def parse(cls, payload: bytes) -> "EntryCode":
        """Return what a payload says; fields that nobody knows are passed over [ENTRY-4].

        Raises:
            LimitError: more than 1024 bytes [ENTRY-1].
            UnsupportedVersionError: a version other than 1, 3 and 4 [ENTRY-3].
            MalformedError: not a payload; the message names what is wrong [ENTRY-5] to [ENTRY-12].
        """
        message = _message(payload)
        location, crowd_notifier = message.location_data, message.crowd_notifier_data
        description = _text(location.description, what="description")
        if _BLANK.fullmatch(description):
            raise MalformedError("the description is empty")
        start, end = _validity(location)
        return cls(
            payload=payload,
            description=description,
            address=_text(location.address, what="address"),
            start=start,
            end=end,
            public_key=_public_key(crowd_notifier.public_key),
            seed=_seed(crowd_notifier.cryptographic_seed),
            vendor_data=message.vendor_data,
        )

    @classmethod
    def from_link(cls, text: str) -> "EntryCode":
        """Return the code that a scanned or typed text holds, in any of its forms [ENTRY-18].

        Raises:
            MalformedError: none of them, a private trace code among others, or no good payload.
        """
        return cls.parse(payload_of(text))

    def link(self, *, base: str = DEFAULT_BASE) -> str:
        """Return the text of the QR code: the payload after the `#` of a link [ENTRY-17].

        Args:
            base: where people without an app land, `https://`, a host and perhaps a path.

        Raises:
            MalformedError: another base.
        """
        return link_of(self.payload, base=base)

    @property
    def default_stay_seconds(self) -> int | None:
        """How long a visit lasts if nobody says, 60 to 86,400; None where the code is silent."""
        try:
            data = parsed(pb.CWALocationData, self.vendor_data, what="the vendor's data")
        except MalformedError:
            return None  # another app's [ENTRY-15]
        stay_seconds = 60 * data.default_check_in_length_in_minutes
        return stay_seconds if 0 < stay_seconds <= MAX_STAY_SECONDS else None

    @property
    def cwa_location_id(self) -> bytes:
        """What Corona-Warn-App calls the place: 32 bytes [ENTRY-16]."""
        return cwa_location_id(self.payload)


def cwa_location_id(payload: bytes) -> bytes:
    """Return what Corona-Warn-App calls a place, 32 bytes [ENTRY-16]."""
    return sha256(_CWA_GUID + payload)


def cwa_location_id_hash(location_id: bytes) -> bytes:
    """Return what Corona-Warn-App publishes of a place that is warned about [ENTRY-16]."""
    return sha256(location_id)


def _message(payload: bytes) -> pb.QRCodePayload:
    """Return the message in a payload, of a version that is known and with its parts."""
    if len(payload) > MAX_PAYLOAD_BYTES:
        raise LimitError(f"an entry code has at most {MAX_PAYLOAD_BYTES} bytes")
    message = parsed(pb.QRCodePayload, payload, what="the entry code")
    if message.version not in PAYLOAD_VERSIONS:
        raise UnsupportedVersionError(f"the entry code has version {message.version}")
    if not message.HasField("location_data"):
        raise MalformedError("the entry code lacks the location")
    if not message.HasField("crowd_notifier_data"):
        raise MalformedError("the entry code lacks the CrowdNotifier data")
    return message


def _location(
    description: str, address: str, start: Instant | None, end: Instant | None
) -> pb.TraceLocation:
    if not address.strip():
        raise MalformedError("the address is empty")
    for moment in (start, end):
        if moment is not None:
            require_instant(moment)
    return pb.TraceLocation(
        version=_WRITTEN_VERSION,
        # What is not Unicode is for the reader to refuse.
        description=description.encode("utf-8", "surrogatepass"),
        address=address.encode("utf-8", "surrogatepass"),
        timestamp_5=start or None,
        timestamp_6=end or None,
    )


def _cwa_data(location_type: LocationType, stay_seconds: int | None) -> bytes:
    minutes, rest = divmod(stay_seconds or 0, 60)
    if rest or not 0 <= minutes <= MAX_STAY_SECONDS // 60 or stay_seconds == 0:
        raise ValueError("a stay is whole minutes, at least one and at most a day")
    return encoded(
        pb.CWALocationData(
            version=_WRITTEN_VERSION,
            type=LocationType(location_type),
            default_check_in_length_in_minutes=minutes,
        )
    )


def _text(data: bytes, *, what: str) -> str:
    try:
        text = data.decode()
    except UnicodeDecodeError:
        raise MalformedError(f"the {what} is not UTF-8") from None
    if len(text) > MAX_TEXT_CHARACTERS:
        raise MalformedError(f"the {what} is longer than {MAX_TEXT_CHARACTERS} characters")
    if _UNSEEN.search(text):
        raise MalformedError(f"the {what} has a control character or one that shows nothing")
    return text


def _validity(location: pb.TraceLocation) -> tuple[Instant | None, Instant | None]:
    """Return start and end from whichever numbering is used [ENTRY-11]."""
    if location.HasField("timestamp_4"):
        if location.HasField("timestamp_6"):
            raise MalformedError("the entry code mixes two numberings of its times")
        start, end = location.timestamp_4, location.timestamp_5
    else:
        start, end = location.timestamp_5, location.timestamp_6
    if start > LAST_INSTANT:
        raise MalformedError("the entry code starts later than 2106")
    if 0 < end < start:
        raise MalformedError("the entry code ends before it starts")
    ends = 0 < end <= LAST_INSTANT  # SwissCovid writes an end 100,000 days from now
    return Instant(start) if start else None, Instant(end) if ends else None


def _public_key(data: bytes) -> G2Point:
    try:
        return G2Point.from_bytes(data)
    except MalformedError as error:
        raise MalformedError(f"the public key of the entry code: {error}") from None


def _seed(data: bytes) -> bytes:
    if len(data) not in SEED_LENGTHS:
        raise MalformedError(f"the seed of the entry code has {len(data)} bytes, not 16 or 32")
    return data
