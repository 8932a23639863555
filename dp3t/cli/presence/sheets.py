"""Sheets that are not put up: a venue's private code, and cards of visitors without a phone."""

from collections.abc import Sequence

from dp3t.cli.presence.page import FAINT, HEIGHT, PAPER, WIDTH, Box, Page, page_settings
from dp3t.cli.presence.typesetting import BOLD, REGULAR

WARNING, WARNING_TINT = "#b42318", "#fdecea"
CUT = "#b9c2c7"
_MARGIN = 13.0
_INNER = WIDTH - 2 * _MARGIN
_BAND = 50.0
_CODE = 120.0
_CODE_TOP = 88.0
_RULES_TOP = _CODE_TOP + _CODE + 8
_RULES = (
    (
        "Cất nơi khóa kín. Không treo lên, không chụp ảnh, không gửi cho ai.",
        "Keep it locked away. Do not put it up, do not photograph it, do not send it.",
    ),
    (
        "Khi cơ quan y tế yêu cầu, dùng mã này để cảnh báo những người đã đến đây. "
        "Mất mã thì không cảnh báo được ai nữa; hãy giữ một bản dự phòng.",
        "When the health authority asks, this code warns those who were here. Without it nobody "
        "can be warned: keep a second copy.",
    ),
    (
        "Ai có mã này có thể giả làm chủ địa điểm. Nếu lộ, hãy tạo mã mới và thay áp phích.",
        "Whoever has it can pose as the owner. If it leaks, make a new code and a new poster.",
    ),
)
CARDS_ON_A_SHEET = 8
_CARD_WIDTH, _CARD_HEIGHT = 98.0, 62.0
_CARD_CODE = 46.0
_CARD_WORDS = (
    ("Thẻ khách không có điện thoại", 9.5, True),
    ("Card of a visitor without a phone", 7, False),
    ("Đưa thẻ này cho nhân viên quét khi vào.", 8.5, False),
    ("Let the staff scan it at the door.", 7, False),
    ("Chỉ cơ quan y tế đọc được, và chỉ khi nơi bạn đến có ca bệnh.", 8.5, False),
    ("Only the health authority can read it, and only if somebody fell ill there.", 7, False),
    ("Dùng lần lượt từng thẻ.", 8.5, False),
    ("Use the cards in turn.", 7, False),
)


@page_settings()
def private_sheet(*, name: str, address: str, code: str) -> Page:
    """Return the sheet with a private code.

    Raises:
        MalformedError: the font lacks a character of the name or the address.
        LimitError: the code is more than a QR code holds.
    """
    page = Page(name)
    _warning(page)
    top = _BAND + 5
    top += page.words(name, Box(_MARGIN, top, _INNER, 17), 22, face=BOLD, align="center")
    page.words(address, Box(_MARGIN, top, _INNER, 9), 12, colour=FAINT, align="center")
    left = (WIDTH - _CODE) / 2
    page.panel(Box(left, _CODE_TOP, _CODE, _CODE), PAPER, rounded=5, edge=WARNING)
    page.code(code, left + 2, _CODE_TOP + 2, _CODE - 4)
    _rules(page)
    return page


def _warning(page: Page) -> None:
    page.panel(Box(0, 0, WIDTH, _BAND), WARNING)
    lines = (
        ("RIÊNG TƯ: KHÔNG TREO LÊN", 5.5, 19.0, 32),
        ("PRIVATE: DO NOT PUT UP", 22.5, 12.0, 21),
        ("Mã truy vết của địa điểm · Trace code of the venue", 37.0, 8.0, 13),
    )
    for words, top, height, points in lines:
        box = Box(_MARGIN, top, _INNER, height)
        page.words(words, box, points, face=BOLD, colour=PAPER, align="center")


def _rules(page: Page) -> None:
    page.panel(Box(_MARGIN, _RULES_TOP, _INNER, 54), WARNING_TINT, rounded=3)
    left, width, top = _MARGIN + 5, _INNER - 10, _RULES_TOP + 4
    for words, english in _RULES:
        top += page.words(words, Box(left, top, width, 11), 11.5)
        top += page.words(english, Box(left, top, width, 9), 9, colour=FAINT) + 2.5


@page_settings()
def card_sheet(codes: Sequence[str]) -> Page:
    """Return a page of cards, to be cut out.

    Args:
        codes: of the cards, at most `CARDS_ON_A_SHEET`.

    Raises:
        LimitError: a code is more than a QR code holds.
    """
    page = Page("dp3t")
    across, down = (WIDTH - 2 * _CARD_WIDTH) / 2, (HEIGHT - 4 * _CARD_HEIGHT) / 2
    for place, code in enumerate(codes):
        row, column = divmod(place, 2)
        _card(page, across + column * _CARD_WIDTH, down + row * _CARD_HEIGHT, code)
    return page


def _card(page: Page, left: float, top: float, code: str) -> None:
    page.panel(Box(left, top, _CARD_WIDTH, _CARD_HEIGHT), PAPER, edge=CUT, edge_mm=0.2)
    page.code(code, left + 2, top + (_CARD_HEIGHT - _CARD_CODE) / 2, _CARD_CODE)
    words = left + _CARD_CODE + 2
    at = top + 6
    for line, points, bold in _CARD_WORDS:
        box = Box(words, at, _CARD_WIDTH - _CARD_CODE - 5, 16)
        at += page.words(line, box, points, face=BOLD if bold else REGULAR)
        at += 0 if points > 8 else 2  # below the English line
