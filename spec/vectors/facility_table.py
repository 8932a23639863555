"""Cases of the table of facilities: rows that are good, and every fault of a table."""

from collections.abc import Iterator
from unicodedata import normalize

from spec.vectors.builders.facility_acts import SCHOOL, Case, Said, public

_HEADER = "id,kind,name,address,latitude,longitude,commune,weekdays"
_ROW = "th-1,school,Trường 1,1 Lê Lợi,16.463713,107.590866,19789,1111100"
_WIDE_COMMA = "\u00a0,\t"
_FACILITY: Said = {
    "address": "1 Lê Lợi",
    "commune": "19789",
    "facility": "th-1",
    "facility_kind": "school",
    "latitude": 16_463_713,
    "longitude": 107_590_866,
    "name": "Trường 1",
    "weekdays": [True] * 5 + [False] * 2,
}


def build() -> dict[str, object]:
    """Return the vector file."""
    return {
        "spec": ["FACILITY-8"],
        "source": "ours: the verdict stands in the case",
        "cases": [*_good(), *_degrees(), *_faulty(), *_twice(public(SCHOOL))],
    }


def _good() -> Iterator[Case]:
    key = public(SCHOOL)
    quoted = _ROW.replace("1 Lê Lợi", '"1, Lê ""Lợi"""')
    good: dict[str, tuple[str, Said]] = {
        "one-row": (f"{_HEADER}\n{_ROW}\n", {}),
        "no-line-feed-at-the-end": (f"{_HEADER}\r\n{_ROW}", {}),
        "byte-order-mark": (f"\ufeff{_HEADER}\n{_ROW}\n", {}),
        "empty-rows": (f"\n{_HEADER}\n,,\n\n{_ROW},,\n", {"line": 5}),
        "quoted": (f"{_HEADER}\n{quoted}\n", {"address": '1, Lê "Lợi"'}),
        "decomposed": (f"{_HEADER}\n{normalize('NFD', _ROW)}\n", {}),
        "spaces": (f"{_HEADER}\n{_ROW.replace(',', ' , ')}\n", {}),
        "semicolons": (f"{_HEADER}\n{_ROW}\n".replace(",", ";").replace(".", ","), {}),
        "spaces-of-spreadsheets": (f"{_HEADER}\n{_ROW.replace(',', _WIDE_COMMA)}\n", {}),
        "other-order": (
            "weekdays,commune,longitude,latitude,address,name,kind,id\n"
            "1111100,19789,107.590866,16.463713,1 Lê Lợi,Trường 1,school,th-1\n", {}),
        "key": (f"{_HEADER},public_key\n{_ROW},{key}\n", {"public": key}),
        "key-empty": (f"{_HEADER},public_key\n{_ROW},\n", {}),
    }  # fmt: skip
    for name, (table, changes) in good.items():
        line = changes.get("line", 2)
        row = {"public": "", **_FACILITY, **changes, "line": line}
        yield _table(name, "FACILITY-8", table, rows=[row], faults=[])


def _degrees() -> Iterator[Case]:
    """Yield positions at both sides of where rounding turns."""
    for text, found in {
        "16.4637134": 16_463_713,
        "16.4637135": 16_463_714,
        "-16.4637135": -16_463_714,
        "16.46371349999999999999": 16_463_713,
        "-0.0000004": 0,
        "16": 16_000_000,
        "016,5": 16_500_000,
        "90.0000004": 90_000_000,
    }.items():
        table = f"{_HEADER}\n{_ROW}\n".replace("16.463713", f'"{text}"')
        row = {"public": "", **_FACILITY, "latitude": found, "line": 2}
        yield _table(f"degrees-{text}", "FACILITY-3", table, rows=[row], faults=[])


def _faulty() -> Iterator[Case]:
    key = public(SCHOOL)
    fields: dict[str, tuple[str, str, str, str]] = {
        "id": ("th-1", "TH 1", "id", "id"),
        "kind": ("school", "Trường", "kind", "kind"),
        "name-empty": ("Trường 1", "", "name", "empty"),
        "name-long": ("Trường 1", "x" * 121, "name", "long"),
        "address-characters": ("1 Lê Lợi", "1\u202e", "address", "characters"),
        "latitude": ("16.463713", "16°27'", "latitude", "number"),
        "latitude-exponent": ("16.463713", "1e1", "latitude", "number"),
        "latitude-range": ("16.463713", "90.0000005", "latitude", "range"),
        "longitude-range": ("107.590866", "-181", "longitude", "range"),
        "commune": ("19789", "19.789", "commune", "commune"),
        "weekdays": ("1111100", "111110", "weekdays", "weekdays"),
        "weekdays-none": ("1111100", "0000000", "weekdays", "weekdays"),
    }
    for name, (right, wrong, column, code) in fields.items():
        table = f"{_HEADER}\n{_ROW.replace(right, wrong)}\n"
        yield _table(f"fault-{name}", "FACILITY-9", table, rows=[], faults=[(2, column, code)])
    missing = _HEADER.replace("kind,", "")
    whole: dict[str, tuple[str, list[tuple[int, str, str]]]] = {
        "no-rows": (f"{_HEADER}\n", [(1, "", "no-rows")]),
        "column-missing": (f"{missing}\n{_ROW}\n", [(1, "kind", "column-missing")]),
        "column-unknown": (f"{_HEADER},note\n{_ROW},x\n", [(1, "", "column-unknown")]),
        "commas-and-semicolons": (
            f"{_HEADER};x\n{_ROW}\n",
            [(1, "", "column-unknown"), (1, "weekdays", "column-missing")],
        ),
        "column-twice": (f"{_HEADER},id\n{_ROW},x\n", [(1, "id", "column-twice")]),
        "fields": (f"{_HEADER}\n{_ROW},x\n", [(2, "", "fields")]),
        "quotation-mark": (f'{_HEADER}\n"{_ROW}\n', [(2, "", "not-csv")]),
        "key": (f"{_HEADER},public_key\n{_ROW},{key.upper()}\n", [(2, "public_key", "key")]),
        "two-in-a-row": (
            f"{_HEADER}\n{_ROW.replace('school', '').replace('1111100', '7')}\n",
            [(2, "kind", "empty"), (2, "weekdays", "weekdays")],
        ),
    }
    for name, (table, faults) in whole.items():
        yield _table(f"fault-{name}", "FACILITY-9", table, rows=[], faults=faults)
    latin = f"{_HEADER}\n{_ROW}\n".encode("utf-16")
    yield _table("fault-utf-16", "FACILITY-9", latin, rows=[], faults=[(1, "", "not-utf-8")])


def _twice(key: str) -> Iterator[Case]:
    """Yield tables in which a row has what a row before it has, also where that one is bad."""
    row = {"public": "", **_FACILITY, "line": 2}
    bad = _ROW.replace("school", "")
    twice = [(3, "id", "id-twice")]
    table = f"{_HEADER}\n{_ROW}\n{_ROW}\n"
    yield _table("id-twice", "FACILITY-10", table, rows=[row], faults=twice)
    table = f"{_HEADER}\n{bad}\n{_ROW}\n"
    yield _table(
        "id-of-a-bad-row", "FACILITY-10", table, rows=[], faults=[(2, "kind", "empty"), *twice]
    )
    other = _ROW.replace("th-1", "th-2")
    table = f"{_HEADER},public_key\n{_ROW},{key}\n{other},{key}\n"
    keyed = [(3, "public_key", "key-twice")]
    row = {**row, "public": key}
    yield _table("key-twice", "FACILITY-10", table, rows=[row], faults=keyed)


def _table(
    name: str,
    clause: str,
    table: str | bytes,
    *,
    rows: list[Said],
    faults: list[tuple[int, str, str]],
) -> Case:
    data = table.encode() if isinstance(table, str) else table
    return {
        "id": name,
        "spec": [clause],
        "operation": "table",
        "table": data.hex(),
        "rows": rows,
        "faults": [{"line": line, "column": column, "code": code} for line, column, code in faults],
        "result": "valid",
    }
