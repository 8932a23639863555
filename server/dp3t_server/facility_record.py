"""The record of facilities as this process knows it: judging acts, numbering them, telling of them.

The database has the acts; a replay of them is in memory. Every process replays what the others have
taken before it judges, alone with the record, so that all come to the same [FACILITIES-SERVER-2].
"""

import asyncio
import json
from dataclasses import dataclass

from dp3t import Instant, TrustedKeys, day_of
from dp3t.facilities import (
    Accepted,
    Board,
    BoardRefusal,
    ChecklistAct,
    FacilityMap,
    SettingsAct,
    Strike,
    Words,
)
from dp3t.publication import HEADER_BYTES, LoggedTokenKeys, SigningKey, TokenKeys
from dp3t_server import logs
from dp3t_server.clock import Clock
from dp3t_server.facility_live import Live
from dp3t_server.facility_shown import Shown
from dp3t_server.facility_store import StoredAct
from dp3t_server.faults import Fault, FaultError
from dp3t_server.files import PublicFile
from dp3t_server.parts import Parts
from dp3t_server.rows import Lock
from dp3t_server.store import Transaction

_POLL_SECONDS = 0.5
MOST_BEHIND = 4_096
"""How many acts a listener may have missed [FACILITIES-SERVER-12]."""


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


class Record:
    """The record of one region.

    Attributes:
        board: what the acts have come to.
        live: everybody who listens.
        shown: what a map and events show of the board.
    """

    def __init__(self, parts: Parts, clock: Clock) -> None:
        config = parts.config
        self.board = Board(
            config.region,
            authorities=TrustedKeys(each.key for each in config.facility_authorities),
            servers=_signers(parts),
        )
        self.live = Live()
        self.shown = Shown(self.board)
        self._parts = parts
        self._clock = clock
        self._alone = asyncio.Lock()
        self._listed_day = -1
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
            await self._tell_of_time()

    async def take(self, signed: bytes, words: Words | None) -> Taken:
        """Take an act into the record, or say why not [FACILITIES-SERVER-2].

        Raises:
            FaultError: the service has ended.
        """
        async with self._alone:
            return await self._take(signed, words)

    async def take_objection(self, signed: bytes, words: Words | None) -> Taken:
        """Do the same with an objection, once today's token keys are in the record.

        [FACILITIES-SERVER-5]
        """
        async with self._alone:
            await self._list_token_keys()
            return await self._take(signed, words)

    async def map(self) -> PublicFile | None:
        """Return the signed map; None before the first settings [FACILITIES-SERVER-10]."""
        if self.board.local_day(self.now()) is None:
            return None
        return await self.shown.map(self._snapshot)

    def missed(self, *, after: int, made: int) -> bytes | None:
        """Return the event by which a listener begins; None for one who has missed too much.

        [FACILITIES-SERVER-12]
        """
        acts = self.board.acts
        is_lost = after > acts or acts - after > MOST_BEHIND or made < self.shown.changed_by_time
        return None if is_lost else self.shown.since(after, now=self.now())

    def today(self, now: Instant) -> int:
        """Return the local day; -1 before the first settings."""
        today = self.board.local_day(now)
        return -1 if today is None else today

    def now(self) -> Instant:
        """Return the present, no earlier than the last act."""
        return max(self._clock.now(), self.board.received)

    async def _snapshot(self) -> tuple[FacilityMap, SigningKey]:
        """Return the map of this moment, and the key that signs it."""
        async with self._alone:
            await self._tell_of_time()
            now = self.now()
            async with self._parts.store.reading() as transaction:
                last = await transaction.facilities.last_page()
            drawn = self.shown.drawn(now=now, pages=0 if last is None else last[0] + 1)
        return drawn, self._parts.secrets.load().signing_key_at(now)

    async def _list_token_keys(self) -> None:
        today = day_of(self.now())
        if self._listed_day == today:
            return
        async with self._parts.store.reading() as transaction:
            listed = await transaction.tokens.current()
        if listed is None:
            return
        keys = LoggedTokenKeys.decode(listed.data).signed
        if TokenKeys.decode(keys[HEADER_BYTES:]).day == today:
            await self._take(keys, None)
            self._listed_day = today

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
        await self._tell(found)
        if isinstance(found.content, Strike):
            await self._parts.publisher.scrub()  # the words leave the files as well
        return Taken(number=found.number, received=found.received)

    async def _judged(
        self, transaction: Transaction, signed: bytes, words: Words | None
    ) -> Accepted | Taken:
        """Return the act as it would enter the record now, or what else becomes of it."""
        if await transaction.index.sunset() is not None:
            raise FaultError(Fault.UNAVAILABLE, "the service has ended")
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
            changed = self.shown.renew(self.board.changed_since(before), now=self.now())
            self._tell_rows(changed)

    async def _tell_of_time(self) -> None:
        """Tell of the states that the time of day has changed [FACILITIES-SERVER-11]."""
        self._tell_rows(await self.shown.renew_by_time(self.now()))

    async def _tell(self, accepted: Accepted) -> None:
        """Tell of what an act has changed, and of nothing else."""
        now = self.now()
        if accepted.facility:
            self._tell_rows(self.shown.renew([accepted.facility], now=now))
        elif accepted.kind in (SettingsAct.kind, ChecklistAct.kind):
            self._tell_rows(await self.shown.renew_all(now))

    def _tell_rows(self, names: list[str]) -> None:
        if names:
            self.live.tell(self.shown.event(names, now=self.now()))


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
