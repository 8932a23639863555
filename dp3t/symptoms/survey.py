"""The survey: the question of the day, how reports are randomised, and how often one reports.

The authority signs it. An app carries limits of its own and takes no survey beyond them [SURVEY-3].
"""

import math
from bisect import bisect_left
from dataclasses import dataclass

from dp3t.canonical_json import JsonValue, decode_json
from dp3t.codec import Fields, Value
from dp3t.errors import MalformedError, PolicyError
from dp3t.publication.signing import HEADER_BYTES, SigningKey, TrustedKeys
from dp3t.symptoms.documents import (
    HIGHEST_NUMBER,
    current,
    moment,
    open_document,
    require_document,
    sign_document,
)
from dp3t.symptoms.words import Texts, require_commune
from dp3t.timeline import Instant

MAX_SURVEY_BYTES = 2**18
MAX_COMMUNES = 2**14
MAX_QUESTION_BYTES = 1_000
WHOLE = 1_000
"""Parts in which shares of a survey are given: per mille."""

WINDOW_DAYS = 28
"""The days over which an app counts what was spent, whatever a survey says [BUDGET-2]."""

MOST_REPORT_EPSILON = 1_100
"""The most that one report may cost, in thousandths of epsilon [SURVEY-3]."""

MOST_WINDOW_EPSILON = 4_400
"""The most that all reports of a person in 28 days may cost, in thousandths [BUDGET-2]."""

LEAST_MIN_REPORTS = 20
"""The smallest number of reports of which a server may publish a share [SURVEY-3]."""

SURVEY_CONTEXT = "dp3t symptom survey 1"
_VERSION = 1
_WHAT = "the survey"


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """A survey that the authority has signed.

    Attributes:
        number: higher in each survey that replaces another; 1 to 2^32 - 1.
        valid_from: first moment at which it holds.
        valid_until: first moment at which it no longer holds.
        question: what the person answers with yes or no.
        turned_per_mille: of 1,000 answers, how many are turned round; 1 to 499.
        report_per_mille: of 1,000 days, on how many a person reports; 1 to 1,000.
        most_reports: how many reports of a person there are at most in `window_days`; 1 to 28.
        window_days: 1 to 28.
        min_reports: of how many reports of a commune and day a share is published; 1 to 2^20.
        communes: five digits each, ascending.

    Raises:
        MalformedError: a value outside its range [SURVEY-1].
    """

    number: int
    valid_from: Instant
    valid_until: Instant
    question: Texts
    turned_per_mille: int
    report_per_mille: int
    most_reports: int
    window_days: int
    min_reports: int
    communes: tuple[str, ...]

    def __post_init__(self) -> None:
        require_document(self, what="survey")
        for name, (lowest, highest) in _RANGES.items():
            if not lowest <= getattr(self, name) <= highest:
                raise MalformedError(f"{_WHAT}: {name} lies between {lowest} and {highest}")
        if not 1 <= len(self.communes) <= MAX_COMMUNES:
            raise MalformedError(f"a survey has 1 to {MAX_COMMUNES} communes")
        if list(self.communes) != sorted(set(self.communes)):
            raise MalformedError("the communes of the survey are twice or out of order")
        for commune in self.communes:
            require_commune(commune)

    @property
    def epsilon_thousandths(self) -> int:
        """What one report costs: epsilon, in thousandths, rounded up [SURVEY-2]."""
        return math.ceil(WHOLE * math.log((WHOLE - self.turned_per_mille) / self.turned_per_mille))

    @property
    def window_epsilon_thousandths(self) -> int:
        """What all reports of a person in 28 days can cost by this survey, in thousandths."""
        windows = -(-WINDOW_DAYS // self.window_days)
        return self.epsilon_thousandths * min(WINDOW_DAYS, windows * self.most_reports)

    def require_tolerable(self) -> None:
        """Raise PolicyError for a survey beyond what an app takes from any authority [SURVEY-3]."""
        if self.epsilon_thousandths > MOST_REPORT_EPSILON:
            raise PolicyError("a report of the survey would tell more than this app allows")
        if self.window_epsilon_thousandths > MOST_WINDOW_EPSILON:
            raise PolicyError("the survey asks for more reports than this app allows")
        if self.min_reports < LEAST_MIN_REPORTS:
            raise PolicyError("the survey publishes smaller numbers than this app allows")

    def has_commune(self, commune: str) -> bool:
        """Return whether the survey is held in a commune."""
        at = bisect_left(self.communes, commune)
        return self.communes[at : at + 1] == (commune,)

    def require_commune(self, commune: str) -> None:
        """Raise PolicyError for a commune that the survey does not have."""
        if not self.has_commune(commune):
            raise PolicyError("the survey is not held in that commune")

    def sign(self, key: SigningKey) -> bytes:
        """Return the signed document [SURVEY-1]."""
        value: JsonValue = {
            "communes": list(self.communes),
            **{name: getattr(self, name) for name in _RANGES},
            "number": self.number,
            "question": self.question.to_value(),
            "valid_from": self.valid_from,
            "valid_until": self.valid_until,
            "version": _VERSION,
        }
        return sign_document(value, key, context=SURVEY_CONTEXT)

    @classmethod
    def open(cls, data: bytes, *, trusted: TrustedKeys, now: Instant, newest: int = 0) -> "Survey":
        """Return the survey in a signed document; whether an app takes it is another question.

        Args:
            data: the document.
            trusted: the authority's keys.
            now: the present.
            newest: the highest number seen before; a lower one is not taken.

        Raises:
            MalformedError: not such a document [SURVEY-1].
            VerificationError: not signed by the authority, or not with a key of that time.
            ExpiredError: it is replaced or no longer holds [SURVEY-4].
            TooEarlyError: it does not hold yet.
        """
        value, signer = open_document(
            data, context=SURVEY_CONTEXT, trusted=trusted, limit_bytes=MAX_SURVEY_BYTES
        )
        return current(cls.of_value(value), signer, now=now, newest=newest, what="surveys")

    @classmethod
    def read(cls, data: bytes) -> "Survey":
        """Return the survey in a document whose signature was verified before.

        Raises:
            MalformedError: no such document.
        """
        payload = data[HEADER_BYTES:]
        return cls.of_value(decode_json(payload, limit_bytes=MAX_SURVEY_BYTES))

    @classmethod
    def of_value(cls, value: Value) -> "Survey":
        """Return the survey that a document describes; MalformedError otherwise [SURVEY-1]."""
        fields = Fields(value, what=_WHAT)
        fields.version(_VERSION)
        communes = fields.items("communes", most=MAX_COMMUNES)
        survey = cls(
            number=fields.integer("number", 1, HIGHEST_NUMBER),
            valid_from=moment(fields, "valid_from"),
            valid_until=moment(fields, "valid_until"),
            question=Texts.of(
                fields.nested("question"), longest_bytes=MAX_QUESTION_BYTES, what="the question"
            ),
            communes=tuple(_text(commune) for commune in communes),
            **{name: fields.integer(name, *limits) for name, limits in _RANGES.items()},
        )
        fields.done()
        return survey


_RANGES = {
    "turned_per_mille": (1, 499),
    "report_per_mille": (1, WHOLE),
    "most_reports": (1, WINDOW_DAYS),
    "window_days": (1, WINDOW_DAYS),
    "min_reports": (1, 2**20),
}


def _text(value: Value) -> str:
    if not isinstance(value, str):
        raise MalformedError("the code of a commune is five digits")
    return value
