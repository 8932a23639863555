"""What comes with the package: checklists to sign, and how kinds and roles are called."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files

from dp3t.canonical_json import JsonValue, read_json
from dp3t.codec import Fields, Value
from dp3t.errors import MalformedError
from dp3t.facilities.checklist import Checklist
from dp3t.facilities.texts import Texts

BUILT_IN_KINDS = ("clinic", "school")
"""The kinds of facilities for which a checklist comes with the package."""

_MOST_BYTES = 2**16
_VERSION = 1


@dataclass(frozen=True, slots=True)
class PublicWords:
    """How words of the record are called; a word without a text is shown as it is.

    Attributes:
        kinds: of facilities.
        roles: of who does tasks.
    """

    kinds: Mapping[str, Texts]
    roles: Mapping[str, Texts]


def built_in_checklist(facility_kind: str) -> Checklist:
    """Return the list of a kind as an authority may sign it, once it has set `valid_from`.

    Raises:
        ValueError: none comes with the package; `BUILT_IN_KINDS` are those that do.
    """
    if facility_kind not in BUILT_IN_KINDS:
        raise ValueError(f"no checklist for {facility_kind} comes with the package")
    return checklist_of_document(_read("checklists", f"{facility_kind}-1.json"))


def checklist_of_document(document: JsonValue) -> Checklist:
    """Return the list that an authority has written down; MalformedError for another [CHECKLIST-4].

    Args:
        document: the fields of a checklist, as `read_json` gives them.
    """
    fields = Fields(document, what="a checklist")
    checklist = Checklist.take(fields)
    fields.done()
    return checklist


def public_words() -> PublicWords:
    """Return the texts of kinds and roles, `names/words-1.json` of the package."""
    fields = Fields(_read("names", "words-1.json"), what="the words")
    fields.version(_VERSION)
    words = PublicWords(*(_texts(fields.value(name)) for name in ("kinds", "roles")))
    fields.done()
    return words


def csv_fault_texts() -> Mapping[str, Texts]:
    """Return what is said of each fault of a table, `names/csv-faults-1.json` of the package."""
    fields = Fields(_read("names", "csv-faults-1.json"), what="the faults")
    fields.version(_VERSION)
    messages = _texts(fields.value("messages"))
    fields.done()
    return messages


def _read(folder: str, name: str) -> Value:
    data = files("dp3t.facilities").joinpath(folder, name).read_bytes()
    return read_json(data, limit_bytes=_MOST_BYTES)


def _texts(value: Value) -> Mapping[str, Texts]:
    if not isinstance(value, dict):
        raise MalformedError("texts are not an object")
    fields = Fields(value, what="texts")
    return {name: Texts.take(fields, name) for name in value}
