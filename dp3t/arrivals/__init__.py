"""The entry declaration: sealed to the authority, with a receipt that is checked offline."""

from dp3t.arrivals.binding import BINDING_BYTES, Binding
from dp3t.arrivals.entry_receipt import RECEIPT_ID_BYTES, EntryReceipt, open_receipt
from dp3t.arrivals.gate import Gate, Passing
from dp3t.arrivals.mark import MARK_BYTES, GateSecret, Mark, expiry_day_in
from dp3t.arrivals.travel_document import TravelDocument
from dp3t.arrivals.used_list import MAX_MARKS, MAX_USED_LIST_BYTES, split_marks
from dp3t.arrivals.verdict import Checked, Verdict, verify
from dp3t.arrivals.withdrawn import MAX_WITHDRAWN, MAX_WITHDRAWN_BYTES, WithdrawnReceipts

__all__ = [
    "BINDING_BYTES",
    "MARK_BYTES",
    "MAX_MARKS",
    "MAX_USED_LIST_BYTES",
    "MAX_WITHDRAWN",
    "MAX_WITHDRAWN_BYTES",
    "RECEIPT_ID_BYTES",
    "Binding",
    "Checked",
    "EntryReceipt",
    "Gate",
    "GateSecret",
    "Mark",
    "Passing",
    "TravelDocument",
    "Verdict",
    "WithdrawnReceipts",
    "expiry_day_in",
    "open_receipt",
    "split_marks",
    "verify",
]
