"""A report of symptoms: a randomised bit of a commune, and the token by which it counts once.

It is 352 bytes long, whatever it says, and nothing else is sent with it.
"""

from dataclasses import dataclass, field

from dp3t.errors import (
    Dp3tError,
    ExpiredError,
    MalformedError,
    PolicyError,
    TransportError,
    UnsupportedVersionError,
)
from dp3t.publication.answer import padded_answer
from dp3t.publication.token_request import SPEND_ERRORS
from dp3t.publication.tokens import TOKEN_BYTES, Token
from dp3t.symptoms.documents import HIGHEST_NUMBER
from dp3t.symptoms.randomization import randomize_with_os_randomness
from dp3t.symptoms.survey import Survey
from dp3t.symptoms.words import COMMUNE_DIGITS, require_commune

SYMPTOMS_SCOPE = "symptoms"
"""Of the tokens that reports are sent with."""

SYMPTOM_REPORT_BYTES = 352
"""The length of every report."""

SYMPTOM_REPORT_REFUSALS: dict[str, type[Dp3tError]] = {
    **{refusal.value: error for refusal, error in SPEND_ERRORS.items()},
    "other-survey": ExpiredError,
    "other-commune": PolicyError,
    "closed-day": ExpiredError,
}
"""Why a server may refuse a well-formed report, and the error the app raises for it."""

_VERSION = 1
_NUMBER_BYTES = 4
_BIT_AT = 1 + _NUMBER_BYTES + COMMUNE_DIGITS


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class SymptomReport:
    """A report, as it is sent and as a server has it until it is counted.

    Attributes:
        survey: the number of the survey.
        commune: five digits.
        positive: the randomised answer.
        token: of the day of the report.

    Raises:
        MalformedError: a number or a commune that none has [RANDOMIZATION-4].
    """

    survey: int
    commune: str
    positive: bool = field(repr=False)
    token: Token

    def __post_init__(self) -> None:
        if not 1 <= self.survey <= HIGHEST_NUMBER:
            raise MalformedError("the number of the survey is out of range")
        require_commune(self.commune)

    def __repr__(self) -> str:
        return "SymptomReport(hidden)"

    @classmethod
    def make_with_os_randomness(
        cls, answer: bool, *, survey: Survey, commune: str, token: Token
    ) -> "SymptomReport":
        """Randomise an answer and put it into a report; what it costs is spent before.

        Args:
            answer: what the person said.
            survey: which is held now.
            commune: where they live.
            token: of the day.

        Raises:
            PolicyError: the survey is not held in the commune, or opendp is missing.
        """
        survey.require_commune(commune)
        positive = randomize_with_os_randomness(answer, survey)
        return cls(survey=survey.number, commune=commune, positive=positive, token=token)

    def encode(self) -> bytes:
        """Return the 352 bytes of the report."""
        head = bytes([_VERSION]) + self.survey.to_bytes(_NUMBER_BYTES, "big")
        return head + self.commune.encode("ascii") + bytes([self.positive]) + self.token.encode()

    @classmethod
    def decode(cls, data: bytes) -> "SymptomReport":
        """Return the report in 352 bytes [RANDOMIZATION-4].

        Raises:
            UnsupportedVersionError: of a version that is not known.
            MalformedError: any other bytes.
        """
        if len(data) != SYMPTOM_REPORT_BYTES:
            raise MalformedError(f"a report has {SYMPTOM_REPORT_BYTES} bytes")
        if data[0] != _VERSION:
            raise UnsupportedVersionError(f"the report has version {data[0]}")
        if data[_BIT_AT] > 1:
            raise MalformedError("the answer in a report is 0 or 1")
        return cls(
            survey=int.from_bytes(data[1 : 1 + _NUMBER_BYTES], "big"),
            commune=data[1 + _NUMBER_BYTES : _BIT_AT].decode("ascii", errors="replace"),
            positive=bool(data[_BIT_AT]),
            token=Token.decode(data[-TOKEN_BYTES:]),
        )


def encode_symptom_answer(refusal: str | None = None) -> bytes:
    """Return the 256 bytes that answer a report: JSON and spaces [SYMPTOMS-SERVER-4].

    Args:
        refusal: a key of `SYMPTOM_REPORT_REFUSALS`, or None where the report is counted.

    Raises:
        ValueError: another refusal.
    """
    if refusal is not None and refusal not in SYMPTOM_REPORT_REFUSALS:
        raise ValueError("there is no refusal of that name")
    return padded_answer(refusal)


def check_symptom_answer(body: bytes) -> None:
    """Return if the answer says that the report is counted.

    Raises:
        PolicyError: it says why not, each refusal with its error of `SYMPTOM_REPORT_REFUSALS`.
        TransportError: the bytes are none of the answers.
    """
    if body == encode_symptom_answer():
        return
    for refusal, error in SYMPTOM_REPORT_REFUSALS.items():
        if body == encode_symptom_answer(refusal):
            raise error(f"the server refused the report: {refusal}")
    raise TransportError("the server's answer to the report is not understood")
