"""Reading codes from pictures: photographs of a poster, scans of paper, drawn files."""

import io
import warnings
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import zxingcpp
from PIL import Image, ImageChops, ImageFilter

from dp3t.errors import LimitError, MalformedError

MAX_PIXELS = 2**26
"""What the largest cameras of phones take, 64 million; more is refused before it is unpacked."""

_KINDS = ("PNG", "JPEG", "WEBP", "BMP", "GIF", "TIFF")
_NEIGHBOURHOOD_DOTS = 40
_CONTRAST = 10
_SMALL_PIXELS = 2**22


@dataclass(frozen=True, slots=True)
class Code:
    """A code in a picture.

    Attributes:
        kind: "QR code", or what else it is.
        text: what it holds; empty where that is no text.
    """

    kind: str
    text: str


def read_codes(picture: bytes, *, wanted: Callable[[Code], bool]) -> tuple[Code, ...]:
    """Return the codes in a picture, each once.

    A picture in which none is wanted is read again, and again, with its faults mended: dim light,
    noise, blur, too few dots.

    Args:
        picture: a file of a kind that cameras and scanners write.
        wanted: whether a code is what somebody looks for.

    Raises:
        LimitError: too many dots.
        MalformedError: no picture, or none of a kind that is read.
    """
    grey = _grey(picture)
    found = dict[Code, None]()
    for mended in _mended(grey):
        found |= dict.fromkeys(_codes_in(mended))
        if any(map(wanted, found)):
            break
    return tuple(found)


def _grey(picture: bytes) -> Image.Image:
    """Unpack a picture, as grey values; its width and height are looked at first."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow's own limit warns; ours is lower, and refuses
            image = Image.open(io.BytesIO(picture), formats=_KINDS)
        if image.width * image.height <= MAX_PIXELS:
            return _on_white(image)
    except Image.DecompressionBombError:
        pass
    except Exception:  # decoders of pictures raise whatever they meet: struct.error, KeyError …
        raise MalformedError(
            f"is no picture that can be read: one of {', '.join(_KINDS)} is needed"
        ) from None
    raise LimitError(f"the picture has more than {MAX_PIXELS} dots")


def _on_white(image: Image.Image) -> Image.Image:
    """Return grey values, with what is transparent on white; drawn codes often have no ground."""
    if image.mode.startswith("I"):  # 16 bits for each dot, which convert() would cut off
        image = image.point(lambda value: value * (1 / 256))
    if not image.has_transparency_data:
        return image.convert("L")
    coloured = image.convert("RGBA")
    paper = Image.new("L", coloured.size, 255)
    paper.paste(coloured.convert("L"), mask=coloured.getchannel("A"))
    return paper


def _mended(grey: Image.Image) -> Iterator[Image.Image]:
    """Yield the picture, then others made of it in which more can be seen."""
    yield grey
    # For low light, and light beside shadow: how each dot differs from those around it.
    around = grey.filter(ImageFilter.BoxBlur(_NEIGHBOURHOOD_DOTS))
    bright = ImageChops.subtract(grey, around, scale=1 / _CONTRAST, offset=128)
    yield bright
    yield bright.filter(ImageFilter.GaussianBlur(1.5))  # for noise
    if grey.width * grey.height <= _SMALL_PIXELS:  # for blur
        large = grey.resize((2 * grey.width, 2 * grey.height), Image.Resampling.BICUBIC)
        yield large.filter(ImageFilter.UnsharpMask(radius=4, percent=200, threshold=0))


def _codes_in(grey: Image.Image) -> Iterable[Code]:
    for each in zxingcpp.read_barcodes(grey, text_mode=zxingcpp.TextMode.Plain):
        yield Code(_kind(each), each.text)


def _kind(barcode: zxingcpp.Barcode) -> str:
    if barcode.format == zxingcpp.BarcodeFormat.QRCode:
        return "QR code"
    return str(barcode.format)
