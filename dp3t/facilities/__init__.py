"""The live map of safe places: what facilities attest, what citizens object, a public record.

The modules behind these names are imported when one of them is used.
"""

from typing import TYPE_CHECKING

from dp3t.faces import face

if TYPE_CHECKING:
    from dp3t.facilities.act import (
        START,
        ActHead,
        ChainEnd,
        act_digest,
    )
    from dp3t.facilities.acts import (
        AUTHORITY_CONTEXT,
        FACILITY_CONTEXT,
        MAX_AUTHORITY_ACT_BYTES,
        MAX_FACILITY_ACT_BYTES,
        Act,
        is_of_authority,
        read_act,
        sign_act,
        verify_act,
    )
    from dp3t.facilities.audit import (
        WHOLE_PAGE,
        Audit,
        Difference,
        Fault,
        audit_record,
        compare,
    )
    from dp3t.facilities.authority_acts import (
        UNTIL_OPENED,
        AuthorityAct,
        ChecklistAct,
        Closure,
        Enrolment,
        Opening,
        Resolution,
        SettingsAct,
        Strike,
        Verdict,
    )
    from dp3t.facilities.board import (
        CALENDAR_DAYS,
        Board,
        ObjectionStatus,
    )
    from dp3t.facilities.built_in import (
        BUILT_IN_KINDS,
        PublicWords,
        built_in_checklist,
        checklist_of_document,
        public_words,
    )
    from dp3t.facilities.checklist import (
        Checklist,
        Task,
        current_checklist,
    )
    from dp3t.facilities.csv_import import (
        MAX_TABLE_BYTES,
        FacilityRow,
        FacilityTable,
        TableFault,
        read_facilities,
    )
    from dp3t.facilities.facility import Facility
    from dp3t.facilities.facility_acts import (
        Answer,
        Attestation,
        Done,
        FacilityAct,
        Rekey,
    )
    from dp3t.facilities.ledger import Accepted
    from dp3t.facilities.local_time import LocalDay
    from dp3t.facilities.objection import (
        MAX_OBJECTION_BYTES,
        OBJECTIONS_SCOPE,
        Objection,
        objection_key,
        objection_key_of,
    )
    from dp3t.facilities.objection_book import MAX_OBJECTION_BOOK_BYTES, ObjectionBook
    from dp3t.facilities.page import (
        FACILITIES_KIND,
        MAX_PAGE_ACTS,
        MAX_PAGE_BYTES,
        NO_PAGE,
        RecordPage,
        fitting,
        page_digest,
    )
    from dp3t.facilities.presence_proof import (
        PRESENCE_PROOF_BYTES,
        presence_key,
    )
    from dp3t.facilities.refusal import BoardRefusal
    from dp3t.facilities.settings import Settings
    from dp3t.facilities.snapshot import (
        MAX_MAP_BYTES,
        FacilityMap,
        MapRow,
        row_of,
    )
    from dp3t.facilities.state import (
        DayState,
        State,
        TaskState,
    )
    from dp3t.facilities.texts import Texts
    from dp3t.facilities.words import (
        NO_WORDS,
        Words,
    )

__all__ = [
    "AUTHORITY_CONTEXT",
    "BUILT_IN_KINDS",
    "CALENDAR_DAYS",
    "FACILITIES_KIND",
    "FACILITY_CONTEXT",
    "MAX_AUTHORITY_ACT_BYTES",
    "MAX_FACILITY_ACT_BYTES",
    "MAX_MAP_BYTES",
    "MAX_OBJECTION_BOOK_BYTES",
    "MAX_OBJECTION_BYTES",
    "MAX_PAGE_ACTS",
    "MAX_PAGE_BYTES",
    "MAX_TABLE_BYTES",
    "NO_PAGE",
    "NO_WORDS",
    "OBJECTIONS_SCOPE",
    "PRESENCE_PROOF_BYTES",
    "START",
    "UNTIL_OPENED",
    "WHOLE_PAGE",
    "Accepted",
    "Act",
    "ActHead",
    "Answer",
    "Attestation",
    "Audit",
    "AuthorityAct",
    "Board",
    "BoardRefusal",
    "ChainEnd",
    "Checklist",
    "ChecklistAct",
    "Closure",
    "DayState",
    "Difference",
    "Done",
    "Enrolment",
    "Facility",
    "FacilityAct",
    "FacilityMap",
    "FacilityRow",
    "FacilityTable",
    "Fault",
    "LocalDay",
    "MapRow",
    "Objection",
    "ObjectionBook",
    "ObjectionStatus",
    "Opening",
    "PublicWords",
    "RecordPage",
    "Rekey",
    "Resolution",
    "Settings",
    "SettingsAct",
    "State",
    "Strike",
    "TableFault",
    "Task",
    "TaskState",
    "Texts",
    "Verdict",
    "Words",
    "act_digest",
    "audit_record",
    "built_in_checklist",
    "checklist_of_document",
    "compare",
    "current_checklist",
    "fitting",
    "is_of_authority",
    "objection_key",
    "objection_key_of",
    "page_digest",
    "presence_key",
    "public_words",
    "read_act",
    "read_facilities",
    "row_of",
    "sign_act",
    "verify_act",
]

_HOMES = {
    "dp3t.facilities.act": (
        "START",
        "ActHead",
        "ChainEnd",
        "act_digest",
    ),
    "dp3t.facilities.acts": (
        "AUTHORITY_CONTEXT",
        "FACILITY_CONTEXT",
        "MAX_AUTHORITY_ACT_BYTES",
        "MAX_FACILITY_ACT_BYTES",
        "Act",
        "is_of_authority",
        "read_act",
        "sign_act",
        "verify_act",
    ),
    "dp3t.facilities.audit": (
        "WHOLE_PAGE",
        "Audit",
        "Difference",
        "Fault",
        "audit_record",
        "compare",
    ),
    "dp3t.facilities.authority_acts": (
        "UNTIL_OPENED",
        "AuthorityAct",
        "ChecklistAct",
        "Closure",
        "Enrolment",
        "Opening",
        "Resolution",
        "SettingsAct",
        "Strike",
        "Verdict",
    ),
    "dp3t.facilities.board": (
        "CALENDAR_DAYS",
        "Board",
        "ObjectionStatus",
    ),
    "dp3t.facilities.built_in": (
        "BUILT_IN_KINDS",
        "PublicWords",
        "built_in_checklist",
        "checklist_of_document",
        "public_words",
    ),
    "dp3t.facilities.checklist": (
        "Checklist",
        "Task",
        "current_checklist",
    ),
    "dp3t.facilities.csv_import": (
        "MAX_TABLE_BYTES",
        "FacilityRow",
        "FacilityTable",
        "TableFault",
        "read_facilities",
    ),
    "dp3t.facilities.facility": ("Facility",),
    "dp3t.facilities.facility_acts": (
        "Answer",
        "Attestation",
        "Done",
        "FacilityAct",
        "Rekey",
    ),
    "dp3t.facilities.ledger": ("Accepted",),
    "dp3t.facilities.local_time": ("LocalDay",),
    "dp3t.facilities.objection": (
        "MAX_OBJECTION_BYTES",
        "OBJECTIONS_SCOPE",
        "Objection",
        "objection_key",
        "objection_key_of",
    ),
    "dp3t.facilities.objection_book": (
        "MAX_OBJECTION_BOOK_BYTES",
        "ObjectionBook",
    ),
    "dp3t.facilities.page": (
        "FACILITIES_KIND",
        "MAX_PAGE_ACTS",
        "MAX_PAGE_BYTES",
        "NO_PAGE",
        "RecordPage",
        "fitting",
        "page_digest",
    ),
    "dp3t.facilities.presence_proof": (
        "PRESENCE_PROOF_BYTES",
        "presence_key",
    ),
    "dp3t.facilities.refusal": ("BoardRefusal",),
    "dp3t.facilities.settings": ("Settings",),
    "dp3t.facilities.snapshot": (
        "MAX_MAP_BYTES",
        "FacilityMap",
        "MapRow",
        "row_of",
    ),
    "dp3t.facilities.state": (
        "DayState",
        "State",
        "TaskState",
    ),
    "dp3t.facilities.texts": ("Texts",),
    "dp3t.facilities.words": (
        "NO_WORDS",
        "Words",
    ),
}
"""The modules in which the names are."""


def __getattr__(name: str) -> object:
    """Return a public name, whose module is imported when somebody asks for it."""
    return face(__name__, name, homes=_HOMES)


def __dir__() -> list[str]:
    """Return the public names, also those that nobody has asked for."""
    return __all__
