"""A printable A4 page: what stands on it in millimetres, and its bytes as PDF and PNG."""

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

import matplotlib as mpl
import segno
from matplotlib.backends.backend_pdf import PdfPages
from matplotlib.figure import Figure
from matplotlib.patches import Circle, FancyBboxPatch, PathPatch, Rectangle
from matplotlib.path import Path
from segno.encoder import DataOverflowError

from dp3t.cli.presence.typesetting import LINE, MM_PER_POINT, REGULAR, Fitted, Typeface, fitted
from dp3t.errors import LimitError

INK, FAINT, PAPER = "#1b2226", "#4f5b62", "#ffffff"
WIDTH, HEIGHT = 210.0, 297.0
QUIET_MODULES = 4
"""The margin that ISO/IEC 18004 asks for on all sides of a QR code."""

Align = Literal["left", "center"]
_MM_PER_INCH = 25.4
_ASCENT = 0.95
"""Where a line's letters stand below its upper edge, over the size of the font."""


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle on a page, in millimetres from the upper left corner."""

    left: float
    top: float
    width: float
    height: float


class Page:
    """An A4 page, drawn from the back to the front."""

    def __init__(self, title: str) -> None:
        self.title = title
        size = (WIDTH / _MM_PER_INCH, HEIGHT / _MM_PER_INCH)
        self.figure = Figure(figsize=size, facecolor=PAPER)
        self._axes = self.figure.add_axes((0, 0, 1, 1))
        self._axes.set_xlim(0, WIDTH)
        self._axes.set_ylim(HEIGHT, 0)
        self._axes.axis("off")

    def panel(
        self,
        box: Box,
        colour: str,
        *,
        rounded: float = 0,
        edge: str | None = None,
        edge_mm: float = 1,
    ) -> None:
        """Draw a filled rectangle, with an edge where a colour for one is given."""
        shape = FancyBboxPatch(
            (box.left, box.top),
            box.width,
            box.height,
            boxstyle=f"round,pad=0,rounding_size={rounded}" if rounded else "square,pad=0",
            facecolor=colour,
            edgecolor=edge,
            linewidth=edge_mm / MM_PER_POINT if edge else 0,
        )
        self._axes.add_patch(shape)

    def disc(self, left: float, top: float, radius: float, colour: str) -> None:
        """Draw a filled disc around a point."""
        self._axes.add_patch(Circle((left, top), radius, facecolor=colour, linewidth=0))

    def words(
        self,
        text: str,
        box: Box,
        largest: float,
        *,
        face: Typeface = REGULAR,
        colour: str = INK,
        align: Align = "left",
    ) -> float:
        """Write text into a box, as large as fits up to a size in points; return its height.

        Raises:
            MalformedError: the font lacks a character.
        """
        found = fitted(text, face, width=box.width, height=box.height, largest=largest)
        self.write(found, box, colour=colour, align=align)
        return found.height_mm

    def write(self, words: Fitted, box: Box, *, colour: str, align: Align) -> None:
        """Write what was fitted, from the upper edge of a box on."""
        left = box.left + (box.width / 2 if align == "center" else 0)
        for line, top in zip(words.lines, _baselines(words, box.top), strict=True):
            self._axes.text(
                left,
                top,
                line,
                fontproperties=words.face.properties,
                fontsize=words.points,
                color=colour,
                ha=align,
                va="baseline",
                parse_math=False,
            )

    def code(self, content: str, left: float, top: float, side: float) -> None:
        """Draw a QR code in a white square of a width that includes its quiet zone.

        Raises:
            LimitError: more than the largest QR code holds.
        """
        code = qr_code(content)
        module = side / (len(code.matrix) + 2 * QUIET_MODULES)
        self._axes.add_patch(Rectangle((left, top), side, side, facecolor=PAPER, linewidth=0))
        margin = QUIET_MODULES * module
        path = Path.make_compound_path(
            *(
                _rectangle(left + margin + x * module, top + margin + y * module, run, module)
                for x, y, run in _runs(code.matrix, module)
            )
        )
        self._axes.add_patch(PathPatch(path, facecolor="black", linewidth=0))


def qr_code(content: str) -> segno.QRCode:
    """Return a QR code that bears 15 % of damage, or more where that costs no module.

    Raises:
        LimitError: more than the largest QR code holds.
    """
    try:
        return segno.make_qr(content, error="m")
    except DataOverflowError:
        raise LimitError("more than a QR code holds") from None


def code_png(content: str, *, dots: int = 10) -> bytes:
    """Return a QR code with its quiet zone as a picture, so many dots for each module.

    Raises:
        LimitError: more than the largest QR code holds.
    """
    stream = io.BytesIO()
    qr_code(content).save(stream, kind="png", scale=dots, border=QUIET_MODULES)
    return stream.getvalue()


def _baselines(found: Fitted, top: float) -> Iterator[float]:
    for number in range(len(found.lines)):
        yield top + (number * LINE + _ASCENT) * found.points * MM_PER_POINT


def _runs(matrix: Sequence[bytearray], module: float) -> Iterator[tuple[int, int, float]]:
    """Yield the dark runs of every row: column, row, and width in millimetres."""
    for y, row in enumerate(matrix):
        start = None
        for x, dark in enumerate((*row, 0)):
            if dark and start is None:
                start = x
            elif not dark and start is not None:
                yield start, y, (x - start) * module
                start = None


def _rectangle(left: float, top: float, width: float, height: float) -> Path:
    right, bottom = left + width, top + height
    corners = [(left, top), (right, top), (right, bottom), (left, bottom), (left, top)]
    return Path(corners, [Path.MOVETO, *[Path.LINETO] * 3, Path.CLOSEPOLY])


@contextmanager
def page_settings() -> Iterator[None]:
    """Draw and save inside as on every machine, whatever the user's own settings say."""
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams["pdf.fonttype"] = 42  # TrueType, as it is: text stays text
        mpl.rcParams["text.hinting"] = "no_hinting"  # or words are wider than they were measured
        yield


def pdf(pages: Sequence[Page]) -> bytes:
    """Return pages as one PDF; the same pages give the same bytes."""
    stream = io.BytesIO()
    known = {"Title": pages[0].title, "Creator": "dp3t", "Producer": "dp3t", "CreationDate": None}
    with page_settings(), PdfPages(stream, metadata=known) as file:
        for page in pages:
            file.savefig(page.figure)
    return stream.getvalue()


def png(page: Page, *, dots_per_inch: int = 150) -> bytes:
    """Return a page as a picture; the same page gives the same bytes."""
    stream = io.BytesIO()
    with page_settings():
        page.figure.savefig(stream, format="png", dpi=dots_per_inch, metadata={"Software": None})
    return stream.getvalue()
