"""Simulations in processes of their own, ours and others', that take turns."""

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

SEED = 20_261_123


class ChildError(Exception):
    """A simulation ended without an answer; the text is what it said last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """One run.

    Attributes:
        people: how many were simulated.
        days: how many.
        seconds: of the days, by the clock; the population was there before.
        building_seconds: what came before the first day.
        infected: how many were.
        peak_rss_mb: the most memory of the process, in 10⁶ bytes.
        others: what else the process said.
    """

    people: int
    days: int
    seconds: float
    building_seconds: float
    infected: int
    peak_rss_mb: float
    others: Mapping[str, Any]

    @property
    def speed(self) -> float:
        """Person-days a second."""
        return self.people * self.days / self.seconds

    @property
    def microseconds_per_infected(self) -> float:
        """What one infection costs, with all that it brings about."""
        return 1e6 * self.seconds / max(self.infected, 1)


def ours(toml: str, *, people: int, days: int, threads: int) -> Ran:
    """Run a scenario of ours.

    Raises:
        ChildError: it failed.
    """
    asked = json.dumps({"toml": toml, "seed": SEED, "threads": threads})
    command = [sys.executable, "-m", "benchmarks.simulation.child"]
    return ran(command, people=people, days=days, asked=asked)


def ran(command: Sequence[str], *, people: int, days: int, asked: str = "") -> Ran:
    """Run a simulation in a process; its last line is the answer.

    Raises:
        ChildError: it failed, or said nothing that is one.
    """
    done = subprocess.run(  # noqa: S603 - programs of ours
        command, input=asked, capture_output=True, text=True, check=False
    )
    try:
        answer: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
        return Ran(
            people=people,
            days=days,
            seconds=answer.pop("seconds"),
            building_seconds=answer.pop("building_seconds"),
            infected=answer.pop("infected"),
            peak_rss_mb=answer.pop("peak_rss_mb"),
            others=answer,
        )
    except (IndexError, ValueError, KeyError):
        said = (done.stderr.strip() or done.stdout.strip() or "nothing").splitlines()[-1]
        raise ChildError(f"ended with status {done.returncode} and said: {said}") from None


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """Numbers of rounds.

    Attributes:
        median: the middle one.
        low: the least.
        high: the greatest.
    """

    median: float
    low: float
    high: float


def spread(values: Sequence[float]) -> Spread:
    """Return where numbers of rounds lie."""
    return Spread(median=median(values), low=min(values), high=max(values))
