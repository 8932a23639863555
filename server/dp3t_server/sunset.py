"""The end of the service: nothing more is taken, what is kept is erased, and the index says so.

There is no way back: phones that have read it send this server no report any more [INDEX-16].
"""

from dp3t import Day, Instant, day_of
from dp3t_server import tables
from dp3t_server.parts import Parts
from dp3t_server.rows import Lock
from dp3t_server.store import Transaction

_PERMITS = (
    tables.codes,
    tables.commitments,
    tables.published_keys,
    tables.published_traces,
    tables.token_issues,
    tables.token_keys,
    tables.token_lists,
)
"""What is only kept to judge by what comes in."""

_THE_REST = (
    tables.pending_keys,
    tables.padding_sources,
    tables.batches,
    tables.key_files,
    tables.slots,
    tables.disclosures,
    tables.pending_traces,
    tables.trace_uploads,
    tables.arrivals_keys,
    tables.declarations,
    tables.sealed_declarations,
    tables.withdrawn_receipts,
    tables.gate_marks,
    tables.help_requests,
    tables.counters,
    tables.facility_words,
)

_SYMPTOMS = (tables.symptom_documents, tables.symptom_counts, tables.symptom_estimates)


async def end_service(parts: Parts, *, at_once: bool, now: Instant) -> Instant:
    """End the service as of the latest release, and return that [OPERATING-23] [OPERATING-24].

    Doing so again is harmless, and can bring forward what was left for later.

    Args:
        parts: the server.
        at_once: erase, too, what waits for its publication, what phones could still read, and the
            disclosures that officials have not fetched.
        now: the present.

    Raises:
        PolicyError: no signing key is valid.
    """
    await parts.publisher.publish(now)
    async with parts.store.writing(alone=Lock.SECRETS) as transaction:
        # In the order in which uploads and publishers lock; see `database`.
        await transaction.empty(*_PERMITS, *((tables.slots,) if at_once else ()))
        for lock in (Lock.SLOTS, Lock.KEYS, Lock.FACILITIES):
            await transaction.alone_with(lock)
        since = await transaction.index.end_service()
        await _erase(transaction, everything=at_once)
        await _end_record(transaction, parts, now=now)
        await parts.publisher.announce(transaction, parts.secrets.load())
        await _end_symptoms(transaction, today=day_of(now), everything=at_once)
    await parts.publisher.scrub()
    return since


async def _erase(transaction: Transaction, *, everything: bool) -> None:
    """Erase; a publisher that builds a slot meanwhile finds it gone and commits nothing."""
    rest = (tables.slots, *_THE_REST) if everything else ()
    await transaction.empty(*_PERMITS, *rest)


async def _end_record(transaction: Transaction, parts: Parts, *, now: Instant) -> None:
    """Put the last acts of facilities into pages, which are logged with the index that says so.

    Whoever is taking an act commits first; the record stays [FACILITIES-SERVER-21].
    """
    if await transaction.facilities.first_unpaged() is None:
        return
    from dp3t_server.facility_pages import add_page  # with it dp3t.facilities

    while await add_page(transaction, parts, now=now):
        pass


async def _end_symptoms(transaction: Transaction, *, today: Day, everything: bool) -> None:
    """Take no report any more; what was counted is published when its day is over, or erased.

    Whoever is counting a report commits first. Publishers take these locks in the same order.
    """
    await transaction.alone_with(Lock.SYMPTOMS)
    await transaction.empty(tables.spent_tokens, *(_SYMPTOMS if everything else ()))
    await transaction.symptoms.retire(today=today)
