"""The poster at the door: what people in a market see, in Vietnamese and English."""

from dataclasses import dataclass

from dp3t.cli.presence.page import FAINT, INK, PAPER, WIDTH, Box, Page, page_settings
from dp3t.cli.presence.typesetting import BOLD, REGULAR, fitted

ACCENT, TINT = "#0b5d57", "#e8f3f1"
_MARGIN = 13.0
_INNER = WIDTH - 2 * _MARGIN
_GAP = 5.0
_BAND = 37.0
_CODE = 124.0
_CODE_TOP = 72.0
_STEPS_TOP = _CODE_TOP + _CODE + 4.5
_PROMISES_TOP = 242.0
_PROMISES_HEIGHT = 43.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Poster:
    """What a poster shows beside what all posters say.

    Attributes:
        name: of the venue.
        address: of the venue.
        link: what its entry code holds.
        valid: when the code is good, in both languages; None where it always is.
    """

    name: str
    address: str
    link: str
    valid: str | None = None


@dataclass(frozen=True, slots=True)
class _Words:
    """A heading and what stands below it, each in Vietnamese and English."""

    title: str
    title_en: str
    body: str
    body_en: str


_STEPS = (
    _Words(
        "Quét mã",
        "Scan",
        "Khi vào, mở ứng dụng và quét mã này.",
        "When you come in, open the app and scan this code.",
    ),
    _Words(
        "Cứ ở lại",
        "Stay",
        "Khi về, bấm “Rời đi”. Nếu quên, điện thoại tự kết thúc.",
        "Tap “Leave” when you go. If you forget, the phone does it.",
    ),
    _Words(
        "Được báo tin",
        "Be warned",
        "Nếu có người mắc bệnh ở đây cùng lúc, điện thoại sẽ báo.",
        "If somebody ill was here when you were, your phone tells you.",
    ),
)
_PROMISES = (
    _Words(
        "Không ai biết bạn đã đến đây",
        "Nobody learns that you were here",
        "Chuyến ghé thăm chỉ nằm trong điện thoại của bạn, được mã hóa và tự xóa sau 10 ngày. "
        "Ngoài bạn ra, không ai nhận được gì.",
        "Your visit stays on your phone, encrypted, and is erased after 10 days. Nobody else "
        "receives anything.",
    ),
    _Words(
        "Không có điện thoại?",
        "No phone?",
        "Hãy hỏi nhân viên: bạn có thể để lại phiếu niêm phong. Chỉ khi nơi này có ca bệnh, cơ "
        "quan y tế mới mở được để báo cho bạn.",
        "Ask the staff: you can leave a sealed slip. Only if somebody here falls ill can the "
        "health authority open it.",
    ),
)


@page_settings()
def poster_page(poster: Poster) -> Page:
    """Return the poster.

    Raises:
        MalformedError: the font lacks a character of the name or the address.
        LimitError: the link is more than a QR code holds.
    """
    page = Page(poster.name)
    _heading(page)
    _venue(page, poster)
    left = (WIDTH - _CODE) / 2
    page.panel(Box(left, _CODE_TOP, _CODE, _CODE), PAPER, rounded=5, edge=ACCENT)
    page.code(poster.link, left + 2, _CODE_TOP + 2, _CODE - 4)
    for number, step in enumerate(_STEPS):
        _step(page, number, step)
    for number, promise in enumerate(_PROMISES):
        _promise(page, number, promise)
    return page


def _heading(page: Page) -> None:
    page.panel(Box(0, 0, WIDTH, _BAND), ACCENT)
    title, english = Box(_MARGIN, 5, _INNER, 19), Box(_MARGIN, 23.5, _INNER, 11)
    page.words("Xin quét mã khi vào", title, 36, face=BOLD, colour=PAPER, align="center")
    page.words("Please scan when you come in", english, 19, colour=PAPER, align="center")


def _venue(page: Page, poster: Poster) -> None:
    """Put name, address and validity in the middle between the heading and the code."""
    lines = [
        (fitted(poster.name, BOLD, width=_INNER, height=19, largest=30), INK),
        (fitted(poster.address, REGULAR, width=_INNER, height=10, largest=14), FAINT),
    ]
    if poster.valid:
        lines.append((fitted(poster.valid, BOLD, width=_INNER, height=7, largest=13), ACCENT))
    top = (_BAND + _CODE_TOP - sum(words.height_mm for words, _ in lines)) / 2
    for words, colour in lines:
        page.write(words, Box(_MARGIN, top, _INNER, 0), colour=colour, align="center")
        top += words.height_mm


def _step(page: Page, number: int, step: _Words) -> None:
    width = (_INNER - 2 * _GAP) / 3
    left, top = _MARGIN + number * (width + _GAP), _STEPS_TOP
    page.disc(left + 5, top + 5.5, 5, ACCENT)
    digit = Box(left, top + 1.6, 10, 8)
    page.words(str(number + 1), digit, 17, face=BOLD, colour=PAPER, align="center")
    page.words(step.title, Box(left + 12, top, width - 12, 7), 14, face=BOLD)
    page.words(step.title_en, Box(left + 12, top + 6, width - 12, 5), 10, colour=FAINT)
    height = page.words(step.body, Box(left, top + 12.5, width, 15), 11)
    page.words(step.body_en, Box(left, top + 13.5 + height, width, 10), 9.5, colour=FAINT)


def _promise(page: Page, number: int, promise: _Words) -> None:
    width = (_INNER - _GAP) / 2
    left, top = _MARGIN + number * (width + _GAP), _PROMISES_TOP
    page.panel(Box(left, top, width, _PROMISES_HEIGHT), TINT, rounded=3)
    left, width = left + 4, width - 8
    page.words(promise.title, Box(left, top + 3, width, 7), 13, face=BOLD, colour=ACCENT)
    page.words(promise.title_en, Box(left, top + 9, width, 5), 9.5, colour=ACCENT)
    height = page.words(promise.body, Box(left, top + 15.5, width, 17), 10)
    page.words(promise.body_en, Box(left, top + 16.5 + height, width, 11), 9, colour=FAINT)
