"""What a replay of the record has come to: everything that the next act is judged by."""

from collections import deque
from dataclasses import dataclass, field
from typing import NamedTuple

from dp3t.facilities.acts import Act
from dp3t.facilities.authority_acts import Enrolment
from dp3t.facilities.chain import Chain
from dp3t.facilities.history import History, Objected
from dp3t.facilities.local_time import LocalDay, local_day_start
from dp3t.facilities.objection import Objection
from dp3t.facilities.rules import Rules
from dp3t.facilities.state import Situation
from dp3t.publication.signing import TrustedKeys
from dp3t.publication.token_keys import TokenKeys
from dp3t.publication.tokens import TokenKey
from dp3t.timeline import Day, Instant

REMEMBERED_REKEYS = 8
"""How many changes of its key are remembered of a facility, with when they were received."""

AUTHORITY_CHAIN = "authority"
TOKEN_KEYS = "token-keys"  # noqa: S105 - what such an act is called
_NEVER = Instant(0)
Content = Act | Objection | TokenKeys


class Accepted(NamedTuple):
    """An act that may enter the record.

    Attributes:
        number: the one that it gets there.
        received: when the server got it.
        kind: of the act.
        facility: whom it is about; empty where it is about all.
        chain: "authority" or "facility:" and the facility; empty for objections and token keys.
        chain_number: in its chain; -1 outside.
        digest: of the signed file, 32 bytes.
        signed: the file.
        has_words: whether it commits to words.
        content: what was read.
    """

    number: int
    received: Instant
    kind: str
    facility: str
    chain: str
    chain_number: int
    digest: bytes
    signed: bytes
    has_words: bool
    content: Content


@dataclass(slots=True)
class Place:
    """A facility: its history, its chain, the key under which its acts verify, and its last ones.

    Attributes:
        public: the key.
        history: what states follow from.
        chain: its acts.
        touched: the number of the last act that is about it.
        rekeyed: when it last changed its key.
    """

    public: bytes
    history: History = field(default_factory=History)
    chain: Chain = field(default_factory=Chain)
    touched: int = 0
    rekeyed: deque[Instant] = field(default_factory=lambda: deque(maxlen=REMEMBERED_REKEYS))


@dataclass(slots=True, kw_only=True)
class Ledger:
    """The whole of it.

    Of each objection, and of each act that has words, some hundred bytes are kept for ever: words
    can be struck, and objections decided on, however old they are. Of attestations the last days
    are kept, and no token is known for more than its day.

    Attributes:
        region: name of the region.
        authorities: the keys of the authority.
        servers: the keys that sign lists of token keys.
        acts: how many acts there are.
        received: when the last of them was.
        rules: settings and checklists.
        authority: its chain.
        places: the facilities by name.
        objected: by digest, against which facility.
        worded: by digest of an act that has words, about which facility it is; empty about all.
        struck: of those, the ones whose words are erased.
        spent: by UTC day, which tokens are spent on which facilities.
        token_keys: by UTC day.
        token_lists: by UTC day, the digest of the list.
        everywhere: the number of the last act that is about all facilities.
        task_sets: sets of tasks by their names in order; most days have the same one.
    """

    region: str
    authorities: TrustedKeys
    servers: TrustedKeys
    acts: int = 0
    received: Instant = _NEVER
    rules: Rules = field(default_factory=Rules)
    authority: Chain = field(default_factory=Chain)
    places: dict[str, Place] = field(default_factory=dict)
    objected: dict[bytes, str] = field(default_factory=dict)
    worded: dict[bytes, str] = field(default_factory=dict)
    struck: set[bytes] = field(default_factory=set)
    spent: dict[Day, set[bytes]] = field(default_factory=dict)
    token_keys: dict[Day, TokenKey] = field(default_factory=dict)
    token_lists: dict[Day, bytes] = field(default_factory=dict)
    everywhere: int = -1
    task_sets: dict[tuple[bytes, ...], frozenset[str]] = field(default_factory=dict)

    def enrolment(self, facility: str, day: LocalDay, now: Instant) -> Enrolment | None:
        """Return how a facility is enrolled on a day, as known at a moment [STATE-2]."""
        settings = self.rules.settings(now)
        if settings is None or facility not in self.places:
            return None
        start = local_day_start(day, utc_offset_minutes=settings.utc_offset_minutes)
        return self.places[facility].history.enrolments.on_day(start, now)

    def situation(self, facility: str, day: LocalDay, now: Instant) -> Situation | None:
        """Return a facility's situation; None where it was not enrolled by then."""
        settings = self.rules.settings_on(day, now)
        enrolment = self.enrolment(facility, day, now)
        if settings is None or enrolment is None:
            return None
        return Situation(
            history=self.places[facility].history,
            settings=settings,
            in_force=self.rules.in_force(enrolment.facility.facility_kind, day, now),
            day=day,
            now=now,
        )

    def objection(self, digest: bytes) -> Objected | None:
        """Return the objection that has a digest."""
        facility = self.objected.get(digest)
        return None if facility is None else self.places[facility].history.objections[digest]

    def facility_of(self, objection: bytes) -> str:
        """Return against which facility an objection is, by digest; empty where it is unknown."""
        return self.objected.get(objection, "")
