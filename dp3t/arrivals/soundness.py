"""Whether the fields of a form contradict each other or name what the form does not have."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from dp3t.arrivals.definition import TODAY, Field
from dp3t.errors import MalformedError


@dataclass(frozen=True, slots=True)
class Known:
    """What fields can name.

    Attributes:
        roles: who can read.
        patterns: what a text can have to match.
    """

    roles: Collection[str]
    patterns: Collection[str]


def require_sound(fields: Iterable[Field], known: Known) -> None:
    """Raise MalformedError if the fields of a form contradict each other [FORM-1]."""
    top = _by_name(fields)
    for field in top.values():
        _require_sound(field, known, beside=top, above=top)
        inside = _by_name(field.fields)
        for each in inside.values():
            _require_sound(each, known, beside=inside, above=top)
            if not set(each.readers) <= set(field.readers):
                raise MalformedError("a field of a group is read by who does not read the group")


def _by_name(fields: Iterable[Field]) -> dict[str, Field]:
    found = dict[str, Field]()
    for field in fields:
        if field.name in found:
            raise MalformedError(f"two fields have the name {field.name}")
        found[field.name] = field
    return found


def _require_sound(
    field: Field, known: Known, *, beside: Mapping[str, Field], above: Mapping[str, Field]
) -> None:
    if not field.readers or not set(field.readers) <= set(known.roles):
        raise MalformedError(f"{field.name} is read by nobody, or by an unknown role")
    if field.pattern is not None and field.pattern not in known.patterns:
        raise MalformedError(f"{field.name} has an unknown pattern")
    if field.shortest > field.longest or field.least > field.most:
        raise MalformedError(f"{field.name} has a least above its most")
    if len(set(field.codes)) < len(field.codes) or not set(field.alone) <= set(field.codes):
        raise MalformedError(f"{field.name} has choices twice, or unknown ones")
    _require_sound_condition(field, beside)
    for bound in (field.earliest, field.latest):
        if bound is not None and bound.origin != TODAY:
            origin = beside.get(bound.origin, above.get(bound.origin))
            if origin is None or origin.kind not in ("date", "moment") or origin.partial:
                raise MalformedError(f"{field.name} is counted from what is no date")


def _require_sound_condition(field: Field, beside: Mapping[str, Field]) -> None:
    if field.when is None:
        return
    other = beside.get(field.when.field)
    if other is None or not field.when.answers <= set(other.codes) or not field.when.answers:
        raise MalformedError(f"{field.name} depends on an answer that there is not")
    if other.when is not None:
        raise MalformedError(f"{field.name} depends on a field that depends on another")
    if not set(field.readers) <= set(other.readers):
        raise MalformedError(f"{field.name} is read by who does not know why it was asked")
