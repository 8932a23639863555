"""The side of a phone that checks in at places and hears of traces."""

from dp3t.errors import ClockError
from dp3t.params import DAY_SECONDS
from dp3t.phone.state import MAX_LATE_SECONDS, PhoneState
from dp3t.presence.entry import EntryCode
from dp3t.presence.matching import PresenceMatch
from dp3t.presence.visit import CheckIn
from dp3t.primitives import Rand
from dp3t.timeline import Day, Instant, require_instant


class Visitor(PhoneState):
    """A phone at public places."""

    def check_in(
        self, entry: EntryCode, *, now: Instant, rand: Rand, stay_seconds: int | None = None
    ) -> CheckIn:
        """Begin a visit [PHONE-34].

        Visits that are overdue end before, as in a tick.

        Args:
            entry: the code at the door, as it was scanned.
            now: the present, which is the arrival.
            rand: source of randomness, for visits that end by themselves meanwhile.
            stay_seconds: after how long the visit ends by itself, 1 to 86,400; None for what the
                code says, or else four hours.

        Raises:
            TooEarlyError: the code is not valid yet.
            ExpiredError: the code is no longer valid.
            PolicyError: a visit with this code lasts, or too many do.
            ClockError: `now` is too far from the last tick.
        """
        self._require_present(now)
        return self._visits.check_in(entry, now=now, rand=rand, stay_seconds=stay_seconds)

    def check_out(
        self, visit: CheckIn, *, now: Instant, rand: Rand, departure: Instant | None = None
    ) -> None:
        """End a visit: from now on the phone keeps ciphertexts of it and nothing else [PHONE-34].

        Traces that came while it lasted are tried on it now: look at `venue_exposures` [PHONE-40].

        Args:
            visit: one of `check_ins`.
            now: the present.
            rand: source of randomness.
            departure: when the person left, if that was earlier.

        Raises:
            PolicyError: the visit does not last any more, or the departure is impossible.
            ClockError: `now` is too far from the last tick.
        """
        self._require_present(now)
        payload = visit.entry.payload
        self._visits.check_out(payload, now=now, rand=rand, departure=departure)

    def withdraw_check_in(self, visit: CheckIn) -> None:
        """Erase a visit that lasts: the code was scanned by mistake.

        Raises:
            PolicyError: the visit does not last any more.
        """
        self._visits.withdraw(visit.entry.payload)

    @property
    def check_ins(self) -> tuple[CheckIn, ...]:
        """The visits that last, by arrival: all that a phone holds of visits in the clear."""
        return self._visits.diary.open

    @property
    def venue_exposures(self) -> tuple[PresenceMatch, ...]:
        """When this person was at a place while it was exposed, oldest first."""
        return self._visits.exposures

    def forget_visits(self, day: Day | None = None) -> None:
        """Erase the visits of a UTC day, or of all; records of a day cannot be told apart.

        Args:
            day: which; None for every day, and the visits that last too.
        """
        if day is None:
            self._visits.forget_everything()
        else:
            self._visits.forget_day(day)

    def _require_present(self, now: Instant) -> None:
        """Raise ClockError where `now` cannot be the present [PHONE-34]."""
        require_instant(now)
        if not -MAX_LATE_SECONDS <= now - self._clock <= DAY_SECONDS:
            raise ClockError("the clock went back, or the phone has not ticked for a day")
