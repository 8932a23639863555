"""The board: a replay of the public record, and the states that it gives.

Whoever has the record, the authority's keys and the server's comes to the same states as the map.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from dp3t.errors import VerificationError
from dp3t.facilities.act import ChainEnd
from dp3t.facilities.applying import apply
from dp3t.facilities.authority_acts import Enrolment, Verdict
from dp3t.facilities.checklist import Checklist
from dp3t.facilities.judging import Judge
from dp3t.facilities.ledger import Accepted, Ledger
from dp3t.facilities.local_time import LocalDay
from dp3t.facilities.refusal import BoardRefusal, RefusedError, require
from dp3t.facilities.settings import Settings
from dp3t.facilities.state import DayState, Situation, TaskState, day_state
from dp3t.facilities.trusted import accept_trusted, take_trusted
from dp3t.facilities.words import Words
from dp3t.publication.signing import TrustedKeys
from dp3t.timeline import Instant

CALENDAR_DAYS = 42
"""How many days a calendar has at most; of older ones the board keeps too little."""

_NOBODY = TrustedKeys()


@dataclass(frozen=True, slots=True)
class ObjectionStatus:
    """An objection, as the record has it by a moment.

    Attributes:
        digest: of the signed objection, 32 bytes.
        received: when.
        day: the local day that it is about.
        task: which task, or empty.
        verdict: what the authority has decided last; None while it has not.
        answers: how often the facility has answered.
    """

    digest: bytes
    received: Instant
    day: LocalDay
    task: str
    verdict: Verdict | None
    answers: int


class Board:
    """A replay of the record of one region.

    Args:
        region: its name.
        authorities: the keys under which the authority's acts verify.
        servers: the keys under which lists of token keys verify; without them no objection enters.
    """

    def __init__(
        self, region: str, *, authorities: TrustedKeys, servers: TrustedKeys = _NOBODY
    ) -> None:
        self._ledger = Ledger(region=region, authorities=authorities, servers=servers)

    @property
    def region(self) -> str:
        """The name of the region."""
        return self._ledger.region

    @property
    def acts(self) -> int:
        """How many acts have entered; the next one gets this number."""
        return self._ledger.acts

    @property
    def received(self) -> Instant:
        """When the last act was received; 0 before the first."""
        return self._ledger.received

    def judge(
        self, signed: bytes, words: Words | None, *, received: Instant
    ) -> Accepted | BoardRefusal:
        """Say whether an act may enter the record; nothing is changed [RECORD-2].

        Args:
            signed: the signed act.
            words: what it commits to; None where it commits to nothing.
            received: the server's time, no earlier than that of the last act.

        Raises:
            ClockError: an earlier time.
        """
        try:
            accepted = Judge(self._ledger, received).judge(signed)
            require_words(accepted, words)
        except RefusedError as error:
            return error.refusal
        return accepted

    def apply(self, accepted: Accepted) -> None:
        """Let an act enter that was judged last.

        Raises:
            ValueError: others have entered since.
        """
        apply(self._ledger, accepted)

    def trust(self, servers: TrustedKeys) -> None:
        """Let lists of token keys verify under these keys from now on: a server rotates its own."""
        self._ledger.servers = servers

    def replay(self, acts: Iterable[tuple[Instant, bytes]], *, trusted: bool = False) -> "Board":
        """Let acts of a record enter, without their words.

        Args:
            acts: when each was received, and the signed act, in order.
            trusted: whether they were judged before, such as those of one's own database: they
                are not judged again, only read.

        Raises:
            VerificationError: an act that no honest record holds; the message says its number.
        """
        for received, signed in acts:
            if trusted and take_trusted(self._ledger, received, signed):
                continue
            try:
                accepted = self._accept(received, signed, trusted=trusted)
            except RefusedError as error:
                number = self._ledger.acts
                raise VerificationError(f"act {number} of the record: {error.refusal}") from None
            apply(self._ledger, accepted)
        return self

    def _accept(self, received: Instant, signed: bytes, *, trusted: bool) -> Accepted:
        if trusted:
            return accept_trusted(self._ledger, received, signed)
        return Judge(self._ledger, received).judge(signed)

    def settings(self, now: Instant) -> Settings | None:
        """Return the settings that the authority made last."""
        return self._ledger.rules.settings(now)

    def local_day(self, now: Instant) -> LocalDay | None:
        """Return the local day; None before the first settings."""
        return self._ledger.rules.local_day(now)

    def checklists(self) -> tuple[Checklist, ...]:
        """Return all checklists, by kind and number."""
        return self._ledger.rules.checklists()

    def checklist(self, facility: str, day: LocalDay, now: Instant) -> Checklist | None:
        """Return the list by which a facility attests a day; None where there is none.

        Raises:
            LookupError: no such facility.
        """
        in_force = self._situation(facility, day, now).in_force
        return None if in_force is None else in_force.checklist

    def facilities(self, now: Instant) -> tuple[Enrolment, ...]:
        """Return the facilities as they are enrolled last by a moment, ascending by name."""
        places = self._ledger.places
        found = (places[name].history.enrolments.newest(now) for name in sorted(places))
        return tuple(each for each in found if each is not None)

    def enrolment(self, facility: str, now: Instant) -> Enrolment:
        """Return how a facility is enrolled; LookupError where it is not."""
        place = self._ledger.places.get(facility)
        found = None if place is None else place.history.enrolments.newest(now)
        if found is None:
            raise LookupError("no such facility")
        return found

    def public(self, facility: str) -> bytes:
        """Return the key under which a facility's next act verifies; LookupError without one."""
        if facility not in self._ledger.places:
            raise LookupError("no such facility")
        return self._ledger.places[facility].public

    def authority_end(self) -> ChainEnd:
        """Return where the authority's chain ends."""
        return self._ledger.authority.end

    def chain_end(self, facility: str) -> ChainEnd:
        """Return where a facility's chain ends; LookupError for an unknown facility."""
        if facility not in self._ledger.places:
            raise LookupError("no such facility")
        return self._ledger.places[facility].chain.end

    def state(self, facility: str, now: Instant) -> DayState:
        """Return a facility's state today.

        Args:
            facility: its name.
            now: a moment, up to 14 days before the last act; later acts play no part.

        Raises:
            LookupError: no such facility by then.
        """
        return day_state(self._today(facility, now))

    def calendar(
        self, facility: str, last_day: LocalDay, days: int, now: Instant
    ) -> tuple[DayState, ...]:
        """Return the states of some days, ascending.

        Args:
            facility: its name.
            last_day: the last of them, not after today.
            days: how many, 1 to 42 before `now`.
            now: as for `state`.

        Raises:
            LookupError: no such facility by then.
            ValueError: another number of days.
        """
        if not 1 <= days <= CALENDAR_DAYS:
            raise ValueError(f"a calendar has 1 to {CALENDAR_DAYS} days")
        first = max(0, last_day - days + 1)
        past = (LocalDay(day) for day in range(first, last_day + 1))
        return tuple(day_state(self._situation(facility, day, now)) for day in past)

    def tasks(self, facility: str, now: Instant) -> tuple[TaskState, ...]:
        """Return the tasks of a facility today; LookupError where it is not enrolled."""
        return self._today(facility, now).tasks()

    def objections(self, facility: str, now: Instant) -> tuple[ObjectionStatus, ...]:
        """Return the objections against a facility in the order of receipt."""
        place = self._ledger.places.get(facility)
        objected = {} if place is None else place.history.objections
        return tuple(
            ObjectionStatus(
                digest=digest,
                received=each.received,
                day=each.day,
                task=each.task,
                verdict=each.verdict(now),
                answers=sum(answered <= now for answered in each.answers),
            )
            for digest, each in objected.items()
            if each.received <= now
        )

    def open_objections(self, facility: str, now: Instant) -> int:
        """Return on how many objections nobody has decided, of the days in which they count."""
        return self._today(facility, now).open_objections()

    def is_struck(self, digest: bytes) -> bool:
        """Return whether the words of an act are erased, by the digest of the act."""
        return digest in self._ledger.struck

    def facility_of(self, objection: bytes) -> str:
        """Return against which facility an objection is, by digest; empty where it is unknown."""
        return self._ledger.facility_of(objection)

    def has_token_list(self, digest: bytes) -> bool:
        """Return whether a list of token keys, by digest, is in the record's last two days."""
        return digest in self._ledger.token_lists.values()

    def changed_since(self, number: int) -> tuple[str, ...]:
        """Return the facilities that acts from a number on are about, ascending by name."""
        places, everywhere = self._ledger.places, self._ledger.everywhere >= number
        return tuple(
            name for name in sorted(places) if everywhere or places[name].touched >= number
        )

    def next_change(self, now: Instant) -> Instant:
        """Return the next moment at which time alone changes states: a deadline or midnight."""
        return self._ledger.rules.next_change(now)

    def _today(self, facility: str, now: Instant) -> Situation:
        today = self._ledger.rules.local_day(now)
        if today is None:
            raise LookupError("the region has no settings yet")
        return self._situation(facility, today, now)

    def _situation(self, facility: str, day: LocalDay, now: Instant) -> Situation:
        situation = self._ledger.situation(facility, day, now)
        if situation is None:
            raise LookupError("no such facility")
        return situation


def require_words(accepted: Accepted, words: Words | None) -> None:
    """Raise RefusedError unless an act came with the words that it commits to, and no others."""
    commitment: bytes = getattr(accepted.content, "words", b"")
    if words is None:
        require(not commitment, BoardRefusal.WRONG_WORDS)
        return
    try:
        words.require_of(commitment)
    except VerificationError:
        raise RefusedError(BoardRefusal.WRONG_WORDS) from None
