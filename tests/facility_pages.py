"""Pages of a record and the log's entries for them, for tests."""

from collections.abc import Sequence

from dp3t.facilities.audit import Audit, audit_record
from dp3t.facilities.page import NO_PAGE, ReceivedAct, RecordPage, page_digest
from dp3t.publication.signing import SigningKey
from dp3t.publication.transparency import Entry
from dp3t.timeline import Instant
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


def audited(pages: Sequence[bytes], entries: Sequence[Entry], *, acts: int | None = None) -> Audit:
    """Return the audit of some pages by what a log holds."""
    return audit_record(
        pages, logged=entries, region=REGION, authorities=AUTHORITIES, servers=SERVERS, acts=acts
    )
