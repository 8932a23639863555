"""The files of a record as an auditor reads them: from a server, kept in a folder, or from one."""

from collections.abc import Callable, Sequence
from pathlib import Path

from dp3t.cli.files import write_whole
from dp3t.cli.log.site import LOG, Site
from dp3t.errors import TransportError, VerificationError
from dp3t.publication.transparency import CHECKPOINT_PATH, Entry

MAP = "v1/facilities/map"
CHECKPOINT = f"{LOG}/{CHECKPOINT_PATH}"


class Keeping:
    """A site whose files are kept in a folder as they are read; the folder is a site itself."""

    def __init__(self, site: Site, folder: Path) -> None:
        self._site = site
        self._folder = folder

    async def read(self, path: str) -> bytes:
        """Return a file, and keep it; raises as `Site.read` does."""
        data = await self._site.read(path)
        kept = self._folder / path
        kept.parent.mkdir(parents=True, exist_ok=True)
        write_whole(kept, data, mode=0o644, force=True)
        return data


def page_path(number: int) -> str:
    """Return where a page lies below the address."""
    return f"v1/facilities/pages/{number}"


async def have_pages(
    site: Site, folder: Path, logged: Sequence[Entry], *, tell: Callable[[float, int], None]
) -> frozenset[int]:
    """Have every page that the log holds in a folder; return those that are missing.

    A page that is there already, as the log describes it, is not asked for again.

    Args:
        site: where pages are read, and kept in the folder.
        folder: where they are looked for first.
        logged: the entries of the pages, in order.
        tell: hears how many pages of how many are there.

    Raises:
        TransportError: the site does not answer any more.
    """
    missing = set[int]()
    for number, entry in enumerate(logged):
        kept = folder / page_path(number)
        if not (kept.exists() and _describes(entry, kept.read_bytes())):
            try:
                await site.read(page_path(number))
            except TransportError:
                await site.read(CHECKPOINT)  # raises where nothing is to be had any more
                missing.add(number)
        tell(number + 1, len(logged))
    return frozenset(missing)


def _describes(entry: Entry, data: bytes) -> bool:
    try:
        entry.require_describes(data)
    except VerificationError:
        return False
    return True
