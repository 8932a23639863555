"""spec/arrivals/declaration.md: what each recipient reads, and what a tool makes of it."""

from dataclasses import fields
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest

from declarations import (
    ANSWERS,
    BINDING,
    BORDER,
    ENTRY_DAY,
    ENVELOPE_CASE,
    FULL,
    HANOI,
    KEYS,
    NOW,
    SECRET,
    declaration,
    envelope,
)
from dp3t.arrivals.checks import check
from dp3t.arrivals.declaration import (
    KEPT_DAYS,
    AnswersError,
    Companion,
    Declaration,
    LabTest,
    Place,
    Vaccination,
)
from dp3t.arrivals.definition import Field
from dp3t.arrivals.form import entry_form
from dp3t.arrivals.partial_date import PartialDate
from dp3t.arrivals.parts import Part, encode_part
from dp3t.arrivals.sealing import CONTENT_BYTES, ROLES, Header
from dp3t.canonical_json import decode_json, encode_json
from dp3t.errors import LimitError, MalformedError, UnsupportedVersionError
from dp3t.timeline import Day
from vectors import Case, vector_cases

FORM = entry_form()
HEADER = envelope().header


class TestDeclaration:
    """The typed value."""

    @pytest.mark.parametrize("answers", [ANSWERS, FULL], ids=["least", "full"])
    def test_answers_become_a_declaration_and_back(self, answers: dict[str, Any]) -> None:
        assert Declaration.of(answers, now=NOW).to_values() == answers

    def test_it_is_typed(self) -> None:
        made = declaration()
        assert made.birth_date == PartialDate(1984, 2, 29)
        assert made.document_expiry == date(2030, 12, 31)
        clock = timezone(timedelta(hours=7))
        assert made.arrival == datetime(2026, 11, 24, 21, 35, tzinfo=clock)
        assert made.places == (
            Place(country="JP", first_day=date(2026, 11, 3), last_day=date(2026, 11, 24)),
        )
        assert made.companions[0] == Companion(
            surname="Trần", birth_date=PartialDate(2020, 5), relation="child"
        )
        assert made.vaccinations == (Vaccination(product="AZD1222", day=date(2021, 8, 1)),)
        assert made.tests == (LabTest(method="pcr", day=date(2026, 11, 22), result="pending"),)
        assert made.symptoms == ("fever", "cough")

    @pytest.mark.parametrize(
        ("typed", "group"),
        [
            (Declaration, None),
            (Place, "places"),
            (Companion, "companions"),
            (Vaccination, "vaccinations"),
            (LabTest, "tests"),
        ],
    )
    def test_its_attributes_are_the_fields_of_the_form(self, typed: Any, group: str | None) -> None:
        """An attribute may be absent exactly where the form may go without an answer."""
        found = FORM.field(group) if group else None
        asked = {field.name: field for field in (found.fields if found else FORM.fields)}
        assert [each.name for each in fields(typed)] == list(asked)
        for attribute in fields(typed):
            field = asked[attribute.name]
            needed = (field.required and field.when is None) or field.least > 0
            assert (attribute.default in (None, ())) == (not needed), field.name

    @pytest.mark.spec("DECLARATION-8")
    def test_wrong_answers_make_none_and_every_problem_is_told(self) -> None:
        with pytest.raises(AnswersError) as refused:
            Declaration.of({**FULL, "sex": "Q", "phone": "0912 345 678"}, now=NOW)
        assert [(each.path, each.code) for each in refused.value.problems] == [
            ("sex", "choice"),
            ("phone", "pattern"),
        ]
        assert str(refused.value).endswith("sex: choice; phone: pattern")
        assert "0912" not in str(refused.value)

    @pytest.mark.spec("DECLARATION-8")
    def test_a_declaration_that_was_made_past_the_check_is_not_sealed(self) -> None:
        values = {each.name: getattr(declaration(), each.name) for each in fields(Declaration)}
        unchecked = Declaration(**{**values, "surname": "<script>"})
        with pytest.raises(AnswersError, match="surname: pattern"):
            unchecked.seal(KEYS, binding=BINDING, withdrawal_secret=SECRET, now=NOW)

    def test_its_repr_shows_nothing(self) -> None:
        made = declaration()
        assert repr(made) == "Declaration(hidden)"
        for item in (*made.places, *made.companions, *made.vaccinations, *made.tests):
            assert not any(word in repr(item) for word in ("JP", "Trần", "AZD", "pcr"))

    @pytest.mark.spec("DECLARATION-6")
    def test_the_day_of_entry_is_that_of_the_place_of_arrival(self) -> None:
        """Shortly after midnight in Viet Nam it is still the day before in UTC."""
        early = declaration(
            arrival="2026-11-25T00:30",
            places=[{"country": "JP", "first_day": "2026-11-04", "last_day": "2026-11-25"}],
        )
        assert early.arrival.astimezone(UTC).day == 24
        assert early.entry_day == ENTRY_DAY + 1
        sealed = early.seal(KEYS, binding=BINDING, withdrawal_secret=SECRET, now=NOW)
        assert sealed.header.entry_day == ENTRY_DAY + 1

    @pytest.mark.spec("DECLARATION-7")
    def test_it_asks_to_be_kept_for_21_days_where_nobody_says_otherwise(self) -> None:
        assert KEPT_DAYS == 21
        assert HEADER.expiry_day == ENTRY_DAY + 21
        one = declaration().seal(
            KEYS, binding=BINDING, withdrawal_secret=SECRET, now=NOW, kept_days=1
        )
        assert one.header.expiry_day == ENTRY_DAY + 1

    @pytest.mark.spec("DECLARATION-9")
    @pytest.mark.parametrize(
        ("birth", "zone"),
        [
            ("1984-02-29", "840229"),
            ("1984-02-00", "8402<<"),
            ("2001-00-00", "01<<<<"),
            ("0000-00-00", "<<<<<<"),
        ],
    )
    def test_a_receipt_is_bound_to_the_document_declared(self, birth: str, zone: str) -> None:
        document = declaration(birth_date=birth).travel_document()
        assert (document.number, document.birth, document.expiry) == ("C1234567", zone, "301231")

    @pytest.mark.spec("DECLARATION-9")
    def test_a_document_that_never_expires_has_no_expiry_in_its_receipt(self) -> None:
        answers = {name: value for name, value in FULL.items() if name != "document_expiry"}
        assert Declaration.of(answers, now=NOW).travel_document().expiry == "<<<<<<"


class TestPart:
    """What a recipient reads."""

    @pytest.mark.spec("DECLARATION-1")
    @pytest.mark.parametrize("role", ROLES)
    def test_its_content_is_canonical_json(self, role: str) -> None:
        content = encode_part(FORM, FULL, role=role)
        assert content.decode() == ENVELOPE_CASE[f"{role}_content"]
        said = decode_json(content, limit_bytes=CONTENT_BYTES[role])
        assert isinstance(said, dict)
        assert (said["form"], said["role"]) == (1, role)

    def test_each_recipient_reads_what_was_declared_for_it(self) -> None:
        sealed = envelope()
        border = Part.decode(sealed.open(BORDER, role="border"), header=HEADER, role="border")
        province = Part.decode(sealed.open(HANOI, role="province"), header=HEADER, role="province")
        assert border.values == FULL
        assert border.problems == province.problems == ()
        assert not {"document_number", "nationality", "seat", "places", "tests"} & set(
            province.values
        )
        companions = province.values["companions"]
        assert isinstance(companions, list)
        assert companions[1] == {
            "surname": "Trần",
            "given_names": "Văn Bảo",
            "birth_date": "1980-00-00",
            "relation": "spouse",
        }
        assert "Nguyễn" not in repr(border)

    @pytest.mark.parametrize("case", vector_cases("sealing", operation="part", result="valid"))
    def test_a_problem_comes_with_the_other_answers(self, case: Case) -> None:
        header = Header.decode(bytes.fromhex(case["header"]))
        part = Part.decode(case["content"].encode(), header=header, role=case["role"])
        found = [[each.path, each.code, each.limit] for each in part.problems]
        assert found == case["problems"]
        assert part.values["phone"] == "+84912345678"

    @pytest.mark.parametrize("case", vector_cases("sealing", operation="part", result="malformed"))
    def test_what_is_no_part_is_refused(self, case: Case) -> None:
        header = Header.decode(bytes.fromhex(case["header"]))
        with pytest.raises(MalformedError) as refused:
            Part.decode(case["content"].encode(), header=header, role=case["role"])
        of_version = isinstance(refused.value, UnsupportedVersionError)
        assert of_version == (case["id"] in ("part-form-0", "part-form-2"))
        assert "Nguy" not in str(refused.value)

    def test_there_are_two_roles(self) -> None:
        with pytest.raises(ValueError, match="no role"):
            Part.decode(b"{}", header=HEADER, role="police")

    @pytest.mark.spec("DECLARATION-2")
    def test_a_part_longer_than_any_is_refused_for_its_length(self) -> None:
        with pytest.raises(LimitError):
            Part.decode(bytes(CONTENT_BYTES["border"] + 1), header=HEADER, role="border")

    @pytest.mark.spec("DECLARATION-3")
    @pytest.mark.parametrize("days", [-1, 14])
    def test_what_may_be_declared_has_no_problem_when_it_is_opened(self, days: int) -> None:
        """From the day after the entry back to two weeks before it."""
        entry = date(2026, 11, 24) + timedelta(days)
        answers = {
            **FULL,
            "arrival": f"{entry}T00:00",
            "birth_date": "2026-11-24",
            "symptoms_since": "2026-11-24",
            "contact_day": "2026-11-24",
            "places": [{"country": "JP", "first_day": str(entry), "last_day": str(entry)}],
        }
        assert check(FORM, answers, now=NOW) == ()
        sealed = envelope(**answers)
        for role, key in (("border", BORDER), ("province", HANOI)):
            part = Part.decode(sealed.open(key, role=role), header=sealed.header, role=role)
            assert part.problems == ()

    def test_a_header_of_1970_is_no_reason_to_fail(self) -> None:
        header = Header(
            keys_number=1,
            entry_day=Day(0),
            expiry_day=Day(1),
            arrival_point="AHAN",
            withdrawal_digest=bytes(32),
            binding=bytes(32),
        )
        content = encode_json({"form": 1, "role": "border", "values": {}})
        assert Part.decode(content, header=header, role="border").problems


def _most(field: Field, number: int) -> Any:
    """Return an answer to a field that takes as many bytes as any."""
    longest_letter = {None: "😀", "name": "ế", "code": "A", "phone": "1", "e-mail": "a"}
    if field.kind == "group":
        return [{each.name: _most(each, n) for each in field.fields} for n in range(field.most)]
    if field.kind == "choices":
        return [code for code in field.codes if code not in field.alone]
    if field.kind == "choice":
        asked = {"means": "air", "quarantine": "centre", "contact": "yes"}
        return asked.get(field.name, max(field.codes, key=len))
    if field.kind == "country":
        return "VN"
    if field.kind == "moment":
        return "2026-11-24T21:35"
    if field.kind == "date":
        return "2026-11-24"
    letters = longest_letter[field.pattern] * field.longest
    heads = {"phone": "+", "e-mail": "a@b.c"}
    return heads.get(field.pattern or "", "") + letters[len(heads.get(field.pattern or "", "")) :]


@pytest.mark.spec("DECLARATION-5")
def test_the_longest_answers_that_the_form_accepts_fit() -> None:
    answers = {field.name: _most(field, 0) for field in FORM.fields}
    assert check(FORM, answers, now=NOW) == ()
    for role in ROLES:
        length = len(encode_part(FORM, answers, role=role))
        assert 0.5 * CONTENT_BYTES[role] < length < CONTENT_BYTES[role], role
    assert envelope(**answers).header == HEADER


class TestPartialDate:
    """Dates of which something is not known."""

    @pytest.mark.parametrize(
        "text", ["1984-02-29", "1984-02-00", "1984-00-00", "0000-00-00", "1900-01-01", "2099-12-31"]
    )
    def test_it_is_written_as_it_was_read(self, text: str) -> None:
        assert str(PartialDate.parse(text)) == text

    @pytest.mark.spec("FORM-6")
    @pytest.mark.parametrize(
        "text",
        [
            "",
            "1984",
            "84-02-29",
            "1984-2-29",
            "1984-00-15",
            "0000-02-00",
            "0000-00-15",
            "1983-02-29",
            "1984-13-00",
            "1899-12-31",
            "2100-00-00",
            "1984-02-29-",
            "198a-02-29",
            "1984/02/29",
        ],
    )
    def test_what_is_no_date_is_malformed(self, text: str) -> None:
        with pytest.raises(MalformedError):
            PartialDate.parse(text)

    def test_a_part_of_zero_is_no_part(self) -> None:
        with pytest.raises(MalformedError):
            PartialDate(1984, 0)
        with pytest.raises(MalformedError):
            PartialDate(1984, 2, 0)
