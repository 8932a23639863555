"""Sweeps and comparisons as a table for the terminal, and as files."""

from collections.abc import Callable
from io import BytesIO
from pathlib import Path

from rich.box import SIMPLE_HEAD
from rich.markup import escape
from rich.table import Table

from dp3t.cli.language import number, text
from dp3t_simulator.sweep.estimates import Band, Difference
from dp3t_simulator.sweep.outcome import SweepResult, in_words, label_of, shared_settings
from dp3t_simulator.sweep.runs import write_whole

_PERCENT, _DECIMALS = (
    ("attack_rate", "positive_predictive_value"),
    {
        "notified_per_upload": 2,
        "quarantine_days_per_case_averted": 1,
    },
)


def table_of(result: SweepResult) -> Table:
    """Return medians with bands, and differences from the first with confidence intervals."""
    table = Table(
        title=escape(result.name), caption=_caption(result), box=SIMPLE_HEAD, pad_edge=False
    )
    table.title_justify = table.caption_justify = "left"
    table.add_column("")
    for heading in (
        text(en="median", vi="trung vị"),
        "5 … 95 %",
        "Δ",
        text(en="95 % of Δ", vi="95 % của Δ"),
    ):
        table.add_column(heading, justify="right")
    for place, point in enumerate(result.points):
        if place:
            table.add_row("")
        runs = text(en="runs", vi="lần chạy")
        label = escape(label_of(point, result.points))
        table.add_row(f"[bold]{label}[/bold]", f"{len(point.runs)} {runs}")
        for name, heading in _headings().items():
            found, apart = point.band(name), result.difference(name, place) if place else None
            if found:
                table.add_row(heading, *_band(name, found), *_difference(name, apart))
    return table


def save(result: SweepResult, folder: Path, *, name: str) -> None:
    """Write all runs as Parquet and the figure as PNG, each whole or not at all.

    Raises:
        OSError: they cannot be written.
    """
    from pyarrow import parquet

    from dp3t_simulator.plots_sweep import sweep_figure

    table, image = BytesIO(), BytesIO()
    parquet.write_table(result.to_arrow(), table, compression="zstd")
    write_whole(folder / f"{name}.parquet", table.getvalue())
    sweep_figure(result).savefig(image, format="png", metadata={"Software": None})
    write_whole(folder / f"{name}.png", image.getvalue())


def _headings() -> dict[str, str]:
    return {
        "attack_rate": text(en="infected, %", vi="nhiễm, %"),
        "deaths": text(en="died", vi="tử vong"),
        "notified": text(en="people warned", vi="người được cảnh báo"),
        "positive_predictive_value": text(en="of them truly, %", vi="trong đó đúng, %"),
        "notified_per_upload": text(en="warnings per upload", vi="cảnh báo mỗi lần tải"),
        "quarantined_person_days": text(en="days in quarantine", vi="ngày cách ly"),
        "cases_averted": text(en="cases averted", vi="ca tránh được"),
        "quarantine_days_per_case_averted": text(
            en="days per case averted", vi="ngày mỗi ca tránh được"
        ),
    }


def _caption(result: SweepResult) -> str:
    """Return what the columns are, and what all combinations have in common."""
    shared = in_words(shared_settings(result.points)) if len(result.points) > 1 else ""
    everywhere = text(en="All with", vi="Tất cả với")
    explained = text(
        en="5 … 95 %: of the runs. Δ: mean difference from the first, seed by seed, with its "
        "95 % confidence interval.",
        vi="5 … 95 %: của các lần chạy. Δ: chênh lệch trung bình so với trường hợp đầu, ghép theo "
        "số gieo, kèm khoảng tin cậy 95 %.",
    )
    return f"{explained} {everywhere} {escape(shared)}." if shared else explained


def _band(name: str, found: Band) -> tuple[str, str]:
    shown = _writer(name)
    return shown(found.median), f"{shown(found.low)} … {shown(found.high)}"


def _difference(name: str, found: Difference | None) -> tuple[str, str]:
    if found is None:
        return "", ""
    shown = _writer(name, sign="+")
    if found.low is None or found.high is None:
        return shown(found.mean), ""
    return shown(found.mean), f"{shown(found.low)} … {shown(found.high)}"


def _writer(name: str, *, sign: str = "") -> Callable[[float], str]:
    """Return what writes numbers of a metric, positive ones with a sign where that is wanted."""
    scale = 100 if name in _PERCENT else 1
    decimals = 1 if name in _PERCENT else _DECIMALS.get(name, 0)

    def write(value: float) -> str:
        rounded = round(scale * value, decimals) + 0.0  # -0.0 becomes 0.0
        return (sign if rounded > 0 else "") + number(rounded, decimals=decimals)

    return write
