"""A survey of two communes, tokens without a server, and counts of imagined reports."""

from typing import Any

from dp3t.primitives import sha256
from dp3t.publication.signing import SigningKey, TrustedKeys
from dp3t.publication.tokens import Token
from dp3t.symptoms.survey import Survey
from dp3t.symptoms.words import Texts
from dp3t.timeline import Day, Instant, day_of

NOW = Instant(1_643_700_000)
TODAY = day_of(NOW)
HUE, DA_NANG = "19750", "20194"
AUTHORITY = SigningKey(
    seed=sha256(b"the authority"), valid_from=Instant(0), valid_until=Instant(2**32 - 1)
)
TRUSTED = TrustedKeys([AUTHORITY.public()])


def survey(**changes: Any) -> Survey:
    """Return a survey with some of its fields changed."""
    fields: dict[str, Any] = {
        "number": 3,
        "valid_from": Instant(NOW - 86_400),
        "valid_until": Instant(NOW + 40 * 86_400),
        "question": Texts(vi="Hôm nay bạn có sốt hoặc ho không?", en="Fever or cough today?"),
        "turned_per_mille": 250,
        "report_per_mille": 150,
        "most_reports": 4,
        "window_days": 28,
        "min_reports": 50,
        "communes": (HUE, DA_NANG),
    }
    return Survey(**{**fields, **changes})


def token(label: str = "", *, day: Day = TODAY) -> Token:
    """Return what has the form of a token; nobody has signed it."""
    return Token(
        scope="symptoms",
        day=day,
        nonce=sha256(b"nonce" + label.encode()),
        prefix=sha256(b"prefix" + label.encode()),
        signature=b"\x01" * 256,
    )
