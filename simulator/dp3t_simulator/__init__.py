"""Epidemics in synthetic and real populations whose phones run the library.

`simulate(read_scenario("app-only"), seed=1)` returns a `Result`: NumPy columns of days and events,
a `Summary`, and Arrow tables; `dp3t_simulator.plots_run` draws it. Whatever is random comes from
streams that a seed and a name determine: the same seed gives the same bytes on any machine and on
any number of threads. The modules behind these names are imported when one of them is used.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dp3t_simulator.metrics import Summary, index_cases
    from dp3t_simulator.report.saving import save
    from dp3t_simulator.result import Result
    from dp3t_simulator.scenario.errors import ScenarioError
    from dp3t_simulator.scenario.reading import (
        parse_scenario,
        read_scenario,
        replaced,
        replaced_all,
        without_app,
    )
    from dp3t_simulator.scenario.settings import Scenario
    from dp3t_simulator.scenario.writing import to_toml
    from dp3t_simulator.simulation import simulate

__all__ = [
    "Result",
    "Scenario",
    "ScenarioError",
    "Summary",
    "index_cases",
    "parse_scenario",
    "read_scenario",
    "replaced",
    "replaced_all",
    "save",
    "simulate",
    "to_toml",
    "without_app",
]

_HOMES = (
    "scenario.errors",
    "scenario.settings",
    "scenario.reading",
    "scenario.writing",
    "metrics",
    "result",
    "report.saving",
    "simulation",
)
"""The modules in which the names are, those first that take the least to import."""


def __getattr__(name: str) -> object:
    """Return a public name, whose module is imported when somebody asks for it."""
    if name in __all__:
        for home in _HOMES:
            module = import_module(f"dp3t_simulator.{home}")
            if hasattr(module, name):
                found: object = getattr(module, name)
                return found
    raise AttributeError(f"module 'dp3t_simulator' has no attribute {name!r}")


def __dir__() -> list[str]:
    """Return the public names, also those that nobody has asked for."""
    return __all__
