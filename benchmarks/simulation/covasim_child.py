"""Covasim with testing and tracing, run by a Python that has it: PEOPLE DAYS, answers in JSON.

A small run goes before, so that nothing is compiled within the time.
"""

import importlib
import json
import resource
import sys
from time import perf_counter
from typing import Any


def main() -> None:
    """Run what the arguments say."""
    covasim = importlib.import_module("covasim")
    people, days = int(sys.argv[1]), int(sys.argv[2])
    _run(covasim, 2_000, 20)
    building, seconds, sim = _run(covasim, people, days)
    answer = {
        "version": covasim.__version__,
        "seconds": seconds,
        "building_seconds": building,
        "infected": int(sim.results["cum_infections"][-1]),
        "peak_rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6,
    }
    sys.stdout.write("\n" + json.dumps(answer) + "\n")


def _run(covasim: Any, people: int, days: int) -> tuple[float, float, Any]:
    """Return the seconds of building and of running, and what was run."""
    start = perf_counter()
    sim = covasim.Sim(
        pop_size=people,
        pop_type="hybrid",
        pop_infected=max(1, people // 1000),
        n_days=days - 1,  # it counts the first day too
        rand_seed=1,
        verbose=0,
        interventions=[
            covasim.test_prob(
                symp_prob=0.2,
                asymp_prob=0.001,
                symp_quar_prob=0.5,
                asymp_quar_prob=0.02,
                test_delay=2,
            ),
            covasim.contact_tracing(
                trace_probs={"h": 1, "s": 0.3, "w": 0.3, "c": 0.15},
                trace_time={"h": 0, "s": 1, "w": 1, "c": 1},
            ),
        ],
        **({"rescale": False} if covasim.__version__.startswith("3") else {}),
    )
    (sim.init if hasattr(sim, "init") else sim.initialize)()
    built = perf_counter()
    sim.run()
    return built - start, perf_counter() - built, sim


if __name__ == "__main__":
    main()
