"""Revision: a key that was published may be published once more, with another report type."""

from dp3t.proximity.report_type import ReportType

_SUCCESSORS = {
    ReportType.CLINICAL_DIAGNOSIS: {ReportType.CONFIRMED_TEST, ReportType.REVOKED},
    ReportType.SELF_REPORT: {
        ReportType.CONFIRMED_TEST,
        ReportType.CLINICAL_DIAGNOSIS,
        ReportType.REVOKED,
    },
    ReportType.CONFIRMED_TEST: {ReportType.REVOKED},
}


def revision_allowed(old_type: int, new_type: int) -> bool:
    """Return whether a key of one report type may be published again with another [REVISION-1].

    How often it was revised before, the caller knows: once is all [REVISION-2].

    Args:
        old_type: the type with which it was published, a `ReportType`.
        new_type: the one that a new report gives it.
    """
    return new_type in _SUCCESSORS.get(ReportType(old_type), ())


def gaen_revises(before: tuple[int, ...], after: tuple[int, ...]) -> bool:
    """Return whether GAEN attributes may follow others of the same key [REVISION-2].

    Args:
        before: start, period, report type and days since onset, as first published.
        after: those of the new report; start and period are the same, the onset may be another.
    """
    return before[:2] == after[:2] and revision_allowed(before[2], after[2])
