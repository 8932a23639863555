"""A request for help: what somebody asks of the health station of their commune, sealed to it.

All sealed requests have one length and name no station. Whoever keeps them cannot tell for whom
they are; a station opens those that its keys open [HELP-8].
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from dp3t.canonical_json import JsonValue, decode_json, encode_json
from dp3t.codec import Fields, Value, pad, unpad
from dp3t.errors import (
    ExpiredError,
    MalformedError,
    PolicyError,
    TransportError,
    UnsupportedVersionError,
    VerificationError,
)
from dp3t.params import LAST_DAY, LAST_INSTANT
from dp3t.primitives import (
    HPKE_OVERHEAD_BYTES,
    X25519PrivateKey,
    hpke_open,
    hpke_seal_with_os_randomness,
    sha256,
)
from dp3t.publication.answer import padded_answer
from dp3t.symptoms.callback import Callback, callback_of
from dp3t.symptoms.documents import HIGHEST_NUMBER
from dp3t.symptoms.stations import StationKeys
from dp3t.symptoms.words import AgeBand, Outcome, require_commune, require_language, require_text
from dp3t.timeline import Day, Instant, day_of

HELP_BYTES = 4_096
"""The length of every sealed request."""

HELP_DAYS = 7
"""For how many days after its own a request is kept."""

MAX_WHO_BYTES = 120
MAX_MESSAGE_BYTES = 1_200
HELP_REFUSALS: dict[str, type[PolicyError]] = {
    "replaced-keys": ExpiredError,
    "expiry": PolicyError,
    "full": PolicyError,
}
"""Why a server may refuse a well-formed request, and the error the app raises for it."""

_VERSION = 1
_NUMBER_BYTES = 4
_DAY_BYTES = 4
_HEADER_BYTES = 1 + _NUMBER_BYTES + _DAY_BYTES
_PLAINTEXT_BYTES = HELP_BYTES - _HEADER_BYTES - HPKE_OVERHEAD_BYTES
_CONTEXT = b"dp3t help 1\0"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class HelpRequest:
    """What somebody asks, in their own words and with no more about them than they choose.

    Attributes:
        commune: whose station is asked, five digits.
        who: a name of their choice, one line of 1 to 120 bytes.
        callback: how the station reaches them.
        message: up to 1,200 bytes; empty where there is nothing to add.
        outcome: what the rules advised; None where they were not asked or it is not told.
        age_band: unknown where it is not told.
        language: "vi" or "en", in which they want to be spoken to.
        asked: when.

    Raises:
        MalformedError: a field that no request has; the message holds nothing of it.
    """

    commune: str
    who: str
    callback: Callback
    message: str = ""
    outcome: Outcome | None = None
    age_band: AgeBand = AgeBand.UNKNOWN
    language: str = "vi"
    asked: Instant

    def __post_init__(self) -> None:
        require_commune(self.commune)
        require_text(self.who, longest_bytes=MAX_WHO_BYTES, what="who asks")
        if self.message:
            require_text(
                self.message, longest_bytes=MAX_MESSAGE_BYTES, what="the message", lines=True
            )
        require_language(self.language)

    def __repr__(self) -> str:
        return "HelpRequest(hidden)"

    def to_value(self) -> JsonValue:
        """Return the request for encoding [HELP-6]."""
        return {
            "age_band": self.age_band.value,
            "asked": self.asked,
            "callback": self.callback.to_value(),
            "commune": self.commune,
            "language": self.language,
            "message": self.message,
            "outcome": "none" if self.outcome is None else self.outcome.value,
            "version": _VERSION,
            "who": self.who,
        }

    def seal_with_os_randomness(self, keys: StationKeys) -> bytes:
        """Return the 4,096 bytes for a server, sealed to the commune's station [HELP-7].

        Args:
            keys: the list of stations, opened at the moment of asking.

        Raises:
            PolicyError: the commune has no station with a key at that moment.
        """
        station = keys.station(self.commune, now=self.asked)
        header = _header(keys.number, Day(day_of(self.asked) + HELP_DAYS))
        plaintext = pad(encode_json(self.to_value()), to_bytes=_PLAINTEXT_BYTES)
        return header + hpke_seal_with_os_randomness(
            station.key, plaintext, context=_CONTEXT + header
        )

    @classmethod
    def of_value(cls, value: Value) -> "HelpRequest":
        """Return a request that `to_value` described; MalformedError otherwise [HELP-9]."""
        fields = Fields(value, what="the request")
        fields.version(_VERSION)
        request = cls(
            commune=fields.text("commune", longest=5),
            who=fields.text("who", longest=MAX_WHO_BYTES),
            callback=callback_of(fields.nested("callback")),
            message=fields.text("message", longest=MAX_MESSAGE_BYTES),
            outcome=_outcome_of(fields),
            age_band=AgeBand(_one_of(fields, "age_band", AgeBand)),
            language=_one_of(fields, "language", ("en", "vi")),
            asked=Instant(fields.integer("asked", 0, LAST_INSTANT)),
        )
        fields.done()
        return request


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedHelp:
    """A sealed request as a server and a station have it.

    Attributes:
        keys_number: of the list of stations to one of which it is sealed.
        expires: first UTC day on which it is no longer kept.
        sealed: 4,087 bytes.
    """

    keys_number: int
    expires: Day
    sealed: bytes = field(repr=False)

    @classmethod
    def decode(cls, data: bytes) -> "SealedHelp":
        """Return the sealed request in 4,096 bytes [HELP-7].

        Raises:
            MalformedError: another length, or a header that none has.
            UnsupportedVersionError: another version.
        """
        if len(data) != HELP_BYTES:
            raise MalformedError(f"a sealed request has {HELP_BYTES} bytes, not {len(data)}")
        if data[0] != _VERSION:
            raise UnsupportedVersionError(f"the sealed request has version {data[0]}")
        number = int.from_bytes(data[1:5], "big")
        expires = int.from_bytes(data[5:_HEADER_BYTES], "big")
        if number == 0 or expires > LAST_DAY + HELP_DAYS:
            raise MalformedError("the sealed request has an impossible header")
        return cls(keys_number=number, expires=Day(expires), sealed=data[_HEADER_BYTES:])

    def encode(self) -> bytes:
        """Return the 4,096 bytes."""
        return _header(self.keys_number, self.expires) + self.sealed

    @property
    def name(self) -> str:
        """What a server calls it: SHA-256 of the 4,096 bytes, in hexadecimal."""
        return sha256(self.encode()).hex()

    def require_acceptable(self, *, now: Instant, documents: Collection[int]) -> None:
        """Check what a server can check [HELP-10].

        Args:
            now: the present.
            documents: the numbers of the lists of stations to which one may still seal.

        Raises:
            ExpiredError: it is sealed by a list that is replaced.
            PolicyError: it wants to be kept longer than seven days, or not at all.
        """
        if self.keys_number not in documents:
            raise ExpiredError(f"station keys {self.keys_number} are replaced")
        days = self.expires - day_of(now)
        if not 1 <= days <= HELP_DAYS + 1:  # a phone's clock may be a little ahead at midnight
            raise PolicyError(f"a request is kept for {HELP_DAYS} days, not {days}")

    def open(self, keys: Iterable[X25519PrivateKey]) -> HelpRequest:
        """Return the request that one of a station's keys opens [HELP-8].

        Raises:
            VerificationError: none opens it: it is for another station, or altered.
            MalformedError: it opens, and no app writes what is in it.
        """
        context = _CONTEXT + _header(self.keys_number, self.expires)
        for key in keys:
            try:
                plaintext = hpke_open(key, self.sealed, context=context)
            except VerificationError:
                continue
            payload = unpad(plaintext, of_bytes=_PLAINTEXT_BYTES)
            return HelpRequest.of_value(decode_json(payload, limit_bytes=len(payload)))
        raise VerificationError("no key at hand opens the request")


def encode_help_answer(refusal: str | None = None) -> bytes:
    """Return the 256 bytes that answer a request: JSON and spaces [HELP-11].

    Args:
        refusal: a key of `HELP_REFUSALS`, or None where the station will find it.

    Raises:
        ValueError: another refusal.
    """
    if refusal is not None and refusal not in HELP_REFUSALS:
        raise ValueError("there is no refusal of that name")
    return padded_answer(refusal)


def check_help_answer(body: bytes) -> None:
    """Return if the answer says that the request is kept for the station [HELP-11].

    Raises:
        PolicyError: it says why not (ExpiredError where the list of stations is replaced).
        TransportError: the bytes are none of the answers.
    """
    if body == encode_help_answer():
        return
    for refusal, error in HELP_REFUSALS.items():
        if body == encode_help_answer(refusal):
            raise error(f"the server refused the request for help: {refusal}")
    raise TransportError("the server's answer to the request for help is not understood")


def _header(number: int, expires: Day) -> bytes:
    if not 1 <= number <= HIGHEST_NUMBER:
        raise ValueError("the number of the station keys is out of range")
    return (
        bytes([_VERSION])
        + number.to_bytes(_NUMBER_BYTES, "big")
        + expires.to_bytes(_DAY_BYTES, "big")
    )


def _one_of(fields: Fields, name: str, words: Iterable[str]) -> str:
    word = fields.text(name, longest=16)
    if word not in list(words):
        raise MalformedError(f"the request: {name} is none of its words")
    return word


def _outcome_of(fields: Fields) -> Outcome | None:
    word = _one_of(fields, "outcome", ("none", *Outcome))
    return None if word == "none" else Outcome(word)
