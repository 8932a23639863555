"""Text in columns, read strictly: what does not fit is refused by file, line and field."""

import gzip
import io
import re
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from dp3t import LimitError, MalformedError

MAX_LINE_BYTES = 1024
_PART_BYTES = 2**20


@dataclass(frozen=True, slots=True)
class Field:
    """A column.

    Attributes:
        name: as messages call it.
        form: regular expression of what stands there, without groups.
        meaning: the same in words.
    """

    name: str
    form: bytes
    meaning: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Columns, what stands between them, and the first line that may or must name them.

    Attributes:
        fields: the columns, from the left.
        separator: regular expression of what stands between two.
        header: the first line; None where there is none.
    """

    fields: tuple[Field, ...]
    separator: bytes
    header: bytes | None = None

    def rows(self) -> re.Pattern[bytes]:
        """Return what matches one line, with a group for each field."""
        columns = self.separator.join(b"(" + each.form + b")" for each in self.fields)
        return re.compile(rb"^" + columns + rb"\r?$", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Some rows of a file, all of the right layout.

    Attributes:
        path: the file.
        rows: a tuple of fields for each row.
        lines: the lines they were read from, with their ends; some may be empty.
        first_line: the number of the first of these, from 1.
    """

    path: Path
    rows: list[tuple[bytes, ...]]
    lines: Sequence[bytes]
    first_line: int

    def refuse(self, row: int, fault: str) -> NoReturn:
        """Raise the error of a row, numbered from 0, whose fields contradict one another.

        Raises:
            MalformedError: it names file and line.
        """
        full = [n for n, text in enumerate(self.lines, start=self.first_line) if not _empty(text)]
        raise MalformedError(f"{self.path}: line {full[row]}: {fault}")


def read_parts(path: Path, *layouts: Layout) -> Iterator[Part]:
    """Yield the rows of a table, some at a time [SIMULATOR-5].

    Of several layouts, of which none has a header, the first line that is not empty chooses the one
    with as many fields, or else the first.

    Files that end in `.gz` are decompressed. Empty lines are passed over, and the last line need
    not end.

    Raises:
        LimitError: a line of more than 1,024 bytes.
        MalformedError: a line that has another layout; it names file, line and field.
        OSError: the file cannot be read.
    """
    with _opened(path) as file:
        line, chosen = 1, list(layouts)
        if header := layouts[0].header:
            _check_header(path, file.readline(MAX_LINE_BYTES), header)
            line = 2
        while lines := _lines(path, file, line):
            chosen = [_choose(lines, chosen)]
            yield _part(path, lines, line, chosen[0])
            line += len(lines)


def first_line(path: Path) -> bytes:
    """Return the first 1,024 bytes of the first line.

    Raises:
        MalformedError: a damaged gzip file.
        OSError: the file cannot be read.
    """
    with _opened(path) as file:
        return file.readline(MAX_LINE_BYTES)


@contextmanager
def _opened(path: Path) -> Iterator[io.BufferedIOBase]:
    with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
        try:
            yield file
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise MalformedError(f"{path}: not a whole gzip file: {error}") from None


def _empty(line: bytes) -> bool:
    return line in (b"\n", b"\r\n")


def _choose(lines: Sequence[bytes], layouts: Sequence[Layout]) -> Layout:
    full = next((each.rstrip(b"\r\n") for each in lines if not _empty(each)), b"")
    fitting = (x for x in layouts if len(re.split(x.separator, full)) == len(x.fields))
    return next(fitting, layouts[0])


def _part(path: Path, lines: Sequence[bytes], first_line: int, layout: Layout) -> Part:
    rows = layout.rows().findall(b"".join(lines))
    if len(rows) != sum(1 for each in lines if not _empty(each)):
        _refuse(path, first_line, lines, layout)
    return Part(path=path, rows=rows, lines=lines, first_line=first_line)


def _lines(path: Path, file: io.BufferedIOBase, line: int) -> Sequence[bytes]:
    """Return some lines, each with its end, none longer than allowed."""
    lines: list[bytes] = []
    size = 0
    while size < _PART_BYTES and (text := file.readline(MAX_LINE_BYTES + 1)):
        if len(text) > MAX_LINE_BYTES:
            where = f"{path}: line {line + len(lines)}"
            raise LimitError(f"{where}: a line has at most {MAX_LINE_BYTES} bytes")
        lines.append(text)
        size += len(text)
    return lines


def _check_header(path: Path, found: bytes, header: bytes) -> None:
    if found.rstrip(b"\r\n") != header:
        raise MalformedError(f"{path}: line 1: the first line is {header.decode('ascii')!r}")


def _refuse(path: Path, line: int, lines: Sequence[bytes], layout: Layout) -> None:
    """Raise the error of the first line that has another layout."""
    pattern = layout.rows()
    for number, text in enumerate(lines, start=line):
        if not _empty(text) and not pattern.match(text):
            bare = text.removesuffix(b"\n").removesuffix(b"\r")
            raise MalformedError(f"{path}: line {number}: {_fault(bare, layout)}")


def _fault(text: bytes, layout: Layout) -> str:
    """Return what is wrong with a line of another layout."""
    found = re.split(layout.separator, text)
    if len(found) != len(layout.fields):
        names = ", ".join(each.name for each in layout.fields)
        return f"{len(found)} fields, and not the {len(layout.fields)} of {names}"
    faulty = (
        (each, value)
        for each, value in zip(layout.fields, found, strict=True)
        if not re.fullmatch(each.form, value)
    )
    field, value = next(faulty)
    shown = repr(value[:40])[1:]  # without its b
    return f"{field.name} is {shown}, and not {field.meaning}"
