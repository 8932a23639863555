"""What officials are shown of a declaration: the form's questions, and answers in words."""

import json
from collections.abc import Iterable, Mapping

from rich.box import SIMPLE_HEAD
from rich.markup import escape
from rich.table import Table

from dp3t.arrivals.definition import Field, Text
from dp3t.arrivals.parts import Part
from dp3t.cli.language import text


def part_table(part: Part) -> Table:
    """Return the answers in the order of the form, what is no answer to it, and the problems."""
    table = Table(box=SIMPLE_HEAD, show_header=False)
    for question, answer in _told(part.form.fields, part.values):
        table.add_row(escape(question), escape(answer))
    for each in part.problems:
        table.add_row(f"! {escape(each.path)}", escape(_said(each.message(part.form))))
    return table


def plain(value: object) -> str:
    """Return an answer in one line of characters that show."""
    words = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in words)


def _told(fields: Iterable[Field], values: Mapping[str, object]) -> list[tuple[str, str]]:
    left = dict(values)
    told = [
        (_said(each.label), _answer(each, left.pop(each.name)))
        for each in fields
        if each.name in left
    ]
    return [*told, *((plain(name), plain(value)) for name, value in left.items())]


def _answer(field: Field, value: object) -> str:
    """Return an answer in words; what the form does not allow, as it is."""
    if isinstance(value, list) and field.kind in ("choices", "group"):
        return "\n".join(_answer(field, each) for each in value)
    if isinstance(value, Mapping) and field.kind == "group":
        return "; ".join(f"{question}: {answer}" for question, answer in _told(field.fields, value))
    label = next((each.label for each in field.choices if each.code == value), None)
    return plain(value) if label is None else _said(label)


def _said(words: Text) -> str:
    return text(en=words.en, vi=words.vi)
