"""Who is in the family, what it notes from day to day, and what the rules must say of it."""

from collections.abc import Mapping
from dataclasses import dataclass

from dp3t.cli.demo.declarations.places import COMMUNES, at, nth
from dp3t.symptoms.callback import CallMe
from dp3t.symptoms.diary import Member
from dp3t.symptoms.entry import Entry, TestResult
from dp3t.symptoms.words import Outcome
from dp3t.timeline import Day, Instant

HOME = COMMUNES[1]
ASKS_AT = at(5, 1)
CHILD, FATHER, GRANDMOTHER = 1, 2, 3
MEMBERS = (
    Member(number=CHILD, name="Bé Na", birth_year=2014, birth_month=3),
    Member(number=FATHER, name="Ba Tuấn", birth_year=1984),
    Member(number=GRANDMOTHER, name="Bà Ngoại Sáu", birth_year=1951, chronic=True),
)
NAMES: Mapping[int, str] = {member.number: member.name for member in MEMBERS}
WHO = "Nguyễn Thị Lan, nhà bà Sáu"
CALLBACK = CallMe(telephone="+84905551234", from_hour=7, until_hour=21)
MESSAGE = "Mẹ tôi 70 tuổi, sốt, SpO2 còn 93%. Xin trạm gọi lại sớm."


@dataclass(frozen=True, slots=True)
class Noted:
    """A note of somebody, with the advice that is due and the rules that give it.

    Attributes:
        member: by number.
        day: of the stories.
        entry: how they were.
        due: the advice.
        because: the rules that decide it, by name.
    """

    member: int
    day: Day
    entry: Entry
    due: Outcome
    because: tuple[str, ...]

    @property
    def at(self) -> Instant:
        """When it is noted: in the evening of Viet Nam."""
        return at(self.day - nth(0), 12)


NOTES = (
    Noted(
        CHILD,
        nth(1),
        Entry(symptoms=frozenset({"runny-nose"}), temperature_tenths=371),
        Outcome.STAY,
        ("ill-at-home", "nothing-found"),
    ),
    Noted(
        FATHER,
        nth(2),
        Entry(symptoms=frozenset({"cough", "headache"}), temperature_tenths=383),
        Outcome.TEST,
        ("fever-and-cough", "three-signs"),
    ),
    Noted(
        FATHER,
        nth(3),
        Entry(symptoms=frozenset({"cough"}), temperature_tenths=380, test=TestResult.POSITIVE),
        Outcome.STAY,
        ("case-at-home", "ill-at-home", "nothing-found"),
    ),
    Noted(
        GRANDMOTHER,
        nth(3),
        Entry(exposed=True),
        Outcome.TEST,
        ("contact-of-a-case",),
    ),
    Noted(
        GRANDMOTHER,
        nth(4),
        Entry(symptoms=frozenset({"fatigue"}), temperature_tenths=382, spo2_percent=93),
        Outcome.CALL,
        ("oxygen-low",),
    ),
)
"""Blood oxygen of 93 % has the station called, and asked for help the next morning."""
