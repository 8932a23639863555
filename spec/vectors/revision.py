"""Cases of the revision chapter: every pair of report types, and what else may change."""

from collections.abc import Iterator

from dp3t.proximity.report_type import ReportType
from dp3t.proximity.revision import gaen_revises

Case = dict[str, object]

_BEFORE = (2_664_000, 144, 3, 0)
_CHANGES = {
    "onset-becomes-known": ((2_664_000, 144, 3, 127), (2_664_000, 144, 1, -2)),
    "onset-is-forgotten": (_BEFORE, (2_664_000, 144, 1, 127)),
    "another-start": (_BEFORE, (2_664_144, 144, 1, 0)),
    "another-period": (_BEFORE, (2_664_000, 143, 1, 0)),
    "only-the-onset": (_BEFORE, (2_664_000, 144, 3, 1)),
    "nothing": (_BEFORE, _BEFORE),
}


def build() -> dict[str, object]:
    """Return the cases."""
    return {
        "spec": ["REVISION-1"],
        "source": "ours; the table of the chapter, written out in tests/proximity/test_revision.py",
        "cases": [*_types(), *_changes()],
    }


def _types() -> Iterator[Case]:
    for old in ReportType:
        for new in ReportType:
            before, after = (2_664_000, 144, int(old), 0), (2_664_000, 144, int(new), 0)
            yield _case(f"{_word(old)}-to-{_word(new)}", before, after, ["REVISION-1"])


def _changes() -> Iterator[Case]:
    for name, (before, after) in _CHANGES.items():
        yield _case(name, before, after, ["REVISION-2"])


def _case(name: str, before: tuple[int, ...], after: tuple[int, ...], clauses: list[str]) -> Case:
    return {
        "id": name,
        "operation": "revision",
        "before": list(before),
        "after": list(after),
        "result": "valid" if gaen_revises(before, after) else "policy",
        "spec": clauses,
    }


def _word(kind: ReportType) -> str:
    return kind.name.lower().replace("_", "-")
