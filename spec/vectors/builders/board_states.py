"""Some weeks of life of many facilities, each of which shows one rule of the states."""

from collections.abc import Callable, Iterator
from dataclasses import replace

from dp3t.facilities.authority_acts import Verdict
from dp3t.timeline import Instant
from spec.vectors.builders.facility_record import CHECKLIST, SETTINGS, TODAY, Record, at

Case = dict[str, object]
_Step = tuple[Instant, Callable[[Record], object]]

_DAILY = ("air", "hands")
_ALL = ("air", "deep", "hands")
_WEEK = (True,) * 5 + (False,) * 2


def life() -> Record:
    """Return the record."""
    record = Record()
    record.settle(at(-8, 1))
    record.publish(at(-8, 1))
    for moment, step in sorted(_steps(), key=lambda each: each[0]):
        del moment
        step(record)
    return record


def states() -> Iterator[Case]:
    """Return the questions and their answers, which were found by hand."""
    for clause, facility, day, asked, answer in _ANSWERS:
        state, _, flag = answer.partition(" ")
        moment = f"{asked[0]}-{asked[1]}".replace(".", "-")
        yield {
            "id": f"{facility}-on-day-{day}-at-{moment}",
            "operation": "state",
            "spec": [clause],
            "record": "life",
            "facility": facility,
            "day": TODAY + day,
            "now": at(*asked),
            "state": state,
            "late": flag == "late",
            "missing": flag == "missing",
        }


def _steps() -> Iterator[_Step]:
    yield from _enrolments()
    yield from _attestations()
    yield from _closures()
    yield from _objections()
    earlier = replace(SETTINGS, deadline_minutes=480)
    yield at(1, 12), lambda record: record.settle(at(1, 12), earlier)
    first = replace(CHECKLIST, facility_kind="clinic")
    yield at(1, 13), lambda record: record.publish(at(1, 13), first)


def _enrolments() -> Iterator[_Step]:
    for name in ("weekly", "accused", "guilty", "back-closed", "enrolled-again", "never-cleaned"):
        yield _enrolled(name, at(-8, 2), first_day=-8)
    early = at(0, 2)
    for name in (
        "daily", "partial", "critical", "absent", "noncritical", "fresh", "shut", "opened",
        "cleared", "says-closed", "moved", "mended", "doubted", "punctual", "tardy",
        "closed-late", "closed-next-day", "hides-absent", "hides-late-work", "mistaken",
        "hides-contest", "hides-verdict",
    ):  # fmt: skip
        yield _enrolled(name, early)
    yield _enrolled("pretends", early, first_day=-5)
    yield _enrolled("weekdays", early, weekdays=_WEEK)
    yield _enrolled("future", early, first_day=3)
    yield _enrolled("unlisted", early, facility_kind="clinic")
    yield _enrolled("enrolled-again", at(-1, 12))
    yield _enrolled("never-cleaned", at(-1, 12))
    yield _enrolled("moved", at(1, 12), weekdays=(True, False, *(True,) * 5))


def _enrolled(name: str, moment: Instant, *, first_day: int = 0, **changes: object) -> _Step:
    first = TODAY + first_day
    return moment, lambda record: record.enrol(name, moment, first_day=first, **changes)


def _attestations() -> Iterator[_Step]:
    for name, day, hour, done in (
        ("daily", 0, 6, _ALL), ("daily", 1, 11, _ALL), ("daily", 4, 7, _ALL),
        ("enrolled-again", -8, 7, _ALL), ("enrolled-again", 0, 7, _DAILY),
        ("never-cleaned", 0, 7, _DAILY),
        ("critical", 0, 7, ("air", "deep")), ("noncritical", 0, 7, ("deep", "hands")),
        ("weekly", -7, 7, _ALL), ("weekly", -1, 7, _DAILY), ("weekly", 0, 7, _DAILY),
        ("fresh", 5, 7, _DAILY), ("fresh", 6, 7, _DAILY), ("weekdays", 5, 7, _ALL),
        ("accused", 0, 6, _ALL), ("guilty", 0, 6, _ALL), ("guilty", 1, 6, _ALL),
        ("guilty", 2, 6, _ALL), ("guilty", 3, 6, _ALL), ("cleared", 0, 6, _ALL),
        ("cleared", 1, 6, _ALL), ("doubted", 1, 6, _ALL), ("mended", 0, 6, _ALL),
        ("moved", 0, 9, _ALL), ("moved", 2, 9, _ALL), ("tardy", 0, 10, _ALL),
        ("punctual", 0, 10 - 1 / 3_600, _ALL),
    ):  # fmt: skip
        yield _attested(name, at(day, hour), done=done)
    yield _attested("daily", at(3, 8), day=TODAY + 2, done=_ALL)
    yield _attested("absent", at(0, 7), done=("air",), absent=("hands",))
    yield _attested("says-closed", at(0, 8), done=(), closed=True)
    yield _corrected("says-closed", at(0, 11), done=(), closed=True)
    yield _attested("partial", at(0, 6), done=("air",))
    yield _corrected("partial", at(0, 9), done=_ALL)
    yield from _closed_by_themselves()


def _closed_by_themselves() -> Iterator[_Step]:
    """Return facilities that say that they are closed, for a reason or in order to hide one."""
    yield _attested("closed-late", at(0, 10), done=(), closed=True)
    yield _attested("closed-next-day", at(1, 7), day=TODAY, done=(), closed=True)
    yield _attested("hides-absent", at(0, 7), done=("air",), absent=("hands",))
    yield _corrected("hides-absent", at(0, 11), done=(), closed=True)
    yield _attested("hides-late-work", at(0, 7), done=_ALL)
    yield _corrected("hides-late-work", at(1, 7), day=TODAY, done=(), closed=True)
    yield _corrected("hides-late-work", at(1, 8), day=TODAY, done=("air", "hands"))
    yield _attested("mistaken", at(0, 7), done=("air",), absent=("hands",))
    yield _corrected("mistaken", at(0, 9), done=(), closed=True)
    yield _attested("hides-contest", at(0, 8), done=(), closed=True)
    yield _attested("hides-verdict", at(1, 8), done=(), closed=True)


def _attested(name: str, moment: Instant, **how: object) -> _Step:
    return moment, lambda record: record.attest(name, moment, **how)


def _corrected(name: str, moment: Instant, **how: object) -> _Step:
    def step(record: Record) -> None:
        record.attest(name, moment, corrects=record.ends[name].previous, **how)

    return moment, step


def _closures() -> Iterator[_Step]:
    early, later = at(0, 5), at(1, 9)
    yield early, lambda r: r.close("shut", early, from_day=TODAY + 1, until_day=TODAY + 2)
    yield early, lambda r: r.close("opened", early, from_day=TODAY)
    yield early, lambda r: r.close("back-closed", early, from_day=TODAY - 3)
    yield later, lambda r: r.open("opened", later, from_day=TODAY + 2)


def _objections() -> Iterator[_Step]:
    yield at(0, 8), lambda record: record.list_keys(at(0, 8))
    for name in (
        "accused", "guilty", "cleared", "mended", "doubted", "hides-contest", "hides-verdict",
    ):  # fmt: skip
        yield _objected(name)
    yield _resolved("guilty", at(1, 12), Verdict.UPHELD)
    yield _resolved("guilty", at(3, 12), Verdict.SETTLED)
    yield _resolved("cleared", at(1, 12), Verdict.UPHELD)
    yield _resolved("cleared", at(2, 12), Verdict.DISMISSED)
    yield _resolved("doubted", at(1, 12), Verdict.UPHELD)
    yield _resolved("doubted", at(2, 12), Verdict.UPHELD)
    yield _resolved("hides-verdict", at(0, 11), Verdict.UPHELD)
    yield _resolved("hides-verdict", at(2, 12), Verdict.SETTLED)
    yield _resolved("mended", at(0, 11), Verdict.UPHELD)
    yield _resolved("mended", at(0, 12), Verdict.SETTLED)


def _objected(name: str) -> _Step:
    about = TODAY - 1 if name in ("accused", "guilty") else TODAY
    return at(0, 9), lambda record: record.object(name, at(0, 9), who=name, day=about)


def _resolved(name: str, moment: Instant, verdict: Verdict) -> _Step:
    def step(record: Record) -> None:
        of_them = (signed for _, signed in record.acts if _is_against(signed, name))
        record.resolve(next(of_them), moment, verdict)

    return moment, step


def _is_against(signed: bytes, name: str) -> bool:
    return b'"kind":"objection"' in signed and f'"{name}"'.encode() in signed


_ANSWERS: tuple[tuple[str, str, int, tuple[int, float], str], ...] = (
    ("STATE-1", "daily", 0, (0, 5.9), "due"),
    ("STATE-1", "daily", 0, (0, 6), "safe"),
    ("STATE-9", "daily", 1, (1, 9.9), "due"),
    ("STATE-3", "daily", 1, (1, 10), "overdue"),
    ("STATE-12", "daily", 1, (1, 11), "safe late"),
    ("STATE-12", "daily", 0, (4, 12), "safe"),
    ("STATE-12", "punctual", 0, (0, 12), "safe"),
    ("STATE-12", "tardy", 0, (0, 12), "safe late"),
    ("STATE-2", "daily", 1, (4, 12), "safe late"),
    ("STATE-2", "daily", 2, (2, 7.9), "due"),
    ("STATE-2", "daily", 2, (2, 8), "overdue"),
    ("STATE-12", "daily", 2, (3, 8), "safe late"),
    ("STATE-13", "daily", 3, (4, 23.9), "overdue"),
    ("STATE-13", "daily", 3, (5, 0), "overdue missing"),
    ("STATE-12", "daily", 4, (4, 9), "safe"),
    ("STATE-9", "partial", 0, (0, 8.9), "due"),
    ("STATE-4", "partial", 0, (0, 9), "safe"),
    ("STATE-7", "critical", 0, (0, 9.9), "due"),
    ("STATE-7", "critical", 0, (0, 10), "unsafe"),
    ("STATE-7", "absent", 0, (0, 7), "unsafe"),
    ("STATE-3", "noncritical", 0, (0, 9.9), "due"),
    ("STATE-3", "noncritical", 0, (0, 10), "overdue"),
    ("STATE-10", "weekly", -1, (-1, 7), "safe"),
    ("STATE-10", "weekly", 0, (0, 7), "due"),
    ("STATE-10", "weekly", 0, (0, 10), "overdue"),
    ("STATE-11", "fresh", 5, (5, 12), "safe"),
    ("STATE-11", "fresh", 6, (6, 12), "overdue"),
    ("STATE-11", "enrolled-again", 0, (0, 9), "due"),
    ("STATE-11", "enrolled-again", 0, (0, 10), "overdue"),
    ("STATE-11", "never-cleaned", 0, (0, 12), "safe"),
    ("STATE-5", "weekdays", 4, (4, 7), "due"),
    ("STATE-5", "weekdays", 5, (5, 7), "closed"),
    ("STATE-5", "future", 2, (2, 12), "closed"),
    ("STATE-5", "future", 3, (3, 12), "overdue"),
    ("STATE-5", "pretends", -1, (0, 3), "closed"),
    ("STATE-5", "unlisted", 0, (0, 12), "closed"),
    ("CHECKLIST-6", "unlisted", 0, (1, 13), "closed"),
    ("CHECKLIST-6", "unlisted", 1, (1, 12.9), "closed"),
    ("CHECKLIST-6", "unlisted", 1, (1, 13), "overdue"),
    ("CHECKLIST-6", "unlisted", 2, (2, 7), "due"),
    ("STATE-14", "says-closed", 0, (0, 7.9), "due"),
    ("STATE-14", "says-closed", 0, (0, 8), "closed"),
    ("STATE-4", "says-closed", 0, (0, 12), "closed"),
    ("STATE-4", "closed-late", 0, (0, 9.9), "due"),
    ("STATE-4", "closed-late", 0, (0, 10), "overdue"),
    ("STATE-13", "closed-late", 0, (2, 0), "overdue"),
    ("STATE-4", "closed-next-day", 0, (1, 7), "overdue"),
    ("STATE-4", "hides-absent", 0, (0, 12), "unsafe"),
    ("STATE-4", "hides-late-work", 0, (1, 7), "safe"),
    ("STATE-4", "hides-late-work", 0, (1, 8), "safe"),
    ("STATE-14", "mistaken", 0, (0, 8), "unsafe"),
    ("STATE-7", "mistaken", 0, (0, 12), "closed"),
    ("STATE-14", "hides-contest", 0, (0, 8), "closed"),
    ("STATE-14", "hides-contest", 0, (0, 9), "contested"),
    ("STATE-14", "hides-verdict", 1, (1, 9), "unsafe"),
    ("STATE-5", "shut", 0, (0, 12), "overdue"),
    ("STATE-5", "shut", 1, (1, 12), "closed"),
    ("STATE-5", "shut", 2, (2, 12), "closed"),
    ("STATE-5", "shut", 3, (3, 12), "overdue"),
    ("STATE-5", "opened", 0, (0, 4), "due"),
    ("STATE-5", "opened", 1, (3, 12), "closed"),
    ("STATE-5", "opened", 2, (2, 12), "overdue"),
    ("STATE-5", "back-closed", -1, (0, 12), "overdue"),
    ("STATE-5", "back-closed", 0, (0, 12), "closed"),
    ("STATE-2", "moved", 1, (1, 13), "overdue"),
    ("STATE-2", "moved", 0, (3, 1), "safe"),
    ("STATE-2", "moved", 8, (8, 12), "closed"),
    ("STATE-8", "accused", 0, (0, 8.9), "safe"),
    ("STATE-8", "accused", 0, (0, 9), "contested"),
    ("STATE-8", "accused", 6, (6, 5), "contested"),
    ("STATE-8", "accused", 7, (7, 5), "due"),
    ("STATE-8", "accused", -1, (8, 5), "contested missing"),
    ("STATE-8", "accused", -2, (8, 5), "overdue missing"),
    ("STATE-8", "guilty", 1, (1, 11.9), "contested"),
    ("STATE-6", "guilty", 1, (1, 12), "unsafe"),
    ("STATE-6", "guilty", 2, (2, 7), "unsafe"),
    ("STATE-6", "guilty", 3, (3, 11.9), "unsafe"),
    ("STATE-6", "guilty", 3, (3, 12), "safe"),
    ("STATE-6", "guilty", -1, (4, 7), "unsafe missing"),
    ("STATE-6", "guilty", 0, (4, 7), "safe"),
    ("STATE-6", "guilty", 2, (4, 7), "unsafe"),
    ("STATE-6", "cleared", 1, (1, 12), "unsafe"),
    ("STATE-6", "cleared", 1, (2, 12), "safe"),
    ("STATE-6", "doubted", 1, (3, 12), "unsafe"),
    ("STATE-6", "doubted", 3, (3, 12), "unsafe"),
    ("STATE-6", "mended", 0, (0, 11), "unsafe"),
    ("STATE-6", "mended", 0, (0, 12), "safe"),
)
"""The clause, the facility, the day, when it is asked: day and hour, and the answer."""
