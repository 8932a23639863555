"""OpenABM-Covid19 with its app, run by a Python that has it: PEOPLE DAYS [frozen], answers in JSON.

With `frozen` contacts are drawn once and not every day, which is far faster and another model.
"""

import importlib
import json
import resource
import sys
import tempfile
from time import perf_counter

SETTINGS = {
    "rng_seed": 1,
    "sys_write_individual": 0,
    "app_turn_on_time": 1,
    "test_on_symptoms": 1,
    "trace_on_positive": 1,
    "test_on_traced": 1,
    "quarantine_on_traced": 1,
    "quarantine_household_on_positive": 1,
    "quarantine_household_on_symptoms": 1,
    "self_quarantine_fraction": 0.6,
    "traceable_interaction_fraction": 0.8,
    "quarantine_days": 7,  # how far back contacts are traced
}
AGES = ("0_9", "10_19", "20_29", "30_39", "40_49", "50_59", "60_69", "70_79", "80")
UPTAKE = 0.7
"""Of those with a smartphone, whose shares by age are its own."""


def main() -> None:
    """Run what the arguments say."""
    openabm = importlib.import_module("COVID19.model")
    people, days, frozen = int(sys.argv[1]), int(sys.argv[2]), "frozen" in sys.argv[3:]
    with tempfile.TemporaryDirectory() as folder:
        parameters = openabm.Parameters(output_file_dir=folder, read_param_file=True)
        sizes = {"n_total": people, "end_time": days, "n_seed_infection": max(1, people // 1000)}
        for name, value in {**SETTINGS, **sizes, "rebuild_networks": int(not frozen)}.items():
            parameters.set_param(name, value)
        for age in AGES:
            name = f"app_users_fraction_{age}"
            parameters.set_param(name, UPTAKE * parameters.get_param(name))
        start = perf_counter()
        model = openabm.Model(parameters)
        built = perf_counter()
        for _ in range(days):
            model.one_time_step()
        ended = perf_counter()
        answer = {
            "version": "0.2",
            "seconds": ended - built,
            "building_seconds": built - start,
            "infected": int(model.one_time_step_results()["total_infected"]),
            "peak_rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6,
        }
    sys.stdout.write("\n" + json.dumps(answer) + "\n")


if __name__ == "__main__":
    main()
