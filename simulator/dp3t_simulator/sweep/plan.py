"""Which runs a sweep consists of: every combination of settings, each with the same seeds."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import product

from dp3t.primitives import sha256
from dp3t_simulator.scenario.reading import replaced_all, scenario_of, without_app
from dp3t_simulator.scenario.settings import Scenario
from dp3t_simulator.scenario.writing import to_mapping, to_toml
from dp3t_simulator.sweep.errors import SweepError

Value = bool | int | float | str
Key = tuple[str, int]
"""The hash of a scenario, and a seed."""

MAX_RUNS = 1_000_000
WITHOUT_APP = "without app"
_SEEDS = 2**64
SAID_ONLY = ("name", "description", "description_vi")
"""Settings that no run depends on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One combination of settings.

    Attributes:
        settings: values by path, as text; empty where the scenario is taken as it is.
        label: the combination in words: "app.uptake=0.3, app.design=gaen".
        scenario: what is run.
        without: the same world without app and check-in; None where it is that already.
    """

    settings: Mapping[str, str]
    label: str
    scenario: Scenario
    without: Scenario | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One run.

    Attributes:
        choice: what is run.
        seed: of all its luck.
    """

    choice: Choice
    seed: int

    @property
    def scenario(self) -> Scenario:
        """What is run."""
        return self.choice.scenario

    @property
    def label(self) -> str:
        """How messages and the names of files call it."""
        return self.choice.label

    @property
    def scenario_hash(self) -> str:
        """What the run is determined by, but for seed and version: 12 hexadecimal digits."""
        return scenario_hash(self.scenario)

    @property
    def key(self) -> Key:
        """What tells the run from others of its version."""
        return self.scenario_hash, self.seed


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A sweep before it is run.

    Attributes:
        scenario: what everything not swept is taken from.
        choices: the combinations, in the order given; the first one is what others differ from.
        seeds: of the runs, the same for every combination, so that differences are of one luck.
        baseline: whether each luck is also run without app and check-in, once for all
            combinations that share it.
    """

    scenario: Scenario
    choices: tuple[Choice, ...]
    seeds: range
    baseline: bool

    def tasks(self) -> list[Task]:
        """Return every run once, those of one seed together, so that early ones can be compared."""
        return list(
            {task.key: task for seed in self.seeds for task in self._of_seed(seed)}.values()
        )

    def _of_seed(self, seed: int) -> Iterable[Task]:
        for choice in self.choices:
            yield Task(choice=choice, seed=seed)
        for choice in self.choices if self.baseline else ():
            if choice.without:
                yield Task(choice=_plain(choice.without), seed=seed)


def plan_of(
    scenario: Scenario,
    settings: Mapping[str, Sequence[Value]],
    *,
    replicates: int,
    seed: int = 1,
    baseline: bool = True,
) -> Plan:
    """Return which runs a sweep consists of [SWEEP-1].

    Args:
        scenario: what everything not swept is taken from.
        settings: by path, such as `app.uptake`, the values; several paths are combined.
        replicates: how many runs of each combination, at least 1.
        seed: of the first; the others have the numbers that follow.
        baseline: see `Plan`.

    Raises:
        ScenarioError: a combination that cannot be run, by the name of the setting.
        SweepError: a value given twice or none, or more runs than anybody can want.
    """
    if replicates < 1:
        raise SweepError(f"replicates is {replicates}; at least 1 is needed")
    if not 0 <= seed <= _SEEDS - replicates:
        raise SweepError("a seed is a number from 0 to 2**64 - 1, and so is the last of a sweep")
    texts = {path: [_text(each) for each in values] for path, values in settings.items()}
    for path, values in texts.items():
        if not values:
            raise SweepError(f"{path} is given no value")
    count = replicates
    for values in texts.values():
        count *= len(values)
    if count > MAX_RUNS:
        raise SweepError(f"these are {count} runs; a sweep has at most {MAX_RUNS}")
    choices = [
        choice_of(scenario, dict(zip(texts, values, strict=True)))
        for values in product(*texts.values())
    ]
    _refuse_twice(choices)
    seeds = range(seed, seed + replicates)
    return Plan(scenario=scenario, choices=tuple(choices), seeds=seeds, baseline=baseline)


def choice_of(scenario: Scenario, settings: Mapping[str, str]) -> Choice:
    """Return a scenario with settings changed, and the world that it is compared to.

    Raises:
        ScenarioError: it cannot be run.
    """
    chosen = replaced_all(scenario, settings)
    label = ", ".join(f"{path}={value}" for path, value in settings.items())
    return Choice(
        settings=settings,
        label=label or scenario.name,
        scenario=chosen,
        without=_without(chosen),
    )


def _plain(without: Scenario) -> Choice:
    return Choice(settings={}, label=WITHOUT_APP, scenario=without, without=None)


def _without(scenario: Scenario) -> Scenario | None:
    if scenario.app.uptake == 0:
        return None
    plain = to_mapping(without_app(scenario))
    # without an app its other settings change nothing: all combinations of them share one run
    return scenario_of(plain | {"fidelity": "fast", "app": {"uptake": 0.0}})


def _refuse_twice(choices: Sequence[Choice]) -> None:
    seen = dict[str, Choice]()
    for choice in choices:
        first = seen.setdefault(scenario_hash(choice.scenario), choice)
        if first is not choice:
            raise SweepError(f"{first.label} and {choice.label} are the same scenario")


@lru_cache(maxsize=4096)
def scenario_hash(scenario: Scenario) -> str:
    """Return 12 hexadecimal digits of what a run is determined by, its name left out."""
    document = to_toml(scenario).splitlines()
    kept = [line for line in document if line.partition(" ")[0] not in SAID_ONLY]
    return sha256("\n".join(kept).encode()).hex()[:12]


def _text(value: Value) -> str:
    """Return a value as a scenario file has it."""
    return str(value).lower() if isinstance(value, bool) else str(value)
