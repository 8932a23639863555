"""QR codes as pictures that a page takes in: the only module that draws them."""

import io
import re

import segno

_RECEIPT = re.compile("DP3T-ENTRY:1:[A-Z2-7]{207}")


def is_receipt_text(text: str) -> bool:
    """Return whether a text has the letters and the length of a receipt's [ENTRY-RECEIPT-8]."""
    return _RECEIPT.fullmatch(text) is not None


def receipt_picture(text: str) -> bytes:
    """Return the code of a receipt as SVG, which bears 15 % of damage [ARRIVALS-PAGE-9]."""
    picture = io.BytesIO()
    code = segno.make(text, error="m", boost_error=False, micro=False)
    code.save(picture, kind="svg", border=4, omitsize=True, xmldecl=False, light="#fff")
    return picture.getvalue()
