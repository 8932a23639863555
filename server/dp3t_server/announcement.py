"""Signing what there is: the log first, then the index that holds the log's checkpoint.

One transaction does both, so that no index names a batch that the log does not hold [SERVER-60].
"""

from dp3t import Instant, slot_of
from dp3t.publication import Index
from dp3t_server.keys import Secrets
from dp3t_server.log_store import LogHead, log_key
from dp3t_server.store import Transaction

_NUMBERS_PER_SLOT = 2**16


async def announce(
    transaction: Transaction, secrets: Secrets, *, region: str, issued: Instant
) -> None:
    """Log each batch that the log does not hold yet, and sign the index of all of them.

    The list of a day's token keys is logged after the batches [TOKENS-14], and after it the pages
    of the record of facilities [FACILITIES-SERVER-7].

    The caller holds `Lock.INDEX`.
    """
    head = await _log(transaction, secrets, region=region, release=issued)
    index = transaction.index
    entries = await index.entries()
    number = next_number(await index.number(), issued)
    signed, days = Index.of(
        entries,
        keys=secrets.public_since(min((each.release for each in entries), default=issued)),
        region=region,
        number=number,
        issued=issued,
        sunset=await index.sunset(),
        log_key=log_key(secrets.log_signer),
        checkpoint=head.note,
    )
    data = signed.sign(secrets.index_key_at(issued))
    await index.replace(data, days, issued=issued, number=number)


async def _log(
    transaction: Transaction, secrets: Secrets, *, region: str, release: Instant
) -> LogHead:
    former = await transaction.log.head()
    fresh = await transaction.index.unlogged(former.size if former else 0)
    lists = await transaction.tokens.unlogged()
    pages = await transaction.facilities.unlogged()
    entries = [entry.logged(region) for entry in fresh]
    entries += [found.logged(signed) for found, signed in lists]
    entries += [page.logged(region) for page in pages]
    head = await transaction.log.append(entries, signer=secrets.log_signer, release=release)
    for entry in fresh:
        await transaction.index.set_leaf(entry)
    leaf = head.size - len(lists) - len(pages)
    for found, _ in lists:
        await transaction.tokens.set_leaf(found.day, leaf)
        leaf += 1
    for page in pages:
        await transaction.facilities.set_leaf(page.number, leaf)
        leaf += 1
    return head


def next_number(number: int, issued: Instant) -> int:
    """Return the number of the next index [SERVER-61].

    It is not below what the release gives, so that it goes on growing after a database was
    restored from a copy.
    """
    return max(number + 1, slot_of(issued) * _NUMBERS_PER_SLOT)
