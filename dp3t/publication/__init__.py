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
    from dp3t.publication.token_book import TokenBook
    from dp3t.publication.token_keys import TOKEN_KEYS_KIND, LoggedTokenKeys, TokenKeys
    from dp3t.publication.token_request import (
        SPEND_ERRORS,
        TOKEN_ANSWER_BYTES,
        TOKEN_REQUEST_BYTES,
        BlindedDay,
        IssueRefusal,
        SpendRefusal,
        TokenRequest,
        check_token_answer,
        encode_token_answer,
    )
    from dp3t.publication.tokens import TOKEN_BYTES, TOKEN_DAYS, PendingToken, Token, TokenKey

__all__ = [
    "ANSWER_BYTES",
    "HEADER_BYTES",
    "MAX_BATCH_BYTES",
    "MAX_INDEX_BYTES",
    "MAX_STATEMENT_BYTES",
    "SPEND_ERRORS",
    "TOKEN_ANSWER_BYTES",
    "TOKEN_BYTES",
    "TOKEN_DAYS",
    "TOKEN_KEYS_KIND",
    "TOKEN_REQUEST_BYTES",
    "UPLOAD_SIZES",
    "Authorization",
    "Batch",
    "BatchName",
    "BlindedDay",
    "Commitment",
    "DayEntry",
    "DayList",
    "DummySchedule",
    "Index",
    "IndexEntry",
    "IssueRefusal",
    "KeyGroup",
    "KeyRecord",
    "KeyTable",
    "LoggedTokenKeys",
    "Openings",
    "PendingToken",
    "Promise",
    "Receipt",
    "ReceiptCheck",
    "Report",
    "ServerView",
    "SigningKey",
    "SpendRefusal",
    "Statement",
    "Token",
    "TokenBook",
    "TokenKey",
    "TokenKeys",
    "TokenRequest",
    "TrustedKeys",
    "Upload",
    "UploadCode",
    "Verdict",
    "VerificationKey",
    "Witnesses",
    "check_answer",
    "check_clumping",
    "check_notification_code",
    "check_token_answer",
    "commitment_digest",
    "display_notification_code",
    "due_after",
    "encode_answer",
    "encode_token_answer",
    "notification_code",
    "slot_random",
    "verify_evidence",
]

_HOMES = {
    "dp3t.publication.answer": ("ANSWER_BYTES",),
    "dp3t.publication.authorization": (
        "Authorization",
        "UploadCode",
    ),
    "dp3t.publication.batch": (
        "MAX_BATCH_BYTES",
        "Batch",
        "BatchName",
    ),
    "dp3t.publication.clumping": ("check_clumping",),
    "dp3t.publication.commitment": (
        "Commitment",
        "Openings",
        "commitment_digest",
    ),
    "dp3t.publication.dummy": ("DummySchedule",),
    "dp3t.publication.index": (
        "MAX_INDEX_BYTES",
        "Index",
    ),
    "dp3t.publication.listing": (
        "DayEntry",
        "DayList",
        "IndexEntry",
    ),
    "dp3t.publication.notification": (
        "check_notification_code",
        "display_notification_code",
        "notification_code",
    ),
    "dp3t.publication.receipt": (
        "Promise",
        "Receipt",
        "due_after",
    ),
    "dp3t.publication.receipt_check": (
        "ReceiptCheck",
        "Verdict",
        "verify_evidence",
    ),
    "dp3t.publication.records": (
        "KeyGroup",
        "KeyRecord",
        "KeyTable",
    ),
    "dp3t.publication.report": (
        "UPLOAD_SIZES",
        "Report",
        "Upload",
        "check_answer",
        "encode_answer",
    ),
    "dp3t.publication.seed": ("slot_random",),
    "dp3t.publication.server_view": (
        "ServerView",
        "Witnesses",
    ),
    "dp3t.publication.signing": (
        "HEADER_BYTES",
        "SigningKey",
        "TrustedKeys",
        "VerificationKey",
    ),
    "dp3t.publication.statement": (
        "MAX_STATEMENT_BYTES",
        "Statement",
    ),
    "dp3t.publication.token_book": ("TokenBook",),
    "dp3t.publication.token_keys": (
        "TOKEN_KEYS_KIND",
        "LoggedTokenKeys",
        "TokenKeys",
    ),
    "dp3t.publication.token_request": (
        "SPEND_ERRORS",
        "TOKEN_ANSWER_BYTES",
        "TOKEN_REQUEST_BYTES",
        "BlindedDay",
        "IssueRefusal",
        "SpendRefusal",
        "TokenRequest",
        "check_token_answer",
        "encode_token_answer",
    ),
    "dp3t.publication.tokens": (
        "TOKEN_BYTES",
        "TOKEN_DAYS",
        "PendingToken",
        "Token",
        "TokenKey",
    ),
}
"""The modules in which the names are."""


def __getattr__(name: str) -> object:
    """Return a public name, whose module is imported when somebody asks for it."""
    return face(__name__, name, homes=_HOMES)


def __dir__() -> list[str]:
    """Return the public names, also those that nobody has asked for."""
    return __all__
