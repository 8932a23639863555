"""Health stations of two communes, and requests for help to them."""

from typing import Any

from dp3t.primitives import X25519PrivateKey, sha256
from dp3t.publication.signing import SigningKey, TrustedKeys
from dp3t.symptoms.callback import CallMe
from dp3t.symptoms.help import HelpRequest
from dp3t.symptoms.stations import Station, StationKeys
from dp3t.symptoms.words import AgeBand, Outcome, Texts
from dp3t.timeline import Instant

NOW = Instant(1_643_700_000)
DAY = 86_400
HUE, DA_NANG = "19750", "20194"
AUTHORITY = SigningKey(
    seed=sha256(b"the authority"), valid_from=Instant(0), valid_until=Instant(2**32 - 1)
)
TRUSTED = TrustedKeys([AUTHORITY.public()])


def private(label: str) -> X25519PrivateKey:
    return X25519PrivateKey(sha256(label.encode()))


def station(commune: str, key: str, *, start: int = NOW - DAY, end: int = NOW + DAY) -> Station:
    return Station(
        commune=commune,
        name=Texts(vi="Trạm y tế phường", en="Health station of the ward"),
        telephone="+842343822325",
        key=private(key).public(),
        valid_from=Instant(start),
        valid_until=Instant(end),
    )


def station_keys(*stations: Station, number: int = 3) -> StationKeys:
    return StationKeys(
        number=number,
        valid_from=Instant(NOW - DAY),
        valid_until=Instant(NOW + DAY),
        stations=stations or (station(HUE, "Huế"), station(DA_NANG, "Đà Nẵng")),
    )


def request(**changes: Any) -> HelpRequest:
    fields: dict[str, Any] = {
        "commune": HUE,
        "who": "Chị Lệ",
        "callback": CallMe(telephone="+84912345678", from_hour=8, until_hour=20),
        "message": "Mẹ tôi sốt ba ngày.\nXin gọi lại.",
        "outcome": Outcome.CALL,
        "age_band": AgeBand.OLD,
        "asked": NOW,
    }
    return HelpRequest(**{**fields, **changes})
