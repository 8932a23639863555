"""The record of facilities as this process knows it: judging acts, numbering them, telling of them.

The database has the acts; a replay of them is in memory. Every process replays what the others have
taken before it judges, alone with the record, so that all come to the same [FACILITIES-SERVER-2].
"""

import asyncio
import json
from collections.abc import Iterable, Sequence

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
from dp3t_server.clock_steps import ClockGuard
from dp3t_server.facility_handed_in import MOST_BYTES, HandedIn, Taken
from dp3t_server.facility_live import Live
from dp3t_server.facility_shown import Shown
from dp3t_server.facility_store import StoredAct
from dp3t_server.faults import Fault, FaultError
from dp3t_server.files import PublicFile
from dp3t_server.parts import Parts
from dp3t_server.rows import Lock
from dp3t_server.store import Transaction
from dp3t_server.together import Together

_POLL_SECONDS = 0.5
MOST_BEHIND = 4_096
"""How many acts a listener may have missed [FACILITIES-SERVER-12]."""


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
        self._guard = ClockGuard(clock)
        self._alone = asyncio.Lock()
        self._taking = Together(self._take_together, most_weight=MOST_BYTES)
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
        await self._taking.finish()

    def stop(self) -> None:
        """Let `run` end."""
        self._stopped.set()

    async def follow(self) -> None:
        """Replay what others have taken, and tell of it and of what the time of day changes."""
        async with self._alone:
            async with self._parts.store.reading() as transaction:
                await self._replay(transaction)
            await self._tell_of_time()

    async def take(self, handed_in: HandedIn) -> Taken:
        """Take an act into the record, or say why not [FACILITIES-SERVER-2].

        Before an objection today's token keys come into the record [FACILITIES-SERVER-5].

        Raises:
            FaultError: the service has ended, or the clock was set ahead [FACILITIES-SERVER-23].
        """
        if self._guard.is_ahead():
            raise FaultError(Fault.UNAVAILABLE, "the server's clock was set ahead")
        return await self._taking.result(handed_in)

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
            await self._take([HandedIn.of(keys, None)])
            self._listed_day = today

    async def _take_together(self, group: Sequence[HandedIn]) -> Sequence[Taken]:
        async with self._alone:
            if any(each.is_objection for each in group):
                await self._list_token_keys()
            return await self._take(group)

    async def _take(self, group: Sequence[HandedIn]) -> Sequence[Taken]:
        """Take acts of which none bears on another; one that is refused waits for no writer."""
        async with self._parts.store.reading() as transaction:
            await self._catch_up(transaction)
            judged = await self._judged(transaction, group)
            acts = self.board.acts
        if not any(isinstance(each, Accepted) for each in judged):
            return _answers(judged)
        async with self._parts.store.writing(alone=Lock.FACILITIES) as transaction:
            await self._catch_up(transaction)
            if self.board.acts > acts:
                judged = await self._judged(transaction, group)
            words = [each.words for each in group]
            await _store(transaction, list(zip(judged, words, strict=True)))
        await self._apply([each for each in judged if isinstance(each, Accepted)])
        return _answers(judged)

    async def _judged(
        self, transaction: Transaction, group: Sequence[HandedIn]
    ) -> list[Accepted | Taken]:
        """Return each act as it would enter the record now, or what else becomes of it."""
        known = await transaction.facilities.numbers_of(each.digest for each in group)
        self.board.trust(_signers(self._parts))
        found, number, now = list[Accepted | Taken](), self.board.acts, self.now()
        for each in group:
            if each.digest in known:
                found.append(Taken(number=known[each.digest][0], received=known[each.digest][1]))
                continue
            judged = self.board.judge(each.signed, each.words, received=now)
            if isinstance(judged, BoardRefusal):
                found.append(Taken(refusal=judged))
            else:
                found.append(judged._replace(number=number))
                number += 1
        return found

    async def _apply(self, accepted: Sequence[Accepted]) -> None:
        for each in accepted:
            self.board.apply(each)
        await self._tell(accepted)
        if any(isinstance(each.content, Strike) for each in accepted):
            await self._parts.publisher.scrub()  # the words leave the files as well

    async def _catch_up(self, transaction: Transaction) -> None:
        """Replay what the record has and this process not; it was judged when it was taken.

        Raises:
            FaultError: the service has ended.
        """
        if await transaction.index.sunset() is not None:
            raise FaultError(Fault.UNAVAILABLE, "the service has ended")
        await self._replay(transaction)

    async def _replay(self, transaction: Transaction) -> None:
        before = self.board.acts
        if await transaction.facilities.count() == before:
            return
        async for part in transaction.facilities.acts(since=before):
            self.board.replay(((each.received, each.signed) for each in part), trusted=True)
            await asyncio.sleep(0)  # others shall be answered meanwhile
        if before and self.board.acts > before:
            changed = self.shown.renew(self.board.changed_since(before), now=self.now())
            self._tell_rows(changed)

    async def _tell_of_time(self) -> None:
        """Tell of the states that the time of day has changed [FACILITIES-SERVER-11]."""
        self._tell_rows(await self.shown.renew_by_time(self.now()))

    async def _tell(self, accepted: Sequence[Accepted]) -> None:
        """Tell of the facilities that acts are about, and of what else they have changed."""
        now, kinds = self.now(), {each.kind for each in accepted}
        if kinds & {SettingsAct.kind, ChecklistAct.kind}:
            self._tell_rows(await self.shown.renew_all(now))
        names = sorted({each.facility for each in accepted if each.facility})
        self.shown.renew(names, now=now)
        self._tell_rows(names)  # also of one whose row is as it was: its page shows the act

    def _tell_rows(self, names: list[str]) -> None:
        if names:
            self.live.tell(self.shown.event(names, now=self.now()))


async def _store(
    transaction: Transaction, judged: Iterable[tuple[Accepted | Taken, Words | None]]
) -> None:
    """Store acts that are accepted, and erase what they strike out [FACILITIES-SERVER-9]."""
    facilities, acts, said = transaction.facilities, list[StoredAct](), dict[int, bytes]()
    for accepted, words in judged:
        if isinstance(accepted, Taken):
            continue
        facility = accepted.facility
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
        acts.append(act)
        if words is not None:
            said[act.number] = json.dumps(words.to_json()).encode()
    if acts:
        await facilities.add(acts, words=said)


def _answers(judged: Iterable[Accepted | Taken]) -> list[Taken]:
    return [
        each if isinstance(each, Taken) else Taken(number=each.number, received=each.received)
        for each in judged
    ]


def _signers(parts: Parts) -> TrustedKeys:
    """Return the keys that sign lists of token keys."""
    return TrustedKeys(key.public() for key in parts.secrets.load().signing)
