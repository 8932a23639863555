"""What happens in the demonstration, planned before any phone exists.

The plan knows who meets whom and who falls ill, so it knows the truth; the phones and the server
know none of it.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random  # noqa: TID251 - a plan from a seed is what the demonstration promises

from dp3t.params import DAY_SECONDS
from dp3t.timeline import Day, Instant, day_of, instant, release_after

START = instant(datetime(2021, 7, 5, tzinfo=UTC))
DAYS = 6
SIGHTING_SECONDS = 240
MIN_PHONES = 20
MAX_PHONES = 2000
_MEETING_HOURS = (7, 12, 18)
_GROUP_SIZES = (2, 2, 3, 3, 4, 6)
_HOUR_SECONDS = 3600
_UPDATE_HOURS = (6, 22)


@dataclass(frozen=True, slots=True, kw_only=True)
class Meeting:
    """A group of phones near one another for a while."""

    start: Instant
    end: Instant
    people: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Patient:
    """A person who was contagious since a day and reports at a moment."""

    person: int
    since: Day
    reports_at: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """An attacker who plays a patient's identifiers to a bystander when they should not count.

    Attributes:
        patient: whose identifiers.
        victim: who hears them.
        at: when.
        from_published_key: derived from the published key on the day of its release; otherwise
            recorded in the street the day before.
    """

    patient: int
    victim: int
    at: Instant
    from_published_key: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """Everything that will happen, and what ought to come of it.

    Attributes:
        phones: how many phones there are, numbered from 0.
        meetings: in order of their start.
        patients: who reports, in order of time.
        replays: the attacks.
        updates: when every phone asks the server for news.
        end: the end of the last day.
    """

    phones: int
    meetings: tuple[Meeting, ...]
    patients: tuple[Patient, ...]
    replays: tuple[Replay, ...]
    updates: tuple[Instant, ...]
    end: Instant

    def truth(self) -> set[tuple[int, Day]]:
        """Return each person and day of contact with somebody contagious who reports later."""
        by_person = {patient.person: patient for patient in self.patients}
        exposed = set()
        for meeting in self.meetings:
            for person in meeting.people:
                patient = by_person.get(person)
                if patient is None:
                    continue
                day = day_of(meeting.start)
                if patient.since <= day and meeting.start < patient.reports_at:
                    exposed |= {(other, day) for other in meeting.people if other != person}
        return exposed


@dataclass(slots=True, kw_only=True)
class Outcome:
    """What the demonstration found.

    Attributes:
        notified: each person and day with an exposure.
        batches: how many batches the server published.
        bytes_published: their size.
        bytes_downloaded: what all phones fetched.
        seconds: how long it took.
    """

    notified: set[tuple[int, Day]] = field(default_factory=set)
    batches: int = 0
    bytes_published: int = 0
    bytes_downloaded: int = 0
    seconds: float = 0.0


def plan(*, phones: int, seed: int) -> Scenario:
    """Return the scenario of a seed.

    Meetings neither cross midnight nor a report, so that the truth is the same for every design.

    Raises:
        ValueError: fewer than 20 phones or more than 2000.
    """
    if not MIN_PHONES <= phones <= MAX_PHONES:
        raise ValueError(f"the demonstration takes {MIN_PHONES} to {MAX_PHONES} phones")
    random = Random(seed)  # noqa: S311 - a plan, not a secret
    while not (scenario := _drawn(phones, random)).truth():
        continue  # a story in which nobody is exposed shows nothing
    return scenario


def _drawn(phones: int, random: Random) -> Scenario:
    meetings = tuple(
        meeting
        for day in range(DAYS)
        for hour in _MEETING_HOURS
        for meeting in _meetings(phones, _at(day, hour), random)
    )
    patients = _patients(phones, random)
    return Scenario(
        phones=phones,
        meetings=meetings,
        patients=patients,
        replays=tuple(_replays(phones, meetings, patients, random)),
        updates=tuple(_at(day, hour) for day in range(DAYS) for hour in _UPDATE_HOURS),
        end=_at(DAYS, 0),
    )


def _at(day: int, hour: int) -> Instant:
    return Instant(START + day * DAY_SECONDS + hour * _HOUR_SECONDS)


def _meetings(phones: int, start: Instant, random: Random) -> list[Meeting]:
    """Let about a third of the people meet, in groups, within two hours."""
    people = random.sample(range(phones), phones // 3)
    meetings = []
    while len(people) >= 2:
        size = min(random.choice(_GROUP_SIZES), len(people))
        group, people = people[:size], people[size:]
        begins = start + random.randrange(0, 30) * 60
        lasts = random.randrange(10, 70) * 60
        meetings.append(
            Meeting(start=Instant(begins), end=Instant(begins + lasts), people=tuple(group))
        )
    return sorted(meetings, key=lambda meeting: meeting.start)


def _patients(phones: int, random: Random) -> tuple[Patient, ...]:
    people = random.sample(range(phones), max(2, phones // 15))
    patients = []
    for number, person in enumerate(people):
        reports_on = 2 + number % (DAYS - 3)
        contagious_days = random.randrange(1, 3)
        patients.append(
            Patient(
                person=person,
                since=day_of(_at(reports_on - contagious_days, 0)),
                reports_at=Instant(_at(reports_on, 15) + random.randrange(30, 90) * 60),
            )
        )
    return tuple(sorted(patients, key=lambda patient: patient.reports_at))


def _replays(
    phones: int, meetings: tuple[Meeting, ...], patients: tuple[Patient, ...], random: Random
) -> list[Replay]:
    """Attack one bystander of each patient in each of the two ways."""
    replays = []
    for patient in patients:
        met = {
            person
            for meeting in meetings
            if patient.person in meeting.people
            for person in meeting.people
        }
        bystanders = [person for person in range(phones) if person not in met | {patient.person}]
        if len(bystanders) < 2:
            continue
        recorded, derived = random.sample(bystanders, 2)
        replays += [
            Replay(
                patient=patient.person,
                victim=recorded,
                at=Instant(patient.reports_at - 4 * _HOUR_SECONDS),
                from_published_key=False,
            ),
            Replay(
                patient=patient.person,
                victim=derived,
                at=Instant(release_after(patient.reports_at) + 300),
                from_published_key=True,
            ),
        ]
    return replays
