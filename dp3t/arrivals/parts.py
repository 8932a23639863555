"""What one recipient reads of a declaration: the answers to its fields, as bytes and back."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from dp3t.arrivals.checks import Problem, check
from dp3t.arrivals.definition import Field
from dp3t.arrivals.form import Form, entry_form
from dp3t.arrivals.sealing import CONTENT_BYTES, Header
from dp3t.canonical_json import JsonValue, decode_json, encode_json
from dp3t.codec import Fields, Value
from dp3t.errors import MalformedError
from dp3t.params import DAY_SECONDS
from dp3t.timeline import Day, Instant, day_start, day_to_date


@dataclass(frozen=True, slots=True)
class Part:
    """The answers that one recipient reads. Its repr hides them.

    Attributes:
        form: what was asked: the form as the recipient reads it.
        values: the answers, as they were given; those with a problem are not to be relied on.
        problems: what the form does not allow, or what contradicts the header.
    """

    form: Form = field(repr=False)
    values: Mapping[str, Value] = field(repr=False)
    problems: tuple[Problem, ...]

    @classmethod
    def decode(cls, content: bytes, *, header: Header, role: str) -> "Part":
        """Return what an opened part says [DECLARATION-2] [DECLARATION-3] [DECLARATION-4].

        Answers that are no good do not hide those that are: they come with their problems.

        Args:
            content: of the part, without its padding.
            header: of the envelope in which it was.
            role: the recipient's.

        Raises:
            MalformedError: no part, or one for another role.
            UnsupportedVersionError: answers to a form that this release does not have.
            ValueError: no role of a recipient.
        """
        if role not in CONTENT_BYTES:
            raise ValueError(f"no role of a recipient: {role}")
        value = decode_json(content, limit_bytes=CONTENT_BYTES[role])
        fields = Fields(value, what="the part")
        form = entry_form(fields.integer("form", 0, 2**16)).for_role(role)
        if fields.text("role", longest=16) != role:
            raise MalformedError("the part is for another recipient")
        values = fields.value("values")
        fields.done()
        if not isinstance(values, dict):
            raise MalformedError("the answers are no map")
        problems = check(form, values, now=_morning_after(header.entry_day, form))
        return cls(form, values, (*problems, *_contradictions(values, header)))


def part_values(form: Form, values: Mapping[str, JsonValue], *, role: str) -> dict[str, JsonValue]:
    """Return the answers that a role reads, and no others [FORM-11]."""
    return _of_fields(form.for_role(role).fields, values)


def encode_part(form: Form, values: Mapping[str, JsonValue], *, role: str) -> bytes:
    """Return the content of a role's part: canonical JSON [DECLARATION-1]."""
    answers = part_values(form, values, role=role)
    return encode_json({"form": form.version, "role": role, "values": answers})


def _of_fields(fields: Iterable[Field], values: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    return {
        field.name: _answer(field, values[field.name]) for field in fields if field.name in values
    }


def _answer(field: Field, value: JsonValue) -> JsonValue:
    if field.kind != "group" or not isinstance(value, list):
        return value
    return [_of_fields(field.fields, item) if isinstance(item, Mapping) else item for item in value]


def _morning_after(entry: Day, form: Form) -> Instant:
    """Return a moment as of which all is allowed that was when declared [DECLARATION-3]."""
    return Instant(day_start(entry) + DAY_SECONDS - 60 * form.utc_offset_minutes)


def _contradictions(values: Mapping[str, Value], header: Header) -> Iterable[Problem]:
    if values.get("arrival_point") != header.arrival_point:
        yield Problem("arrival_point", "header")
    arrival = values.get("arrival")
    if not isinstance(arrival, str) or arrival[:10] != day_to_date(header.entry_day).isoformat():
        yield Problem("arrival", "header")
