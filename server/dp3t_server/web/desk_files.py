"""The files of a facility's own page, which its browser keeps, and the program that keeps them."""

import json
import re
from collections.abc import Iterator
from functools import cache
from importlib import resources

from dp3t.primitives import sha256
from dp3t_server.web.language import TAGS

_PACKAGE = resources.files(__package__)
_ENTRY = "desk.js"
_STYLES = ("style.css", "facilities.css", "facility_desk.css", "icon.svg")
_MADE_OF = ("templates/layout.html", "templates/desk.html")
_IMPORTED = re.compile(r'(?:\bfrom|^import) "\./([a-z_]+\.js)"', re.MULTILINE)
_VERSION_BYTES = 8


@cache
def desk_files() -> tuple[str, ...]:
    """Return the names of the static files that the page needs, its scripts with all they load."""
    return (*_STYLES, *sorted(_scripts()))


@cache
def worker_script(*, files: str, pages: str) -> bytes:
    """Return the program that keeps the page in a browser [DESK-PAGE-9].

    Args:
        files: the path of the static files, from the region's root on, ending in a slash.
        pages: that of the facilities' pages.
    """
    paths = [
        *(f"{pages}{tag}/desk" for tag in TAGS),
        *(f"{files}{name}" for name in desk_files()),
    ]
    given = f'const VERSION = "{_version()}";\nconst FILES = {json.dumps(paths)};\n'
    return given.encode() + _read("static/desk_worker.js")


def _scripts() -> Iterator[str]:
    waiting, seen = [_ENTRY], {_ENTRY}
    while waiting:
        name = waiting.pop()
        yield name
        found = set(_IMPORTED.findall(_read(f"static/{name}").decode())) - seen
        seen |= found
        waiting += found


def _version() -> str:
    """Return what changes with any file of the page, or with what the page is made of."""
    made_of = [f"static/{name}" for name in (*desk_files(), "desk_worker.js")]
    made_of += [*_MADE_OF, *(f"languages/{tag}.toml" for tag in TAGS)]
    digests = b"".join(sha256(_read(path)) for path in made_of)
    return sha256(digests)[:_VERSION_BYTES].hex()


def _read(path: str) -> bytes:
    return _PACKAGE.joinpath(path).read_bytes()
