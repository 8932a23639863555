"""Targets of the fuzz loop at gates: receipts of entry, documents, marks, lists."""

from dp3t.arrivals.binding import Binding
from dp3t.arrivals.entry_receipt import EntryReceipt, open_receipt
from dp3t.arrivals.gate import Gate
from dp3t.arrivals.mark import Mark
from dp3t.arrivals.submission import (
    Submission,
    Withdrawal,
    check_submission_answer,
    encode_submission_answer,
)
from dp3t.arrivals.travel_document import TravelDocument
from dp3t.arrivals.used_list import UsedList
from dp3t.arrivals.withdrawn import WithdrawnReceipts
from fuzz_target import Target, again, of_text
from travellers import DAY, ENVELOPE, GATES, KEYS, NOON, SERVER, Officer, receipt, text

_ZONE = "P<UTO".ljust(44, "<") + "L898902C36UTO7408122F1204159ZE184226B<<<<<10"
_SENT = Submission(ENVELOPE), Submission(ENVELOPE, Withdrawal(b"\1" * 32, bytes(32)))


def of_receipts() -> dict[str, Target]:
    """Return the decoders of what is shown at gates and exchanged between them."""
    officer = Officer("VDAD-T2-07")
    officer.admit(text())
    listed = WithdrawnReceipts(NOON, {bytes(16): DAY})
    return {
        "binding": Target(again(Binding.decode, Binding.encode), (receipt().binding.encode(),)),
        "receipt of entry": Target(
            again(EntryReceipt.decode, EntryReceipt.encode), (receipt().encode(),)
        ),
        "text of a receipt of entry": Target(
            of_text(lambda shown: open_receipt(shown, KEYS)), (text().encode(),)
        ),
        "machine-readable zone": Target(of_text(TravelDocument.from_zone), (_ZONE.encode(),)),
        "mark": Target(
            again(lambda data: Mark.open(data, GATES), lambda mark: mark.seal(GATES)),
            (officer.marks()[0],),
        ),
        "used-list": Target(again(UsedList.decode, UsedList.encode), (officer.marks()[0],)),
        "gate": Target(again(Gate.decode, Gate.encode), (officer.gate.encode(),)),
        "list of withdrawn receipts": Target(
            again(WithdrawnReceipts.decode, WithdrawnReceipts.encode), (listed.encode(),)
        ),
        "signed list of withdrawn receipts": Target(
            lambda data: WithdrawnReceipts.open(data, KEYS, now=NOON), (listed.sign(SERVER),)
        ),
        "declaration on its way": Target(
            again(Submission.decode, Submission.encode), tuple(map(Submission.encode, _SENT))
        ),
        "answer to a declaration": Target(
            lambda body: encode_submission_answer(receipt=check_submission_answer(body)),
            (encode_submission_answer(receipt=text()),),
        ),
    }
