"""The record of facilities of a database that was restored from a copy, brought up to a tree's.

The pages of the tree are those that the log holds. What their acts come to is replayed before they
are stored. Acts of the copy that no page holds enter after them, where they still may.
"""

import json
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import replace

from dp3t import PolicyError, TrustedKeys
from dp3t.facilities import FACILITIES_KIND, Accepted, Board, RecordPage, Words, act_digest
from dp3t.publication import HEADER_BYTES, TOKEN_KEYS_KIND
from dp3t.publication.transparency import Entry
from dp3t_server import logs
from dp3t_server.facility_store import PAGE_PATH, FacilityStore, StoredAct, StoredPage
from dp3t_server.parts import Parts
from dp3t_server.store import Transaction

_JSON = b"{"
_ABOUT = {"resolution": "objection", "strike": "act"}
"""The acts that name another act instead of a facility, and in which field."""


async def take_record(
    transaction: Transaction,
    parts: Parts,
    entries: Sequence[Entry],
    *,
    read: Callable[[str], bytes],
) -> None:
    """Take over the pages that the log holds and the database lacks [FACILITIES-SERVER-18].

    The caller holds `Lock.FACILITIES`, and knows that the log continues the database's.

    Args:
        transaction: where the record is written.
        parts: the server.
        entries: all entries of the log.
        read: returns the file of a path below the server's address.

    Raises:
        Dp3tError: a page is not the one that the log holds, or holds what no record does.
        OSError: a page is missing.
    """
    pages = list(_pages(entries, region=parts.config.region))
    known = len(await transaction.facilities.page_digests())
    if known == len(pages):
        return
    left = await transaction.facilities.remove_unpaged()
    board = await _replayed(transaction.facilities, parts)
    for number in range(known, len(pages)):
        leaf, entry = pages[number]
        data = read(PAGE_PATH.format(number=number))
        entry.require_describes(data)
        await _take_page(transaction.facilities, board, data, number=number, leaf=leaf)
    refused = [act for act in left if not await _enters(transaction.facilities, board, act)]
    if refused:
        logs.note("acts of the copy contradict the record that was published", acts=len(refused))


def _pages(entries: Sequence[Entry], *, region: str) -> Iterator[tuple[int, Entry]]:
    """Yield the entries of the record's pages, with their places in the log."""
    for leaf, entry in enumerate(entries):
        if (entry.kind, entry.region) == (FACILITIES_KIND, region):
            yield leaf, entry


async def _replayed(store: FacilityStore, parts: Parts) -> Board:
    """Return what the acts in the database come to; they were judged when they were taken."""
    board = Board(
        parts.config.region,
        authorities=TrustedKeys(each.key for each in parts.config.facility_authorities),
        servers=TrustedKeys(key.public() for key in parts.secrets.load().signing),
    )
    async for some in store.acts(since=0):
        board.replay(((each.received, each.signed) for each in some), trusted=True)
    return board


async def _take_page(
    store: FacilityStore, board: Board, data: bytes, *, number: int, leaf: int
) -> None:
    page = RecordPage.decode(data[HEADER_BYTES:])
    if (page.number, page.first) != (number, board.acts):
        raise PolicyError(f"page {number} of the tree does not continue the database's record")
    board.replay(page.acts, trusted=True)
    acts = [each async for each in _acts(store, page)]
    await store.take_page(StoredPage(number=number, made=page.made, data=data), acts, leaf=leaf)


async def _acts(store: FacilityStore, page: RecordPage) -> AsyncIterator[StoredAct]:
    """Yield the acts of a page as they are stored, and erase the words that they strike."""
    facilities = dict[bytes, str]()  # of the acts of this page
    for number, (received, signed) in enumerate(page.acts, start=page.first):
        kind, facility, about = _described(signed)
        if about:
            facility = facilities.get(about) or await store.facility_of(about)
        if kind == "strike":
            await store.strike(about)
        facilities[act_digest(signed)] = facility
        yield StoredAct(
            number=number, received=received, kind=kind, facility=facility, signed=signed
        )


def _described(signed: bytes) -> tuple[str, str, bytes]:
    """Return kind and facility of an act, and the digest of the act that it is about."""
    payload = signed[HEADER_BYTES:]
    if not payload.startswith(_JSON):
        return TOKEN_KEYS_KIND, "", b""
    said = json.loads(payload)
    about = bytes.fromhex(said[_ABOUT[said["kind"]]]) if said["kind"] in _ABOUT else b""
    return said["kind"], said.get("facility", ""), about


async def _enters(store: FacilityStore, board: Board, act: StoredAct) -> bool:
    """Let an act of the copy enter the record, or erase its words; return whether it is there."""
    if await store.number_of(act.signed) is not None:
        return True
    digest = act_digest(act.signed)
    words = (await store.words([digest])).get(digest)
    said = None if words is None else Words.of_value(json.loads(words))
    judged = board.judge(act.signed, said, received=max(act.received, board.received))
    if not isinstance(judged, Accepted):
        await store.strike(digest)
        return False
    board.apply(judged)
    await store.add([replace(act, number=judged.number, received=judged.received)], words={})
    return True
