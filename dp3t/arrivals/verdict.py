"""Verdicts: what an officer is told about a receipt, and whoever writes programs for officers."""

from collections.abc import Container
from dataclasses import dataclass
from enum import StrEnum

from dp3t.arrivals.entry_receipt import EntryReceipt, open_receipt
from dp3t.arrivals.travel_document import TravelDocument
from dp3t.errors import MalformedError, UnknownKeyError, VerificationError
from dp3t.publication.signing import TrustedKeys
from dp3t.timeline import Instant


class Verdict(StrEnum):
    """Whether a receipt is good, or why it is not [ENTRY-RECEIPT-11].

    Attributes:
        en: the sentence for people, in English.
        vi: the same in Vietnamese.
    """

    en: str
    vi: str

    VALID = "valid", "The receipt is good.", "Phiếu hợp lệ."
    MALFORMED = "malformed", "This is no receipt.", "Đây không phải là phiếu khai báo."
    UNKNOWN_KEY = (
        "unknown-key",
        "The receipt is signed with a key that the authority does not list.",
        "Phiếu được ký bằng khóa không có trong danh sách của cơ quan.",
    )
    ALTERED = "altered", "The receipt was altered.", "Phiếu đã bị sửa đổi."
    ROTATED_OUT = (
        "rotated-out",
        "The key that signed the receipt is not good at this time.",
        "Khóa ký phiếu không có hiệu lực vào lúc này.",
    )
    WITHDRAWN = (
        "withdrawn",
        "The declaration was withdrawn or corrected; ask for the new receipt.",
        "Tờ khai đã bị rút lại hoặc sửa; hãy yêu cầu phiếu mới.",
    )
    OTHER_POINT = (
        "other-point",
        "The receipt is for another arrival point.",
        "Phiếu dành cho cửa khẩu khác.",
    )
    NOT_YET = "not-yet", "The receipt is not good yet.", "Phiếu chưa đến hạn sử dụng."
    EXPIRED = "expired", "The receipt has expired.", "Phiếu đã hết hạn."
    OTHER_TRAVELLER = (
        "other-traveller",
        "The receipt was made for another travel document.",
        "Phiếu được lập cho giấy tờ đi lại khác.",
    )
    USED = "used", "The receipt has been used already.", "Phiếu đã được sử dụng."

    def __new__(cls, word: str, en: str, vi: str) -> "Verdict":
        """Return the member of a word, with its sentences."""
        member = str.__new__(cls, word)
        member._value_, member.en, member.vi = word, en, vi
        return member


@dataclass(frozen=True, slots=True)
class Checked:
    """What became of a check.

    Attributes:
        verdict: of it.
        receipt: what the receipt says; None where that is not authentic.
    """

    verdict: Verdict
    receipt: EntryReceipt | None = None


def verify(
    text: str,
    document: TravelDocument,
    *,
    keys: TrustedKeys,
    arrival_point: str,
    now: Instant,
    withdrawn: Container[bytes] = frozenset(),
) -> Checked:
    """Return the verdict on a receipt, apart from whether it was used [ENTRY-RECEIPT-11].

    Args:
        text: as scanned or typed.
        document: what the officer has before him.
        keys: the receipt keys of the authority's document.
        arrival_point: where the officer stands.
        now: the present moment.
        withdrawn: ids of receipts whose declarations were withdrawn or corrected.
    """
    try:
        receipt, key = open_receipt(text, keys)
    except MalformedError:
        return Checked(Verdict.MALFORMED)
    except UnknownKeyError:
        return Checked(Verdict.UNKNOWN_KEY)
    except VerificationError:
        return Checked(Verdict.ALTERED)
    if not key.valid_from <= now < key.valid_until:
        return Checked(Verdict.ROTATED_OUT)
    for verdict, holds in (
        (Verdict.WITHDRAWN, receipt.receipt_id in withdrawn),
        (Verdict.OTHER_POINT, receipt.arrival_point != arrival_point),
        (Verdict.NOT_YET, now < receipt.valid_from),
        (Verdict.EXPIRED, now >= receipt.valid_until),
    ):
        if holds:
            return Checked(verdict, receipt)
    fits = receipt.binding.fits(document)
    return Checked(Verdict.VALID if fits else Verdict.OTHER_TRAVELLER, receipt)
