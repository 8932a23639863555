"""Opening the map of the week: the server stays until Ctrl-C, and another day may pass."""

import asyncio
import os
import signal
import sys
import webbrowser
from collections.abc import Iterator
from contextlib import suppress

from dp3t.cli.demo.facilities.run import Outcome
from dp3t.cli.demo.facilities.town import Town
from dp3t.cli.demo.facilities.week import DAYS, EARLY, SETTINGS, at, nth
from dp3t.cli.language import language, text
from dp3t.cli.output import show
from dp3t.timeline import Instant

_LIVE_UNTIL = 12
_LIVE_STEP_SECONDS = 120
"""How much of the story's time passes in a second."""

_ATTESTING = 0.9
"""Which part of the facilities attests the live day by its deadline."""


def is_wanted(*, as_json: bool) -> bool:
    """Return whether somebody sits there who could look at a map and press Ctrl-C."""
    return not as_json and sys.stdin.isatty() and sys.stdout.isatty()


def address(town: Town) -> str:
    """Return where the map is."""
    return f"{town.server.url}/facilities/{language()}/"


async def open_map(outcome: Outcome, town: Town, *, live: bool) -> None:
    """Say where the map is, open it where there is a screen, and keep the server until Ctrl-C.

    Args:
        outcome: of the week.
        town: the running server.
        live: whether another day passes meanwhile.
    """
    place = address(town)
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    with suppress(NotImplementedError):  # where the system has no such signals, Ctrl-C ends all
        loop.add_signal_handler(signal.SIGINT, ended.set)
    show(
        text(
            en="The map of the week's {acts} acts: {place}  (Ctrl-C ends it)",
            vi="Bản đồ của {acts} bản ghi trong tuần: {place}  (Ctrl-C để dừng)",
        ).format(acts=outcome.map.acts, place=place)
    )
    if _has_screen():
        await asyncio.to_thread(webbrowser.open, place)
    day = asyncio.create_task(live_day(town, seconds=1)) if live else None
    try:
        await ended.wait()
    finally:
        with suppress(NotImplementedError):  # as above
            loop.remove_signal_handler(signal.SIGINT)
        if day is not None:
            day.cancel()
            await asyncio.gather(day, return_exceptions=True)


async def live_day(town: Town, *, seconds: float) -> None:
    """Let the day after the week pass: facilities attest one after another, and some do not.

    Args:
        town: the running server.
        seconds: between two steps of two minutes of the story.
    """
    attesting = _attesting(town)
    deadline = SETTINGS.deadline_of(nth(DAYS))
    steps = (deadline - at(DAYS, EARLY)) // _LIVE_STEP_SECONDS
    each_step = -(-round(len(town.desks) * _ATTESTING) // steps)
    for now in range(at(DAYS, EARLY), at(DAYS, _LIVE_UNTIL), _LIVE_STEP_SECONDS):
        await town.set_clock(Instant(now))
        if now < deadline:
            acts = (next(attesting, None) for _ in range(each_step))
            await town.hand_in_each([act] for act in acts if act is not None)
        await asyncio.sleep(seconds)


def _attesting(town: Town) -> Iterator[bytes]:
    """Yield attestations of the live day, each signed at the moment it is asked for."""
    today = nth(DAYS)
    desks = [desk for desk in town.desks.values() if desk.facility.attests_on(today)]
    for desk in desks[: round(len(desks) * _ATTESTING)]:
        yield desk.attest(today, town.now)


def _has_screen() -> bool:
    if sys.platform in ("darwin", "win32"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
