"""One simulation of ours in a process of its own, so that its memory is its own.

It reads a scenario, a seed and a number of threads in JSON, and answers in JSON. A small run goes
before, so that nothing is compiled or loaded within the time.
"""

import hashlib
import json
import resource
import sys
from collections.abc import Sequence
from dataclasses import replace
from time import perf_counter

from dp3t_simulator.result import Columns
from dp3t_simulator.scenario.reading import parse_scenario
from dp3t_simulator.simulation import simulate

_WARMING_PEOPLE, _WARMING_DAYS = 2_000, 35


def main() -> None:
    """Run what standard input says."""
    asked = json.loads(sys.stdin.read())
    scenario = parse_scenario(asked["toml"], name="benchmark")
    warming = replace(
        scenario,
        people=min(scenario.people, _WARMING_PEOPLE if scenario.fidelity == "fast" else 200),
        days=min(scenario.days, _WARMING_DAYS if scenario.fidelity == "fast" else 4),
        disease=replace(scenario.disease, seeds=10),
    )
    simulate(warming, threads=asked["threads"], baseline=False)
    start = perf_counter()
    result = simulate(scenario, seed=asked["seed"], threads=asked["threads"], baseline=False)
    whole = perf_counter() - start
    found = result.summary
    answer = {
        "seconds": result.seconds,
        "building_seconds": whole - result.seconds,
        "infected": found.infected,
        "uploads": found.uploads,
        "notified": found.notified,
        "app_users": found.app_users,
        "peak_rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6,
        "digest": _digest([result.daily, *result.events.values()]),
        "luck": _digest([result.events[name] for name in ("infections", "notices", "uploads")]),
    }
    sys.stdout.write(json.dumps(answer) + "\n")


def _digest(tables: Sequence[Columns]) -> str:
    """Return a hash of every number of some tables."""
    taken = hashlib.sha256()
    for table in tables:
        for name in sorted(table):
            taken.update(table[name].tobytes())
    return taken.hexdigest()


if __name__ == "__main__":
    main()
