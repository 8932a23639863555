"""Records that come in: what of a report is stored, and when it will be published.

All of it happens in the transaction that accepts the report.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import Column, Row, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from dp3t import Instant, release_after
from dp3t.proximity import revises
from dp3t.publication import KeyRecord
from dp3t_server.rows import Lock, few_lengths, insert_into, lock
from dp3t_server.slots import Slots
from dp3t_server.tables import pending_keys, published_keys

_MOST_IN_ONE_QUERY = 512
"""How many values one query names: databases have a limit, and an upload can hold 2^17 keys."""

_MOST_APART_SECONDS = 172_800
"""By how much the releases of a report differ at most that is promised [RECEIPT-2]."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingKey:
    """A record that waits for its release.

    Attributes:
        digest: see `key_digest`.
        may_revise: whether the region lets it follow what was published.
    """

    design: str
    record: KeyRecord = field(repr=False)
    release: Instant
    digest: bytes
    may_revise: bool = True

    @property
    def attributes(self) -> str:
        """The attributes of the record as the tables have them."""
        return json.dumps(self.record.attributes)

    def may_follow(self, attributes: str | None) -> bool:
        """Return whether the record may be published after its key was with some attributes.

        Args:
            attributes: as the tables have them; None where nothing may follow.
        """
        if attributes is None or not self.may_revise:
            return False
        return revises(self.design)(tuple(json.loads(attributes)), self.record.attributes)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """What the tables say of the keys of some reports.

    Attributes:
        pending: the rows of those that wait, by their keys.
        published: the rows of those that are out or in the slot under way, by their digests.
    """

    pending: dict[bytes, "Row[tuple[str, bytes, str, int, int, str | None]]"] = field(repr=False)
    published: dict[bytes, "Row[tuple[str, bytes, int, str | None]]"] = field(repr=False)

    def is_new(self, key: PendingKey) -> bool:
        """Return whether a key neither waits nor is out."""
        return key.record.key not in self.pending and key.digest not in self.published

    def revises_published(self, key: PendingKey) -> bool:
        """Return whether a record may follow what was published, and nothing has yet."""
        if key.record.key in self.pending:
            return False
        row = self.published.get(key.digest)
        return row is not None and key.may_follow(row.attributes)

    def revises_pending(self, key: PendingKey) -> bool:
        """Return whether a record may follow what is going to be published first."""
        row = self.pending.get(key.record.key)
        if row is None or row.revises or row.revision is not None:
            return False
        return key.may_follow(row.attributes)

    def release(self, key: PendingKey, *, newest: Instant) -> Instant | None:
        """Return when a record is going to be published just as it was reported; None for never."""
        row = self.pending.get(key.record.key)
        if row is not None and row.attributes == key.attributes:
            return Instant(row.release)
        if row is not None and row.revision == key.attributes:
            return release_after(Instant(max(row.release, newest)))
        return None


class Incoming:
    """The operations inside an open transaction that writes."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, reports: Sequence[Sequence[PendingKey]]) -> list[Instant | None]:
        """Store the records of reports that are to be published [SERVER-15] [SERVER-72].

        None gets the release of a slot that was begun: its records stand still [SERVER-56].

        Args:
            reports: the records of each, at least one; all of one design, and no key in two of
                them.

        Returns:
            The latest release of the records of each. None where one of them is not going to be
            published just as it was reported, or where they come too far apart for a promise
            [SERVER-68].
        """
        keys = [key for report in reports for key in report]
        newest = await Slots(self._connection).newest()
        known = await self._known(keys)
        if any(known.revises_published(key) or known.revises_pending(key) for key in keys):
            await lock(self._connection, Lock.KEYS)  # nobody revises or publishes from now on
            known = await self._known(keys)
        await self._insert(keys, known, earliest=release_after(newest))
        await self._append(keys, known)
        waiting = replace(known, pending=await self._pending(keys))
        return [_latest(report, waiting, newest=newest) for report in reports]

    async def _insert(
        self, keys: Sequence[PendingKey], known: _Known, *, earliest: Instant
    ) -> None:
        """Let new keys wait, and those that revise what is out."""
        rows = {
            key.record.key: {
                "design": key.design,
                "key": key.record.key,
                "attributes": key.attributes,
                "release": max(key.release, earliest),
                "revises": int(not known.is_new(key)),
            }
            for key in reversed(keys)  # of two with one key the first stands
            if known.is_new(key) or known.revises_published(key)
        }
        if rows:
            fresh_only = insert_into(self._connection, pending_keys).on_conflict_do_nothing()
            await self._connection.execute(fresh_only, [row for _, row in sorted(rows.items())])

    async def _append(self, keys: Sequence[PendingKey], known: _Known) -> None:
        """Note for keys that wait what follows once they are out [SERVER-73]."""
        revising = {key.record.key: key for key in reversed(keys) if known.revises_pending(key)}
        for _, key in sorted(revising.items()):
            row = pending_keys.c.design == key.design, pending_keys.c.key == key.record.key
            follows = update(pending_keys).where(*row).values(revision=key.attributes)
            await self._connection.execute(follows)

    async def _known(self, keys: Sequence[PendingKey]) -> _Known:
        """Look at what waits first: what is not there any more is published by then."""
        pending = await self._pending(keys)
        published = await self._rows(published_keys.c.digest, [key.digest for key in keys], keys)
        return _Known(pending=pending, published={row.digest: row for row in published})

    async def _pending(
        self, keys: Sequence[PendingKey]
    ) -> dict[bytes, "Row[tuple[str, bytes, str, int, int, str | None]]"]:
        found = await self._rows(pending_keys.c.key, [key.record.key for key in keys], keys)
        return {row.key: row for row in found}

    async def _rows(
        self, column: Column[bytes], sought: list[bytes], keys: Sequence[PendingKey]
    ) -> list[Any]:
        """Return the rows of a table that have one of the values sought, for the keys' design."""
        rows = list[Any]()
        for at in range(0, len(sought), _MOST_IN_ONE_QUERY):
            some = column.in_(few_lengths(sought[at : at + _MOST_IN_ONE_QUERY]))
            query = select(column.table).where(column.table.c.design == keys[0].design, some)
            rows += (await self._connection.execute(query)).all()
        return rows


def _latest(keys: Sequence[PendingKey], known: _Known, *, newest: Instant) -> Instant | None:
    releases = [known.release(key, newest=newest) for key in keys]
    found = [release for release in releases if release is not None]
    if len(found) < len(keys) or max(found) - min(found) > _MOST_APART_SECONDS:
        return None
    return max(found)
