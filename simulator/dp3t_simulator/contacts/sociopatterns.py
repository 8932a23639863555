"""Face-to-face contacts of the SocioPatterns collaboration: `t i j`, or `t i j Ci Cj`.

Badges on the chest exchange packets within one to two metres, and each line says that they did
during the 20 seconds before t. Ci and Cj are classes or departments. www.sociopatterns.org
"""

from pathlib import Path

import numpy as np

from dp3t_simulator.contacts.records import ContactRecords, Integers, collect
from dp3t_simulator.contacts.table import Field, Layout, Part, read_parts

INTERVAL_SECONDS = 20

_TIME = Field("t", rb"[0-9]{2,10}", "a number of seconds of 2 to 10 digits")
_ONE, _OTHER = (Field(name, rb"[0-9]{1,9}", "a number of up to 9 digits") for name in "ij")
_CLASSES = tuple(Field(name, rb"[!-~]{1,64}", "a word of ASCII") for name in ("Ci", "Cj"))
_PLAIN = Layout(fields=(_TIME, _ONE, _OTHER), separator=rb"[ \t]+")
_TWO = Layout(fields=(_ONE, _CLASSES[0]), separator=rb"[ \t]+")
_THREE = Layout(
    fields=(*_TWO.fields, Field("sex", rb"[!-~]{1,64}", "a word of ASCII")), separator=rb"[ \t]+"
)
_CLASSED = Layout(fields=(*_PLAIN.fields, *_CLASSES), separator=rb"[ \t]+")


def read_sociopatterns(path: Path) -> ContactRecords:
    """Return the contacts of a file, which may be a `.gz` [SIMULATOR-5] [SIMULATOR-6].

    Raises:
        LimitError: a line of more than 1,024 bytes.
        MalformedError: anything else that is not such a file, by file, line and field: also a
            person in contact with itself, before 20 seconds, or in two classes.
        OSError: the file cannot be read.
    """
    groups: dict[int, str] = {}
    columns: list[Integers] = []
    for part in read_parts(path, _PLAIN, _CLASSED):
        numbers = np.array([row[:3] for row in part.rows], dtype=np.int64).reshape(-1, 3)
        _check(part, numbers)
        _note_groups(part, groups)
        columns.append(numbers)
    t, one, other = np.concatenate(columns or [np.empty((0, 3), dtype=np.int64)]).T
    return collect(
        t - INTERVAL_SECONDS, one, other, duration_seconds=INTERVAL_SECONDS, groups=groups
    )


def read_groups(path: Path) -> dict[int, str]:
    """Return the class or department of each person, from a file of metadata [SIMULATOR-5].

    Its lines are `i Ci`, and what may follow, the sex, is passed over.

    Raises:
        LimitError: a line of more than 1,024 bytes.
        MalformedError: anything else that is not such a file, by file, line and field.
        OSError: the file cannot be read.
    """
    groups: dict[int, str] = {}
    for part in read_parts(path, _TWO, _THREE):
        for row, fields in enumerate(part.rows):
            _note_group(part, row, groups, fields[0], fields[1])
    return groups


def _check(part: Part, numbers: Integers) -> None:
    for faulty, fault in (
        (numbers[:, 0] < INTERVAL_SECONDS, f"t is below {INTERVAL_SECONDS}"),
        (numbers[:, 1] == numbers[:, 2], "i and j are the same person"),
    ):
        if faulty.any():
            part.refuse(int(faulty.argmax()), fault)


def _note_groups(part: Part, groups: dict[int, str]) -> None:
    for row, fields in enumerate(part.rows):
        for person, group in zip(fields[1:3], fields[3:], strict=False):  # none of three columns
            _note_group(part, row, groups, person, group)


def _note_group(part: Part, row: int, groups: dict[int, str], person: bytes, group: bytes) -> None:
    name = group.decode("ascii")
    if groups.setdefault(int(person), name) != name:
        part.refuse(row, f"{int(person)} is in two classes")
