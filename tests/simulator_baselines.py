"""Results that change only on purpose: `python tests/simulator_baselines.py` writes them again.

A change of a baseline is a change of results: the changelog tells it under [results].
"""

import json
from collections.abc import Callable
from dataclasses import asdict

import numpy as np

from dp3t_simulator.cli.reproduce_cascades import PUBLISHED, found_in
from dp3t_simulator.contacts.network import ContactNetwork
from dp3t_simulator.mixed_outbreak import Mixed, generations
from dp3t_simulator.network_outbreak import Policy, spread
from dp3t_simulator.renewal import NextGeneration
from dp3t_simulator.scenario.reading import replaced_all
from dp3t_simulator.simulation import simulate
from dp3t_simulator.streams import Stream
from dp3t_simulator.uptake import town as town_with_app
from project import ROOT

FOLDER = ROOT / "simulator" / "baselines"


def town() -> ContactNetwork:
    """Return 200 people who know those near them and some others, as often as a stream says."""
    first, second = np.triu_indices(200, k=1)
    chance = np.where(second - first <= 3, 0.4, 0.004)
    kept = Stream(0, "baselines: town").uniform(first, second) < chance
    first, second = first[kept], second[kept]
    weight = 1 + Stream(0, "baselines: weights").bits(first, second) % np.uint64(3)
    return ContactNetwork(people=200, first=first, second=second, weight=weight.astype(np.float64))


def network_outbreak() -> object:
    """Return for each policy how many of 200 are infected, and stay at home, in each of 8 runs."""
    found = {policy.value: spread(town(), policy, runs=8, seed=1) for policy in Policy}
    return {
        name: {
            "infected": np.rint(200 * each.infected).astype(int).tolist(),
            "ill_after_35_days": np.rint(200 * each.ill[34]).astype(int).tolist(),
            "person_days_isolated": np.rint(200 * each.isolated.sum(axis=0)).astype(int).tolist(),
            "person_days_quarantined": np.rint(200 * each.quarantined.sum(axis=0))
            .astype(int)
            .tolist(),
        }
        for name, each in found.items()
    }


def thresholds() -> object:
    """Return thresholds of tracing for every tenth success of isolation, in thousandths."""
    curves = {delay: NextGeneration(delay_days=delay).threshold_curve(10) for delay in (0, 1, 3)}
    return {
        f"{delay} d": [round(1000 * threshold) for _, threshold in curve]
        for delay, curve in curves.items()
    }


def mixed_outbreak() -> object:
    """Return for some measures how many of 20,000 are infected in each generation of a run."""
    found = {}
    for isolation, tracing, delay_days, afresh in (
        (0.0, 0.0, 0, True),
        (0.5, 0.5, 0, True),
        (1.0, 1.0, 1, True),
        (0.0, 1.0, 0, False),
    ):
        mixed = Mixed(
            isolation=isolation,
            tracing=tracing,
            delay_days=delay_days,
            afresh=afresh,
            people=20_000,
            seeds=50,
        )
        name = f"{isolation:g}, {tracing:g}, {delay_days} d, {'afresh' if afresh else 'once'}"
        found[name] = generations(mixed, seeds=(1,), threads=1)[0].tolist()
    return found


def cascades() -> object:
    """Return what is counted in one run of 20,000 people in each place."""
    return {name: asdict(found_in(name, people=20_000, seeds=1)) for name in PUBLISHED}


def uptake() -> object:
    """Return how many of 20,000 are infected in one run of some uptakes, as it was planned."""
    place = town_with_app(20_000, "planned")
    places = {each: replaced_all(place, {"app.uptake": each}) for each in ("0", "0.3", "0.75")}
    return {
        each: simulate(it, seed=1, baseline=False).summary.infected for each, it in places.items()
    }


BASELINES: dict[str, Callable[[], object]] = {
    "cascades": cascades,
    "mixed_outbreak": mixed_outbreak,
    "network_outbreak": network_outbreak,
    "thresholds": thresholds,
    "uptake": uptake,
}


def render(name: str) -> str:
    """Return the text of a baseline as it comes out now."""
    return json.dumps(BASELINES[name](), indent=1) + "\n"


if __name__ == "__main__":
    for each in BASELINES:
        (FOLDER / f"{each}.json").write_text(render(each), encoding="utf-8")
