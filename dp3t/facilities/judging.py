"""Judging: whether an act may enter the record, after all that entered it before.

Nothing is changed here. Each rule is a clause of the chapter record, in its order [RECORD-2].
"""

from dataclasses import dataclass

from dp3t.errors import (
    ClockError,
    ExpiredError,
    MalformedError,
    PolicyError,
    TooEarlyError,
    VerificationError,
)
from dp3t.facilities.act import act_digest
from dp3t.facilities.acts import (
    AUTHORITY_CONTEXT,
    FACILITY_CONTEXT,
    Act,
    is_of_authority,
    read_act,
)
from dp3t.facilities.authority_acts import (
    ChecklistAct,
    Closure,
    Enrolment,
    Opening,
    Resolution,
    SettingsAct,
    Strike,
)
from dp3t.facilities.checklist import Checklist
from dp3t.facilities.facility import MAX_FACILITIES
from dp3t.facilities.facility_acts import Answer, Attestation, Rekey
from dp3t.facilities.ledger import (
    AUTHORITY_CHAIN,
    REMEMBERED_REKEYS,
    TOKEN_KEYS,
    Accepted,
    Content,
    Ledger,
    Place,
)
from dp3t.facilities.local_time import LocalDay
from dp3t.facilities.objection import OBJECTION, OBJECTIONS_SCOPE, Objection
from dp3t.facilities.refusal import BoardRefusal, RefusedError, require
from dp3t.facilities.settings import MAX_LATE_DAYS, Settings
from dp3t.publication.signing import HEADER_BYTES, TrustedKeys, VerificationKey
from dp3t.publication.token_keys import TokenKeys
from dp3t.publication.tokens import Token, TokenKey
from dp3t.timeline import Instant, day_of

MOST_AHEAD_SECONDS = 600
"""How far the clock of a signer may be ahead of the server's [RECORD-5]."""

MOST_ATTESTATIONS = 24
"""How many attestations of a facility the record takes on one local day [RECORD-16]."""

MOST_REKEYS = REMEMBERED_REKEYS
"""How many changes of a facility's key it takes on one local day [RECORD-16]."""

MOST_ANSWERS = 8
"""How many answers to one objection it takes [RECORD-16]."""

_JSON = b"{"
_OF_OBJECTION = b'"kind":"objection"'
"""What stands in an objection alone: within a text, canonical JSON escapes quotation marks."""


@dataclass(frozen=True, slots=True)
class Judge:
    """Judges one act.

    Attributes:
        ledger: what entered before.
        received: when the act was received.
    """

    ledger: Ledger
    received: Instant

    def judge(self, signed: bytes) -> Accepted:
        """Return the act as it may enter the record.

        Raises:
            RefusedError: it may not.
            ClockError: it was received before another that has entered.
        """
        if self.received < self.ledger.received:
            raise ClockError("the act was received before the last one of the record")
        content = read_content(signed)
        if isinstance(content, TokenKeys):
            return self._token_keys(content, signed)
        if isinstance(content, Objection):
            return self._objection(content, signed)
        return self._act(content, signed)

    def _act(self, act: Act, signed: bytes) -> Accepted:
        digest, head = act_digest(signed), act.head
        self._require_region_and_clock(act.head.region, head.made)
        facility = facility_of(act, self.ledger)
        if is_of_authority(act):
            chain = self.ledger.authority
            trusted, context = self.ledger.authorities, AUTHORITY_CONTEXT
            self._settings(unless=isinstance(act, SettingsAct))
        else:
            place = self._place(facility)
            chain = place.chain
            trusted, context = _only(place.public), FACILITY_CONTEXT
        require(not chain.knows(head.number, digest), BoardRefusal.KNOWN)
        self._require_signed(signed, trusted, context=context, made=head.made)
        chain.require_next(head)
        self._require_content(act)
        return accepted_as(act, signed, ledger=self.ledger, received=self.received)

    def _require_content(self, act: Act) -> None:
        match act:
            case SettingsAct():
                self._require_same_clock(act.settings)
            case ChecklistAct():
                self._require_new_list(act.checklist)
            case Closure() | Opening():
                self._place(act.facility)
            case Resolution():
                known = act.objection in self.ledger.objected
                require(known, BoardRefusal.UNKNOWN_OBJECTION)
            case Strike():
                require(act.act in self.ledger.worded, BoardRefusal.UNKNOWN_ACT)
            case Attestation():
                self._require_attestation(act)
            case Answer():
                self._require_answer(act)
            case Rekey():
                rekeyed = self._place(act.facility).rekeyed
                is_full = len(rekeyed) == MOST_REKEYS and self._is_of_today(rekeyed[0])
                require(not is_full, BoardRefusal.TOO_MANY)
            case Enrolment():
                is_new = act.facility.facility not in self.ledger.places
                is_full = len(self.ledger.places) >= MAX_FACILITIES
                require(not (is_new and is_full), BoardRefusal.TOO_MANY)

    def _require_new_list(self, checklist: Checklist) -> None:
        """Raise RefusedError where a list is not new, or changes what was asked [RECORD-8]."""
        newest = self.ledger.rules.newest_list(checklist.facility_kind)
        if newest is not None:
            require(checklist.number > newest.number, BoardRefusal.OLD_CHECKLIST)
            require(checklist.valid_from > self._today(), BoardRefusal.BACK_DATED)

    def _require_same_clock(self, settings: Settings) -> None:
        """Raise RefusedError where the offset from UTC is another than it was [RECORD-7]."""
        former = self.ledger.rules.settings(self.received)
        is_same = former is None or former.utc_offset_minutes == settings.utc_offset_minutes
        require(is_same, BoardRefusal.MOVED_CLOCK)

    def _require_answer(self, act: Answer) -> None:
        """Raise RefusedError unless it is to an objection to this facility [RECORD-16]."""
        against = self.ledger.facility_of(act.objection)
        objected = self.ledger.objection(act.objection)
        if objected is None or against != act.facility:
            raise RefusedError(BoardRefusal.UNKNOWN_OBJECTION)
        require(len(objected.answers) < MOST_ANSWERS, BoardRefusal.TOO_MANY)

    def _require_attestation(self, act: Attestation) -> None:
        today = self._today()
        attested = self._place(act.facility).history.attested
        days = (attested.get(LocalDay(today - back), ()) for back in range(MAX_LATE_DAYS + 1))
        made = sum(self._is_of_today(each.received) for of_day in days for each in of_day)
        require(made < MOST_ATTESTATIONS, BoardRefusal.TOO_MANY)
        require(act.day <= today, BoardRefusal.EARLY)
        late_days = self._settings_on(act.day).late_days
        require(today - act.day <= late_days, BoardRefusal.BACK_DATED)
        self._require_tasks(act)
        newest = self._place(act.facility).history.newest(act.day, self.received)
        corrected = b"" if newest is None else newest.digest
        require(act.corrects == corrected, BoardRefusal.OTHER_ATTESTATION)

    def _require_tasks(self, act: Attestation) -> None:
        situation = self.ledger.situation(act.facility, act.day, self.received)
        in_force = None if situation is None else situation.in_force
        if in_force is None or in_force.checklist.number != act.checklist:
            raise RefusedError(BoardRefusal.OTHER_CHECKLIST)
        known = {task.task for task in in_force.checklist.tasks}
        named = {each.task for each in act.done} | set(act.absent)
        require(named <= known, BoardRefusal.UNKNOWN_TASK)

    def _objection(self, objection: Objection, signed: bytes) -> Accepted:
        self._require_region_and_clock(objection.region, objection.made)
        place = self._place(objection.facility)
        require(act_digest(signed) not in self.ledger.objected, BoardRefusal.KNOWN)
        today = self._today()
        require(objection.day <= today, BoardRefusal.EARLY)
        most = self._settings_on(today).objection_days
        require(today - objection.day <= most, BoardRefusal.BACK_DATED)
        self._require_task(objection)
        self._require_token(objection)
        self._require_signature(objection, signed)
        self._require_presence(objection, place)
        return accepted_as(objection, signed, ledger=self.ledger, received=self.received)

    def _require_task(self, objection: Objection) -> None:
        """Raise RefusedError unless the list of that day has the task [OBJECTION-7]."""
        if objection.task:
            situation = self.ledger.situation(objection.facility, objection.day, self.received)
            in_force = None if situation is None else situation.in_force
            listed = in_force is not None and in_force.checklist.task(objection.task) is not None
            require(listed, BoardRefusal.UNKNOWN_TASK)

    def _require_token(self, objection: Objection) -> None:
        """Raise RefusedError unless the token is of today, not spent and signed [OBJECTION-4]."""
        token, today = objection.token, day_of(self.received)
        require(token.day == today, BoardRefusal.BAD_TOKEN)
        is_spent = objection.nullifier in self.ledger.spent.get(today, ())
        require(not is_spent, BoardRefusal.SPENT_TOKEN)
        key = self.ledger.token_keys.get(today)
        if key is None or today not in self.ledger.token_lists:
            raise RefusedError(BoardRefusal.BAD_TOKEN)
        self._require_issued(token, key)

    def _require_issued(self, token: Token, key: TokenKey) -> None:
        try:
            token.verify(key)
        except VerificationError:
            raise RefusedError(BoardRefusal.BAD_TOKEN) from None

    def _require_signature(self, objection: Objection, signed: bytes) -> None:
        try:
            objection.require_signed(signed)
        except VerificationError:
            raise RefusedError(BoardRefusal.WRONG_KEY) from None

    def _require_presence(self, objection: Objection, place: Place) -> None:
        """Raise RefusedError where a proof is under no key that is published [OBJECTION-8]."""
        keys = place.history.presence_keys(objection.day)
        proved = not objection.presence or any(_proves(objection, public) for public in keys)
        require(proved, BoardRefusal.BAD_PRESENCE)

    def _token_keys(self, keys: TokenKeys, signed: bytes) -> Accepted:
        digest = act_digest(signed)
        require(keys.region == self.ledger.region, BoardRefusal.OTHER_REGION)
        former = self.ledger.token_lists.get(keys.day)
        require(former != digest, BoardRefusal.KNOWN)
        self._require_list(signed)
        require(former is None, BoardRefusal.FORKED)
        for key in keys.keys:
            if key.scope == OBJECTIONS_SCOPE:
                is_same = self.ledger.token_keys.get(key.day, key) == key
                require(is_same, BoardRefusal.FORKED)
        return accepted_as(keys, signed, ledger=self.ledger, received=self.received)

    def _require_list(self, signed: bytes) -> None:
        ledger = self.ledger
        try:
            TokenKeys.open(signed, trusted=ledger.servers, region=ledger.region, now=self.received)
        except VerificationError:
            raise RefusedError(BoardRefusal.WRONG_KEY) from None
        except TooEarlyError:
            raise RefusedError(BoardRefusal.EARLY) from None
        except ExpiredError:
            raise RefusedError(BoardRefusal.BACK_DATED) from None

    def _require_signed(
        self, signed: bytes, trusted: TrustedKeys, *, context: str, made: Instant
    ) -> None:
        try:
            _, signer = trusted.open(signed, context=context, limit_bytes=len(signed))
            signer.require_valid_at(made)
        except VerificationError:
            raise RefusedError(BoardRefusal.WRONG_KEY) from None

    def _require_region_and_clock(self, region: str, made: Instant) -> None:
        require(region == self.ledger.region, BoardRefusal.OTHER_REGION)
        require(made <= self.received + MOST_AHEAD_SECONDS, BoardRefusal.EARLY)

    def _place(self, facility: str) -> Place:
        place = self.ledger.places.get(facility)
        if place is None:
            raise RefusedError(BoardRefusal.UNKNOWN_FACILITY)
        return place

    def _settings(self, *, unless: bool = False) -> None:
        known = self.ledger.rules.settings(self.received) is not None
        require(known or unless, BoardRefusal.NO_SETTINGS)

    def _settings_on(self, day: LocalDay) -> Settings:
        settings = self.ledger.rules.settings_on(day, self.received)
        if settings is None:
            raise RefusedError(BoardRefusal.NO_SETTINGS)
        return settings

    def _is_of_today(self, received: Instant) -> bool:
        """Return whether something was received on the local day of this act."""
        return self.ledger.rules.local_day(received) == self._today()

    def _today(self) -> LocalDay:
        today = self.ledger.rules.local_day(self.received)
        if today is None:
            raise RefusedError(BoardRefusal.NO_SETTINGS)
        return today


def accepted_as(content: Content, signed: bytes, *, ledger: Ledger, received: Instant) -> Accepted:
    """Return what was read as it stands in the record, if nothing speaks against it."""
    facility, chain, number = "", "", -1
    if isinstance(content, Objection):
        facility = content.facility
    elif not isinstance(content, TokenKeys):
        facility, number = facility_of(content, ledger), content.head.number
        chain = AUTHORITY_CHAIN if is_of_authority(content) else f"facility:{facility}"
    words: bytes = getattr(content, "words", b"")
    return Accepted(
        number=ledger.acts,
        received=received,
        kind=kind_of(content),
        facility=facility,
        chain=chain,
        chain_number=number,
        digest=act_digest(signed),
        signed=signed,
        has_words=bool(words),
        content=content,
    )


def read_content(signed: bytes) -> Content:
    """Return what a signed file of the record holds; nothing is verified [RECORD-3].

    Raises:
        RefusedError: nothing that a record can hold.
    """
    try:
        if signed[HEADER_BYTES : HEADER_BYTES + 1] != _JSON:
            return TokenKeys.decode(signed[HEADER_BYTES:])
        if _OF_OBJECTION in signed:
            return Objection.decode(signed[HEADER_BYTES:])
        act, _ = read_act(signed)
    except MalformedError:
        raise RefusedError(BoardRefusal.MALFORMED) from None
    except PolicyError:
        raise RefusedError(BoardRefusal.BAD_TOKEN) from None
    return act


def kind_of(content: Content) -> str:
    """Return the kind of an act in the record."""
    if isinstance(content, TokenKeys):
        return TOKEN_KEYS
    return OBJECTION if isinstance(content, Objection) else content.kind


def facility_of(act: Act, ledger: Ledger) -> str:
    """Return whom an act of a chain is about; empty where it is all, or nobody who is known."""
    match act:
        case SettingsAct() | ChecklistAct():
            return ""
        case Enrolment():
            return act.facility.facility
        case Resolution():
            return ledger.facility_of(act.objection)
        case Strike():
            return ledger.worded.get(act.act, "")
        case _:
            return act.facility


def _only(public: bytes) -> TrustedKeys:
    return TrustedKeys([VerificationKey.pinned(public)])


def _proves(objection: Objection, public: bytes) -> bool:
    try:
        objection.require_presence(public)
    except VerificationError:
        return False
    return True
