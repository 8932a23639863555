"""Why a key was published, in the numbers of GAEN's key files."""

from enum import IntEnum


class ReportType(IntEnum):
    """Why a key was published; a design that does not say means `UNKNOWN`."""

    UNKNOWN = 0
    CONFIRMED_TEST = 1
    CLINICAL_DIAGNOSIS = 2
    SELF_REPORT = 3
    RECURSIVE = 4
    REVOKED = 5
