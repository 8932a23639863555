"""Figures that a command draws where it is asked to."""

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from dp3t.cli.boundary import NotInstalledError

if TYPE_CHECKING:
    from types import ModuleType

    from matplotlib.figure import Figure


def save_figure(path: Path, plots: str, draw: "Callable[[ModuleType], Figure]") -> None:
    """Write a figure; whoever wants none does not wait for what draws it.

    Args:
        path: a PNG.
        plots: the module of `dp3t_simulator` that draws it.
        draw: makes the figure, given that module.

    Raises:
        NotInstalledError: without matplotlib.
    """
    try:
        module = import_module(f"dp3t_simulator.{plots}")
    except ModuleNotFoundError as error:
        raise NotInstalledError(error.name, extra="simulator") from None
    draw(module).savefig(path, format="png", metadata={"Software": None})
