"""Every file that a server has published, with the path at which it lies.

What is named by another file comes before it: the index is the last.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial

from dp3t.publication.transparency import CHECKPOINT_PATH
from dp3t_server.exports import LIST_PATH, PATH, list_of
from dp3t_server.facility_store import PAGE_PATH
from dp3t_server.files import PublicFile
from dp3t_server.store import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """One published file.

    Attributes:
        path: where it lies below the server's address.
        digest: its SHA-256.
        load: returns its bytes, in the transaction that listed it.
    """

    path: str
    digest: bytes
    load: Callable[[], Awaitable[bytes]]

    @classmethod
    def of(cls, path: str, file: PublicFile) -> "Published":
        """Describe a file that is in memory."""

        async def load() -> bytes:
            return file.data

        return cls(path=path, digest=file.digest, load=load)


async def published(transaction: Transaction) -> list[Published]:
    """Return every file that phones and auditors may ask for now; none before the first index."""
    index = await transaction.index.current()
    head = await transaction.log.head()
    if index is None or head is None:
        return []
    return [
        *await _batches(transaction),
        *await _days(transaction),
        *await _key_files(transaction),
        *await _record_pages(transaction),
        *await _log(transaction),
        Published.of(f"v1/log/{CHECKPOINT_PATH}", PublicFile.of(head.note)),
        Published.of("v1/index", index),
    ]


async def _batches(transaction: Transaction) -> list[Published]:
    async def load(design: str, release: int) -> bytes:
        signed = await transaction.batch(design, release)
        if signed is None:
            raise LookupError("a batch that the index lists is not stored")
        return signed.data

    return [
        Published(
            path=f"v1/batches/{entry.name}",
            digest=entry.digest,
            load=partial(load, entry.design, entry.release),
        )
        for entry in await transaction.index.entries()
    ]


async def _days(transaction: Transaction) -> list[Published]:
    days = await transaction.index.day_lists()
    return [Published.of(f"v1/days/{day}", listed) for day, listed in days.items()]


async def _key_files(transaction: Transaction) -> list[Published]:
    async def load(name: str) -> bytes:
        file = await transaction.key_files.named(name)
        if file is None:
            raise LookupError("a key file that the list names is not stored")
        return file.data

    digests = await transaction.key_files.digests()
    return [
        *(
            Published(path=PATH.format(name=name), digest=digest, load=partial(load, name))
            for name, digest in digests.items()
        ),
        Published.of(LIST_PATH, list_of(digests)),
    ]


async def _record_pages(transaction: Transaction) -> list[Published]:
    """Return the pages of the record of facilities; words are not among them."""

    async def load(number: int) -> bytes:
        page = await transaction.facilities.page(number)
        if page is None:
            raise LookupError("a page of the record that the log holds is not stored")
        return page.data

    digests = await transaction.facilities.page_digests()
    return [
        Published(path=PAGE_PATH.format(number=number), digest=digest, load=partial(load, number))
        for number, digest in digests.items()
    ]


async def _log(transaction: Transaction) -> list[Published]:
    files = await transaction.log.files()
    return [Published.of(f"v1/log/{path}", PublicFile.of(data)) for path, data in files.items()]
