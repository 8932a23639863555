"""Who was where when, planned before any venue or phone exists.

The plan knows who was at a place together with the patient, so it knows the truth; the venues, the
phones, the server and the authority know none of it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from random import Random  # noqa: TID251 - a plan from a seed is what the demonstration promises

from dp3t.params import DAY_SECONDS
from dp3t.timeline import Day, Instant, Stretch, day_of, instant

START = instant(datetime(2021, 7, 5, tzinfo=UTC))
DAYS = 3
PATIENT = 0
"""The person who turns out to be infected; the others are numbered from 1."""

NAMES = (
    *("Lan", "Minh", "Hoa", "Tuấn", "Mai", "Hùng", "Thu"),
    *("Sơn", "Linh", "Bình", "Nga", "Đức", "Yến"),
)
_MINUTE = 60
_HOUR = 3600
_UPDATE_HOURS = (6, 22)
_INTERVIEW_HOUR = 10


class Place(StrEnum):
    """Where people go."""

    MARKET = "market"
    SCHOOL = "school"
    HOSPITAL = "hospital"


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """Somebody at a place.

    Attributes:
        person: who.
        place: where.
        stay: from the arrival to the departure, in truth.
        forgets: whether the person does not check out, so that the phone must end the visit.
    """

    person: int
    place: Place
    stay: Stretch
    forgets: bool = False


@dataclass(frozen=True, slots=True)
class Overlap:
    """A stretch that somebody spent at a place together with the patient."""

    place: Place
    stretch: Stretch


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """Everything that will happen, and what ought to come of it.

    Attributes:
        names: of the people; the number is the place in the list.
        without_phone: those who show a card at the door instead.
        visits: in order of arrival.
        walk: when the patient walks in the street with somebody.
        companion: with whom.
        interview: when an official asks the patient.
        updates: when every phone asks the server for news.
        end: the end of the last day.
    """

    names: tuple[str, ...]
    without_phone: frozenset[int]
    visits: tuple[Visit, ...]
    walk: Stretch
    companion: int
    interview: Instant
    updates: tuple[Instant, ...]
    end: Instant

    def traced(self) -> dict[Place, Stretch]:
        """Return what the patient tells the official: when they were at which place."""
        return {visit.place: visit.stay for visit in self.visits if visit.person == PATIENT}

    def truth(self) -> dict[int, tuple[Overlap, ...]]:
        """Return for everybody but the patient the stretches spent with the patient, in order."""
        truth: dict[int, tuple[Overlap, ...]] = {}
        for visit in self.visits:
            asked = self.traced().get(visit.place)
            if visit.person != PATIENT and asked is not None and visit.stay.overlaps(asked):
                common = Stretch(max(visit.stay.start, asked.start), min(visit.stay.end, asked.end))
                found = (*truth.get(visit.person, ()), Overlap(visit.place, common))
                truth[visit.person] = found
        return truth

    def walked(self) -> dict[int, Day]:
        """Return who met the patient in the street, where no code hangs, and on which day."""
        return {self.companion: day_of(self.walk.start)}


def plan(*, seed: int) -> Scenario:
    """Return the scenario of a seed: who has which part, and the minutes, are drawn from it."""
    random = Random(f"presence {seed}")  # noqa: S311 - a story, not a secret
    people = list(range(1, len(NAMES)))
    random.shuffle(people)
    market = _stretch(0, 8, random.randint(10, 30), 9, random.randint(20, 45))
    hospital = _stretch(1, 13, random.randint(30, 50), 15, random.randint(5, 30))
    visits = [
        Visit(person=PATIENT, place=Place.MARKET, stay=market),
        Visit(person=PATIENT, place=Place.HOSPITAL, stay=hospital),
        *_at_the_market(market, people, random),
        *_at_the_hospital(hospital, people[5:], random),
        *_with_a_card(market, people[10:], random),
    ]
    evening = _at(0, 18) + random.randrange(30) * _MINUTE
    return Scenario(
        names=NAMES,
        without_phone=frozenset(people[10:]),
        visits=tuple(sorted(visits, key=lambda visit: (visit.stay, visit.person))),
        walk=Stretch(Instant(evening), Instant(evening + 20 * _MINUTE)),
        companion=people[0],
        interview=_at(DAYS - 1, _INTERVIEW_HOUR),
        updates=tuple(_at(day, hour) for day in range(DAYS) for hour in _UPDATE_HOURS),
        end=_at(DAYS, 0),
    )


def _at_the_market(patient: Stretch, people: list[int], random: Random) -> Iterator[Visit]:
    """Yield two who meet the patient, two of the same hours who do not, and one a day later."""

    def minutes(least: int, most: int) -> int:
        return random.randint(least, most) * _MINUTE

    stays = (
        (patient.start + minutes(5, 20), patient.end + minutes(5, 10)),
        (patient.start - minutes(10, 40), patient.start + minutes(10, 40)),
        (patient.start - minutes(6, 10), patient.start - minutes(1, 5)),
        (patient.end + minutes(1, 5), patient.end + minutes(10, 60)),
        (patient.start + DAY_SECONDS, patient.end + DAY_SECONDS),
    )
    for person, (arrival, departure) in zip(people, stays, strict=False):
        yield _visit(person, Place.MARKET, arrival, departure)


def _at_the_hospital(patient: Stretch, people: list[int], random: Random) -> Iterator[Visit]:
    """Yield who meets the patient there, who does not, and who is at school all the time.

    The first does not check out. The second was at the market before, in the patient's hour.
    """
    forgetful, both, day_before, after, pupil = people[:5]
    late = random.randint(1, 20) * _MINUTE
    yield _visit(forgetful, Place.HOSPITAL, patient.start - late, patient.end + _HOUR, forgets=True)
    at_market = _at(0, 9) + random.randint(5, 15) * _MINUTE
    yield _visit(both, Place.MARKET, at_market, at_market + _HOUR)
    yield _visit(both, Place.HOSPITAL, patient.start + late, patient.end - 30 * _MINUTE)
    yield _visit(day_before, Place.HOSPITAL, patient.start - DAY_SECONDS, patient.end - DAY_SECONDS)
    yield _visit(after, Place.HOSPITAL, patient.end + 5 * _MINUTE, patient.end + 20 * _MINUTE)
    for day in range(2):
        yield _visit(pupil, Place.SCHOOL, _at(day, 7), _at(day, 7) + 9 * _HOUR)


def _with_a_card(patient: Stretch, people: list[int], random: Random) -> Iterator[Visit]:
    """Yield two without a phone at the market: one meets the patient, the other comes later."""
    meeting, late = people
    arrival = patient.start + random.randint(5, 20) * _MINUTE
    yield _visit(meeting, Place.MARKET, arrival, arrival + _HOUR)
    yield _visit(late, Place.MARKET, patient.end + 5 * _MINUTE, patient.end + _HOUR)


def _visit(
    person: int, place: Place, arrival: int, departure: int, *, forgets: bool = False
) -> Visit:
    stay = Stretch(Instant(arrival), Instant(departure))
    return Visit(person=person, place=place, stay=stay, forgets=forgets)


def _stretch(
    day: int, start_hour: int, start_minute: int, end_hour: int, end_minute: int
) -> Stretch:
    return Stretch(
        Instant(_at(day, start_hour) + start_minute * _MINUTE),
        Instant(_at(day, end_hour) + end_minute * _MINUTE),
    )


def _at(day: int, hour: int) -> Instant:
    return Instant(START + day * DAY_SECONDS + hour * _HOUR)
