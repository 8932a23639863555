"""Two servers in turn: how many requests each answers, and what is the ratio of each round."""

import math
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from benchmarks.server.client import Window


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """What one server did in all rounds.

    Attributes:
        per_second: requests answered in a second, the median of the rounds.
        p50_milliseconds: which half of all answers took less time than.
        p99_milliseconds: which 99 of 100 did.
        cpu_microseconds: of the processor that the server took for a request, over all rounds.
        client_busy: which part of a processor's time the client took, the median.
    """

    per_second: float
    p50_milliseconds: float
    p99_milliseconds: float
    cpu_microseconds: float
    client_busy: float

    @classmethod
    def of(cls, windows: Sequence[Window]) -> "Side":
        """Return the figures of some windows."""
        latencies = sorted(each for window in windows for each in window.latencies)
        return cls(
            per_second=statistics.median(window.per_second for window in windows),
            p50_milliseconds=1000 * percentile(latencies, 50),
            p99_milliseconds=1000 * percentile(latencies, 99),
            cpu_microseconds=1e6
            * sum(each.server_cpu_seconds for each in windows)
            / len(latencies),
            client_busy=statistics.median(window.busy for window in windows),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """The server beside what it is compared with.

    Attributes:
        name: what was asked for.
        least: the ratio that there shall be.
        ratio: requests a second, ours over the other's; the median of the rounds.
        spread: the least and the largest of the rounds.
        cpu_ratio: requests for a second of the server's processor, ours over the other's. Where
            others use the machine too, it says what the ratio would be without them, as far as
            both wait for the processor alone.
        ours: the server.
        bare: the other.
    """

    name: str
    least: float
    ratio: float
    spread: tuple[float, float]
    cpu_ratio: float
    ours: Side = field(repr=False)
    bare: Side = field(repr=False)

    @property
    def reached(self) -> bool:
        """Whether the server is fast enough."""
        return self.ratio >= self.least


def compare(
    name: str,
    ours: Callable[[], Window],
    bare: Callable[[], Window],
    *,
    least: float,
    rounds: int,
) -> Compared:
    """Measure both in each round, in turn the one and the other first.

    Before the first round each is asked once without being counted.
    """
    found: dict[Callable[[], Window], list[Window]] = {ours: [ours()], bare: [bare()]}
    for number in range(rounds):
        for side in (ours, bare) if number % 2 else (bare, ours):
            found[side].append(side())
    pairs = list(zip(found[ours][1:], found[bare][1:], strict=True))
    ratios = [one.per_second / other.per_second for one, other in pairs]
    mine, others = Side.of(found[ours][1:]), Side.of(found[bare][1:])
    return Compared(
        name=name,
        least=least,
        ratio=statistics.median(ratios),
        spread=(min(ratios), max(ratios)),
        cpu_ratio=others.cpu_microseconds / max(mine.cpu_microseconds, 0.001),
        ours=mine,
        bare=others,
    )


def percentile(ordered: Sequence[float], percent: int) -> float:
    """Return the value that `percent` of 100 do not exceed.

    Args:
        ordered: at least one value, ascending.
        percent: 1 to 100.
    """
    return ordered[math.ceil(len(ordered) * percent / 100) - 1]
