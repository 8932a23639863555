"""spec/arrivals/form.md: the definition, its soundness, and checks of anything."""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from declarations import ANSWERS, FULL, NOW
from dp3t.arrivals.checks import Problem, check, tidied
from dp3t.arrivals.definition import CODES, Field, Text
from dp3t.arrivals.fields import tidy
from dp3t.arrivals.form import LATEST_VERSION, Form, entry_form, form_document
from dp3t.arrivals.parts import part_values
from dp3t.arrivals.sealing import ROLES
from dp3t.errors import MalformedError, UnsupportedVersionError

FORM = entry_form()
VIETNAMESE = re.compile(
    "[ạảãàáâậầấẩẫăắằặẳẵóòọõỏôộổỗồốơờớợởỡéèẻẹẽêếềệểễúùụủũưựữửừứíìịỉĩýỳỷỵỹđ]", re.IGNORECASE
)

Definition = dict[str, Any]


def definition() -> Definition:
    found: Definition = json.loads(form_document())
    return found


def field_of(form: Definition, name: str, within: str | None = None) -> Definition:
    fields = [field for section in form["sections"] for field in section["fields"]]
    if within:
        fields = field_of(form, within)["fields"]
    found: Definition = next(field for field in fields if field["name"] == name)
    return found


class TestDefinition:
    """The document of the form."""

    @pytest.mark.spec("FORM-1")
    def test_there_is_one_for_each_version_and_no_other(self) -> None:
        for version in range(1, LATEST_VERSION + 1):
            assert entry_form(version).version == version
        for version in (0, LATEST_VERSION + 1, -1):
            with pytest.raises(UnsupportedVersionError):
                entry_form(version)

    def test_its_roles_are_those_of_the_envelope(self) -> None:
        assert tuple(FORM.roles) == ROLES

    @pytest.mark.spec("FORM-1", "FORM-2")
    def test_every_text_is_in_both_languages(self) -> None:
        texts = list(_texts(definition()))
        assert len(texts) > 150
        for text in texts:
            assert text.keys() == {"vi", "en"}
            assert text["vi"].strip()
            assert text["en"].isascii()
        assert sum(bool(VIETNAMESE.search(text["vi"])) for text in texts) > 0.8 * len(texts)

    def test_it_is_tidy_itself(self) -> None:
        for text in _texts(definition()):
            assert all(tidy(each, FORM) == each for each in text.values())

    @pytest.mark.spec("FORM-2")
    def test_fields_have_the_kind_and_the_readers_that_it_says(self) -> None:
        for said in (field for section in definition()["sections"] for field in section["fields"]):
            field = FORM.field(said["name"])
            assert field is not None
            assert (field.kind, list(field.readers)) == (said["kind"], said["for"])
            assert field.longest == said.get("longest", 1)
            assert [each.name for each in field.fields] == [
                each["name"] for each in said.get("fields", [])
            ]

    def test_countries_are_those_of_iso_3166(self) -> None:
        """ISO 3166-1 has 249 officially assigned codes (2024); ours beyond are not among them."""
        assert len(FORM.countries) == 249
        assert {"VN", "SS", "BQ", "CW", "SX", "MF", "AX"} <= set(FORM.countries)
        assert not {"AN", "CS", "YU", "UK", "EU", "XK", "ZZ"} & set(FORM.countries)
        assert not set(FORM.countries) & {each.code for each in FORM.countries_beyond}

    def test_provinces_are_those_of_2025(self) -> None:
        provinces = FORM.field("province")
        assert provinces is not None
        assert len(provinces.codes) == 34
        assert all(re.fullmatch("[0-9]{2}", code) for code in provinces.codes)

    def test_points_of_arrival_fit_into_a_header(self) -> None:
        points = FORM.field("arrival_point")
        assert points is not None
        assert all(re.fullmatch("[ALS][A-Z]{3}", code) for code in points.codes)

    @pytest.mark.parametrize(
        ("path", "name"),
        [
            ("surname", "surname"),
            ("places.0.country", "country"),
            ("places", "places"),
            ("places.0", None),
            ("", None),
            ("places.0.nothing", None),
            ("surname.0.surname", None),
        ],
    )
    def test_a_path_names_a_field_or_none(self, path: str, name: str | None) -> None:
        found = FORM.field(path)
        assert (found.name if found else None) == name


def _texts(value: Any) -> Iterator[dict[str, str]]:
    if isinstance(value, dict):
        if "vi" in value:
            yield value
        else:
            for each in value.values():
                yield from _texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)


def _set(
    name: str, key: str, value: Any, within: str | None = None
) -> Callable[[Definition], None]:
    return lambda form: field_of(form, name, within).__setitem__(key, value)


def _drop(name: str, key: str) -> Callable[[Definition], None]:
    return lambda form: field_of(form, name).__delitem__(key)


WRONG: dict[str, Callable[[Definition], object]] = {
    "another form": lambda form: form.update(form="exit"),
    "version 0": lambda form: form.update(version=0),
    "no title": lambda form: form.pop("title"),
    "a field that nobody knows": lambda form: form.update(colour="red"),
    "a text in one language": lambda form: form["title"].pop("vi"),
    "a text that is empty": lambda form: form["title"].update(vi=""),
    "a text in a third language": lambda form: form["title"].update(fr="x"),
    "roles as a list": lambda form: form.update(roles=["border"]),
    "a message too few": lambda form: form["messages"].pop("header"),
    "a message too many": lambda form: form["messages"].update(odd=form["title"]),
    "a pattern that is none": lambda form: form["patterns"]["code"].update(pattern="["),
    "patterns as a list": lambda form: form.update(patterns=[]),
    "ranges backwards": lambda form: form.update(spaces=[[9, 8]]),
    "ranges of one number": lambda form: form.update(hidden=[[9]]),
    "ranges beyond Unicode": lambda form: form.update(hidden=[[0, 0x110000]]),
    "ranges as text": lambda form: form.update(hidden=[["a", "b"]]),
    "ranges as a number": lambda form: form.update(hidden=9),
    "a country in small letters": lambda form: form["countries"].append("zz"),
    "a country twice": lambda form: form["countries"].append("ZW"),
    "no countries": lambda form: form.update(countries=[]),
    "a choice with a space": lambda form: form["countries_beyond"][0].update(code="U N"),
    "a field twice": lambda form: form["sections"][0]["fields"].append(field_of(form, "sex")),
    "a field twice in a group": lambda form: field_of(form, "tests")["fields"].append(
        field_of(form, "day", "tests")
    ),
    "a field as text": lambda form: form["sections"][0]["fields"].append("sex"),
    "an unknown kind": _set("sex", "kind", "number"),
    "a kind as a list": _set("sex", "kind", ["choice"]),
    "a group in a group": lambda form: field_of(form, "tests")["fields"].append(
        {**field_of(form, "vaccinations"), "name": "inner"}
    ),
    "a name in capitals": _set("sex", "name", "Sex"),
    "a field that is called today": _set("sex", "name", "today"),
    "a date with choices": _set("arrival", "choices", []),
    "a text without its length": _drop("street", "longest"),
    "a choice without choices": _drop("sex", "choices"),
    "a group without fields": _drop("tests", "fields"),
    "an unknown keyboard": _set("phone", "keyboard", "piano"),
    "a field that nobody reads": _set("sex", "for", []),
    "an unknown reader": _set("sex", "for", ["police"]),
    "a reader twice": _set("sex", "for", ["border", "border"]),
    "readers as text": _set("sex", "for", "border"),
    "a field without readers": _drop("sex", "for"),
    "a reader of a field who does not read the group": _set(
        "day", "for", ["border", "province"], "tests"
    ),
    "an unknown pattern": _set("street", "pattern", "street"),
    "a shortest above the longest": _set("phone", "shortest", 17),
    "a least above the most": _set("places", "least", 11),
    "a choice twice": lambda form: field_of(form, "sex")["choices"].append(
        field_of(form, "sex")["choices"][0]
    ),
    "an unknown choice that stands alone": _set("symptoms", "alone", ["nothing"]),
    "a condition on an unknown field": _set("seat", "when", {"field": "x", "is": ["air"]}),
    "a condition on an unknown answer": _set("seat", "when", {"field": "means", "is": ["x"]}),
    "a condition on no answer": _set("seat", "when", {"field": "means", "is": []}),
    "a condition on a field of the form in a group": _set(
        "product", "when", {"field": "sex", "is": ["F"]}, "vaccinations"
    ),
    "a condition on a condition": lambda form: field_of(form, "symptoms").update(
        when={"field": "contact", "is": ["yes"]}
    ),
    "a condition that a reader cannot see": _set("means", "for", ["province"]),
    "a bound from an unknown field": _set("arrival", "latest", {"from": "x", "days": 0}),
    "a bound from a text": _set("arrival", "latest", {"from": "street", "days": 0}),
    "a bound from a partial date": _set("arrival", "latest", {"from": "birth_date", "days": 0}),
    "a bound of a fraction": _set("arrival", "latest", {"from": "today", "days": 0.5}),
    "a bound with a date": _set("arrival", "latest", {"from": "today", "days": 0, "date": "x"}),
    "required as a number": _set("sex", "required", 1),
    "nothing": lambda form: form.clear(),
}


class TestSoundness:
    """A form that contradicts itself is none."""

    @pytest.mark.spec("FORM-1", "FORM-2")
    @pytest.mark.parametrize("fault", WRONG)
    def test_a_definition_with_a_fault_is_malformed(self, fault: str) -> None:
        form = definition()
        assert Form.parse(json.dumps(form).encode()) == FORM
        WRONG[fault](form)
        with pytest.raises(MalformedError):
            Form.parse(json.dumps(form).encode())

    @pytest.mark.spec("FORM-1")
    @pytest.mark.parametrize("data", [b"", b"[]", b"null", b"\xff", b"{", b"[" * 100_000])
    def test_what_is_no_definition_is_malformed(self, data: bytes) -> None:
        with pytest.raises(MalformedError):
            Form.parse(data)


class TestMessages:
    """What a person is told."""

    @pytest.mark.spec("FORM-12")
    def test_the_limit_stands_in_the_message(self) -> None:
        said = Problem("street", "long", "120").message(FORM)
        assert said == Text(
            vi="Quá dài: nhiều nhất 120 ký tự.", en="Too long: at most 120 characters."
        )
        assert said.in_language("vi") == said.vi
        assert said.in_language("en") == said.en

    @pytest.mark.spec("FORM-12")
    def test_a_pattern_has_its_own_message(self) -> None:
        assert "+" in Problem("phone", "pattern").message(FORM).vi
        assert Problem("companions.1.surname", "pattern").message(FORM) == FORM.patterns["name"][1]

    @pytest.mark.spec("FORM-12")
    def test_every_code_has_a_message(self) -> None:
        for code in CODES:
            assert FORM.message(code, limit="7").vi
            assert "{" not in FORM.message(code, limit="7").vi
        with pytest.raises(ValueError, match="no code"):
            FORM.message("odd")


class TestAnything:
    """Answers that nobody would give."""

    @pytest.mark.spec("FORM-3")
    @pytest.mark.parametrize("values", [None, [], "x", 5, [{}]], ids=str)
    def test_what_is_no_map_has_one_problem(self, values: object) -> None:
        assert check(FORM, values, now=NOW) == (Problem("", "kind"),)

    @pytest.mark.spec("FORM-4")
    def test_a_lone_surrogate_is_a_hidden_character(self) -> None:
        street = {**ANSWERS, "street": "\ud800"}
        assert check(FORM, street, now=NOW) == (Problem("street", "characters"),)

    @pytest.mark.spec("FORM-3")
    def test_a_problem_holds_nothing_of_the_answer(self) -> None:
        secret = {**ANSWERS, "document_number": "secret", "secret": "secret"}
        assert "secret" not in repr(check(FORM, secret, now=NOW))

    @pytest.mark.spec("FORM-3")
    @settings(max_examples=40, deadline=None)
    @given(st.data())
    def test_no_answer_has_two_problems_and_their_order_is_that_of_the_form(
        self, data: st.DataObject
    ) -> None:
        names = sorted(FULL)
        anything = st.one_of(
            st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5),
            st.lists(st.one_of(st.text(max_size=3), st.dictionaries(st.text(), st.text()))),
            st.dictionaries(st.sampled_from(names), st.text(max_size=5)),
        )  # fmt: skip
        changes = data.draw(st.dictionaries(st.sampled_from([*names, "x"]), anything))
        problems = check(FORM, {**FULL, **changes}, now=NOW)
        paths = [problem.path for problem in problems]
        assert len(set(paths)) == len(paths)
        order = [field.name for field in FORM.fields]
        places = [order.index(path.split(".")[0]) for path in paths if path]
        assert places == sorted(places)
        assert all(problem.message(FORM).vi for problem in problems)

    @pytest.mark.spec("FORM-5", "FORM-10")
    @settings(max_examples=100, deadline=None)
    @given(st.text())
    def test_what_is_tidy_stays_tidy(self, text: str) -> None:
        once = tidy(text, FORM)
        assert tidy(once, FORM) == once
        assert "  " not in once
        assert once == once.strip(" ")
        again = tidied(FORM, {"street": text, "companions": [{"surname": text}]})
        assert tidied(FORM, again) == again

    @pytest.mark.spec("FORM-11")
    def test_a_part_never_has_what_its_role_does_not_read(self) -> None:
        for role in ROLES:
            part = part_values(FORM, {**FULL, "unknown": "x"}, role=role)
            assert set(part) <= {field.name for field in FORM.fields if role in field.readers}
        with pytest.raises(ValueError, match="no role"):
            FORM.for_role("police")

    @pytest.mark.spec("FORM-11")
    def test_the_form_of_a_role_has_its_fields_in_groups_too(self) -> None:
        companions = FORM.for_role("province").field("companions")
        assert companions is not None
        assert [field.name for field in companions.fields] == [
            "surname",
            "given_names",
            "birth_date",
            "relation",
        ]
        assert all(_read_by("province", field) for field in FORM.for_role("province").fields)


def _read_by(role: str, field: Field) -> bool:
    return role in field.readers and all(_read_by(role, each) for each in field.fields)
