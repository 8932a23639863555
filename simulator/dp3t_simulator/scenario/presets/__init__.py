"""The scenarios that are shipped, as TOML files of this package."""

from importlib.resources import files

from dp3t_simulator.scenario.errors import ScenarioError

NAMES = (
    "vietnam-province",
    "united-kingdom",
    "well-mixed",
    "no-app",
    "app-only",
    "app-and-manual-tracing",
    "presence",
    "zurich-2020",
    "england-2020",
    "la-gomera-2020",
)
"""In the order in which they are listed."""


def text_of(name: str) -> str:
    """Return the TOML document of a shipped scenario.

    Raises:
        ScenarioError: no scenario of that name is shipped.
    """
    if name not in NAMES:
        raise ScenarioError(f"no scenario is called {name}; there are {', '.join(NAMES)}")
    return (files(__package__) / f"{name}.toml").read_text(encoding="utf-8")
