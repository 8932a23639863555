"""Who acts: the authority, the desks of the facilities, and citizens with a token."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from dp3t.cli.demo.facilities.week import FIRST_DAY, REGION, SETTINGS
from dp3t.facilities.act import START, ActHead, ChainEnd, act_digest
from dp3t.facilities.acts import Act, sign_act
from dp3t.facilities.authority_acts import (
    UNTIL_OPENED,
    ChecklistAct,
    Closure,
    Enrolment,
    Opening,
    Resolution,
    SettingsAct,
    Strike,
    Verdict,
)
from dp3t.facilities.built_in import BUILT_IN_KINDS, built_in_checklist
from dp3t.facilities.checklist import Checklist
from dp3t.facilities.facility import Facility
from dp3t.facilities.facility_acts import Answer, Attestation, Done
from dp3t.facilities.local_time import LocalDay
from dp3t.facilities.objection import Objection, objection_key
from dp3t.facilities.words import Words
from dp3t.params import LAST_INSTANT
from dp3t.primitives import Rand
from dp3t.publication.signing import SigningKey, TrustedKeys
from dp3t.publication.tokens import Token
from dp3t.timeline import Instant

CHECKLISTS = {
    kind: replace(built_in_checklist(kind), valid_from=FIRST_DAY) for kind in BUILT_IN_KINDS
}


@dataclass(slots=True)
class Chain:
    """Who signs acts one after another."""

    key: SigningKey = field(repr=False)
    end: ChainEnd = START
    before: ChainEnd = START
    """Where it ended before its last act."""

    def sign(self, kind: type[Act], now: Instant, **fields: object) -> bytes:
        """Return the next act, and go on after it."""
        signed = self.signed(kind, now, **fields)
        self.before, self.end = self.end, self.end.after(signed)
        return signed

    def signed(self, kind: type[Act], now: Instant, **fields: object) -> bytes:
        """Return an act at the end of the chain, which stays where it is."""
        act: Any = kind
        head = ActHead.at(self.end, region=REGION, made=now)
        return sign_act(act(head=head, **fields), self.key)


class Authority(Chain):
    """The authority: it enrols, closes, decides, and has words struck out."""

    @property
    def trusted(self) -> TrustedKeys:
        """What everybody has of it."""
        return TrustedKeys([self.key.public()])

    def settle(self, now: Instant) -> list[bytes]:
        """Return the settings and the checklists of the district."""
        checklists = (
            self.sign(ChecklistAct, now, checklist=checklist) for checklist in CHECKLISTS.values()
        )
        return [self.sign(SettingsAct, now, settings=SETTINGS), *checklists]

    def enrol(self, desk: "Desk", now: Instant) -> bytes:
        """Enrol a facility under the key that its desk has drawn."""
        public = desk.key.public().public
        fields = {"facility": desk.facility, "public": public, "first_day": FIRST_DAY}
        return self.sign(Enrolment, now, **fields)

    def close(self, facility: str, from_day: LocalDay, now: Instant) -> bytes:
        """Close a facility until it is opened."""
        fields = {"facility": facility, "from_day": from_day, "until_day": UNTIL_OPENED}
        return self.sign(Closure, now, words=b"", **fields)

    def open(self, facility: str, from_day: LocalDay, now: Instant) -> bytes:
        """Open it again."""
        return self.sign(Opening, now, facility=facility, from_day=from_day)

    def resolve(self, objection: bytes, verdict: Verdict, now: Instant) -> bytes:
        """Decide on a signed objection."""
        fields = {"objection": act_digest(objection), "verdict": verdict, "words": b""}
        return self.sign(Resolution, now, **fields)

    def strike(self, signed: bytes, now: Instant) -> bytes:
        """Have the words of a signed act erased."""
        return self.sign(Strike, now, act=act_digest(signed), reason="it names a person")


@dataclass(slots=True)
class Desk(Chain):
    """A facility's own desk.

    Attributes:
        facility: whose.
        attested: the digest of the last attestation of a day.
        has_done_all: whether it has done the tasks that are not daily.
    """

    facility: Facility = field(kw_only=True)
    attested: dict[LocalDay, bytes] = field(default_factory=dict)
    has_done_all: bool = False

    @property
    def checklist(self) -> Checklist:
        """The list of its kind."""
        return CHECKLISTS[self.facility.facility_kind]

    @property
    def name(self) -> str:
        """Its name in the record."""
        return self.facility.facility

    def daily(self, *, critical: bool) -> str:
        """Return a daily task, one that is critical or one that is not."""
        tasks = self.checklist.tasks
        return next(t.task for t in tasks if t.period_days == 1 and t.critical is critical)

    def attest(self, day: LocalDay, now: Instant, *, absent: Iterable[str] = ()) -> bytes:
        """Attest a day, or correct what was attested of it."""
        left = sorted(absent)
        tasks = [task for task in self.checklist.tasks if task.task not in left]
        done = tuple(
            Done(task=task.task, role=task.role, at=now)
            for task in sorted(tasks, key=lambda task: task.task)
            if task.period_days == 1 or not self.has_done_all or self._corrects(day)
        )
        self.has_done_all = True
        return self._attested(day, now, done=done, absent=tuple(left))

    def shut(self, day: LocalDay, now: Instant) -> bytes:
        """Attest that it is closed."""
        return self._attested(day, now, closed=True)

    def answer(self, objection: bytes, words: Words, now: Instant) -> bytes:
        """Answer a signed objection."""
        fields = {"objection": act_digest(objection), "words": words.commitment()}
        return self.sign(Answer, now, facility=self.name, **fields)

    def another(self, day: LocalDay, now: Instant) -> bytes:
        """Return an attestation that no desk should make of a day, without going on after it."""
        fields = self._fields(day) | {"corrects": self.attested.get(day, b"")}
        return self.signed(Attestation, now, **fields)

    def forked(self, day: LocalDay, now: Instant) -> bytes:
        """Return another act with the number of the last one."""
        former = replace(self, end=self.before)
        return former.signed(Attestation, now, **self._fields(day))

    def _attested(self, day: LocalDay, now: Instant, **changes: object) -> bytes:
        fields = self._fields(day) | {"corrects": self.attested.get(day, b"")} | changes
        signed = self.sign(Attestation, now, **fields)
        self.attested[day] = act_digest(signed)
        return signed

    def _corrects(self, day: LocalDay) -> bool:
        return day in self.attested

    def _fields(self, day: LocalDay) -> dict[str, object]:
        return {
            "facility": self.name,
            "day": day,
            "checklist": self.checklist.number,
            "done": (),
            "absent": (),
            "closed": False,
            "photos": (),
            "presence": b"",
            "corrects": b"",
            "words": b"",
        }


@dataclass(slots=True)
class Citizen:
    """Somebody with a token for objections of one day, and the key that is its nonce."""

    token: Token = field(repr=False)
    key: SigningKey = field(repr=False)

    def object(
        self, desk: Desk, day: LocalDay, now: Instant, *, words: Words | None = None
    ) -> bytes:
        """Return a signed objection: its daily task was not done."""
        return Objection(
            region=REGION,
            made=now,
            facility=desk.name,
            day=day,
            task=desk.daily(critical=True),
            token=self.token,
            words=b"" if words is None else words.commitment(),
        ).sign(self.key)


def drawn_key(*, rand: Rand) -> SigningKey:
    """Draw a key for as long as there are moments."""
    last = Instant(LAST_INSTANT)
    return SigningKey.generate(valid_from=Instant(0), valid_until=last, rand=rand)


def one_time_key(*, rand: Rand) -> SigningKey:
    """Draw the key of one token."""
    return objection_key(rand=rand)
