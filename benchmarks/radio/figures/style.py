"""How our figures look: quiet axes, colours that everybody can tell apart, two languages."""

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from dp3t.cli.language import number

INK, FAINT, GRID = "#1f2328", "#656d76", "#e4e7eb"
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#b07d00", "#56b4e9", "#6b4ea0", "#7a7a7a")
"""Okabe and Ito's, the yellow darkened: distinct under every common colour vision."""

LIMIT = "#b42318"
"""Of limits and thresholds."""

_SETTINGS: Any = {
    "font.family": ["DejaVu Sans"],
    "font.size": 10,
    "text.color": INK,
    "axes.edgecolor": FAINT,
    "axes.labelcolor": INK,
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": GRID,
    "grid.linewidth": 0.8,
    "xtick.color": FAINT,
    "ytick.color": FAINT,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
}


def settings() -> AbstractContextManager[None]:
    """Return a context in which figures are drawn and saved."""
    return rc_context(_SETTINGS)


def heading(figure: Figure, title: str, subtitle: str) -> None:
    """Put a title and a line of explanation at the top left."""
    inches = figure.get_figheight()
    figure.text(0.012, 1 - 0.12 / inches, title, fontsize=14, fontweight="bold", va="top")
    figure.text(0.012, 1 - 0.44 / inches, subtitle, fontsize=9.5, color=FAINT, va="top")


def decimals(axes: Axes, *, x: int | None = None, y: int | None = None) -> None:
    """Write the numbers of an axis as the reader's language does, with so many decimals."""
    for axis, places in ((axes.xaxis, x), (axes.yaxis, y)):
        if places is not None:
            axis.set_major_formatter(
                FuncFormatter(lambda value, _, places=places: number(value, decimals=places))
            )


def name_limit(axes: Axes, label: str, at: float) -> None:
    """Write the name of a horizontal limit at its right end, outside."""
    axes.annotate(
        label,
        (1.0, at),
        xycoords=("axes fraction", "data"),
        xytext=(4, 0),
        textcoords="offset points",
        va="center",
        color=LIMIT,
        fontsize=8.5,
    )


def name_metres(limit_m: float) -> str:
    """Return a distance as a limit is named: 2 m, 1.5 m."""
    return f"{number(limit_m, decimals=0 if limit_m == int(limit_m) else 1)} m"


def save(figure: Figure, path: Path) -> Path:
    """Write a figure as PNG and return where."""
    figure.savefig(path, dpi=160)
    return path
