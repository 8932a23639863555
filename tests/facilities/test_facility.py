"""spec/facilities/facility.md: enrolment, what the authority says, the table of facilities."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import oracle_facilities
from dp3t.errors import LimitError, MalformedError
from dp3t.facilities import csv_import
from dp3t.facilities.built_in import csv_fault_texts
from dp3t.facilities.csv_columns import microdegrees
from dp3t.facilities.csv_import import MAX_TABLE_BYTES, FacilityTable, TableFault, read_facilities
from dp3t.facilities.facility import Facility
from dp3t.facilities.local_time import LocalDay
from project import ROOT
from vectors import Case, vector_cases

FACILITY = Facility(
    facility="th-1",
    facility_kind="school",
    name="Trường 1",
    address="1 Lê Lợi",
    latitude_microdegrees=16_463_713,
    longitude_microdegrees=107_590_866,
    commune="19789",
    weekdays=(True, True, True, True, True, False, False),
)
HEADER = "id,kind,name,address,latitude,longitude,commune,weekdays"
ROW = "th-1,school,Trường 1,1 Lê Lợi,16.463713,107.590866,19789,1111100"


def read(table: str) -> FacilityTable:
    return read_facilities(table.encode())


@pytest.mark.spec("FACILITY-2")
def test_a_facility_attests_on_its_weekdays() -> None:
    monday = LocalDay(20_780 - 20_780 % 7 + 4)  # 1970-01-05, and a number of weeks later
    days = [FACILITY.attests_on(LocalDay(monday + n)) for n in range(14)]
    assert days == [True, True, True, True, True, False, False] * 2
    sundays = replace(FACILITY, weekdays=(False,) * 6 + (True,))
    assert [n for n in range(7) if sundays.attests_on(LocalDay(monday + n))] == [6]


@pytest.mark.spec("FACILITY-1")
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("facility", "Th-1"),
        ("facility", "th_1"),
        ("facility_kind", "-school"),
        ("name", ""),
        ("address", "x" * 201),
        ("latitude_microdegrees", -90_000_001),
        ("longitude_microdegrees", 180_000_001),
        ("commune", "1" * 17),
        ("weekdays", (True,) * 8),
        ("weekdays", (False,) * 7),
    ],
)
def test_nobody_builds_a_facility_that_no_reader_takes(field: str, value: object) -> None:
    changes: dict[str, Any] = {field: value}
    with pytest.raises(MalformedError):
        replace(FACILITY, **changes)


@pytest.mark.parametrize("case", vector_cases("facility_table"))
def test_a_table_gives_its_good_rows_and_says_where_the_others_are_bad(case: Case) -> None:
    table = read_facilities(bytes.fromhex(case["table"]))
    rows = [
        {
            **row.facility.to_json(),
            "line": row.line,
            "public": row.public.hex() if row.public is not None else "",
        }
        for row in table.rows
    ]
    assert rows == case["rows"]
    found = [
        {"line": fault.line, "column": fault.column, "code": fault.code} for fault in table.faults
    ]
    assert found == case["faults"]


@pytest.mark.spec("FACILITY-3")
@given(st.from_regex(r"-?[0-9]{1,3}([.,][0-9]{1,20})?", fullmatch=True))
def test_degrees_are_rounded_as_exact_arithmetic_does(text: str) -> None:
    if text.isascii():
        assert microdegrees(text) == oracle_facilities.microdegrees(text)


@pytest.mark.spec("FACILITY-9")
def test_every_fault_is_told_in_both_languages_with_its_limit() -> None:
    table = read(f"{HEADER}\n{ROW}\n{ROW}\n{ROW.replace('Trường 1', 'x' * 121)}")
    assert [(fault.line, fault.code) for fault in table.faults] == [
        (3, "id-twice"),
        (4, "id-twice"),
        (4, "long"),
    ]
    assert [(fault.text.vi, fault.text.en) for fault in table.faults[1:]] == [
        ("Mã này đã có ở dòng 2", "This id stands in line 2 already"),
        ("Quá dài; nhiều nhất 120 ký tự", "Too long; at most 120 characters"),
    ]


@pytest.mark.spec("FACILITY-9")
def test_the_texts_of_faults_are_those_of_the_file_and_each_is_used() -> None:
    file = ROOT / "dp3t" / "facilities" / "names" / "csv-faults-1.json"
    messages = json.loads(file.read_text(encoding="utf-8"))["messages"]
    texts = csv_fault_texts()
    assert {code: text.to_json() for code, text in texts.items()} == messages
    cases = [case.values[0] for case in vector_cases("facility_table")]
    told = {fault["code"] for case in cases for fault in dict(case)["faults"]}  # type: ignore[call-overload]  # pytest's type of values
    assert told | {"too-many-rows"} == texts.keys()
    for text in texts.values():
        text.require(longest=200, what="a message")
        assert ("{limit}" in text.vi) == ("{limit}" in text.en)


@pytest.mark.spec("FACILITY-9")
def test_a_fault_holds_nothing_of_the_table() -> None:
    strange = "\x1b[31m<script>"
    table = read(f"{HEADER},{strange}\n{ROW}")
    [fault] = table.faults
    assert fault == TableFault(1, "", "column-unknown", fault.text)
    assert fault.text.en == "Field 9 is not the name of a column"
    table = read(f"{HEADER}\n{ROW.replace('19789', strange)}")
    assert [(each.column, each.code) for each in table.faults] == [("commune", "commune")]
    assert strange not in repr(table.faults)


@pytest.mark.spec("FACILITY-8")
def test_a_row_with_a_line_feed_inside_is_told_at_the_line_where_it_begins() -> None:
    broken = ROW.replace("Trường 1", '"Trường\n1"')
    table = read(f"{HEADER}\n{broken}\n{ROW.replace('th-1', '-')}\n")
    assert [(each.line, each.code) for each in table.faults] == [(2, "characters"), (4, "id")]


@pytest.mark.spec("FACILITY-8")
def test_a_table_has_so_many_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    assert csv_import.MAX_ROWS == 65_536
    monkeypatch.setattr(csv_import, "MAX_ROWS", 2)
    rows = [ROW.replace("th-1", f"th-{n}") for n in range(4)]
    table = read("\n".join([HEADER, *rows]))
    assert [row.facility.facility for row in table.rows] == ["th-0", "th-1"]
    [fault] = table.faults
    assert (fault.line, fault.code) == (4, "too-many-rows")
    assert fault.text.en.endswith("at most 2")


@pytest.mark.spec("FACILITY-8")
def test_a_table_has_so_many_bytes() -> None:
    assert MAX_TABLE_BYTES == 16_777_216
    [fault] = read_facilities(bytes(MAX_TABLE_BYTES)).faults[:1]
    assert fault.code == "not-csv"
    with pytest.raises(LimitError):
        read_facilities(bytes(MAX_TABLE_BYTES + 1))


@pytest.mark.spec("FACILITY-8")
def test_nothing_is_read_after_a_quotation_mark_that_is_not_closed() -> None:
    table = read(f'{HEADER}\n{ROW}\n"a"b\n{ROW.replace("th-1", "th-2")}\n')
    assert [row.facility for row in table.rows] == [FACILITY]
    assert [(each.line, each.code) for each in table.faults] == [(3, "not-csv")]


CELLS = st.sampled_from([*ROW.split(","), "", "x", "é", "\u202e", '"', "1e9", "-0.5", "0000000"])


@pytest.mark.spec("FACILITY-8", "FACILITY-9")
@given(st.lists(st.lists(CELLS, max_size=10), max_size=4))
def test_every_row_is_good_or_has_a_fault(cells: list[list[str]]) -> None:
    rows = [",".join(row) for row in cells]
    table = read("\n".join([HEADER, *rows]))
    good, bad = {row.line for row in table.rows}, {each.line for each in table.faults}
    assert not good & bad
    if "not-csv" not in {each.code for each in table.faults} and '"' not in "".join(rows):
        filled = {n + 2 for n, row in enumerate(cells) if any(row)}
        assert (good | bad) - {1} == filled


@given(st.binary(max_size=200))
def test_whatever_the_bytes_are_a_table_says_what_is_wrong(data: bytes) -> None:
    table = read_facilities(data)
    assert not table.rows
    assert table.faults
