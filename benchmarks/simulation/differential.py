"""Both fidelities in the same worlds: `python -m benchmarks.simulation.differential`.

Rows that one gives and the other does not are errors; there are none. The last columns tell what a
phone of the library costs a day, all that it hears and reads included.
"""

import argparse
import sys
import time
from dataclasses import dataclass
from itertools import islice

from rich.console import Console

from benchmarks.arguments import from_one
from benchmarks.tables import result_table
from dp3t_simulator.interfaces import Morning, Uploads, VenueTraces, World
from dp3t_simulator.scenario.settings import (
    AppSettings,
    DiseaseSettings,
    PresenceSettings,
    RadioSettings,
    Scenario,
    TestingSettings,
)
from dp3t_simulator.warnings.protocol.differential import Comparison, compared
from dp3t_simulator.warnings.protocol.notification import ProtocolNotification

DESIGNS = ("lowcost", "unlinkable", "hybrid", "gaen")
CONFIGURATIONS = ("dp3t", "swisscovid", "gaen-v2")
SHOWN = 10


@dataclass(slots=True)
class Timed:
    """Phones of the library, and how long they took.

    Attributes:
        seconds: of this process, by its clock.
    """

    seconds: float = 0.0

    def of(self, world: World) -> "TimedPhones":
        """Give phones to a world."""
        return TimedPhones(world, self)


class TimedPhones(ProtocolNotification):
    """Phones whose mornings and evenings are timed."""

    def __init__(self, world: World, timed: Timed) -> None:
        super().__init__(world, processes=1)
        self._timed = timed

    def morning(self, day: int, uploads: Uploads, traces: VenueTraces) -> Morning:
        """Time a morning."""
        begun = time.process_time()
        found = super().morning(day, uploads, traces)
        self._timed.seconds += time.process_time() - begun
        return found

    def evening(self, day: int) -> None:
        """Time an evening."""
        begun = time.process_time()
        super().evening(day)
        self._timed.seconds += time.process_time() - begun


def scenarios(people: int, days: int) -> list[Scenario]:
    """Return worlds of every design and configuration, each with other troubles."""
    found = []
    for number, design in enumerate(DESIGNS):
        for other, configuration in enumerate(CONFIGURATIONS):
            found.append(
                Scenario(
                    name=f"{design}, {configuration}",
                    people=people,
                    days=days,
                    disease=DiseaseSettings(seeds=max(1, people // 20)),
                    testing=TestingSettings(symptomatic_probability=1.0),
                    app=AppSettings(
                        uptake=0.5,
                        upload_consent=1.0,
                        design=design,
                        configuration=configuration,
                        clock_skew_seconds=(10.0, 400.0, 7000.0)[(number + other) % 3],
                        online_daily=(0.9, 0.4)[other % 2],
                        redaction=0.3,
                        upload_on=("test", "symptoms")[number == other],
                        upload_delay_days=other,
                        retention_days=(14, 14, 6)[other],
                    ),
                    presence=PresenceSettings(enabled=number in (0, 3) and other == 0),
                    radio=RadioSettings(loss=(None, 0.4)[number % 2]),
                )
            )
    return found


def main() -> int:
    """Compare, print a table, and return 1 where anything differs."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--people", type=from_one, default=4_000)
    parser.add_argument("--days", type=from_one, default=28)
    parser.add_argument("--seed", type=from_one, default=1)
    parser.add_argument("--design", choices=DESIGNS, help="one design alone")
    asked = parser.parse_args()
    console = Console()
    table = result_table(
        "Phones of the library beside loops over arrays",
        *(
            "World",
            "phones",
            "uploads",
            "exposures",
            "notices",
            "bytes",
            "different",
            "ms a phone-day",
        ),
        words={"World"},
    )
    different = 0
    for scenario in scenarios(asked.people, asked.days):
        if asked.design and scenario.app.design != asked.design:
            continue
        timed = Timed()
        result = compared(scenario, seed=asked.seed, other=timed.of)
        different += len(result.differences)
        table.add_row(scenario.name, *_cells(result, timed, asked.days))
        for difference in islice(result.differences, SHOWN):
            console.print(difference)
    console.print(table)
    return 1 if different else 0


def _cells(result: Comparison, timed: Timed, days: int) -> list[str]:
    counts = (result.phones, result.uploads, result.exposures, result.notices, result.size_bytes)
    cost = 1000 * timed.seconds / max(1, result.phones * days)
    return [*map(str, counts), str(len(result.differences)), f"{cost:.2f}"]


if __name__ == "__main__":
    sys.exit(main())
