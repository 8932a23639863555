"""Cases of the form chapter: answers to the form of entry, and what is wrong with them.

The problems are written down here by hand, beside the answers; the library is held to them in the
tests, and so is the page's program.
"""

from collections.abc import Iterator
from typing import Any

from dp3t.arrivals.checks import tidied
from dp3t.arrivals.form import entry_form
from dp3t.arrivals.parts import part_values

Case = dict[str, object]
Problem = tuple[str, str, str]

NOW = 1_795_458_600
"""2026-11-23 18:30 UTC, which is 2026-11-24 01:30 in Viet Nam."""

GOOD: dict[str, Any] = {
    "surname": "Nguyễn",
    "given_names": "Thị Ánh",
    "sex": "F",
    "birth_date": "1984-02-29",
    "nationality": "VN",
    "document_kind": "passport",
    "document_number": "C1234567",
    "document_country": "VN",
    "document_expiry": "2030-12-31",
    "phone": "+84912345678",
    "arrival_point": "AHAN",
    "arrival": "2026-11-24T21:35",
    "means": "air",
    "carrier": "Vietnam Airlines",
    "service_number": "VN311",
    "places": [{"country": "JP", "first_day": "2026-11-03", "last_day": "2026-11-24"}],
    "province": "01",
    "commune": "Phường Hoàn Kiếm",
    "street": "12 phố Hàng Bông",
    "quarantine": "home",
    "symptoms": ["none"],
    "contact": "no",
}

FULL: dict[str, Any] = {
    **GOOD,
    "e_mail": "anh.nguyen@example.vn",
    "emergency_name": "Trần Văn Bảo",
    "emergency_phone": "+81312345678",
    "seat": "12A",
    "companions": [
        {"surname": "Trần", "birth_date": "2020-05-00", "relation": "child"},
        {
            "surname": "Trần",
            "given_names": "Văn Bảo",
            "birth_date": "1980-00-00",
            "document_number": "B7654321",
            "relation": "spouse",
        },
    ],
    "quarantine": "hotel",
    "quarantine_place": "Khách sạn Hòa Bình, 27 Lý Thường Kiệt",
    "symptoms": ["fever", "cough"],
    "symptoms_since": "2026-11-20",
    "contact": "yes",
    "contact_day": "2026-11-15",
    "vaccinations": [{"product": "AZD1222", "day": "2021-08-01"}],
    "tests": [{"method": "pcr", "day": "2026-11-22", "result": "pending"}],
}
GONE = object()


def build() -> dict[str, object]:
    """Return the vector file."""
    return {
        "spec": ["FORM-3"],
        "answers": GOOD,
        "source": "ours: the verdict stands in the case, for the form of entry, version 1",
        "cases": [
            *_checked("FORM-3", _WHOLE),
            *_checked("FORM-4", _TEXTS),
            *_checked("FORM-6", _DATES),
            *_checked("FORM-7", _BOUNDS),
            *_checked("FORM-8", _CHOICES),
            *_checked("FORM-9", _CONDITIONS),
            *_checked("FORM-13", _GROUPS),
            *_tidied(),
            *_parts(),
        ],
    }


Row = tuple[str, dict[str, Any], list[Problem]]

_WHOLE: list[Row] = [
    ("good", {}, []),
    ("full", FULL, []),
    ("surname-missing", {"surname": GONE}, [("surname", "missing", "")]),
    ("given-names-are-optional", {"given_names": GONE}, []),
    ("document-that-never-expires", {"document_expiry": GONE}, []),
    ("unknown", {"passport": "C1234567"}, [("", "unknown", "")]),
    ("two-unknown-are-one-problem", {"a": 1, "b": 2}, [("", "unknown", "")]),
    (
        "problems-in-the-order-of-the-form",
        {"contact": "maybe", "surname": 5, "zzz": True, "phone": GONE},
        [
            ("surname", "kind", ""),
            ("phone", "missing", ""),
            ("contact", "choice", ""),
            ("", "unknown", ""),
        ],
    ),
]

_TEXTS: list[Row] = [
    ("no-text", {"street": 12}, [("street", "kind", "")]),
    ("true-is-no-text", {"street": True}, [("street", "kind", "")]),
    ("list-is-no-text", {"street": ["12"]}, [("street", "kind", "")]),
    ("empty", {"street": ""}, [("street", "short", "1")]),
    ("longest", {"street": "ệ" * 120}, []),
    ("too-long", {"street": "ệ" * 121}, [("street", "long", "120")]),
    ("code-points-are-counted", {"street": "😀" * 120}, []),
    ("emoji-too-long", {"street": "😀" * 121}, [("street", "long", "120")]),
    ("emoji-in-a-name", {"surname": "Nguyễn 😀"}, [("surname", "pattern", "")]),
    ("script-in-a-name", {"surname": "<script>alert(1)</script>"}, [("surname", "pattern", "")]),
    ("script-in-a-street", {"street": "<script>alert(1)</script>"}, []),
    ("quotes-in-a-street", {"street": '12 "phố" \\ Hàng Bông'}, []),
    ("name-of-others", {"surname": "Ñuñez O\u2019Brien-D'Arcy, Jr."}, []),
    ("name-that-begins-with-an-apostrophe", {"surname": "'t Hooft"}, []),
    ("name-in-chinese", {"surname": "阮"}, [("surname", "pattern", "")]),
    ("name-of-digits", {"surname": "R2"}, [("surname", "pattern", "")]),
    ("combining", {"surname": "Nguye\u0302\u0303n"}, [("surname", "untidy", "")]),
    ("combining-half", {"surname": "Nguy\u00ea\u0303n"}, [("surname", "untidy", "")]),
    ("space-before", {"surname": " Nguyễn"}, [("surname", "untidy", "")]),
    ("space-behind", {"surname": "Nguyễn "}, [("surname", "untidy", "")]),
    ("two-spaces", {"street": "12  phố"}, [("street", "untidy", "")]),
    ("no-break-space", {"street": "12\u00a0phố"}, [("street", "untidy", "")]),
    ("spaces-only", {"street": "  "}, [("street", "untidy", "")]),
    ("line-feed", {"street": "12\nphố"}, [("street", "characters", "")]),
    ("zero", {"street": "12\0phố"}, [("street", "characters", "")]),
    ("right-to-left", {"street": "12\u202ephố"}, [("street", "characters", "")]),
    ("zero-width", {"surname": "Nguy\u200bễn"}, [("surname", "characters", "")]),
    ("line-separator", {"street": "12\u2028phố"}, [("street", "characters", "")]),
    ("private-use", {"street": "\ue000"}, [("street", "characters", "")]),
    ("tag", {"street": "a\U000e0041"}, [("street", "characters", "")]),
    ("hidden-and-untidy", {"street": " a\u200b"}, [("street", "characters", "")]),
    ("document-number-in-small-letters", {"document_number": "c1234567"},
     [("document_number", "pattern", "")]),
    ("document-number-with-a-space", {"document_number": "C 1234567"},
     [("document_number", "pattern", "")]),
    ("digits-of-another-script", {"document_number": "C\u0661\u0662"},
     [("document_number", "pattern", "")]),
    ("document-number-longest", {"document_number": "C" * 22}, []),
    ("phone-without-country", {"phone": "0912345678"}, [("phone", "pattern", "")]),
    ("phone-too-short", {"phone": "+841234"}, [("phone", "short", "8")]),
    ("phone-too-long", {"phone": "+1234567890123456"}, [("phone", "long", "16")]),
    ("e-mail-without-a-dot", {"e_mail": "a@b"}, [("e_mail", "pattern", "")]),
    ("e-mail-of-two", {"e_mail": "a@b.vn,c@d.vn"}, [("e_mail", "pattern", "")]),
]  # fmt: skip

_DATES: list[Row] = [
    ("year-only", {"birth_date": "1984-00-00"}, []),
    ("year-and-month", {"birth_date": "1984-02-00"}, []),
    ("nothing-known", {"birth_date": "0000-00-00"}, []),
    ("day-without-month", {"birth_date": "1984-00-15"}, [("birth_date", "date", "")]),
    ("month-without-year", {"birth_date": "0000-02-00"}, [("birth_date", "date", "")]),
    ("month-13-without-day", {"birth_date": "1984-13-00"}, [("birth_date", "date", "")]),
    ("no-leap-year", {"birth_date": "1983-02-29"}, [("birth_date", "date", "")]),
    ("no-leap-year-of-a-century", {"birth_date": "1900-02-29"}, [("birth_date", "date", "")]),
    ("first-year", {"birth_date": "1900-01-01"}, []),
    ("before-the-first-year", {"birth_date": "1899-12-31"}, [("birth_date", "date", "")]),
    ("last-year", {"document_expiry": "2099-12-31"}, []),
    ("after-the-last-year", {"document_expiry": "2100-01-01"}, [("document_expiry", "date", "")]),
    ("not-partial", {"document_expiry": "2030-12-00"}, [("document_expiry", "date", "")]),
    ("not-partial-at-all", {"document_expiry": "0000-00-00"}, [("document_expiry", "date", "")]),
    ("date-is-a-number", {"document_expiry": 20301231}, [("document_expiry", "kind", "")]),
    ("date-without-zeros", {"document_expiry": "2030-1-1"}, [("document_expiry", "date", "")]),
    ("date-of-six-digits", {"document_expiry": "301231"}, [("document_expiry", "date", "")]),
    ("date-with-a-line-feed", {"document_expiry": "2030-12-31\n"},
     [("document_expiry", "date", "")]),
    ("date-in-other-digits", {"document_expiry": "\u0662030-12-31"},
     [("document_expiry", "date", "")]),
    ("moment-without-time", {"arrival": "2026-11-24"}, [("arrival", "date", "")]),
    ("moment-with-seconds", {"arrival": "2026-11-24T21:35:00"}, [("arrival", "date", "")]),
    ("moment-with-a-zone", {"arrival": "2026-11-24T21:35Z"}, [("arrival", "date", "")]),
    ("hour-24", {"arrival": "2026-11-24T24:00"}, [("arrival", "date", "")]),
    ("minute-60", {"arrival": "2026-11-24T21:60"}, [("arrival", "date", "")]),
    ("last-minute", {"arrival": "2026-11-24T23:59"}, []),
    ("moment-on-no-day", {"arrival": "2026-11-31T21:35", "places": []},
     [("arrival", "date", ""), ("places", "few", "1")]),
]  # fmt: skip

_BOUNDS: list[Row] = [
    ("born-today", {"birth_date": "2026-11-24"}, []),
    ("born-tomorrow", {"birth_date": "2026-11-25"}, [("birth_date", "late", "2026-11-24")]),
    ("born-this-year", {"birth_date": "2026-00-00"}, []),
    ("born-next-month", {"birth_date": "2026-12-00"}, [("birth_date", "late", "2026-11-24")]),
    ("arrival-yesterday", {"arrival": "2026-11-23T00:00"},
     [("places.0.last_day", "late", "2026-11-23")]),
    ("arrival-before-yesterday", {"arrival": "2026-11-22T23:59"},
     [("arrival", "early", "2026-11-23"), ("places.0.last_day", "late", "2026-11-22")]),
    ("arrival-in-14-days", {"arrival": "2026-12-08T23:59", "places": [
        {"country": "JP", "first_day": "2026-11-17", "last_day": "2026-12-08"}]}, []),
    ("arrival-in-15-days", {"arrival": "2026-12-09T00:00", "places": [
        {"country": "JP", "first_day": "2026-11-18", "last_day": "2026-12-09"}]},
     [("arrival", "late", "2026-12-08")]),
    ("document-expires-on-arrival", {"document_expiry": "2026-11-24"}, []),
    ("document-expired", {"document_expiry": "2026-11-23"},
     [("document_expiry", "early", "2026-11-24")]),
    ("place-22-days-before", {"places": [
        {"country": "JP", "first_day": "2026-11-02", "last_day": "2026-11-24"}]},
     [("places.0.first_day", "early", "2026-11-03")]),
    ("place-backwards", {"places": [
        {"country": "JP", "first_day": "2026-11-10", "last_day": "2026-11-09"}]},
     [("places.0.last_day", "early", "2026-11-10")]),
    ("no-bound-without-arrival", {"arrival": "soon", "document_expiry": "1999-01-01"},
     [("arrival", "date", "")]),
    ("vaccinated-tomorrow", {"vaccinations": [{"product": "AZD1222", "day": "2026-11-25"}]},
     [("vaccinations.0.day", "late", "2026-11-24")]),
]  # fmt: skip

_CHOICES: list[Row] = [
    ("no-choice", {"sex": "female"}, [("sex", "choice", "")]),
    ("choice-in-small-letters", {"sex": "f"}, [("sex", "choice", "")]),
    ("choice-is-a-list", {"sex": ["F"]}, [("sex", "kind", "")]),
    ("choice-is-empty", {"sex": ""}, [("sex", "choice", "")]),
    ("stateless", {"nationality": "XX"}, []),
    ("three-letters", {"nationality": "VNM"}, [("nationality", "choice", "")]),
    ("no-country", {"nationality": "ZZ"}, [("nationality", "choice", "")]),
    ("country-in-small-letters", {"nationality": "vn"}, [("nationality", "choice", "")]),
    ("province-of-former-times", {"province": "30"}, [("province", "choice", "")]),
    ("symptoms-are-a-text", {"symptoms": "none"}, [("symptoms", "kind", "")]),
    ("symptoms-hold-a-number", {"symptoms": ["none", 1]}, [("symptoms", "kind", "")]),
    ("no-symptoms-chosen", {"symptoms": []}, [("symptoms", "few", "1")]),
    ("unknown-symptom", {"symptoms": ["fatigue"]}, [("symptoms", "choice", "")]),
    ("symptom-twice", {"symptoms": ["fever", "fever"], "symptoms_since": "2026-11-20"},
     [("symptoms", "twice", "")]),
    ("none-and-fever", {"symptoms": ["none", "fever"], "symptoms_since": "2026-11-20"},
     [("symptoms", "alone", "")]),
]  # fmt: skip

_CONDITIONS: list[Row] = [
    ("fever-since-when", {"symptoms": ["fever"]}, [("symptoms_since", "missing", "")]),
    ("none-since-when", {"symptoms_since": "2026-11-20"}, [("symptoms_since", "unasked", "")]),
    ("on-foot", {"means": "foot", "carrier": GONE, "service_number": GONE}, []),
    ("on-foot-with-a-seat", {"means": "foot", "seat": "12A"},
     [("carrier", "unasked", ""), ("service_number", "unasked", ""), ("seat", "unasked", "")]),
    ("hotel-without-name", {"quarantine": "hotel"}, [("quarantine_place", "missing", "")]),
    ("asked-by-an-answer-that-is-wrong",
     {"symptoms": ["none", "fever"]},
     [("symptoms", "alone", ""), ("symptoms_since", "missing", "")]),
    ("means-missing", {"means": GONE},
     [("means", "missing", ""), ("carrier", "unasked", ""), ("service_number", "unasked", "")]),
]  # fmt: skip

_CHILD = {"surname": "Trần", "birth_date": "2020-05-04", "relation": "child"}
_GROUPS: list[Row] = [
    ("places-missing", {"places": GONE}, [("places", "missing", "")]),
    ("places-empty", {"places": []}, [("places", "few", "1")]),
    ("places-a-map", {"places": {"0": {}}}, [("places", "kind", "")]),
    ("place-a-text", {"places": ["JP"]}, [("places.0", "kind", "")]),
    ("place-empty", {"places": [{}]}, [
        ("places.0.country", "missing", ""),
        ("places.0.first_day", "missing", ""),
        ("places.0.last_day", "missing", ""),
    ]),
    ("no-companions", {"companions": []}, []),
    ("eight-companions", {"companions": [_CHILD] * 8}, []),
    ("nine-companions", {"companions": [*[_CHILD] * 8, "no map"]}, [("companions", "many", "8")]),
    ("second-companion", {"companions": [_CHILD, {**_CHILD, "surname": "\u202e"}]},
     [("companions.1.surname", "characters", "")]),
    ("companion-with-a-phone", {"companions": [{**_CHILD, "phone": "+84912345678"}]},
     [("companions.0", "unknown", "")]),
    ("unknown-before-the-next-item", {"companions": [{**_CHILD, "x": 1}, {**_CHILD, "sex": "F",
     "relation": "friend"}]},
     [("companions.0", "unknown", ""), ("companions.1.relation", "choice", ""),
      ("companions.1", "unknown", "")]),
]  # fmt: skip


def _checked(clause: str, rows: list[Row]) -> Iterator[Case]:
    for name, changes, problems in rows:
        yield {
            "id": name,
            "spec": [clause],
            "operation": "check",
            "now": NOW,
            "change": {name: value for name, value in changes.items() if value is not GONE},
            "without": [name for name, value in changes.items() if value is GONE],
            "problems": [list(problem) for problem in problems],
            "result": "valid",
        }


_UNTIDY: dict[str, dict[str, Any]] = {
    "tidy-already": {"surname": "Nguyễn"},
    "tidy-spaces": {"surname": "\t Nguyễn \u00a0 Thị\u3000"},
    "tidy-accents": {"surname": "Nguye\u0302\u0303n Thi\u0323 A\u0301nh"},
    "tidy-keeps-what-is-hidden": {"surname": "Nguy\u200bễn "},
    "tidy-drops-what-is-empty": {"seat": " ", "tests": [], "symptoms": [], "companions": [{}]},
    "tidy-drops-empty-items": {"companions": [{"surname": "  "}, {"surname": " Trần"}]},
    "tidy-drops-what-is-not-asked": {"means": "foot", "seat": "12A", "carrier": "x"},
    "tidy-keeps-what-is-asked": {"means": " air", "seat": " 12A"},
    "tidy-keeps-what-is-wrong": {"surname": 5, "unknown": " x ", "places": "no list"},
}


def _tidied() -> Iterator[Case]:
    for name, values in _UNTIDY.items():
        yield {
            "id": name,
            "spec": ["FORM-5", "FORM-10"],
            "operation": "tidy",
            "values": values,
            "tidied": tidied(entry_form(), values),
            "result": "valid",
        }


def _parts() -> Iterator[Case]:
    for role in ("border", "province"):
        yield {
            "id": f"part-{role}",
            "spec": ["FORM-11"],
            "operation": "part",
            "values": FULL,
            "role": role,
            "part": part_values(entry_form(), FULL, role=role),
            "result": "valid",
        }
