"""Publication: how a secret becomes public, from upload code to signed batch.

The modules behind these names are imported when one of them is used.
"""

from typing import TYPE_CHECKING

from dp3t.faces import face

if TYPE_CHECKING:
    from dp3t.publication.answer import ANSWER_BYTES
    from dp3t.publication.authorization import Authorization, UploadCode
    from dp3t.publication.batch import MAX_BATCH_BYTES, Batch, BatchName
    from dp3t.publication.clumping import check_clumping
    from dp3t.publication.commitment import Commitment, Openings, commitment_digest
    from dp3t.publication.dummy import DummySchedule
    from dp3t.publication.index import MAX_INDEX_BYTES, Index
    from dp3t.publication.listing import DayEntry, DayList, IndexEntry
    from dp3t.publication.notification import (
        check_notification_code,
        display_notification_code,
        notification_code,
    )
    from dp3t.publication.receipt import Promise, Receipt, due_after
    from dp3t.publication.receipt_check import ReceiptCheck, Verdict, verify_evidence
    from dp3t.publication.records import KeyGroup, KeyRecord, KeyTable
    from dp3t.publication.report import (
        UPLOAD_SIZES,
        Report,
        Upload,
        check_answer,
        encode_answer,
    )
    from dp3t.publication.seed import slot_random
    from dp3t.publication.server_view import ServerView, Witnesses
    from dp3t.publication.signing import HEADER_BYTES, SigningKey, TrustedKeys, VerificationKey
    from dp3t.publication.statement import MAX_STATEMENT_BYTES, Statement

__all__ = [
    "ANSWER_BYTES",
    "HEADER_BYTES",
    "MAX_BATCH_BYTES",
    "MAX_INDEX_BYTES",
    "MAX_STATEMENT_BYTES",
    "UPLOAD_SIZES",
    "Authorization",
    "Batch",
    "BatchName",
    "Commitment",
    "DayEntry",
    "DayList",
    "DummySchedule",
    "Index",
    "IndexEntry",
    "KeyGroup",
    "KeyRecord",
    "KeyTable",
    "Openings",
    "Promise",
    "Receipt",
    "ReceiptCheck",
    "Report",
    "ServerView",
    "SigningKey",
    "Statement",
    "TrustedKeys",
    "Upload",
    "UploadCode",
    "Verdict",
    "VerificationKey",
    "Witnesses",
    "check_answer",
    "check_clumping",
    "check_notification_code",
    "commitment_digest",
    "display_notification_code",
    "due_after",
    "encode_answer",
    "notification_code",
    "slot_random",
    "verify_evidence",
]

_HOMES = (
    "publication.answer",
    "publication.authorization",
    "publication.batch",
    "publication.clumping",
    "publication.commitment",
    "publication.dummy",
    "publication.index",
    "publication.listing",
    "publication.notification",
    "publication.receipt",
    "publication.receipt_check",
    "publication.records",
    "publication.report",
    "publication.seed",
    "publication.server_view",
    "publication.signing",
    "publication.statement",
)


def __getattr__(name: str) -> object:
    """Return a public name, whose module is imported when somebody asks for it."""
    return face(__name__, name, names=__all__, homes=_HOMES)


def __dir__() -> list[str]:
    """Return the public names, also those that nobody has asked for."""
    return __all__
