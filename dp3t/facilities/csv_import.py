"""Facilities from a spreadsheet: the rows that are good, and what is wrong with the others."""

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from dp3t.errors import LimitError
from dp3t.facilities.built_in import csv_fault_texts
from dp3t.facilities.csv_columns import COLUMNS, OPTIONAL_COLUMN, Fault, microdegrees, tidy
from dp3t.facilities.facility import Facility
from dp3t.facilities.texts import Texts

MAX_TABLE_BYTES = 2**24
MAX_ROWS = 2**16
_LINES = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
_UNIQUE = ("id", OPTIONAL_COLUMN)


@dataclass(frozen=True, slots=True)
class FacilityRow:
    """A good row.

    Attributes:
        line: at which it begins, from 1.
        facility: what it describes.
        public: its Ed25519 public key, 32 bytes; None where the table has none for it.
    """

    line: int
    facility: Facility
    public: bytes | None


@dataclass(frozen=True, slots=True)
class TableFault:
    """Something wrong with a table [FACILITY-9].

    Attributes:
        line: at which the row begins, from 1.
        column: its name; empty where the fault is not one of a column.
        code: what is wrong, for programs.
        text: the same for people.
    """

    line: int
    column: str
    code: str
    text: Texts


@dataclass(frozen=True, slots=True)
class FacilityTable:
    """What a table says: its good rows in order, and every fault in order."""

    rows: tuple[FacilityRow, ...]
    faults: tuple[TableFault, ...]


def read_facilities(data: bytes) -> FacilityTable:
    """Return the facilities of a CSV table and its faults [FACILITY-8] [FACILITY-9].

    Whatever the bytes are, what is wrong with them is said in the result.

    Raises:
        LimitError: more than 16 MiB.
    """
    if len(data) > MAX_TABLE_BYTES:
        raise LimitError(f"the table has more than {MAX_TABLE_BYTES} bytes")
    reading = _Reading()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        reading.fault(1, "", Fault("not-utf-8"))
    else:
        reading.read(text)
    return FacilityTable(tuple(reading.rows), tuple(reading.faults))


@dataclass(slots=True)
class _Reading:
    """A table that is being read."""

    rows: list[FacilityRow] = field(default_factory=list)
    faults: list[TableFault] = field(default_factory=list)
    seen: dict[tuple[str, str], int] = field(default_factory=dict)
    texts: Mapping[str, Texts] = field(default_factory=csv_fault_texts)

    def read(self, text: str) -> None:
        """Read the names of the columns and then the rows."""
        rows = self._cells(text)
        line, names = next(rows, (1, []))
        if not self._are_columns(line, names):
            return
        count = 0
        for line, cells in rows:
            count += 1
            if count > MAX_ROWS:
                self.fault(line, "", Fault("too-many-rows", str(MAX_ROWS)))
                return
            self._row(line, names, cells)
        if not count and not self.faults:
            self.fault(1, "", Fault("no-rows"))

    def fault(self, line: int, column: str, fault: Fault) -> None:
        """Note a fault with what is said of it."""
        text = self.texts[fault.code]
        told = Texts(*(each.replace("{limit}", fault.limit) for each in (text.vi, text.en)))
        self.faults.append(TableFault(line, column, fault.code, told))

    def _cells(self, text: str) -> Iterator[tuple[int, list[str]]]:
        """Yield the rows that are not empty, with the lines at which they begin, until a fault."""
        lines = _LINES.findall(text)
        first = next((line for line in lines if line.strip()), "")
        separator = ";" if ";" in first and "," not in first else ","
        reader = csv.reader(lines, delimiter=separator, strict=True)
        while True:
            line = reader.line_num + 1
            try:
                cells = [tidy(each) for each in next(reader)]
            except StopIteration:
                return
            except csv.Error:
                self.fault(line, "", Fault("not-csv"))
                return
            while cells and not cells[-1]:
                cells.pop()
            if cells:
                yield line, cells

    def _are_columns(self, line: int, names: Sequence[str]) -> bool:
        """Return whether these are the columns; what is no name of one is not told again."""
        before = len(self.faults)
        for place, name in enumerate(names):
            if name not in COLUMNS:
                self.fault(line, "", Fault("column-unknown", str(place + 1)))
            elif name in names[:place]:
                self.fault(line, name, Fault("column-twice"))
        for name in COLUMNS:
            if name not in names and name != OPTIONAL_COLUMN:
                self.fault(line, name, Fault("column-missing"))
        return len(self.faults) == before

    def _row(self, line: int, names: Sequence[str], cells: Sequence[str]) -> None:
        said = dict.fromkeys(COLUMNS, "") | dict(zip(names, cells, strict=False))
        before = len(self.faults)
        if len(cells) > len(names):
            self.fault(line, "", Fault("fields", str(len(names))))
        for column, text in said.items():
            fault = self._fault_of(line, column, text)
            if fault is not None:
                self.fault(line, column, fault)
        if len(self.faults) == before:
            self.rows.append(_facility_row(line, said))

    def _fault_of(self, line: int, column: str, text: str) -> Fault | None:
        if not text:
            return None if column == OPTIONAL_COLUMN else Fault("empty")
        fault = COLUMNS[column](text)
        if fault is None and column in _UNIQUE:
            known = self.seen.setdefault((column, text), line)
            if known != line:
                return Fault(f"{column.removeprefix('public_')}-twice", str(known))
        return fault


def _facility_row(line: int, said: dict[str, str]) -> FacilityRow:
    facility = Facility(
        facility=said["id"],
        facility_kind=said["kind"],
        name=said["name"],
        address=said["address"],
        latitude_microdegrees=microdegrees(said["latitude"]),
        longitude_microdegrees=microdegrees(said["longitude"]),
        commune=said["commune"],
        weekdays=tuple(digit == "1" for digit in said["weekdays"]),
    )
    key = said[OPTIONAL_COLUMN]
    return FacilityRow(line, facility, bytes.fromhex(key) if key else None)
