"""The record of facilities as this process knows it: judging acts, numbering them, telling of them.

The database has the acts; a replay of them is in memory. Every process replays what the others have
taken before it judges, alone with the record, so that all come to the same [FACILITIES-SERVER-2].
"""

import asyncio
import json
from collections.abc import Iterable
from dataclasses import dataclass

from dp3t import Instant, TrustedKeys
from dp3t.facilities import (
    Accepted,
    Board,
    BoardRefusal,
    FacilityMap,
    MapRow,
    Strike,
    Words,
    act_digest,
    row_of,
)
from dp3t.publication import LoggedTokenKeys
from dp3t_server import logs
from dp3t_server.clock import Clock
from dp3t_server.facility_live import Live, event
from dp3t_server.facility_store import StoredAct
from dp3t_server.files import PublicFile
from dp3t_server.parts import Parts
from dp3t_server.rows import Lock
from dp3t_server.store import Transaction

_POLL_SECONDS = 0.5
MAP_SECONDS = 5
"""How old a map may be that lacks the newest acts [FACILITIES-SERVER-10]."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What becomes of an act that somebody hands in.

    Attributes:
        refusal: why it is not taken; None where it is in the record.
        number: its place there.
        received: when it was taken first.
    """

    refusal: BoardRefusal | None = None
    number: int | None = None
    received: Instant | None = None

    def to_json(self) -> dict[str, object]:
        """Return the answer [FACILITIES-SERVER-3]."""
        return {"number": self.number, "received": self.received, "refusal": self.refusal}


@dataclass(frozen=True, slots=True)
class _DrawnMap:
    made: Instant
    acts: int
    file: PublicFile

    def is_stale(self, record: "Record", now: Instant) -> bool:
        """Return whether the map shows other states than hold, and for too long."""
        is_other = self.acts < record.board.acts or self.made < record.changed_by_time
        return is_other and now >= self.made + MAP_SECONDS


class Record:
    """The record of one region.

    Attributes:
        board: what the acts have come to.
        live: everybody who listens.
        changed_by_time: when time alone changed states last.
    """

    def __init__(self, parts: Parts, clock: Clock) -> None:
        config = parts.config
        self.board = Board(
            config.region,
            authorities=TrustedKeys(each.key for each in config.facility_authorities),
            servers=_signers(parts),
        )
        self.live = Live()
        self.changed_by_time = Instant(0)
        self._parts = parts
        self._clock = clock
        self._alone = asyncio.Lock()
        self._rows: dict[str, MapRow] = {}
        self._map: _DrawnMap | None = None
        self._changes_at = Instant(0)
        self._stopped = asyncio.Event()

    async def run(self) -> None:
        """Follow what other processes take, and the time of day, until told to stop."""
        while not self._stopped.is_set():
            try:
                await self.follow()
            except Exception as error:  # whatever it is, the next look may go well
                logs.fail("the record of facilities cannot be followed", error)
            try:
                async with asyncio.timeout(_POLL_SECONDS):
                    await self._stopped.wait()
            except TimeoutError:
                continue

    def stop(self) -> None:
        """Let `run` end."""
        self._stopped.set()

    async def follow(self) -> None:
        """Replay what others have taken, and tell of it and of what the time of day changes."""
        async with self._alone:
            async with self._parts.store.reading() as transaction:
                if await transaction.facilities.count() > self.board.acts:
                    await self._catch_up(transaction)
            self._tell_of_time()

    async def take(self, signed: bytes, words: Words | None) -> Taken:
        """Take an act into the record, or say why not [FACILITIES-SERVER-2].

        One that is refused waits for nobody who writes.
        """
        async with self._alone:
            return await self._take(signed, words)

    async def take_objection(self, signed: bytes, words: Words | None) -> Taken:
        """Do the same with an objection, once today's token keys are in the record.

        [FACILITIES-SERVER-5]
        """
        async with self._alone:
            async with self._parts.store.reading() as transaction:
                listed = await transaction.tokens.current()
            if listed is not None:
                keys = LoggedTokenKeys.decode(listed.data).signed
                if not self.board.has_token_list(act_digest(keys)):
                    await self._take(keys, None)
            return await self._take(signed, words)

    async def map(self) -> PublicFile | None:
        """Return the signed map; None before the first settings [FACILITIES-SERVER-10]."""
        now = self.now()
        if self.board.local_day(now) is None:
            return None
        if self._map is None or self._map.is_stale(self, now):
            self._map = _DrawnMap(now, self.board.acts, await self._draw(now))
        return self._map.file

    def event(self, names: Iterable[str]) -> bytes:
        """Return the event that shows the rows of some facilities."""
        now = self.now()
        rows = [self._row(name, now).to_json() for name in names]
        data = {"acts": self.board.acts, "changed": rows, "day": self.today(now), "now": now}
        text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
        return event("states", text, number=self.board.acts)

    def today(self, now: Instant) -> int:
        """Return the local day; -1 before the first settings."""
        today = self.board.local_day(now)
        return -1 if today is None else today

    def now(self) -> Instant:
        """Return the present, no earlier than the last act."""
        return max(self._clock.now(), self.board.received)

    async def _draw(self, now: Instant) -> PublicFile:
        async with self._parts.store.reading() as transaction:
            last = await transaction.facilities.last_page()
        pages = 0 if last is None else last[0] + 1
        drawn = FacilityMap.of(self.board, made=now, pages=pages)
        return PublicFile.of(drawn.sign(self._parts.secrets.load().signing_key_at(now)))

    async def _take(self, signed: bytes, words: Words | None) -> Taken:
        async with self._parts.store.reading() as transaction:
            found = await self._judged(transaction, signed, words)
        if isinstance(found, Taken):
            return found
        async with self._parts.store.writing(alone=Lock.FACILITIES) as transaction:
            found = await self._judged(transaction, signed, words)
            if isinstance(found, Taken):
                return found
            await _store(transaction, found, words)
        self.board.apply(found)
        self._tell([found.facility] if found.facility else self._names())
        return Taken(number=found.number, received=found.received)

    async def _judged(
        self, transaction: Transaction, signed: bytes, words: Words | None
    ) -> Accepted | Taken:
        """Return the act as it would enter the record now, or what else becomes of it."""
        await self._catch_up(transaction)
        known = await transaction.facilities.number_of(signed)
        if known is not None:
            return Taken(number=known[0], received=known[1])
        self.board.trust(_signers(self._parts))
        judged = self.board.judge(signed, words, received=self.now())
        return Taken(refusal=judged) if isinstance(judged, BoardRefusal) else judged

    async def _catch_up(self, transaction: Transaction) -> None:
        """Replay what the record has and this process not; it was judged when it was taken."""
        before = self.board.acts
        async for part in transaction.facilities.acts(since=before):
            self.board.replay(((each.received, each.signed) for each in part), trusted=True)
            await asyncio.sleep(0)  # others shall be answered meanwhile
        if before and self.board.acts > before:
            self._tell(self.board.changed_since(before))

    def _tell_of_time(self) -> None:
        """Tell of the states that the time of day has changed."""
        now = self.now()
        if now < self._changes_at:
            return
        is_first, self._changes_at = not self._changes_at, self.board.next_change(now)
        rows = {name: self._row(name, now) for name in self._names()}
        changed = [name for name, row in rows.items() if self._rows.get(name) != row]
        self._rows = rows
        if changed and not is_first:
            self.changed_by_time = now
            self.live.tell(self.event(changed))

    def _tell(self, names: Iterable[str]) -> None:
        found = list(names)
        self._changes_at = min(self._changes_at, self.board.next_change(self.now()))
        if found:
            now = self.now()
            self._rows |= {name: self._row(name, now) for name in found}
            self.live.tell(self.event(found))

    def _row(self, name: str, now: Instant) -> MapRow:
        return row_of(self.board, name, now)

    def _names(self) -> list[str]:
        return [each.facility.facility for each in self.board.facilities(self.now())]


async def _store(transaction: Transaction, accepted: Accepted, words: Words | None) -> None:
    """Store an act, and erase what it strikes out [FACILITIES-SERVER-9]."""
    facilities, facility = transaction.facilities, accepted.facility
    if isinstance(accepted.content, Strike):
        await facilities.strike(accepted.content.act)
        facility = await facilities.facility_of(accepted.content.act)
    act = StoredAct(
        number=accepted.number,
        received=accepted.received,
        kind=accepted.kind,
        facility=facility,
        signed=accepted.signed,
    )
    said = None if words is None else json.dumps(words.to_json()).encode()
    await facilities.add(act, words=said)


def _signers(parts: Parts) -> TrustedKeys:
    """Return the keys that sign lists of token keys."""
    return TrustedKeys(key.public() for key in parts.secrets.load().signing)
