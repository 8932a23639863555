"""The entry declaration: sealed to the authority, with a receipt that is checked offline."""

from dp3t.arrivals.binding import BINDING_BYTES, Binding
from dp3t.arrivals.checks import Problem, check, tidied
from dp3t.arrivals.declaration import (
    KEPT_DAYS,
    AnswersError,
    Companion,
    Declaration,
    LabTest,
    Place,
    Vaccination,
)
from dp3t.arrivals.entry_receipt import RECEIPT_ID_BYTES, EntryReceipt, open_receipt
from dp3t.arrivals.form import LATEST_VERSION, Form, entry_form, form_document
from dp3t.arrivals.gate import Gate, Passing
from dp3t.arrivals.mark import MARK_BYTES, GateSecret, Mark, expiry_day_in
from dp3t.arrivals.partial_date import PartialDate
from dp3t.arrivals.parts import Part
from dp3t.arrivals.recipients import MAX_DOCUMENT_BYTES, RecipientKeys
from dp3t.arrivals.sealing import (
    ENVELOPE_BYTES,
    MAX_KEPT_DAYS,
    ROLES,
    WITHDRAWAL_SECRET_BYTES,
    Envelope,
    Header,
    require_kept,
    require_withdrawable,
    withdrawal_digest,
)
from dp3t.arrivals.submission import (
    SUBMISSION_ANSWER_BYTES,
    SUBMISSION_BYTES,
    SUBMISSION_REFUSALS,
    WITHDRAWAL_BYTES,
    Submission,
    Withdrawal,
    check_submission_answer,
    check_withdrawal_answer,
    encode_submission_answer,
    encode_withdrawal_answer,
    entry_receipt_for,
    require_receipt_of,
)
from dp3t.arrivals.travel_document import TravelDocument
from dp3t.arrivals.used_list import MAX_MARKS, MAX_USED_LIST_BYTES, split_marks
from dp3t.arrivals.verdict import Checked, Verdict, verify
from dp3t.arrivals.withdrawn import MAX_WITHDRAWN, MAX_WITHDRAWN_BYTES, WithdrawnReceipts

__all__ = [
    "BINDING_BYTES",
    "ENVELOPE_BYTES",
    "KEPT_DAYS",
    "LATEST_VERSION",
    "MARK_BYTES",
    "MAX_DOCUMENT_BYTES",
    "MAX_KEPT_DAYS",
    "MAX_MARKS",
    "MAX_USED_LIST_BYTES",
    "MAX_WITHDRAWN",
    "MAX_WITHDRAWN_BYTES",
    "RECEIPT_ID_BYTES",
    "ROLES",
    "SUBMISSION_ANSWER_BYTES",
    "SUBMISSION_BYTES",
    "SUBMISSION_REFUSALS",
    "WITHDRAWAL_BYTES",
    "WITHDRAWAL_SECRET_BYTES",
    "AnswersError",
    "Binding",
    "Checked",
    "Companion",
    "Declaration",
    "EntryReceipt",
    "Envelope",
    "Form",
    "Gate",
    "GateSecret",
    "Header",
    "LabTest",
    "Mark",
    "Part",
    "PartialDate",
    "Passing",
    "Place",
    "Problem",
    "RecipientKeys",
    "Submission",
    "TravelDocument",
    "Vaccination",
    "Verdict",
    "Withdrawal",
    "WithdrawnReceipts",
    "check",
    "check_submission_answer",
    "check_withdrawal_answer",
    "encode_submission_answer",
    "encode_withdrawal_answer",
    "entry_form",
    "entry_receipt_for",
    "expiry_day_in",
    "form_document",
    "open_receipt",
    "require_kept",
    "require_receipt_of",
    "require_withdrawable",
    "split_marks",
    "tidied",
    "verify",
    "withdrawal_digest",
]
