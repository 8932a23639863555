"""Waking at a moment: in order, not early, hardly late, and not for ever."""

import asyncio
import statistics
import threading
import time

import pytest

from dp3t_server.metronome import Metronome


async def test_coroutines_wake_in_the_order_of_their_moments_and_none_early() -> None:
    metronome, woken = Metronome(), list[float]()
    began = time.monotonic()

    async def wait(seconds: float) -> None:
        await metronome.until(began + seconds)
        assert time.monotonic() - began >= seconds
        woken.append(seconds)

    await asyncio.gather(*(wait(seconds) for seconds in (0.08, 0.02, 0.05, 0.05, -1)))
    assert woken == [-1, 0.02, 0.05, 0.05, 0.08]
    metronome.close()


@pytest.mark.spec("OPERATING-1")
async def test_how_late_it_wakes_does_not_tell_when_the_waiting_began() -> None:
    """The event loop's own timers, after 0.3 and 0.9 ms of work, wake 0.6 ms apart."""
    metronome, late = Metronome(), {0.0003: list[float](), 0.0009: list[float]()}
    for _ in range(40):
        for work_seconds, found in late.items():
            moment = time.monotonic() + 0.01
            time.sleep(work_seconds)
            await metronome.until(moment)
            found.append(time.monotonic() - moment)
    metronome.close()
    medians = [statistics.median(found) for found in late.values()]
    assert abs(medians[0] - medians[1]) < 0.0003


async def test_closing_wakes_everybody_and_ends_the_thread() -> None:
    metronome = Metronome()
    waiting = asyncio.create_task(metronome.until(time.monotonic() + 60))
    await asyncio.sleep(0.02)
    assert "metronome" in {thread.name for thread in threading.enumerate()}
    metronome.close()
    await asyncio.wait_for(waiting, timeout=1)
    await asyncio.wait_for(metronome.until(time.monotonic() + 60), timeout=1)
    assert "metronome" not in {thread.name for thread in threading.enumerate()}


async def test_who_no_longer_waits_is_passed_over() -> None:
    metronome = Metronome()
    given_up = asyncio.create_task(metronome.until(time.monotonic() + 0.05))
    await asyncio.sleep(0)
    given_up.cancel()
    await metronome.until(time.monotonic() + 0.08)
    assert given_up.cancelled()
    metronome.close()


def test_a_sleeper_whose_loop_is_gone_does_no_harm() -> None:
    metronome = Metronome()

    async def begin() -> None:
        waiting = asyncio.create_task(metronome.until(time.monotonic() + 0.05))
        await asyncio.sleep(0)
        waiting.cancel()

    asyncio.run(begin())
    time.sleep(0.08)
    metronome.close()
