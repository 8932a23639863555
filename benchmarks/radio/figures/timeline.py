"""The timeline of a contact: how one phone heard another, the windows of it, and the truth."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MultipleLocator

from benchmarks.radio.figures.style import (
    COLOURS,
    FAINT,
    INK,
    LIMIT,
    decimals,
    heading,
    name_limit,
    name_metres,
)
from dp3t.cli.language import text

_LEAST_BAR_SECONDS = 60
"""So long a window of a single scan is drawn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """What is drawn.

    Attributes:
        receiver: the phone that listened.
        sender: the phone that was heard.
        heard: second and attenuation in dB of each sighting, by time.
        windows: second and attenuations of the first and last scan of each exposure window.
        truth: second and metres of each sighting with a known distance, by time.
        scenarios: name, first and last second of each in which the sender was heard.
    """

    receiver: int
    sender: int
    heard: Sequence[tuple[float, int]]
    windows: Sequence[tuple[float, float, float]]
    truth: Sequence[tuple[float, float]]
    scenarios: Sequence[tuple[str, float, float]]


def timeline_figure(
    contact: Contact, *, experiment: str, radio: str, thresholds_db: Sequence[int], limit_m: float
) -> Figure:
    """Return attenuation above distance, over the same hours."""
    figure = Figure(figsize=(11.0, 6.4))
    heading(
        figure,
        text(
            en=f"A contact: phone {contact.receiver:02} hears phone {contact.sender:02}",
            vi=f"Một lần tiếp xúc: máy {contact.receiver:02} nghe máy {contact.sender:02}",
        ),
        text(
            en=f"{experiment}, {radio}\nBars: exposure windows of at most 30 minutes, "
            "at the median of their scans' least attenuations",
            vi=f"{experiment}, {radio}\nVạch ngang: các cửa sổ phơi nhiễm dài tối đa 30 phút, "
            "đặt ở trung vị của suy hao nhỏ nhất mỗi lần quét",
        ),
    )
    above = figure.add_axes((0.07, 0.41, 0.87, 0.4))
    below = figure.add_axes((0.07, 0.1, 0.87, 0.25), sharex=above)
    for axes in (above, below):
        for _, first, last in contact.scenarios:
            axes.axvspan(first, last, color="#eef1f4", linewidth=0)
    _attenuations(above, contact, thresholds_db)
    _distances(below, contact, limit_m)
    start, end = contact.heard[0][0], contact.heard[-1][0]
    below.set_xlim(start - 0.02 * (end - start), end + 0.02 * (end - start))
    below.xaxis.set_major_locator(MultipleLocator(1800 if end - start > 5400 else 300))
    above.tick_params(labelbottom=False)
    below.xaxis.set_major_formatter(FuncFormatter(lambda at, _: f"{_moment(at):%H:%M}"))
    day = f"{_moment(contact.heard[0][0]):%Y-%m-%d}"
    below.set_xlabel(
        text(en=f"Time on {day}, as in the tables", vi=f"Giờ ngày {day}, như trong bảng")
    )
    return figure


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _attenuations(axes: Axes, contact: Contact, thresholds_db: Sequence[int]) -> None:
    axes.plot(
        [at for at, _ in contact.heard],
        [attenuation for _, attenuation in contact.heard],
        "o",
        color=COLOURS[0],
        markersize=4,
        alpha=0.55,
        markeredgewidth=0,
    )
    for first, last, typical in contact.windows:
        axes.plot(
            [first, max(last, first + _LEAST_BAR_SECONDS)],
            [typical] * 2,
            color=COLOURS[1],
            linewidth=6,
            alpha=0.5,
            solid_capstyle="butt",
            zorder=1.9,
        )
    for threshold in thresholds_db:
        axes.axhline(threshold, color=LIMIT, linewidth=1, linestyle=(0, (4, 3)))
        name_limit(axes, f"{threshold} dB", threshold)
    for name, first, last in contact.scenarios:
        axes.annotate(
            name,
            ((first + last) / 2, 1.0),
            xycoords=("data", "axes fraction"),
            xytext=(0, 4),
            textcoords="offset points",
            ha="center",
            color=FAINT,
            fontsize=9,
        )
    axes.set_ylabel(text(en="Attenuation (dB)", vi="Suy hao (dB)"))
    decimals(axes, y=0)


def _distances(axes: Axes, contact: Contact, limit_m: float) -> None:
    axes.plot(
        [at for at, _ in contact.truth],
        [metres for _, metres in contact.truth],
        "o",
        color=INK,
        markersize=3.5,
        markeredgewidth=0,
    )
    axes.axhline(limit_m, color=LIMIT, linewidth=1.2)
    name_limit(axes, name_metres(limit_m), limit_m)
    for _, first, last in contact.scenarios:
        if not any(first <= at <= last for at, _ in contact.truth):
            axes.annotate(
                text(en="not known", vi="không rõ"),
                ((first + last) / 2, 0.25),
                xycoords=("data", "axes fraction"),
                ha="center",
                va="center",
                color=FAINT,
                fontsize=9,
                bbox={"facecolor": "#eef1f4", "edgecolor": "none", "pad": 2},
            )
    axes.set_ylim(0, max([2 * limit_m, *(1.1 * metres for _, metres in contact.truth)]))
    axes.set_ylabel(text(en="True\ndistance (m)", vi="Khoảng cách\nthực (m)"))
    decimals(axes, y=0)
