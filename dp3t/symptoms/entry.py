"""What somebody notes of one person on one day: symptoms of a list, and what was measured.

Nothing here shows its content in its repr or in a message of an error [SYMPTOM-DIARY-9].
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from enum import StrEnum

from dp3t.codec import Fields, Value
from dp3t.errors import MalformedError

SYMPTOMS = (
    "abnormal-breathing",
    "blue-lips",
    "breathlessness",
    "cannot-drink",
    "chest-pain",
    "cold-hands",
    "confusion",
    "convulsion",
    "cough",
    "coughs-blood",
    "dehydration",
    "diarrhoea",
    "drowsiness",
    "exhaustion",
    "fatigue",
    "fever",
    "headache",
    "loss-of-appetite",
    "loss-of-smell",
    "muscle-pain",
    "nausea",
    "other-illness",
    "red-eyes-and-rash",
    "runny-nose",
    "short-of-breath",
    "sore-throat",
    "unconsciousness",
    "unrelenting-cough",
    "vomits-everything",
    "worry",
)
"""The symptoms that can be noted, in order; rules name them, texts for people are in the rules."""

MEASURES: Mapping[str, tuple[int, int]] = {
    "breaths_per_minute": (4, 150),
    "pulse_per_minute": (20, 300),
    "spo2_percent": (50, 100),
    "temperature_tenths": (300, 450),
}
"""What can be measured, with the lowest and the highest value that is not a mistake."""


class TestResult(StrEnum):
    """What a test of the day said."""

    __test__ = False  # for pytest: no class of tests

    NEGATIVE = "negative"
    POSITIVE = "positive"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Entry:
    """One person on one day.

    Attributes:
        symptoms: of `SYMPTOMS`.
        temperature_tenths: tenths of a degree Celsius, 300 to 450; None where it was not measured.
        spo2_percent: 50 to 100, or None.
        breaths_per_minute: counted over a whole minute at rest, 4 to 150, or None.
        pulse_per_minute: 20 to 300, or None.
        exposed: whether the person learned on this day of a close contact with somebody ill.
        test: what a test of this day said, or None.

    Raises:
        MalformedError: a symptom that is not in the list, or a value that is a mistake.
    """

    symptoms: frozenset[str] = frozenset()
    temperature_tenths: int | None = None
    spo2_percent: int | None = None
    breaths_per_minute: int | None = None
    pulse_per_minute: int | None = None
    exposed: bool = False
    test: TestResult | None = None

    def __post_init__(self) -> None:
        if not self.symptoms <= frozenset(SYMPTOMS):
            raise MalformedError("a symptom is not in the list")
        for name, (lowest, highest) in MEASURES.items():
            value = self.measured(name)
            if value is not None and not lowest <= value <= highest:
                raise MalformedError(f"{name} is not between {lowest} and {highest}")

    def __repr__(self) -> str:
        return "Entry(hidden)"

    def measured(self, name: str) -> int | None:
        """Return what was measured under a name of `MEASURES`; None where it was not."""
        value: int | None = getattr(self, name)
        return value

    def followed_by(self, later: "Entry") -> "Entry":
        """Return what is known of the day after a later note of it [SYMPTOM-DIARY-3].

        Symptoms and exposure add up; what was measured again, or tested again, replaces.
        """
        again = {
            each.name: getattr(later, each.name)
            for each in fields(later)
            if getattr(later, each.name) is not None
        }
        both = {"symptoms": self.symptoms | later.symptoms, "exposed": self.exposed | later.exposed}
        return replace(self, **{**again, **both})

    def to_value(self) -> Value:
        """Return the entry for encoding; 0 and empty text stand for what is not known."""
        return {
            **{name: self.measured(name) or 0 for name in MEASURES},
            "exposed": self.exposed,
            "symptoms": sorted(self.symptoms),
            "test": "" if self.test is None else self.test.value,
        }

    @classmethod
    def from_fields(cls, fields: Fields) -> "Entry":
        """Return an entry that `to_value` described; MalformedError otherwise."""
        symptoms = fields.items("symptoms", most=len(SYMPTOMS))
        if not all(isinstance(each, str) for each in symptoms):
            raise MalformedError("a symptom is not in the list")
        known = [str(each) for each in symptoms]
        if known != sorted(set(known)):
            raise MalformedError("symptoms stand twice or out of order")
        measured = {name: fields.integer(name, 0, most) for name, (_, most) in MEASURES.items()}
        entry = cls(
            symptoms=frozenset(known),
            exposed=fields.boolean("exposed"),
            test=_test_of(fields.text("test", longest=8)),
            **{name: value for name, value in measured.items() if value},
        )
        fields.done()
        return entry


def _test_of(word: str) -> TestResult | None:
    if word and word not in list(TestResult):
        raise MalformedError("a test is negative or positive")
    return TestResult(word) if word else None
