"""Figures of one run: functions that take a result and return a figure, which the caller saves."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator
from numpy.typing import NDArray

from dp3t.cli.language import number, text
from dp3t_simulator.metrics import (
    attack_by_age,
    index_cases,
    is_true,
    reproduction_by_day,
)
from dp3t_simulator.plots_style import COLOURS, FAINT, GRID, INK, STYLE, heading
from dp3t_simulator.result import Result

BLUE, ORANGE, GREEN, PINK, OCHRE, SKY = COLOURS
UNSURE_DAYS = 14
"""The last days of a run say too little of whom those infected then went on to infect."""


def epidemic(result: Result) -> Figure:
    """Return who is at which stage of the disease, and how many are infected on each day."""
    stages = (
        ("incubating", text(en="incubating", vi="ủ bệnh"), SKY),
        ("asymptomatic", text(en="without symptoms", vi="không triệu chứng"), GREEN),
        ("symptomatic", text(en="with symptoms", vi="có triệu chứng"), ORANGE),
        ("hospital", text(en="in hospital", vi="nằm viện"), PINK),
    )
    with rc_context(STYLE):
        figure, (above, below) = _two_panels()
        day = result.daily["day"]
        above.stackplot(
            day,
            *(result.daily[name] for name, _, _ in stages),
            labels=[label for _, label, _ in stages],
            colors=[colour for _, _, colour in stages],
            linewidth=0,
        )
        _legend(above, reverse=True)
        _axis(above, text(en="people", vi="số người"))
        without = result.baseline
        if without is not None:
            below.plot(
                day,
                without.infections,
                color=FAINT,
                linewidth=1.5,
                linestyle=(0, (4, 2)),
                label=text(en="without the app", vi="không có ứng dụng"),
            )
        below.plot(
            day,
            result.daily["infections"],
            color=BLUE,
            linewidth=2,
            label=text(en="infected on the day", vi="nhiễm trong ngày"),
        )
        _legend(below)
        _axis(below, text(en="people a day", vi="số người mỗi ngày"), days=True)
        heading(figure, text(en="The epidemic", vi="Diễn biến dịch"), _subtitle(result))
    return figure


def notifications(result: Result) -> Figure:
    """Return how many are warned each day, truly and not, and how many stay at home."""
    notices = result.events["notices"]
    days = len(result.daily["day"])
    right = is_true(notices, result.events["infections"], people=result.people)
    first = _first_of_person_and_day(notices["day"], notices["person"], right)
    true = np.bincount(notices["day"][first & right], minlength=days)
    false = np.bincount(notices["day"][first & ~right], minlength=days)
    with rc_context(STYLE):
        figure, (above, below) = _two_panels()
        day = result.daily["day"]
        above.bar(day, true, width=1, color=BLUE, label=text(en="true", vi="đúng"))
        above.bar(
            day,
            false,
            width=1,
            bottom=true,
            color=ORANGE,
            alpha=0.55,
            label=text(en="not infected meanwhile", vi="không nhiễm trong thời gian đó"),
        )
        _legend(above)
        _axis(above, text(en="people warned a day", vi="cảnh báo mỗi ngày"))
        for name, label, colour in (
            ("quarantined", text(en="in quarantine", vi="cách ly do tiếp xúc"), OCHRE),
            ("isolated", text(en="isolated with symptoms or a result", vi="cách ly do bệnh"), PINK),
        ):
            below.plot(day, result.daily[name], color=colour, linewidth=2, label=label)
        _legend(below)
        _axis(below, text(en="people", vi="số người"), days=True)
        heading(
            figure, text(en="Warnings and quarantine", vi="Cảnh báo và cách ly"), _subtitle(result)
        )
    return figure


def index_case_sizes(result: Result) -> Figure:
    """Return how many people index cases had warned, as shares of the index cases."""
    cases = index_cases(result)
    with rc_context(STYLE):
        figure = Figure(figsize=(7.2, 4.4))
        axes = figure.add_axes((0.1, 0.13, 0.87, 0.69))
        most = int(np.quantile(cases.notified, 0.99)) if len(cases.person) else 0
        edges = np.arange(max(most, 5) + 2)
        for counts, label, colour, shift in (
            (cases.notified, text(en="warned", vi="được cảnh báo"), OCHRE, -0.2),
            (cases.true, text(en="warned truly", vi="cảnh báo đúng"), BLUE, 0.2),
        ):
            found = np.bincount(np.minimum(counts, edges[-1]), minlength=len(edges))
            share = 100 * found / max(len(counts), 1)
            mean = number(float(counts.mean()) if len(counts) else 0.0, decimals=2)
            axes.bar(
                edges + shift,
                share,
                width=0.4,
                color=colour,
                label=f"{label}, {text(en='mean', vi='trung bình')} {mean}",
            )
        axes.set_xticks(edges[:: max(1, len(edges) // 12)])
        last = f"≥ {edges[-1]}"
        axes.xaxis.set_major_formatter(
            FuncFormatter(lambda x, _: last if x == edges[-1] else f"{x:.0f}")
        )
        axes.set_xlabel(
            text(en="people warned by an index case", vi="số người một ca làm cảnh báo")
        )
        axes.set_ylabel(text(en="index cases, %", vi="ca tải khóa, %"))
        axes.grid(visible=False, axis="x")
        _legend(axes)
        heading(
            figure,
            text(en="What an index case brings about", vi="Mỗi ca tải khóa dẫn đến"),
            text(
                en=f"{number(len(cases.person))} index cases; who met two counts for both",
                vi=f"{number(len(cases.person))} ca; ai gặp hai ca được tính cho cả hai",
            ),
        )
    return figure


def ages(result: Result) -> Figure:
    """Return the share of each age that was infected, and came to hospital or died."""
    bands = len(result.people_by_age)
    names = [*(f"{10 * band}-{10 * band + 9}" for band in range(bands - 1)), f"{10 * bands - 10}+"]
    infections = result.events["infections"]
    band = np.minimum(infections["age"] // 10, bands - 1)
    severe = {
        text(en="came to hospital", vi="nhập viện"): (infections["hospital_day"] >= 0, PINK),
        text(en="died", vi="tử vong"): (infections["died"], INK),
    }
    with rc_context(STYLE):
        figure, (above, below) = _two_panels()
        place = np.arange(bands)
        above.bar(place, 100 * np.nan_to_num(attack_by_age(result)), width=0.7, color=BLUE)
        above.set_ylabel(text(en="infected, % of the age", vi="nhiễm, % nhóm tuổi"))
        living = np.maximum(result.people_by_age, 1)
        for shift, (label, (chosen, colour)) in zip((-0.18, 0.18), severe.items(), strict=True):
            found = np.bincount(band[chosen], minlength=bands)
            below.bar(place + shift, 1e5 * found / living, width=0.36, color=colour, label=label)
        below.set_ylabel(text(en="of 100,000 of the age", vi="trên 100.000 dân nhóm tuổi"))
        below.set_xlabel(text(en="age", vi="tuổi"))
        below.set_xticks(place, names)
        above.set_xticks(place, [])
        for axes in (above, below):
            axes.set_xlim(-0.6, bands - 0.4)
            axes.grid(visible=False, axis="x")
            axes.yaxis.set_major_formatter(_numbers())
        _legend(below)
        heading(figure, text(en="By age", vi="Theo tuổi"), _subtitle(result))
    return figure


def spread(result: Result) -> Figure:
    """Return whom the infected of each day infected on average, and where people were infected."""
    infections, days = result.events["infections"], len(result.daily["day"])
    sure = max(days - UNSURE_DAYS, 1)
    found = reproduction_by_day(infections, days=days, people=result.people)[:sure]
    layers = np.bincount(np.minimum(infections["layer"], len(LAYERS) - 1), minlength=len(LAYERS))
    with rc_context(STYLE):
        figure = Figure(figsize=(7.2, 5.2))
        above = figure.add_axes((0.1, 0.47, 0.87, 0.36))
        below = figure.add_axes((0.24, 0.1, 0.7, 0.24))
        above.axhline(1, color=FAINT, linewidth=1)
        above.plot(np.arange(sure), found, color=GRID, linewidth=1)
        above.plot(np.arange(sure), _week(found), color=BLUE, linewidth=2)
        highest = np.nanmax(_week(found), initial=1.0)
        above.set(xlim=(0, sure), ylim=(0, 1.15 * highest))
        above.set_xlabel(text(en="day of infection", vi="ngày nhiễm"))
        above.set_ylabel(text(en="infected by one", vi="một ca lây cho"))
        above.yaxis.set_major_formatter(_numbers(decimals=1))
        shown = [place for place in range(len(LAYERS)) if layers[place]]
        share = 100 * layers[shown] / max(len(infections["layer"]), 1)
        places = [text(en=LAYERS[place][0], vi=LAYERS[place][1]) for place in shown]
        bars = below.barh(places, share, color=SKY, height=0.7)
        below.bar_label(bars, [f"{number(each)} %" for each in share], padding=4, color=INK)
        below.invert_yaxis()
        below.grid(visible=False)
        below.xaxis.set_visible(False)
        below.spines["bottom"].set_visible(False)
        below.set_title(text(en="infected where", vi="nơi nhiễm"), loc="left", fontsize=10)
        heading(figure, text(en="How it spread", vi="Cách lây lan"), _subtitle(result))
    return figure


LAYERS = (
    ("at home", "ở nhà"),
    ("at school", "ở trường"),
    ("at work", "nơi làm việc"),
    ("by chance", "tình cờ"),
    ("at a venue", "địa điểm công cộng"),
    ("measured contact", "tiếp xúc đo được"),
    ("from outside", "từ bên ngoài"),
)
"""Names of the layers of contacts by their number, then of none."""

FIGURES: Mapping[str, Callable[[Result], Figure]] = MappingProxyType(
    {
        "epidemic": epidemic,
        "spread": spread,
        "notifications": notifications,
        "index-cases": index_case_sizes,
        "ages": ages,
    }
)
"""Every figure of a run by the name of its file."""


def _two_panels() -> tuple[Figure, tuple[Axes, Axes]]:
    figure = Figure(figsize=(7.2, 5.6))
    return figure, (
        figure.add_axes((0.12, 0.5, 0.85, 0.36)),
        figure.add_axes((0.12, 0.09, 0.85, 0.34)),
    )


def _axis(axes: Axes, label: str, *, days: bool = False) -> None:
    axes.set_ylabel(label)
    axes.set_ylim(bottom=0)
    if (last := axes.dataLim.xmax) > 0:
        axes.set_xlim(0, last)
    axes.yaxis.set_major_locator(MaxNLocator(nbins=5, integer=True))
    axes.yaxis.set_major_formatter(_numbers())
    if days:
        axes.set_xlabel(text(en="day", vi="ngày"))


def _numbers(*, decimals: int = 0) -> FuncFormatter:
    return FuncFormatter(lambda value, _: number(value, decimals=decimals))


def _legend(axes: Axes, *, reverse: bool = False) -> None:
    axes.legend(frameon=False, fontsize=9, reverse=reverse, handlelength=1.2)


def _subtitle(result: Result) -> str:
    people = number(result.people)
    return text(
        en=f"{result.scenario.name}: {people} people, seed {result.seed}",
        vi=f"{result.scenario.name}: {people} người, số gieo {result.seed}",
    )


def _first_of_person_and_day(
    day: NDArray[Any], person: NDArray[Any], right: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Choose one notice of each warning: a true one, if it has one."""
    order = np.lexsort((~right, person, day))
    first = np.ones(len(order), dtype=np.bool_)
    first[1:] = (np.diff(day[order]) != 0) | (np.diff(person[order]) != 0)
    chosen = np.zeros(len(order), dtype=np.bool_)
    chosen[order] = first
    return chosen


def _week(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return means of the seven days around each day, as far as there are any."""
    known = np.isfinite(values)
    window = np.ones(7)
    place = slice(3, 3 + len(values))
    total = np.convolve(np.where(known, values, 0.0), window)[place]
    with np.errstate(invalid="ignore"):
        smoothed: NDArray[np.float64] = total / np.convolve(known, window)[place]
    return smoothed
