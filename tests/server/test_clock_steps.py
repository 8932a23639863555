"""A clock that was set ahead is noticed beside one that nobody sets."""

import logging
from pathlib import Path

import pytest

from dp3t import Instant
from dp3t_server.clock import SimulatedClock
from dp3t_server.clock_steps import MOST_STEP_SECONDS, ClockGuard, Steps
from key_server import NOW, in_process
from server_facilities import ACTS, FACILITIES_ON, enrolled, handed_in, send


class Clock:
    """The system's clock, as somebody may set it, and one that nobody sets."""

    name = "system"

    def __init__(self) -> None:
        self.wall, self.steady = Instant(NOW), 5_000.0

    def now(self) -> Instant:
        return self.wall

    def pass_by(self, seconds: int, *, step: int = 0) -> None:
        self.wall = Instant(self.wall + seconds + step)
        self.steady += seconds


@pytest.mark.spec("FACILITIES-SERVER-23")
@pytest.mark.parametrize("step", [0, -86_400, MOST_STEP_SECONDS])
def test_a_clock_that_goes_with_the_other_or_goes_back_is_believed(step: int) -> None:
    steps = Steps(wall=NOW, steady=1.0)
    assert not steps.is_ahead(wall=NOW + 90 * 86_400 + step, steady=90 * 86_400 + 1.0)


@pytest.mark.spec("FACILITIES-SERVER-23")
def test_a_clock_that_was_set_ahead_is_not_believed_until_it_is_set_back() -> None:
    clock = Clock()
    guard = ClockGuard(clock, steady=lambda: clock.steady)
    clock.pass_by(100, step=MOST_STEP_SECONDS + 1)
    assert guard.is_ahead()
    clock.pass_by(86_400)
    assert guard.is_ahead()
    clock.pass_by(10, step=-MOST_STEP_SECONDS)
    assert not guard.is_ahead()


@pytest.mark.spec("FACILITIES-SERVER-23")
def test_a_clock_that_went_back_may_return() -> None:
    clock = Clock()
    guard = ClockGuard(clock, steady=lambda: clock.steady)
    for step in (-7_200, 7_200):
        clock.pass_by(60, step=step)
        assert not guard.is_ahead()
    clock.pass_by(60, step=7_200)
    assert guard.is_ahead()


def test_small_steps_are_forgotten() -> None:
    """Or a clock that is kept right by small steps would be called wrong in the end."""
    clock = Clock()
    guard = ClockGuard(clock, steady=lambda: clock.steady)
    for _ in range(4):
        clock.pass_by(3_600, step=MOST_STEP_SECONDS // 2)
        assert not guard.is_ahead()


@pytest.mark.spec("FACILITIES-SERVER-23")
def test_it_is_logged_once_each_time(caplog: pytest.LogCaptureFixture) -> None:
    clock = Clock()
    guard = ClockGuard(clock, steady=lambda: clock.steady)
    for step in (86_400, 0, -86_400, 86_400):
        clock.pass_by(1, step=step)
        guard.is_ahead()
    assert [record.levelno for record in caplog.records] == [logging.ERROR] * 2


def test_a_simulated_clock_is_moved_on_purpose() -> None:
    clock = SimulatedClock(NOW)
    guard = ClockGuard(clock)
    clock.move_to(Instant(NOW + 86_400))
    assert not guard.is_ahead()


@pytest.mark.spec("FACILITIES-SERVER-23")
async def test_no_act_is_taken_while_the_clock_is_ahead(tmp_path: Path) -> None:
    clock = Clock()
    async with in_process(tmp_path, config=FACILITIES_ON, clock=clock) as server:
        record = await enrolled(server, "le-loi")
        signed = record.attest("le-loi", NOW)
        clock.pass_by(0, step=86_400)
        status, answer = await server.ask("POST", ACTS, handed_in(signed))
        assert (status, answer["error"]["code"]) == (503, "unavailable")
        clock.pass_by(0, step=-86_400)
        answer = await send(server, signed)
        assert (answer["number"], answer["received"]) == (3, NOW)
