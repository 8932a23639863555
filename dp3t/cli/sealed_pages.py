"""Sealed things for the authority: one in a file, or a page of them from the server."""

import json
from base64 import b64decode
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from rich.box import SIMPLE_HEAD
from rich.markup import escape
from rich.table import Table

from dp3t.cli.language import text
from dp3t.errors import Dp3tError, MalformedError
from dp3t.primitives import sha256


@dataclass(frozen=True, slots=True)
class SealedPage:
    """What stands in a file.

    Attributes:
        sealed: one sealed thing, or those of a page.
        more: whether the server has others after the page; None where the file is no page.
    """

    sealed: tuple[bytes, ...]
    more: bool | None = None

    @property
    def last(self) -> str:
        """The name after which a server would go on: the SHA-256, as all of these are named by."""
        return max((sha256(each).hex() for each in self.sealed), default="")


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedKind:
    """What is sealed.

    Attributes:
        one: what one is called.
        listed: what they are called in the JSON of a page.
        length_bytes: how long each is.
        most_page_bytes: how long a page can be.
    """

    one: str
    listed: str
    length_bytes: int
    most_page_bytes: int

    def read(self, path: Path) -> SealedPage:
        """Return what a file holds.

        Raises:
            MalformedError: neither one sealed thing nor a page of them.
        """
        with path.open("rb") as file:
            return self.parse(file.read(self.most_page_bytes + 1), place=str(path))

    def parse(self, data: bytes, *, place: str) -> SealedPage:
        """Return what some bytes hold; `place` says where they come from.

        Raises:
            MalformedError: neither one sealed thing nor a page of them.
        """
        if len(data) == self.length_bytes:
            return SealedPage((data,))
        if len(data) > self.most_page_bytes:
            raise MalformedError(f"{place}: larger than any page of {self.one}s")
        try:
            page = json.loads(data)
            sealed = tuple(b64decode(each["sealed"], validate=True) for each in page[self.listed])
            return SealedPage(sealed, more=page.get("more") is True)
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            raise MalformedError(
                f"{place}: neither a {self.one} of {self.length_bytes} bytes nor a page of them"
            ) from None

    async def fetch(self, page_after: Callable[[str], Awaitable[bytes]]) -> list[SealedPage]:
        """Return all pages that a server has, each asked for by the last name before it."""
        pages, after = list[SealedPage](), ""
        while True:
            page = self.parse(await page_after(after), place="the server's page")
            pages.append(page)
            if not page.more or page.last <= after:
                return pages
            after = page.last


def others_after(pages: Iterable[SealedPage]) -> str | None:
    """Return the name after which others follow; None where the last page of all is here."""
    told = [page for page in pages if page.more is not None]
    last = max(told, key=lambda page: (page.last, not page.more), default=SealedPage(()))
    return last.last if last.more else None


def refused_table(refused: Mapping[str, Dp3tError]) -> Table:
    """Return what is put aside, by name, each with its reason."""
    table = Table(
        text(en="Not shown", vi="Không hiển thị"), text(en="Why", vi="Lý do"), box=SIMPLE_HEAD
    )
    for name, error in refused.items():
        table.add_row(name, escape(str(error)))
    return table
