"""What a server says when it is asked: of its region, of one facility, of an act handed in.

Nothing here is believed but the acts of a facility, each of which is verified.
"""

import json
from base64 import b64decode
from typing import NamedTuple, NoReturn

from dp3t.codec import Fields, Value
from dp3t.errors import MalformedError, UnknownKeyError, VerificationError
from dp3t.facilities.act import ChainEnd, act_digest
from dp3t.facilities.acts import Act, is_of_authority, verify_act
from dp3t.facilities.authority_acts import Enrolment
from dp3t.facilities.checklist import Checklist, Task
from dp3t.facilities.facility_acts import Rekey
from dp3t.facilities.json_fields import (
    HIGHEST_NUMBER,
    octets_of,
    take_day,
    take_instant,
    take_octets,
    take_text,
)
from dp3t.facilities.judging import read_content
from dp3t.facilities.local_time import LocalDay
from dp3t.facilities.objection import Objection
from dp3t.facilities.refusal import BoardRefusal, RefusedError
from dp3t.facilities.settings import Settings
from dp3t.facilities.snapshot import MapRow
from dp3t.facilities.state import DayState, State, TaskState
from dp3t.facilities.words import Words
from dp3t.params import LAST_DAY, MAX_NAME_LENGTH
from dp3t.primitives import ED25519_PUBLIC_BYTES
from dp3t.publication.signing import TrustedKeys, VerificationKey
from dp3t.publication.token_keys import TokenKeys
from dp3t.timeline import Instant

_MOST_ACTS = 2**16
_MOST_LISTS = 2**10
_MOST_DAYS = 2**8
_MOST_ACT_TEXT = 2**17


class Taken(NamedTuple):
    """Where an act stands in the record: its number, from 0, and when the server took it first."""

    number: int
    received: Instant


class RecordLength(NamedTuple):
    """How long a record is: so many pages, and acts, of which the last may be in no page yet."""

    pages: int
    acts: int


class Region(NamedTuple):
    """What a server says of its region; nothing of it is signed, but acts are made with it.

    Attributes:
        region: its name.
        settings: the newest; None before the first.
        today: the local day; None before the first settings.
        checklists: those in force today, by kind.
        chain: where the authority's chain ends.
        acts: how many acts the record has.
        authorities: the keys of the authority, as the server says; who verifies knows them.
    """

    region: str
    settings: Settings | None
    today: LocalDay | None
    checklists: tuple[Checklist, ...]
    chain: ChainEnd
    acts: int
    authorities: tuple[bytes, ...]


class PlaceAct(NamedTuple):
    """An act about a facility, verified.

    Attributes:
        number: in the record.
        received: when the server took it.
        signed: the signed act.
        content: what it says.
        words: what was said beside it; None without words, or where they are not kept any more.
        is_struck: whether the authority had them erased.
    """

    number: int
    received: Instant
    signed: bytes
    content: Act | Objection
    words: Words | None
    is_struck: bool

    @property
    def digest(self) -> bytes:
        """How other acts name it: 32 bytes."""
        return act_digest(self.signed)


class Place(NamedTuple):
    """What a server shows of a facility: its acts are verified, what follows from them is not.

    Attributes:
        row: as on the map.
        today: the local day.
        days: its calendar, ascending.
        tasks: of today.
        chain: where its chain ends.
        acts: in the order of the record.
        public: the key under which its next act verifies, by these acts.
    """

    row: MapRow
    today: LocalDay
    days: tuple[DayState, ...]
    tasks: tuple[TaskState, ...]
    chain: ChainEnd
    acts: tuple[PlaceAct, ...]
    public: bytes

    @property
    def enrolment(self) -> Enrolment:
        """How the authority enrolled it last."""
        return next(a.content for a in reversed(self.acts) if isinstance(a.content, Enrolment))


def read_taken(data: bytes) -> Taken:
    """Return where an act stands that was handed in [FACILITIES-SERVER-3].

    Raises:
        RefusedError: it was refused, by name.
        MalformedError: no such answer.
    """
    said = _read(data)
    refusal = said.pop("refusal", None)
    fields = Fields(said, what="the answer")
    if refusal is not None:
        if refusal not in list(BoardRefusal):
            raise MalformedError("the act is refused, and the reason has no name")
        raise RefusedError(BoardRefusal(str(refusal)))
    taken = Taken(fields.integer("number", 0, HIGHEST_NUMBER), take_instant(fields, "received"))
    fields.done()
    return taken


def read_length(data: bytes) -> RecordLength:
    """Return how long the record is [FACILITIES-SERVER-8]; MalformedError for other bytes."""
    fields = Fields(_read(data), what="the length")
    length = RecordLength(*(fields.integer(name, 0, HIGHEST_NUMBER) for name in ("pages", "acts")))
    fields.done()
    return length


def read_region(data: bytes) -> Region:
    """Return what a server says of its region; MalformedError for other bytes."""
    said = _read(data)
    settings = said.pop("settings", None)
    fields = Fields(said, what="the settings")
    today = fields.integer("today", -1, LAST_DAY)
    found = Region(
        region=fields.text("region", longest=MAX_NAME_LENGTH),
        settings=None if settings is None else Settings.take(Fields(settings, what="settings")),
        today=None if today < 0 else LocalDay(today),
        checklists=tuple(
            Checklist.take(Fields(each, what="a checklist"))
            for each in fields.items("checklists", most=_MOST_LISTS)
        ),
        chain=_chain(fields),
        acts=fields.integer("acts", 0, HIGHEST_NUMBER),
        authorities=tuple(
            octets_of(str(each), length=ED25519_PUBLIC_BYTES, what="authorities")
            for each in fields.items("authorities", most=_MOST_LISTS)
        ),
    )
    fields.done()
    return found


def _chain(fields: Fields) -> ChainEnd:
    end = fields.nested("chain")
    found = ChainEnd(end.integer("number", 0, HIGHEST_NUMBER), take_octets(end, "previous"))
    end.done()
    return found


def read_place(data: bytes, facility: str, *, authorities: TrustedKeys) -> Place:
    """Return what there is to show of a facility, with every act verified.

    Args:
        data: the answer of a server.
        facility: its name in the record.
        authorities: the keys of the authority.

    Raises:
        VerificationError: an act is not signed by whom it should be, is about another facility, or
            comes with other words than it commits to; the message says its number.
        MalformedError: no such answer.
    """
    fields = Fields(_read(data), what="a place")
    row = MapRow.of_value(fields.value("facility"))
    today = take_day(fields, "today")
    acts, public = _acts(fields.items("acts", most=_MOST_ACTS), facility, authorities)
    found = Place(
        row=row,
        today=today,
        days=tuple(_day(each) for each in fields.items("days", most=_MOST_DAYS)),
        tasks=tuple(_task(each) for each in fields.items("tasks", most=_MOST_DAYS)),
        chain=_chain(fields),
        acts=acts,
        public=public,
    )
    take_instant(fields, "now")
    fields.text("state", longest=MAX_NAME_LENGTH)  # stands in the row
    fields.done()
    if row.facility != facility:
        raise MalformedError("it is of another facility")
    return found


def _day(value: Value) -> DayState:
    fields = Fields(value, what="a day")
    day, state = take_day(fields, "day"), take_text(fields, "state")
    if state not in list(State):
        raise MalformedError("a day has a state that is none")
    found = DayState(day, State(state), fields.boolean("late"), fields.boolean("missing"))
    fields.done()
    return found


def _task(value: Value) -> TaskState:
    said = _map(value, what="a task")
    added: dict[str, Value] = {
        name: said.pop(name) for name in ("last_done_day", "due", "today") if name in said
    }
    fields = Fields(added, what="a task")
    last = fields.integer("last_done_day", -1, LAST_DAY)
    fields.boolean("today")  # follows from the day before it
    return TaskState(
        Task.of_value(said), None if last < 0 else LocalDay(last), fields.boolean("due")
    )


class _Keys(NamedTuple):
    """Under which keys acts verify: the authority's, and the facility's so far, if any."""

    authorities: TrustedKeys
    public: bytes


def _acts(
    values: list[Value], facility: str, authorities: TrustedKeys
) -> tuple[tuple[PlaceAct, ...], bytes]:
    """Return the acts, each verified, and the key of the facility after the last one."""
    found, public = list[PlaceAct](), b""
    for value in values:
        said = _map(value, what="an act")
        words = said.pop("words", None)
        fields = Fields(said, what="an act")
        number = fields.integer("number", 0, HIGHEST_NUMBER)
        try:
            act = _act(fields, words, number, _Keys(authorities, public))
            _require_about(act.content, facility)
        except VerificationError as error:
            raise VerificationError(f"act {number} about {facility}: {error}") from None
        found.append(act)
        if isinstance(act.content, Enrolment | Rekey):
            public = act.content.public
    if not public:
        raise MalformedError("no enrolment is among its acts")
    return tuple(found), public


def _act(fields: Fields, words: Value | None, number: int, keys: _Keys) -> PlaceAct:
    try:
        signed = b64decode(fields.text("act", longest=_MOST_ACT_TEXT), validate=True)
    except ValueError:
        raise MalformedError("an act is not Base 64") from None
    said = None if words is None else Words.of_value(words)
    content = _verified(signed, keys)
    if said is not None:
        said.require_of(getattr(content, "words", b""))
    received, is_struck = take_instant(fields, "received"), fields.boolean("struck")
    fields.done()
    return PlaceAct(number, received, signed, content, said, is_struck)


def _verified(signed: bytes, keys: _Keys) -> Act | Objection:
    """Return what an act says, once its signature is verified; whether its token is, audits say."""
    try:
        content = read_content(signed)
    except RefusedError as error:
        raise VerificationError(str(error)) from None
    if isinstance(content, TokenKeys):
        raise MalformedError("a list of token keys is about no facility")
    if isinstance(content, Objection):
        content.require_signed(signed)
        return content
    if is_of_authority(content):
        return verify_act(signed, keys.authorities)
    if not keys.public:
        raise UnknownKeyError("it comes before the facility is enrolled")
    return verify_act(signed, TrustedKeys([VerificationKey.pinned(keys.public)]))


def _require_about(content: Act | Objection, facility: str) -> None:
    """Raise VerificationError where an act names another facility.

    Verdicts and strikes name an act, which may be older than those that are shown.
    """
    said = getattr(content, "facility", facility)
    if (said if isinstance(said, str) else said.facility) != facility:
        raise VerificationError("it is about another facility")


def _map(value: Value, *, what: str) -> dict[str, Value]:
    if not isinstance(value, dict):
        raise MalformedError(f"{what} is no object")
    return dict(value)


def _read(data: bytes) -> dict[str, Value]:
    """Return the object in a document; what is null is missing."""
    try:
        value: Value = json.loads(
            data.decode(),
            object_pairs_hook=lambda pairs: {key: said for key, said in pairs if said is not None},
            parse_float=_no_number,
            parse_constant=_no_number,
        )
    except (ValueError, RecursionError):
        raise MalformedError("it is no JSON document") from None
    return _map(value, what="it")


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is no integer")
