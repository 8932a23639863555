"""The entry declaration: sealed to the authority, with a receipt that is checked offline."""

from dp3t.arrivals.binding import BINDING_BYTES, Binding
from dp3t.arrivals.entry_receipt import (
    RECEIPT_ID_BYTES,
    EntryReceipt,
    open_receipt,
)
from dp3t.arrivals.travel_document import TravelDocument

__all__ = [
    "BINDING_BYTES",
    "RECEIPT_ID_BYTES",
    "Binding",
    "EntryReceipt",
    "TravelDocument",
    "open_receipt",
]
