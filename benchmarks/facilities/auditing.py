"""Whether all of it is there: the record, the log and the map of a server, read as an auditor."""

import asyncio
import json
import time
from typing import Any

from benchmarks.server.client import get, one
from benchmarks.server.running import Running
from dp3t import Instant, TrustedKeys
from dp3t.cli.log.site import LOG, opened, tile_files
from dp3t.facilities import FacilityMap, RecordPage, audit_record, compare
from dp3t.publication import HEADER_BYTES, VerificationKey
from dp3t.publication.transparency import (
    CHECKPOINT_PATH,
    Entry,
    SignedCheckpoint,
    audit,
)
from dp3t.publication.transparency.tiles import ENTRIES, TILE_WIDTH, tile_with
from spec.vectors.builders.facility_record import AUTHORITIES, REGION

_PAGED_SECONDS = 60


def audited(server: Running, *, now: Instant, acts: int) -> dict[str, Any]:
    """Return what an audit finds once all acts are in pages.

    Args:
        server: the running server.
        now: the present.
        acts: how many there have to be.
    """
    pages = _pages(server, acts)
    trusted = TrustedKeys([VerificationKey.pinned(bytes.fromhex(server.public_key))])
    found = audit_record(
        pages,
        logged=asyncio.run(_logged(f"http://127.0.0.1:{server.port}")),
        region=REGION,
        authorities=AUTHORITIES,
        servers=trusted,
    )
    _, data = one(server, get("/v1/facilities/map"))
    shown = FacilityMap.open(data, trusted=trusted, region=REGION, now=now)
    return {
        "acts_due": acts,
        "acts": found.board.acts,
        "pages": found.pages,
        "faults": [str(fault) for fault in found.faults],
        "differences": [each.facility for each in compare(found.board, shown)],
        "safe_on_map": sum(row.state == "safe" for row in shown.rows),
    }


def _pages(server: Running, acts: int) -> list[bytes]:
    """Return all pages once they hold so many acts, or after a minute those that there are."""
    pages, ends = list[bytes](), time.monotonic() + _PAGED_SECONDS
    while time.monotonic() < ends:
        _, answer = one(server, get("/v1/facilities/pages"))
        for number in range(len(pages), json.loads(answer)["pages"]):
            pages.append(one(server, get(f"/v1/facilities/pages/{number}"))[1])
        last = RecordPage.decode(pages[-1][HEADER_BYTES:]) if pages else None
        if last is not None and last.first + len(last.acts) >= acts:
            break
        time.sleep(0.5)
    return pages


async def _logged(place: str) -> tuple[Entry, ...]:
    """Return the entries of the log, which its checkpoint covers."""
    async with opened(place) as site:
        note = await site.read(f"{LOG}/{CHECKPOINT_PATH}")
        newest = SignedCheckpoint.parse(note).checkpoint
        bundles = range(0, newest.size, TILE_WIDTH)
        tiles = (tile_with(ENTRIES, first, newest.size) for first in bundles)
        files = await tile_files(site, tiles)
    return audit(newest, files.__getitem__)
