"""The private sheet of a venue: its trace code as a QR code, marked so that nobody puts it up."""

from dp3t.cli.presence.page import FAINT, PAPER, WIDTH, Box, Page
from dp3t.cli.presence.typesetting import BOLD

WARNING, WARNING_TINT = "#b42318", "#fdecea"
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
