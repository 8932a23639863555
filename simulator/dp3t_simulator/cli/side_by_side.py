"""Sweeps and comparisons as a table for the terminal, and as files."""

from collections.abc import Callable
from io import BytesIO
from pathlib import Path

from rich.table import Table

from dp3t.cli.language import number, text
from dp3t_simulator.sweep.estimates import Band, Difference
from dp3t_simulator.sweep.outcome import SweepResult
from dp3t_simulator.sweep.runs import write_whole

MISSING = "-"
_PERCENT, _DECIMALS = (
    ("attack_rate", "positive_predictive_value"),
    {
        "notified_per_upload": 2,
        "quarantine_days_per_case_averted": 1,
    },
)


def table_of(result: SweepResult) -> Table:
    """Return medians with bands, and differences from the first with confidence intervals."""
    headings = _headings()
    table = Table(
        title=result.name, title_justify="left", caption=_caption(), caption_justify="left"
    )
    table.add_column("")
    for name in headings:
        table.add_column(headings[name], justify="right")
    for place, point in enumerate(result.points):
        table.add_section()
        cells = (_band(name, point.band(name)) for name in headings)
        table.add_row(f"[bold]{point.label}[/bold] ({len(point.runs)})", *cells)
        if place:
            found = (_difference(name, result.difference(name, place)) for name in headings)
            table.add_row("  Δ", *found)
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
        "notified": text(en="warned", vi="được cảnh báo"),
        "positive_predictive_value": text(en="truly, %", vi="đúng, %"),
        "notified_per_upload": text(en="per upload", vi="mỗi lần tải khóa"),
        "quarantined_person_days": text(en="days in quarantine", vi="ngày cách ly"),
        "cases_averted": text(en="cases averted", vi="ca tránh được"),
        "deaths": text(en="died", vi="tử vong"),
    }


def _caption() -> str:
    return text(
        en="Medians, with 5 to 95 % of the runs. Δ: mean difference from the first row, seed by "
        "seed, with its 95 % confidence interval.",
        vi="Trung vị, kèm 5-95 % số lần chạy. Δ: chênh lệch trung bình so với dòng đầu, ghép theo "
        "số gieo, kèm khoảng tin cậy 95 %.",
    )


def _band(name: str, found: Band | None) -> str:
    if found is None:
        return MISSING
    shown = _writer(name)
    return f"{shown(found.median)} ({shown(found.low)} … {shown(found.high)})"


def _difference(name: str, found: Difference | None) -> str:
    if found is None:
        return MISSING
    shown = _writer(name)
    if found.low is None or found.high is None:
        return _signed(shown(found.mean))
    return f"{_signed(shown(found.mean))} ({shown(found.low)} … {shown(found.high)})"


def _signed(written: str) -> str:
    return written if written.startswith("-") else f"+{written}"


def _writer(name: str) -> Callable[[float], str]:
    scale = 100 if name in _PERCENT else 1
    decimals = 1 if name in _PERCENT else _DECIMALS.get(name, 0)
    return lambda value: number(scale * value, decimals=decimals)
