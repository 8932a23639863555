"""What the last batch of each design that held accepted records leaves for padding to come.

A batch without accepted records is padded with reports like those of an earlier one. Of that one
the server keeps the release and how many keys had which attributes, padding among them.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Self

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from dp3t import Instant
from dp3t.publication import KeyRecord
from dp3t_server.tables import padding_sources


@dataclass(frozen=True, slots=True, kw_only=True)
class PaddingSource:
    """The keys of one batch, as far as padding is drawn from them.

    Attributes:
        release: of the batch.
        counts: how many of its keys have which attributes.
    """

    release: Instant
    counts: dict[tuple[int, ...], int] = field(repr=False)

    @classmethod
    def of(cls, records: Iterable[KeyRecord], *, release: Instant) -> Self:
        """Return what a batch leaves."""
        return cls(release=release, counts=dict(Counter(one.attributes for one in records)))

    def earlier(self) -> tuple[Instant, Iterator[tuple[int, ...]]]:
        """Return the release, and the attributes of each key, as the library takes them."""
        return self.release, Counter(self.counts).elements()


class PaddingSources:
    """The operations inside an open transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def of(self, design: str) -> PaddingSource | None:
        """Return what the last batch of a design with accepted records has left."""
        query = select(padding_sources).where(padding_sources.c.design == design)
        row = (await self._connection.execute(query)).one_or_none()
        if row is None:
            return None
        counts = {tuple(attributes): count for attributes, count in json.loads(row.attributes)}
        return PaddingSource(release=Instant(row.release), counts=counts)

    async def replace(self, design: str, source: PaddingSource) -> None:
        """Keep what a batch leaves in the place of what one before it left."""
        row = {
            "design": design,
            "release": source.release,
            "attributes": json.dumps(sorted(source.counts.items())),
        }
        former = padding_sources.c.design == design
        await self._connection.execute(delete(padding_sources).where(former))
        await self._connection.execute(insert(padding_sources), row)
