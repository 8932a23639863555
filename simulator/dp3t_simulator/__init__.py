"""Epidemics in synthetic and real populations whose phones run the library.

`simulate(read_scenario("app-only"), seed=1)` returns a `Result`: NumPy columns of days and events,
a `Summary`, and Arrow tables; `dp3t_simulator.plots_run` draws it. Whatever is random comes from
streams that a seed and a name determine: the same seed gives the same bytes on any machine and on
any number of threads. The modules behind these names are imported when one of them is used.
"""

from typing import TYPE_CHECKING

from dp3t.faces import face

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

_HOMES = {
    "dp3t_simulator.metrics": (
        "Summary",
        "index_cases",
    ),
    "dp3t_simulator.report.saving": ("save",),
    "dp3t_simulator.result": ("Result",),
    "dp3t_simulator.scenario.errors": ("ScenarioError",),
    "dp3t_simulator.scenario.reading": (
        "parse_scenario",
        "read_scenario",
        "replaced",
        "replaced_all",
        "without_app",
    ),
    "dp3t_simulator.scenario.settings": ("Scenario",),
    "dp3t_simulator.scenario.writing": ("to_toml",),
    "dp3t_simulator.simulation": ("simulate",),
}
"""The modules in which the names are."""


def __getattr__(name: str) -> object:
    """Return a public name, whose module is imported when somebody asks for it."""
    return face(__name__, name, homes=_HOMES)


def __dir__() -> list[str]:
    """Return the public names, also those that nobody has asked for."""
    return __all__
