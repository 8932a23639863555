"""spec/proximity/scoring.md: files of cases."""

import json
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dp3t.errors import Dp3tError, LimitError, MalformedError
from dp3t.proximity.exposure.scoring.cases import SECTIONS, result_of
from dp3t.proximity.exposure.scoring.comparison import (
    MAX_FILE_BYTES,
    Comparison,
    Difference,
    compare,
    first_difference,
)
from dp3t.timeline import Day
from scoring_boundaries import TODAY_OF_BOUNDARIES, boundaries
from shared_data import shared
from vectors import Case, load

TODAY = Day(load("scoring")["today"])
COUNTS = {"v1": 122, "v2_windows": 89, "v2_daily_summaries": 47}


def names(found: Comparison) -> tuple[str, ...]:
    return tuple(each.name for each in found.differences)


@pytest.mark.spec("SCORING-26")
def test_every_result_of_googles_own_classes_is_equal() -> None:
    data = shared("vectors/gaen_risk_scoring.json").read_bytes()
    found = compare(data, today=TODAY)
    assert found == Comparison(cases=55, differences=())


def document(**lists: list[Case]) -> bytes:
    return json.dumps(lists).encode()


def known(section: str, place: int = 0) -> Case:
    cases = [one for one in load("scoring")["cases"] if one["operation"] == section]
    case: Case = deepcopy(cases[place]["case"])
    return case


def everything() -> dict[str, list[Case]]:
    return {
        section: [each["case"] for each in load("scoring")["cases"] if each["operation"] == section]
        for section in SECTIONS
    }


@pytest.mark.spec("SCORING-26")
def test_a_file_whose_results_are_all_right_is_equal() -> None:
    found = compare(document(**everything()), today=TODAY)
    assert found.cases == found.equal > 90
    assert found.differences == ()


@pytest.mark.spec("SCORING-26")
def test_a_case_with_any_number_changed_is_different_and_named() -> None:
    lists = deepcopy(everything())
    lists["v1"][1]["result"]["total_risk_score"] += 1
    lists["v2_windows"][3]["windows"][1]["scan_instances"][0]["seconds_since_last_scan"] -= 60
    lists["v2_daily_summaries"][1]["summaries"][0]["day"]["sum"] += 2**-46
    changed = (
        lists["v1"][1]["name"],
        lists["v2_windows"][3]["name"],
        lists["v2_daily_summaries"][1]["name"],
    )
    found = compare(document(**lists), today=TODAY)
    assert names(found) == changed
    assert found.equal == found.cases - 3


@pytest.mark.spec("SCORING-26")
def test_days_may_stand_in_any_order_and_windows_may_not() -> None:
    days = known("v2_daily_summaries", 4)
    assert len(days["summaries"]) == 2
    days["summaries"].reverse()
    windows = known("v2_windows", 2)
    assert len(windows["windows"]) == 2
    windows["windows"].reverse()
    found = compare(document(v2_daily_summaries=[days], v2_windows=[windows]), today=TODAY)
    assert names(found) == (windows["name"],)


@pytest.mark.spec("SCORING-26")
def test_no_exposure_is_null_and_an_unread_field_does_not_matter() -> None:
    case = known("v1") | {"note": "of no account", "_of": 1}
    assert case["result"] is None
    assert compare(document(v1=[case]), today=TODAY).equal == 1
    nothing = {
        "attenuation_durations": [0, 0, 0],
        "exposures": [],
        "max_risk_score": 0,
        "total_risk_score": 0,
    }
    case["result"] = nothing
    assert compare(document(v1=[case]), today=TODAY).equal == 1
    exposed = known("v1", 1) | {"result": nothing}
    assert compare(document(v1=[exposed]), today=TODAY).equal == 0
    case["result"] = nothing | {"total_risk_score": 1}
    assert compare(document(v1=[case]), today=TODAY).equal == 0


@pytest.mark.spec("SCORING-26")
def test_the_results_that_the_facts_name_are_equal_as_cases() -> None:
    """Google's classes gave these: spans, times by threshold, and a day's weighted time."""
    base = known("v1", 1)
    config = dict.fromkeys(("attenuation", "days", "duration", "transmission"), [1] * 8)
    base |= {"config": {**config, "minimum_risk_score": 1, "thresholds": [50, 74]}}
    for gap, seconds in ((150, 300), (151, 600), (450, 600), (451, 900)):
        base["sightings_t_rssi_tx"] = [[0, -40, 0], [gap, -40, 0]]
        wrong = compare(document(v1=[base | {"result": {"exposures": []}}]), today=TODAY)
        assert names(wrong) == (base["name"],)
        assert result_of("v1", base, today=TODAY)["exposures"][0]["duration_s"] == seconds
    base["sightings_t_rssi_tx"] = [[0, -40, 0], [300, -60, 0], [600, -80, 0]]
    for interpolation, times in ((False, [450, 300, 150]), (True, [300, 360, 240])):
        base["interpolation"] = interpolation
        assert result_of("v1", base, today=TODAY)["attenuation_durations"] == times
    summaries = known("v2_daily_summaries", 0)
    window = summaries["windows"][0] | {"infectiousness": 1, "report_type": 1}
    window["scan_instances"] = [
        {"attenuations": [db], "seconds_since_last_scan": 300} for db in (30, 31, 50, 51, 70, 71)
    ]
    (day,) = result_of("v2_daily_summaries", summaries | {"windows": [window]}, today=TODAY)
    assert day["day"]["weighted_duration_sum"] == 1380


Fault = tuple[str, Callable[[Case], object], str]

FAULTS: list[Fault] = [
    ("v1", lambda case: case.pop("config"), "config"),
    ("v1", lambda case: case["config"].pop("days"), "days"),
    ("v1", lambda case: case["config"].update(days=[1] * 7), "8 entries"),
    ("v1", lambda case: case["config"].update(days=[9] * 8), "0 to 8"),
    ("v1", lambda case: case["config"].update(days=[1.5] * 8), "whole number"),
    ("v1", lambda case: case["config"].update(thresholds=[74, 50]), "lower one first"),
    ("v1", lambda case: case["config"].update(thresholds=[0, 256]), "255"),
    ("v1", lambda case: case["config"].update(minimum_risk_score=0), "between 1 and 4096"),
    ("v1", lambda case: case.update(interpolation=1), "true nor false"),
    ("v1", lambda case: case.update(scan_interval_s=0), "at least 1 s"),
    ("v1", lambda case: case.update(max_interpolation_s=0), "at least 1 s"),
    ("v1", lambda case: case.update(min_exposure_bucketized_s=-1), "not negative"),
    ("v1", lambda case: case.update(transmission_risk_level=9), "between 0 and 8"),
    ("v1", lambda case: case.update(rolling_start_interval_number=-1), "between 0"),
    ("v1", lambda case: case.update(sightings_t_rssi_tx=[[0, -50]]), "3 columns"),
    ("v1", lambda case: case.update(sightings_t_rssi_tx=[[0, None, 0]]), "whole number"),
    ("v1", lambda case: case.update(sightings_t_rssi_tx=0), "not a list"),
    ("v1", lambda case: case.update(now_minus_key_day_days="1"), "not a number"),
    ("v1", lambda case: case.update(now_minus_key_day_days=1e300), "too large"),
    ("v1", lambda case: case.pop("result"), "result"),
    ("v2_windows", lambda case: case.pop("mapping"), "mapping"),
    ("v2_windows", lambda case: case.update(mapping=[]), "not an object"),
    ("v2_windows", lambda case: case["mapping"].update(others=3), "infectiousness is"),
    ("v2_windows", lambda case: case["mapping"].update(when_missing=-1), "infectiousness is"),
    ("v2_windows", lambda case: case["mapping"].update(report_type_when_missing=0), "1 and 5"),
    (
        "v2_windows",
        lambda case: case["mapping"]["days_to_infectiousness"].update({"15": 1}),
        "-14 and 14",
    ),
    ("v2_windows", lambda case: case.update(dsos=True), "whole number"),
    ("v2_windows", lambda case: case.update(base_epoch=2**31), "not between"),
    ("v2_windows", lambda case: case.pop("windows"), "windows"),
    ("v2_daily_summaries", lambda case: case["windows"][0].pop("report_type"), "report_type"),
    ("v2_daily_summaries", lambda case: case["windows"][0].update(infectiousness=3), "Infectious"),
    ("v2_daily_summaries", lambda case: case["config"].update(thresholds=[1, 1, 2]), "strictly"),
    ("v2_daily_summaries", lambda case: case["config"].update(thresholds=[1, 2, 256]), "255"),
    ("v2_daily_summaries", lambda case: case["config"].update(bucket_weights=[1]), "4 weights"),
    (
        "v2_daily_summaries",
        lambda case: case["config"].update(report_type_weights=[2.6] * 6),
        "6 weights from 0 to 2.5",
    ),
    ("v2_daily_summaries", lambda case: case["config"].update(minimum_window_score=-1), "negative"),
    ("v2_daily_summaries", lambda case: case["summaries"][0].pop("days_since_epoch"), "days_since"),
]


@pytest.mark.spec("SCORING-26")
@pytest.mark.parametrize(
    ("section", "spoil", "what"), FAULTS, ids=[f"{section}-{what}" for section, _, what in FAULTS]
)
def test_a_case_that_cannot_be_run_is_different_with_a_reason_and_the_others_are_run(
    section: str, spoil: Callable[[Case], object], what: str
) -> None:
    right = known(section, 1 if section == "v1" else 0)
    odd = deepcopy(right) | {"name": "odd"}
    spoil(odd)
    found = compare(document(**{section: [right, odd, right | {"name": "last"}]}), today=TODAY)
    (difference,) = found.differences
    assert (found.cases, found.equal, difference.name) == (3, 2, "odd")
    assert what in difference.reason
    assert "\n" not in difference.reason


@pytest.mark.spec("SCORING-26")
@pytest.mark.parametrize(
    ("entry", "name", "what"),
    [
        (1, "v1[0]", "not an object"),
        (None, "v1[0]", "not an object"),
        ({}, "v1[0]", "has no name"),
        ({"name": 1}, "v1[0]", "has no name"),
        ({"name": ""}, "v1[0]", "has no name"),
        ({"name": "a\nb"}, "a\nb", "no field config"),
    ],
)
def test_an_entry_that_is_no_case_is_different_and_named_by_its_place(
    entry: object, name: str, what: str
) -> None:
    found = compare(json.dumps({"v1": [entry, known("v1")]}).encode(), today=TODAY)
    assert (found.cases, names(found)) == (2, (name,))
    assert what in found.differences[0].reason


@pytest.mark.spec("SCORING-26")
def test_cases_of_an_unknown_rule_are_different_and_remarks_are_not_read() -> None:
    remarks = {"_notes": [{"name": "no case"}], "about": ["v1"], "cases": 1, "v2": {}, "odd": []}
    lists = {"v3": [{"name": "new"}, 7, {}], "v1": [known("v1")], **remarks}
    found = compare(json.dumps(lists).encode(), today=TODAY)
    why = "there is no rule for cases of v3"
    different = tuple(Difference(name, why) for name in ("new", "v3[1]", "v3[2]"))
    assert found == Comparison(cases=4, differences=different)


@pytest.mark.spec("SCORING-26")
def test_the_reserved_weights_of_a_case_change_nothing() -> None:
    case = known("v1", 1)
    case["config"] |= {"attenuation_weight": 50, "days_weight": 0}
    assert compare(document(v1=[case]), today=TODAY).equal == 1


@pytest.mark.spec("SCORING-26")
@pytest.mark.parametrize(
    ("found", "held", "why"),
    [
        (0, False, "x: 0, in the file false"),
        (1, True, "x: 1, in the file true"),
        (True, 1, "x: true, in the file 1"),
        (0.0, -0.0, "x: 0.0, in the file -0.0"),
        (0.3, 0.1 + 0.2, "x: 0.3, in the file 0.30000000000000004"),
        (1, float("inf"), "x: 1, in the file Infinity"),
        (2**53, 2.0**53 + 2, "x: 9007199254740992, in the file 9007199254740994.0"),
        (2**53 + 1, 2.0**53, "x: 9007199254740993, in the file 9007199254740992.0"),
        (1, "1", 'x: 1, in the file "1"'),
        (0, None, "x: 0, in the file null"),
        (None, [], "x: null, in the file a list of 0"),
        ([], {}, "x: a list of 0, in the file an object"),
        ([1], [1, 2], "x: a list of 1, in the file a list of 2"),
        ([1, [2]], [1, [3]], "x[1][0]: 2, in the file 3"),
        ({"a": 1}, {}, 'x: the field "a" is not in the file'),
        ({}, {"a": 1}, 'x: the field "a" is the file\'s alone'),
        ({"a": {"b": 1}}, {"a": {"b": 2}}, "x.a.b: 1, in the file 2"),
        (1, "9" * 99, f'x: 1, in the file "{"9" * 39}…'),
    ],
)
def test_values_differ_by_type_length_field_and_bit(found: object, held: object, why: str) -> None:
    assert first_difference(found, held, where="x") == why


@pytest.mark.spec("SCORING-26")
@pytest.mark.parametrize(
    ("found", "held"), [(1, 1.0), (0, 0.0), (300.0, 300), (None, None), ([{"a": "b"}],) * 2]
)
def test_a_number_is_the_same_however_it_is_written(found: object, held: object) -> None:
    assert first_difference(found, held, where="x") is None


@pytest.mark.spec("SCORING-26")
def test_a_boolean_or_an_infinite_result_is_different() -> None:
    first, second = known("v1", 5), known("v1", 5)
    first["result"]["exposures"][0]["attenuation_durations"][0] = False
    text = json.dumps({"v1": [first, second | {"name": "infinite"}]})
    place = text.rindex('"total_risk_score": ') + len('"total_risk_score": ')
    text = f"{text[:place]}1e999, {text[text.index('}', place) :]}".replace(", }", "}")
    found = compare(text.encode(), today=TODAY)
    assert names(found) == (first["name"], "infinite")


@pytest.mark.spec("SCORING-18", "SCORING-26")
@pytest.mark.parametrize("kind", [-1, 0, 5, 6, 99])
def test_a_window_of_a_type_without_summary_is_left_out(kind: int) -> None:
    case = known("v2_daily_summaries", 1)
    case["windows"].append(case["windows"][0] | {"report_type": kind})
    assert compare(document(v2_daily_summaries=[case]), today=TODAY).differences == ()


@pytest.mark.spec("SCORING-27")
@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b'{"v1":\n  [}', "not JSON: line 2, column 4: Expecting value"),
        (b'{"v1": [\xff', "not UTF-8: byte 8"),
        (b'\xef\xbb\xbf{"v1": [{}]}', "byte order mark"),
        ('{"v1": [{}]}'.encode("utf-16"), "not UTF-8: byte 0"),
        (b'{"v1": NaN}', "not JSON: NaN is no number there"),
        (b'{"v1": [{"name": "a", "x": -Infinity}]}', "-Infinity is no number there"),
        (b"[" * 99_999, "nests too deeply"),
        (b'{"v1": ' + b"9" * 5000 + b"}", "a number of the file has too many digits"),
        (b"[]", "not an object"),
        (b"{}", "none of the lists"),
        (b'{"v3": [{"name": "a"}]}', "none of the lists"),
        (b'{"v1": {}}', "v1 is not a list"),
        (b'{"v1": null}', "v1 is not a list"),
        (b'{"v1": []}', "no case"),
        (b'{"v1": [], "v2_windows": []}', "no case"),
        (b'{"v1": [{"name": "a"}], "v1": [{"name": "b"}]}', "a field twice"),
        (b'{"v1": [{"name": "a", "name": "a"}]}', "a field twice"),
    ],
    ids=range(19),
)
def test_what_is_no_file_of_cases_is_malformed(data: bytes, what: str) -> None:
    with pytest.raises(MalformedError, match=what):
        compare(data, today=TODAY)


@pytest.mark.spec("SCORING-27")
def test_a_file_has_at_most_64_mib() -> None:
    case = document(v1=[known("v1")])
    assert compare(case.ljust(MAX_FILE_BYTES), today=TODAY).cases == 1
    assert MAX_FILE_BYTES == 67_108_864
    with pytest.raises(LimitError, match="67108864"):
        compare(case.ljust(MAX_FILE_BYTES + 1), today=TODAY)


@pytest.mark.spec("SCORING-26")
def test_cases_at_every_boundary_come_out_as_the_second_witness_says() -> None:
    lists = boundaries()
    assert {name: len(cases) for name, cases in lists.items()} == COUNTS
    for section, cases in lists.items():
        assert len({each["name"] for each in cases}) == len(cases)
        assert len({json.dumps(each[SECTIONS[section]]) for each in cases}) > len(cases) / 3
    found = compare(document(**lists), today=Day(TODAY_OF_BOUNDARIES))
    assert found == Comparison(cases=sum(COUNTS.values()), differences=())


@pytest.mark.spec("SCORING-26")
@given(data=st.binary(max_size=99))
def test_any_bytes_are_a_comparison_or_refused(data: bytes) -> None:
    try:
        compare(data, today=TODAY)
    except Dp3tError:
        return


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-300, 300) | st.floats() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=5,
)


@pytest.mark.spec("SCORING-26")
@given(data=st.data(), value=_JSON)
def test_a_case_with_any_field_replaced_is_compared_or_refused(
    data: st.DataObject, value: object
) -> None:
    section = data.draw(st.sampled_from(sorted(SECTIONS)))
    case = known(section, 1)
    target: Any = case
    while isinstance(target, dict | list) and target:
        keys = sorted(target) if isinstance(target, dict) else list(range(len(target)))
        key = data.draw(st.sampled_from(keys))
        if not isinstance(target[key], dict | list) or data.draw(st.booleans()):
            target[key] = value
            break
        target = target[key]
    try:
        compare(json.dumps({section: [case]}).encode(), today=TODAY)
    except Dp3tError:
        return
