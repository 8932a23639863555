"""`dp3t-sim reproduce`: published results beside ours, as a table, a document and a figure."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import numpy as np
import typer
from rich.table import Table

from dp3t.cli.language import number, text
from dp3t.cli.output import JSON_HELP, emit_json, show
from dp3t_simulator.cli.figures import save_figure
from dp3t_simulator.cli.reproduce_agents import agents
from dp3t_simulator.cli.reproduce_cascades import cascades
from dp3t_simulator.cli.reproduce_radio import radio
from dp3t_simulator.cli.reproduce_uptake import uptake
from dp3t_simulator.contacts.association import read_association
from dp3t_simulator.network_outbreak import FIRTH_2020, Outbreaks, Policy, spread
from dp3t_simulator.renewal import NextGeneration

if TYPE_CHECKING:
    pass

DELAYS_DAYS = (0.0, 0.5, 1.0, 2.0, 3.0)
SHOWN_SUCCESSES = (0.3, 0.5, 0.7, 0.9, 1.0)
STEPS = 50
FIRTH_SHARES = {"isolation": 0.66, "primary-tracing": 0.48, "secondary-tracing": 0.16}
"""How many are infected after 70 days: the abstract of Firth et al."""

app = typer.Typer(no_args_is_help=True)

app.command(
    help=text(
        en="Fit the radio model to captures of real phones, and compare the two.",
        vi="Khớp mô hình sóng với bản ghi từ điện thoại thật, rồi so sánh.",
    )
)(radio)
app.command(
    help=text(
        en="Notifications in Zurich, England and La Gomera (Menges 2021, Wymant 2021).",
        vi="Chuỗi cảnh báo ở Zürich, Anh và La Gomera (Menges 2021, Wymant 2021).",
    )
)(cascades)
app.command(
    help=text(
        en="Infections that an app averts by its uptake (Abueg 2021, Wymant 2021).",
        vi="Ca nhiễm tránh được theo tỷ lệ cài đặt (Abueg 2021, Wymant 2021).",
    )
)(uptake)
app.command(
    help=text(
        en="Simulated people beside the renewal equation of Ferretti et al. 2020.",
        vi="Người mô phỏng bên cạnh phương trình tái tạo của Ferretti và cộng sự 2020.",
    )
)(agents)

FigureFile = Annotated[
    Path | None, typer.Option("--figure", help=text(en="Draw a PNG here.", vi="Vẽ tệp PNG ở đây."))
]
AsJson = Annotated[bool, typer.Option("--json", help=JSON_HELP)]


@app.command(
    help=text(
        en="How much tracing stops an epidemic beside isolation (Ferretti et al. 2020).",
        vi="Cần truy vết bao nhiêu, ngoài cách ly, để chặn dịch (Ferretti và cộng sự 2020).",
    )
)
def thresholds(figure: FigureFile = None, *, as_json: AsJson = False) -> None:
    """Print thresholds of tracing by delay and success of isolation."""
    curves = {
        delay: NextGeneration(delay_days=delay).threshold_curve(STEPS) for delay in DELAYS_DAYS
    }
    if figure:
        save_figure(figure, "plots", lambda plots: plots.thresholds(curves))
    if as_json:
        emit_json({"thresholds": {f"{delay:g}": curve for delay, curve in curves.items()}})
        return
    table = Table(text(en="Delay, days", vi="Trễ, ngày"))
    for success in SHOWN_SUCCESSES:
        table.add_column(f"εI = {number(success, decimals=1)}", justify="right")
    for delay, curve in curves.items():
        found = dict(curve)
        cells = (found.get(each) for each in SHOWN_SUCCESSES)
        shown = ("-" if each is None else number(each, decimals=3) for each in cells)
        table.add_row(number(delay, decimals=1), *shown)
    show(table)


@app.command(
    help=text(
        en="Isolation and tracing on the Haslemere network (Firth et al. 2020).",
        vi="Cách ly và truy vết trên mạng tiếp xúc Haslemere (Firth và cộng sự 2020).",
    )
)
def haslemere(
    matrices: Annotated[
        Path,
        typer.Argument(
            help=text(
                en="am_list.RData of github.com/biouea/covidhm.",
                vi="Tệp am_list.RData của github.com/biouea/covidhm.",
            )
        ),
    ],
    runs: Annotated[
        int,
        typer.Option(
            min=1, help=text(en="Runs of each policy.", vi="Số lần chạy cho mỗi biện pháp.")
        ),
    ] = 1000,
    seed: Annotated[int, typer.Option(min=0, max=2**64 - 1)] = 1,
    figure: FigureFile = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Print how many fall ill within 70 days under each policy."""
    network = read_association(matrices)
    found = {each.value: spread(network, each, runs=runs, seed=seed) for each in Policy}
    strict = replace(FIRTH_2020, quarantined_infect=False)
    stricter = {
        each.value: spread(network, each, runs=runs, seed=seed, setting=strict)
        for each in (Policy.PRIMARY_TRACING, Policy.SECONDARY_TRACING)
    }
    percent, if_strict = (
        {name: firth_figures(each) for name, each in some.items()} for some in (found, stricter)
    )
    if figure:
        save_figure(figure, "plots", lambda plots: plots.outbreaks(found, FIRTH_SHARES))
    if as_json:
        emit_json({"runs": runs, "seed": seed, "percent": percent, "if_strict": if_strict})
    else:
        show(_table_of(percent, if_strict))


def firth_figures(found: Outbreaks) -> dict[str, float]:
    """Return what Firth et al. report, in percent with two decimals."""
    ill = 100 * found.ill[-1]
    week_3 = 100 * found.quarantined[21:28].mean(axis=0)
    figures = {
        "ill_median": np.median(ill),
        "ill_mean": ill.mean(),
        "ill_sd": ill.std(),
        "infected_mean": 100 * found.infected.mean(),
        "quarantined_in_week_3_median": np.median(week_3),
    }
    return {name: round(float(value), 2) for name, value in figures.items()}


def _table_of(
    percent: dict[str, dict[str, float]], if_strict: dict[str, dict[str, float]]
) -> Table:
    table = Table(text(en="Ill after 70 days, %", vi="Mắc bệnh sau 70 ngày, %"))
    for heading in (
        text(en="published", vi="đã công bố"),
        text(en="median", vi="trung vị"),
        text(en="mean", vi="trung bình"),
        text(en="if quarantine is strict", vi="nếu cách ly nghiêm ngặt"),
    ):
        table.add_column(heading, justify="right")
    for name, each in percent.items():
        published = number(100 * FIRTH_SHARES[name]) if name in FIRTH_SHARES else ""
        strict = number(if_strict[name]["ill_median"], decimals=1) if name in if_strict else ""
        shown = (number(each[column], decimals=1) for column in ("ill_median", "ill_mean"))
        table.add_row(name, published, *shown, strict)
    return table
