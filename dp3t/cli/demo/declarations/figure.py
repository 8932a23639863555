"""The picture of the survey: for each commune what is true, what was estimated, and the alarm."""

from io import BytesIO

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from dp3t.cli.demo.declarations.communes import Communes, DayOf
from dp3t.cli.demo.declarations.outbreak import FIRST, LAST, OUTBREAK
from dp3t.cli.demo.declarations.places import COMMUNES, Commune
from dp3t.cli.demo.declarations.report import short_date
from dp3t.cli.language import text
from dp3t.symptoms.estimate import PARTS, Share
from dp3t.timeline import Day

_TRUTH, _ESTIMATE, _SERVER, _ALARM = "#1f2328", "#0969da", "#8250df", "#cf222e"
_DAYS_A_WEEK = 7


def picture(found: Communes) -> bytes:
    """Return a PNG with a chart of each commune but the small one, of which nothing is known."""
    figure = Figure(figsize=(12, 7.2), dpi=130, layout="constrained")
    axes = figure.subplots(2, 2, sharex=True, sharey=True)
    for commune, drawn in zip(COMMUNES, axes.flat, strict=True):
        _chart(drawn, commune, found)
    for drawn in axes[:, 0]:
        drawn.set_ylabel(text(en="ill today", vi="đang có triệu chứng"))
    handles, labels = axes.flat[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=4, frameon=False)
    out = BytesIO()
    figure.savefig(out, format="png", metadata={"Software": None})
    return out.getvalue()


def _chart(axes: Axes, commune: Commune, found: Communes) -> None:
    days = found.days[commune]
    _estimates(
        axes,
        [day for day in days if day.day != LAST],
        _ESTIMATE,
        text(en="estimate, 95%", vi="ước lượng, 95%"),
    )
    _estimates(
        axes,
        [day for day in days if day.day == LAST],
        _SERVER,
        text(en="published by the server", vi="máy chủ công bố"),
    )
    axes.plot(
        [day.day for day in days],
        [day.truth / PARTS for day in days],
        color=_TRUTH,
        linewidth=2,
        label=text(en="truth", vi="sự thật"),
    )
    axes.scatter(
        [day.day for day in days if day.alarms],
        [0.93] * sum(day.alarms for day in days),
        marker="v",
        s=70,
        color=_ALARM,
        label=text(en="alarm", vi="cảnh báo"),
        zorder=3,
    )
    is_stricken = commune == found.country.stricken
    if is_stricken:
        axes.axvline(OUTBREAK, color=_ALARM, linewidth=1, linestyle=":")
        axes.annotate(
            text(en="outbreak begins ", vi="dịch bắt đầu "),
            (OUTBREAK, 0.82),
            color=_ALARM,
            horizontalalignment="right",
        )
    axes.set_title(commune.name, loc="left", fontweight="bold" if is_stricken else "normal")
    axes.set_ylim(0, 1)
    axes.set_xlim(FIRST - 1, LAST + 1)
    axes.set_xticks(range(FIRST, LAST + 1, _DAYS_A_WEEK))
    axes.set_xticklabels([short_date(day) for day in _weeks()])
    axes.yaxis.set_major_formatter(FuncFormatter(lambda share, _: f"{100 * share:.0f}%"))
    axes.grid(axis="y", color="#e4e7eb")
    axes.spines[["top", "right"]].set_visible(False)


def _estimates(axes: Axes, days: list[DayOf], colour: str, label: str) -> None:
    shares = [(day.day, day.share) for day in days if day.share is not None]
    axes.errorbar(
        [day for day, _ in shares],
        [share.likely / PARTS for _, share in shares],
        yerr=[
            [_below(share) / PARTS for _, share in shares],
            [_above(share) / PARTS for _, share in shares],
        ],
        fmt="o",
        markersize=4,
        linewidth=1.2,
        color=colour,
        ecolor=colour + "66",
        label=label,
    )


def _below(share: Share) -> int:
    return max(0, share.likely - share.low)


def _above(share: Share) -> int:
    return max(0, share.high - share.likely)


def _weeks() -> list[Day]:
    return [Day(day) for day in range(FIRST, LAST + 1, _DAYS_A_WEEK)]
