"""What is shown of the record: a row for each facility, the signed map of all, events of changes.

Rows are kept from one change to the next: a map of ten thousand facilities and the event of a
change are made of them, and not of the record each time.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterable

from dp3t import Instant
from dp3t.facilities import Board, FacilityMap, MapRow, row_of
from dp3t.publication import SigningKey
from dp3t_server.facility_live import event
from dp3t_server.files import PublicFile

MAP_SECONDS = 1.0
"""How old a map may be that lacks the newest acts [FACILITIES-SERVER-10]."""

SAME_MAP_SECONDS = 600.0
"""How old one may be that lacks nothing; its moment says that the server is at work."""

MOST_TOLD = 512
"""How many rows a listener is sent to begin with; one that lacks more fetches the map."""

_MOST_BEGUN = 64
"""For how many numbers of acts the event is remembered by which a listener begins."""

_ROWS_AT_ONCE = 250
"""After so many rows others are answered."""


class Shown:
    """The rows of a board.

    Attributes:
        changed_by_time: when time alone changed states last, or rows were made first.
    """

    def __init__(self, board: Board) -> None:
        self.changed_by_time = Instant(0)
        self._board = board
        self._rows = dict[str, MapRow]()
        self._changes_at = Instant(0)
        self._begun = dict[int, bytes | None]()
        self._drawing = asyncio.Lock()
        self._file: PublicFile | None = None
        self._file_of: tuple[int, Instant] = (-1, Instant(0))
        self._drawn_at = 0.0

    def renew(self, names: Iterable[str], *, now: Instant) -> list[str]:
        """Make the rows of some facilities again; return the names of those that are others now."""
        self._changes_at = min(self._changes_at, self._board.next_change(now))
        changed = [name for name in names if self._is_renewed(name, now)]
        self._begun.clear()
        return changed

    async def renew_all(self, now: Instant) -> list[str]:
        """Do so with all rows, letting others be answered meanwhile; nobody may add acts."""
        self._changes_at = self._board.next_change(now)
        changed = []
        for place, enrolment in enumerate(self._board.facilities(now)):
            name = enrolment.facility.facility
            if self._is_renewed(name, now):
                changed.append(name)
            if place % _ROWS_AT_ONCE == 0:
                await asyncio.sleep(0)
        self._begun.clear()
        return changed

    async def renew_by_time(self, now: Instant) -> list[str]:
        """Do so with all rows if the time of day has changed states since [STATE-1]."""
        if now < self._changes_at:
            return []
        changed = await self.renew_all(now)
        is_first, self.changed_by_time = not self.changed_by_time, now
        return [] if is_first else changed

    def event(self, names: Iterable[str], *, now: Instant) -> bytes:
        """Return the event that shows the rows of some facilities [FACILITIES-SERVER-11]."""
        day = self._board.local_day(now)
        said = {
            "acts": self._board.acts,
            "changed": [self._rows[name].to_json() for name in names],
            "day": -1 if day is None else day,
            "now": now,
        }
        text = json.dumps(said, ensure_ascii=False, separators=(",", ":"))
        return event("states", text, number=self._board.acts)

    def since(self, after: int, *, now: Instant) -> bytes | None:
        """Return the event of all that acts have changed from one on; None where it is too much."""
        if after not in self._begun:
            if len(self._begun) >= _MOST_BEGUN:
                self._begun.clear()
            names = self._board.changed_since(after)
            told = self.event(names, now=now) if len(names) <= MOST_TOLD else None
            self._begun[after] = told
        return self._begun[after]

    def drawn(self, *, now: Instant, pages: int) -> FacilityMap:
        """Return the map of this moment; the rows are those of it.

        Raises:
            LookupError: there are no settings yet.
        """
        day = self._board.local_day(now)
        if day is None:
            raise LookupError("the region has no settings yet")
        return FacilityMap(
            region=self._board.region,
            made=now,
            day=day,
            acts=self._board.acts,
            pages=pages,
            rows=tuple(row for _, row in sorted(self._rows.items())),
        )

    async def map(
        self, snapshot: Callable[[], Awaitable[tuple[FacilityMap, SigningKey]]]
    ) -> PublicFile:
        """Return the signed map; one is drawn at a time, beside the work of others.

        Args:
            snapshot: returns a map of the moment, and the key to sign it with.
        """
        async with self._drawing:
            loop = asyncio.get_running_loop()
            is_current = self._file_of == (self._board.acts, self.changed_by_time)
            lasts_seconds = SAME_MAP_SECONDS if is_current else MAP_SECONDS
            if self._file is None or loop.time() >= self._drawn_at + lasts_seconds:
                drawn, key = await snapshot()
                self._file_of = (drawn.acts, self.changed_by_time)
                self._file = PublicFile.of(await asyncio.to_thread(drawn.sign, key))
                self._drawn_at = loop.time()
            return self._file

    def _is_renewed(self, name: str, now: Instant) -> bool:
        former, row = self._rows.get(name), row_of(self._board, name, now)
        self._rows[name] = row
        return former != row
