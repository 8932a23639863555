"""How figures of the simulator look."""

from typing import Any

from matplotlib.figure import Figure

INK, FAINT, GRID = "#1f2328", "#656d76", "#e4e7eb"
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#b07d00", "#56b4e9")
"""Okabe and Ito's, the yellow darkened: distinct under every common colour vision."""

STYLE: Any = {
    "font.family": ["DejaVu Sans"],
    "font.size": 10,
    "text.color": INK,
    "axes.edgecolor": FAINT,
    "axes.labelcolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": GRID,
    "xtick.color": FAINT,
    "ytick.color": FAINT,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "figure.dpi": 150,
}


def heading(figure: Figure, title: str, subtitle: str) -> None:
    """Write a title and a line below it at the top of a figure."""
    figure.text(0.02, 0.97, title, fontsize=13, fontweight="bold", va="top")
    subtitle = subtitle.replace("$", r"\$")  # the name of a scenario is no formula
    figure.text(0.02, 0.91, subtitle, fontsize=9, color=FAINT, va="top")
