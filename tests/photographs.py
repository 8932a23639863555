"""Pictures such as a phone takes of a poster, always the same, made with Pillow."""

import io
from random import Random

from PIL import Image, ImageFilter

_TABLE = "#806a50"


def opened(picture: bytes) -> Image.Image:
    """Return a picture in colours."""
    return Image.open(io.BytesIO(picture)).convert("RGB")


def as_jpeg(image: Image.Image, *, quality: int = 40) -> bytes:
    """Return a picture as a phone stores it."""
    stream = io.BytesIO()
    image.save(stream, "JPEG", quality=quality)
    return stream.getvalue()


def as_png(image: Image.Image) -> bytes:
    """Return a picture as it is."""
    stream = io.BytesIO()
    image.save(stream, "PNG")
    return stream.getvalue()


def rotated(image: Image.Image, degrees: float = 17) -> Image.Image:
    """Hold the phone askew."""
    return image.rotate(degrees, expand=True, fillcolor=_TABLE, resample=Image.Resampling.BICUBIC)


def in_perspective(image: Image.Image) -> Image.Image:
    """Stand to the left of the poster and below it."""
    width, height = image.size
    corners = (-120, -80, 60, height + 150, width - 40, height + 50, width + 250, -150)
    return image.transform(
        image.size, Image.Transform.QUAD, corners, Image.Resampling.BICUBIC, fillcolor=_TABLE
    )


def noisy(image: Image.Image, share: float = 0.3) -> Image.Image:
    """Mix a picture with random dots."""
    dots = Random(1).randbytes(image.width * image.height)
    grey = Image.frombytes("L", image.size, dots)
    return Image.blend(image, Image.merge("RGB", [grey] * 3), share)


def blurred(image: Image.Image, radius: float = 2) -> Image.Image:
    """Miss the focus."""
    return image.filter(ImageFilter.GaussianBlur(radius))


def darkened(image: Image.Image, divisor: int = 4) -> Image.Image:
    """Come in the evening."""
    return image.point(lambda value: 4 + value // divisor)


def shrunk(image: Image.Image, factor: float) -> Image.Image:
    """Stand far away."""
    return image.resize(
        (round(image.width * factor), round(image.height * factor)), Image.Resampling.BOX
    )


def on_a_wall(image: Image.Image) -> Image.Image:
    """See a poster somewhere on a wall, small."""
    wall = Image.new("RGB", (2400, 1800), _TABLE)
    wall.paste(image, (900, 600))
    return wall


def side_by_side(*images: Image.Image) -> Image.Image:
    """Put several posters on one wall."""
    wall = Image.new(
        "RGB",
        (sum(image.width for image in images), max(image.height for image in images)),
        _TABLE,
    )
    left = 0
    for image in images:
        wall.paste(image, (left, 0))
        left += image.width
    return wall
