"""Files of scoring cases beside what is computed: each case is run, and each difference said.

A case that cannot be run differs from its known result like one that comes out otherwise, so one
odd case hides none of the others; only a file that is no file of cases is refused.
"""

import json
from collections.abc import Container, Iterator
from dataclasses import dataclass
from typing import Any

from dp3t.errors import LimitError, MalformedError
from dp3t.proximity.exposure.scoring.cases import SECTIONS, result_of
from dp3t.proximity.exposure.scoring.json_fields import JsonFields
from dp3t.timeline import Day

MAX_FILE_BYTES = 2**26
_SHOWN_CHARACTERS = 40
_NO_EXPOSURE: tuple[object, ...] = tuple(
    {
        "attenuation_durations": durations,
        "exposures": [],
        "max_risk_score": 0,
        "total_risk_score": 0,
    }
    for durations in ([], [0, 0, 0])
)
"""Other ways to write that there is no result."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A case that is not equal.

    Attributes:
        name: the case's own, or its list and place where it has none: `v1[0]`.
        reason: where the result differs, or why there is none; one line.
    """

    name: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What came of a file of cases.

    Attributes:
        cases: how many there are, at least one.
        differences: those that are not equal, list by list, in the file's order.
    """

    cases: int
    differences: tuple[Difference, ...]

    @property
    def equal(self) -> int:
        """How many gave exactly the known result."""
        return self.cases - len(self.differences)


def compare(data: bytes, *, today: Day) -> Comparison:
    """Run the cases of a file and compare each result with the one in the file [SCORING-26].

    Args:
        data: the JSON document.
        today: the present day, for summaries that leave old windows out.

    Raises:
        MalformedError: no such document, or one without a case [SCORING-27].
        LimitError: longer than MAX_FILE_BYTES.
    """
    if len(data) > MAX_FILE_BYTES:
        raise LimitError(f"a file of cases has at most {MAX_FILE_BYTES} bytes")
    document = _document(data)
    if not any(section in document for section in SECTIONS):
        raise MalformedError(f"the file has none of the lists {', '.join(SECTIONS)}")
    verdicts = [
        verdict
        for section, cases in _lists(document)
        for verdict in _verdicts(section, cases, today)
    ]
    if not verdicts:
        raise MalformedError("the file has no case")
    return Comparison(
        cases=len(verdicts),
        differences=tuple(
            Difference(name, reason) for name, reason in verdicts if reason is not None
        ),
    )


def _document(data: bytes) -> JsonFields:
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise MalformedError(f"the file is not UTF-8: byte {error.start}") from None
    if text.startswith("\ufeff"):
        raise MalformedError("the file begins with a byte order mark, which JSON has not")
    try:
        value = json.loads(text, parse_constant=_no_constant, object_pairs_hook=_each_name_once)
    except MalformedError:
        raise
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise MalformedError(f"the file is not JSON: {place}: {error.msg}") from None
    except RecursionError:
        raise MalformedError("the file is not JSON that can be read: it nests too deeply") from None
    except ValueError:
        raise MalformedError("a number of the file has too many digits") from None
    return JsonFields(value, where="the file")


def _no_constant(name: str) -> None:
    raise MalformedError(f"the file is not JSON: {name} is no number there")


def _each_name_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) < len(pairs):
        raise MalformedError("an object of the file has a field twice")
    return fields


def _lists(document: JsonFields) -> Iterator[tuple[str, list[Any]]]:
    """Yield the lists of cases, those of unknown operations last."""
    for section in SECTIONS:
        if section in document:
            yield section, document.items(section)
    for name, value in document.raw_fields().items():
        remark = name in SECTIONS or name.startswith("_") or not isinstance(value, list)
        if not remark and any(isinstance(entry, dict) for entry in value):
            yield name, value


def _verdicts(section: str, cases: list[Any], today: Day) -> Iterator[tuple[str, str | None]]:
    """Yield the name of each case, and why it is not equal, None where it is."""
    seen = set[str]()
    for place, case in enumerate(cases):
        name = _name(section, place, case)
        fault = _fault_of_name(case, seen) if section in SECTIONS else None
        seen.add(name)
        yield name, fault or _reason(section, case, today)


def _fault_of_name(case: object, seen: Container[str]) -> str | None:
    """Return what is wrong with a case's name: no text, or one that stands in the list before."""
    if not isinstance(case, dict):
        return None
    name = case.get("name")
    if not isinstance(name, str) or not name:
        return "the case has no name"
    return "a case before it in the list has its name" if name in seen else None


def _name(section: str, place: int, case: object) -> str:
    name = case.get("name") if isinstance(case, dict) else None
    return name if isinstance(name, str) and name else f"{section}[{place}]"


def _reason(section: str, case: object, today: Day) -> str | None:
    """Return why a case is not equal, None where it is."""
    if section not in SECTIONS:
        return f"there is no rule for cases of {' '.join(section[:_SHOWN_CHARACTERS].split())}"
    field = SECTIONS[section]
    try:
        fields = JsonFields(case, where="the case")
        found, known = result_of(section, case, today=today), fields.raw(field)
        if found is None and any(
            first_difference(none, known, where=field) is None for none in _NO_EXPOSURE
        ):
            return None
        if section == "v2_daily_summaries":
            known = _by_day(fields)
    except MalformedError as error:
        return str(error)
    return first_difference(found, known, where=field)


def _by_day(case: JsonFields) -> list[object]:
    """Return known summaries by day: a hash map puts Google's into no particular order."""
    days = sorted(case.inners("summaries"), key=lambda day: day.integer("days_since_epoch"))
    return [day.raw_fields() for day in days]


def first_difference(found: object, known: object, *, where: str) -> str | None:
    """Return how two JSON values differ, by the first place at which they do, or None.

    1 and 1.0 are one number, to the last bit; 0 and -0.0 are two, and a boolean is no number.

    Args:
        found: what was computed.
        known: what the file holds.
        where: what the two are called.
    """
    if isinstance(found, dict) and isinstance(known, dict):
        if odd := sorted(found.keys() ^ known.keys()):
            side = "the file's alone" if odd[0] in known else "not in the file"
            return f"{where}: the field {_shown(odd[0])} is {side}"
        pairs = [(f"{where}.{name}", value, known[name]) for name, value in found.items()]
    elif isinstance(found, list) and isinstance(known, list) and len(found) == len(known):
        pairs = [
            (f"{where}[{place}]", *both)
            for place, both in enumerate(zip(found, known, strict=True))
        ]
    else:
        same = _same_scalar(found, known)
        return None if same else f"{where}: {_shown(found)}, in the file {_shown(known)}"
    differences = (first_difference(ours, theirs, where=at) for at, ours, theirs in pairs)
    return next((each for each in differences if each is not None), None)


def _same_scalar(found: object, known: object) -> bool:
    if isinstance(found, bool) or isinstance(known, bool):
        return found is known
    if isinstance(found, int | float) and isinstance(known, int | float):
        return found == known and (found != 0 or str(float(found)) == str(float(known)))
    return not isinstance(found, dict | list) and type(found) is type(known) and found == known


def _shown(value: object) -> str:
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list):
        return f"a list of {len(value)}"
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]}…"
