"""Both fidelities in one world: the same uploads every morning, and every row compared."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from dp3t_simulator import response
from dp3t_simulator.epidemic.engine import Epidemic
from dp3t_simulator.interfaces import Morning, Notification, World
from dp3t_simulator.scenario.settings import Scenario
from dp3t_simulator.warnings.fast import FastNotification
from dp3t_simulator.warnings.protocol.notification import ProtocolNotification
from dp3t_simulator.world import world_of

Row = tuple[float, ...]
Make = Callable[[World], Notification]


class Difference(NamedTuple):
    """A row that one fidelity gives and the other does not.

    Attributes:
        day: of the morning.
        what: "exposure", "notice" or "batch".
        by: "fast" or "protocol".
        row: person, day of exposure and what else such a row has; keys and bytes of batches.
    """

    day: int
    what: str
    by: str
    row: Row


@dataclass(slots=True, kw_only=True)
class Comparison:
    """What a run of both came to.

    Attributes:
        exposures, notices, uploads, keys, size_bytes: how many there were, by the protocol's count.
        phones: how many had the app.
        differences: rows of one fidelity alone.
    """

    phones: int = 0
    exposures: int = 0
    notices: int = 0
    uploads: int = 0
    keys: int = 0
    size_bytes: int = 0
    differences: list[Difference] = field(default_factory=list)


def compared(
    scenario: Scenario,
    *,
    seed: int,
    one: Make = FastNotification,
    other: Make = ProtocolNotification,
) -> Comparison:
    """Return what both fidelities give, morning by morning, in the world of the first one.

    Args:
        scenario: what is simulated, at either fidelity.
        seed: of the run.
        one: makes the fidelity whose notices people react to.
        other: makes the one that is compared with it.
    """
    result = Comparison()
    for day, uploads, first, second in _mornings(scenario, seed, one, other, result):
        result.uploads += uploads
        result.exposures += len(second.exposures.person)
        result.notices += len(second.notices.person)
        result.keys += second.batch_keys
        result.size_bytes += second.batch_bytes
        result.differences += differences(day, first, second)
    return result


def differences(day: int, one: Morning, other: Morning) -> list[Difference]:
    """Return the rows that one of two mornings of a day has and the other has not."""
    found: list[Difference] = []
    for what in ("exposure", "notice", "batch"):
        rows, with_them = _rows(what, one), _rows(what, other)
        only = {"fast": set(rows) - set(with_them), "protocol": set(with_them) - set(rows)}
        found += [Difference(day, what, by, row) for by in only for row in sorted(only[by])]
        if rows != with_them and not found:
            found.append(Difference(day, what, "fast", ()))  # the same rows in another order
    return found


def _mornings(
    scenario: Scenario, seed: int, one: Make, other: Make, result: Comparison
) -> Iterator[tuple[int, int, Morning, Morning]]:
    world = world_of(scenario, seed=seed)
    epidemic, acting = Epidemic(world), response.of(world)
    warning, second = one(world), other(world)
    result.phones = int(world.state.app.sum())
    try:
        for day in range(scenario.days):
            uploads, traces = acting.morning(day, epidemic.morning(day))
            morning = warning.morning(day, uploads, traces)
            yield day, len(uploads.person), morning, second.morning(day, uploads, traces)
            acting.react(day, morning.notices)
            acting.write_history(day)
            epidemic.transmit(day)
            warning.evening(day)
            second.evening(day)
    finally:
        epidemic.close()
        warning.close()
        second.close()


def _rows(what: str, morning: Morning) -> list[Row]:
    if what == "batch":
        return [(morning.batch_keys, morning.batch_bytes)]
    columns = morning.exposures if what == "exposure" else morning.notices
    return list(zip(*(column.tolist() for column in columns), strict=True))
