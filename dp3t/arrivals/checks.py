"""Checking the answers to a form: what is wrong, where, and what a person is told.

The check is pure and complete: it looks at every answer, whatever was given, and never stops at the
first problem. A page does the same from the same definition [FORM-3].
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from dp3t.arrivals.definition import Field, Text
from dp3t.arrivals.fields import Scope, fault_of, tidy
from dp3t.arrivals.form import Form
from dp3t.timeline import Instant


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong; it does not hold the answer.

    Attributes:
        path: names and numbers of items from the form down, joined by full stops, such as
            `places.0.country`; "" for the whole.
        code: what is wrong, one of the form's codes.
        limit: the limit that was passed, a number or a date; "" where there is none.
    """

    path: str
    code: str
    limit: str = ""

    def message(self, form: Form) -> Text:
        """Return what a person is told [FORM-12]."""
        return form.message(self.code, path=self.path, limit=self.limit)


def check(form: Form, values: object, *, now: Instant) -> tuple[Problem, ...]:
    """Return all problems of the answers to a form, in the order of its fields [FORM-3].

    Args:
        form: what was asked.
        values: what was answered: a map from names of fields, as JSON has it; anything is checked.
        now: the moment of the check.

    Returns:
        No more than one problem for each answer; none where all is well.
    """
    if not isinstance(values, Mapping):
        return (Problem("", "kind"),)
    scope = Scope(form, now, beside=values, above=values)
    return tuple(_checked(form.fields, scope, path=""))


def tidied(form: Form, values: Mapping[str, object]) -> dict[str, object]:
    """Return the answers as a page hands them over: tidy, and without what is not asked [FORM-10].

    Texts become tidy; empty texts, lists and items go; so do answers to fields that the other
    answers say are not asked. What has another fault stays as it is, for `check` to tell.
    """
    return _tidied(form.fields, values, form)


def _checked(fields: Iterable[Field], scope: Scope, *, path: str) -> Iterator[Problem]:
    known = set()
    for field in fields:
        known.add(field.name)
        yield from _checked_field(field, scope, path=f"{path}{field.name}")
    if not set(scope.beside) <= known:
        yield Problem(path.removesuffix("."), "unknown")


def _checked_field(field: Field, scope: Scope, *, path: str) -> Iterator[Problem]:
    given = field.name in scope.beside
    if field.when is not None and not field.when.holds(scope.beside):
        if given:
            yield Problem(path, "unasked")
    elif not given:
        if field.required or field.least:
            yield Problem(path, "missing")
    elif field.kind == "group":
        yield from _checked_group(field, scope, path=path)
    else:
        fault = fault_of(field, scope.beside[field.name], scope)
        if fault is not None:
            yield Problem(path, fault.code, fault.limit)


def _checked_group(field: Field, scope: Scope, *, path: str) -> Iterator[Problem]:
    items = scope.beside[field.name]
    if not isinstance(items, list):
        yield Problem(path, "kind")
    elif len(items) < field.least:
        yield Problem(path, "few", str(field.least))
    elif len(items) > field.most:
        yield Problem(path, "many", str(field.most))
    else:
        for number, item in enumerate(items):
            if not isinstance(item, Mapping):
                yield Problem(f"{path}.{number}", "kind")
                continue
            inside = Scope(scope.form, scope.now, beside=item, above=scope.above)
            yield from _checked(field.fields, inside, path=f"{path}.{number}.")


def _tidied(fields: Iterable[Field], values: Mapping[str, object], form: Form) -> dict[str, object]:
    by_name = {field.name: field for field in fields}
    found = {
        name: _tidied_value(by_name[name], value, form) if name in by_name else value
        for name, value in values.items()
    }
    filled = {name: value for name, value in found.items() if value not in ("", [], {})}
    return {
        name: value
        for name, value in filled.items()
        if name not in by_name or _asked(by_name[name], filled)
    }


def _tidied_value(field: Field, value: object, form: Form) -> object:
    if isinstance(value, str):
        return tidy(value, form)
    if field.kind == "group" and isinstance(value, list):
        items = (
            _tidied(field.fields, item, form) if isinstance(item, Mapping) else item
            for item in value
        )
        return [item for item in items if item != {}]
    return value


def _asked(field: Field, values: Mapping[str, object]) -> bool:
    return field.when is None or field.when.holds(values)
