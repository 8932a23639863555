"""The audit: the whole public record read again, as everybody can, and a page that was altered."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from dp3t.cli.demo.declarations.checks import Check, check
from dp3t.cli.demo.facilities.stories import with_another_signature
from dp3t.cli.demo.facilities.town import Town
from dp3t.cli.demo.facilities.week import REGION
from dp3t.cli.log.site import LOG, opened, tile_files
from dp3t.facilities.audit import WHOLE_PAGE, Audit, audit_record, compare
from dp3t.facilities.page import RecordPage
from dp3t.facilities.snapshot import FacilityMap
from dp3t.publication.signing import HEADER_BYTES
from dp3t.publication.transparency import CHECKPOINT_PATH, Entry, LogPolicy, NoteKey, audit
from dp3t.publication.transparency.tiles import ENTRIES, TILE_WIDTH, tile_with

_PAGED_SECONDS = 30
_LOOK_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class Audited:
    """What an auditor has read, and found.

    Attributes:
        pages: of the record.
        entries: of the log.
        shown: the map.
        found: by the replay.
    """

    pages: Sequence[bytes]
    entries: Sequence[Entry]
    shown: FacilityMap
    found: Audit


async def read_again(town: Town) -> Audited:
    """Read pages, log and map, and replay them.

    Raises:
        TransportError: acts wait too long for their page.
    """
    pages = await _pages(town)
    async with opened(town.server.url) as site:
        key = NoteKey.decode(town.server.view.log_key)
        policy = LogPolicy(origin=key.name, keys=(key,))
        newest = policy.open(await site.read(f"{LOG}/{CHECKPOINT_PATH}")).checkpoint
        tiles = (
            tile_with(ENTRIES, first, newest.size) for first in range(0, newest.size, TILE_WIDTH)
        )
        files = await tile_files(site, tiles)
    entries = audit(newest, files.__getitem__)
    shown = await town.map()
    return Audited(pages, entries, shown, _replayed(town, pages, entries, acts=shown.acts))


def checks_of(town: Town, audited: Audited) -> Iterator[Check]:
    """Yield what the audit has to have found, of the record and of altered ones."""
    found = audited.found
    yield check(
        "Faults in pages, log and signatures of the record",
        "Lỗi trong các trang, nhật ký và chữ ký của sổ công khai",
        due=[],
        came=[str(fault) for fault in found.faults],
    )
    yield check(
        "Acts in the record: those that were accepted, and no more",
        "Số bản ghi trong sổ: đúng những bản ghi đã được nhận",
        due=town.acts,
        came=found.board.acts,
    )
    yield check(
        "Facilities that the map shows otherwise than the record",
        "Cơ sở mà bản đồ hiện khác với sổ",
        due=[],
        came=[each.facility for each in compare(found.board, audited.shown)],
    )
    page, act = len(audited.pages) - 1, _last_act(audited.pages[-1])
    yield check(
        "Where the audit finds an act that was altered in a published page",
        "Nơi kiểm toán tìm ra bản ghi bị sửa trong một trang đã công bố",
        due=[page, act],
        came=list(_first_fault(town, audited, _altered(audited.pages[-1]))),
    )
    yield check(
        "Whether it misses an act that was taken out of a page",
        "Kiểm toán có nhận ra bản ghi bị rút khỏi trang không",
        due=True,
        came=bool(_replayed(town, _shortened(audited.pages), audited.entries).faults),
    )


async def _pages(town: Town) -> list[bytes]:
    """Return all pages once they hold all acts."""
    pages = list[bytes]()
    async with asyncio.timeout(_PAGED_SECONDS):
        while True:
            length = await town.client.fetch_length()
            for number in range(len(pages), length.pages):
                pages.append(await town.client.fetch_page(number))
            if pages and _last_act(pages[-1]) + 1 >= length.acts:
                return pages
            await asyncio.sleep(_LOOK_SECONDS)


def _replayed(
    town: Town, pages: Sequence[bytes], entries: Sequence[Entry], *, acts: int | None = None
) -> Audit:
    return audit_record(
        pages,
        logged=entries,
        region=REGION,
        authorities=town.authority.trusted,
        servers=town.server.view.trusted,
        acts=acts,
    )


def _with_last(town: Town, audited: Audited, page: bytes) -> Audit:
    return _replayed(town, [*audited.pages[:-1], page], audited.entries)


def _first_fault(town: Town, audited: Audited, page: bytes) -> tuple[int, int]:
    """Return page and act of the fault that names an act; -1 for what no fault names."""
    for fault in _with_last(town, audited, page).faults:
        if fault.act != WHOLE_PAGE:
            return fault.page, fault.act
    return -1, -1


def _altered(signed: bytes) -> bytes:
    """Return a page whose last act has another signature."""
    page = RecordPage.decode(signed[HEADER_BYTES:])
    received, act = page.acts[-1]
    acts = (*page.acts[:-1], (received, with_another_signature(act)))
    return signed[:HEADER_BYTES] + replace(page, acts=acts).encode()


def _shortened(pages: Sequence[bytes]) -> list[bytes]:
    """Return the pages, the longest without its last act; a page of one act would be none."""
    place = max(range(len(pages)), key=lambda each: len(pages[each]))
    page = RecordPage.decode(pages[place][HEADER_BYTES:])
    shorter = pages[place][:HEADER_BYTES] + replace(page, acts=page.acts[:-1]).encode()
    return [*pages[:place], shorter, *pages[place + 1 :]]


def _last_act(signed: bytes) -> int:
    """Return the number of the last act of a page."""
    page = RecordPage.decode(signed[HEADER_BYTES:])
    return page.first + len(page.acts) - 1
