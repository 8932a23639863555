"""The form of an entry declaration: versioned data from which pages and checks both come.

The definition is a JSON document of this package. Its kinds of fields are few and their rules are
exact, so that a page in a browser checks the same with a small program [FORM-1].
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from importlib.resources import files

from dp3t.arrivals.definition import CODES, Choice, Field, Section, Text
from dp3t.arrivals.definition_file import (
    choice_of,
    countries_of,
    patterns_of,
    ranges_of,
    section_of,
    text_of,
    texts_of,
)
from dp3t.arrivals.soundness import Known, require_sound
from dp3t.codec import Fields, Value
from dp3t.errors import MalformedError, UnsupportedVersionError
from dp3t.params import DAY_SECONDS
from dp3t.timeline import Day, Instant

LATEST_VERSION = 1
"""The version of the form that is filled in now; older ones are still read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """A form: what is asked, how, of whom, and who reads the answers.

    Attributes:
        version: of the form, which every declaration names.
        utc_offset_minutes: of the clocks at the place of arrival.
        title: of the page.
        notice: what a person is told first.
        roles: who reads parts of it, by the names of the parts.
        messages: what a person is told of a problem, by its code; `{limit}` stands for the limit.
        patterns: what a text may look like, by name, with the message of the code `pattern`.
        spaces: ranges of characters that `tidied` makes a space of.
        hidden: ranges of characters that no text may have.
        sections: the fields, in order.
        countries: codes of ISO 3166-1, two letters.
        countries_beyond: further codes, with their names.
    """

    version: int
    utc_offset_minutes: int
    title: Text
    notice: Text
    roles: Mapping[str, Text]
    messages: Mapping[str, Text]
    patterns: Mapping[str, tuple[re.Pattern[str], Text]]
    spaces: tuple[range, ...]
    hidden: tuple[range, ...]
    sections: tuple[Section, ...]
    countries: tuple[str, ...]
    countries_beyond: tuple[Choice, ...]

    @property
    def fields(self) -> tuple[Field, ...]:
        """The fields of all sections."""
        return tuple(field for section in self.sections for field in section.fields)

    def local_day(self, now: Instant) -> Day:
        """Return the day on the calendar at the place of arrival."""
        return Day((now + 60 * self.utc_offset_minutes) // DAY_SECONDS)

    def field(self, path: str) -> Field | None:
        """Return the field that a problem's path names, None for the form and items of groups."""
        fields, found = self.fields, None
        for word in path.split("."):
            if not word.isdecimal():
                found = next((field for field in fields if field.name == word), None)
                fields = found.fields if found else ()
        return None if path.split(".")[-1].isdecimal() else found

    def message(self, code: str, *, path: str = "", limit: str = "") -> Text:
        """Return what a person is told of a problem [FORM-12].

        Raises:
            ValueError: no code of a problem.
        """
        if code not in self.messages:
            raise ValueError(f"no code of a problem: {code}")
        field = self.field(path)
        if code == "pattern" and field is not None and field.pattern is not None:
            return self.patterns[field.pattern][1]
        said = self.messages[code]
        return Text(said.vi.replace("{limit}", limit), said.en.replace("{limit}", limit))

    def for_role(self, role: str) -> "Form":
        """Return the form as a role reads it, without the fields that it does not [FORM-11].

        Raises:
            ValueError: the form has no such role.
        """
        if role not in self.roles:
            raise ValueError(f"the form has no role {role}")
        sections = (
            replace(each, fields=tuple(_read_by(role, each.fields))) for each in self.sections
        )
        return replace(self, sections=tuple(each for each in sections if each.fields))

    @classmethod
    def parse(cls, document: bytes) -> "Form":
        """Return the form that a document defines [FORM-1].

        Raises:
            MalformedError: no definition of a form, or one that contradicts itself.
        """
        try:
            value: Value = json.loads(document)
        except (ValueError, RecursionError):
            raise MalformedError("the form is not JSON") from None
        form = cls._from_fields(Fields(value, what="the form"))
        if set(form.messages) != set(CODES):
            raise MalformedError("the form has not exactly one message for each problem")
        require_sound(form.fields, Known(form.roles, form.patterns))
        return form

    @classmethod
    def _from_fields(cls, fields: Fields) -> "Form":
        if fields.text("form", longest=16) != "entry":
            raise MalformedError("the form is for something else")
        form = cls(
            version=fields.integer("version", 1, 2**16),
            utc_offset_minutes=fields.integer("utc_offset_minutes", -720, 840),
            title=text_of(fields.value("title")),
            notice=text_of(fields.value("notice")),
            roles=texts_of(fields.value("roles")),
            messages=texts_of(fields.value("messages")),
            patterns=patterns_of(fields.value("patterns")),
            spaces=ranges_of(fields.value("spaces")),
            hidden=ranges_of(fields.value("hidden")),
            sections=tuple(section_of(each) for each in fields.items("sections", most=20)),
            countries=countries_of(fields.value("countries")),
            countries_beyond=tuple(
                choice_of(each) for each in fields.items("countries_beyond", most=20)
            ),
        )
        fields.done()
        return form


def form_document(version: int = LATEST_VERSION) -> bytes:
    """Return the definition of a version as a page reads it: JSON in UTF-8.

    Raises:
        UnsupportedVersionError: this release has no such version.
    """
    if not 1 <= version <= LATEST_VERSION:
        raise UnsupportedVersionError(f"there is no form of version {version} here")
    return files(__package__).joinpath("forms", f"entry-{version}.json").read_bytes()


def entry_form(version: int = LATEST_VERSION) -> Form:
    """Return a version of the form of an entry declaration [FORM-1].

    Raises:
        UnsupportedVersionError: this release has no such version.
    """
    if version not in _FORMS:
        _FORMS[version] = Form.parse(form_document(version))
    return _FORMS[version]


_FORMS: dict[int, Form] = {}
"""The versions that were asked for: a definition never changes while the program runs."""


def _read_by(role: str, fields: Iterable[Field]) -> Iterator[Field]:
    for field in fields:
        if role in field.readers:
            yield replace(field, fields=tuple(_read_by(role, field.fields)))
