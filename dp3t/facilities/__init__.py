"""The live map of safe places: what facilities attest, what citizens object, a public record.

The modules behind these names are imported when one of them is used.
"""

from typing import TYPE_CHECKING

from dp3t.faces import face

if TYPE_CHECKING:
    from dp3t.facilities.act import START, ActHead, ChainEnd, act_digest
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
    from dp3t.facilities.built_in import (
        BUILT_IN_KINDS,
        PublicWords,
        built_in_checklist,
        checklist_of_document,
        public_words,
    )
    from dp3t.facilities.checklist import Checklist, Task, current_checklist
    from dp3t.facilities.csv_import import (
        MAX_TABLE_BYTES,
        FacilityRow,
        FacilityTable,
        TableFault,
        read_facilities,
    )
    from dp3t.facilities.facility import Facility
    from dp3t.facilities.facility_acts import Answer, Attestation, Done, FacilityAct, Rekey
    from dp3t.facilities.local_time import LocalDay
    from dp3t.facilities.settings import Settings
    from dp3t.facilities.texts import Texts
    from dp3t.facilities.words import NO_WORDS, Words

__all__ = [
    "AUTHORITY_CONTEXT",
    "BUILT_IN_KINDS",
    "FACILITY_CONTEXT",
    "MAX_AUTHORITY_ACT_BYTES",
    "MAX_FACILITY_ACT_BYTES",
    "MAX_TABLE_BYTES",
    "NO_WORDS",
    "START",
    "UNTIL_OPENED",
    "Act",
    "ActHead",
    "Answer",
    "Attestation",
    "AuthorityAct",
    "ChainEnd",
    "Checklist",
    "ChecklistAct",
    "Closure",
    "Done",
    "Enrolment",
    "Facility",
    "FacilityAct",
    "FacilityRow",
    "FacilityTable",
    "LocalDay",
    "Opening",
    "PublicWords",
    "Rekey",
    "Resolution",
    "Settings",
    "SettingsAct",
    "Strike",
    "TableFault",
    "Task",
    "Texts",
    "Verdict",
    "Words",
    "act_digest",
    "built_in_checklist",
    "checklist_of_document",
    "current_checklist",
    "is_of_authority",
    "public_words",
    "read_act",
    "read_facilities",
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
    "dp3t.facilities.local_time": ("LocalDay",),
    "dp3t.facilities.settings": ("Settings",),
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
