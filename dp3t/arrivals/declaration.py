"""The entry declaration: what a traveller says, checked, typed, and sealed for its two readers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta, timezone
from typing import Any, TypeVar

from dp3t.arrivals.checks import Problem, check
from dp3t.arrivals.definition import Field
from dp3t.arrivals.form import Form, entry_form
from dp3t.arrivals.partial_date import PartialDate
from dp3t.arrivals.parts import encode_part
from dp3t.arrivals.recipients import RecipientKeys
from dp3t.arrivals.sealing import Envelope, Header, withdrawal_digest
from dp3t.arrivals.travel_document import TravelDocument
from dp3t.canonical_json import JsonValue
from dp3t.errors import MalformedError
from dp3t.timeline import Day, Instant, date_to_day

KEPT_DAYS = 21
"""How many days after entry a declaration asks to be kept where nobody says otherwise."""

_Item = TypeVar("_Item")


class AnswersError(MalformedError):
    """Answers that the form does not allow.

    Attributes:
        problems: what is wrong, answer by answer.
    """

    def __init__(self, problems: Sequence[Problem]) -> None:
        listed = "; ".join(f"{each.path or 'the form'}: {each.code}" for each in problems)
        super().__init__(f"the form does not allow these answers: {listed}")
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Place:
    """Where the traveller was; names and codes are those of the form."""

    country: str
    place: str | None = None
    first_day: date
    last_day: date


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Companion:
    """Somebody, often a child, who is declared with the traveller."""

    surname: str
    given_names: str | None = None
    birth_date: PartialDate
    document_number: str | None = None
    relation: str


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Vaccination:
    """A vaccination."""

    product: str
    day: date


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class LabTest:
    """A test before arrival."""

    method: str
    day: date
    result: str


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Declaration:
    """An entry declaration. Names and codes are those of the form; its repr shows nothing.

    Attributes that are None, or empty, were not answered or not asked. It is made by `of`, which
    checks; whoever makes one otherwise has it checked when it is sealed.
    """

    surname: str
    given_names: str | None = None
    sex: str
    birth_date: PartialDate
    nationality: str
    document_kind: str
    document_number: str
    document_country: str
    document_expiry: date | None = None
    phone: str
    e_mail: str | None = None
    emergency_name: str | None = None
    emergency_phone: str | None = None
    arrival_point: str
    arrival: datetime
    means: str
    carrier: str | None = None
    service_number: str | None = None
    seat: str | None = None
    places: tuple[Place, ...]
    companions: tuple[Companion, ...] = ()
    province: str
    commune: str
    street: str
    quarantine: str
    quarantine_place: str | None = None
    symptoms: tuple[str, ...]
    symptoms_since: date | None = None
    contact: str
    contact_day: date | None = None
    vaccinations: tuple[Vaccination, ...] = ()
    tests: tuple[LabTest, ...] = ()

    @classmethod
    def of(cls, values: Mapping[str, object], *, now: Instant) -> "Declaration":
        """Return the declaration that answers to the form make [FORM-3].

        Raises:
            AnswersError: answers that the form does not allow, with every problem.
        """
        form = entry_form()
        _require_allowed(form, values, now)
        return _typed(cls, form.fields, values, form)

    def to_values(self) -> dict[str, JsonValue]:
        """Return the answers to the form."""
        return _plain(self, entry_form())

    @property
    def entry_day(self) -> Day:
        """The day of entry on the calendar at the place of arrival [DECLARATION-6]."""
        return date_to_day(self.arrival.astimezone(_clock(entry_form())).date())

    def travel_document(self) -> TravelDocument:
        """Return what a receipt is bound to."""
        return TravelDocument.of(
            number=self.document_number,
            birth=self.birth_date.machine_readable,
            expiry="" if self.document_expiry is None else self.document_expiry.isoformat(),
        )

    def seal(
        self,
        keys: RecipientKeys,
        *,
        binding: bytes,
        withdrawal_secret: bytes,
        now: Instant,
        kept_days: int = KEPT_DAYS,
    ) -> Envelope:
        """Return the declaration, sealed to the border and to the province of destination.

        Args:
            keys: the current document of keys.
            binding: what binds the receipt to the travel document, 32 bytes.
            withdrawal_secret: 32 random bytes to keep, for a withdrawal or correction.
            now: the moment.
            kept_days: how many days after entry it is to be kept, 1 to 28.

        Raises:
            AnswersError: answers that the form does not allow.
            TooEarlyError: the keys are not valid yet; ExpiredError, no longer [RECIPIENTS-3].
            UnknownKeyError: there is no key of the province [RECIPIENTS-6].
            MalformedError: a binding, secret or number of days that cannot be.
        """
        form, values = entry_form(), self.to_values()
        _require_allowed(form, values, now)
        keys.require_current(now)
        header = Header(
            keys_number=keys.number,
            entry_day=self.entry_day,
            expiry_day=Day(self.entry_day + kept_days),
            arrival_point=self.arrival_point,
            withdrawal_digest=withdrawal_digest(withdrawal_secret),
            binding=binding,
        )
        return Envelope.seal(
            header,
            border=(keys.border, encode_part(form, values, role="border")),
            province=(keys.province(self.province), encode_part(form, values, role="province")),
        )

    def __repr__(self) -> str:
        return "Declaration(hidden)"


_ITEMS: Mapping[str, type] = {
    "places": Place,
    "companions": Companion,
    "vaccinations": Vaccination,
    "tests": LabTest,
}


def _require_allowed(form: Form, values: Mapping[str, object], now: Instant) -> None:
    problems = check(form, values, now=now)
    if problems:
        raise AnswersError(problems)


def _clock(form: Form) -> timezone:
    return timezone(timedelta(minutes=form.utc_offset_minutes))


def _typed(
    made: type[_Item], asked: Sequence[Field], values: Mapping[str, Any], form: Form
) -> _Item:
    return made(
        **{
            each.name: _typed_value(each, values[each.name], form)
            for each in asked
            if each.name in values
        }
    )


def _typed_value(field: Field, value: Any, form: Form) -> object:
    if field.kind == "date":
        return PartialDate.parse(value) if field.partial else date.fromisoformat(value)
    if field.kind == "moment":
        return datetime.fromisoformat(value).replace(tzinfo=_clock(form))
    if field.kind == "choices":
        return tuple(value)
    if field.kind == "group":
        return tuple(_typed(_ITEMS[field.name], field.fields, item, form) for item in value)
    return value


def _plain(item: Any, form: Form) -> dict[str, JsonValue]:
    given = {each.name: getattr(item, each.name) for each in fields(item)}
    return {
        name: _plain_value(value, form) for name, value in given.items() if value not in (None, ())
    }


def _plain_value(value: Any, form: Form) -> JsonValue:
    if isinstance(value, datetime):
        return value.astimezone(_clock(form)).strftime("%Y-%m-%dT%H:%M")
    if isinstance(value, date | PartialDate):
        return str(value)
    if isinstance(value, tuple):
        return [_plain_value(each, form) for each in value]
    return value if isinstance(value, str) else _plain(value, form)
