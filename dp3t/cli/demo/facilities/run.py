"""Play the week: a real server process, acts by the clock, and then the audit of the record."""

import json
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random  # noqa: TID251 - reproducible on purpose, and nobody's secrets
from tempfile import TemporaryDirectory

from dp3t.canonical_json import JsonValue
from dp3t.cli.demo.declarations.checks import Check, check
from dp3t.cli.demo.facilities.auditing import Audited, checks_of, read_again
from dp3t.cli.demo.facilities.parties import Desk
from dp3t.cli.demo.facilities.stories import ANSWER_WORDS, KEPT_WORDS, STRUCK_WORDS, Stories
from dp3t.cli.demo.facilities.town import Town, authority_of, desks_of, settings_of
from dp3t.cli.demo.facilities.week import (
    CLOSING,
    DAYS,
    EARLY,
    LAST,
    LATE_MORNING,
    MORNING,
    OPENING,
    Conduct,
    Due,
    Part,
    Scenario,
    at,
    nth,
)
from dp3t.cli.demo.server_process import running_server
from dp3t.facilities.snapshot import FacilityMap
from dp3t.facilities.state import State
from dp3t.facilities_client import FacilitiesClient
from dp3t.timeline import Instant

_MAP_SECONDS = 60
"""After this long every map shows all acts."""

_HOURS = (EARLY, MORNING, LATE_MORNING, CLOSING)
_HOUR_OF = {
    Conduct.IN_TIME: MORNING,
    Conduct.CORRECTED: EARLY,
    Conduct.LATE: LATE_MORNING,
    Conduct.PARTLY: MORNING,
    Conduct.CRITICAL: MORNING,
    Conduct.CLOSED: EARLY,
}
"""When a day is attested; what is missing here is not attested on it."""


@dataclass(slots=True, kw_only=True)
class Outcome:
    """What came of the week.

    Attributes:
        map: as it is opened at the end.
        calendars: what each facility's calendar says of the week.
        pages: how many pages the record has.
        checks: everything that had to be so, by story.
        seconds: how long it took.
    """

    map: FacilityMap
    calendars: dict[str, tuple[Due, ...]]
    pages: int
    checks: dict[str, list[Check]] = field(default_factory=dict)
    seconds: float = 0.0


Shown = Callable[[Outcome, Town], Awaitable[None]]
"""What is done with the running server once the week is over."""


async def demonstrate(
    scenario: Scenario, *, progress: Callable[[float], None], show: Shown | None = None
) -> Outcome:
    """Start the server, play the scenario and return what came of it.

    Args:
        scenario: what will happen.
        progress: told which part of the work is done.
        show: is given the running server before it is stopped.
    """
    began = time.monotonic()
    rand = Random(f"desks {scenario.seed}").randbytes  # noqa: S311 - a demonstration's keys
    authority = authority_of(rand=rand)
    with TemporaryDirectory(prefix="dp3t-district-") as folder:
        boundaries = Path(folder, "district.geojson")
        boundaries.write_bytes(scenario.district.boundaries())
        settings = settings_of(authority, boundaries=str(boundaries))
        async with (
            running_server(start=OPENING, settings=settings) as server,
            FacilitiesClient(server.url) as client,
        ):
            town = Town(
                server=server,
                client=client,
                authority=authority,
                desks=desks_of(scenario, rand=rand),
                rand=rand,
                now=OPENING,
            )
            outcome = await _Week(scenario, town).play(progress)
            outcome.seconds = time.monotonic() - began
            if show is not None:
                await show(outcome, town)
    return outcome


class _Week:
    def __init__(self, scenario: Scenario, town: Town) -> None:
        self._scenario = scenario
        self._town = town
        self._stories = Stories(scenario, town)
        self._seen = list[Check]()

    async def play(self, progress: Callable[[float], None]) -> Outcome:
        town = self._town
        await town.decree(*town.authority.settle(town.now))
        await town.decree(*(town.authority.enrol(desk, town.now) for desk in town.desks.values()))
        for day in range(DAYS):
            for number, hour in enumerate(_HOURS):
                await town.set_clock(at(day, hour))
                await town.hand_in_each(self._acts(day, hour))
                await self._stories.happen(day, hour)
                progress((day * len(_HOURS) + number + 1) / (DAYS * len(_HOURS)) * 0.95)
        await town.set_clock(Instant(town.now + _MAP_SECONDS))
        audited = await read_again(town)
        outcome = await self._outcome(audited)
        progress(1.0)
        return outcome

    def _acts(self, day: int, hour: float) -> Iterator[list[bytes]]:
        """Yield for each facility what it attests at an hour."""
        for desk in self._town.desks.values():
            yield list(self._act(desk, day, hour))

    def _act(self, desk: Desk, day: int, hour: float) -> Iterator[bytes]:
        now = self._town.now
        conduct = self._scenario.conduct(desk.facility, day)
        yesterday = self._scenario.conduct(desk.facility, day - 1)
        if hour == EARLY and yesterday is Conduct.NEXT_DAY:
            yield desk.attest(nth(day - 1), now)
        if conduct is Conduct.CORRECTED and hour == MORNING:
            yield desk.attest(nth(day), now)
        if conduct is None or _HOUR_OF.get(conduct) != hour:
            return
        match conduct:
            case Conduct.CLOSED:
                yield desk.shut(nth(day), now)
            case Conduct.CRITICAL:
                yield desk.attest(nth(day), now, absent=[desk.daily(critical=True)])
            case Conduct.PARTLY | Conduct.CORRECTED:
                yield desk.attest(nth(day), now, absent=[desk.daily(critical=False)])
            case _:
                yield desk.attest(nth(day), now)

    async def _outcome(self, audited: Audited) -> Outcome:
        calendars = {name: await self._calendar(name) for name in self._town.desks}
        outcome = Outcome(map=audited.shown, calendars=calendars, pages=len(audited.pages))
        outcome.checks = {
            "days": list(self._day_checks(outcome)),
            "stories": [*self._stories.checks, *await self._words_checks()],
            "audit": list(checks_of(self._town, audited)),
        }
        return outcome

    async def _calendar(self, name: str) -> tuple[Due, ...]:
        trusted = self._town.authority.trusted
        days = (await self._town.client.fetch_place(name, authorities=trusted)).days
        return tuple(Due(each.state, each.late, each.missing) for each in days[-DAYS:])

    def _day_checks(self, outcome: Outcome) -> Iterator[Check]:
        facilities = self._scenario.district.facilities
        truth = {each.facility: self._scenario.truth(each) for each in facilities}
        shown = {row.facility: row for row in outcome.map.rows}
        yield check(
            "Facilities on the map",
            "Số cơ sở trên bản đồ",
            due=len(facilities),
            came=len(shown.keys() & truth.keys()),
        )
        yield check(
            "Facilities whose calendar says something else of the week than what happened",
            "Cơ sở có lịch tuần khác với những gì đã xảy ra",
            due=[],
            came=[name for name, due in truth.items() if outcome.calendars[name] != due],
        )
        yield check(
            "States on the map at the end, and how many facilities are in each",
            "Trạng thái trên bản đồ lúc cuối và số cơ sở ở mỗi trạng thái",
            due=_counts(due[LAST].state for due in truth.values()),
            came=_counts(row.state for row in outcome.map.rows),
        )
        contested = self._scenario.parts[Part.OPEN]
        yield check(
            "Facilities with an objection on which nobody has decided",
            "Cơ sở có phản ánh chưa ai giải quyết",
            due=[contested],
            came=[row.facility for row in outcome.map.rows if row.objections],
        )

    async def _words_checks(self) -> list[Check]:
        """Return what is said and kept of the words beside acts."""
        town, parts = self._town, self._scenario.parts
        said = {part: await self._said(parts[part]) for part in (Part.DISMISSED, Part.STRUCK)}
        files = town.server.files()
        return [
            check(
                "Words beside an objection and its answer",
                "Lời kèm theo phản ánh và trả lời",
                due=[KEPT_WORDS, ANSWER_WORDS],
                came=list(said[Part.DISMISSED]),
            ),
            check(
                "Words that were struck out, as the facility's page shows them",
                "Lời đã bị gạch bỏ, như trang của cơ sở hiện ra",
                due=[],
                came=list(said[Part.STRUCK]),
            ),
            check(
                "Whether the server's files hold the words: those that stay, those struck out",
                "Tệp của máy chủ có chứa lời không: lời còn giữ, lời đã gạch bỏ",
                due=[True, False],
                came=[_holds(files, KEPT_WORDS), _holds(files, STRUCK_WORDS)],
            ),
        ]

    async def _said(self, name: str) -> list[str]:
        trusted = self._town.authority.trusted
        acts = (await self._town.client.fetch_place(name, authorities=trusted)).acts
        return [act.words.text for act in acts if act.words is not None]


def _counts(states: Iterable[State]) -> dict[str, JsonValue]:
    return dict(sorted(Counter(state.value for state in states).items()))


def _holds(files: Iterable[bytes], words: str) -> bool:
    """Return whether a file holds words, as they are or as JSON escapes them."""
    written = (words.encode(), json.dumps(words)[1:-1].encode())
    return any(each in file for file in files for each in written)
