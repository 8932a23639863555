"""How words are fitted into a box: broken between words, and made smaller until they fit."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from unicodedata import category, normalize

from matplotlib import get_data_path
from matplotlib.font_manager import FontProperties, get_font
from matplotlib.ft2font import FT2Font, LoadFlags

from dp3t.errors import MalformedError

MM_PER_POINT = 25.4 / 72
LINE = 1.3
"""Distance of lines over the size of the font: room for the two marks of Ễ and Ộ."""

_SHRINKS = 0.96
_MEASURED_AT_POINTS = 100


@dataclass(frozen=True, slots=True)
class Typeface:
    """A font that matplotlib carries, so that a page is the same on every machine."""

    file: str

    @property
    def properties(self) -> FontProperties:
        """The font, as matplotlib draws with it."""
        return FontProperties(fname=self._path)

    def width_mm(self, words: str, points: float) -> float:
        """Return how wide a line of text is."""
        return _width(self, words) * points

    def require(self, words: str) -> None:
        """Raise MalformedError where the font lacks a character; it is named by its code."""
        font = self.font()
        for character in words:
            if font.get_char_index(ord(character)) == 0:
                raise MalformedError(f"the poster's font has no character U+{ord(character):04X}")

    def font(self) -> FT2Font:
        """Return the opened file, sized for measuring."""
        font = get_font(self._path)
        font.set_size(_MEASURED_AT_POINTS, 72)
        return font

    @property
    def _path(self) -> Path:
        return Path(get_data_path(), "fonts", "ttf", self.file)


REGULAR = Typeface("DejaVuSans.ttf")
BOLD = Typeface("DejaVuSans-Bold.ttf")


@cache
def _width(face: Typeface, words: str) -> float:
    """Return millimetres per point of size."""
    font = face.font()
    font.set_text(words, 0.0, flags=LoadFlags.NO_HINTING)
    return font.get_width_height()[0] / 64 / _MEASURED_AT_POINTS * MM_PER_POINT


@dataclass(frozen=True, slots=True)
class Fitted:
    """Words as they stand in their box.

    Attributes:
        lines: from the upper one down.
        face: the font.
        points: its size.
    """

    lines: tuple[str, ...]
    face: Typeface
    points: float

    @property
    def height_mm(self) -> float:
        """How much of the page they take."""
        return len(self.lines) * self.points * LINE * MM_PER_POINT


def fitted(words: str, face: Typeface, *, width: float, height: float, largest: float) -> Fitted:
    """Return words as lines of the largest font, up to a size, with which they fit into a box.

    Args:
        words: any text; marks are joined with their letters, and space is collapsed.
        face: the font.
        width: of the box, in millimetres.
        height: of the box, in millimetres.
        largest: the size to begin with, in points.

    Raises:
        MalformedError: the font lacks a character.
    """
    words = " ".join(normalize("NFC", words).split())
    face.require(words)
    points = largest
    while True:
        lines = _broken(words, face, width=width, points=points)
        found = Fitted(tuple(lines), face, points)
        if found.height_mm <= height:
            return found
        points *= _SHRINKS


def _broken(words: str, face: Typeface, *, width: float, points: float) -> list[str]:
    """Return lines no wider than the box; a word wider than that is broken where it must be."""
    lines = [""]
    for word in words.split():
        longer = f"{lines[-1]} {word}".lstrip()
        if face.width_mm(longer, points) <= width:
            lines[-1] = longer
            continue
        lines += _pieces(word, face, width=width, points=points)
    return [line for line in lines if line]


def _pieces(word: str, face: Typeface, *, width: float, points: float) -> list[str]:
    pieces = [""]
    for character in word:
        longer = pieces[-1] + character
        if face.width_mm(longer, points) > width and not category(character).startswith("M"):
            pieces.append(character)
        else:
            pieces[-1] = longer
    return pieces
