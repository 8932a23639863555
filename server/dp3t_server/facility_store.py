"""The record of facilities as the database has it: acts in their order, words, and pages.

An act is what its signer made, and never changes. The words of a person are kept beside the act
that commits to them, so that they can be struck out without changing the record
[FACILITIES-SERVER-9].
"""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Row, delete, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from dp3t import Instant
from dp3t.primitives import sha256
from dp3t.publication.transparency import Entry
from dp3t_server.files import PublicFile
from dp3t_server.rows import few_lengths
from dp3t_server.tables import facility_acts, facility_pages, facility_words

PAGE_PATH = "v1/facilities/pages/{number}"
"""Where a page lies below the server's address."""

_READ_AT_ONCE = 10_000
_WEIGHED_AT_ONCE = 64
_ASKED_AT_ONCE = 1_024
"""How many values stand in one statement; databases take some thirty thousand."""

_ACTS = select(
    facility_acts.c.number,
    facility_acts.c.received,
    facility_acts.c.kind,
    facility_acts.c.facility,
    facility_acts.c.signed,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredAct:
    """An act with its place in the record.

    Attributes:
        number: its place, from 0 on.
        received: when the server took it.
        kind: of the act.
        facility: whose state it bears on; empty for settings and checklists.
        signed: the signed file.
    """

    number: int
    received: Instant
    kind: str
    facility: str
    signed: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredPage:
    """A page of the record, as far as it matters to the log.

    Attributes:
        number: its place, from 0 on.
        made: when the server made it.
        data: the signed file.
    """

    number: int
    made: Instant
    data: bytes = field(repr=False)

    def logged(self, region: str) -> Entry:
        """Return what the log says of it."""
        from dp3t.facilities import FACILITIES_KIND  # with it the record, for who has one

        name = f"page-{self.number}"
        return Entry.of_file(
            self.data, kind=FACILITIES_KIND, region=region, name=name, moment=self.made
        )


class FacilityStore:
    """The operations inside an open transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def count(self) -> int:
        """Return how many acts the record has."""
        query = select(func.max(facility_acts.c.number))
        last = (await self._connection.execute(query)).scalar()
        return 0 if last is None else int(last) + 1

    async def acts(self, *, since: int) -> AsyncIterator[list[StoredAct]]:
        """Yield the acts from a number on, in parts and in order."""
        rows = facility_acts.c
        query = (
            _ACTS.where(rows.number >= since)
            .order_by(rows.number)
            .execution_options(yield_per=_READ_AT_ONCE)
        )
        async with self._connection.stream(query) as found:
            async for part in found.partitions():
                yield [_act(row) for row in part]

    async def of_facility(
        self, facility: str, *, since: Instant, always: Iterable[str]
    ) -> list[StoredAct]:
        """Return the acts about one facility in order: those of some kinds, and all since then."""
        rows = facility_acts.c
        wanted = or_(rows.received >= since, rows.kind.in_(sorted(always)))
        query = _ACTS.where(rows.facility == facility, wanted).order_by(rows.number)
        return [_act(row) for row in await self._connection.execute(query)]

    async def facility_of(self, digest: bytes) -> str:
        """Return about which facility an act is, by its digest; empty where it is unknown."""
        query = select(facility_acts.c.facility).where(facility_acts.c.digest == digest)
        return (await self._connection.execute(query)).scalar_one_or_none() or ""

    async def number_of(self, signed: bytes) -> tuple[int, Instant] | None:
        """Return number and moment of an act that the record has; None for one it has not."""
        digest = sha256(signed)
        return (await self.numbers_of([digest])).get(digest)

    async def numbers_of(self, digests: Iterable[bytes]) -> dict[bytes, tuple[int, Instant]]:
        """Return by digest number and moment of those acts that the record has."""
        rows = facility_acts.c
        query = select(rows.digest, rows.number, rows.received).where(
            rows.digest.in_(few_lengths(digests))
        )
        found = await self._connection.execute(query)
        return {row.digest: (row.number, Instant(row.received)) for row in found}

    async def add(self, acts: Sequence[StoredAct], *, words: Mapping[int, bytes]) -> None:
        """Append acts; the caller holds `Lock.FACILITIES`.

        Args:
            acts: at least one, in order.
            words: of those that have some, by their numbers.
        """
        rows = [_row(act, page=None) for act in acts]
        await self._connection.execute(insert(facility_acts), rows)
        if words:
            said = [
                {"digest": row["digest"], "data": words[act.number]}
                for act, row in zip(acts, rows, strict=True)
                if act.number in words
            ]
            await self._connection.execute(insert(facility_words), said)

    async def strike(self, digest: bytes) -> None:
        """Erase the words of an act."""
        await self._connection.execute(
            delete(facility_words).where(facility_words.c.digest == digest)
        )

    async def words(self, digests: Iterable[bytes]) -> dict[bytes, bytes]:
        """Return the words of some acts by the acts' digests; what is struck is not there."""
        rows, wanted, found = facility_words.c, list(digests), dict[bytes, bytes]()
        for first in range(0, len(wanted), _ASKED_AT_ONCE):
            some = few_lengths(wanted[first : first + _ASKED_AT_ONCE])
            query = select(rows.digest, rows.data).where(rows.digest.in_(some))
            found |= {row.digest: row.data for row in await self._connection.execute(query)}
        return found

    async def unpaged(self, *, most: int, most_bytes: int) -> list[StoredAct]:
        """Return the first acts that no page holds yet; with the last, more than `most_bytes`."""
        rows, found, size_bytes = facility_acts.c, list[StoredAct](), 0
        query = (
            _ACTS.where(rows.page.is_(None))
            .order_by(rows.number)
            .limit(most)
            .execution_options(yield_per=_WEIGHED_AT_ONCE)
        )
        async with self._connection.stream(query) as waiting:
            async for row in waiting:
                found.append(_act(row))
                size_bytes += len(row.signed)
                if size_bytes > most_bytes:
                    break
        return found

    async def first_unpaged(self) -> Instant | None:
        """Return when the first act came that no page holds yet; None where all have one."""
        rows = facility_acts.c
        query = select(rows.received).where(rows.page.is_(None)).order_by(rows.number).limit(1)
        value = (await self._connection.execute(query)).scalar()
        return None if value is None else Instant(value)

    async def last_received(self) -> Instant | None:
        """Return when the last act was received; None before the first."""
        rows = facility_acts.c
        query = select(rows.received).order_by(rows.number.desc()).limit(1)
        value = (await self._connection.execute(query)).scalar()
        return None if value is None else Instant(value)

    async def remove_unpaged(self) -> list[StoredAct]:
        """Take out of the record, and return, the acts that no page holds; their words stay."""
        is_unpaged = facility_acts.c.page.is_(None)
        query = _ACTS.where(is_unpaged).order_by(facility_acts.c.number)
        found = [_act(row) for row in await self._connection.execute(query)]
        await self._connection.execute(delete(facility_acts).where(is_unpaged))
        return found

    async def take_page(self, page: StoredPage, acts: Sequence[StoredAct], *, leaf: int) -> None:
        """Store a page that the log holds, and its acts; the caller holds `Lock.FACILITIES`."""
        await self._connection.execute(insert(facility_pages), _page_row(page, leaf=leaf))
        rows = [_row(act, page=page.number) for act in acts]
        await self._connection.execute(insert(facility_acts), rows)

    async def add_page(self, page: StoredPage, acts: Sequence[StoredAct]) -> None:
        """Store a page, and that it holds these acts."""
        await self._connection.execute(insert(facility_pages), _page_row(page, leaf=None))
        rows = facility_acts.c
        held = rows.number.between(acts[0].number, acts[-1].number)
        await self._connection.execute(update(facility_acts).where(held).values(page=page.number))

    async def last_page(self) -> tuple[int, bytes] | None:
        """Return number and digest of the last page; None before the first."""
        rows = facility_pages.c
        query = select(rows.number, rows.digest).order_by(rows.number.desc()).limit(1)
        row = (await self._connection.execute(query)).one_or_none()
        return None if row is None else (row.number, row.digest)

    async def page(self, number: int) -> PublicFile | None:
        """Return a signed page."""
        rows = facility_pages.c
        query = select(rows.digest, rows.data).where(rows.number == number)
        row = (await self._connection.execute(query)).one_or_none()
        return None if row is None else PublicFile(digest=row.digest, data=row.data)

    async def page_digests(self) -> dict[int, bytes]:
        """Return the digest of every page that the log holds, by number and in order."""
        rows = facility_pages.c
        query = select(rows.number, rows.digest).where(rows.leaf.is_not(None)).order_by(rows.number)
        return {row.number: row.digest for row in await self._connection.execute(query)}

    async def unlogged(self) -> list[StoredPage]:
        """Return the pages that the log does not hold yet, in order."""
        rows = facility_pages.c
        query = (
            select(rows.number, rows.made, rows.data)
            .where(rows.leaf.is_(None))
            .order_by(rows.number)
        )
        return [
            StoredPage(number=row.number, made=Instant(row.made), data=row.data)
            for row in await self._connection.execute(query)
        ]

    async def set_leaf(self, number: int, leaf: int) -> None:
        """Say at which place the log holds a page."""
        await self._connection.execute(
            update(facility_pages).where(facility_pages.c.number == number).values(leaf=leaf)
        )


def _row(act: StoredAct, *, page: int | None) -> dict[str, object]:
    return {
        "number": act.number,
        "received": act.received,
        "digest": sha256(act.signed),
        "kind": act.kind,
        "facility": act.facility,
        "signed": act.signed,
        "page": page,
    }


def _page_row(page: StoredPage, *, leaf: int | None) -> dict[str, object]:
    return {
        "number": page.number,
        "made": page.made,
        "digest": sha256(page.data),
        "leaf": leaf,
        "data": page.data,
    }


def _act(row: Row[Any, Any, Any, Any, Any]) -> StoredAct:
    return StoredAct(
        number=row.number,
        received=Instant(row.received),
        kind=row.kind,
        facility=row.facility,
        signed=row.signed,
    )
