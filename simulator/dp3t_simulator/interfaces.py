"""What the parts of a simulated day hand to one another.

`world` calls them in the order of the chapter; `NoResponse` and `NoNotification` are a world in
which nobody does anything about the epidemic, and one in which no phone warns.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from dp3t_simulator.state import Bytes, Days, People, State

if TYPE_CHECKING:
    from dp3t_simulator.meetings.table import Meetings
    from dp3t_simulator.population import Population
    from dp3t_simulator.scenario.settings import Scenario

PROXIMITY, PRESENCE = 0, 1
"""How somebody was exposed: near an infected person, or at a venue with one."""


@dataclass(slots=True, kw_only=True, eq=False)
class World:
    """What exists before the first day; every part is made from it.

    Attributes:
        scenario: what is simulated.
        seed: of all draws.
        threads: how many may run at once, at least 1; no result depends on it.
        population: who lives there.
        meetings: who meets whom; `response.of` replaces it by one with the lockdown's thresholds.
        state: what is known of each person; vaccination and apps are written before the first day.
        factor: what infectiousness is multiplied with to bring about the reproduction number, where
            it was found before for the same people, meetings and disease.
    """

    scenario: "Scenario"
    seed: int
    threads: int
    population: "Population"
    meetings: "Meetings"
    state: State
    factor: float | None = None


class Uploads(NamedTuple):
    """Who uploads keys on a day, in ascending order of person; each person does so once at most.

    Attributes:
        person: who.
        since: the first day whose keys are uploaded; the last is the day before the upload.
        onset: the day of the first symptoms that is told with them; -1 not told.
        redacted: a day whose keys are held back; -1 none.
    """

    person: People
    since: Days
    onset: Days
    redacted: Days


class VenueTraces(NamedTuple):
    """Visits of infected people that are made known to the venue's visitors, by venue, then case.

    Attributes:
        venue: where.
        day: of the visit.
        start: when it began, in seconds of the day.
        end: when it ended.
        case: who visited.
    """

    venue: People
    day: Days
    start: People
    end: People
    case: People


class Exposures(NamedTuple):
    """What matches of phones now amount to, for each pair of person and day that changed today.

    In ascending order of person, kind and day of exposure.

    Attributes:
        person: who was exposed.
        exposed_day: when.
        seconds: how long, all matches of the day together.
        score: what the configuration makes of it.
        kind: `PROXIMITY` or `PRESENCE`.
    """

    person: People
    exposed_day: Days
    seconds: People
    score: NDArray[np.float64]
    kind: Bytes


class Notices(NamedTuple):
    """Who is warned today of which day: those that reach the threshold for the first time.

    In ascending order of person, kind and day of exposure.

    Attributes:
        person: who is warned.
        exposed_day: the day of the exposure.
        kind: `PROXIMITY` or `PRESENCE`.
    """

    person: People
    exposed_day: Days
    kind: Bytes


class Morning(NamedTuple):
    """What the warnings of a day come to.

    Attributes:
        exposures: matches that are new or grew.
        notices: warnings shown for the first time.
        batch_keys: how many keys the batch of the day holds.
        batch_bytes: how long its file is.
    """

    exposures: Exposures
    notices: Notices
    batch_keys: int
    batch_bytes: int


class Tallies(NamedTuple):
    """What the response did on a day, for the table of days.

    Attributes:
        tests: samples taken.
        positives: positive results that came in.
        traced: people whom tracing by hand reached.
        isolated: people who stay at home in isolation.
        quarantined: people who stay at home in quarantine and not in isolation.
    """

    tests: int = 0
    positives: int = 0
    traced: int = 0
    isolated: int = 0
    quarantined: int = 0


class Response(Protocol):
    """What people and the health authority do about the epidemic."""

    def morning(self, day: int, onsets: People) -> tuple[Uploads, VenueTraces]:
        """Begin a day: results, decisions to upload, tracing by hand, ends of quarantine.

        Args:
            day: which.
            onsets: whose symptoms begin today, in ascending order; their stage says so already.
        """

    def react(self, day: int, notices: Notices) -> None:
        """Let people react to the warnings of the day."""

    def write_history(self, day: int) -> None:
        """Write bit (day & 31) of `State.home` for everybody, after all decisions of the day."""

    def tallies(self, day: int) -> Tallies:
        """Return what was done on a day; asked at its end."""

    def close(self) -> None:
        """Give back what is held; nothing is called after it."""


class Notification(Protocol):
    """How warnings by phones come about."""

    def morning(self, day: int, uploads: Uploads, traces: VenueTraces) -> Morning:
        """Publish what was uploaded, let the phones that are online fetch it and look."""

    def evening(self, day: int) -> None:
        """Let phones hear each other during the contacts of the day."""

    def close(self) -> None:
        """Give back what is held; nothing is called after it."""


def no_uploads() -> Uploads:
    """Return uploads of nobody."""
    return Uploads(_people(), _days(), _days(), _days())


def no_traces() -> VenueTraces:
    """Return traces of no visit."""
    return VenueTraces(_people(), _days(), _people(), _people(), _people())


def no_exposures() -> Exposures:
    """Return exposures of nobody."""
    return Exposures(_people(), _days(), _people(), np.zeros(0), np.zeros(0, dtype=np.uint8))


def no_notices() -> Notices:
    """Return warnings of nobody."""
    return Notices(_people(), _days(), np.zeros(0, dtype=np.uint8))


class NoResponse:
    """Nobody is tested, isolates or stays at home."""

    def morning(self, day: int, onsets: People) -> tuple[Uploads, VenueTraces]:
        """Return that nobody uploads anything."""
        return no_uploads(), no_traces()

    def react(self, day: int, notices: Notices) -> None:
        """Do nothing."""

    def write_history(self, day: int) -> None:
        """Leave everybody free to go out, as they are from the start."""

    def tallies(self, day: int) -> Tallies:
        """Return that nothing was done."""
        return Tallies()

    def close(self) -> None:
        """Hold nothing."""


class NoNotification:
    """No phone warns anybody."""

    def morning(self, day: int, uploads: Uploads, traces: VenueTraces) -> Morning:
        """Return that nothing was published."""
        return Morning(no_exposures(), no_notices(), 0, 0)

    def evening(self, day: int) -> None:
        """Hear nothing."""

    def close(self) -> None:
        """Hold nothing."""


def _people() -> People:
    return np.zeros(0, dtype=np.int32)


def _days() -> Days:
    return np.zeros(0, dtype=np.int16)
