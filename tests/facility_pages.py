"""Pages of a record and the log's entries for them, for tests."""

from collections.abc import Iterable, Sequence
from functools import cache

from dp3t.facilities.audit import Audit, audit_record
from dp3t.facilities.page import NO_PAGE, ReceivedAct, RecordPage, page_digest
from dp3t.publication.signing import HEADER_BYTES, SigningKey
from dp3t.publication.token_keys import TokenKeys
from dp3t.publication.transparency import Entry
from dp3t.timeline import Instant
from spec.vectors.builders.board_states import life
from spec.vectors.builders.facility_record import AUTHORITIES, REGION, SERVER, SERVERS


def paged(
    acts: Sequence[ReceivedAct], *, each: int = 4, made: int | None = None, key: SigningKey = SERVER
) -> tuple[list[bytes], list[Entry]]:
    """Return pages of so many acts each, and what the log says of them."""
    pages, entries, previous = list[bytes](), list[Entry](), NO_PAGE
    for number, first in enumerate(range(0, len(acts), each)):
        held = tuple(acts[first : first + each])
        page = RecordPage(
            number=number,
            region=REGION,
            made=Instant(held[-1][0] if made is None else made),
            previous=previous,
            first=first,
            acts=held,
        )
        signed = page.sign(key)
        pages.append(signed)
        entries.append(page.logged(signed))
        previous = page_digest(signed)
    return pages, entries


def lists_of(acts: Iterable[ReceivedAct]) -> list[Entry]:
    """Return what the log says of the lists of token keys among some acts."""
    found = (signed for _, signed in acts if signed[HEADER_BYTES : HEADER_BYTES + 1] != b"{")
    return [TokenKeys.decode(signed[HEADER_BYTES:]).logged(signed) for signed in found]


@cache
def _lists_of_life() -> tuple[Entry, ...]:
    return tuple(lists_of(life().acts))


def audited(
    pages: Sequence[bytes],
    entries: Sequence[Entry],
    *,
    acts: int | None = None,
    lists: Sequence[Entry] | None = None,
) -> Audit:
    """Return the audit of some pages by what a log holds, with the lists of `life` or others."""
    logged = [*(_lists_of_life() if lists is None else lists), *entries]
    return audit_record(
        pages, logged=logged, region=REGION, authorities=AUTHORITIES, servers=SERVERS, acts=acts
    )
