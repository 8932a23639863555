"""Posters of one venue, drawn once for all tests that photograph them."""

from functools import cache
from random import Random

from PIL import Image

from dp3t.cli.presence.page import png
from dp3t.cli.presence.poster import Poster, poster_page
from dp3t.presence.venue import VenueCode, set_up
from dp3t.primitives import X25519PrivateKey
from photographs import opened

AUTHORITY = X25519PrivateKey(bytes(range(32)))
NAME = "Chợ Bến Thành, cửa Bắc"
ADDRESS = "Đường Lê Lợi, Phường Bến Thành, Thành phố Hồ Chí Minh"


@cache
def market(number: int = 1) -> VenueCode:
    """Return a venue of its own for each number, with a name as long as such names are."""
    return set_up(
        description=f"{NAME} {number}",
        address=ADDRESS,
        authority=AUTHORITY.public(),
        rand=Random(number).randbytes,
        default_stay_seconds=5400,
    )


def poster_of(code: VenueCode) -> Poster:
    """Return what stands on the poster of a venue."""
    entry = code.entry
    return Poster(name=entry.description, address=entry.address, link=entry.link())


@cache
def photograph(number: int = 1) -> Image.Image:
    """Return the poster of a market, as sharp as it is drawn."""
    return opened(png(poster_page(poster_of(market(number)))))
