"""The poster at the door: two languages, nothing off its place, the same bytes each time."""

import re
import shutil
import subprocess
from pathlib import Path
from random import Random
from unicodedata import normalize

import matplotlib as mpl
import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from dp3t.cli.presence.drawn import posters
from dp3t.cli.presence.images import read_codes
from dp3t.cli.presence.page import HEIGHT, WIDTH, Page, code_png, page_settings, png, qr_code
from dp3t.cli.presence.poster import Poster, poster_page
from dp3t.cli.presence.sheets import CARDS_ON_A_SHEET, card_sheet, private_sheet
from dp3t.cli.presence.typesetting import BOLD, REGULAR, fitted
from dp3t.errors import LimitError, MalformedError
from dp3t.presence.card import Card
from dp3t.presence.entry import EntryCode
from dp3t.presence.entry_link import DEFAULT_BASE
from photographs import opened
from posters import ADDRESS, AUTHORITY, NAME, market, poster_of
from visits import venue

LONG_NAME = (
    "Trung tâm Thương mại Dịch vụ Tổng hợp và Chợ Đầu mối Nông sản Thực phẩm Thủ Đức, "
    "nhà lồng ẫẵễỗỮỆ"
)[:100]
WIDEST = "W" * 100
LINK = f"{DEFAULT_BASE}?v=1#{'A1b-' * 90}"


def texts_of(page: Page) -> list[str]:
    return [words.get_text() for words in page.figure.axes[0].texts]


def require_inside(page: Page, *, margin_mm: float = 9) -> None:
    """Check that words stand within the page's margins and that no two of them touch."""
    with page_settings():
        page.figure.draw_without_rendering()
        boxes = [words.get_window_extent() for words in page.figure.axes[0].texts]
    scale = 25.4 / page.figure.dpi
    for box in boxes:
        assert margin_mm <= box.x0 * scale < box.x1 * scale <= WIDTH - margin_mm
        assert 5 <= box.y0 * scale < box.y1 * scale <= HEIGHT - 5
    for place, one in enumerate(boxes):
        assert not any(one.shrunk(0.97, 0.7).overlaps(other) for other in boxes[:place])


def codes_in(data: bytes) -> list[str]:
    return [code.text for code in read_codes(data, wanted=lambda _: True)]


def code_square(dots: Image.Image) -> tuple[float, float, float]:
    """Return where the black square of a poster's code begins, and how wide it is."""
    (found,) = zxingcpp.read_barcodes(dots)
    corner, opposite = found.position.top_left, found.position.bottom_right
    return corner.x, corner.y, opposite.x - corner.x


@pytest.mark.spec("TERMINAL-28")
def test_a_poster_is_a_page_of_a4_in_both_languages() -> None:
    page = poster_page(poster_of(market()))
    assert [round(25.4 * inches, 3) for inches in page.figure.get_size_inches()] == [210, 297]
    words = " ".join(texts_of(page))
    for said in (
        f"{NAME} 1",
        ADDRESS,
        "Xin quét mã khi vào",
        "Please scan when you come in",
        "Không ai biết bạn đã đến đây",
        "Nobody learns that you were here",
        "Không có điện thoại?",
        "No phone?",
    ):
        assert said in words
    assert [each for each in texts_of(page) if len(each) == 1] == ["1", "2", "3"]


@pytest.mark.spec("TERMINAL-28")
@pytest.mark.parametrize(
    ("name", "address"),
    [
        (NAME, ADDRESS),
        (LONG_NAME, LONG_NAME),
        (WIDEST, WIDEST),
        ("A", "B"),
        ("Ệ" * 100, "Ỗ " * 50),
        ("$x^2$ \\frac{1}{2} %s {0} _", "<b>&amp;</b> \\n"),
    ],
    ids=["usual", "long", "widest", "short", "marks", "markup"],
)
@pytest.mark.parametrize("valid", [None, "Có giá trị · Valid: 24/11/2026 07:00 - 25/11/2026 07:00"])
def test_words_fit_however_long_they_are(name: str, address: str, valid: str | None) -> None:
    page = poster_page(Poster(name=name, address=address, link=LINK, valid=valid))
    require_inside(page)
    assert not any(words.get_parse_math() for words in page.figure.axes[0].texts)
    squeezed = "".join("".join(texts_of(page)).split())
    for words in (name, address, valid or ""):
        assert "".join(words.split()) in squeezed


@pytest.mark.spec("TERMINAL-29")
@pytest.mark.parametrize("name", [NAME, LONG_NAME, WIDEST])
def test_a_private_sheet_says_so_in_both_languages(name: str) -> None:
    page = private_sheet(name=name, address=name, code=market().text())
    words = " ".join(texts_of(page))
    for said in ("RIÊNG TƯ: KHÔNG TREO LÊN", "PRIVATE: DO NOT PUT UP"):
        assert said in words
    require_inside(page)
    assert codes_in(png(page)) == [market().text()]


def test_cards_are_read_from_their_page() -> None:
    cards = [
        Card.of("090 123 4567", authority=AUTHORITY.public(), rand=Random(number).randbytes).text()
        for number in range(CARDS_ON_A_SHEET)
    ]
    page = card_sheet(cards)
    require_inside(page, margin_mm=7)
    found = codes_in(png(page, dots_per_inch=200))
    assert sorted(found) == sorted(cards)


@pytest.mark.spec("TERMINAL-28")
def test_around_the_code_are_four_white_modules() -> None:
    page = poster_page(poster_of(market()))
    dots = opened(png(page, dots_per_inch=300)).convert("L")
    (link,) = codes_in(png(page))
    modules = qr_code(link).symbol_size(border=0)[0]
    left, top, side = code_square(dots)
    margin = 4 * side / modules
    place = (left - margin, top - margin, left + side + margin, top + side + margin)
    around = dots.crop(place)
    first, last = int(margin) - 2, int(margin + side) + 3
    around.paste(255, (first, first, last, last))
    assert around.getextrema() == (255, 255)


@pytest.mark.spec("TERMINAL-30")
def test_the_same_codes_give_the_same_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    def drawn() -> tuple[bytes, ...]:
        entries = [market(1).entry, market(2).entry]
        page = poster_page(poster_of(market()))
        file = posters(entries, link_base=DEFAULT_BASE, utc_offset_seconds=25_200)
        sheet = private_sheet(name=NAME, address=ADDRESS, code="dp3t")
        return file, png(page), png(sheet, dots_per_inch=50), code_png(entries[0].link())

    first = drawn()
    monkeypatch.setitem(mpl.rcParams, "font.family", ["monospace"])
    monkeypatch.setitem(mpl.rcParams, "savefig.bbox", "tight")
    monkeypatch.setitem(mpl.rcParams, "pdf.fonttype", 3)
    monkeypatch.setitem(mpl.rcParams, "path.sketch", (5, 100, 2))
    monkeypatch.setitem(mpl.rcParams, "text.usetex", True)
    monkeypatch.setitem(mpl.rcParams, "axes.facecolor", "pink")
    assert drawn() == first


@pytest.mark.spec("TERMINAL-28")
def test_a_file_of_posters_has_a_page_for_each_and_text_that_is_text() -> None:
    data = posters([market(1).entry, market(2).entry], link_base=DEFAULT_BASE, utc_offset_seconds=0)
    assert data.startswith(b"%PDF-")
    assert len(re.findall(rb"/Type /Page\b", data)) == 2
    assert b"/FontFile2" in data  # TrueType
    assert b"CreationDate" not in data


@pytest.mark.spec("TERMINAL-28")
@pytest.mark.parametrize(
    ("start", "end", "said"),
    [
        (1_795_478_400, 1_795_564_800, "Valid: 24/11/2026 07:00 - 25/11/2026 07:00"),
        (1_795_478_400, None, "Valid from 24/11/2026 07:00"),
        (None, 1_795_564_800, "Valid until 25/11/2026 07:00"),
        (None, None, None),
    ],
)
def test_a_poster_says_by_the_clock_of_the_place_when_it_is_good(
    monkeypatch: pytest.MonkeyPatch, start: int | None, end: int | None, said: str | None
) -> None:
    seen: list[Poster] = []
    monkeypatch.setattr("dp3t.cli.presence.drawn.pdf", lambda pages: b"")
    monkeypatch.setattr("dp3t.cli.presence.drawn.poster_page", seen.append)
    entry = venue(1, start=start, end=end).entry
    posters([entry], link_base=DEFAULT_BASE, utc_offset_seconds=25_200)
    assert seen[0].valid is None if said is None else str(seen[0].valid).endswith(said)


def test_a_page_rendered_from_the_pdf_is_read(tmp_path: Path) -> None:
    """Valid: what comes out of a printer, and not only what we draw."""
    renderer = shutil.which("pdftoppm")
    if renderer is None:
        pytest.skip("no renderer of PDF (pdftoppm) is installed")
    entry = market().entry
    data = posters([entry], link_base=DEFAULT_BASE, utc_offset_seconds=0)
    (tmp_path / "poster.pdf").write_bytes(data)
    subprocess.run(
        [renderer, "-png", "-r", "100", str(tmp_path / "poster.pdf"), str(tmp_path / "page")],
        check=True,
    )
    (page,) = tmp_path.glob("page*.png")
    assert codes_in(page.read_bytes()) == [entry.link()]
    assert opened(page.read_bytes()).size == (827, 1170)


def test_marks_are_joined_with_their_letters() -> None:
    """Two code points for one letter would be drawn beside each other."""
    apart = normalize("NFD", LONG_NAME)
    assert apart != LONG_NAME
    assert fitted(apart, BOLD, width=184, height=19, largest=30).lines == (
        fitted(LONG_NAME, BOLD, width=184, height=19, largest=30).lines
    )


@pytest.mark.parametrize("words", ["湖南飯店", "Kho \U0001f6d2", "שוק"[:1] + "\u0900"])
def test_a_letter_that_the_font_lacks_is_named(words: str) -> None:
    with pytest.raises(MalformedError, match=r"no character U\+[0-9A-F]{4,5}"):
        poster_page(Poster(name=words, address="A", link=LINK))


def test_more_than_a_code_holds_is_refused() -> None:
    with pytest.raises(LimitError, match="more than a QR code holds"):
        code_png("A" * 5000)


def test_more_posters_than_a_file_holds_are_refused() -> None:
    entries: list[EntryCode] = [market().entry] * 367
    with pytest.raises(LimitError, match="at most 366 posters"):
        posters(entries, link_base=DEFAULT_BASE, utc_offset_seconds=0)


@settings(max_examples=60, deadline=None)
@given(
    st.text(st.sampled_from("WiỆ đ.,-"), min_size=1, max_size=100),
    st.floats(20, 190),
    st.floats(5, 40),
)
def test_fitted_words_are_all_there_and_inside_their_box(
    words: str, width: float, height: float
) -> None:
    found = fitted(words, REGULAR, width=width, height=height, largest=30)
    assert "".join(found.lines).replace(" ", "") == "".join(words.split())
    assert found.height_mm <= height
    assert found.points <= 30
    for line in found.lines:
        assert line == line.strip()
        assert REGULAR.width_mm(line, found.points) <= width
